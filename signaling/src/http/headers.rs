//! Headers that every response carries, and the policy of the pages.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

const PERMISSIONS: &str = "camera=(self), microphone=(self), display-capture=(self), fullscreen=(self), autoplay=(self), screen-wake-lock=(self), \
                           geolocation=(), payment=(), usb=(), serial=(), bluetooth=()";

/// Adds what no response may lack.
pub(crate) async fn harden(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(HeaderName::from_static("permissions-policy"), HeaderValue::from_static(PERMISSIONS));
    let policy = || HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert_with(policy);
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    response
}

/// Over HTTP/2 a request says in its address whom it is for; everything behind this looks for it in `Host`, as over HTTP/1.
pub(crate) async fn name_host(mut request: Request, next: Next) -> Response {
    let named = request.uri().authority().and_then(|authority| HeaderValue::from_str(authority.as_str()).ok());
    if let Some(host) = named.filter(|_| !request.headers().contains_key(header::HOST)) {
        request.headers_mut().insert(header::HOST, host);
    }
    next.run(request).await
}

/// The policy of a page: its own files, its own WebSocket, and the inline scripts it was built with (by hash).
pub(crate) fn page_policy(host: Option<&str>, script_hashes: &[String]) -> HeaderValue {
    let scripts: String = script_hashes.iter().map(|hash| format!(" 'sha256-{hash}'")).collect();
    // Browsers before 2022 do not count ws: as 'self'.
    let plain = |host: &&str| !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".:-[]".contains(&byte));
    let sockets = host.filter(plain).map(|host| format!(" ws://{host} wss://{host}")).unwrap_or_default();
    let policy = format!(
        "default-src 'self'; script-src 'self'{scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' blob: mediastream:; \
         font-src 'self' data:; worker-src 'self' blob:; connect-src 'self'{sockets}; object-src 'none'; base-uri 'none'; form-action 'self'; \
         frame-ancestors 'none'"
    );
    HeaderValue::from_str(&policy).unwrap_or_else(|_| HeaderValue::from_static("default-src 'self'; frame-ancestors 'none'"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use axum::Router;
    use axum::body::{Body, to_bytes};
    use axum::http::HeaderMap;
    use axum::middleware::from_fn;
    use axum::routing::get;
    use tower::ServiceExt;

    #[tokio::test]
    async fn whom_a_request_is_for_is_known_over_http_2_too() {
        let host = async |headers: HeaderMap| headers.get(header::HOST).map(|host| host.to_str().unwrap().to_owned()).unwrap_or_default();
        let router = Router::new().route("/", get(host)).layer(from_fn(name_host));
        let ask = async |uri: &str, host: Option<&str>| {
            let request = host.into_iter().fold(Request::get(uri), |request, host| request.header(header::HOST, host));
            let answer = router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
            String::from_utf8(to_bytes(answer.into_body(), 100).await.unwrap().to_vec()).unwrap()
        };
        assert_eq!(ask("https://school.example:8443/", None).await, "school.example:8443");
        assert_eq!(ask("/", Some("school.example")).await, "school.example");
        assert_eq!(ask("http://proxy.example/", Some("school.example")).await, "school.example");
        assert_eq!(ask("/", None).await, "");
    }

    #[test]
    fn a_host_cannot_write_into_the_policy() {
        let policy = page_policy(Some("school.example; script-src *"), &["abc=".into()]);
        let policy = policy.to_str().unwrap();
        assert!(!policy.contains("script-src *") && policy.contains("script-src 'self' 'sha256-abc='"), "{policy}");
        assert!(page_policy(Some("[::1]:8080"), &[]).to_str().unwrap().contains("wss://[::1]:8080"));
    }
}
