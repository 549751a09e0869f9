//! Where a request came to, and the bound on connections: both are known where the connection is accepted.

use super::patience::Patient;
use super::proxies::is_trusted;
use crate::config::Config;
use crate::metrics::Connections;
use axum::Extension;
use axum_server::accept::Accept;
use ipnet::IpNet;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::future::{Ready, ready};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
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
#[allow(clippy::unwrap_used)]
impl Arrival {
    /// From there.
    pub(super) fn at(from: IpAddr) -> Self {
        let metrics = Connections::register(&prometheus::Registry::new()).unwrap();
        let config = Config::new(([127, 0, 0, 1], 0).into(), std::path::Path::new("data"));
        let counted = Acceptor::new(&config, metrics).0.enter(Some(from)).unwrap();
        Self { local: None, from: Some(from), _counted: Arc::new(counted) }
    }
}

/// Connections by whom they are from: those of one address are bounded, so that nobody takes the places of all others.
#[derive(Debug)]
struct Visitors {
    limit: usize,
    limit_each: usize,
    trusted: Vec<IpNet>,
    counts: Mutex<Counts>,
    metrics: Connections,
}

#[derive(Debug, Default)]
struct Counts {
    all: usize,
    each: HashMap<IpAddr, usize>,
    /// When a refusal was last told in the log.
    told: Option<Instant>,
}

/// How often the log tells that connections are refused.
const TOLD_EVERY: Duration = Duration::from_secs(60);

impl Visitors {
    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a connection, unless it is one too many; a trusted proxy's stand for those of many.
    fn enter(self: &Arc<Self>, from: Option<IpAddr>) -> Option<Counted> {
        let one = from.filter(|from| !is_trusted(&self.trusted, *from)).map(network);
        let mut counts = self.counts();
        let theirs = one.and_then(|one| counts.each.get(&one).copied()).unwrap_or(0);
        let reason = if counts.all >= self.limit {
            Some("limit")
        } else if theirs >= self.limit_each {
            Some("address")
        } else {
            None
        };
        if let Some(reason) = reason {
            self.metrics.refused.with_label_values(&[reason]).inc();
            if counts.told.is_none_or(|told| told.elapsed() >= TOLD_EVERY) {
                counts.told = Some(Instant::now());
                let (held, address) = (counts.all, one.map(tracing::field::display));
                tracing::warn!(
                    held,
                    theirs,
                    address,
                    reason,
                    "connections are refused: raise max-connections, or block who opens so many (told once a minute)"
                );
            }
            return None;
        }
        counts.all += 1;
        if let Some(one) = one {
            *counts.each.entry(one).or_default() += 1;
        }
        self.metrics.open.set(i64::try_from(counts.all).unwrap_or(i64::MAX));
        Some(Counted { visitors: self.clone(), one })
    }
}

/// An IPv6 subscriber has a whole network of addresses.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(),
    }
}

#[derive(Debug)]
struct Counted {
    visitors: Arc<Visitors>,
    one: Option<IpAddr>,
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut counts = self.visitors.counts();
        counts.all -= 1;
        if let Some(one) = self.one
            && let Entry::Occupied(mut theirs) = counts.each.entry(one)
        {
            *theirs.get_mut() -= 1;
            if *theirs.get() == 0 {
                theirs.remove();
            }
        }
        self.visitors.metrics.open.set(i64::try_from(counts.all).unwrap_or(i64::MAX));
    }
}

/// Accepts connections up to a limit, and those of one address up to a tenth of it; closes those on which nothing moves.
#[derive(Clone, Debug)]
pub(crate) struct Acceptor(Arc<Visitors>);

impl Acceptor {
    pub(crate) fn new(config: &Config, metrics: Connections) -> Self {
        let limit = config.max_connections;
        Self(Arc::new(Visitors { limit, limit_each: (limit / 10).max(1), trusted: config.trusted_proxies.clone(), counts: Mutex::default(), metrics }))
    }
}

impl<S> Accept<TcpStream, S> for Acceptor {
    type Stream = Patient<TcpStream>;
    type Service = <Extension<Arrival> as Layer<S>>::Service;
    type Future = Ready<std::io::Result<(Self::Stream, Self::Service)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let bare = |address: std::io::Result<std::net::SocketAddr>| address.ok().map(|address| address.ip().to_canonical());
        let (local, from) = (bare(stream.local_addr()), bare(stream.peer_addr()));
        let Some(counted) = self.0.enter(from) else {
            return ready(Err(std::io::Error::other("the limit of connections is reached")));
        };
        // Small notices must not wait for each other.
        let _ = stream.set_nodelay(true);
        let arrival = Arrival { local, from, _counted: Arc::new(counted) };
        ready(Ok((Patient::new(stream), Extension(arrival).layer(service))))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use prometheus::Registry;

    #[test]
    fn no_address_takes_the_places_of_all() {
        let registry = Registry::new();
        let metrics = Connections::register(&registry).unwrap();
        let mut config = Config::new(([127, 0, 0, 1], 0).into(), std::path::Path::new("data"));
        (config.max_connections, config.trusted_proxies) = (100, vec!["10.9.0.0/16".parse().unwrap()]);
        let Acceptor(visitors) = Acceptor::new(&config, metrics.clone());
        let from = |text: &str| Some(text.parse::<IpAddr>().unwrap());
        let mut held: Vec<Counted> = (0..10).map(|_| visitors.enter(from("192.0.2.1")).unwrap()).collect();
        assert!(visitors.enter(from("192.0.2.1")).is_none());
        assert_eq!(metrics.refused.with_label_values(&["address"]).get(), 1);
        held.extend((0..10).map(|number| visitors.enter(from(&format!("2001:db8::{number}"))).unwrap()));
        assert!(visitors.enter(from("2001:db8::ffff")).is_none() && visitors.enter(from("2001:db8:0:1::1")).is_some(), "a network counts as one");
        held.extend((0..80).map(|number| visitors.enter(from(if number % 2 == 0 { "127.0.0.1" } else { "10.9.1.1" })).unwrap()));
        assert!(visitors.enter(from("192.0.2.2")).is_none(), "the limit of all");
        assert_eq!((metrics.refused.with_label_values(&["limit"]).get(), metrics.open.get()), (1, 100));
        drop(held);
        assert!(visitors.counts().each.is_empty() && visitors.enter(from("192.0.2.1")).is_some());
        assert_eq!(metrics.open.get(), 0);
    }
}
