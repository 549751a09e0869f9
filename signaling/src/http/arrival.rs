//! Where a request came to, and the bound on connections: both are known where the connection is accepted.

use axum::Extension;
use axum_server::accept::Accept;
use std::future::{Ready, ready};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::net::TcpStream;
use tower::Layer;

/// One accepted connection. While a copy lives, it counts.
#[derive(Clone, Debug)]
pub(crate) struct Arrival {
    /// The address of this machine it came to.
    pub(crate) local: Option<IpAddr>,
    /// The address it came from; of a request that a trusted proxy passed on, the one the proxy names.
    pub(crate) from: Option<IpAddr>,
    _counted: Arc<Counted>,
}

#[cfg(test)]
impl Arrival {
    /// From there.
    pub(super) fn at(from: IpAddr) -> Self {
        Self { local: None, from: Some(from), _counted: Arc::new(Counted(Arc::new(AtomicUsize::new(1)))) }
    }
}

#[derive(Debug)]
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Accepts connections up to a limit.
#[derive(Clone, Debug)]
pub(crate) struct Acceptor {
    connected: Arc<AtomicUsize>,
    limit: usize,
}

impl Acceptor {
    pub(crate) fn new(connected: Arc<AtomicUsize>, limit: usize) -> Self {
        Self { connected, limit }
    }
}

impl<S> Accept<TcpStream, S> for Acceptor {
    type Stream = TcpStream;
    type Service = <Extension<Arrival> as Layer<S>>::Service;
    type Future = Ready<std::io::Result<(Self::Stream, Self::Service)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let counted = Counted(self.connected.clone());
        if self.connected.fetch_add(1, Ordering::Relaxed) >= self.limit {
            return ready(Err(std::io::Error::other("the limit of connections is reached")));
        }
        // Small notices must not wait for each other.
        let _ = stream.set_nodelay(true);
        let (local, peer) = (stream.local_addr(), stream.peer_addr());
        let bare = |address: std::io::Result<std::net::SocketAddr>| address.ok().map(|address| address.ip().to_canonical());
        let arrival = Arrival { local: bare(local), from: bare(peer), _counted: Arc::new(counted) };
        ready(Ok((stream, Extension(arrival).layer(service))))
    }
}
