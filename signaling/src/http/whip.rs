//! `/whip/{lesson}`: an encoder or a page sends as the lesson's host or as a classroom (RFC 9725).

use super::direct::{self, allow_origins};
use super::{Arrival, Problem};
use crate::hub::Hub;
use crate::lesson::Access;
use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

fn open(result: Result<Response, Problem>) -> Response {
    let mut response = result.into_response();
    allow_origins(&mut response);
    response
}

/// `POST /whip/{lesson}`.
pub(crate) async fn create(
    State(hub): State<Arc<Hub>>,
    Extension(arrival): Extension<Arrival>,
    Path(lesson): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    open(direct::create(hub, arrival, lesson, Access::Whip, headers, body).await)
}

/// `PATCH /whip/{lesson}/{session}`.
pub(crate) async fn patch(State(hub): State<Arc<Hub>>, Path((lesson, session)): Path<(String, String)>, headers: HeaderMap, body: Body) -> Response {
    open(direct::patch(hub, "whip", lesson, session, headers, body).await)
}

/// `DELETE /whip/{lesson}/{session}`.
pub(crate) async fn delete(State(hub): State<Arc<Hub>>, Path((lesson, session)): Path<(String, String)>, headers: HeaderMap) -> Response {
    open(direct::delete(hub, "whip", lesson, session, headers).await)
}

/// `OPTIONS`.
pub(crate) async fn options() -> Response {
    open(Ok(direct::options().await))
}
