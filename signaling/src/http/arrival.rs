//! Where a request came to, and the bound on connections: both are known where the connection is accepted.

use axum::Extension;
use axum::http::HeaderMap;
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
    /// The address it came from.
    pub(crate) peer: Option<IpAddr>,
    _counted: Arc<Counted>,
}

/// Whom a request is from. A proxy on this machine, as the documentation sets one up, says it in the last place of `X-Forwarded-For`; what others write there
/// counts for nothing.
pub(crate) fn sender(peer: Option<IpAddr>, headers: &HeaderMap) -> Option<IpAddr> {
    let told = || {
        let line = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
        line.rsplit(',').next()?.trim().parse().ok().map(|address: IpAddr| address.to_canonical())
    };
    peer.filter(|peer| !peer.is_loopback()).or_else(told).or(peer)
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
        let arrival = Arrival { local: bare(local), peer: bare(peer), _counted: Arc::new(counted) };
        ready(Ok((stream, Extension(arrival).layer(service))))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_proxy_on_this_machine_says_whom_a_request_is_from() {
        let told = |peer: &str, lines: &[&str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append("x-forwarded-for", line.parse().unwrap());
            }
            sender(Some(peer.parse().unwrap()), &headers).unwrap().to_string()
        };
        assert_eq!(told("127.0.0.1", &["10.1.2.3"]), "10.1.2.3");
        assert_eq!(told("::1", &["1.1.1.1, 10.1.2.3"]), "10.1.2.3", "what the proxy added, not what it was told");
        assert_eq!(told("127.0.0.1", &["1.1.1.1", "::ffff:10.1.2.3"]), "10.1.2.3");
        assert_eq!(told("127.0.0.1", &[]), "127.0.0.1");
        assert_eq!(told("127.0.0.1", &["unknown"]), "127.0.0.1");
        assert_eq!(told("10.9.9.9", &["10.1.2.3"]), "10.9.9.9", "a stranger's word");
    }
}
