//! From text to values; an error says what is wrong and what would be right, to be read after the key and its value.

use super::LogFormat;
use super::keys::MAX_WORKERS;
use ipnet::IpNet;
use protocol::IceServer;
use signaling::{PostgresUrl, WebhookTargets};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use timetable::Zone;

type Parsed<T> = Result<T, String>;

pub(super) fn one<T>(values: &[String], parse: fn(&str) -> Parsed<T>) -> Parsed<T> {
    match values {
        [value] => parse(value),
        _ => Err("takes exactly one value".to_owned()),
    }
}

pub(super) fn all<T>(values: &[String], parse: fn(&str) -> Parsed<T>) -> Parsed<Vec<T>> {
    values.iter().map(|value| parse(value)).collect()
}

pub(super) fn number(text: &str, least: u64, most: u64) -> Parsed<u64> {
    match text.parse() {
        Ok(number) if (least..=most).contains(&number) => Ok(number),
        _ => Err(format!("is out of range: give a number from {least} to {most}")),
    }
}

pub(super) fn count(text: &str) -> Parsed<usize> {
    number(text, 1, 1_000_000).map(|count| usize::try_from(count).unwrap_or(usize::MAX))
}

pub(super) fn ice_server(text: &str) -> Parsed<IceServer> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let known = |url: &str| ["stun:", "stuns:", "turn:", "turns:"].iter().any(|scheme| url.len() > scheme.len() && url.starts_with(scheme));
    if let Some(url) = words.first().filter(|url| known(url)) {
        ice_url(url)?;
    }
    let server = |url: &str, username: Option<&str>, credential: Option<&str>| IceServer {
        urls: vec![url.to_owned()],
        username: username.map(str::to_owned),
        credential: credential.map(str::to_owned),
    };
    match words[..] {
        [url] if known(url) && url.starts_with("stun") => Ok(server(url, None, None)),
        [url, username, credential] if known(url) => Ok(server(url, Some(username), Some(credential))),
        _ => Err("is not a STUN or TURN server: give stun:HOST:PORT, or turn:HOST:PORT USER PASSWORD".to_owned()),
    }
}

/// A URL of RFC 7064 or RFC 7065: with any other, a page's `RTCPeerConnection` is not made at all. What may hold a password is not repeated.
fn ice_url(url: &str) -> Parsed<()> {
    let shown = if url.contains('@') { "its URL" } else { url };
    let (scheme, rest) = url.split_once(':').unwrap_or_default();
    let (authority, transport) = rest.split_once('?').map_or((rest, None), |(authority, query)| (authority, Some(query)));
    let example = if scheme.starts_with("turn") { "turn:turn.example.org:3478" } else { "stun:stun.example.org:3478" };
    let Some((host, port)) = host_and_port(authority).filter(|(host, _)| is_host(host)) else {
        return Err(format!("has no usable host in {shown}: give a name, an IPv4 address, or an IPv6 address in brackets, for example {example}"));
    };
    if port.is_some_and(|text| port_of(text).is_none()) {
        return Err(format!("has no usable port after {host} in {shown}: give a number from 1 to 65535, for example {example}"));
    }
    match transport {
        None => Ok(()),
        Some("transport=udp" | "transport=tcp") if scheme.starts_with("turn") => Ok(()),
        Some(_) => Err(format!("has in {shown} something after the ? that no browser takes: give ?transport=udp or ?transport=tcp, to turn: and turns: alone")),
    }
}

/// `HOST`, `HOST:PORT`, `[IPv6]` or `[IPv6]:PORT`, taken apart; neither part is checked.
fn host_and_port(authority: &str) -> Option<(&str, Option<&str>)> {
    let end = if authority.starts_with('[') { authority.find(']')? + 1 } else { authority.find(':').unwrap_or(authority.len()) };
    let (host, rest) = authority.split_at(end);
    if rest.is_empty() { Some((host, None)) } else { rest.strip_prefix(':').map(|port| (host, Some(port))) }
}

/// A name of letters, digits, hyphens and underscores between dots, an IPv4 address, or an IPv6 address in brackets.
fn is_host(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return address.parse::<Ipv6Addr>().is_ok();
    }
    let is_label = |label: &str| (1..=63).contains(&label.len()) && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    let name = host.strip_suffix('.').unwrap_or(host);
    // What ends in a number is an address to a browser, never a name.
    let is_number = name.rsplit('.').next().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
    if is_number { host.parse::<Ipv4Addr>().is_ok() } else { name.len() <= 253 && name.split('.').all(is_label) }
}

/// Digits alone: Rust would read a sign, no browser does.
fn port_of(text: &str) -> Option<u16> {
    text.parse().ok().filter(|port| *port > 0 && text.bytes().all(|byte| byte.is_ascii_digit()))
}

pub(super) fn zone(text: &str) -> Parsed<Zone> {
    Zone::named(text).map_err(|_| "is not a time zone: give an IANA name, for example Asia/Shanghai".to_owned())
}

pub(super) fn required(text: &str) -> Parsed<bool> {
    match text {
        "required" => Ok(true),
        "optional" => Ok(false),
        _ => Err("is neither: give required or optional".to_owned()),
    }
}

pub(super) fn webhook_targets(text: &str) -> Parsed<WebhookTargets> {
    match text {
        "public" => Ok(WebhookTargets::Public),
        "any" => Ok(WebhookTargets::Any),
        _ => Err("is neither: give public or any".to_owned()),
    }
}

pub(super) fn origin(text: &str) -> Parsed<String> {
    let authority = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    match authority.and_then(host_and_port) {
        Some((host, port)) if is_host(host) && port.is_none_or(|text| port_of(text).is_some()) => Ok(text.to_owned()),
        _ => Err("is not an origin: give https://HOST or https://HOST:PORT, without a path; letters beyond ASCII as browsers send them (xn--)".to_owned()),
    }
}

/// An address or a network, as connections come from it.
pub(super) fn proxy(text: &str) -> Parsed<IpNet> {
    let network = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    let network =
        network.map_err(|_| "is neither an address nor a network: give for example 10.1.2.3 or 10.1.2.0/24 (a host name is not accepted)".to_owned())?;
    if network.prefix_len() == 0 {
        return Err("is everybody, and anybody could pass for anybody: give the addresses of the proxies".to_owned());
    }
    if network != network.trunc() {
        return Err(format!("has bits past its /{}: give {}, or the address alone", network.prefix_len(), network.trunc()));
    }
    match network {
        IpNet::V6(mapped) if mapped.addr().to_ipv4_mapped().is_some() => {
            Err("is an IPv4 address written as IPv6: give it as 10.1.2.3 or 10.1.2.0/24".to_owned())
        }
        other => Ok(other),
    }
}

/// As `signaling` will ask it: by HTTPS, or on this machine.
pub(super) fn issuer(text: &str) -> Parsed<String> {
    let host = text.strip_prefix("http://").map(|rest| rest.split(['/', ':']).next().unwrap_or_default());
    let safe = text.strip_prefix("https://").is_some_and(|rest| !rest.is_empty()) || matches!(host, Some("localhost" | "127.0.0.1"));
    if safe && !text.contains(['?', '#', '@', ' ']) {
        Ok(text.to_owned())
    } else {
        Err("is not an issuer: give what the provider's openid-configuration says as \"issuer\", for example https://id.example.org/realms/county".to_owned())
    }
}

/// What another service gave us, as it was given: blanks around it slip in when it is copied.
pub(super) fn word(text: &str) -> Parsed<String> {
    if text.is_empty() || text.trim() != text || text.chars().any(char::is_control) {
        return Err("is empty or has blanks around it: give what the identity provider shows for this service, or leave the key out".to_owned());
    }
    Ok(text.to_owned())
}

/// Words for a button.
pub(super) fn label(text: &str) -> Parsed<String> {
    let usable = (1..=40).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    if usable { Ok(text.to_owned()) } else { Err("does not fit a button: give 1 to 40 characters".to_owned()) }
}

pub(super) fn socket(text: &str) -> Parsed<SocketAddr> {
    text.parse().map_err(|_| "is not an address with a port: give for example 0.0.0.0:8080 or [::]:443".to_owned())
}

pub(super) fn address(text: &str) -> Parsed<IpAddr> {
    match text.parse::<IpAddr>() {
        Ok(address) if address.is_unspecified() || address.is_multicast() => {
            Err("is not an address a browser can send to: give the address of an interface, for example 192.168.1.10, or leave the key out".to_owned())
        }
        Ok(address) => Ok(address),
        Err(_) => Err("is not an IP address: give for example 192.168.1.10 (a host name is not accepted)".to_owned()),
    }
}

pub(super) fn port(text: &str) -> Parsed<u16> {
    match text.parse() {
        Ok(0) | Err(_) => Err("is not a port: give a number from 1 to 65535".to_owned()),
        Ok(port) => Ok(port),
    }
}

pub(super) fn workers(text: &str) -> Parsed<Option<u8>> {
    match text.parse() {
        Ok(0) => Ok(None),
        Ok(count) if count <= MAX_WORKERS => Ok(Some(count)),
        _ => Err(format!("is not a number of workers: give a number from 1 to {MAX_WORKERS}, or 0 for one a core")),
    }
}

pub(super) fn directory(text: &str) -> Parsed<PathBuf> {
    if text.is_empty() { Err("is empty: give a directory, for example /var/lib/tongke".to_owned()) } else { Ok(text.into()) }
}

pub(super) fn database(text: &str) -> Parsed<PostgresUrl> {
    text.parse().map_err(str::to_owned)
}

pub(super) fn path(text: &str) -> Parsed<PathBuf> {
    if text.is_empty() { Err("is empty: give a file, or leave the key out".to_owned()) } else { Ok(text.into()) }
}

pub(super) fn text(text: &str) -> Parsed<String> {
    Ok(text.to_owned())
}

pub(super) fn log_format(text: &str) -> Parsed<LogFormat> {
    match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err("is not a format: give text or json".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn addresses_that_no_browser_can_reach_are_refused() {
        for bad in ["0.0.0.0", "::", "224.0.0.1", "example.org", ""] {
            address(bad).unwrap_err();
        }
        assert_eq!(address("2001:db8::1").unwrap(), "2001:db8::1".parse::<IpAddr>().unwrap());
    }

    #[test]
    fn proxies_are_addresses_and_networks() {
        for (good, network) in [("10.1.2.3", "10.1.2.3/32"), ("10.1.2.0/24", "10.1.2.0/24"), ("2001:db8::/32", "2001:db8::/32"), ("fd00::1", "fd00::1/128")] {
            assert_eq!(proxy(good).unwrap().to_string(), network);
        }
        for bad in
            ["", "proxy.example.org", "10.1.2.3:80", "10.1.2.0/33", "10.1.2", "0.0.0.0/0", "::/0", "::ffff:10.1.2.3", "::ffff:10.0.0.0/104", "10.1.2.0/ 24"]
        {
            proxy(bad).unwrap_err();
        }
        assert_eq!(proxy("10.1.2.3/24").unwrap_err(), "has bits past its /24: give 10.1.2.0/24, or the address alone");
    }

    #[test]
    fn bounds_of_numbers() {
        assert_eq!(port("65535"), Ok(65535));
        for bad in ["0", "65536", "-1", "", "80a"] {
            port(bad).unwrap_err();
        }
        assert_eq!((workers("0"), workers("64")), (Ok(None), Ok(Some(64))));
        for bad in ["65", "-1", "256", ""] {
            workers(bad).unwrap_err();
        }
    }

    #[test]
    fn servers_and_origins() {
        assert_eq!(ice_server("stun:s.example.org").unwrap().username, None);
        for bad in ["s.example.org", "stun:", "turn:t.example.org", "turn:t user", "turn:t a b c", ""] {
            ice_server(bad).unwrap_err();
        }
        for good in ["https://school.example.org", "http://127.0.0.1:8080", "https://[2001:db8::1]:8443", "http://localhost", "https://xn--fiq228c.example"] {
            assert_eq!(origin(good).unwrap(), good);
        }
        for bad in
            ["example.org", "https://", "https://a/b", "ftp://a", "https://a b", "https://a?b", "https://a#b", "https://u@a", "https://a\"b", "https://a:0"]
        {
            assert!(origin(bad).unwrap_err().contains("give https://HOST"), "{bad}");
        }
        for good in ["https://id.example.org", "https://id.example.org/realms/county", "http://127.0.0.1:3000", "http://localhost:3000/"] {
            assert_eq!(issuer(good).unwrap(), good);
        }
        for bad in ["http://id.example.org", "id.example.org", "https://", "https://a@b", "https://a?b", "http://localhost.example.org", ""] {
            issuer(bad).unwrap_err();
        }
        for bad in ["", " a", "a\n", "a\tb"] {
            word(bad).unwrap_err();
        }
        assert!(label(&"字".repeat(41)).is_err() && label("").is_err() && label("某县教育").is_ok());
    }

    #[test]
    fn an_ice_server_is_one_that_browsers_take() {
        for good in [
            "stun:s.example.org",
            "stun:s.example.org.:3478",
            "stuns:192.0.2.1:1",
            "stun:[2001:db8::1]",
            "turn:t_1.example.org:65535 u p",
            "turn:[::1]:3478?transport=udp u p",
            "turns:t.example.org?transport=tcp u p",
            "turn:localhost u p",
        ] {
            assert_eq!(ice_server(good).unwrap().urls, [good.split(' ').next().unwrap()]);
        }
        for (part, bad) in [
            (
                "host",
                &[
                    "stun:h/path",
                    "stun::3478",
                    "stun://h",
                    "stun:[::1",
                    "stun:::1",
                    "stun:1.2.3.4.5",
                    "stun:256.1.1.1",
                    "stun:a..b",
                    "stun:学校",
                    "turn:u@h u p",
                ][..],
            ),
            (
                "port",
                &[
                    "turn:h:99999 u p",
                    "stun:h:0",
                    "stun:h:",
                    "stun:h:+1",
                    "stun:h:80a",
                    "stun:h:1:2",
                    "turn:h:-1 u p",
                    "stun:h:3478/",
                    "stun:h:1#x",
                    "turn:u:p@h u p",
                ],
            ),
            (
                "after the ?",
                &[
                    "turn:x:3478?transport=sctp u p",
                    "stun:h?transport=udp",
                    "turn:h? u p",
                    "turn:h?x u p",
                    "turn:h?transport=tcp&x u p",
                    "stuns:h?",
                    "turn:h?transport= u p",
                    "turns:h?transport=TCP u p",
                    "turn:h?transport=udp? u p",
                    "stun:h?x=1",
                ],
            ),
        ] {
            for bad in bad {
                let said = ice_server(bad).unwrap_err();
                assert!(said.contains(part) && said.contains(": give "), "{bad}: {said}");
                assert_eq!(said.contains(bad.split(' ').next().unwrap()), !bad.contains('@'), "{said}");
            }
        }
    }

    #[test]
    fn a_key_of_one_value_takes_no_list() {
        one(&["1".into(), "2".into()], port).unwrap_err();
        one(&[], port).unwrap_err();
    }
}
