//! One running node: store, media plane and server, joined.

use crate::assets::Pages;
use crate::config::Config;
use crate::failure::Failure;
use crate::media;
use crate::metrics::MediaCollector;
use crate::shutdown;
use prometheus::Registry;
use signaling::{Server, Store, Tls};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::watch;

/// A node whose sockets are bound.
pub(crate) struct Node {
    server: Server,
    store: Store,
}

/// The runtime of everything but media, which has threads of its own.
///
/// # Errors
/// The system gave no threads.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::room("starting"))
}

impl Node {
    /// Opens the store and binds all sockets.
    ///
    /// # Errors
    /// What is wrong, with the remedy.
    pub(crate) async fn start(config: &Config) -> Result<Node, Failure> {
        let store = Store::open(&config.database()).await.map_err(Failure::store)?;
        Node::start_with(config, store).await
    }

    /// As [`Node::start`], with a store that is open already.
    ///
    /// # Errors
    /// What is wrong, with the remedy.
    pub(crate) async fn start_with(config: &Config, store: Store) -> Result<Node, Failure> {
        let registry = Registry::new();
        let media = media::start(config)?;
        registry.register(Box::new(MediaCollector::new(media.figures))).map_err(Failure::room("registering metrics"))?;
        let server = Server::bind(serving(config), store.clone(), media.plane, media.events, Arc::new(Pages), registry);
        let server = server.await.map_err(Failure::server)?;
        tracing::info!(version = env!("CARGO_PKG_VERSION"), listen = %server.local_addr(), media = ?config.media_addresses(), port = config.media_port, "serving");
        Ok(Node { server, store })
    }

    /// Where the pages are.
    pub(crate) fn address(&self) -> SocketAddr {
        self.server.local_addr()
    }

    /// Serves until told to end, then tells everyone and writes everything down.
    ///
    /// # Errors
    /// The listening socket broke.
    pub(crate) async fn run(self, shutdown: watch::Receiver<bool>) -> Result<(), Failure> {
        let result = self.server.run(shutdown::told(shutdown)).await;
        self.store.close().await;
        tracing::info!("ended");
        result.map_err(Failure::room("serving"))
    }
}

/// The part of the configuration that signaling needs.
fn serving(config: &Config) -> signaling::Config {
    let tls = config.tls_cert.clone().zip(config.tls_key.clone()).map(|(cert, key)| Tls { cert, key });
    signaling::Config {
        tls,
        ice_servers: config.ice_servers.clone(),
        resume_window: config.resume,
        max_participants_per_lesson: config.max_participants,
        max_stage: config.max_stage,
        max_connections: config.max_connections,
        allowed_origins: config.allowed_origins.clone(),
        trusted_proxies: config.trusted_proxies.clone(),
        zone: config.zone.clone(),
        second_factor: config.second_factor,
        public_url: config.public_url.clone(),
        oidc: config.oidc(),
        webhook_targets: config.webhook_targets,
        ..signaling::Config::new(config.listen, &config.data)
    }
}
