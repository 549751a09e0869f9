//! For whoever watches the process: `/healthz`, `/readyz`, `/metrics`.

use super::Problem;
use crate::hub::Hub;
use crate::media::MediaError;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use prometheus::TextEncoder;
use protocol::ParticipantId;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How long the media plane may take to answer a question.
const MEDIA_LIMIT: Duration = Duration::from_secs(1);

/// The process is up.
pub(crate) async fn healthz() -> &'static str {
    "ok\n"
}

/// The store takes writes and the media plane answers.
pub(crate) async fn readyz(State(hub): State<Arc<Hub>>) -> Response {
    if hub.is_closing() {
        return Problem::unavailable("the server is stopping", 5).into_response();
    }
    if !hub.writer.is_healthy() {
        return Problem::unavailable("the store refuses writes; check free space and locks", 5).into_response();
    }
    if !hub.media_reports.load(Ordering::Relaxed) || !media_answers(&hub).await {
        return Problem::unavailable("the media plane does not answer; look into the log", 5).into_response();
    }
    "ready\n".into_response()
}

/// A question about nobody: any answer but "busy" shows that somebody is at home.
async fn media_answers(hub: &Hub) -> bool {
    let nobody = ParticipantId(String::new());
    let question = hub.media.patch("", &nobody, String::new());
    !matches!(tokio::time::timeout(MEDIA_LIMIT, question).await, Err(_) | Ok(Err(MediaError::Busy(_))))
}

/// The Prometheus text format.
pub(crate) async fn metrics(State(hub): State<Arc<Hub>>) -> Response {
    match TextEncoder::new().encode_to_string(&hub.metrics.registry.gather()) {
        Ok(text) => ([(header::CONTENT_TYPE, prometheus::TEXT_FORMAT)], text).into_response(),
        Err(error) => Problem::unavailable(format!("the metrics could not be written: {error}"), 5).into_response(),
    }
}
