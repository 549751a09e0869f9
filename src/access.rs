//! Tokens that let people and classrooms into lessons.

use crate::failure::Failure;
use protocol::Role;
use signaling::tokens::{Claims, Tokens};
use std::time::{SystemTime, UNIX_EPOCH};

/// Whom a token lets in, where, and how long.
pub(crate) struct Access<'a> {
    /// The lesson.
    pub(crate) lesson: &'a str,
    /// As what.
    pub(crate) role: Role,
    /// The name on screen.
    pub(crate) name: &'a str,
    /// The classroom in the register.
    pub(crate) classroom: Option<String>,
    /// Whoever has the same `sub` takes the same place.
    pub(crate) sub: String,
    /// From now on.
    pub(crate) hours: u32,
}

impl Access<'_> {
    /// Signs the token; `now` in seconds since 1970.
    ///
    /// # Errors
    /// The claims are not usable.
    pub(crate) fn issue(self, tokens: &Tokens, now: u64) -> Result<String, Failure> {
        let claims = Claims {
            lesson: self.lesson.to_owned(),
            role: self.role,
            name: self.name.to_owned(),
            classroom: self.classroom,
            sub: self.sub,
            exp: now + u64::from(self.hours) * 3600,
            holder: None,
        };
        tokens.issue(&claims).map_err(Failure::room("making a token"))
    }
}

/// Seconds since 1970 (UTC).
pub(crate) fn unix_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}
