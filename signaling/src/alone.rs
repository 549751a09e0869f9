//! One server at a time on a data directory: a second one would end the memberships of those who are in the first one's lessons.

use crate::server::ServeError;
use crate::store::files;
use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

const FILE: &str = "server.lock";

/// The directory is taken for as long as this lives; the system takes it back from a process that is killed.
pub(crate) struct Alone(#[expect(dead_code, reason = "held, not read")] File);

impl Alone {
    /// Takes the directory.
    ///
    /// # Errors
    /// [`ServeError::Running`] where another server has it, with its process.
    pub(crate) fn take(data: &Path) -> Result<Self, ServeError> {
        let path = data.join(FILE);
        let failed = |source| ServeError::Lock { path: path.clone(), source };
        files::close_to_others(&path);
        let mut file = files::private().create(true).truncate(false).read(true).write(true).open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut process = String::new();
                let _ = file.take(20).read_to_string(&mut process);
                return Err(ServeError::Running { data: data.to_path_buf(), process: process.trim().to_owned() });
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        file.set_len(0).and_then(|()| file.rewind()).and_then(|()| writeln!(file, "{}", std::process::id())).map_err(failed)?;
        Ok(Self(file))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_second_one_is_told_of_the_first() {
        let folder = std::env::temp_dir().join(format!("tongke-alone-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let first = Alone::take(&folder).unwrap();
        let second = Alone::take(&folder).map(drop).unwrap_err().to_string();
        assert!(second.contains(&format!("process {}", std::process::id())) && second.contains("--data"), "{second}");
        drop(first);
        assert!(Alone::take(&folder).is_ok());
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
