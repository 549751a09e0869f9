//! The parts of an Excel file: a zip archive, unpacked within a budget.

use crate::sheet::error::Problem;
use std::io::{Cursor, Read};
use zip::ZipArchive;
use zip::result::ZipError;

/// The most that the parts of a file which are read may unpack to, all together.
pub const MAX_UNPACKED_BYTES: u64 = 24 * 1024 * 1024;

/// An archive, and what may still be unpacked of it.
pub(super) struct Package<'a> {
    zip: ZipArchive<Cursor<&'a [u8]>>,
    left: u64,
}

impl<'a> Package<'a> {
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, Problem> {
        let zip = ZipArchive::new(Cursor::new(bytes)).map_err(|_| Problem::Broken("zip"))?;
        Ok(Self { zip, left: MAX_UNPACKED_BYTES })
    }

    /// The text of a part; none: there is no such part.
    pub(super) fn part(&mut self, path: &str) -> Result<Option<String>, Problem> {
        let file = match self.zip.by_name(path) {
            Ok(file) => file,
            Err(ZipError::FileNotFound) => return Ok(None),
            Err(_) => return Err(Problem::Broken("zip")),
        };
        let mut bytes = Vec::new();
        // What the archive says of a part's length may be a lie: only what comes out counts.
        file.take(self.left + 1).read_to_end(&mut bytes).map_err(|_| Problem::Broken("zip"))?;
        self.left = self.left.checked_sub(bytes.len() as u64).ok_or(Problem::Bomb)?;
        let text = String::from_utf8(bytes).map_err(|_| Problem::Broken("UTF-8"))?;
        Ok(Some(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)))
    }
}
