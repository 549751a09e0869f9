//! Socket addresses as the kernel writes them.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

/// Room for an IPv4 or an IPv6 socket address.
#[derive(Clone, Copy)]
#[repr(C)]
pub(super) union Name {
    v4: libc::sockaddr_in,
    v6: libc::sockaddr_in6,
}

impl Name {
    /// No address: family `AF_UNSPEC`.
    pub(super) const EMPTY: Name = Name {
        // SAFETY: `sockaddr_in6` holds integers and arrays of integers only; all zeroes is a valid value of it.
        v6: unsafe { std::mem::zeroed() },
    };
    /// Bytes that may be written.
    pub(super) const CAPACITY: libc::socklen_t = size_of::<Name>() as libc::socklen_t;

    /// The address in the kernel's form, and how many bytes of it count.
    pub(super) fn new(address: SocketAddr) -> (Name, libc::socklen_t) {
        let mut name = Name::EMPTY;
        match address {
            SocketAddr::V4(address) => {
                name.v4 = libc::sockaddr_in {
                    sin_family: libc::AF_INET as libc::sa_family_t,
                    sin_port: address.port().to_be(),
                    sin_addr: libc::in_addr { s_addr: u32::from_ne_bytes(address.ip().octets()) },
                    sin_zero: [0; 8],
                };
                (name, size_of::<libc::sockaddr_in>() as libc::socklen_t)
            }
            SocketAddr::V6(address) => {
                name.v6 = libc::sockaddr_in6 {
                    sin6_family: libc::AF_INET6 as libc::sa_family_t,
                    sin6_port: address.port().to_be(),
                    sin6_flowinfo: 0,
                    sin6_addr: libc::in6_addr { s6_addr: address.ip().octets() },
                    sin6_scope_id: address.scope_id(),
                };
                (name, size_of::<libc::sockaddr_in6>() as libc::socklen_t)
            }
        }
    }

    /// The address, unless the family is another. The flow label is left out, so that one peer has one address whatever label its packets carry.
    pub(super) fn get(&self) -> Option<SocketAddr> {
        // SAFETY: every byte of the union was initialised (`EMPTY` zeroes the larger member, `new` and the kernel write over it), both members begin with the
        // family, and every bit pattern is valid for their integer fields.
        unsafe {
            match libc::c_int::from(self.v4.sin_family) {
                libc::AF_INET => {
                    let address = Ipv4Addr::from(self.v4.sin_addr.s_addr.to_ne_bytes());
                    Some(SocketAddrV4::new(address, u16::from_be(self.v4.sin_port)).into())
                }
                libc::AF_INET6 => {
                    let address = Ipv6Addr::from(self.v6.sin6_addr.s6_addr);
                    Some(SocketAddrV6::new(address, u16::from_be(self.v6.sin6_port), 0, self.v6.sin6_scope_id).into())
                }
                _ => None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn addresses_survive_the_kernels_form() {
        for text in ["192.0.2.7:5004", "0.0.0.0:0", "[2001:db8::1]:65535", "[fe80::1%3]:9"] {
            let address: SocketAddr = text.parse().unwrap();
            let (name, len) = Name::new(address);
            assert_eq!(name.get(), Some(address));
            assert!(len <= Name::CAPACITY);
        }
        assert_eq!(Name::EMPTY.get(), None);
    }
}
