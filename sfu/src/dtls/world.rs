//! A `dimpl` client or server as the browser, our handshaker, and a line between them, in virtual time.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::srtp::SrtpProfile;
use dimpl::{Dtls, Output};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use std::collections::BTreeMap;
use std::time::Duration;

pub(super) const ID: TransportId = TransportId(7);
/// One way.
const LATENCY: Duration = Duration::from_millis(20);

/// Which way a datagram goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    ToServer,
    ToPeer,
}

/// What the line does to a datagram: the delays of the copies that arrive, beyond the latency.
pub(super) type Line = Box<dyn FnMut(Way, usize, &mut SmallRng) -> Vec<Duration>>;
/// How the peer cuts a datagram anew.
pub(super) type Recut = Box<dyn FnMut(&[u8], &mut SmallRng) -> Vec<Vec<u8>>>;

/// The other end.
pub(super) struct Peer {
    pub(super) dtls: Dtls,
    pub(super) keys: Option<(SrtpProfile, Vec<u8>)>,
    pub(super) closed: bool,
    next_timeout: Instant,
}

pub(super) struct World {
    pub(super) now: Instant,
    start: Instant,
    pub(super) handshaker: Handshaker,
    pub(super) peer: Peer,
    pub(super) keys: Option<SrtpKeys>,
    pub(super) ended: Option<HandshakeProgress>,
    pub(super) dropped: Vec<DropReason>,
    pub(super) line: Line,
    pub(super) recut: Option<Recut>,
    /// Every datagram of the peer, as it left it.
    pub(super) sent_by_peer: Vec<Vec<u8>>,
    /// Every datagram to the peer, lost ones too.
    pub(super) sent_to_peer: Vec<Vec<u8>>,
    random: SmallRng,
    under_way: BTreeMap<(Instant, u64), (Way, Vec<u8>)>,
    sent: [usize; 2],
    serial: u64,
}

pub(super) fn fingerprint_of(certificate: &DtlsCertificate) -> Fingerprint {
    Fingerprint { algorithm: FingerprintAlgorithm::Sha256, bytes: certificate.fingerprint() }
}

/// Everything arrives, once.
pub(super) fn clean() -> Line {
    Box::new(|_, _, _| vec![Duration::ZERO])
}

/// Loses datagrams at random.
pub(super) fn lossy(probability: f64) -> Line {
    Box::new(move |_, _, random| if random.random_bool(probability) { Vec::new() } else { vec![Duration::from_millis(random.random_range(0..10))] })
}

/// The peer as browsers time it: first repetition after 50 ms.
pub(super) fn browser() -> dimpl::ConfigBuilder {
    Config::builder().flight_start_rto(Duration::from_millis(50)).flight_retries(100)
}

impl World {
    /// The peer is the client.
    pub(super) fn new(seed: u64, line: Line) -> World {
        World::with(seed, line, browser().dangerously_set_rng_seed(seed).build().unwrap(), false)
    }

    /// `active`: we are the client.
    pub(super) fn with(seed: u64, line: Line, config: Config, active: bool) -> World {
        let certificate = dimpl::certificate::generate_self_signed_certificate().unwrap();
        let fingerprint = fingerprint_of(&certificate);
        let now = Instant::now();
        let mut dtls = Dtls::new_12(Arc::new(config), certificate, now);
        dtls.set_active(!active);
        let peer = Peer { dtls, keys: None, closed: false, next_timeout: now };
        let mut world = World {
            now,
            start: now,
            handshaker: Handshaker::new(Certificate::generate().unwrap()),
            peer,
            keys: None,
            ended: None,
            dropped: Vec::new(),
            line,
            recut: None,
            sent_by_peer: Vec::new(),
            sent_to_peer: Vec::new(),
            random: SmallRng::seed_from_u64(seed),
            under_way: BTreeMap::new(),
            sent: [0; 2],
            serial: 0,
        };
        world.input(HandshakeRequest::Start { active, fingerprint });
        world
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.now - self.start
    }

    pub(super) fn input(&mut self, kind: HandshakeRequest) {
        self.handshaker.receive(self.now, HandshakeInput { transport: ID, kind });
        self.collect();
    }

    /// Runs until both ends have keys, or the time is over. Whether they have.
    pub(super) fn connect(&mut self, limit: Duration) -> bool {
        self.run(limit, |world| world.keys.is_some() && world.peer.keys.is_some())
    }

    /// Runs until `done` or for `limit`, and says whether it is done.
    pub(super) fn run(&mut self, limit: Duration, done: impl Fn(&World) -> bool) -> bool {
        let end = self.now + limit;
        self.poll_peer();
        while !done(self) {
            let arrival = self.under_way.first_key_value().map(|(&(at, _), _)| at);
            let next = [arrival, self.handshaker.next_timeout(), Some(self.peer.next_timeout)].into_iter().flatten().min().unwrap();
            if next > end {
                self.now = end;
                return false;
            }
            self.now = self.now.max(next);
            self.step();
        }
        true
    }

    fn step(&mut self) {
        while let Some(entry) = self.under_way.first_entry().filter(|entry| entry.key().0 <= self.now) {
            match entry.remove() {
                (Way::ToServer, datagram) => self.input(HandshakeRequest::Datagram(datagram.into())),
                (Way::ToPeer, datagram) => {
                    self.peer.dtls.handle_timeout(self.now).unwrap();
                    self.peer.dtls.handle_packet(&datagram).unwrap();
                    self.poll_peer();
                }
            }
        }
        self.handshaker.timeout(self.now);
        self.collect();
        if self.peer.next_timeout <= self.now {
            self.peer.dtls.handle_timeout(self.now).unwrap();
            self.poll_peer();
        }
    }

    fn collect(&mut self) {
        while let Some(output) = self.handshaker.poll() {
            assert_eq!(output.transport, ID);
            match output.kind {
                HandshakeProgress::Datagram(datagram) => {
                    self.sent_to_peer.push(datagram.to_vec());
                    self.send(Way::ToPeer, &datagram);
                }
                HandshakeProgress::Keys(keys) => assert!(self.keys.replace(keys).is_none(), "keys come once"),
                HandshakeProgress::Dropped(reason) => self.dropped.push(reason),
                end => assert!(self.ended.replace(end).is_none(), "a session ends once"),
            }
        }
    }

    pub(super) fn poll_peer(&mut self) {
        let mut buffer = vec![0; 4096];
        if self.elapsed().is_zero() {
            self.peer.dtls.handle_timeout(self.now).unwrap();
        }
        loop {
            match self.peer.dtls.poll_output(&mut buffer) {
                Output::Packet(packet) => {
                    let packet = packet.to_vec();
                    self.sent_by_peer.push(packet.clone());
                    let pieces = match &mut self.recut {
                        Some(recut) => recut(&packet, &mut self.random),
                        None => vec![packet],
                    };
                    for piece in pieces {
                        self.send(Way::ToServer, &piece);
                    }
                }
                Output::Timeout(at) => {
                    self.peer.next_timeout = at;
                    return;
                }
                Output::KeyingMaterial(material, profile) => self.peer.keys = Some((ours(profile), material.to_vec())),
                Output::CloseNotify => self.peer.closed = true,
                _ => {}
            }
        }
    }

    fn send(&mut self, way: Way, datagram: &[u8]) {
        let nth = &mut self.sent[way as usize];
        let delays = (self.line)(way, *nth, &mut self.random);
        *nth += 1;
        for delay in delays {
            self.serial += 1;
            self.under_way.insert((self.now + LATENCY + delay, self.serial), (way, datagram.to_vec()));
        }
    }

    /// Both ends must hold the same keys, mirrored.
    pub(super) fn assert_same_keys(&self, we_are_client: bool) {
        let (profile, material) = self.peer.keys.as_ref().unwrap();
        let theirs = SrtpKeys::from_exported(*profile, material, !we_are_client).unwrap();
        let ours = self.keys.as_ref().unwrap();
        assert_eq!(ours.profile, *profile);
        assert_eq!((ours.local.key(), ours.local.salt()), (theirs.remote.key(), theirs.remote.salt()));
        assert_eq!((ours.remote.key(), ours.remote.salt()), (theirs.local.key(), theirs.local.salt()));
    }
}

fn ours(profile: dimpl::SrtpProfile) -> SrtpProfile {
    match profile {
        dimpl::SrtpProfile::AEAD_AES_256_GCM => SrtpProfile::Aes256Gcm,
        dimpl::SrtpProfile::AEAD_AES_128_GCM => SrtpProfile::Aes128Gcm,
        _ => SrtpProfile::Aes128CmSha1_80,
    }
}

/// The plaintext handshake messages of a datagram as `(type, sequence, total, body)` where whole, and the records that are something else.
fn messages(datagram: &[u8]) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    let (mut whole, mut other) = (Vec::new(), Vec::new());
    let mut rest = datagram;
    while rest.len() >= 13 {
        let (record, tail) = rest.split_at(13 + usize::from(u16::from_be_bytes([rest[11], rest[12]])));
        rest = tail;
        if record[0] == 22 && record[3..5] == [0, 0] { whole.push(record[13..].to_vec()) } else { other.push(record.to_vec()) }
    }
    (whole, other)
}

fn record(sequence: u64, contents: &[u8]) -> Vec<u8> {
    let mut record = vec![22, 0xfe, 0xfd, 0, 0];
    record.extend(&sequence.to_be_bytes()[2..]);
    record.extend((contents.len() as u16).to_be_bytes());
    record.extend(contents);
    record
}

/// As BoringSSL does it: all plaintext messages of a datagram in one record.
pub(super) fn pack() -> Recut {
    let mut sequence = 1000;
    Box::new(move |datagram, _| {
        let (whole, other) = messages(datagram);
        sequence += 1;
        let packed = if whole.is_empty() { Vec::new() } else { record(sequence, &whole.concat()) };
        vec![[packed, other.concat()].concat()]
    })
}

/// As NSS does it on a line that loses much: every message in pieces of a new size each time, a datagram each.
pub(super) fn cut() -> Recut {
    let mut sequence = 1000;
    Box::new(move |datagram, random| {
        let (whole, other) = messages(datagram);
        let size = random.random_range(40..400);
        let mut datagrams = Vec::new();
        for message in whole {
            let (header, body) = message.split_at(12);
            for (number, piece) in body.chunks(size).enumerate() {
                let mut fragment = header[..6].to_vec();
                fragment.extend(&((number * size) as u32).to_be_bytes()[1..]);
                fragment.extend(&(piece.len() as u32).to_be_bytes()[1..]);
                fragment.extend(piece);
                sequence += 1;
                datagrams.push(record(sequence, &fragment));
            }
            if body.is_empty() {
                datagrams.push(record(sequence, &message));
            }
        }
        if !other.is_empty() {
            datagrams.push(other.concat());
        }
        datagrams
    })
}
