//! `tongke demo`.

use super::data::Data;
use crate::config::Config;
use crate::demo::{self, Scene};
use crate::failure::Failure;
use crate::node::{self, Node};
use crate::{addresses, log, shutdown};
use signaling::store::unix_ms;
use std::io::Write as _;
use std::net::SocketAddr;

/// Pages are served on loopback only; media also on the machine's own addresses, because Firefox ignores loopback.
#[derive(clap::Args)]
pub(super) struct Demo {
    /// Prints one JSON object {url, lesson, tokens: {host, operator, classrooms}} instead of addresses to click; its lesson is live.
    #[arg(long)]
    json: bool,
    /// Without simulated people: one lesson, live, with nobody in it.
    #[arg(long)]
    empty: bool,
    /// Where the pages are served, on loopback; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080", value_parser = loopback)]
    listen: SocketAddr,
    /// The first worker's media port; 0 takes free ones.
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    media_port: u16,
    /// Media threads; 0: one a core.
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=64))]
    workers: u8,
    #[command(flatten)]
    data: Data,
    /// What is logged to standard error.
    #[arg(long, value_name = "FILTER", default_value = "warn")]
    log: String,
}

fn loopback(text: &str) -> Result<SocketAddr, String> {
    match text.parse::<SocketAddr>() {
        Ok(address) if address.ip().is_loopback() => Ok(address),
        Ok(_) => Err("the demo's tokens are printed, so its pages stay on loopback: give 127.0.0.1:PORT, or use tongke serve".to_owned()),
        Err(_) => Err("give 127.0.0.1:PORT".to_owned()),
    }
}

impl Demo {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let config = self.config()?;
        log::start(&config.log, config.log_format)?;
        node::runtime()?.block_on(self.show(config))
    }

    async fn show(&self, config: Config) -> Result<(), Failure> {
        let shutdown = shutdown::on_signal().map_err(Failure::room("handling SIGTERM"))?;
        let store = self.data.store().await?;
        let tokens = self.data.tokens()?;
        let scene = Scene::prepare(&store, &tokens, !self.empty, self.json).await?;
        // Programs make their own people; a person wants to look around.
        let accounts = match self.json {
            true => Vec::new(),
            false => {
                demo::seed(&store, &config.zone, unix_ms()).await?;
                demo::accounts(&store).await?
            }
        };
        let node = Node::start_with(&config, store).await?;
        let (mut announcement, simulated) = scene.announce(format!("http://{}", node.address()), &config.data);
        announcement.accounts = accounts;
        let text = if self.json { announcement.json() } else { announcement.text() };
        // Whoever started it may not read on; the demo goes on.
        let _ = writeln!(std::io::stdout(), "{text}");
        demo::simulate(&announcement.url, simulated);
        node.run(shutdown).await
    }

    fn config(&self) -> Result<Config, Failure> {
        let mut config = Config {
            listen: self.listen,
            media_ips: addresses::loopback_and_own(),
            workers: Some(self.workers).filter(|workers| *workers > 0),
            log: self.log.clone(),
            // On loopback, with passwords made anew each time.
            second_factor: false,
            ..self.data.lay_over(Config::default())?
        };
        config.media_port = match self.media_port {
            0 => addresses::free_ports(&config.media_ips, config.workers().into()).ok_or_else(|| Failure::Room {
                what: "choosing media ports",
                reason: format!("found no {} free ports in a row; give --media-port", config.workers()),
            })?,
            given => given,
        };
        Ok(config)
    }
}
