//! Packets that came in and wait for the end of the tick, so that a subscriber takes all of a frame at once.
//!
//! Going from subscriber to subscriber with a whole frame, instead of from packet to packet with all subscribers, touches what a subscriber owns once a frame;
//! and the frame leaves as one message. Packets of one encoding stay in the order in which they came; encodings do not wait for each other.

use crate::codec::FrameInfo;
use crate::counters::DropReason;
use crate::egress::MAX_PACKET;
use crate::packet::{Passing, RtpIn, Stream};
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
    stream: Stream,
    /// The first one that was not taken by all, the last one.
    head: u32,
    tail: u32,
    whole: bool,
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
    /// A flush left some of it.
    left: bool,
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
            left: false,
        }
    }

    /// Adds a packet, as it passed and as it was read. `whole`: nothing more of its frame is to come.
    pub(crate) fn push(&mut self, passing: &Passing<'_>, packet: &RtpIn<'_>, whole: bool) -> Result<(), DropReason> {
        let Passing { stream, bytes, map, .. } = *passing;
        if bytes.len() > MAX_PACKET || self.packets.len() == MAX_PACKETS || self.bytes.len() + bytes.len() > MAX_BYTES {
            return Err(DropReason::ArenaFull);
        }
        let RtpIn { now, encoding: key, seq, highest, header, codec, frame, .. } = *packet;
        let (at, start, len) = (self.packets.len() as u32, self.bytes.len() as u32, bytes.len() as u32);
        self.packets.push(Staged { now, key, seq, highest, header, codec, frame, map: *map, start, len, next: NONE });
        self.bytes.extend_from_slice(bytes);
        match self.groups[self.done..].iter_mut().rev().find(|group| group.stream == stream) {
            Some(group) => {
                self.packets[group.tail as usize].next = at;
                (group.tail, group.whole) = (at, whole);
            }
            None => self.groups.push(Group { stream, head: at, tail: at, whole }),
        }
        Ok(())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.done == self.groups.len()
    }

    /// Whether much waits, or a flush left some of it.
    pub(crate) fn is_due(&self) -> bool {
        self.packets.len() > MAX_PACKETS / 2 || self.bytes.len() > MAX_BYTES / 2 || self.left
    }

    /// Until when the rest of a frame may still come.
    pub(crate) fn hold(&self) -> Option<Instant> {
        let waits = self.groups[self.done..].iter().any(|group| !group.whole);
        self.packets.first().filter(|_| waits).map(|first| first.now + HOLD)
    }

    /// The next packets that go through the subscribers together, in `packets`.
    pub(crate) fn piece<'a>(&'a self, packets: &mut ArrayVec<RtpIn<'a>, PIECE>) -> Option<(Stream, Progress)> {
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
        Some((group.stream, self.progress))
    }

    /// A flush ends: what it left is due.
    pub(crate) fn leave(&mut self) {
        self.left = !self.is_empty();
    }

    /// Whether a key frame of that encoding begins among what waits.
    pub(crate) fn holds_key_frame(&self, stream: Stream) -> bool {
        let group = self.groups[self.done..].iter().find(|group| group.stream == stream);
        let mut at = group.map_or(NONE, |group| group.head);
        while at != NONE {
            let packet = &self.packets[at as usize];
            if packet.frame.keyframe {
                return true;
            }
            at = packet.next;
        }
        false
    }

    /// The piece, of so many packets, went through these subscribers so far.
    pub(crate) fn pause(&mut self, count: usize, progress: Progress) {
        (self.on_way, self.progress) = (count, progress);
    }

    /// All subscribers had the piece, of so many packets.
    pub(crate) fn finish(&mut self, count: usize) {
        (self.on_way, self.progress) = (PIECE, Progress::default());
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
        let goes = |group: &Group| group.stream.track == track && encoding.is_none_or(|encoding| group.stream.encoding == encoding);
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
            (self.done, self.left) = (0, false);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::rtp::Extensions;

    const CAMERA: Stream = Stream { track: 0, encoding: 2 };
    const SCREEN: Stream = Stream { track: 1, encoding: 0 };

    fn at(start: Instant, micros: u64) -> Instant {
        start + Duration::from_micros(micros)
    }

    /// A packet of 100 bytes, told apart by its sequence number, which its payload begins with too.
    fn stage(staging: &mut Staging, now: Instant, stream: Stream, seq: u64, whole: bool) -> Result<(), DropReason> {
        let mut bytes = [0; 100];
        bytes[0] = 0x80;
        bytes[12] = seq as u8;
        let header = RtpHeader::parse(&bytes).unwrap();
        let packet = RtpIn {
            now,
            encoding: 7,
            seq,
            highest: seq,
            header,
            extensions: Extensions::default(),
            payload: &[],
            codec: Codec::Vp8,
            frame: FrameInfo::default(),
        };
        staging.push(&Passing { stream, generation: 1, seq, bytes: &bytes, map: &ExtensionMap::default() }, &packet, whole)
    }

    fn stage_all(staging: &mut Staging, stream: Stream, seqs: std::ops::Range<u64>) {
        let now = Instant::now();
        seqs.for_each(|seq| stage(staging, now, stream, seq, true).unwrap());
    }

    /// The next piece, finished: whose, and its sequence numbers.
    fn take(staging: &mut Staging) -> Option<(Stream, Vec<u64>)> {
        let mut packets = ArrayVec::new();
        let (stream, progress) = staging.piece(&mut packets)?;
        assert_eq!(progress, Progress::default());
        assert!(packets.iter().all(|packet| packet.payload.len() == 88 && packet.payload[0] == packet.seq as u8));
        let seqs: Vec<u64> = packets.iter().map(|packet| packet.seq).collect();
        drop(packets);
        staging.finish(seqs.len());
        Some((stream, seqs))
    }

    #[test]
    fn packets_come_out_by_encoding_in_their_order() {
        let mut staging = Staging::new();
        assert_eq!(take(&mut staging), None);
        for round in 0..2 {
            stage_all(&mut staging, CAMERA, 5..7);
            stage_all(&mut staging, SCREEN, 90..91);
            stage_all(&mut staging, CAMERA, 3..4);
            assert_eq!(take(&mut staging), Some((CAMERA, vec![5, 6, 3])), "round {round}");
            assert_eq!(take(&mut staging), Some((SCREEN, vec![90])));
            assert_eq!(take(&mut staging), None);
            assert!(staging.is_empty() && staging.packets.is_empty() && staging.bytes.is_empty(), "what was taken takes no room");
        }
    }

    #[test]
    fn many_come_out_in_pieces() {
        let mut staging = Staging::new();
        stage_all(&mut staging, CAMERA, 0..40);
        let sizes: Vec<usize> = std::iter::from_fn(|| take(&mut staging)).map(|(_, seqs)| seqs.len()).collect();
        assert_eq!(sizes, [PIECE, PIECE, 8]);
    }

    #[test]
    fn a_piece_on_its_way_stays_as_it_is() {
        let mut staging = Staging::new();
        stage_all(&mut staging, CAMERA, 0..3);
        assert!(!staging.is_due());
        let progress = Progress { subscribers: 17, taken: 0b101 };
        staging.pause(3, progress);
        staging.leave();
        assert!(staging.is_due(), "a flush left some of it");
        stage_all(&mut staging, CAMERA, 3..4);
        let mut packets = ArrayVec::new();
        assert_eq!(staging.piece(&mut packets), Some((CAMERA, progress)));
        assert_eq!(packets.len(), 3);
        drop(packets);
        staging.finish(3);
        assert_eq!(take(&mut staging), Some((CAMERA, vec![3])));
        staging.leave();
        assert!(!staging.is_due());
    }

    #[test]
    fn a_track_is_forgotten_with_all_that_waits_of_it() {
        let mut staging = Staging::new();
        let other = Stream { encoding: 1, ..CAMERA };
        for stream in [CAMERA, other, SCREEN] {
            stage_all(&mut staging, stream, 0..1);
        }
        staging.pause(1, Progress { subscribers: 1, taken: 1 });
        staging.forget(CAMERA.track, Some(CAMERA.encoding));
        assert_eq!(take(&mut staging), Some((other, vec![0])));
        stage_all(&mut staging, CAMERA, 1..2);
        staging.forget(CAMERA.track, None);
        assert_eq!(take(&mut staging), Some((SCREEN, vec![0])));
        stage_all(&mut staging, CAMERA, 1..2);
        staging.forget(CAMERA.track, None);
        assert!(staging.is_empty() && !staging.is_due() && staging.hold().is_none());
    }

    #[test]
    fn the_rest_of_a_frame_is_waited_for_and_nothing_else() {
        let (mut staging, start) = (Staging::new(), Instant::now());
        assert_eq!(staging.hold(), None);
        stage(&mut staging, start, SCREEN, 1, true).unwrap();
        assert_eq!(staging.hold(), None, "a whole frame");
        stage(&mut staging, at(start, 50), CAMERA, 1, false).unwrap();
        stage(&mut staging, at(start, 100), CAMERA, 2, false).unwrap();
        assert_eq!(staging.hold(), Some(start + HOLD), "counted from the first packet of all, so that none waits longer");
        stage(&mut staging, at(start, 150), CAMERA, 3, true).unwrap();
        assert_eq!(staging.hold(), None);
        stage(&mut staging, at(start, 200), CAMERA, 4, false).unwrap();
        assert!(staging.hold().is_some(), "the next frame");
        while take(&mut staging).is_some() {}
        assert_eq!(staging.hold(), None);
    }

    #[test]
    fn a_key_frame_that_waits_is_known() {
        let (mut staging, now) = (Staging::new(), Instant::now());
        stage_all(&mut staging, CAMERA, 0..3);
        assert!(!staging.holds_key_frame(CAMERA));
        staging.packets[1].frame.keyframe = true;
        assert!(staging.holds_key_frame(CAMERA) && !staging.holds_key_frame(SCREEN));
        take(&mut staging);
        stage(&mut staging, now, CAMERA, 3, true).unwrap();
        assert!(!staging.holds_key_frame(CAMERA));
    }

    #[test]
    fn what_may_wait_is_bounded() {
        let (mut staging, now) = (Staging::new(), Instant::now());
        let capacity = (staging.packets.capacity(), staging.bytes.capacity(), staging.groups.capacity());
        for seq in 0..MAX_PACKETS as u64 {
            assert_eq!(staging.is_due(), seq > MAX_PACKETS as u64 / 2, "{seq}");
            stage(&mut staging, now, Stream { track: seq as usize, encoding: 0 }, seq, true).unwrap();
        }
        assert_eq!(stage(&mut staging, now, CAMERA, 0, true), Err(DropReason::ArenaFull));
        assert_eq!(capacity, (staging.packets.capacity(), staging.bytes.capacity(), staging.groups.capacity()), "nothing was allocated");
    }
}
