//! DTLS 1.2 handshakes (RFC 6347) that leave SRTP keys (RFC 5764), on `dimpl`.
//!
//! They are slow (half a millisecond of public-key work each), so they run apart from the media: a [`Handshaker`] belongs to a handshake thread and talks to
//! the shards in owned messages. Like everything here it has no clock and no socket:
//!
//! ```text
//! loop {
//!     wait for an input, until handshaker.next_timeout();
//!     handshaker.receive(now, input);
//!     handshaker.timeout(now);
//!     while let Some(output) = handshaker.poll() { hand it to the transport's shard }
//! }
//! ```
//!
//! Keys come out only after the peer's certificate was found to have the fingerprint from its SDP. A session stays afterwards: it sends our last flight
//! twice more, repeats it when the peer's is repeated, and sees the peer's `close_notify`.

mod defragment;
mod session;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod world;

use crate::counters::DropReason;
use crate::id::TransportId;
use crate::spec::{Fingerprint, FingerprintAlgorithm};
use crate::srtp::SrtpKeys;
use bytes::Bytes;
use dimpl::{Config, DtlsCertificate};
use session::{Fate, OUTPUT_BUFFER, Session, Turn};
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::fmt;
use std::sync::Arc;
use std::time::Instant;

/// A message to the handshake thread.
#[derive(Clone, Debug)]
pub struct HandshakeInput {
    /// Whose handshake.
    pub transport: TransportId,
    /// What to do.
    pub kind: HandshakeRequest,
}

/// What a shard asks for.
#[derive(Clone, Debug)]
pub enum HandshakeRequest {
    /// Begin. Must come before the transport's first datagram; a second one begins anew.
    Start {
        /// Whether we are the DTLS client.
        active: bool,
        /// What the peer's certificate must hash to.
        fingerprint: Fingerprint,
    },
    /// A DTLS datagram, from a path that ICE has authenticated.
    Datagram(Bytes),
    /// The transport ends: the peer is told, and the session forgotten.
    Close,
}

/// A message from the handshake thread.
#[derive(Debug)]
pub struct HandshakeOutput {
    /// Whose handshake.
    pub transport: TransportId,
    /// What happened.
    pub kind: HandshakeProgress,
}

/// What happens in a handshake.
#[derive(Debug)]
pub enum HandshakeProgress {
    /// To be sent to the peer.
    Datagram(Bytes),
    /// The handshake is done, and the peer is who the SDP said. Comes once.
    Keys(SrtpKeys),
    /// The handshake failed; the session is forgotten.
    Failed(HandshakeError),
    /// The peer closed the association; the session is forgotten.
    Closed,
    /// A datagram was thrown away, or something in it. To be counted.
    Dropped(DropReason),
}

/// Why a handshake failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HandshakeError {
    /// Somebody else answers than the one who made the SDP, or it is of another session.
    #[error("the peer's certificate does not have the fingerprint from its SDP; send a new offer")]
    FingerprintMismatch,
    /// Nothing to compare with the fingerprint.
    #[error("the peer showed no certificate")]
    NoCertificate,
    /// No common SRTP profile.
    #[error("the peer offers none of AES-GCM and AES-CM for SRTP")]
    NoSrtpProfile,
    /// It took too long.
    #[error("the handshake was not done in {} s", session::HANDSHAKE_TIMEOUT.as_secs())]
    Timeout,
    /// The peer broke the protocol, or sent an alert.
    #[error("DTLS: {0}")]
    Protocol(String),
    /// A defect of ours.
    #[error("the DTLS state machine failed on the peer's bytes")]
    Internal,
}

impl HandshakeError {
    /// For a counter's label.
    pub const fn name(&self) -> &'static str {
        match self {
            HandshakeError::FingerprintMismatch => "dtls_fingerprint_mismatch",
            HandshakeError::NoCertificate => "dtls_no_certificate",
            HandshakeError::NoSrtpProfile => "dtls_no_srtp_profile",
            HandshakeError::Timeout => "dtls_timeout",
            HandshakeError::Protocol(_) => "dtls_protocol",
            HandshakeError::Internal => "dtls_internal",
        }
    }
}

/// Our certificate could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no ECDSA P-256 certificate could be generated; the crypto library refused")]
pub struct CertificateError;

/// Our certificate, ECDSA P-256, self-signed: made at the process's start, shared by all handshakers.
#[derive(Clone)]
pub struct Certificate {
    inner: DtlsCertificate,
}

impl Certificate {
    /// Makes a key and a certificate.
    ///
    /// # Errors
    /// The crypto library refused.
    pub fn generate() -> Result<Certificate, CertificateError> {
        let inner = dimpl::certificate::generate_self_signed_certificate().map_err(|_| CertificateError)?;
        Ok(Certificate { inner })
    }

    /// The SHA-256 fingerprint for our SDP.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint { algorithm: FingerprintAlgorithm::Sha256, bytes: self.inner.fingerprint() }
    }
}

impl fmt::Debug for Certificate {
    /// Without the private key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({})", self.inner.fingerprint_str())
    }
}

/// All handshakes of a handshake thread.
pub struct Handshaker {
    certificate: Certificate,
    config: Arc<Config>,
    sessions: HashMap<TransportId, Session>,
    timeouts: BTreeSet<(Instant, TransportId)>,
    outputs: VecDeque<HandshakeOutput>,
    buffer: Box<[u8]>,
    progress: VecDeque<HandshakeProgress>,
}

impl Handshaker {
    /// A handshaker without sessions.
    pub fn new(certificate: Certificate) -> Handshaker {
        Handshaker {
            certificate,
            config: Arc::new(session::config()),
            sessions: HashMap::new(),
            timeouts: BTreeSet::new(),
            outputs: VecDeque::new(),
            buffer: vec![0; OUTPUT_BUFFER].into_boxed_slice(),
            progress: VecDeque::new(),
        }
    }

    /// Takes a message of a shard.
    pub fn receive(&mut self, now: Instant, input: HandshakeInput) {
        let id = input.transport;
        match input.kind {
            HandshakeRequest::Start { active, fingerprint } => {
                let session = Session::new(Arc::clone(&self.config), &self.certificate, active, fingerprint, now);
                self.remove(id);
                self.timeouts.extend(session.next_timeout().map(|at| (at, id)));
                self.sessions.insert(id, session);
                self.with(id, |session, turn| session.start(now, turn));
            }
            HandshakeRequest::Datagram(datagram) => {
                if !self.with(id, |session, turn| session.receive(now, &datagram, turn)) {
                    self.outputs.push_back(HandshakeOutput { transport: id, kind: HandshakeProgress::Dropped(DropReason::DtlsNoSession) });
                }
            }
            HandshakeRequest::Close => {
                self.with(id, |session, turn| {
                    session.close(now, turn);
                    Fate::Ends
                });
            }
        }
    }

    /// Repeats flights and gives up handshakes that are due.
    pub fn timeout(&mut self, now: Instant) {
        while let Some(&(at, id)) = self.timeouts.first() {
            if at > now {
                break;
            }
            if !self.with(id, |session, turn| session.timeout(now, turn)) {
                self.timeouts.remove(&(at, id));
            }
        }
    }

    /// When [`Handshaker::timeout`] wants to be called.
    pub fn next_timeout(&self) -> Option<Instant> {
        self.timeouts.first().map(|&(at, _)| at)
    }

    /// The next message for a shard.
    pub fn poll(&mut self) -> Option<HandshakeOutput> {
        self.outputs.pop_front()
    }

    /// Sessions held, done or not.
    pub fn len(&self) -> usize {
        self.sessions.len()
    }

    /// Whether no session is held.
    pub fn is_empty(&self) -> bool {
        self.sessions.is_empty()
    }

    /// Lets a session act, and keeps the books. Whether there is such a session.
    fn with(&mut self, id: TransportId, act: impl FnOnce(&mut Session, &mut Turn<'_>) -> Fate) -> bool {
        let Some(session) = self.sessions.get_mut(&id) else { return false };
        let before = session.next_timeout();
        let fate = act(session, &mut Turn { queue: &mut self.progress, buffer: &mut self.buffer });
        let after = session.next_timeout();
        self.outputs.extend(self.progress.drain(..).map(|kind| HandshakeOutput { transport: id, kind }));
        if before != after {
            before.map(|at| self.timeouts.remove(&(at, id)));
            self.timeouts.extend(after.map(|at| (at, id)));
        }
        if fate == Fate::Ends {
            self.remove(id);
        }
        true
    }

    fn remove(&mut self, id: TransportId) {
        if let Some(at) = self.sessions.remove(&id).and_then(|session| session.next_timeout()) {
            self.timeouts.remove(&(at, id));
        }
    }
}
