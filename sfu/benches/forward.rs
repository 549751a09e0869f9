//! Nanoseconds per forwarded packet without sockets: route, decrypt, select, rewrite, copy, seal. `cargo bench -p sfu`.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub, dead_code)]

#[path = "../tests/fanout/mod.rs"]
mod fanout;
#[path = "../tests/world/peer.rs"]
mod peer;

use std::time::Instant;

fn main() {
    for subscribers in [1, 10, 50, 200] {
        let mut fanout = fanout::Fanout::new(subscribers);
        fanout.frames(60);
        let mut best = f64::MAX;
        for _ in 0..5 {
            let frames: Vec<_> = (0..200).map(|_| fanout.next_frame()).collect();
            let (mut packets, begun) = (0, Instant::now());
            for frame in frames {
                packets += fanout.forward(frame);
            }
            best = best.min(begun.elapsed().as_nanos() as f64 / packets.max(1) as f64);
        }
        println!("forward/1_to_{subscribers}: {best:.0} ns per forwarded packet");
    }
}
