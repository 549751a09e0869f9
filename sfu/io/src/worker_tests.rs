#![allow(clippy::unwrap_used)]
use super::*;
use crate::counters::{ReceiveCounters, SendCounters};
use crate::plane::Plane;
use crate::post::{Entrance, mesh};
use crate::testing::{Fake, FakeCommand, Packing, allocations, stun, udp};
use crate::udp::Offload;
use sfu::id::WorkerId;
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const ON: Offload = Offload { gso: true, gro: true };
const OFF: Offload = Offload { gso: false, gro: false };
/// Past this, what is waited for does not come.
const PATIENCE: Duration = Duration::from_secs(10);

/// A worker turned by the test itself.
struct Bench {
    worker: Worker<Fake>,
    entrance: Entrance<FakeCommand>,
    udp: SocketAddr,
    tcp: SocketAddr,
}

impl Bench {
    fn new(ip: IpAddr, offload: Offload, limits: TcpLimits) -> Bench {
        let socket = UdpSocket::bind((ip, 0).into(), offload).unwrap();
        let listener = TcpListener::bind((ip, 0).into()).unwrap();
        let (udp, tcp) = (socket.local(), listener.local_addr().unwrap());
        let (ports, waker) = Ports::new(vec![socket], vec![listener]).unwrap();
        let (mut posts, _, entrance) = mesh::<Fake>(vec![waker], Arc::new(|_| {}));
        let worker = Worker::new(ports, Fake::default(), posts.remove(0), limits, Arc::default(), Instant::now());
        Bench { worker, entrance, udp, tcp }
    }

    fn command(&self, command: FakeCommand) {
        assert!(self.entrance.command(WorkerId(0), command).is_ok());
    }

    fn turn(&mut self) {
        self.worker.turn(LONGEST_WAIT).unwrap();
    }

    /// Turns until it is so.
    fn until(&mut self, what: &str, mut so: impl FnMut(&mut Worker<Fake>) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !so(&mut self.worker) {
            assert!(Instant::now() < deadline, "in vain: {what}");
            self.turn();
        }
    }

    /// A connection that was accepted.
    fn connect(&mut self) -> TcpStream {
        let before = self.worker.exits.tcp.counters.accepted;
        let stream = TcpStream::connect(self.tcp).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        self.until("an accepted connection", |worker| worker.exits.tcp.counters.accepted > before);
        stream
    }
}

fn bench(offload: Offload) -> Bench {
    Bench::new(LOOPBACK, offload, TcpLimits::default())
}

fn peer(ip: IpAddr) -> std::net::UdpSocket {
    let socket = std::net::UdpSocket::bind((ip, 0)).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket
}

fn receive(socket: &std::net::UdpSocket) -> Vec<u8> {
    let mut buffer = vec![0; 65_536];
    let length = socket.recv(&mut buffer).unwrap();
    buffer.truncate(length);
    buffer
}

fn framed(packet: &[u8]) -> Vec<u8> {
    [&(packet.len() as u16).to_be_bytes()[..], packet].concat()
}

fn read_frame(stream: &mut TcpStream) -> Vec<u8> {
    let mut header = [0; 2];
    stream.read_exact(&mut header).unwrap();
    let mut packet = vec![0; usize::from(u16::from_be_bytes(header))];
    stream.read_exact(&mut packet).unwrap();
    packet
}

fn echoes(ip: IpAddr, offload: Offload) {
    let mut bench = Bench::new(ip, offload, TcpLimits::default());
    let peer = peer(ip);
    for number in 0..50_u8 {
        peer.send_to(&[number; 700], bench.udp).unwrap();
    }
    bench.until("all packets", |worker| worker.plane.received == 50);
    for number in 0..50_u8 {
        assert_eq!(receive(&peer), [number; 700]);
    }
    assert_eq!((bench.worker.counters.receive.packets, bench.worker.counters.send.packets), (50, 50));
}

#[test]
fn datagrams_come_in_and_go_out_whole_and_in_order() {
    echoes(LOOPBACK, ON);
    echoes(LOOPBACK, OFF);
}

#[test]
fn ipv6_works_alike() {
    if std::net::UdpSocket::bind((Ipv6Addr::LOCALHOST, 0)).is_err() {
        eprintln!("skipped: this machine has no IPv6 loopback");
        return;
    }
    echoes(IpAddr::V6(Ipv6Addr::LOCALHOST), ON);
}

/// Runs of eight, the last packet shorter, arrive as eight datagrams.
fn fans_out(offload: Offload) -> SendCounters {
    let mut bench = bench(offload);
    let (source, sink) = (peer(LOOPBACK), peer(LOOPBACK));
    bench.command(FakeCommand::FanOut(vec![udp(sink.local_addr().unwrap()); 4], 8));
    source.send_to(&[7; 1_150], bench.udp).unwrap();
    bench.until("a packet", |worker| worker.plane.received == 1);
    for _ in 0..32 {
        assert_eq!(receive(&sink), [7; 1_150]);
    }
    bench.worker.counters.send
}

#[test]
fn runs_are_cut_by_the_kernel_or_sent_one_by_one() {
    let one_by_one = fans_out(OFF);
    assert_eq!((one_by_one.calls, one_by_one.messages, one_by_one.segmented, one_by_one.packets), (1, 32, 0, 32));
    let counters = fans_out(ON);
    if bench(ON).worker.gso {
        assert_eq!((counters.calls, counters.messages, counters.segmented, counters.packets), (1, 4, 4, 32));
    }
}

#[test]
fn a_shorter_last_packet_of_a_run_keeps_its_length() {
    let mut counters = SendCounters::default();
    let mut socket = UdpSocket::bind((LOOPBACK, 0).into(), ON).unwrap();
    let sink = peer(LOOPBACK);
    let mut packing = Packing::default();
    packing.run(udp(sink.local_addr().unwrap()), &[&[1; 900], &[2; 900], &[3; 20]]);
    socket.send(0, &packing.batch(), &mut Sender::new(), &mut counters);
    assert_eq!((receive(&sink), receive(&sink), receive(&sink)), (vec![1; 900], vec![2; 900], vec![3; 20]));
}

#[test]
fn joined_datagrams_are_taken_apart() {
    let mut bench = bench(ON);
    if !bench.worker.exits.udp[0].gro() || !bench.worker.gso {
        eprintln!("skipped: this kernel has no UDP_GRO or UDP_SEGMENT");
        return;
    }
    let mut source = UdpSocket::bind((LOOPBACK, 0).into(), ON).unwrap();
    let to = udp(bench.udp);
    let mut packing = Packing::default();
    let packets: Vec<Vec<u8>> = (0..20_u8).map(|number| vec![number; if number == 19 { 77 } else { 1_000 }]).collect();
    packing.run(to, &packets.iter().map(Vec::as_slice).collect::<Vec<_>>());
    source.send(0, &packing.batch(), &mut Sender::new(), &mut SendCounters::default());
    bench.until("all packets", |worker| worker.plane.received == 20);
    let counters = &bench.worker.counters.receive;
    assert!(counters.messages < 20, "{counters:?}");
    assert_eq!((counters.packets, counters.bytes), (20, 19_077));
    // The echo brings every one back with its own length and content.
    let (mut inbound, mut counters, mut back) = (Inbound::new(true), ReceiveCounters::default(), Vec::new());
    let deadline = Instant::now() + PATIENCE;
    while back.len() < 20 {
        assert!(Instant::now() < deadline, "{} came back", back.len());
        source.receive(&mut inbound, &mut counters);
        inbound.each(&mut counters, |_, datagram| back.push(datagram.to_vec()));
    }
    assert_eq!(back, packets);
}

#[test]
fn a_datagram_longer_than_the_buffer_is_dropped_and_counted() {
    let mut bench = bench(OFF);
    let peer = peer(LOOPBACK);
    peer.send_to(&[1; 2_049], bench.udp).unwrap();
    peer.send_to(&[], bench.udp).unwrap();
    peer.send_to(&[2; 2_048], bench.udp).unwrap();
    bench.until("the whole one", |worker| worker.plane.received == 1);
    let counters = &bench.worker.counters.receive;
    assert_eq!((counters.truncated, counters.malformed, counters.packets), (1, 1, 1));
}

#[test]
fn a_rested_worker_waits_for_what_belongs_together() {
    let mut bench = bench(OFF);
    let (peer, to) = (peer(LOOPBACK), bench.udp);
    let rest = peer.try_clone().unwrap();
    bench.worker.plane.hold = Some(Duration::from_millis(5));
    // The rest of the frame comes while the worker waits for it.
    bench.worker.plane.on_hold = Some(Box::new(move || assert_eq!(rest.send_to(&[2; 100], to).unwrap(), 100)));
    let (ask, asked) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        // One packet for each turn; whether the worker slept by then is up to the scheduler, so that it has many turns for it.
        scope.spawn(move || {
            while asked.recv().is_ok() {
                peer.send_to(&[1; 100], to).unwrap();
            }
        });
        let mut before = (0, 0);
        bench.until("a turn that began with a sleep", |worker| {
            let now = (worker.plane.received, worker.counters.send.calls);
            let waited = worker.plane.held_until.take();
            if let Some((until, flushed)) = waited.zip(worker.plane.flushed) {
                assert!(flushed >= until, "flushed {:?} too early", until - flushed);
                assert!(now.0 - before.0 >= 2, "{} packets", now.0 - before.0);
                assert_eq!(now.1 - before.1, 1, "in one call");
            }
            before = now;
            let _ = ask.send(());
            waited.is_some()
        });
        drop(ask);
    });
}

#[test]
fn fifty_subscribers_cost_one_call() {
    let mut bench = bench(OFF);
    let (source, sink) = (peer(LOOPBACK), peer(LOOPBACK));
    bench.command(FakeCommand::FanOut(vec![udp(sink.local_addr().unwrap()); 50], 1));
    for _ in 0..20 {
        source.send_to(&[9; 200], bench.udp).unwrap();
        bench.turn();
    }
    bench.until("all packets", |worker| worker.plane.received == 20);
    let counters = &bench.worker.counters.send;
    assert_eq!(counters.packets, 1_000);
    assert!(counters.packets >= 8 * counters.calls, "{} packets in {} calls", counters.packets, counters.calls);
}

#[test]
fn a_plane_that_is_full_is_flushed_in_the_midst_of_a_batch() {
    let mut bench = bench(OFF);
    bench.worker.plane.wants_flush_at = 2;
    let peer = peer(LOOPBACK);
    for number in 0..7_u8 {
        peer.send_to(&[number; 9], bench.udp).unwrap();
    }
    bench.until("all packets", |worker| worker.plane.received == 7);
    for number in 0..7_u8 {
        assert_eq!(receive(&peer), [number; 9]);
    }
    assert!(bench.worker.counters.send.calls >= 4);
}

#[test]
fn nothing_is_allocated_once_the_loop_is_warm() {
    let mut bench = bench(ON);
    let (source, sink) = (peer(LOOPBACK), peer(LOOPBACK));
    let mut stream = bench.connect();
    stream.write_all(&framed(&stun(&[]))).unwrap();
    bench.until("the connection's first frame", |worker| worker.plane.received == 1);
    let mut targets = vec![udp(sink.local_addr().unwrap()); 50];
    targets.push(Path { remote: stream.local_addr().unwrap(), link: Link::Tcp(1 << 16) });
    bench.command(FakeCommand::FanOut(targets, 4));
    let mut frame = [0; 1_002];
    let mut round = |bench: &mut Bench| {
        let before = bench.worker.plane.received;
        source.send_to(&[3; 1_000], bench.udp).unwrap();
        while bench.worker.plane.received == before {
            bench.turn();
        }
        for _ in 0..4 {
            stream.read_exact(&mut frame).unwrap();
        }
    };
    // Past the first housekeeping, too.
    (0..50).for_each(|_| round(&mut bench));
    let (packets, before) = (bench.worker.counters.send.packets, allocations());
    (0..200).for_each(|_| round(&mut bench));
    assert_eq!(allocations() - before, 0);
    assert_eq!(bench.worker.counters.send.packets - packets, 40_000);
}

#[test]
fn a_connection_carries_frames_wherever_they_are_cut() {
    let mut bench = bench(ON);
    let mut stream = bench.connect();
    let packets = [stun(b"first"), vec![0x80; 1_200], vec![0x16]];
    let bytes: Vec<u8> = packets.iter().flat_map(|packet| framed(packet)).collect();
    for (index, piece) in bytes.chunks(1).enumerate() {
        let before = bench.worker.exits.tcp.counters.bytes_received;
        stream.write_all(piece).unwrap();
        bench.until("a byte", |worker| worker.exits.tcp.counters.bytes_received > before);
        assert_eq!(bench.worker.exits.tcp.counters.bytes_received, index as u64 + 1);
    }
    for packet in packets {
        assert_eq!(read_frame(&mut stream), packet);
    }
    drop(stream);
    bench.until("the end of the connection", |worker| worker.plane.closed.len() == 1);
    assert_eq!(bench.worker.exits.tcp.counters.closed.peer, 1);
}

#[test]
fn a_slow_reader_loses_whole_packets_and_nothing_grows_without_end() {
    let limits = TcpLimits { queue: 64 << 10, ..TcpLimits::default() };
    let mut bench = Bench::new(LOOPBACK, ON, limits);
    let mut stream = bench.connect();
    stream.write_all(&framed(&stun(&[]))).unwrap();
    bench.until("the first frame", |worker| worker.plane.received == 1);
    let path = Path { remote: stream.local_addr().unwrap(), link: Link::Tcp(1 << 16) };
    bench.command(FakeCommand::FanOut(vec![path], 40));
    let source = peer(LOOPBACK);
    let mut sent = 0_u16;
    while bench.worker.exits.tcp.counters.queue_full == 0 {
        sent += 1;
        assert!(sent < 2_000, "80 MB are not too much for the queue");
        source.send_to(&[&sent.to_be_bytes()[..], &[0; 998]].concat(), bench.udp).unwrap();
        bench.until("the packet", |worker| worker.plane.received > u64::from(sent));
    }
    bench.worker.exits.tcp.sweep(Instant::now());
    let counters = &bench.worker.exits.tcp.counters;
    assert!(counters.queued_bytes <= 64 << 10 && counters.queued_bytes > (64 << 10) - 1_002, "{counters:?}");
    // What was taken arrives: every frame whole, the numbers in order.
    let frames = counters.frames_sent;
    stream.set_nonblocking(true).unwrap();
    let (mut bytes, mut buffer) = (Vec::new(), vec![0; 1 << 20]);
    assert_eq!(read_frame_blocking(&mut stream, &mut bytes, &mut buffer, &mut bench, 22), framed(&stun(&[])));
    let mut last = 0;
    for _ in 1..frames {
        let frame = read_frame_blocking(&mut stream, &mut bytes, &mut buffer, &mut bench, 1_002);
        assert_eq!(frame[..2], 1_000_u16.to_be_bytes());
        let number = u16::from_be_bytes([frame[2], frame[3]]);
        assert!(number >= last && number <= sent);
        last = number;
    }
}

/// The next so many bytes of the stream, turning the worker while they are not there.
fn read_frame_blocking(stream: &mut TcpStream, kept: &mut Vec<u8>, buffer: &mut [u8], bench: &mut Bench, length: usize) -> Vec<u8> {
    let deadline = Instant::now() + PATIENCE;
    while kept.len() < length {
        match stream.read(buffer) {
            Ok(bytes) => kept.extend_from_slice(&buffer[..bytes]),
            Err(error) => assert_eq!(error.kind(), io::ErrorKind::WouldBlock),
        }
        assert!(Instant::now() < deadline, "no more frames");
        bench.worker.turn(Duration::from_millis(1)).unwrap();
    }
    kept.drain(..length).collect()
}

/// What a stranger sends first, and how often the connection was closed for which reason.
fn refused(bytes: &[u8]) -> crate::counters::TcpCloses {
    let mut bench = bench(ON);
    let mut stream = bench.connect();
    stream.write_all(bytes).unwrap();
    bench.until("the end of the connection", |worker| worker.plane.closed.len() == 1);
    assert_eq!(bench.worker.plane.received, 0);
    assert_eq!(stream.read(&mut [0; 9]).unwrap_or(0), 0);
    bench.worker.exits.tcp.counters.closed.clone()
}

#[test]
fn strangers_are_closed() {
    assert_eq!(refused(&framed(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")).not_stun, 1);
    assert_eq!(refused(b"GET / HTTP/1.1\r\n").frame_too_long, 1);
    assert_eq!(refused(&framed(&[0x80; 60])).not_stun, 1);
    assert_eq!(refused(&framed(&[1; 5])).not_stun, 1);
}

#[test]
fn silent_connections_are_closed_in_their_time() {
    let mut bench = bench(ON);
    let (_silent, mut talker) = (bench.connect(), bench.connect());
    let now = Instant::now();
    talker.write_all(&framed(&stun(&[]))).unwrap();
    bench.until("the first frame", |worker| worker.plane.received == 1);
    bench.worker.exits.tcp.sweep(now + Duration::from_secs(4));
    bench.turn();
    assert_eq!(bench.worker.plane.closed.len(), 0);
    bench.worker.exits.tcp.sweep(now + Duration::from_secs(6));
    bench.turn();
    assert_eq!((bench.worker.plane.closed.len(), bench.worker.exits.tcp.counters.closed.no_stun), (1, 1));
    bench.worker.exits.tcp.sweep(now + Duration::from_secs(70));
    bench.turn();
    assert_eq!((bench.worker.plane.closed.len(), bench.worker.exits.tcp.counters.closed.idle), (2, 1));
    bench.worker.exits.tcp.sweep(now);
    assert_eq!(bench.worker.exits.tcp.counters.open, 0);
}

#[test]
fn connections_are_bounded_and_their_numbers_are_not_used_again() {
    let mut bench = Bench::new(LOOPBACK, ON, TcpLimits { connections: 3, per_address: 2, ..TcpLimits::default() });
    let (first, _second) = (bench.connect(), bench.connect());
    let _third = TcpStream::connect(bench.tcp).unwrap();
    bench.until("a refusal", |worker| worker.exits.tcp.counters.refused.address_full == 1);
    drop(first);
    bench.until("room", |worker| worker.plane.closed.len() == 1);
    let fourth = bench.connect();
    drop(fourth);
    bench.until("the end of the fourth", |worker| worker.plane.closed.len() == 2);
    let numbers: Vec<Link> = bench.worker.plane.closed.iter().map(|path| path.link).collect();
    assert_eq!(numbers, [Link::Tcp(1 << 16), Link::Tcp(3 << 16)]);
}

#[test]
fn the_plane_may_close_a_connection() {
    let mut bench = bench(ON);
    bench.command(FakeCommand::CloseLinks);
    let mut stream = bench.connect();
    stream.write_all(&framed(&stun(b"bye"))).unwrap();
    bench.until("the end of the connection", |worker| worker.plane.closed.len() == 1);
    assert_eq!(bench.worker.exits.tcp.counters.closed.ours, 1);
    // What was said before goes out before the end.
    assert_eq!(read_frame(&mut stream), stun(b"bye"));
    assert_eq!(stream.read(&mut [0]).unwrap(), 0);
}

#[test]
fn packets_for_what_is_gone_are_counted() {
    let mut bench = bench(ON);
    let source = peer(LOOPBACK);
    let remote = source.local_addr().unwrap();
    bench.command(FakeCommand::FanOut(vec![Path { remote, link: Link::Udp(7) }, Path { remote, link: Link::Tcp(5) }], 2));
    source.send_to(&[1; 50], bench.udp).unwrap();
    bench.until("the packet", |worker| worker.plane.received == 1);
    assert_eq!((bench.worker.counters.send.drops.no_socket, bench.worker.exits.tcp.counters.no_connection), (2, 2));
}

#[test]
fn the_plane_is_told_when_segmentation_is_gone() {
    let mut bench = bench(ON);
    bench.worker.gso = true;
    bench.worker.exits.udp[0].forget_gso();
    bench.turn();
    assert_eq!(bench.worker.plane.max_segments, 1);
    bench.worker.plane.max_segments = 0;
    bench.turn();
    assert_eq!(bench.worker.plane.max_segments, 0, "told once");
}

#[test]
fn figures_are_published_within_a_second_and_never_waited_for() {
    let mut bench = bench(ON);
    bench.turn();
    let (published, plane) = (bench.worker.published.clone(), &mut bench.worker.plane);
    plane.received = 5;
    bench.worker.next_housekeeping = Instant::now();
    let lock = published.lock().unwrap();
    bench.turn();
    assert_eq!(lock.plane, 0, "a reader is not disturbed");
    drop(lock);
    bench.worker.next_housekeeping = Instant::now();
    bench.turn();
    let snapshot = published.lock().unwrap();
    assert_eq!(snapshot.plane, *bench.worker.plane.counters());
    assert!(snapshot.io.turns.count() >= 2);
    assert_eq!(snapshot.io.receive.gro_sockets, u64::from(bench.worker.exits.udp[0].gro()));
}
