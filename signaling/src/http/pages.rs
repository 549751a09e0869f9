//! The web client's files.

use super::headers::page_policy;
use super::{Arrival, Problem};
use crate::hub::Hub;
use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::borrow::Cow;
use std::sync::Arc;

/// One static file.
#[derive(Clone, Debug)]
pub struct Asset {
    /// Its bytes.
    pub bytes: Cow<'static, [u8]>,
    /// Its media type; text types with their charset.
    pub mime: String,
    /// Changes with its bytes; without quotes.
    pub etag: String,
}

/// Where the static files come from.
pub trait Assets: Send + Sync + 'static {
    /// The file at a path without a leading slash: `index.html`, `assets/app-1a2b3c.js`.
    fn get(&self, path: &str) -> Option<Asset>;
}

/// The files as the router holds them.
#[derive(Clone)]
pub(crate) struct Pages(pub(crate) Arc<dyn Assets>);

/// Every path that is no other route: `/` is `index.html`, `/console` is `console.html`.
pub(crate) async fn serve(
    State(_hub): State<Arc<Hub>>,
    Extension(_arrival): Extension<Arrival>,
    Extension(pages): Extension<Pages>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    if method != Method::GET && method != Method::HEAD {
        return Problem::new(StatusCode::METHOD_NOT_ALLOWED, "no such method", format!("{method} is not served here; use GET"))
            .with(header::ALLOW, HeaderValue::from_static("GET, HEAD"))
            .into_response();
    }
    match find(&*pages.0, uri.path()) {
        Some((path, asset)) => respond(&path, asset, &method, &headers),
        None => {
            let shown: String = uri.path().chars().take(100).collect();
            Problem::new(StatusCode::NOT_FOUND, "not found", format!("there is nothing at {shown:?}; begin at /")).into_response()
        }
    }
}

fn find(assets: &dyn Assets, path: &str) -> Option<(String, Asset)> {
    let path = path.trim_start_matches('/').trim_end_matches('/');
    if path.split('/').any(|part| part == "..") {
        return None;
    }
    let name = if path.is_empty() { "index.html".to_owned() } else { path.to_owned() };
    let page = format!("{name}.html");
    [name, page].into_iter().find_map(|name| assets.get(&name).map(|asset| (name, asset)))
}

fn respond(path: &str, asset: Asset, method: &Method, request: &HeaderMap) -> Response {
    // Weak: the same bytes may go out compressed.
    let etag = format!("W/\"{}\"", asset.etag);
    let known = request.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok()).any(|tags| matches_tag(tags, &asset.etag));
    let is_page = path.ends_with(".html");
    let policy = is_page.then(|| page_policy(request.get(header::HOST).and_then(|host| host.to_str().ok()), &script_hashes(&asset.bytes)));
    let mut response = if known { StatusCode::NOT_MODIFIED.into_response() } else { StatusCode::OK.into_response() };
    let headers = response.headers_mut();
    // Files under assets/ carry a hash of their content in their names.
    let caching = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        headers.insert(header::ETAG, etag);
    }
    if let Some(policy) = policy {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    }
    if known {
        return response;
    }
    if let Ok(mime) = HeaderValue::from_str(&asset.mime) {
        headers.insert(header::CONTENT_TYPE, mime);
    }
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(asset.bytes.len()));
    if method == Method::GET {
        *response.body_mut() = match asset.bytes {
            Cow::Borrowed(bytes) => Body::from(bytes),
            Cow::Owned(bytes) => Body::from(bytes),
        };
    }
    response
}

/// RFC 9110 section 13.1.2, weak comparison.
fn matches_tag(tags: &str, etag: &str) -> bool {
    tags.split(',').map(str::trim).any(|tag| tag == "*" || tag.trim_start_matches("W/").trim_matches('"') == etag)
}

/// The SHA-256 of each inline script of a page of ours: the build writes some (the loader for old browsers).
fn script_hashes(page: &[u8]) -> Vec<String> {
    let Ok(page) = std::str::from_utf8(page) else { return Vec::new() };
    let mut hashes = Vec::new();
    let mut rest = page;
    while let Some(start) = rest.find("<script") {
        let Some(open) = rest[start..].find('>').map(|end| start + end + 1) else { break };
        let Some(close) = rest[open..].find("</script").map(|end| open + end) else { break };
        if close > open {
            hashes.push(STANDARD.encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &rest.as_bytes()[open..close])));
        }
        rest = &rest[close..];
    }
    hashes
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    struct Files;

    impl Assets for Files {
        fn get(&self, path: &str) -> Option<Asset> {
            let bytes: &'static [u8] = match path {
                "index.html" => b"<script type=\"module\" src=\"/assets/app-1.js\"></script><script>go()</script>",
                "console.html" => b"console",
                "assets/app-1.js" => b"x",
                _ => return None,
            };
            Some(Asset { bytes: Cow::Borrowed(bytes), mime: "text/html; charset=utf-8".into(), etag: "e1".into() })
        }
    }

    fn get(path: &str, tag: Option<&str>) -> Response {
        let mut headers = HeaderMap::new();
        if let Some(tag) = tag {
            headers.insert(header::IF_NONE_MATCH, tag.parse().unwrap());
        }
        let (name, asset) = find(&Files, path).unwrap();
        respond(&name, asset, &Method::GET, &headers)
    }

    #[test]
    fn pages_have_short_addresses() {
        for (path, name) in [("/", "index.html"), ("/console", "console.html"), ("/console/", "console.html"), ("/assets/app-1.js", "assets/app-1.js")] {
            assert_eq!(find(&Files, path).unwrap().0, name);
        }
        assert!(find(&Files, "/nothing").is_none() && find(&Files, "/../index.html").is_none());
    }

    #[test]
    fn hashed_files_are_kept_and_pages_are_asked_for_again() {
        assert_eq!(get("/assets/app-1.js", None).headers()[header::CACHE_CONTROL], "public, max-age=31536000, immutable");
        assert_eq!(get("/", None).headers()[header::CACHE_CONTROL], "no-cache");
        assert_eq!(get("/", Some("\"other\", W/\"e1\"")).status(), StatusCode::NOT_MODIFIED);
        assert_eq!(get("/", Some("\"other\"")).status(), StatusCode::OK);
    }

    #[test]
    fn only_inline_scripts_are_hashed() {
        // echo -n 'go()' | openssl dgst -sha256 -binary | base64
        let hashes = script_hashes(&Files.get("index.html").unwrap().bytes);
        assert_eq!(hashes.len(), 1);
        let policy = get("/", None).headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
        assert!(policy.contains(&format!("script-src 'self' 'sha256-{}';", hashes[0])) && policy.contains("frame-ancestors 'none'"), "{policy}");
    }
}
