//! One association as a browser has it: controlling ICE, DTLS client, SRTP. Pure: it is told the time and handed datagrams; datagrams and events are
//! polled out.
//!
//! ```text
//! let mut peer = Peer::new(config)?;                 // makes a certificate and ICE credentials for the offer
//! peer.accept(now, &answer)?;                        // starts the checks
//! loop {
//!     while let Some((to, datagram)) = peer.poll_transmit() { socket.send_to(datagram, to) }
//!     while let Some(event) = peer.poll_event() { … }
//!     // wait for a datagram or peer.next_timeout()
//!     match peer.handle(now, from, datagram) { Ok(Inbound::Rtp(packet)) => …, Ok(Inbound::Rtcp(packet)) => …, … }
//!     peer.handle_timeout(now);
//! }
//! ```

use crate::ice::{Agent, Credentials, State, StunDrop};
use crate::sdp::Answer;
use crate::srtp::Srtp;
use bytes::BytesMut;
use dimpl::{Dtls, DtlsCertificate, Output, SrtpProfile};
use rand::Rng;
use rtc_crypto::RTCCryptoProvider;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The alphabet of ICE credentials (RFC 8839, section 5.4).
const ICE_CHARS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// A DTLS flight without an answer is repeated after this and doubling pauses, as in browsers. Repeats asked for by the other side's repeats count too.
const FIRST_RTO: Duration = Duration::from_millis(50);
const RETRIES: usize = 12;

/// What happened to the association.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// ICE and DTLS are done and the server's certificate is the one of its SDP: media may flow.
    Connected {
        /// The SRTP profile in use, for the report.
        profile: &'static str,
    },
    /// It is over; a new one must be made.
    Closed {
        /// What failed.
        reason: String,
    },
}

/// What a datagram held.
#[derive(Debug)]
pub enum Inbound {
    /// Nothing for the caller.
    Control,
    /// A decrypted RTP packet.
    Rtp(BytesMut),
    /// A decrypted compound RTCP packet.
    Rtcp(BytesMut),
}

/// Why a datagram was thrown away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeerDrop {
    /// Before the answer, or after the end.
    NoSession,
    /// Neither STUN nor DTLS nor RTP (RFC 7983).
    UnknownKind,
    /// Media before the keys.
    NoKeys,
    /// Media that does not authenticate, or a replay.
    Unauthentic,
    /// From an address that was not nominated.
    Stranger,
    /// A STUN message.
    Stun(StunDrop),
}

/// Why a peer could not be made or used.
#[derive(Debug, thiserror::Error)]
pub enum PeerError {
    /// No random numbers, or no key.
    #[error("a certificate for the simulated participant could not be made: {0}")]
    Certificate(String),
    /// No provider was compiled in.
    #[error("no cryptography provider: {0}")]
    Crypto(String),
}

/// The association.
pub struct Peer {
    crypto: Arc<dyn RTCCryptoProvider>,
    certificate: DtlsCertificate,
    dtls_config: Arc<dimpl::Config>,
    local: Credentials,
    session: Option<Session>,
    events: VecDeque<Event>,
    out: VecDeque<(SocketAddr, BytesMut)>,
    closed: bool,
}

struct Session {
    ice: Agent,
    dtls: Dtls,
    path: Option<SocketAddr>,
    dtls_due: Option<Instant>,
    dtls_connected: bool,
    fingerprint: Vec<u8>,
    fingerprint_checked: bool,
    srtp: Option<(Srtp, SrtpProfile)>,
    announced: bool,
}

impl Peer {
    /// Makes a certificate and ICE credentials.
    pub fn new() -> Result<Peer, PeerError> {
        let certificate = dimpl::certificate::generate_self_signed_certificate().map_err(|error| PeerError::Certificate(error.to_string()))?;
        let crypto = rtc_crypto::default_provider().map_err(|error| PeerError::Crypto(error.to_string()))?;
        let dtls_config = Arc::new(
            dimpl::Config::builder().flight_start_rto(FIRST_RTO).flight_retries(RETRIES).build().map_err(|error| PeerError::Crypto(error.to_string()))?,
        );
        let mut rng = rand::rng();
        let mut text = |len: usize| (0..len).map(|_| char::from(ICE_CHARS[rng.random_range(0..64)])).collect::<String>();
        let local = Credentials { ufrag: text(8), pwd: text(24) };
        Ok(Peer { crypto, certificate, dtls_config, local, session: None, events: VecDeque::new(), out: VecDeque::new(), closed: false })
    }

    /// The credentials for the offer.
    pub fn credentials(&self) -> &Credentials {
        &self.local
    }

    /// The certificate's SHA-256 for the offer.
    pub fn fingerprint(&self) -> String {
        self.certificate.fingerprint_str()
    }

    /// Takes the server's answer and starts checking its candidates.
    pub fn accept(&mut self, now: Instant, answer: &Answer) {
        let remote = Credentials { ufrag: answer.ufrag.clone(), pwd: answer.pwd.clone() };
        let ice = Agent::new(now, self.crypto.clone(), self.local.clone(), remote, answer.candidates.clone(), rand::rng().random());
        let mut dtls = Dtls::new_12(self.dtls_config.clone(), self.certificate.clone(), now);
        dtls.set_active(true);
        self.session = Some(Session {
            ice,
            dtls,
            path: None,
            dtls_due: None,
            dtls_connected: false,
            fingerprint: answer.fingerprint.clone(),
            fingerprint_checked: false,
            srtp: None,
            announced: false,
        });
        self.handle_timeout(now);
    }

    /// Whether media can be sent.
    pub fn connected(&self) -> bool {
        !self.closed && self.session.as_ref().is_some_and(|session| session.announced)
    }

    /// When [`Peer::handle_timeout`] is due next.
    pub fn next_timeout(&self) -> Option<Instant> {
        let session = self.session.as_ref().filter(|_| !self.closed)?;
        [session.ice.next_timeout(), session.dtls_due].into_iter().flatten().min()
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        let Some(session) = self.session.as_mut().filter(|_| !self.closed) else { return };
        session.ice.handle_timeout(now);
        if session.path.is_some() && session.dtls_due.is_none_or(|due| now >= due) {
            if let Err(error) = session.dtls.handle_timeout(now) {
                return self.close(format!("DTLS: {error}"));
            }
            self.drain_dtls();
        }
        self.after(now);
    }

    /// Takes a datagram.
    pub fn handle(&mut self, now: Instant, from: SocketAddr, datagram: &[u8]) -> Result<Inbound, PeerDrop> {
        let session = self.session.as_mut().filter(|_| !self.closed).ok_or(PeerDrop::NoSession)?;
        match datagram {
            [0..=3, ..] => {
                session.ice.handle(now, from, datagram).map_err(PeerDrop::Stun)?;
                self.after(now);
                Ok(Inbound::Control)
            }
            [20..=63, ..] => {
                if session.path != Some(from) {
                    return Err(PeerDrop::Stranger);
                }
                let handled = session.dtls.handle_timeout(now).and_then(|()| session.dtls.handle_packet(datagram));
                if let Err(error) = handled {
                    self.close(format!("DTLS: {error}"));
                } else {
                    self.drain_dtls();
                    self.after(now);
                }
                Ok(Inbound::Control)
            }
            [128..=191, kind, ..] => {
                let (srtp, _) = session.srtp.as_mut().ok_or(PeerDrop::NoKeys)?;
                if (192..=223).contains(kind) {
                    srtp.open_rtcp(datagram).map(Inbound::Rtcp).map_err(|_| PeerDrop::Unauthentic)
                } else {
                    srtp.open_rtp(datagram).map(Inbound::Rtp).map_err(|_| PeerDrop::Unauthentic)
                }
            }
            _ => Err(PeerDrop::UnknownKind),
        }
    }

    /// Seals and queues an RTP packet; returns whether there were keys and a path.
    pub fn send_rtp(&mut self, packet: &[u8]) -> bool {
        self.send(packet, Srtp::seal_rtp)
    }

    /// Seals and queues a compound RTCP packet; returns whether there were keys and a path.
    pub fn send_rtcp(&mut self, packet: &[u8]) -> bool {
        self.send(packet, Srtp::seal_rtcp)
    }

    /// The next datagram to send.
    pub fn poll_transmit(&mut self) -> Option<(SocketAddr, BytesMut)> {
        self.out.pop_front()
    }

    /// The next event.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Says goodbye to the server (DTLS `close_notify`) and ends.
    pub fn shut_down(&mut self) {
        if let Some(session) = self.session.as_mut().filter(|session| session.announced) {
            let _ = session.dtls.close();
            self.drain_dtls();
        }
        self.closed = true;
    }

    fn send(&mut self, packet: &[u8], seal: fn(&mut Srtp, &[u8]) -> rtc_shared::error::Result<BytesMut>) -> bool {
        let Some(session) = self.session.as_mut().filter(|_| !self.closed) else { return false };
        let (Some((srtp, _)), Some(path)) = (session.srtp.as_mut(), session.path) else { return false };
        match seal(srtp, packet) {
            Ok(sealed) => {
                self.out.push_back((path, sealed));
                true
            }
            Err(_) => false,
        }
    }

    /// Follows the ICE agent and announces the connection once everything stands.
    fn after(&mut self, now: Instant) {
        let Some(session) = self.session.as_mut() else { return };
        while let Some((to, datagram)) = session.ice.poll_transmit() {
            self.out.push_back((to, BytesMut::from(&datagram[..])));
        }
        match session.ice.state() {
            State::Failed => {
                let what = if session.announced { "the server gave no consent for 30 s" } else { "no candidate of the server answered within 15 s" };
                return self.close(format!("ICE: {what}"));
            }
            State::Nominated(path) if session.path.is_none() => {
                session.path = Some(path);
                if let Err(error) = session.dtls.handle_timeout(now) {
                    return self.close(format!("DTLS: {error}"));
                }
                self.drain_dtls();
            }
            _ => {}
        }
        let Some(session) = self.session.as_mut().filter(|_| !self.closed) else { return };
        if let Some((_, profile)) = &session.srtp
            && session.dtls_connected
            && session.fingerprint_checked
            && !session.announced
        {
            session.announced = true;
            let profile = match profile {
                SrtpProfile::AES128_CM_SHA1_80 => "AES128_CM_SHA1_80",
                SrtpProfile::AEAD_AES_128_GCM => "AEAD_AES_128_GCM",
                SrtpProfile::AEAD_AES_256_GCM => "AEAD_AES_256_GCM",
                _ => "unknown",
            };
            self.events.push_back(Event::Connected { profile });
        }
    }

    fn drain_dtls(&mut self) {
        let Some(session) = self.session.as_mut() else { return };
        let Some(path) = session.path else { return };
        let mut buffer = vec![0; 2_048];
        let mut failure = None;
        loop {
            match session.dtls.poll_output(&mut buffer) {
                Output::Packet(packet) => self.out.push_back((path, BytesMut::from(packet))),
                Output::BufferTooSmall { needed } => buffer.resize(needed, 0),
                Output::Timeout(at) => {
                    session.dtls_due = Some(at);
                    break;
                }
                Output::Connected => session.dtls_connected = true,
                Output::PeerCert(der) => {
                    session.fingerprint_checked = dimpl::certificate::calculate_fingerprint(der) == session.fingerprint;
                    if !session.fingerprint_checked {
                        failure = Some("DTLS: the server's certificate does not match the fingerprint of its SDP".to_owned());
                    }
                }
                Output::KeyingMaterial(material, profile) => match Srtp::client(profile, &material, self.crypto.crypto()) {
                    Ok(srtp) => session.srtp = Some((srtp, profile)),
                    Err(error) => failure = Some(format!("SRTP keys: {error}")),
                },
                Output::CloseNotify => failure = Some("DTLS: the server closed the session".to_owned()),
                _ => {}
            }
        }
        if let Some(reason) = failure {
            self.close(reason);
        }
    }

    fn close(&mut self, reason: String) {
        if !self.closed {
            self.closed = true;
            self.events.push_back(Event::Closed { reason });
        }
    }
}
