//! The machine's own addresses and free ports.

use std::net::{IpAddr, Ipv4Addr, TcpListener, UdpSocket};

/// The addresses media is offered on when none are configured: every global or private address of an interface; loopback only if there is nothing else.
///
/// Link-local addresses are left out: they need a zone, which an ICE candidate cannot carry.
pub(crate) fn own() -> Vec<IpAddr> {
    let all = if_addrs::get_if_addrs().unwrap_or_else(|error| {
        tracing::warn!(%error, "cannot list the interfaces; media is offered on loopback only (set media-ip)");
        Vec::new()
    });
    choose(all.iter().map(if_addrs::Interface::ip))
}

/// [`own`], and loopback first: what the demo offers, whose pages are on loopback (Firefox ignores loopback candidates, hence the others).
pub(crate) fn loopback_and_own() -> Vec<IpAddr> {
    let mut addresses = own();
    addresses.retain(|address| !address.is_loopback());
    addresses.insert(0, Ipv4Addr::LOCALHOST.into());
    addresses
}

fn choose(all: impl Iterator<Item = IpAddr>) -> Vec<IpAddr> {
    let mut chosen: Vec<IpAddr> = all.filter(|address| usable(*address)).collect();
    chosen.sort_by_key(|address| (address.is_ipv6(), *address));
    chosen.dedup();
    if chosen.is_empty() {
        chosen.push(Ipv4Addr::LOCALHOST.into());
    }
    chosen
}

fn usable(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => !(v4.is_loopback() || v4.is_link_local() || v4.is_unspecified()),
        IpAddr::V6(v6) => !(v6.is_loopback() || v6.is_unicast_link_local() || v6.is_unspecified()),
    }
}

/// The first of `count` consecutive ports that are free now for UDP and TCP on every one of `addresses`.
pub(crate) fn free_ports(addresses: &[IpAddr], count: u16) -> Option<u16> {
    (0..50).find_map(|_| {
        let first = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?.local_addr().ok()?.port();
        let last = first.checked_add(count.saturating_sub(1))?;
        (first..=last).all(|port| addresses.iter().all(|ip| UdpSocket::bind((*ip, port)).is_ok() && TcpListener::bind((*ip, port)).is_ok())).then_some(first)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn chosen(addresses: &[&str]) -> Vec<String> {
        choose(addresses.iter().map(|text| text.parse().unwrap())).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn loopback_and_link_local_are_left_out_and_ipv4_comes_first() {
        assert_eq!(chosen(&["127.0.0.1", "fe80::1", "2001:db8::7", "10.0.0.5", "169.254.3.4", "::1", "10.0.0.5"]), ["10.0.0.5", "2001:db8::7"]);
    }

    #[test]
    fn loopback_when_there_is_nothing_else() {
        assert_eq!(chosen(&["127.0.0.1", "::1", "fe80::1"]), ["127.0.0.1"]);
        assert_eq!(chosen(&[]), ["127.0.0.1"]);
    }

    #[test]
    fn the_demo_offers_loopback_first_and_once() {
        let addresses = loopback_and_own();
        assert_eq!(addresses[0], IpAddr::from(Ipv4Addr::LOCALHOST));
        assert_eq!(addresses.iter().filter(|address| address.is_loopback()).count(), 1);
    }

    #[test]
    fn free_ports_can_be_bound() {
        let loopback = [IpAddr::from(Ipv4Addr::LOCALHOST)];
        let first = free_ports(&loopback, 2).unwrap();
        for port in first..first + 2 {
            UdpSocket::bind((loopback[0], port)).unwrap();
        }
    }
}
