//! Which pages may open a WebSocket: those of this server, and those the configuration names. Programs without an `Origin` may too: they need a token.

use super::Problem;
use axum::http::{HeaderMap, StatusCode, Uri, header};

/// Checks `Origin` against `Host`.
pub(crate) fn check(headers: &HeaderMap, allowed: &[String]) -> Result<(), Problem> {
    let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
    let origin = origin.to_str().unwrap_or_default();
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let same = authority(origin).is_some_and(|(authority, port)| same_host(&authority, port, host));
    if same || allowed.iter().any(|allowed| allowed.trim_end_matches('/').eq_ignore_ascii_case(origin)) {
        return Ok(());
    }
    let shown: String = origin.chars().take(100).collect();
    Err(Problem::new(StatusCode::FORBIDDEN, "a page of another origin", format!("pages of {shown:?} may not connect here; name it in the allowed origins")))
}

/// `host[:port]` of an origin, and the port its scheme stands for.
fn authority(origin: &str) -> Option<(String, u16)> {
    let uri: Uri = origin.parse().ok()?;
    let port = match uri.scheme_str()? {
        "https" => 443,
        "http" => 80,
        _ => return None,
    };
    Some((uri.authority()?.as_str().to_ascii_lowercase(), port))
}

fn same_host(authority: &str, default_port: u16, host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let suffix = format!(":{default_port}");
    let bare = |text: &str| text.strip_suffix(&suffix).unwrap_or(text).to_owned();
    !host.is_empty() && bare(authority) == bare(&host)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn allowed(origin: Option<&str>, host: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, origin.parse().unwrap());
        }
        check(&headers, &["https://portal.example".to_owned()]).is_ok()
    }

    #[test]
    fn same_origin_configured_origin_and_programs_pass() {
        assert!(allowed(None, "school.example"));
        assert!(allowed(Some("https://school.example"), "school.example"));
        assert!(allowed(Some("https://School.example"), "school.example:443"));
        assert!(allowed(Some("http://127.0.0.1:8080"), "127.0.0.1:8080"));
        assert!(allowed(Some("https://portal.example"), "school.example"));
    }

    #[test]
    fn others_do_not() {
        for origin in [
            "https://evil.example",
            "null",
            "",
            "http://127.0.0.1:8081",
            "file://",
            "https://school.example.evil.example",
            "https://evil.example/school.example",
        ] {
            assert!(!allowed(Some(origin), "school.example"), "{origin}");
        }
    }
}
