//! `tongke serve`.

use super::flags::Flags;
use crate::config::{self, Config, Environment, Layer};
use crate::failure::Failure;
use crate::node::{self, Node};
use crate::{log, shutdown};
use std::path::PathBuf;

/// A flag wins over its environment variable, that over the file, that over the default.
#[derive(clap::Args)]
pub(super) struct Serve {
    /// The configuration, TOML; see deploy/tongke.toml for every key.
    #[arg(long, value_name = "FILE", env = "TONGKE_CONFIG")]
    config: Option<PathBuf>,
    #[command(flatten)]
    flags: Flags,
}

impl Serve {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let config = self.resolve()?;
        log::start(&config.log, config.log_format)?;
        node::runtime()?.block_on(async {
            let shutdown = shutdown::on_signal().map_err(Failure::room("handling SIGTERM"))?;
            let node = Node::start(&config).await?;
            node.run(shutdown).await
        })
    }

    fn resolve(&self) -> Result<Config, Failure> {
        let environment = Environment(|name: &str| std::env::var_os(name));
        let file = self.config.as_deref().map(config::read).transpose()?;
        let mut layers: Vec<&dyn Layer> = vec![&self.flags, &environment];
        layers.extend(file.as_ref().map(|file| file as &dyn Layer));
        Ok(Config::resolve(&layers)?)
    }
}
