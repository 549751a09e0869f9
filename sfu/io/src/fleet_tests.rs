#![allow(clippy::unwrap_used)]
use super::*;
use crate::config::IoConfig;
use crate::testing::{Fake, FakeCommand, FakeHandshaker, udp};
use crossbeam_channel::unbounded;
use std::net::{IpAddr, Ipv4Addr, UdpSocket as StdUdp};
use std::time::Duration;

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const PATIENCE: Duration = Duration::from_secs(10);

fn config(workers: usize) -> IoConfig {
    IoConfig { workers, ..IoConfig::new(vec![LOOPBACK], 0) }
}

fn start(workers: usize) -> (Fleet<Fake>, Receiver<u64>) {
    let (said, heard) = unbounded();
    let fleet = Fleet::start(&config(workers), |_| Fake::default(), FakeHandshaker::default, Arc::new(move |word| said.send(word).unwrap())).unwrap();
    (fleet, heard)
}

fn peer() -> StdUdp {
    let socket = StdUdp::bind((LOOPBACK, 0)).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket
}

fn udp_of(fleet: &Fleet<Fake>, worker: u8) -> SocketAddr {
    fleet.candidates(WorkerId(worker)).iter().find(|(_, tcp)| !tcp).unwrap().0
}

fn tell(fleet: &Fleet<Fake>, worker: u8, command: FakeCommand) {
    fleet.command(WorkerId(worker), command).unwrap();
}

/// After this every earlier command to the worker is done.
fn settle(fleet: &Fleet<Fake>, heard: &Receiver<u64>, worker: u8) {
    tell(fleet, worker, FakeCommand::Say(u64::from(worker)));
    assert_eq!(heard.recv_timeout(PATIENCE).unwrap(), u64::from(worker));
}

#[test]
fn packets_cross_from_worker_to_worker_after_their_announcement() {
    let (fleet, heard) = start(3);
    let (source, sink) = (peer(), peer());
    tell(&fleet, 2, FakeCommand::FanOut(vec![udp(sink.local_addr().unwrap())], 1));
    tell(&fleet, 0, FakeCommand::RelayTo(WorkerId(2)));
    settle(&fleet, &heard, 2);
    settle(&fleet, &heard, 0);
    let mut buffer = [0; 2_000];
    for number in 0..500_u16 {
        source.send_to(&number.to_be_bytes(), udp_of(&fleet, 0)).unwrap();
        let (length, from) = sink.recv_from(&mut buffer).unwrap();
        assert_eq!((&buffer[..length], from), (&number.to_be_bytes()[..], udp_of(&fleet, 2)));
    }
    assert!(fleet.stop());
}

#[test]
fn handshakes_run_beside_and_come_back_to_their_worker() {
    let (fleet, _heard) = start(2);
    let sinks = [peer(), peer()];
    for (worker, sink) in sinks.iter().enumerate() {
        tell(&fleet, worker as u8, FakeCommand::FanOut(vec![udp(sink.local_addr().unwrap())], 1));
        tell(&fleet, worker as u8, FakeCommand::Handshake(21 + worker as u64));
    }
    for (worker, sink) in sinks.iter().enumerate() {
        let mut answer = [0; 8];
        let (_, from) = sink.recv_from(&mut answer).unwrap();
        assert_eq!((u64::from_be_bytes(answer), from), (42 + 2 * worker as u64, udp_of(&fleet, worker as u8)));
    }
    assert!(fleet.stop());
}

#[test]
fn candidates_are_the_bound_addresses() {
    let (fleet, _heard) = start(2);
    assert_eq!(fleet.count(), 2);
    for worker in 0..2 {
        let candidates = fleet.candidates(WorkerId(worker));
        assert_eq!(candidates.iter().map(|(address, tcp)| (address.ip(), *tcp)).collect::<Vec<_>>(), [(LOOPBACK, false), (LOOPBACK, true)]);
        std::net::TcpStream::connect(candidates[1].0).unwrap();
    }
    assert_eq!(fleet.candidates(WorkerId(2)), []);
    assert_eq!(fleet.command(WorkerId(2), FakeCommand::Say(1)), Err(MailboxFull(2)));
}

#[test]
fn stop_does_the_waiting_commands_first() {
    let (fleet, heard) = start(2);
    for word in 0..100 {
        tell(&fleet, 1, FakeCommand::Say(word));
    }
    assert!(fleet.stop());
    assert_eq!(heard.try_iter().collect::<Vec<_>>(), (0..100).collect::<Vec<_>>());
}

#[test]
fn a_full_mailbox_is_told() {
    let (blocked, block) = bounded::<()>(0);
    let (fleet, _) = {
        let on_event = Arc::new(move |_| {
            let _ = block.recv();
        });
        (Fleet::<Fake>::start(&config(1), |_| Fake::default(), FakeHandshaker::default, on_event).unwrap(), ())
    };
    let mut taken = 0;
    while fleet.command(WorkerId(0), FakeCommand::Say(0)).is_ok() {
        taken += 1;
        assert!(taken <= 4_096 + 256, "a mailbox without end");
    }
    assert!(taken >= 4_096);
    drop(blocked);
    assert!(fleet.stop());
}

#[test]
fn what_cannot_start_says_why_and_what_to_do() {
    let failure = |config: IoConfig| {
        let result = Fleet::<Fake>::start(&config, |_| Fake::default(), FakeHandshaker::default, Arc::new(|_| {}));
        result.err().map(|error| error.to_string()).unwrap()
    };
    assert!(failure(IoConfig::new(vec![], 0)).contains("--media-ip"));
    assert!(failure(IoConfig::new(vec![IpAddr::V4(Ipv4Addr::UNSPECIFIED)], 0)).contains("0.0.0.0"));
    assert!(failure(IoConfig { workers: 3, ..IoConfig::new(vec![LOOPBACK], 65_534) }).contains("at most 65533"));
    assert!(failure(IoConfig { workers: 1_000, ..IoConfig::new(vec![LOOPBACK], 1) }).contains("at most 64"));
    let taken = peer();
    let address = taken.local_addr().unwrap();
    let text = failure(IoConfig { workers: 1, ..IoConfig::new(vec![LOOPBACK], address.port()) });
    assert!(text.contains(&format!("UDP {address}")) && text.contains("--media-port"), "{text}");
    let text = failure(IoConfig { workers: 1, ..IoConfig::new(vec!["192.0.2.1".parse().unwrap()], 0) });
    assert!(text.contains("192.0.2.1") && text.contains("no such address"), "{text}");
}

#[test]
fn ports_follow_each_other() {
    // Any two free ports in a row.
    let fleet = (20_000..30_000).step_by(7).find_map(|first_port| {
        let config = IoConfig { workers: 2, ..IoConfig::new(vec![LOOPBACK], first_port) };
        let fleet = Fleet::<Fake>::start(&config, |_| Fake::default(), FakeHandshaker::default, Arc::new(|_| {})).ok()?;
        Some((first_port, fleet))
    });
    let (first_port, fleet) = fleet.unwrap();
    for worker in 0..2 {
        let ports: Vec<u16> = fleet.candidates(WorkerId(worker)).iter().map(|(address, _)| address.port()).collect();
        assert_eq!(ports, [first_port + u16::from(worker); 2]);
    }
    assert!(fleet.stop());
}

/// Run by the test below in a process of its own, which it ends.
#[test]
#[ignore = "ends the process"]
fn panics_in_a_worker() {
    let (fleet, _heard) = start(1);
    tell(&fleet, 0, FakeCommand::Panic);
    // Nobody wakes this thread: it is there until the process ends.
    std::thread::park_timeout(PATIENCE);
    panic!("still alive");
}

#[test]
fn a_panic_in_a_worker_ends_the_process() {
    use std::os::unix::process::ExitStatusExt;
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "fleet::tests::panics_in_a_worker", "--ignored", "--nocapture"])
        .output()
        .unwrap();
    assert_eq!(child.status.signal(), Some(libc::SIGABRT), "{child:?}");
    assert!(String::from_utf8_lossy(&child.stderr).contains("asked to"));
}
