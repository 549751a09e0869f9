//! Inputs over a lossy, reordering network, temporal layers left out, and switches: what comes out, against an account kept apart.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::sequence::Unwrapper;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Vp8 { long: bool },
    Vp9,
    Av1,
    H264,
}

#[derive(Clone, Copy)]
struct Packet {
    /// As on the wire.
    seq: u16,
    /// The truth.
    index: u64,
    picture_index: u64,
    input: Input,
    temporal: u8,
    padding: bool,
}

/// One input from its first packet to its last: pictures of 1–4 packets, temporal layers 0 2 1 2, now and then a padding packet.
fn input(rng: &mut SmallRng, kind: Kind, pictures: u64) -> Vec<Packet> {
    let first_seq = if rng.random() { u16::MAX - rng.random_range(0..200) } else { rng.random() };
    let first_id: u16 = rng.random();
    let mut tl0: u8 = rng.random();
    let mut timestamp: u32 = u32::MAX - rng.random_range(0..400_000);
    let mut packets = Vec::new();
    let push = |packets: &mut Vec<Packet>, picture_index, timestamp, picture, frame_start, temporal, padding| {
        let index = packets.len() as u64;
        let seq = first_seq.wrapping_add(index as u16);
        packets.push(Packet { seq, index, picture_index, input: Input { source: 0, seq: 0, timestamp, picture, frame_start }, temporal, padding });
    };
    for n in 0..pictures {
        let temporal = [0, 2, 1, 2][(n % 4) as usize];
        tl0 = if temporal == 0 { tl0.wrapping_add(1) } else { tl0 };
        let id = first_id.wrapping_add(n as u16);
        let picture = match kind {
            Kind::Vp8 { long } => Picture::Vp8 { picture_id: Some(id & if long { 0x7fff } else { 0x7f }), long, tl0: Some(tl0) },
            Kind::Vp9 => Picture::Vp9 { picture_id: Some(id & 0x7fff), long: true, tl0: Some(tl0) },
            Kind::Av1 => Picture::Av1 { frame_number: id },
            Kind::H264 => Picture::None,
        };
        for part in 0..rng.random_range(1..5) {
            push(&mut packets, n, timestamp, picture, part == 0, temporal, false);
        }
        if rng.random_ratio(1, 20) {
            push(&mut packets, n, timestamp, Picture::None, false, 0, true);
        }
        timestamp = timestamp.wrapping_add(rng.random_range(2_900..3_100));
    }
    packets
}

/// The packets in the order of their arrival; the first arrives first, because a switch waits for it.
fn network(rng: &mut SmallRng, packets: &[Packet], loss: f64, reorder: u64) -> Vec<Packet> {
    let mut arriving: Vec<(u64, Packet)> = Vec::new();
    for packet in &packets[1..] {
        let delay = if rng.random_ratio(1, 5) { rng.random_range(0..reorder * 4 + 1) } else { 0 };
        if !rng.random_bool(loss) {
            arriving.push((packet.index * 4 + delay, *packet));
        }
    }
    arriving.sort_by_key(|(at, _)| *at);
    std::iter::once(packets[0]).chain(arriving.into_iter().map(|(_, packet)| packet)).collect()
}

/// What the receiver sees, over all inputs.
#[derive(Default)]
struct Received {
    /// Outgoing sequence number → (timestamp, which input and picture, picture ids).
    packets: BTreeMap<u64, (u32, (usize, u64), Picture)>,
    /// The same with what came in for it, in the order of sending.
    sent: Vec<(Input, Rewritten)>,
    /// Numbers that are rightly missing: lost, or left out too late.
    missing: BTreeSet<u64>,
}

struct World {
    rng: SmallRng,
    rewriter: Rewriter,
    now: Instant,
    received: Received,
    /// The unmasked picture id after the last one sent, as the account has it.
    next_id: Option<u64>,
    next_tl0: Option<u64>,
}

impl World {
    fn new(seed: u64) -> Self {
        let first_seq = 0xff00;
        Self {
            rng: SmallRng::seed_from_u64(seed),
            rewriter: Rewriter::new(first_seq, u32::MAX - 10_000, 90_000),
            now: Instant::now(),
            received: Received::default(),
            next_id: None,
            next_tl0: None,
        }
    }

    /// Runs one input through the rewriter, leaving out layers above `keep`, and checks each packet against the account.
    fn run(&mut self, number: usize, kind: Kind, loss: f64, reorder: u64, keep: u8) {
        let packets = input(&mut self.rng, kind, 60);
        let arriving = network(&mut self.rng, &packets, loss, reorder);
        let mut unwrapper = Unwrapper::new();
        let base = self.rewriter.next_seq();
        let mut out_of: BTreeMap<u64, Rewritten> = BTreeMap::new();
        let mut closed = BTreeSet::new();
        let mut late = BTreeMap::new();
        for (n, packet) in arriving.iter().enumerate() {
            self.now += Duration::from_millis(3);
            let input = Input { source: number as u32, seq: unwrapper.unwrap(packet.seq), ..packet.input };
            if n == 0 {
                self.rewriter.switch(self.now, input, None);
            }
            if packet.temporal > keep || packet.padding {
                match self.rewriter.skip(input) {
                    None => assert!(closed.insert(packet.index)),
                    Some(hole) => assert!(late.insert(packet.index, hole).is_none()),
                }
            } else {
                let out = self.rewriter.forward(self.now, input).unwrap();
                assert!(out_of.insert(packet.index, out).is_none());
                self.received.sent.push((input, out));
                if n % 16 == 0 {
                    self.check_sent();
                }
            }
        }
        let holes = late.values().filter_map(|&hole| self.rewriter.sent(hole as u16));
        assert_eq!(holes.map(|sent| sent.seq).collect::<Vec<_>>(), Vec::<u64>::new(), "never sent");
        // Sequence numbers: the distance from the first, less those left out in time.
        let expected = |index: u64| base + index - closed.range(..index).count() as u64;
        for (&index, out) in &out_of {
            assert_eq!(out.seq, expected(index), "packet {index} of input {number}");
        }
        let last = *out_of.keys().next_back().unwrap();
        for (&index, &hole) in &late {
            assert!(index < last, "left out too late, though nothing after it was sent");
            assert_eq!(hole, expected(index));
        }
        let arrived: BTreeSet<u64> = arriving.iter().map(|packet| packet.index).collect();
        let lost = (0..last).filter(|index| !arrived.contains(index)).chain(late.keys().copied());
        self.received.missing.extend(lost.map(expected));
        for (&index, out) in &out_of {
            let picture = (number, packets[index as usize].picture_index);
            assert!(self.received.packets.insert(out.seq, (out.timestamp, picture, out.picture)).is_none(), "number {} twice", out.seq);
        }
        self.check_pictures(&packets, &out_of, &closed);
        assert_eq!(self.rewriter.next_seq(), expected(last) + 1);
    }

    /// What the receiver may ask for again is written again the same to the bit, also what went before a switch.
    fn check_sent(&self) {
        let known = self.received.sent.iter().rev().take(1_100).enumerate().map(|(back, &(input, out))| {
            let sent = self.rewriter.sent(out.seq as u16)?;
            assert_eq!((sent.source, sent.source_seq, sent.rewritten(input.timestamp, input.picture)), (input.source, input.seq, out), "{back} back");
            Some(())
        });
        let known = known.take_while(Option::is_some).count();
        assert!(known >= self.received.sent.len().min(30), "only the last {known}");
    }

    /// Picture ids go on by one for each picture, but for those of which a packet was left out in time.
    fn check_pictures(&mut self, packets: &[Packet], out_of: &BTreeMap<u64, Rewritten>, closed: &BTreeSet<u64>) {
        let dropped: BTreeSet<u64> = closed
            .iter()
            .map(|&index| packets[index as usize])
            .filter(|packet| matches!(packet.input.picture, Picture::Vp8 { .. }))
            .map(|packet| packet.picture_index)
            .collect();
        let (mut last_id, mut last_tl0) = (None, None);
        for (&index, out) in out_of {
            let packet = packets[index as usize];
            let (id, tl0, mask) = match out.picture {
                Picture::Vp8 { picture_id: Some(id), tl0: Some(tl0), long } | Picture::Vp9 { picture_id: Some(id), tl0: Some(tl0), long } => {
                    (id, Some(tl0), if long { 0x7fff } else { 0x7f })
                }
                Picture::Av1 { frame_number } => (frame_number, None, 0xffff),
                Picture::None => continue,
                other => panic!("ids went missing: {other:?}"),
            };
            let first = self.next_id.unwrap_or_else(|| u64::from(id));
            let expected = first + packet.picture_index - dropped.range(..packet.picture_index).count() as u64;
            self.next_id.get_or_insert(first);
            assert_eq!(u64::from(id), expected & mask, "picture {} in packet {index}", packet.picture_index);
            last_id = last_id.max(Some((expected, mask)));
            if let Some(tl0) = tl0 {
                let first = *self.next_tl0.get_or_insert(u64::from(tl0));
                let expected = first + packet.picture_index / 4;
                assert_eq!(u64::from(tl0), expected & 0xff);
                last_tl0 = last_tl0.max(Some(expected));
            }
        }
        self.next_id = last_id.map(|(id, mask)| (id & mask) + 1).or(self.next_id);
        self.next_tl0 = last_tl0.map(|tl0| tl0 + 1).or(self.next_tl0);
    }

    /// No number is missing without a reason; timestamps rise with every picture and only then.
    fn check_whole(&self) {
        let packets = &self.received.packets;
        let (first, last) = (*packets.keys().next().unwrap(), *packets.keys().next_back().unwrap());
        for seq in first..=last {
            assert_ne!(packets.contains_key(&seq), self.received.missing.contains(&seq), "number {seq}");
        }
        let mut previous: Option<(u32, (usize, u64))> = None;
        for &(timestamp, picture, _) in packets.values() {
            if let Some((before, its)) = previous {
                assert_eq!(is_after(timestamp, before), picture != its, "{picture:?} after {its:?}");
                assert!(timestamp == before || is_after(timestamp, before));
            }
            previous = Some((timestamp, picture));
        }
    }
}

fn run(seed: u64, kind: fn(u64) -> Kind, loss: f64, reorder: u64) {
    let mut world = World::new(seed);
    for number in 0..8 {
        let keep = world.rng.random_range(0..3);
        world.run(number, kind(number as u64 + seed), loss, reorder, keep);
    }
    world.check_whole();
}

const KINDS: [fn(u64) -> Kind; 5] = [
    |_| Kind::Vp8 { long: true },
    |_| Kind::Vp8 { long: false },
    |_| Kind::Vp9,
    |_| Kind::Av1,
    |n| [Kind::Vp8 { long: true }, Kind::H264, Kind::Vp9, Kind::Av1][(n % 4) as usize],
];

#[test]
fn in_order_and_whole_nothing_is_missing() {
    for seed in 0..20 {
        for kind in KINDS {
            let mut world = World::new(seed);
            for number in 0..8 {
                let keep = world.rng.random_range(0..3);
                world.run(number, kind(number as u64), 0.0, 0, keep);
            }
            assert!(world.received.missing.is_empty());
            world.check_whole();
        }
    }
}

/// The seeds, each with every kind of input.
fn worlds(seeds: std::ops::Range<u64>, loss: f64, reorder: u64) {
    for seed in seeds {
        for kind in KINDS {
            run(seed, kind, loss, reorder);
        }
    }
}

#[test]
fn loss_leaves_its_gaps_and_no_others() {
    worlds(0..20, 0.1, 0);
}

#[test]
fn reordering_maps_right_around_what_is_left_out() {
    worlds(0..10, 0.0, 3);
    worlds(10..20, 0.05, 12);
    worlds(20..30, 0.3, 30);
}
