//! Whom a request is from, where a reverse proxy stands before this server: by the proxy's `X-Forwarded-For`, or `Forwarded` (RFC 7239).
//!
//! Anybody can write these headers. They are read from the end that the proxy nearest to us wrote, as far as each writer is a proxy that is trusted: one on
//! this machine, or one that the configuration names.

use super::Arrival;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, header};
use axum::middleware::Next;
use axum::response::Response;
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

const FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Puts into the request's [`Arrival`] whom it is from. Behind this nobody sees such headers of a stranger.
pub(super) async fn know_sender(State(trusted): State<Arc<[IpNet]>>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<Arrival>().and_then(|arrival| arrival.from).filter(|peer| is_trusted(&trusted, *peer));
    let from = peer.map(|peer| sender(&trusted, peer, request.headers()));
    match (from, request.extensions_mut().get_mut::<Arrival>()) {
        (Some(_), Some(arrival)) => arrival.from = from,
        _ => [FOR, PROTO, header::FORWARDED].into_iter().for_each(|name| drop(request.headers_mut().remove(name))),
    }
    next.run(request).await
}

/// Whether the address is a proxy's whose word holds.
pub(super) fn is_trusted(proxies: &[IpNet], address: IpAddr) -> bool {
    address.is_loopback() || proxies.iter().any(|network| network.contains(&address))
}

/// The last hop before the trusted proxies, of which `peer` is one. Where a proxy names none that can be understood, that proxy itself.
fn sender(trusted: &[IpNet], peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    let mut from = peer;
    // A proxy that knows only the older header passes the newer one on as it came, so the newer one counts where the older one is missing.
    let hops = if headers.contains_key(FOR) { listed(headers) } else { forwarded(headers) };
    for hop in hops {
        let Some(hop) = hop else { break };
        from = hop;
        if !is_trusted(trusted, hop) {
            break;
        }
    }
    from
}

/// The hops of `X-Forwarded-For`, the nearest first; none for one that cannot be understood.
fn listed(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    hops(headers, FOR, |line| line.rsplit(',').map(|hop| node(hop.trim())).collect())
}

/// The hops of `Forwarded`, the nearest first.
fn forwarded(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    hops(headers, header::FORWARDED, |line| match unquoted(line, ',') {
        Some(elements) => elements.into_iter().rev().map(sender_of).collect(),
        None => vec![None],
    })
}

/// The hops of all lines of a header, which are one list. Signs of no encoding are left to whoever wrote them: they do not hide what is beside them.
fn hops(headers: &HeaderMap, name: HeaderName, of: impl Fn(&str) -> Vec<Option<IpAddr>>) -> Vec<Option<IpAddr>> {
    headers.get_all(name).iter().rev().flat_map(|line| of(&String::from_utf8_lossy(line.as_bytes()))).collect()
}

/// The `for` of one element of `Forwarded`.
fn sender_of(element: &str) -> Option<IpAddr> {
    let pairs = unquoted(element, ';')?.into_iter().filter_map(|pair| pair.split_once('='));
    let mut named = pairs.filter(|(name, _)| name.trim().eq_ignore_ascii_case("for")).map(|(_, value)| value.trim());
    let (value, other) = (named.next()?, named.next());
    let quoted = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    if other.is_some() { None } else { node(quoted.unwrap_or(value)) }
}

/// What stands between signs that are not within quotes; none where a quote is not closed, for then somebody tries to make it look like something else.
fn unquoted(text: &str, sign: char) -> Option<Vec<&str>> {
    let (mut quoted, mut escaped) = (false, false);
    let parts = text.split(|c: char| {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ => return c == sign && !quoted,
        }
        false
    });
    let parts = parts.collect();
    (!quoted).then_some(parts)
}

/// An address as proxies write it, also with a port: `10.1.2.3`, `10.1.2.3:4711`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:4711`.
/// None for `unknown`, for a name that hides one, for `unix:`.
fn node(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let address = match bare {
        Some(address) => address.parse().map(IpAddr::V6).ok(),
        None => text.parse().ok().or_else(|| text.parse().ok().map(|socket: SocketAddr| socket.ip())),
    };
    address.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use axum::Router;
    use axum::body::{Body, to_bytes};
    use axum::http::HeaderValue;
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;
    use tower::ServiceExt;

    /// With 10.20.0.0/16 and 2001:db8:1::/48 trusted.
    fn told(peer: &str, lines: &[(HeaderName, &str)]) -> String {
        let mut headers = HeaderMap::new();
        for (name, line) in lines {
            headers.append(name.clone(), HeaderValue::from_bytes(line.as_bytes()).unwrap());
        }
        let trusted: Vec<IpNet> = vec!["10.20.0.0/16".parse().unwrap(), "2001:db8:1::/48".parse().unwrap()];
        sender(&trusted, peer.parse().unwrap(), &headers).to_string()
    }

    fn for_(peer: &str, lines: &[&str]) -> String {
        told(peer, &lines.iter().map(|line| (FOR, *line)).collect::<Vec<_>>())
    }

    fn forwarded_(peer: &str, lines: &[&str]) -> String {
        told(peer, &lines.iter().map(|line| (header::FORWARDED, *line)).collect::<Vec<_>>())
    }

    #[tokio::test]
    async fn of_a_stranger_such_headers_are_ignored() {
        let seen = async |arrival: Option<axum::Extension<Arrival>>, headers: HeaderMap| {
            let from = arrival.and_then(|arrival| arrival.from).map_or_else(|| "nowhere".to_owned(), |from| from.to_string());
            format!("{from} {}", headers.len())
        };
        let trusted: Arc<[IpNet]> = Arc::new(["10.20.0.0/16".parse().unwrap()]);
        let router = Router::new().route("/", get(seen)).layer(from_fn_with_state(trusted, know_sender));
        let ask = async |peer: Option<&str>| {
            let request = Request::get("/").header(FOR, "203.0.113.7").header(PROTO, "https").header(header::FORWARDED, "for=9.9.9.9");
            let mut request = request.header(header::ACCEPT, "*/*").body(Body::empty()).unwrap();
            if let Some(peer) = peer {
                request.extensions_mut().insert(Arrival::at(peer.parse().unwrap()));
            }
            let answer = router.clone().oneshot(request).await.unwrap();
            String::from_utf8(to_bytes(answer.into_body(), 100).await.unwrap().to_vec()).unwrap()
        };
        assert_eq!(ask(Some("10.20.0.1")).await, "203.0.113.7 4");
        assert_eq!(ask(Some("::1")).await, "203.0.113.7 4");
        assert_eq!(ask(Some("10.21.0.1")).await, "10.21.0.1 1");
        assert_eq!(ask(None).await, "nowhere 1");
    }

    #[test]
    fn a_proxy_on_this_machine_says_whom_a_request_is_from() {
        assert_eq!(for_("127.0.0.1", &["10.1.2.3"]), "10.1.2.3");
        assert_eq!(for_("::1", &["1.1.1.1, 10.1.2.3"]), "10.1.2.3", "what the proxy added, not what it was told");
        assert_eq!(for_("127.0.0.1", &["1.1.1.1", "::ffff:10.1.2.3"]), "10.1.2.3", "lines are one list");
        assert_eq!(for_("127.0.0.1", &[]), "127.0.0.1");
    }

    #[test]
    fn of_a_chain_the_last_that_is_not_trusted_counts() {
        assert_eq!(for_("10.20.0.1", &["203.0.113.7"]), "203.0.113.7");
        assert_eq!(for_("10.20.0.1", &["8.8.8.8, 203.0.113.7, 10.20.0.2, 127.0.0.1"]), "203.0.113.7");
        assert_eq!(for_("127.0.0.1", &["8.8.8.8, 203.0.113.7", "10.20.3.4"]), "203.0.113.7");
        assert_eq!(for_("2001:db8:1::1", &["9.9.9.9,2001:db8:2::5, 2001:db8:1::2"]), "2001:db8:2::5");
        assert_eq!(for_("10.20.0.1", &["10.20.0.9, 10.20.0.2"]), "10.20.0.9", "somebody within the proxies' network");
    }

    #[test]
    fn what_cannot_be_understood_ends_the_chain_at_who_wrote_it() {
        for bad in ["unknown", "", ",", "unix:", "_hidden", "10.1.2", "10.1.2.3.4", "a.example", "10.1.2.3:99999", "[10.1.2.3]", "[::1", "fe80::1%eth0", "名"]
        {
            assert_eq!(for_("10.20.0.1", &[bad]), "10.20.0.1", "{bad}");
            assert_eq!(for_("10.20.0.1", &[&format!("8.8.8.8, {bad}, 10.20.0.2")]), "10.20.0.2", "{bad}");
            assert_eq!(for_("10.20.0.1", &["8.8.8.8", bad]), "10.20.0.1", "{bad}");
        }
        assert_eq!(for_("10.20.0.1", &[&"1,".repeat(20_000)]), "10.20.0.1");
    }

    #[test]
    fn addresses_may_have_ports() {
        for (written, address) in [
            ("203.0.113.7:4711", "203.0.113.7"),
            ("2001:db8::7", "2001:db8::7"),
            ("[2001:db8::7]", "2001:db8::7"),
            ("[2001:db8::7]:4711", "2001:db8::7"),
            ("[::ffff:203.0.113.7]:1", "203.0.113.7"),
        ] {
            assert_eq!(for_("10.20.0.1", &[written]), address);
            assert_eq!(forwarded_("10.20.0.1", &[&format!("for=\"{written}\"")]), address);
        }
    }

    #[test]
    fn the_standard_header_is_read_as_well() {
        assert_eq!(forwarded_("10.20.0.1", &["for=8.8.8.8, FOR = 203.0.113.7 ;proto=https;by=10.20.0.1"]), "203.0.113.7");
        assert_eq!(forwarded_("10.20.0.1", &["for=8.8.8.8", "host=\"a,b;for=9.9.9.9\";for=203.0.113.7, for=10.20.0.2"]), "203.0.113.7");
        for bad in ["", "for", "for=", "proto=https", "for=unknown", "for=_x", "for=1.2.3.4;for=5.6.7.8", "for=\"unix:\"", "for=\"1.2.3.4"] {
            assert_eq!(forwarded_("10.20.0.1", &[bad]), "10.20.0.1", "{bad}");
        }
        let both = [(header::FORWARDED, "for=9.9.9.9"), (FOR, "203.0.113.7")];
        assert_eq!(told("10.20.0.1", &both), "203.0.113.7", "what a proxy passed on does not count beside what it wrote");
    }

    /// A stranger's line, to which the proxy added its own with a comma.
    #[test]
    fn a_quote_that_is_left_open_hides_nobody() {
        for begun in ["for=\"9.9.9.9", "for=9.9.9.9;x=\"", "for=9.9.9.9;x=\"\\", "\"", "for=9.9.9.9, x=\"a;for="] {
            let (bare, quoted) = (format!("{begun}, for=203.0.113.7"), format!("{begun}, for=\"203.0.113.7:80\";proto=https"));
            for line in [bare, quoted] {
                assert_eq!(forwarded_("10.20.0.1", &[&line]), "10.20.0.1", "{line}");
            }
        }
    }
}
