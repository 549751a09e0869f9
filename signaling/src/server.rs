//! Binding, running, stopping.

use crate::account::strangers::Strangers;
use crate::account::vault::Vault;
use crate::account::{login, second_factor};
use crate::alone::Alone;
use crate::config::{Config, Tls};
use crate::http::{Acceptor, Assets, Pages, router};
use crate::hub::{Hub, keep_ringing};
use crate::media::{MediaEvent, MediaPlane};
use crate::metrics::Metrics;
use crate::record::Write;
use crate::statistics::keep_deciding;
use crate::store::{Store, StoreError, unix_ms};
use crate::tokens::{TokenError, Tokens, secret};
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use futures_util::future::BoxFuture;
use prometheus::Registry;
use protocol::GoodbyeReason;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::future::Future;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::timeout;

/// How often the server writes down that it lives.
const HEARTBEAT: Duration = Duration::from_secs(2);

/// Bounds of a stop; together under 5 s.
const STOP_PAGES: Duration = Duration::from_millis(1_500);
const STOP_LESSONS: Duration = Duration::from_millis(500);
const STOP_STORE: Duration = Duration::from_millis(1_500);
const STOP_HTTP: Duration = Duration::from_millis(500);

/// Pages come back spread over this time, not all in one instant.
const RETRY_SPREAD_MS: u64 = 1_000;

/// Why the server cannot serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address cannot be had.
    #[error("cannot listen on {address}: {source}; choose another with --listen, or stop the program that holds it")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// Another server has the data directory.
    #[error("another server runs on {} (process {process}); stop it, or give this one a directory of its own with --data", data.display())]
    Running {
        /// The directory.
        data: PathBuf,
        /// The other one's process id.
        process: String,
    },
    /// The data directory cannot be taken.
    #[error("cannot take {}: {source}; check permissions and free space", path.display())]
    Lock {
        /// The file that says who has it.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The certificate or the key is not usable.
    #[error("cannot use the certificate {} with the key {}: {reason}; give PEM files that belong together", cert.display(), key.display())]
    Tls {
        /// The certificate.
        cert: PathBuf,
        /// The key.
        key: PathBuf,
        /// Why.
        reason: String,
    },
    /// The secret of the tokens.
    #[error(transparent)]
    Tokens(#[from] TokenError),
    /// No key for second factors.
    #[error("no key for second factors can be derived from the secret; this build's cryptography is broken, install another")]
    Vault,
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Two metrics of one name.
    #[error("the metrics cannot be registered: {0}; give the server a registry of its own")]
    Metrics(#[from] prometheus::Error),
    /// The listening socket broke.
    #[error("serving ended: {0}")]
    Serve(std::io::Error),
}

/// A bound server.
pub struct Server {
    hub: Arc<Hub>,
    listener: TcpListener,
    address: SocketAddr,
    tls: Option<RustlsConfig>,
    events: mpsc::Receiver<MediaEvent>,
    assets: Arc<dyn Assets>,
    alone: Alone,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("address", &self.address).field("tls", &self.tls.is_some()).finish_non_exhaustive()
    }
}

impl Server {
    /// Listens, reads the secret and the certificate, and ends the memberships that a killed server left open. Nothing is served before [`Server::run`].
    ///
    /// # Errors
    /// [`ServeError`], naming what is wrong and the remedy.
    pub fn bind(
        config: Config,
        store: Store,
        media: Arc<dyn MediaPlane>,
        events: mpsc::Receiver<MediaEvent>,
        assets: Arc<dyn Assets>,
        registry: Registry,
    ) -> BoxFuture<'static, Result<Self, ServeError>> {
        // Boxed, as `run` is: a future is compiled where it is polled, and that would be every program and test that starts a server.
        Box::pin(Self::bound(config, store, media, events, assets, registry))
    }

    async fn bound(
        config: Config,
        store: Store,
        media: Arc<dyn MediaPlane>,
        events: mpsc::Receiver<MediaEvent>,
        assets: Arc<dyn Assets>,
        registry: Registry,
    ) -> Result<Self, ServeError> {
        let secret = secret(&config.data)?;
        let (tokens, vault) = (Tokens::new(&secret), Vault::new(&secret).map_err(|_| ServeError::Vault)?);
        let strangers = Strangers::new(&secret).map_err(|_| ServeError::Vault)?;
        let tls = config.tls.as_ref().map(load_tls).transpose()?;
        let metrics = Metrics::register(registry)?;
        let failed = |source| ServeError::Listen { address: config.listen, source };
        let listener = TcpListener::bind(config.listen).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let alone = Alone::take(&config.data)?;
        let ended = store.close_open_memberships().await?;
        if ended > 0 {
            tracing::warn!(ended, "memberships left open by an earlier run were ended at its last heartbeat");
        }
        second_factor::lock_all(&store, &vault).await?;
        login::fold_all(&store).await?;
        let hub = Arc::new(Hub::new(config, store, tokens, vault, strangers, media, metrics));
        Ok(Self { hub, listener, address, tls, events, assets, alone })
    }

    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `shutdown` is ready; then tells every page when to come back, writes everything down, and returns within 5 s.
    ///
    /// # Errors
    /// [`ServeError::Serve`] where the listening socket breaks.
    pub fn run(self, shutdown: impl Future<Output = ()> + Send + 'static) -> BoxFuture<'static, Result<(), ServeError>> {
        self.run_until(Box::pin(shutdown))
    }

    #[inline(never)]
    fn run_until(self, shutdown: BoxFuture<'static, ()>) -> BoxFuture<'static, Result<(), ServeError>> {
        Box::pin(self.serve(shutdown))
    }

    async fn serve(self, shutdown: BoxFuture<'static, ()>) -> Result<(), ServeError> {
        let Self { hub, listener, tls, events, assets, alone, .. } = self;
        let listening = tokio::spawn(hub.clone().listen(events));
        let beating = tokio::spawn(beat(hub.clone()));
        let keeping = tokio::spawn(crate::housekeeping::run(hub.clone()));
        let telling = tokio::spawn(crate::webhooks::run(hub.clone()));
        let ringing = tokio::spawn(keep_ringing(hub.clone()));
        let deciding = tokio::spawn(keep_deciding(hub.clone(), hub.config.zone.clone()));
        let handle = axum_server::Handle::new();
        let service = router(hub.clone(), Pages(assets)).into_make_service();
        let acceptor = Acceptor::new(&hub.config, hub.metrics.http.clone());
        let mut server = axum_server::from_tcp(listener).map_err(ServeError::Serve)?.handle(handle.clone());
        // Slow headers must not hold a connection for ever.
        server.http_builder().http1().timer(hyper_util::rt::TokioTimer::new()).header_read_timeout(Duration::from_secs(10));
        server.http_builder().http2().timer(hyper_util::rt::TokioTimer::new()).keep_alive_interval(Duration::from_secs(20));
        let serving = async move {
            match tls {
                Some(config) => server.acceptor(RustlsAcceptor::new(config).acceptor(acceptor)).serve(service).await,
                None => server.acceptor(acceptor).serve(service).await,
            }
        };
        let mut serving = tokio::spawn(serving);
        let result = tokio::select! {
            ended = &mut serving => ended.unwrap_or_else(|error| Err(std::io::Error::other(error))).map_err(ServeError::Serve),
            () = shutdown => Ok(()),
        };
        stop(&hub).await;
        handle.graceful_shutdown(Some(STOP_HTTP));
        let _ = timeout(STOP_HTTP, &mut serving).await;
        serving.abort();
        beating.abort();
        keeping.abort();
        telling.abort();
        ringing.abort();
        deciding.abort();
        listening.abort();
        drop(alone);
        result
    }
}

/// Tells everyone, and writes everything down.
async fn stop(hub: &Hub) {
    hub.closing.store(true, Ordering::Relaxed);
    for entry in hub.outboxes.iter() {
        let retry_ms = 200 + entry.key().0.wrapping_mul(0x9E37_79B9_7F4A_7C15) % RETRY_SPREAD_MS;
        entry.value().goodbye(GoodbyeReason::Shutdown, Some(retry_ms));
    }
    let gone = async {
        while !hub.outboxes.is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    if timeout(STOP_PAGES, gone).await.is_err() {
        tracing::warn!(pages = hub.outboxes.len(), "some pages did not take their goodbye in time");
    }
    if timeout(STOP_LESSONS, hub.settle()).await.is_err() {
        tracing::warn!("some lessons did not settle in time");
    }
    hub.writer.put(Write::Heartbeat { now_ms: unix_ms() }, None);
    if timeout(STOP_STORE, hub.writer.flush()).await.is_err() {
        tracing::error!("the store did not take all writes in time; the latest seconds are lost");
    }
}

async fn beat(hub: Arc<Hub>) {
    let mut every = tokio::time::interval(HEARTBEAT);
    loop {
        every.tick().await;
        hub.writer.put(Write::Heartbeat { now_ms: unix_ms() }, None);
    }
}

fn load_tls(tls: &Tls) -> Result<RustlsConfig, ServeError> {
    let failed = |reason: String| ServeError::Tls { cert: tls.cert.clone(), key: tls.key.clone(), reason };
    let chain = CertificateDer::pem_file_iter(&tls.cert).and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(|error| failed(error.to_string()))?;
    let key = PrivateKeyDer::from_pem_file(&tls.key).map_err(|error| failed(error.to_string()))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().map_err(|error| failed(error.to_string()))?;
    let mut config = config.with_no_client_auth().with_single_cert(chain, key).map_err(|error| failed(error.to_string()))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(RustlsConfig::from_config(Arc::new(config)))
}
