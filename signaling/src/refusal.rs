//! Why something was refused: the one error type between the lesson and its edges, mapped once to a WebSocket `error` and once to an HTTP problem.

use protocol::{ErrorCode, ErrorNotice};

/// A refusal with its code and words for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// For programs.
    pub code: ErrorCode,
    /// Names the thing, the value and the remedy. English.
    pub message: String,
    /// The `id` of the offer that was refused.
    pub offer: Option<u64>,
    /// When trying again makes sense, in milliseconds; none: not by itself.
    pub retry_ms: Option<u64>,
}

impl Refusal {
    /// A refusal that trying again does not cure.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), offer: None, retry_ms: None }
    }

    /// The same, curable by trying again after `ms` milliseconds.
    pub fn retry_after(mut self, ms: u64) -> Self {
        self.retry_ms = Some(ms);
        self
    }

    /// The same, about the offer `id`.
    pub fn about(mut self, id: u64) -> Self {
        self.offer = Some(id);
        self
    }

    /// As the WebSocket says it.
    pub fn notice(&self) -> ErrorNotice {
        ErrorNotice { code: self.code, message: self.message.clone(), id: self.offer }
    }
}
