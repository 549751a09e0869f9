//! The answering half of ICE for a server with public addresses: an ICE-lite responder (RFC 8445 §2.5) that believes a path when a Binding request on it was
//! authenticated with our password, and stops sending when such requests cease (consent, RFC 7675).

mod selection;
mod stun;
#[cfg(test)]
mod tests;

pub use stun::{is_stun, peek_ufrag};

use crate::path::Path;
use crate::spec::IceCredentials;
use aws_lc_rs::hmac;
use selection::{Change, Check, Selection};
use std::time::{Duration, Instant};
use stun::{Request, write_error, write_success};

/// Without an authenticated check for this long, nothing is sent any more (RFC 7675 §5.1).
pub const CONSENT_TIMEOUT: Duration = Duration::from_secs(30);
/// The same, as long as the peer has not nominated a path.
pub const NOMINATION_TIMEOUT: Duration = Duration::from_secs(15);

/// One transport's ICE agent.
#[repr(C)]
pub struct IceLite {
    // First: every flush reads it.
    selection: Selection,
    current: Keyed,
    /// Credentials of an ICE restart, until a check is made with them.
    next: Option<Keyed>,
    last_check: Instant,
}

/// Credentials, and our password as a key, set up once.
struct Keyed {
    credentials: IceCredentials,
    key: hmac::Key,
}

impl Keyed {
    fn new(credentials: IceCredentials) -> Keyed {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, credentials.local_pwd.as_bytes());
        Keyed { credentials, key }
    }

    fn is_named(&self, request: &Request<'_>) -> bool {
        self.credentials.local_ufrag.as_bytes() == request.local_ufrag
    }
}

/// What an authenticated check brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IceEvent {
    /// Nothing new.
    Checked,
    /// The path is authenticated for the first time. It is also the selected one if it is the first of all.
    NewPath(Path),
    /// The path to send on changed. `path` may never have been seen before.
    Selected {
        /// Where to send from now on.
        path: Path,
        /// Where we sent before.
        previous: Option<Path>,
    },
}

/// Why a STUN message was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("{}", self.name())]
pub enum StunDrop {
    /// Not STUN, lengths that contradict each other, or no USERNAME.
    Malformed,
    /// A response, an indication or another method than Binding.
    NotRequest,
    /// It names a ufrag that is not ours.
    UnknownUfrag,
    /// FINGERPRINT is missing or wrong.
    BadFingerprint,
    /// MESSAGE-INTEGRITY is missing, or was not made with our password.
    BadIntegrity,
    /// Authentic, but it asks for something we do not know; the reply is a 420.
    UnknownAttribute,
    /// Authentic, but the peer holds itself controlled, as we are; the reply is a 487.
    RoleConflict,
}

impl StunDrop {
    /// For a counter's label.
    pub const fn name(self) -> &'static str {
        match self {
            StunDrop::Malformed => "stun_malformed",
            StunDrop::NotRequest => "stun_not_request",
            StunDrop::UnknownUfrag => "stun_unknown_ufrag",
            StunDrop::BadFingerprint => "stun_bad_fingerprint",
            StunDrop::BadIntegrity => "stun_bad_integrity",
            StunDrop::UnknownAttribute => "stun_unknown_attribute",
            StunDrop::RoleConflict => "stun_role_conflict",
        }
    }
}

impl IceLite {
    /// An agent that waits for its peer's checks.
    pub fn new(credentials: IceCredentials, now: Instant) -> IceLite {
        IceLite { current: Keyed::new(credentials), next: None, selection: Selection::default(), last_check: now }
    }

    /// Takes a Binding request that names our ufrag, and writes what to send back on the same path into `reply`, which is cleared first. Nothing is sent to
    /// strangers: `reply` stays empty unless the request was authentic.
    ///
    /// # Errors
    /// Why the request was dropped. After [`StunDrop::UnknownAttribute`] and [`StunDrop::RoleConflict`] there is a reply to send all the same.
    pub fn receive(&mut self, now: Instant, path: Path, message: &[u8], reply: &mut Vec<u8>) -> Result<IceEvent, StunDrop> {
        reply.clear();
        let request = Request::read(message)?;
        let restarted = self.next.as_ref().is_some_and(|next| next.is_named(&request));
        let keyed = match &self.next {
            Some(next) if restarted => next,
            _ if self.current.is_named(&request) => &self.current,
            _ => return Err(StunDrop::UnknownUfrag),
        };
        request.check_fingerprint()?;
        request.check_integrity(&keyed.key)?;
        if !request.unknown.is_empty() {
            write_error(reply, &request, &keyed.key, 420, "Unknown Attribute");
            return Err(StunDrop::UnknownAttribute);
        }
        if request.controlled {
            write_error(reply, &request, &keyed.key, 487, "Role Conflict");
            return Err(StunDrop::RoleConflict);
        }
        write_success(reply, &request, &keyed.key, path.remote);
        if restarted && let Some(next) = self.next.take() {
            self.current = next;
            self.selection.restart();
        }
        self.last_check = now;
        let check = Check { path, priority: request.priority, nominates: request.use_candidate, transaction: request.transaction() };
        Ok(match self.selection.check(now, check) {
            Change::None => IceEvent::Checked,
            Change::NewPath => IceEvent::NewPath(path),
            Change::Selected { previous } => IceEvent::Selected { path, previous },
        })
    }

    /// Where to send: the nominated path, or the first authenticated one before any nomination.
    pub fn selected(&self) -> Option<Path> {
        self.selection.selected()
    }

    /// Whether an authenticated check came by this path, among the last eight such paths.
    pub fn is_authenticated(&self, path: Path) -> bool {
        self.selection.contains(path)
    }

    /// The authenticated paths, at most eight. A new one may push out the one checked longest ago.
    pub fn paths(&self) -> impl Iterator<Item = Path> {
        self.selection.paths()
    }

    /// When consent expires if no further check comes.
    pub fn consent_deadline(&self) -> Instant {
        self.last_check + if self.selection.is_nominated() { CONSENT_TIMEOUT } else { NOMINATION_TIMEOUT }
    }

    /// Whether no authenticated check came for [`CONSENT_TIMEOUT`], or for [`NOMINATION_TIMEOUT`] as long as no path is nominated.
    pub fn consent_expired(&self, now: Instant) -> bool {
        now >= self.consent_deadline()
    }

    /// A TCP connection is gone. If it was selected, the authenticated path checked last takes its place; until the peer nominates one again, any
    /// nomination is followed.
    pub fn path_closed(&mut self, path: Path) {
        self.selection.close(path);
    }

    /// ICE restart: the new credentials are accepted too. The old ones stay valid until a check with the new ones arrives, and so does the selected path.
    pub fn restart(&mut self, credentials: IceCredentials) {
        self.next = Some(Keyed::new(credentials));
    }

    /// The credentials in use; after a restart the old ones until a check with the new ones arrives.
    pub fn credentials(&self) -> &IceCredentials {
        &self.current.credentials
    }

    /// The credentials of a restart that no check has used yet. Checks for this ufrag have to be brought here too.
    pub fn next_credentials(&self) -> Option<&IceCredentials> {
        self.next.as_ref().map(|next| &next.credentials)
    }
}
