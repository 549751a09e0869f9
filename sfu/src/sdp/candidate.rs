//! Our ICE candidates (RFC 8839 §5.1, RFC 6544 for TCP).

use std::fmt;
use std::net::SocketAddr;

/// How a candidate is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// UDP.
    Udp,
    /// TCP, passive: the peer connects.
    Tcp,
}

/// A host candidate of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The address peers can reach.
    pub address: SocketAddr,
    /// How.
    pub protocol: Protocol,
}

impl Candidate {
    /// Its priority as the `index`-th of a description (RFC 8445 §5.1.2): UDP before TCP, earlier before later.
    pub fn priority(&self, index: usize) -> u32 {
        let earlier = |most: u32| most - (index as u32).min(most);
        let (type_preference, local_preference) = match self.protocol {
            Protocol::Udp => (126, earlier(0xFFFF)),
            // RFC 6544 §4.2: a lower type preference, and direction preference 4 for passive host candidates.
            Protocol::Tcp => (90, 4 << 13 | earlier(0x1FFF)),
        };
        type_preference << 24 | local_preference << 8 | 255
    }

    /// The attribute's text, without `a=`. Each gets a foundation of its own: the server's addresses fare differently.
    pub(super) fn attribute(self, index: usize) -> impl fmt::Display {
        let (name, suffix) = match self.protocol {
            Protocol::Udp => ("udp", ""),
            Protocol::Tcp => ("tcp", " tcptype passive"),
        };
        let (ip, port) = (self.address.ip(), self.address.port());
        format!("candidate:{} 1 {name} {} {ip} {port} typ host{suffix}", index + 1, self.priority(index))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn attributes_and_priorities() {
        let udp = Candidate { address: "[2001:db8::1]:3478".parse().unwrap(), protocol: Protocol::Udp };
        assert_eq!(udp.attribute(0).to_string(), "candidate:1 1 udp 2130706431 2001:db8::1 3478 typ host");
        let tcp = Candidate { address: "192.0.2.1:443".parse().unwrap(), protocol: Protocol::Tcp };
        assert_eq!(tcp.attribute(1).to_string(), "candidate:2 1 tcp 1520434943 192.0.2.1 443 typ host tcptype passive");
        assert!(udp.priority(70_000) > tcp.priority(0) && tcp.priority(0) > tcp.priority(1));
    }
}
