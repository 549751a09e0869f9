//! What is written into the data directory is its owner's alone: it holds the names of children, and what people sign in with.

use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::path::Path;

/// Makes a directory with those above it, where they are missing, for their owner only. One that is there stays as it is.
///
/// # Errors
/// The system's.
pub fn make_directory(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// How a file is opened that is its owner's alone, should it be made.
pub fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Takes a file that everybody may read or write from all but its owner, as one that an earlier version made. What is opened to a group alone was meant so.
pub fn close_to_others(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let Ok(is) = std::fs::metadata(path).map(|about| about.permissions().mode()) else { return };
        if is & 0o007 != 0
            && let Err(error) = std::fs::set_permissions(path, PermissionsExt::from_mode(0o600))
        {
            tracing::warn!(%error, "everybody may read {}: run chmod 600 on it as its owner", path.display());
        }
    }
    #[cfg(not(unix))]
    let _ = path;
}
