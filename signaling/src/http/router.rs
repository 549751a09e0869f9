//! All routes.

use super::direct::resource;
use super::{Pages, Problem, headers, health, pages, proxies, whep, whip};
use crate::hub::Hub;
use crate::ws;
use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, patch, post};
use ipnet::IpNet;
use std::sync::Arc;
use std::time::Instant;
use tower_http::compression::CompressionLayer;

/// The whole service.
pub(crate) fn router(hub: Arc<Hub>, files: Pages) -> Router {
    let (offers, session) = ("POST, OPTIONS", "PATCH, DELETE, OPTIONS");
    let interface = Router::new()
        .route("/ws", get(ws::upgrade).fallback(no_such_method))
        .route("/whip/{lesson}", resource(offers, post(whip::create)))
        .route("/whip/{lesson}/{session}", resource(session, patch(whip::patch).delete(whip::delete)))
        .route("/whep/{lesson}", resource(offers, post(whep::create)))
        .route("/whep/{lesson}/{session}", resource(session, patch(whep::patch).delete(whep::delete)))
        .route("/healthz", get(health::healthz).fallback(no_such_method))
        .route("/readyz", get(health::readyz).fallback(no_such_method))
        .route("/metrics", get(health::metrics).fallback(no_such_method))
        .merge(crate::api::router(&hub));
    let files = Router::new().fallback(pages::serve).layer(CompressionLayer::new()).layer(axum::Extension(files));
    let all = interface.merge(files).layer(from_fn_with_state(hub.clone(), measure)).layer(from_fn(headers::harden)).layer(from_fn(headers::name_host));
    let trusted: Arc<[IpNet]> = hub.config.trusted_proxies.as_slice().into();
    all.layer(from_fn_with_state(trusted, proxies::know_sender)).with_state(hub)
}

pub(super) async fn no_such_method(method: Method) -> Response {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "no such method", format!("{method} is not served here; see docs/protocol.md")).into_response()
}

/// Counts and times requests by route; paths that match none are one label.
async fn measure(State(hub): State<Arc<Hub>>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let route = matched.as_ref().map_or("pages", MatchedPath::as_str);
    let response = next.run(request).await;
    hub.metrics.requests.with_label_values(&[route, response.status().as_str()]).inc();
    hub.metrics.request_seconds.with_label_values(&[route]).observe(started.elapsed().as_secs_f64());
    response
}
