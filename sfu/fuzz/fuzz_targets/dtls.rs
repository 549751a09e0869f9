//! DTLS input: datagrams as they are, before and during a handshake; or a real client's, lost, repeated, cut short and changed on their way.
#![no_main]

use dimpl::{Config, Dtls, Output};
use libfuzzer_sys::fuzz_target;
use sfu::dtls::{Certificate, HandshakeInput, HandshakeProgress, HandshakeRequest, Handshaker};
use sfu::id::TransportId;
use sfu::spec::{Fingerprint, FingerprintAlgorithm};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

const ID: TransportId = TransportId(1);

static START: LazyLock<Instant> = LazyLock::new(Instant::now);
static OURS: LazyLock<Certificate> = LazyLock::new(|| Certificate::generate().unwrap());
static THEIRS: LazyLock<dimpl::DtlsCertificate> = LazyLock::new(|| dimpl::certificate::generate_self_signed_certificate().unwrap());
static CONFIG: LazyLock<Arc<Config>> = LazyLock::new(|| Arc::new(Config::builder().dangerously_set_rng_seed(1).build().unwrap()));

fuzz_target!(|data: &[u8]| {
    let Some((&mode, rest)) = data.split_first() else { return };
    let mut server = Server::new(mode & 2 != 0);
    match mode & 1 {
        0 => datagrams(&mut server, rest),
        _ => client(&mut server, rest),
    }
});

/// Our side, and what must hold of it.
struct Server {
    handshaker: Handshaker,
    now: Instant,
    keys: usize,
    ends: usize,
}

impl Server {
    fn new(active: bool) -> Server {
        let mut server = Server { handshaker: Handshaker::new(OURS.clone()), now: *START, keys: 0, ends: 0 };
        let fingerprint = Fingerprint { algorithm: FingerprintAlgorithm::Sha256, bytes: THEIRS.fingerprint() };
        server.receive(HandshakeRequest::Start { active, fingerprint });
        server
    }

    fn receive(&mut self, kind: HandshakeRequest) -> Vec<Vec<u8>> {
        self.handshaker.receive(self.now, HandshakeInput { transport: ID, kind });
        self.collect()
    }

    fn wait(&mut self, milliseconds: u8) -> Vec<Vec<u8>> {
        self.now += Duration::from_millis(u64::from(milliseconds) * 8);
        self.handshaker.timeout(self.now);
        assert!(self.handshaker.next_timeout().is_none_or(|at| at > self.now));
        self.collect()
    }

    fn collect(&mut self) -> Vec<Vec<u8>> {
        let mut datagrams = Vec::new();
        while let Some(output) = self.handshaker.poll() {
            match output.kind {
                HandshakeProgress::Datagram(datagram) => datagrams.push(datagram.to_vec()),
                HandshakeProgress::Keys(_) => self.keys += 1,
                HandshakeProgress::Failed(_) | HandshakeProgress::Closed => self.ends += 1,
                HandshakeProgress::Dropped(_) => {}
            }
        }
        assert!(self.keys <= 1 && self.ends <= 1);
        assert_eq!(self.handshaker.len() + self.ends, 1);
        datagrams
    }
}

/// Each behind three bytes: time since the one before, its length in two bytes.
fn datagrams(server: &mut Server, mut rest: &[u8]) {
    while let [wait, high, low, tail @ ..] = rest {
        let len = usize::from(u16::from_be_bytes([*high, *low])) % 2000;
        let (datagram, tail) = tail.split_at(tail.len().min(len));
        rest = tail;
        server.wait(*wait);
        server.receive(HandshakeRequest::Datagram(datagram.to_vec().into()));
        assert_eq!(server.keys, 0, "no keys without the certificate's private key");
    }
}

/// Each datagram's lot is decided by the next three bytes.
fn client(server: &mut Server, fates: &[u8]) {
    let mut peer = Dtls::new_12(Arc::clone(&CONFIG), THEIRS.clone(), *START);
    peer.set_active(true);
    let mut fates = fates.chunks_exact(3);
    for _ in 0..12 {
        if peer.handle_timeout(server.now).is_err() {
            return;
        }
        let mut replies = Vec::new();
        for datagram in outputs(&mut peer) {
            let Some(&[kind, at, value]) = fates.next() else { return };
            for datagram in change(datagram, kind, at, value) {
                replies.extend(server.receive(HandshakeRequest::Datagram(datagram.into())));
            }
        }
        replies.extend(server.wait(fates.next().map_or(10, |fate| fate[0])));
        for datagram in replies {
            if peer.handle_packet(&datagram).is_err() {
                return;
            }
        }
    }
}

fn outputs(peer: &mut Dtls) -> Vec<Vec<u8>> {
    let mut buffer = vec![0; 4096];
    let mut datagrams = Vec::new();
    loop {
        match peer.poll_output(&mut buffer) {
            Output::Packet(packet) => datagrams.push(packet.to_vec()),
            Output::Timeout(_) => return datagrams,
            _ => {}
        }
    }
}

/// What arrives of a datagram.
fn change(mut datagram: Vec<u8>, kind: u8, at: u8, value: u8) -> Vec<Vec<u8>> {
    let position = usize::from(at) * datagram.len() / 256;
    match kind % 8 {
        0 => vec![],
        1 => vec![datagram.clone(), datagram],
        2 => {
            datagram[position] ^= value;
            vec![datagram]
        }
        3 => vec![datagram[..position].to_vec()],
        4 => {
            let mut changed = datagram.clone();
            changed[position] = value;
            vec![changed, datagram]
        }
        _ => vec![datagram],
    }
}
