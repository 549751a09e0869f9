//! Where a webhook may lead: an operator names an address that this server will call, from inside the county's network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use timetable::{Language, Tell};
use url::{Host, Url};

/// Whom webhooks may call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WebhookTargets {
    /// Public addresses, over HTTPS.
    #[default]
    Public,
    /// Any address, also private ones and over HTTP: the portal is in the same network.
    Any,
}

/// A webhook's URL, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) tls: bool,
    /// Without the brackets of an IPv6 address.
    pub(crate) host: String,
    pub(crate) port: u16,
    /// For the `Host` header.
    pub(crate) authority: String,
    /// Path and query.
    pub(crate) path: String,
}

/// Why a URL cannot be a webhook's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TargetError {
    NotAUrl,
    NotHttps,
    WithPassword,
    Private,
}

impl Tell for TargetError {
    fn tell(&self, language: Language) -> String {
        let (chinese, english) = match self {
            Self::NotAUrl => ("网址不可用：请填 https://主机/路径", "the URL cannot be used: give https://HOST/PATH"),
            Self::NotHttps => (
                "网址须以 https:// 开头；内网的 http 须由运维在配置中放开（webhook-targets）",
                "the URL must begin with https://; http is for the configuration to allow (webhook-targets)",
            ),
            Self::WithPassword => {
                ("网址里不能带用户名或密码：签名已能证明来源", "leave user and password out of the URL: the signature proves where it comes from")
            }
            Self::Private => (
                "不能通知本机或内网地址，除非运维在配置中放开（webhook-targets）",
                "this machine or a private address is for the configuration to allow (webhook-targets)",
            ),
        };
        match language {
            Language::Chinese => chinese,
            Language::English => english,
        }
        .to_owned()
    }
}

impl Target {
    /// Takes a URL apart.
    ///
    /// # Errors
    /// Why it may not be called.
    pub(crate) fn parse(text: &str, targets: WebhookTargets) -> Result<Self, TargetError> {
        let url = Url::parse(text).map_err(|_| TargetError::NotAUrl)?;
        let tls = match (url.scheme(), targets) {
            ("https", _) => true,
            ("http", WebhookTargets::Any) => false,
            ("http", WebhookTargets::Public) => return Err(TargetError::NotHttps),
            _ => return Err(TargetError::NotAUrl),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(TargetError::WithPassword);
        }
        let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else { return Err(TargetError::NotAUrl) };
        let address = match host {
            Host::Ipv4(address) => Some(IpAddr::V4(address)),
            Host::Ipv6(address) => Some(IpAddr::V6(address)),
            Host::Domain(_) => None,
        };
        let here = matches!(host, Host::Domain(name) if targets == WebhookTargets::Public && is_private_name(name));
        if here || address.is_some_and(|address| !may_call(address, targets)) {
            return Err(TargetError::Private);
        }
        let authority = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_string(),
        };
        let path = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
        let host = address.map_or_else(|| host.to_string(), |address| address.to_string());
        Ok(Self { tls, host, port, authority, path })
    }
}

/// Whether a name leads into the own network, or nowhere, wherever it is looked up: those set aside for that (RFC 6761, 6762, 8375, and ICANN's `internal`).
fn is_private_name(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    ["localhost", "local", "internal", "home.arpa", "invalid"].into_iter().any(|private| {
        let before = name.strip_suffix(private);
        before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
    })
}

/// Whether an address may be called. Looked at for the very address that is connected to: a name may lead elsewhere the next time.
pub(crate) fn may_call(address: IpAddr, targets: WebhookTargets) -> bool {
    targets == WebhookTargets::Any
        || match address {
            IpAddr::V4(address) => is_public_v4(address),
            IpAddr::V6(address) => is_public_v6(address),
        }
}

/// Not of a network that only some reach (the registry of special addresses, RFC 6890).
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_broadcast()
        || address.is_documentation();
    let shared = a == 100 && (64..128).contains(&b);
    let measuring = a == 198 && (18..20).contains(&b);
    let protocols = (a, b, c) == (192, 0, 0) || (a, b, c) == (192, 88, 99);
    !(special || shared || measuring || protocols || a == 0 || a >= 240)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    // What stands for an IPv4 address leads there.
    if let Some(inner) = inner_v4(address) {
        return is_public_v4(inner);
    }
    let [first, second, ..] = address.segments();
    // Global unicast, without documentation, Teredo and the like.
    (first & 0xE000) == 0x2000 && !(first == 0x2001 && (second < 0x0200 || second == 0x0DB8)) && (first & 0xFFF0) != 0x3FF0
}

/// The IPv4 address in a mapped (RFC 4291), translated (RFC 6052) or 6to4 (RFC 3056) one.
fn inner_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let octets = address.octets();
    let of = |from: usize| octets.get(from..from + 4).and_then(|bytes| <[u8; 4]>::try_from(bytes).ok()).map(Ipv4Addr::from);
    match address.segments() {
        [0, 0, 0, 0, 0, 0xFFFF, ..] | [0x64, 0xFF9B, 0, 0, 0, 0, ..] => of(12),
        [0x2002, ..] => of(2),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    fn refused(text: &str) -> TargetError {
        Target::parse(text, WebhookTargets::Public).unwrap_err()
    }

    #[test]
    fn a_url_is_taken_apart() {
        let target = Target::parse("https://portal.example.org:8443/hooks/tongke?key=1#x", WebhookTargets::Public).unwrap();
        assert_eq!((target.tls, target.host.as_str(), target.port), (true, "portal.example.org", 8443));
        assert_eq!((target.authority.as_str(), target.path.as_str()), ("portal.example.org:8443", "/hooks/tongke?key=1"));
        let target = Target::parse("http://[fd00::1]/", WebhookTargets::Any).unwrap();
        assert_eq!((target.tls, target.host.as_str(), target.port, target.authority.as_str()), (false, "fd00::1", 80, "[fd00::1]"));
        assert_eq!(Target::parse("https://云岭.example/", WebhookTargets::Public).unwrap().host, "xn--9kqv75a.example");
    }

    #[test]
    fn what_may_not_be_called_is_told_why() {
        for text in ["", "portal.example", "ftp://portal.example/", "https://", "file:///etc/passwd", "https://a b/"] {
            assert_eq!(refused(text), TargetError::NotAUrl, "{text}");
        }
        assert_eq!(refused("http://portal.example/"), TargetError::NotHttps);
        assert_eq!(refused("https://me:secret@portal.example/"), TargetError::WithPassword);
        // Also as a number, in octal, and as an address of the other family.
        for host in
            ["127.0.0.1", "10.1.2.3", "2130706433", "0x7f.1", "0177.0.0.1", "169.254.169.254", "[::1]", "[::ffff:10.0.0.1]", "[64:ff9b::a00:1]", "0.0.0.0"]
        {
            assert_eq!(refused(&format!("https://{host}/")), TargetError::Private, "{host}");
        }
        for host in ["localhost", "LOCALHOST.", "api.localhost", "printer.local", "portal.corp.internal", "nas.home.arpa", "x.invalid"] {
            assert_eq!(refused(&format!("https://{host}/")), TargetError::Private, "{host}");
            assert!(Target::parse(&format!("http://{host}/"), WebhookTargets::Any).is_ok(), "{host}: the configuration allows it");
        }
        for host in ["localhost.example.org", "notlocalhost.example", "mylocal.cn", "internal.example.org"] {
            assert!(Target::parse(&format!("https://{host}/"), WebhookTargets::Public).is_ok(), "{host}");
        }
        assert!(
            Target::parse("https://8.8.8.8/", WebhookTargets::Public).is_ok() && Target::parse("https://[2606:4700::1111]/", WebhookTargets::Public).is_ok()
        );
        assert!(Target::parse("http://127.0.0.1:9/", WebhookTargets::Any).is_ok());
    }

    #[test]
    fn special_addresses_are_not_public() {
        for address in [
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.9.9.9",
            "169.254.1.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
            "2002:7f00:1::",
            "2002:a00:1::",
            "::ffff:192.168.0.1",
            "::7f00:1",
            "64:ff9b:1::1",
            "100::1",
            "3fff::1",
        ] {
            assert!(!may_call(address.parse().unwrap(), WebhookTargets::Public), "{address}");
        }
        for address in [
            "1.1.1.1",
            "100.63.0.1",
            "100.128.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "198.20.0.1",
            "223.255.255.1",
            "2400:3200::1",
            "2002:808:808::",
            "::ffff:8.8.8.8",
        ] {
            assert!(may_call(address.parse().unwrap(), WebhookTargets::Public), "{address}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 500, rng_seed: RngSeed::Fixed(11), failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn whatever_is_parsed_is_not_a_private_address(a in any::<u8>(), b in any::<u8>(), c in any::<u8>(), d in any::<u8>()) {
            let address = Ipv4Addr::new(a, b, c, d);
            for text in [format!("https://{address}/"), format!("https://[::ffff:{address}]/"), format!("https://{}/", u32::from(address))] {
                let parsed = Target::parse(&text, WebhookTargets::Public);
                prop_assert_eq!(parsed.is_ok(), is_public_v4(address), "{}", text);
            }
        }
    }
}
