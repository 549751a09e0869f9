//! Which server's data a command works on.

use crate::config::{Config, ConfigError};
use crate::failure::Failure;
use signaling::tokens::SECRET;
use signaling::{Database, PostgresUrl, Store, Tokens};
use std::ffi::OsString;
use std::path::PathBuf;

/// The same as the server's `data` and `database`.
#[derive(clap::Args)]
pub(super) struct Data {
    /// The server's data directory.
    #[arg(long, value_name = "DIRECTORY", env = "TONGKE_DATA", default_value = "data")]
    data: PathBuf,
    /// The server's PostgreSQL database, where it has one, as postgres://USER:PASSWORD@HOST:PORT/NAME.
    #[arg(long, value_name = "URL", env = "TONGKE_DATABASE", hide_env_values = true)]
    database: Option<OsString>,
}

impl Data {
    /// Lays it over a configuration.
    ///
    /// # Errors
    /// The address of the database cannot be used.
    pub(super) fn lay_over(&self, config: Config) -> Result<Config, Failure> {
        Ok(Config { data: self.data.clone(), postgres: self.postgres()?, ..config })
    }

    /// Opens the store; SQLite's is made where it is missing.
    ///
    /// # Errors
    /// It cannot be opened.
    pub(super) async fn store(&self) -> Result<Store, Failure> {
        Store::open(&self.place()?).await.map_err(Failure::store)
    }

    /// Opens the store of a server that has run, or of its first person: a directory given by mistake is not made.
    ///
    /// # Errors
    /// There is none, or it cannot be opened.
    pub(super) async fn existing_store(&self) -> Result<Store, Failure> {
        if let Database::Sqlite(_) = self.place()? {
            self.must_hold("tongke.db")?;
        }
        self.store().await
    }

    /// Opens the tokens of a server that has run, or will: a key made elsewhere would sign what no server takes.
    ///
    /// # Errors
    /// There is no such server's data, or the key cannot be read or made.
    pub(super) fn existing_tokens(&self) -> Result<Tokens, Failure> {
        self.must_hold(match self.place()? {
            Database::Sqlite(_) => "tongke.db",
            Database::Postgres(_) => SECRET,
        })?;
        self.tokens()
    }

    /// What may not be looked at is told when it is opened.
    fn must_hold(&self, file: &str) -> Result<(), Failure> {
        if self.data.join(file).try_exists().unwrap_or(true) {
            return Ok(());
        }
        let remedy = format!("is no server's data directory, for it has no {file}: give the one of the server, or start tongke serve with this one first");
        Err(ConfigError::new("--data (TONGKE_DATA)", self.data.display(), remedy).into())
    }

    /// Opens the tokens.
    ///
    /// # Errors
    /// Their key cannot be read or made.
    pub(super) fn tokens(&self) -> Result<Tokens, Failure> {
        Tokens::open(&self.data).map_err(Failure::room("opening the data"))
    }

    /// Where the store is.
    ///
    /// # Errors
    /// The address of the database cannot be used.
    pub(super) fn place(&self) -> Result<Database, Failure> {
        Ok(self.lay_over(Config::default())?.database())
    }

    fn postgres(&self) -> Result<Option<PostgresUrl>, Failure> {
        let Some(given) = &self.database else { return Ok(None) };
        let url = given.to_str().ok_or("is not UTF-8: write it again in UTF-8").and_then(str::parse);
        Ok(Some(url.map_err(|remedy| ConfigError::new("--database (TONGKE_DATABASE)", "…", remedy))?))
    }
}
