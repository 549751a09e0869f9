//! `/whip/{lesson}`: an encoder or a page sends as the lesson's host or as a classroom (RFC 9725).

use super::Arrival;
use super::direct::{self, respond};
use crate::hub::Hub;
use crate::lesson::Access;
use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use std::sync::Arc;

/// `POST /whip/{lesson}`.
pub(crate) async fn create(
    State(hub): State<Arc<Hub>>,
    Extension(arrival): Extension<Arrival>,
    Path(lesson): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    respond(&hub.clone(), direct::create(hub, arrival, lesson, Access::Whip, headers, body).await)
}

/// `PATCH /whip/{lesson}/{session}`.
pub(crate) async fn patch(State(hub): State<Arc<Hub>>, Path((lesson, session)): Path<(String, String)>, headers: HeaderMap, body: Body) -> Response {
    respond(&hub.clone(), direct::patch(hub, "whip", lesson, session, headers, body).await)
}

/// `DELETE /whip/{lesson}/{session}`.
pub(crate) async fn delete(State(hub): State<Arc<Hub>>, Path((lesson, session)): Path<(String, String)>, headers: HeaderMap) -> Response {
    respond(&hub.clone(), direct::delete(hub, "whip", lesson, session, headers).await)
}
