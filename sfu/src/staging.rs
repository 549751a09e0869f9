//! Packets that came in and wait for the end of the tick, so that a subscriber takes all of a frame at once.
//!
//! Going from subscriber to subscriber with a whole frame, instead of from packet to packet with all subscribers, touches what a subscriber owns once a frame;
//! and the frame leaves as one message. Packets of one encoding stay in the order in which they came; encodings do not wait for each other.

use crate::codec::FrameInfo;
use crate::counters::DropReason;
use crate::egress::MAX_PACKET;
use crate::packet::RtpIn;
use crate::rtp::{ExtensionMap, RtpHeader};
use crate::spec::Codec;
use arrayvec::ArrayVec;
use std::time::{Duration, Instant};

/// How long the first packet of a frame may wait for the last one. A publisher writes a frame's packets some microseconds apart; for one that spreads them over
/// milliseconds a longer wait would cost more than it saves.
const HOLD: Duration = Duration::from_micros(300);

/// Packets that may wait; when half of them do, it is time for a flush.
const MAX_PACKETS: usize = 512;

/// Bytes that may wait.
const MAX_BYTES: usize = MAX_PACKETS * 1_024;

/// Packets that a subscriber takes in one go.
pub(crate) const PIECE: usize = 16;

const NONE: u32 = u32::MAX;

/// A packet as it was read when it came.
#[derive(Clone, Copy, Debug)]
struct Staged {
    now: Instant,
    key: u32,
    seq: u64,
    highest: u64,
    header: RtpHeader,
    codec: Codec,
    frame: FrameInfo,
    map: ExtensionMap,
    start: u32,
    len: u32,
    /// The next one of its encoding.
    next: u32,
}

/// The packets of one encoding.
#[derive(Clone, Copy, Debug)]
struct Group {
    from: From,
    /// The first one that was not taken by all, the last one.
    head: u32,
    tail: u32,
    whole: bool,
}

/// Where packets come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct From {
    pub(crate) track: usize,
    pub(crate) encoding: u8,
}

/// How far the first piece is on its way through the subscribers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    /// Subscribers that had it; with one, nothing is added to it.
    pub(crate) subscribers: usize,
    /// Its packets that one of them took, a bit each.
    pub(crate) taken: u16,
}

/// What waits.
pub(crate) struct Staging {
    packets: Vec<Staged>,
    bytes: Vec<u8>,
    groups: Vec<Group>,
    /// How many of the groups were taken by all.
    done: usize,
    progress: Progress,
    /// Packets of the piece that is on its way.
    on_way: usize,
    /// A flush took some of it.
    begun: bool,
}

impl Staging {
    pub(crate) fn new() -> Staging {
        Staging {
            packets: Vec::with_capacity(MAX_PACKETS),
            bytes: Vec::with_capacity(MAX_BYTES),
            groups: Vec::with_capacity(MAX_PACKETS),
            done: 0,
            progress: Progress::default(),
            on_way: PIECE,
            begun: false,
        }
    }

    /// Adds a packet, read from `bytes` with `map`. `whole`: nothing more of its frame is to come.
    pub(crate) fn push(&mut self, from: From, packet: &RtpIn<'_>, bytes: &[u8], map: &ExtensionMap, whole: bool) -> Result<(), DropReason> {
        if bytes.len() > MAX_PACKET || self.packets.len() == MAX_PACKETS || self.bytes.len() + bytes.len() > MAX_BYTES {
            return Err(DropReason::ArenaFull);
        }
        let RtpIn { now, encoding: key, seq, highest, header, codec, frame, .. } = *packet;
        let (at, start, len) = (self.packets.len() as u32, self.bytes.len() as u32, bytes.len() as u32);
        self.packets.push(Staged { now, key, seq, highest, header, codec, frame, map: *map, start, len, next: NONE });
        self.bytes.extend_from_slice(bytes);
        match self.groups[self.done..].iter_mut().rev().find(|group| group.from == from) {
            Some(group) => {
                self.packets[group.tail as usize].next = at;
                (group.tail, group.whole) = (at, whole);
            }
            None => self.groups.push(Group { from, head: at, tail: at, whole }),
        }
        Ok(())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.done == self.groups.len()
    }

    /// Whether much waits, or a flush left some of it.
    pub(crate) fn is_due(&self) -> bool {
        self.packets.len() > MAX_PACKETS / 2 || self.bytes.len() > MAX_BYTES / 2 || self.begun
    }

    /// Until when the rest of a frame may still come.
    pub(crate) fn hold(&self) -> Option<Instant> {
        let waits = self.groups[self.done..].iter().any(|group| !group.whole);
        self.packets.first().filter(|_| waits).map(|first| first.now + HOLD)
    }

    /// The next packets that go through the subscribers together, in `packets`.
    pub(crate) fn piece<'a>(&'a self, packets: &mut ArrayVec<RtpIn<'a>, PIECE>) -> Option<(From, Progress)> {
        let group = self.groups.get(self.done)?;
        let mut at = group.head;
        packets.clear();
        while at != NONE && packets.len() < self.on_way {
            let Staged { now, key, seq, highest, header, codec, frame, ref map, start, len, next } = self.packets[at as usize];
            let bytes = &self.bytes[start as usize..][..len as usize];
            let (extensions, payload) = (map.read(bytes, &header), &bytes[header.header_len..bytes.len() - header.padding]);
            packets.push(RtpIn { now, encoding: key, seq, highest, header, extensions, payload, codec, frame });
            at = next;
        }
        Some((group.from, self.progress))
    }

    /// The piece, of so many packets, went through these subscribers so far.
    pub(crate) fn pause(&mut self, count: usize, progress: Progress) {
        (self.begun, self.on_way, self.progress) = (true, count, progress);
    }

    /// All subscribers had the piece, of so many packets.
    pub(crate) fn finish(&mut self, count: usize) {
        (self.begun, self.on_way, self.progress) = (true, PIECE, Progress::default());
        let Some(group) = self.groups.get_mut(self.done) else { return };
        for _ in 0..count {
            group.head = self.packets[group.head as usize].next;
        }
        if group.head == NONE {
            self.done += 1;
        }
        self.clear_if_done();
    }

    /// Forgets the packets of a track, or of one of its encodings.
    pub(crate) fn forget(&mut self, track: usize, encoding: Option<u8>) {
        let goes = |group: &Group| group.from.track == track && encoding.is_none_or(|encoding| group.from.encoding == encoding);
        if self.groups.get(self.done).is_some_and(goes) {
            (self.on_way, self.progress) = (PIECE, Progress::default());
        }
        let mut nth = 0;
        self.groups.retain(|group| {
            nth += 1;
            nth > self.done && !goes(group)
        });
        self.done = 0;
        self.clear_if_done();
    }

    fn clear_if_done(&mut self) {
        if self.is_empty() {
            self.packets.clear();
            self.bytes.clear();
            self.groups.clear();
            (self.done, self.begun) = (0, false);
        }
    }
}
