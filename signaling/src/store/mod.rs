//! The store: SQLite in the data directory (`tongke.db`, write-ahead log). The SQL is portable, so that PostgreSQL can take its place.
//!
//! A running server writes through [`Writer`]; commands and the demo write with the `create_*` functions, also while a server runs on the same file.

mod error;
mod lessons;
mod record;
mod register;
mod writer;

#[cfg(test)]
mod tests;

pub use error::StoreError;
pub(crate) use lessons::usable_id;
pub use lessons::{Membership, NewLesson};
pub use register::{Classroom, Pairing, School, SchoolKind};
pub use writer::{Failed, Writer, WriterMetrics};

use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a write waits for another process's lock before it fails.
const BUSY_LIMIT: Duration = Duration::from_millis(1_000);

/// How long opening the store may wait for a lock: another process may be migrating.
const OPEN_LIMIT: Duration = Duration::from_secs(10);

/// An open store. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    /// One connection: writes of this process never wait for each other inside SQLite.
    write: SqlitePool,
    read: SqlitePool,
    path: PathBuf,
}

impl Store {
    /// Opens or makes `tongke.db` in the directory `data` (made too, where missing) and brings its tables up to date.
    ///
    /// # Errors
    /// [`StoreError::Directory`] where `data` cannot be made, [`StoreError::Database`] where the file cannot be opened, read or migrated.
    pub async fn open(data: &Path) -> Result<Self, StoreError> {
        std::fs::create_dir_all(data).map_err(|source| StoreError::Directory { path: data.to_path_buf(), source })?;
        let path = data.join("tongke.db");
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .foreign_keys(true);
        let database = |source| StoreError::Database { path: path.clone(), source };
        let lock = one_migrates(data).await?;
        let first = options.clone().busy_timeout(OPEN_LIMIT);
        let migrating = SqlitePoolOptions::new().max_connections(1).connect_with(first).await.map_err(database)?;
        migrate(&migrating).await.map_err(database)?;
        migrating.close().await;
        drop(lock);
        let pool = |connections| SqlitePoolOptions::new().max_connections(connections).acquire_timeout(Duration::from_secs(5));
        let write = pool(1).connect_with(options.clone().busy_timeout(BUSY_LIMIT)).await.map_err(database)?;
        let read = pool(4).connect_with(options.busy_timeout(BUSY_LIMIT)).await.map_err(database)?;
        Ok(Self { write, read, path })
    }

    /// The database file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Closes it, with the write-ahead log written back.
    pub async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }

    fn failed(&self) -> impl Fn(sqlx::Error) -> StoreError + '_ {
        |source| StoreError::Database { path: self.path.clone(), source }
    }
}

/// Keeps two processes that start at once from migrating at once: SQLite's own locks do not cover the look before. Released with the returned file.
async fn one_migrates(data: &Path) -> Result<std::fs::File, StoreError> {
    let path = data.join("tongke.db.lock");
    let failed = |source| StoreError::Directory { path: path.clone(), source };
    let file = std::fs::OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
    let locked = tokio::task::spawn_blocking(move || file.lock().map(|()| file)).await;
    locked.unwrap_or_else(|error| Err(std::io::Error::other(error))).map_err(failed)
}

/// Runs what is missing of `migrations/`.
async fn migrate(pool: &SqlitePool) -> Result<(), sqlx::Error> {
    let step = |version, name: &'static str, sql: &'static str| Migration::new(version, name.into(), MigrationType::Simple, sql.into_sql_str(), false);
    let steps = vec![step(1, "lessons", include_str!("../../migrations/0001_lessons.sql"))];
    Migrator::with_migrations(steps).run(pool).await.map_err(|error| sqlx::Error::Migrate(Box::new(error)))
}

/// The service's clock, in milliseconds since 1970 (UTC).
pub(crate) fn unix_ms() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// A number as SQL keeps it; times and orders are far below the limit.
fn sql(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A number from SQL; never negative in our tables.
fn number(sql: i64) -> u64 {
    u64::try_from(sql).unwrap_or_default()
}
