//! What sending costs: nanoseconds per packet for one source to 50 subscribers on loopback, with runs of 1, 4 and 8 packets.
//!
//! `cargo run --release -p sfu-io --example fanout [packet bytes] [flushes]`
//!
//! Each flush sends one run to each subscriber, as a worker does; only the sending is timed. Loopback charges it with the receiver's half of the kernel's
//! path too. The subscribers' sockets are emptied between flushes, so that none of them drops.

use sfu::path::{Batch, Link, Path, Run, Span};
use sfu_io::counters::{ReceiveCounters, SendCounters};
use sfu_io::udp::{Inbound, Offload, Sender, UdpSocket};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

const SUBSCRIBERS: usize = 50;

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse::<usize>().expect("arguments are numbers: packet bytes, flushes"));
    let bytes = arguments.next().unwrap_or(1_150);
    let flushes = arguments.next().unwrap_or(2_000);
    println!("{SUBSCRIBERS} subscribers, packets of {bytes} bytes, {flushes} flushes each\n");
    println!("{:>16} {:>14} {:>14} {:>10} {:>10}", "packets per run", "ns per packet", "packets/call", "dropped", "lost");
    for (run, gso) in [(1, false), (4, false), (8, false), (4, true), (8, true)] {
        measure(run, gso, bytes, flushes)?;
    }
    Ok(())
}

fn measure(run: usize, gso: bool, bytes: usize, flushes: usize) -> std::io::Result<()> {
    let any = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
    let mut source = UdpSocket::bind(any, Offload { gso, gro: true })?;
    let sinks = (0..SUBSCRIBERS).map(|_| UdpSocket::bind(any, Offload::default())).collect::<Result<Vec<_>, _>>()?;
    let arena = vec![0x5a; SUBSCRIBERS * run * bytes];
    let packets: Vec<Span> = (0..SUBSCRIBERS * run).map(|index| Span { start: (index * bytes) as u32, len: bytes as u32 }).collect();
    let path = |sink: &UdpSocket| Path { remote: sink.local(), link: Link::Udp(0) };
    let runs: Vec<Run> = (sinks.iter().enumerate())
        .map(|(index, sink)| Run { path: path(sink), first: (index * run) as u32, count: run as u16, segment: bytes as u16 })
        .collect();
    let batch = Batch { arena: &arena, packets: &packets, runs: &runs };
    let (mut sender, mut inbound) = (Sender::new(), Inbound::new(true));
    let (mut sent, mut received, mut spent) = (SendCounters::default(), ReceiveCounters::default(), Duration::ZERO);
    for _ in 0..flushes {
        let began = Instant::now();
        source.send(0, &batch, &mut sender, &mut sent);
        spent += began.elapsed();
        for sink in &sinks {
            while sink.receive(&mut inbound, &mut received) {
                inbound.each(&mut received, |_, _| {});
            }
            inbound.each(&mut received, |_, _| {});
        }
    }
    let kind = if gso && source.gso() { "GSO" } else { "single" };
    let (ns, a_call) = (spent.as_nanos() as f64 / sent.packets.max(1) as f64, sent.packets as f64 / sent.calls.max(1) as f64);
    println!("{run:>9} {kind:>6} {ns:>14.0} {a_call:>14.0} {:>10} {:>10}", sent.drops.total(), sent.packets - received.packets);
    Ok(())
}
