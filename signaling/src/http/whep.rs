//! `/whep/{lesson}?source=camera|screen`: a player receives one picture of the host, and the sound.

use super::direct::{self, respond};
use super::{Arrival, Problem};
use crate::hub::Hub;
use crate::lesson::Access;
use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use protocol::Source;
use std::sync::Arc;

/// `POST /whep/{lesson}`.
pub(crate) async fn create(
    State(hub): State<Arc<Hub>>,
    Extension(arrival): Extension<Arrival>,
    Path(lesson): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let source = match source(query.as_deref().unwrap_or_default()) {
        Ok(source) => source,
        Err(problem) => return respond(&hub, Err(problem)),
    };
    respond(&hub.clone(), direct::create(hub, arrival, lesson, Access::Whep(source), headers, body).await)
}

/// The camera unless the query says otherwise.
fn source(query: &str) -> Result<Source, Problem> {
    match query.split('&').find_map(|pair| pair.strip_prefix("source=")) {
        None | Some("camera") => Ok(Source::Camera),
        Some("screen") => Ok(Source::Screen),
        Some(other) => {
            let shown: String = other.chars().take(40).collect();
            Err(Problem::new(StatusCode::BAD_REQUEST, "no such source", format!("source={shown:?}; use camera or screen")))
        }
    }
}

/// `PATCH /whep/{lesson}/{session}`.
pub(crate) async fn patch(State(hub): State<Arc<Hub>>, Path((lesson, session)): Path<(String, String)>, headers: HeaderMap, body: Body) -> Response {
    respond(&hub.clone(), direct::patch(hub, "whep", lesson, session, headers, body).await)
}

/// `DELETE /whep/{lesson}/{session}`.
pub(crate) async fn delete(State(hub): State<Arc<Hub>>, Path((lesson, session)): Path<(String, String)>, headers: HeaderMap) -> Response {
    respond(&hub.clone(), direct::delete(hub, "whep", lesson, session, headers).await)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_query_names_the_source() {
        assert_eq!(source("").unwrap(), Source::Camera);
        assert_eq!(source("x=1&source=screen").unwrap(), Source::Screen);
        assert!(source("source=microphone").is_err());
    }
}
