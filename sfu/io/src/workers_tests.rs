#![allow(clippy::unwrap_used)]
use super::*;
use rtc_stun::attributes::{ATTR_PRIORITY, ATTR_USERNAME};
use rtc_stun::fingerprint::FINGERPRINT;
use rtc_stun::integrity::MessageIntegrity;
use rtc_stun::message::{BINDING_REQUEST, BINDING_SUCCESS, Message, Setter};
use sfu::counters::DropReason;
use sfu::id::TransportId;
use sfu::rtp::ExtensionMap;
use sfu::spec::{Fingerprint, FingerprintAlgorithm, IceCredentials, TransportSpec};
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, TcpStream, UdpSocket};
use std::time::Instant;

const PATIENCE: Duration = Duration::from_secs(10);
const PASSWORD: &str = "a-password-of-enough-characters";

fn start() -> Workers {
    let config = IoConfig { workers: 2, ..IoConfig::new(vec![IpAddr::V4(Ipv4Addr::LOCALHOST)], 0) };
    Workers::start(config, Certificate::generate().unwrap(), |_| {}).unwrap()
}

fn transport() -> Command {
    let ice = IceCredentials {
        local_ufrag: "ours".into(),
        local_pwd: PASSWORD.into(),
        remote_ufrag: "peer".into(),
        remote_pwd: "unused-by-a-lite-agent-here".into(),
    };
    Command::AddTransport(Box::new(TransportSpec {
        id: TransportId(1),
        room: "lesson".into(),
        participant: "teacher".into(),
        ice,
        fingerprint: Fingerprint { algorithm: FingerprintAlgorithm::Sha256, bytes: vec![0; 32] },
        dtls_active: false,
        extensions: ExtensionMap::default(),
        sources: Vec::new(),
        slots: Vec::new(),
    }))
}

fn check() -> Vec<u8> {
    let mut message = Message::new();
    message.set_type(BINDING_REQUEST);
    message.write_header();
    message.new_transaction_id().unwrap();
    message.add(ATTR_USERNAME, b"ours:peer");
    message.add(ATTR_PRIORITY, &[0x7e, 0, 0, 0xff]);
    let provider = rtc_crypto::default_provider().unwrap();
    MessageIntegrity::new_short_term_integrity_with_provider(PASSWORD.into(), provider.crypto()).add_to(&mut message).unwrap();
    FINGERPRINT.add_to(&mut message).unwrap();
    message.raw
}

fn is_success(reply: &[u8], request: &[u8]) -> bool {
    let mut message = Message { raw: reply.to_vec(), ..Message::new() };
    message.decode().unwrap();
    message.typ == BINDING_SUCCESS && reply[8..20] == request[8..20]
}

#[test]
fn a_check_is_answered_over_udp_and_over_tcp() {
    let workers = start();
    workers.command(WorkerId(1), transport()).unwrap();
    let candidates = workers.candidates(WorkerId(1));
    let (udp, tcp) = (candidates[0].0, candidates[1].0);
    let request = check();

    let peer = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    peer.set_read_timeout(Some(PATIENCE)).unwrap();
    peer.send_to(&request, udp).unwrap();
    let mut reply = [0; 2_000];
    let (length, from) = peer.recv_from(&mut reply).unwrap();
    assert!(is_success(&reply[..length], &request) && from == udp);

    let mut stream = TcpStream::connect(tcp).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(&[&(request.len() as u16).to_be_bytes()[..], &request].concat()).unwrap();
    let mut header = [0; 2];
    stream.read_exact(&mut header).unwrap();
    let mut reply = vec![0; usize::from(u16::from_be_bytes(header))];
    stream.read_exact(&mut reply).unwrap();
    assert!(is_success(&reply, &request));
    assert!(workers.stop());
}

#[test]
fn counters_of_every_worker_appear() {
    let workers = start();
    let peer = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    peer.send_to(&check(), workers.candidates(WorkerId(0))[0].0).unwrap();
    let deadline = Instant::now() + PATIENCE;
    let counters = loop {
        let counters = workers.counters();
        if counters[0].io.receive.packets == 1 {
            break counters;
        }
        assert!(Instant::now() < deadline, "never published: {counters:?}");
        std::thread::yield_now();
    };
    assert_eq!((counters.len(), counters[0].shard.dropped(DropReason::StunUnknownUfrag), counters[1].shard.packets_in), (2, 1, 0));
    assert!(workers.stop());
}

#[test]
fn threads_end_with_the_last_handle() {
    let workers = start();
    let address = workers.candidates(WorkerId(0))[0].0;
    let other = workers.clone();
    drop(workers);
    assert_eq!(other.count(), 2);
    drop(other);
    let deadline = Instant::now() + PATIENCE;
    while let Err(error) = UdpSocket::bind(address) {
        assert!(Instant::now() < deadline, "still bound: {error}");
        std::thread::yield_now();
    }
}
