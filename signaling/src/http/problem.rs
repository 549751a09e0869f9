//! Every HTTP error is an RFC 9457 problem.

use crate::refusal::Refusal;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use protocol::ErrorCode;
use timetable::Language;

/// An error response.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    kind: Option<&'static str>,
    title: &'static str,
    detail: String,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, title: &'static str, detail: impl Into<String>) -> Self {
        Self { status, kind: None, title, detail: detail.into(), headers: Vec::new() }
    }

    /// A problem that programs know by a name.
    pub(crate) fn named(status: StatusCode, kind: &'static str, title: &'static str, detail: impl Into<String>) -> Self {
        Self { kind: Some(kind), ..Self::new(status, title, detail) }
    }

    pub(crate) fn unavailable(detail: impl Into<String>, retry_s: u64) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "not available now", detail).with(header::RETRY_AFTER, HeaderValue::from(retry_s))
    }

    /// The name that programs know it by, if it has one.
    pub(crate) fn kind(&self) -> Option<&'static str> {
        self.kind
    }

    /// What a person is told.
    /// With these words for who asks in Chinese.
    pub(crate) fn told(mut self, language: Language, chinese: &str) -> Self {
        if language == Language::Chinese {
            chinese.clone_into(&mut self.detail);
        }
        self
    }

    pub(crate) fn detail(&self) -> &str {
        &self.detail
    }

    pub(crate) fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// A refusal about a token that is good, but for something else.
    pub(crate) fn forbidden(detail: impl Into<String>) -> Self {
        Self::named(StatusCode::FORBIDDEN, ErrorCode::Forbidden.name(), "not permitted", detail)
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let (status, title) = match refusal.code {
            ErrorCode::Malformed | ErrorCode::UnknownType | ErrorCode::Version | ErrorCode::JoinFirst | ErrorCode::TextInvalid => {
                (StatusCode::BAD_REQUEST, "bad request")
            }
            ErrorCode::OfferInvalid => (StatusCode::BAD_REQUEST, "the offer is not usable"),
            ErrorCode::TokenInvalid => (StatusCode::UNAUTHORIZED, "the token is not valid"),
            ErrorCode::TokenExpired => (StatusCode::UNAUTHORIZED, "the token has expired"),
            ErrorCode::Forbidden => (StatusCode::FORBIDDEN, "not permitted"),
            ErrorCode::Blocked => (StatusCode::FORBIDDEN, "blocked from this lesson"),
            ErrorCode::SwitchedOff => (StatusCode::CONFLICT, "switched off in this lesson"),
            ErrorCode::LessonUnknown => (StatusCode::NOT_FOUND, "no such lesson"),
            ErrorCode::ParticipantUnknown => (StatusCode::NOT_FOUND, "no such participant"),
            ErrorCode::LessonClosed => (StatusCode::CONFLICT, "the lesson is not open"),
            ErrorCode::HostPresent => (StatusCode::CONFLICT, "the lesson has a host already"),
            ErrorCode::WrongState => (StatusCode::CONFLICT, "not in this state"),
            ErrorCode::RateLimited => (StatusCode::TOO_MANY_REQUESTS, "too many requests"),
            ErrorCode::Full => (StatusCode::SERVICE_UNAVAILABLE, "full"),
            ErrorCode::StoreUnavailable => (StatusCode::SERVICE_UNAVAILABLE, "the store is not available"),
            ErrorCode::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "a fault of the service"),
        };
        let mut problem = Self::named(status, refusal.code.name(), title, refusal.message);
        if status == StatusCode::UNAUTHORIZED {
            // RFC 6750 section 3.
            problem = problem.with(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer error=\"invalid_token\""));
        }
        if let Some(ms) = refusal.retry_ms {
            problem = problem.with(header::RETRY_AFTER, HeaderValue::from(ms.div_ceil(1_000)));
        }
        problem
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let kind = self.kind.map_or_else(|| "about:blank".to_owned(), |code| format!("urn:tongke:problem:{code}"));
        let body = protocol::Problem { kind, title: self.title.to_owned(), status: self.status.as_u16(), detail: self.detail };
        let json = serde_json::to_vec(&body).unwrap_or_default();
        let mut response = (self.status, [(header::CONTENT_TYPE, "application/problem+json")], json).into_response();
        for (name, value) in self.headers {
            response.headers_mut().insert(name, value);
        }
        response
    }
}
