//! What can go wrong with the store.

use std::path::PathBuf;

/// Why the store refused.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The data directory cannot be made or written.
    #[error("cannot write to the data directory ({}): {source}; give a writable one with --data", path.display())]
    Directory {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The database refused: disk full, locked, damaged, not readable.
    #[error("the database {} refused: {source}; check free space, permissions and that no other program holds it", path.display())]
    Database {
        /// The file.
        path: PathBuf,
        /// Why.
        source: sqlx::Error,
    },
    /// There is one of this name already.
    #[error("the {thing} {id:?} exists already; choose another id")]
    Exists {
        /// What kind of thing.
        thing: &'static str,
        /// Its id.
        id: String,
    },
    /// A value cannot be stored.
    #[error("{thing} {value:?} is not usable: {remedy}")]
    Invalid {
        /// What it is.
        thing: &'static str,
        /// The value, shortened.
        value: String,
        /// What would be.
        remedy: &'static str,
    },
    /// A row does not have the shape this version writes.
    #[error("the row of {thing} {id:?} holds {value:?}, which this version does not know; use the version that wrote it")]
    Unreadable {
        /// What kind of thing.
        thing: &'static str,
        /// Its id.
        id: String,
        /// What was found.
        value: String,
    },
}

impl StoreError {
    /// A short word for the metric's label.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Directory { .. } => "directory",
            Self::Database { source, .. } => kind(source),
            Self::Exists { .. } => "exists",
            Self::Invalid { .. } => "invalid",
            Self::Unreadable { .. } => "unreadable",
        }
    }
}

/// A short word for a database error, bounded: by SQLite's primary result code.
pub(super) fn kind(error: &sqlx::Error) -> &'static str {
    let code = match error {
        sqlx::Error::Database(database) => database.code().and_then(|code| code.parse::<u32>().ok()).map(|code| code & 0xff),
        sqlx::Error::PoolTimedOut => return "busy",
        sqlx::Error::Io(_) => return "io",
        _ => None,
    };
    match code {
        Some(5 | 6) => "busy",
        Some(8) => "read_only",
        Some(10) => "io",
        Some(11 | 26) => "damaged",
        Some(13) => "full",
        Some(14) => "cannot_open",
        Some(19) => "constraint",
        _ => "other",
    }
}
