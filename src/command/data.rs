//! Which server's data a command works on.

use crate::config::{Config, ConfigError};
use crate::failure::Failure;
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

    /// Opens the store.
    ///
    /// # Errors
    /// It cannot be opened.
    pub(super) async fn store(&self) -> Result<Store, Failure> {
        Store::open(&self.place()?).await.map_err(Failure::room("opening the data"))
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
