//! The WebSocket: `ws::read` → request → [`crate::permit::authorize`] → command; notices → `ws::write`.

mod rate;
mod session;
mod write;

use crate::http::{Arrival, Problem, origin};
use crate::hub::Hub;
use axum::Extension;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{FromRequestParts, Request, State};
use axum::response::{IntoResponse, Response};
use protocol::MAX_FRAME_BYTES;
use std::sync::Arc;

/// What a connection holds to read into, from its handshake on. The library's own choice is 128 KiB, which strangers who never join would take each; a longer
/// frame has more while it is read.
const READ_BUFFER_BYTES: usize = 4 * 1024;

/// `GET /ws`.
pub(crate) async fn upgrade(State(hub): State<Arc<Hub>>, Extension(arrival): Extension<Arrival>, request: Request) -> Response {
    if hub.is_closing() {
        return Problem::unavailable("the server is stopping; come back in a second", 1).into_response();
    }
    if let Err(problem) = origin::check(request.headers(), &hub.config.allowed_origins) {
        return problem.into_response();
    }
    let (mut parts, _) = request.into_parts();
    let upgrade = match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
        Ok(upgrade) => upgrade,
        Err(rejection) => return Problem::new(rejection.status(), "not a WebSocket handshake", rejection.body_text()).into_response(),
    };
    let upgrade = upgrade.max_message_size(MAX_FRAME_BYTES).max_frame_size(MAX_FRAME_BYTES).read_buffer_size(READ_BUFFER_BYTES);
    upgrade.on_upgrade(move |socket| session::serve(hub, socket, arrival))
}
