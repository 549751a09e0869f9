//! What a request carries, read or refused as a problem: JSON, query, path, `If-Match`.

use super::caller::{language, unreadable_body};
use super::problem::{bad_request, invalid, not_found, say};
use crate::http::Problem;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use timetable::Language;

/// A JSON body. A text in it with a zero character is refused here, whatever it is: PostgreSQL keeps none.
pub(crate) struct Body<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        let language = language(request.headers());
        let (parts, body) = request.into_parts();
        let bytes = Bytes::from_request(Request::from_parts(parts.clone(), body), state).await;
        let bytes = bytes.map_err(|rejection| unreadable_body(&rejection.into(), language))?;
        let zero = has_zero(&bytes);
        let read = Json::<T>::from_request(Request::from_parts(parts, bytes.into()), state).await;
        let Json(body) = read.map_err(|rejection| unreadable_body(&rejection, language))?;
        if zero { Err(invalid(zero_character(language))) } else { Ok(Self(body)) }
    }
}

fn zero_character(language: Language) -> &'static str {
    say(language, "内容中有不可用的空字符（U+0000），请删去", "a text has the zero character (U+0000), which cannot be kept; leave it out")
}

/// Whether a text of a JSON document has a zero character. Only its escape can be one: as it is, none stands in JSON.
fn has_zero(json: &[u8]) -> bool {
    let escape = b"\\u0000";
    json.windows(escape.len()).enumerate().any(|(at, window)| {
        // A backslash that is itself escaped begins no escape.
        window == escape && json.iter().take(at).rev().take_while(|byte| **byte == b'\\').count() % 2 == 0
    })
}

/// The query. A zero character in it is refused as in a [`Body`].
pub(crate) struct Query<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        // A percent sign that is itself escaped is followed by 25.
        if parts.uri.query().is_some_and(|query| query.contains("%00")) {
            return Err(bad_request(zero_character(language(&parts.headers))));
        }
        let query = axum::extract::Query::<T>::from_request_parts(parts, state).await;
        query.map(|query| Self(query.0)).map_err(|rejection| bad_request(rejection.body_text()))
    }
}

/// The ids in the path. One that cannot be an id is of nothing.
pub(crate) struct Ids<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Ids<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let usable = parts.uri.path().split('/').all(|part| part.len() <= 200 && !part.contains('%'));
        let missing = not_found(language(&parts.headers));
        if !usable {
            return Err(missing);
        }
        axum::extract::Path::<T>::from_request_parts(parts, state).await.map(|path| Self(path.0)).map_err(|_| missing)
    }
}

/// The version that a change was made from.
pub(crate) struct IfMatch(pub(crate) u64);

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let language = language(&parts.headers);
        let Some(value) = parts.headers.get(header::IF_MATCH) else {
            let detail = say(language, "缺少 If-Match：请带上读取时的 ETag", "send If-Match with the entity tag of what was read");
            return Err(Problem::named(StatusCode::PRECONDITION_REQUIRED, "if_match_needed", "a condition is needed", detail));
        };
        // A proxy that compresses an answer makes its tag a weak one: it is of the same version.
        let version = value.to_str().ok().map(|value| value.trim().trim_start_matches("W/").trim_matches('"')).and_then(|value| value.parse().ok());
        // A tag that is none of ours is no version there ever was.
        let detail = say(language, "别人刚刚改过这项内容，请重新读取后再改", "it was changed since it was read; read it again");
        version.map(Self).ok_or_else(|| Problem::named(StatusCode::PRECONDITION_FAILED, "changed", "changed since it was read", detail))
    }
}

/// JSON with its entity tag.
pub(crate) fn tagged<T: Serialize>(status: StatusCode, version: u64, body: T) -> Response {
    let mut response = (status, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response();
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{version}\"")) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// JSON that no cache keeps.
pub(crate) fn json<T: Serialize>(body: T) -> Response {
    ([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

/// A page of rows that are JSON already, which no cache keeps.
pub(crate) fn json_page<'a>(items: impl Iterator<Item = &'a str> + Clone, next: Option<String>) -> Response {
    let next = next.map_or(serde_json::Value::Null, serde_json::Value::String).to_string();
    let mut text = String::with_capacity(items.clone().map(|item| item.len() + 1).sum::<usize>() + next.len() + 32);
    text.push_str("{\"items\":[");
    for (index, item) in items.enumerate() {
        text.push_str(if index == 0 { "" } else { "," });
        text.push_str(item);
    }
    text.push_str("],\"next\":");
    text.push_str(&next);
    text.push('}');
    ([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")], text).into_response()
}

/// What a list is asked with.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Paging {
    pub(crate) cursor: Option<String>,
    pub(crate) limit: Option<u32>,
}

impl Paging {
    /// Rows wanted.
    pub(crate) fn limit(&self) -> Result<usize, Problem> {
        match self.limit.unwrap_or(200) {
            limit @ 1..=1_000 => Ok(limit as usize),
            _ => Err(bad_request("limit: use 1 to 1000")),
        }
    }
}
