//! One DTLS association.

use super::defragment::{Defragmenter, is_change_cipher_spec, is_plain_handshake, split_record};
use super::{Certificate, HandshakeError, HandshakeProgress};
use crate::counters::DropReason;
use crate::spec::{Fingerprint, FingerprintAlgorithm};
use crate::srtp::{SrtpKeys, SrtpProfile};
use aws_lc_rs::digest;
use bytes::Bytes;
use dimpl::{Config, Dtls, Output};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A handshake that is not done by then has failed.
pub(super) const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(30);
/// Our flight is repeated after this long, then after twice as long each time, up to [`MAX_RTO`]: lines lose packets, and a class waits. RFC 6347 §4.2.4.1
/// has one second, doubling to sixty, and leaves room for time-critical uses.
const FIRST_RTO: Duration = Duration::from_millis(150);
const MAX_RTO: Duration = Duration::from_millis(500);
/// Our last flight is repeated when the peer repeats its own, but not sooner than this after it was sent.
const FINAL_INTERVAL: Duration = Duration::from_millis(20);
/// Times our last flight is sent: a client that misses it repeats its own with ever longer pauses (NSS and BoringSSL: 50 ms, doubled each time), and nothing else
/// repeats it (RFC 6347 §4.2.4). The copies are the same to the bit and come [`FINAL_INTERVAL`] apart; whoever has one drops the others as replays.
const FINAL_COPIES: u32 = 3;
/// Repetitions by our timer, and as many of the last flight, each with its copies. The state machine doubles its own interval with each, from [`ITS_RTO`] and
/// out of our hands: so many stay well below [`ITS_TIMEOUT`].
const MAX_REPEATS: u32 = 30;
const ITS_RTO: Duration = Duration::from_millis(5);
/// The longest that it takes.
const ITS_TIMEOUT: Duration = Duration::from_secs(3650 * 24 * 60 * 60);
/// Larger than any datagram, so that everything fits: the state machine panics on a certificate that does not.
pub(super) const OUTPUT_BUFFER: usize = 1 << 16;

/// How the state machine is set up. Timing is ours; it only must not give up first. No cookie exchange: it proves the client's address, which ICE has done.
pub(super) fn config() -> Config {
    let config = Config::builder()
        .use_server_cookie(false)
        .require_client_certificate(true)
        .flight_start_rto(ITS_RTO)
        .flight_retries(1000)
        .handshake_timeout(ITS_TIMEOUT)
        .max_queue_rx(100)
        .max_queue_tx(30);
    config.build().expect("the settings are constant and valid")
}

/// What became of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Stays,
    Ends,
}

pub(super) struct Session {
    dtls: Dtls,
    defragmenter: Defragmenter,
    fingerprint: Fingerprint,
    is_client: bool,
    /// The peer's certificate had the fingerprint.
    verified: bool,
    connected: bool,
    done: bool,
    deadline: Instant,
    /// The state machine's clock. It stands still but for [`Session::let_repeat`]: when to repeat a flight is ours to say.
    clock: Instant,
    /// The next timer on that clock.
    its_timeout: Instant,
    repeat_at: Option<Instant>,
    /// When the last flight was repeated.
    repeated: Instant,
    rto: Duration,
    repeats: u32,
    /// The datagrams of our last flight, while copies of it are to be sent.
    last_flight: Vec<Bytes>,
    copies: u32,
}

impl Session {
    pub(super) fn new(config: Arc<Config>, certificate: &Certificate, active: bool, fingerprint: Fingerprint, now: Instant) -> Session {
        let mut dtls = Dtls::new_12(config, certificate.inner.clone(), now);
        dtls.set_active(active);
        Session {
            dtls,
            defragmenter: Defragmenter::default(),
            fingerprint,
            is_client: active,
            verified: false,
            connected: false,
            done: false,
            deadline: now + HANDSHAKE_TIMEOUT,
            clock: now,
            its_timeout: now,
            repeat_at: None,
            repeated: now,
            rto: FIRST_RTO,
            repeats: 0,
            last_flight: Vec::new(),
            copies: 0,
        }
    }

    /// When [`Session::timeout`] wants to be called; once the handshake is done, only for the last flight's copies.
    pub(super) fn next_timeout(&self) -> Option<Instant> {
        if self.done { self.repeat_at } else { Some(self.repeat_at.map_or(self.deadline, |at| at.min(self.deadline))) }
    }

    /// Opens the handshake if we are the client.
    pub(super) fn start(&mut self, now: Instant, turn: &mut Turn<'_>) -> Fate {
        self.run(now, turn, Dtls::handle_timeout)
    }

    pub(super) fn receive(&mut self, now: Instant, datagram: &[u8], turn: &mut Turn<'_>) -> Fate {
        let mut defragmenter = std::mem::take(&mut self.defragmenter);
        let mut rest = defragmenter.apply(datagram);
        let mut fate = Fate::Stays;
        let mut unused = None;
        while let Some((record, tail)) = split_record(rest).filter(|_| fate == Fate::Stays) {
            rest = tail;
            if self.done && is_plain_handshake(record) {
                self.let_repeat_last(now);
            }
            // The state machine throws away in silence. Only what opens a handshake may rightly draw nothing.
            let may_draw_nothing = is_plain_handshake(record) || is_change_cipher_spec(record) && !self.done;
            let queued = turn.queue.len();
            fate = self.run(now, turn, |dtls, clock| dtls.handle_timeout(clock).and_then(|()| dtls.handle_packet(record)));
            if turn.queue.len() == queued && !may_draw_nothing {
                unused = Some(DropReason::DtlsUnused);
            }
        }
        if let Some(reason) = defragmenter.dropped.take().or(unused) {
            turn.push(HandshakeProgress::Dropped(reason));
        }
        if self.done {
            defragmenter.finish();
        }
        self.defragmenter = defragmenter;
        fate
    }

    pub(super) fn timeout(&mut self, now: Instant, turn: &mut Turn<'_>) -> Fate {
        if !self.done && now >= self.deadline {
            turn.push(HandshakeProgress::Failed(HandshakeError::Timeout));
            return Fate::Ends;
        }
        if self.repeat_at.is_none_or(|at| now < at) {
            return Fate::Stays;
        }
        if self.done {
            self.copy_last(now, turn);
            return Fate::Stays;
        }
        let queued = turn.queue.len();
        // The first of its timers may be one that sends nothing.
        for _ in 0..2 {
            self.let_repeat();
            if self.run(now, turn, Dtls::handle_timeout) == Fate::Ends {
                return Fate::Ends;
            }
            if turn.queue.len() > queued {
                break;
            }
        }
        if self.done {
            return Fate::Stays;
        }
        self.repeats += 1;
        self.rto = (self.rto * 2).min(MAX_RTO);
        self.repeat_at = (self.repeats < MAX_REPEATS).then_some(now + self.rto);
        Fate::Stays
    }

    /// Moves the state machine's clock to its next timer: the flight is repeated, or may be when the peer asks for it. There is none if it is years away.
    fn let_repeat(&mut self) {
        if self.its_timeout.saturating_duration_since(self.clock) < ITS_TIMEOUT / 4 {
            self.clock = self.clock.max(self.its_timeout);
        }
    }

    /// The peer repeats its last flight: ours may be repeated too, in measure.
    fn let_repeat_last(&mut self, now: Instant) {
        if self.repeats < MAX_REPEATS && now >= self.repeated + FINAL_INTERVAL {
            self.repeated = now;
            self.repeats += 1;
            self.let_repeat();
        }
    }

    /// Sends a copy of the last flight, and forgets the flight with the last of them.
    fn copy_last(&mut self, now: Instant, turn: &mut Turn<'_>) {
        self.last_flight.iter().cloned().for_each(|datagram| turn.push(HandshakeProgress::Datagram(datagram)));
        self.copies = self.copies.saturating_sub(1);
        self.repeat_at = (self.copies > 0).then_some(now + FINAL_INTERVAL);
        if self.copies == 0 {
            self.last_flight = Vec::new();
        }
    }

    /// Tells the peer that we are going, if there is an association to close.
    pub(super) fn close(&mut self, now: Instant, turn: &mut Turn<'_>) {
        if self.done {
            self.run(now, turn, |dtls, _| dtls.close());
        }
    }

    /// One call of the state machine, with all that it puts out. A panic in there, which parses strangers' bytes, ends this session and no other.
    fn run(&mut self, now: Instant, turn: &mut Turn<'_>, call: impl FnOnce(&mut Dtls, Instant) -> Result<(), dimpl::Error>) -> Fate {
        let result = catch_unwind(AssertUnwindSafe(|| {
            let called = call(&mut self.dtls, self.clock).map_err(|error| HandshakeError::Protocol(error.to_string()));
            // What is ready goes out even after an error.
            let drained = self.drain(now, turn);
            called.and(drained)
        }));
        let error = match result {
            Ok(Ok(fate)) => return fate,
            Ok(Err(error)) => error,
            Err(_panic) => HandshakeError::Internal,
        };
        turn.push(if self.done { HandshakeProgress::Closed } else { HandshakeProgress::Failed(error) });
        Fate::Ends
    }

    /// Takes all that the state machine puts out; what it sends once the handshake is done, and does not close, is our last flight.
    fn drain(&mut self, now: Instant, turn: &mut Turn<'_>) -> Result<Fate, HandshakeError> {
        let queued = turn.queue.len();
        let fate = self.drain_all(now, turn)?;
        let datagram = |progress: &HandshakeProgress| if let HandshakeProgress::Datagram(datagram) = progress { Some(datagram.clone()) } else { None };
        let sent: Vec<Bytes> = turn.queue.range(queued..).filter_map(datagram).collect();
        if self.done && fate == Fate::Stays && !sent.is_empty() {
            self.last_flight = sent;
            self.repeated = now;
            self.copies = FINAL_COPIES - 1;
            self.repeat_at = Some(now + FINAL_INTERVAL);
        }
        Ok(fate)
    }

    fn drain_all(&mut self, now: Instant, turn: &mut Turn<'_>) -> Result<Fate, HandshakeError> {
        let mut fate = Fate::Stays;
        loop {
            match self.dtls.poll_output(turn.buffer) {
                Output::Packet(packet) => {
                    let datagram = Bytes::copy_from_slice(packet);
                    turn.push(HandshakeProgress::Datagram(datagram));
                    if !self.done && self.repeat_at.is_none() && self.repeats < MAX_REPEATS {
                        self.repeat_at = Some(now + self.rto);
                    }
                }
                Output::PeerCert(certificate) => {
                    if !matches(&self.fingerprint, certificate) {
                        return Err(HandshakeError::FingerprintMismatch);
                    }
                    self.verified = true;
                }
                Output::Connected => self.connected = true,
                Output::KeyingMaterial(material, profile) => {
                    if !self.verified {
                        return Err(HandshakeError::NoCertificate);
                    }
                    let profile = ours(profile).ok_or(HandshakeError::NoSrtpProfile)?;
                    let keys = SrtpKeys::from_exported(profile, &material, self.is_client).map_err(|error| HandshakeError::Protocol(error.to_string()))?;
                    self.done = true;
                    self.repeat_at = None;
                    self.repeats = 0;
                    turn.push(HandshakeProgress::Keys(keys));
                }
                Output::CloseNotify => {
                    turn.push(HandshakeProgress::Closed);
                    fate = Fate::Ends;
                }
                Output::Timeout(at) => {
                    self.its_timeout = at;
                    return if self.connected && !self.done { Err(HandshakeError::NoSrtpProfile) } else { Ok(fate) };
                }
                Output::BufferTooSmall { needed } => {
                    return Err(HandshakeError::Protocol(format!("an output of {needed} bytes, more than a datagram")));
                }
                // Data channels are not offered.
                _ => {}
            }
        }
    }
}

/// Where a session's outputs go, and room for it to write them.
pub(super) struct Turn<'a> {
    pub(super) queue: &'a mut VecDeque<HandshakeProgress>,
    pub(super) buffer: &'a mut [u8],
}

impl Turn<'_> {
    fn push(&mut self, progress: HandshakeProgress) {
        self.queue.push_back(progress);
    }
}

fn matches(fingerprint: &Fingerprint, certificate: &[u8]) -> bool {
    let algorithm = match fingerprint.algorithm {
        FingerprintAlgorithm::Sha256 => &digest::SHA256,
        FingerprintAlgorithm::Sha384 => &digest::SHA384,
        FingerprintAlgorithm::Sha512 => &digest::SHA512,
    };
    digest::digest(algorithm, certificate).as_ref() == fingerprint.bytes
}

fn ours(profile: dimpl::SrtpProfile) -> Option<SrtpProfile> {
    match profile {
        dimpl::SrtpProfile::AEAD_AES_128_GCM => Some(SrtpProfile::Aes128Gcm),
        dimpl::SrtpProfile::AEAD_AES_256_GCM => Some(SrtpProfile::Aes256Gcm),
        dimpl::SrtpProfile::AES128_CM_SHA1_80 => Some(SrtpProfile::Aes128CmSha1_80),
        _ => None,
    }
}
