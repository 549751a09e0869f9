//! Which database, and how it is opened: SQLite in the data directory, or PostgreSQL at an address.

use super::{StoreError, files, schema};
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{AnyConnection, AnyPool, AssertSqlSafe, ConnectOptions, Connection};
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// How long a write waits for another process's lock on the SQLite file before it fails.
const BUSY_LIMIT: Duration = Duration::from_millis(1_000);

/// How long opening the store may wait for such a lock: another process may be migrating.
const OPEN_LIMIT: Duration = Duration::from_secs(10);

/// How long a read, or anything on PostgreSQL, waits for a free connection of the pool.
const ACQUIRE_LIMIT: Duration = Duration::from_secs(5);

/// How long a write waits for its turn on SQLite's one writing connection: a term's timetable is one transaction of several seconds.
const TURN_LIMIT: Duration = Duration::from_secs(20);

/// A connection to PostgreSQL that was used so recently is taken to stand without asking.
const TRUSTED_IDLE: Duration = Duration::from_secs(1);

const SQLITE_READERS: u32 = 4;
const POSTGRES_CONNECTIONS: u32 = 8;

/// Where the store keeps what it is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Database {
    /// `tongke.db` (write-ahead log) in this directory, which is made where it is missing.
    Sqlite(PathBuf),
    /// A database of a PostgreSQL server, 13 or later. It exists; its tables are made.
    Postgres(PostgresUrl),
}

/// The address of a PostgreSQL database, with its password; shown without.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresUrl(Arc<Url>);

impl FromStr for PostgresUrl {
    type Err = &'static str;

    /// Takes `postgres://USER:PASSWORD@HOST:PORT/NAME` with libpq's parameters (`?sslmode=verify-full`, `?host=/run/postgresql`).
    ///
    /// # Errors
    /// What would be right, without the text that was given: it may hold a password.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let remedy = "is not the address of a PostgreSQL database: give postgres://USER:PASSWORD@HOST:PORT/NAME, with signs such as @ : / in the password \
                      written as %40 %3A %2F";
        match Url::parse(text) {
            // sqlx would log a parameter that it does not know, with its value.
            Ok(url) if !url.query_pairs().all(|(name, _)| is_parameter(&name)) => {
                Err("has a parameter that PostgreSQL's address does not take: give sslmode, sslrootcert, sslcert, sslkey, host, application_name or options")
            }
            Ok(url) if matches!(url.scheme(), "postgres" | "postgresql") && url.path().len() > 1 => Ok(Self(Arc::new(url))),
            _ => Err(remedy),
        }
    }
}

fn is_parameter(name: &str) -> bool {
    let known = ["sslmode", "sslrootcert", "sslcert", "sslkey", "host", "hostaddr", "port", "dbname", "user", "password", "application_name", "options"];
    known.contains(&name) || name.starts_with("options[")
}

impl fmt::Display for PostgresUrl {
    /// User, host, port and name; never the password or the parameters, which may hold it too.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = &self.0;
        write!(f, "{}://", url.scheme())?;
        if !url.username().is_empty() {
            write!(f, "{}@", url.username())?;
        }
        f.write_str(url.host_str().unwrap_or_default())?;
        if let Some(port) = url.port() {
            write!(f, ":{port}")?;
        }
        f.write_str(url.path())
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgresUrl({self})")
    }
}

/// What the two engines do not have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

/// An opened database: connections to write and to read, and what to call it.
pub(crate) struct Opened {
    pub(crate) write: AnyPool,
    pub(crate) read: AnyPool,
    pub(crate) engine: Engine,
    pub(crate) place: Place,
}

/// What the database is called in messages.
#[derive(Clone, Debug)]
pub enum Place {
    /// The file.
    File(PathBuf),
    /// The address, shown without its password.
    Server(PostgresUrl),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::File(path) => path.display().fmt(f),
            Place::Server(url) => url.fmt(f),
        }
    }
}

impl Place {
    /// What to look at when it refuses.
    pub(crate) fn remedy(&self) -> &'static str {
        match self {
            Place::File(_) => "check free space, permissions and that no other program holds it",
            Place::Server(_) => "check that the server runs, takes this user and password, and has free space",
        }
    }
}

pub(crate) async fn open(database: &Database) -> Result<Opened, StoreError> {
    sqlx::any::install_default_drivers();
    match database {
        Database::Sqlite(data) => open_sqlite(data).await,
        Database::Postgres(url) => open_postgres(url).await,
    }
}

/// Connections to a database whose tables are as they happen to be.
#[cfg(test)]
pub(crate) async fn bare(database: &Database) -> Result<AnyPool, sqlx::Error> {
    sqlx::any::install_default_drivers();
    match database {
        Database::Sqlite(data) => {
            std::fs::create_dir_all(data).map_err(sqlx::Error::Io)?;
            sqlite_pool(1, ACQUIRE_LIMIT, OPEN_LIMIT).connect_with(sqlite_options(data)?).await
        }
        Database::Postgres(url) => AnyPoolOptions::new().connect_with(AnyConnectOptions::from_url(&url.0)?).await,
    }
}

async fn open_sqlite(data: &Path) -> Result<Opened, StoreError> {
    files::make_directory(data).map_err(|source| StoreError::Directory { path: data.to_path_buf(), source })?;
    let path = data.join("tongke.db");
    let place = Place::File(path.clone());
    let failed = |source| StoreError::database(&place, source);
    let options = sqlite_options(data).map_err(failed)?;
    let lock = one_migrates(data).await?;
    make_private(&path).map_err(|source| StoreError::Directory { path: path.clone(), source })?;
    // Asked first without a pool, which would try again until its time is over and then only say so.
    let mut first = options.connect().await.map_err(failed)?;
    set_up(&mut first, OPEN_LIMIT).await.map_err(failed)?;
    first.close().await.map_err(failed)?;
    let migrating = sqlite_pool(1, ACQUIRE_LIMIT, OPEN_LIMIT).connect_with(options.clone()).await.map_err(failed)?;
    schema::migrate(&migrating).await.map_err(failed)?;
    migrating.close().await;
    drop(lock);
    // One connection: writes of this process never wait for each other inside SQLite.
    let write = sqlite_pool(1, TURN_LIMIT, BUSY_LIMIT).connect_with(options.clone()).await.map_err(failed)?;
    let read = sqlite_pool(SQLITE_READERS, ACQUIRE_LIMIT, BUSY_LIMIT).connect_with(options).await.map_err(failed)?;
    Ok(Opened { write, read, engine: Engine::Sqlite, place })
}

async fn open_postgres(url: &PostgresUrl) -> Result<Opened, StoreError> {
    let place = Place::Server(url.clone());
    let failed = |source| StoreError::database(&place, source);
    let options = AnyConnectOptions::from_url(&url.0).map_err(failed)?;
    // Asked first without a pool, which would try again until its time is over and then only say so.
    let silent = || sqlx::Error::Io(std::io::Error::new(std::io::ErrorKind::TimedOut, format!("no answer within {} s", ACQUIRE_LIMIT.as_secs())));
    let mut first = tokio::time::timeout(ACQUIRE_LIMIT, options.connect()).await.unwrap_or_else(|_| Err(silent())).map_err(failed)?;
    compile_nothing(&mut first).await.map_err(failed)?;
    first.close().await.map_err(failed)?;
    // To look whether a connection still stands is one question more: only those are asked that had time to break.
    let pool = AnyPoolOptions::new().max_connections(POSTGRES_CONNECTIONS).acquire_timeout(ACQUIRE_LIMIT).test_before_acquire(false);
    let pool = pool.before_acquire(|connection, meta| {
        Box::pin(async move {
            if meta.idle_for > TRUSTED_IDLE {
                connection.ping().await?;
            }
            Ok(true)
        })
    });
    let pool = pool.after_connect(|connection, _| Box::pin(compile_nothing(connection)));
    let pool = pool.connect_with(options).await.map_err(failed)?;
    // Two processes that start at once wait for each other: the migrator takes an advisory lock of the server.
    schema::migrate(&pool).await.map_err(failed)?;
    Ok(Opened { write: pool.clone(), read: pool, engine: Engine::Postgres, place })
}

/// A statement of many tables is soon taken for a long one, and then compiled for longer than it runs.
async fn compile_nothing(connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
    sqlx::query("SET jit = off").execute(connection).await.map(drop)
}

/// Makes the file where it is missing, before SQLite would make it for everybody to read; SQLite gives its `-wal` and `-shm` the same permissions.
/// One that is there is not opened: to close it again would take SQLite's locks from this process.
fn make_private(path: &Path) -> std::io::Result<()> {
    match files::private().write(true).create_new(true).open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            for extension in ["db", "db-wal", "db-shm", "db.lock"] {
                files::close_to_others(&path.with_extension(extension));
            }
            Ok(())
        }
        made => made.map(drop),
    }
}

/// The file's address in SQLite's own form, in which the path's bytes are escaped. The directory is resolved: an address knows no `..`.
fn sqlite_options(data: &Path) -> Result<AnyConnectOptions, sqlx::Error> {
    let path = std::fs::canonicalize(data).map_err(sqlx::Error::Io)?.join("tongke.db");
    let mut text = String::from("sqlite://");
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' => text.push(char::from(*byte)),
            byte if byte.is_ascii_alphanumeric() => text.push(char::from(*byte)),
            byte => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text.push_str("?mode=rwc");
    text.parse()
}

fn sqlite_pool(connections: u32, acquire: Duration, busy: Duration) -> AnyPoolOptions {
    // A file does not go away as a server does: nothing is asked before a connection is used.
    let pool = AnyPoolOptions::new().max_connections(connections).acquire_timeout(acquire).test_before_acquire(false);
    let pool = pool.after_connect(move |connection, _| Box::pin(set_up(connection, busy)));
    // On a full disk SQLite itself undoes the transaction, which sqlx goes on counting as begun: such a connection is of no use any more.
    pool.before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
}

/// What each connection to SQLite is told first. `busy`: how long it waits for another process's lock.
async fn set_up(connection: &mut AnyConnection, busy: Duration) -> Result<(), sqlx::Error> {
    // 16 MiB of pages a connection: a week of a county's lessons and their indices are read from memory, not from the file each time.
    // NORMAL with a write-ahead log: a power cut may lose the last transactions, never damage the file; FULL would wait for the disk at each of them.
    let pragmas = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; PRAGMA cache_size = -16384;";
    let pragmas = format!("PRAGMA busy_timeout = {}; {pragmas}", busy.as_millis());
    sqlx::raw_sql(AssertSqlSafe(pragmas.as_str())).execute(connection).await.map(drop)
}

/// Keeps two processes that start at once from migrating at once: SQLite's own locks do not cover the look before. Released with the returned file.
async fn one_migrates(data: &Path) -> Result<std::fs::File, StoreError> {
    let path = data.join("tongke.db.lock");
    let failed = |source| StoreError::Directory { path: path.clone(), source };
    let file = files::private().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
    let locked = tokio::task::spawn_blocking(move || file.lock().map(|()| file)).await;
    locked.unwrap_or_else(|error| Err(std::io::Error::other(error))).map_err(failed)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_address_is_shown_without_its_secrets() {
        for (given, shown) in [
            ("postgres://tongke:hunter2@db.example.org:5433/tongke", "postgres://tongke@db.example.org:5433/tongke"),
            ("postgresql://tongke:hunter2@[::1]/tongke?sslmode=require", "postgresql://tongke@[::1]/tongke"),
            ("postgres://localhost/tongke?user=tongke&password=hunter2", "postgres://localhost/tongke"),
        ] {
            let url: PostgresUrl = given.parse().unwrap();
            assert_eq!((url.to_string(), format!("{:?}", Database::Postgres(url)).contains("hunter2")), (shown.to_owned(), false));
        }
        let misspelt = "postgres://tongke@host/tongke?pasword=hunter2".parse::<PostgresUrl>().unwrap_err();
        assert!(misspelt.contains("parameter") && !misspelt.contains("hunter2"));
        for bad in ["", "tongke", "mysql://a/b", "postgres://tongke:hunter2@host", "postgres://u:hunter2@host/", "postgres://u:hun/ter2@host:x/db"] {
            let remedy = bad.parse::<PostgresUrl>().unwrap_err();
            assert!(remedy.contains("give postgres://") && !remedy.contains("hunter2"), "{bad}");
        }
    }

    #[test]
    fn any_directory_can_be_addressed() {
        let folder = std::env::temp_dir().join(format!("tongke 数据?#%20&x=../{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let options = sqlite_options(&folder).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        sqlx::any::install_default_drivers();
        runtime.block_on(async { sqlite_pool(1, ACQUIRE_LIMIT, OPEN_LIMIT).connect_with(options).await.unwrap().close().await });
        assert!(folder.join("tongke.db").exists());
        let _ = std::fs::remove_dir_all(folder);
    }
}
