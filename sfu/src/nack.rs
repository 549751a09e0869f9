//! Asking publishers for lost packets (RFC 4585 section 6.2.1).

use crate::sequence::{Novelty, Window};
use arrayvec::ArrayVec;
use std::ops::Range;
use std::time::{Duration, Instant};

/// How long a packet may be merely late before it is asked for, unless [`LATER_PACKETS`] overtook it.
pub const REORDER_WAIT: Duration = Duration::from_millis(10);
/// So many later packets make a missing one lost.
pub const LATER_PACKETS: u64 = 3;
/// How often a packet is asked for.
pub const MAX_REQUESTS: u8 = 10;
/// How long after a packet was missed it is still of use.
pub const MAX_AGE: Duration = Duration::from_secs(1);
/// More packets missing than this are not asked for: a key frame is the shorter way.
pub const MAX_MISSING: usize = 500;
/// The least time between two requests for a packet.
const MIN_INTERVAL: Duration = Duration::from_millis(20);
/// Of 64 packets each, that are known to have arrived or not.
const WORDS: usize = 32;

/// What a packet is to the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// The newest so far.
    New,
    /// It fills a gap: reordered, or sent again.
    Recovered,
    /// It was there already.
    Duplicate,
    /// From before what is remembered, 2,048 packets.
    TooOld,
}

/// Finds the gaps in one received stream and says when to ask for what. Bounded by [`MAX_MISSING`]; allocates only when made.
#[derive(Debug)]
pub struct NackGenerator {
    arrived: Window<WORDS>,
    /// In rising order of sequence numbers, and so of detection.
    missing: Vec<Missing>,
    /// Packets that were the newest at their time.
    in_order: u64,
    /// Nothing is to be asked for before then; `None`: nothing is missing.
    due: Option<Instant>,
    /// The count of [`Self::in_order`] at which the oldest packet not asked for yet is lost rather than late.
    due_count: Option<u64>,
    gave_up: bool,
}

#[derive(Clone, Copy, Debug)]
struct Missing {
    seq: u64,
    detected: Instant,
    /// [`NackGenerator::in_order`] then.
    detected_count: u64,
    requests: u8,
    /// When to ask next.
    next: Instant,
}

impl Missing {
    fn is_due(&self, now: Instant, in_order: u64) -> bool {
        self.next <= now || (self.requests == 0 && in_order >= self.lost_count())
    }

    /// The count of newest packets at which this one is lost; the packet that revealed the gap was the first later one.
    fn lost_count(&self) -> u64 {
        self.detected_count + LATER_PACKETS - 1
    }
}

impl Default for NackGenerator {
    fn default() -> Self {
        Self::new()
    }
}

impl NackGenerator {
    /// For one stream, before its first packet.
    pub fn new() -> Self {
        Self { arrived: Window::new(), missing: Vec::with_capacity(MAX_MISSING), in_order: 0, due: None, due_count: None, gave_up: false }
    }

    /// Notes a packet by its unwrapped sequence number, whether it came by itself or by retransmission.
    pub fn receive(&mut self, now: Instant, seq: u64) -> Arrival {
        let before = self.arrived.highest();
        match self.arrived.meet(seq) {
            Novelty::Newest => {
                self.advance(now, before.map_or(seq, |highest| highest + 1)..seq);
                Arrival::New
            }
            Novelty::Late => {
                if let Ok(index) = self.missing.binary_search_by_key(&seq, |missing| missing.seq) {
                    self.missing.remove(index);
                }
                Arrival::Recovered
            }
            Novelty::Repeated => Arrival::Duplicate,
            Novelty::TooOld => Arrival::TooOld,
        }
    }

    /// Appends the sequence numbers to ask for now, oldest first, as many as there is room for; those left over stay due. Gives up what was asked for
    /// [`MAX_REQUESTS`] times or missed [`MAX_AGE`] ago. A request is repeated after `rtt`, then at intervals growing by a quarter.
    pub fn poll(&mut self, now: Instant, rtt: Duration, out: &mut ArrayVec<u16, 64>) {
        if self.due.is_none_or(|due| due > now) {
            return;
        }
        let (count, in_order) = (self.missing.len(), self.in_order);
        self.missing.retain(|missing| missing.requests < MAX_REQUESTS || missing.next > now);
        self.missing.retain(|missing| now.saturating_duration_since(missing.detected) < MAX_AGE);
        self.gave_up |= self.missing.len() < count;
        for missing in &mut self.missing {
            if out.is_full() {
                break;
            }
            if missing.is_due(now, in_order) {
                out.push(missing.seq as u16);
                missing.next = now + interval(rtt, missing.requests);
                missing.requests += 1;
            }
        }
        self.reckon_due(now);
    }

    /// When to poll next, if no packet comes before.
    pub fn next_timeout(&self) -> Option<Instant> {
        self.due
    }

    /// Whether since the last call something was given up, so that decoding needs a key frame to go on.
    pub fn needs_keyframe(&mut self) -> bool {
        std::mem::take(&mut self.gave_up)
    }

    /// How many packets are missing now.
    pub fn missing(&self) -> usize {
        self.missing.len()
    }

    /// A packet came that is newer than all before, after this gap.
    fn advance(&mut self, now: Instant, gap: Range<u64>) {
        self.in_order += 1;
        if !gap.is_empty() {
            self.miss(now, gap);
        }
        if self.due_count.is_some_and(|count| self.in_order >= count) {
            self.due_count = None;
            self.due = Some(self.due.map_or(now, |due| due.min(now)));
        }
    }

    fn miss(&mut self, now: Instant, gap: Range<u64>) {
        if (gap.end - gap.start) as usize > MAX_MISSING - self.missing.len() {
            self.missing.clear();
            (self.due, self.due_count) = (None, None);
            self.gave_up = true;
            return;
        }
        let next = now + REORDER_WAIT;
        let (detected, detected_count) = (now, self.in_order);
        self.missing.extend(gap.map(|seq| Missing { seq, detected, detected_count, requests: 0, next }));
        self.due = Some(self.due.map_or(next, |due| due.min(next)));
        self.due_count = self.due_count.or(Some(detected_count + LATER_PACKETS - 1));
    }

    /// After a change of what is missing.
    fn reckon_due(&mut self, now: Instant) {
        let in_order = self.in_order;
        self.due = self.missing.iter().map(|missing| if missing.is_due(now, in_order) { now } else { missing.next.min(missing.detected + MAX_AGE) }).min();
        self.due_count = self.missing.iter().find(|missing| missing.requests == 0).map(Missing::lost_count);
    }
}

/// From one request to the next, `requests` having gone before: the round trip, 1.25 times as long each time.
fn interval(rtt: Duration, requests: u8) -> Duration {
    let base = rtt.clamp(MIN_INTERVAL, MAX_AGE);
    base.mul_f64(1.25_f64.powi(i32::from(requests)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use rand::rngs::SmallRng;
    use rand::{Rng, SeedableRng};
    use std::collections::{BTreeMap, BTreeSet};

    const RTT: Duration = Duration::from_millis(40);
    const WINDOW: u64 = Window::<WORDS>::SPAN;

    struct Stream {
        nack: NackGenerator,
        start: Instant,
    }

    impl Stream {
        fn new() -> Self {
            Self { nack: NackGenerator::new(), start: Instant::now() }
        }

        fn at(&self, ms: u64) -> Instant {
            self.start + Duration::from_millis(ms)
        }

        fn receive(&mut self, ms: u64, seqs: impl IntoIterator<Item = u64>) {
            let now = self.at(ms);
            seqs.into_iter().for_each(|seq| _ = self.nack.receive(now, seq));
        }

        fn poll(&mut self, ms: u64) -> Vec<u16> {
            let mut out = ArrayVec::new();
            self.nack.poll(self.at(ms), RTT, &mut out);
            out.to_vec()
        }

        fn due(&self) -> Option<u128> {
            self.nack.next_timeout().map(|due| (due - self.start).as_millis())
        }
    }

    #[test]
    fn asks_after_the_reorder_wait() {
        let mut stream = Stream::new();
        stream.receive(0, [0xffff, 0x1_0002]);
        assert_eq!(stream.due(), Some(10));
        assert_eq!(stream.poll(9), []);
        assert_eq!(stream.poll(10), [0, 1]);
        assert_eq!(stream.due(), Some(50));
    }

    #[test]
    fn asks_at_once_when_three_later_ones_came() {
        let mut stream = Stream::new();
        stream.receive(0, [1, 3]);
        stream.receive(1, [4]);
        assert_eq!(stream.poll(1), []);
        stream.receive(2, [5]);
        assert_eq!(stream.due(), Some(2));
        assert_eq!(stream.poll(2), [2]);
        stream.receive(3, [6, 7, 8, 10, 11]);
        assert_eq!(stream.poll(3), []);
        stream.receive(4, [12]);
        assert_eq!(stream.poll(4), [9], "the second gap has its own count");
    }

    #[test]
    fn a_reordered_packet_is_never_asked_for() {
        let mut stream = Stream::new();
        stream.receive(0, [1, 3, 2]);
        assert_eq!(stream.poll(20), []);
        assert_eq!(stream.due(), None);
        assert!(!stream.nack.needs_keyframe());
    }

    #[test]
    fn repeats_ever_more_slowly_then_gives_up() {
        let mut stream = Stream::new();
        stream.receive(0, [1, 3]);
        let mut asked = Vec::new();
        for ms in 0..2_000 {
            asked.extend(stream.poll(ms).iter().map(|_| ms));
        }
        assert_eq!(asked, [10, 50, 100, 163, 242, 340, 463, 616, 807]);
        assert!(stream.nack.needs_keyframe(), "1 s old");
        assert!(!stream.nack.needs_keyframe(), "said once");
        assert_eq!(stream.due(), None);
        let mut stream = Stream::new();
        stream.receive(0, [1, 3]);
        let mut requests = 0;
        for ms in 0..2_000 {
            let mut out = ArrayVec::new();
            stream.nack.poll(stream.at(ms), Duration::ZERO, &mut out);
            requests += out.len();
        }
        assert_eq!(requests, 10, "ten times, however short the round trip");
    }

    #[test]
    fn tells_arrivals_apart() {
        let mut stream = Stream::new();
        let now = stream.start;
        let nack = &mut stream.nack;
        assert_eq!(nack.receive(now, 5_000), Arrival::New);
        assert_eq!(nack.receive(now, 5_000), Arrival::Duplicate);
        assert_eq!(nack.receive(now, 4_999), Arrival::Recovered, "reordered to before the first");
        assert_eq!(nack.receive(now, 5_003), Arrival::New);
        assert_eq!(nack.receive(now, 5_001), Arrival::Recovered);
        assert_eq!(nack.receive(now, 5_001), Arrival::Duplicate);
        assert_eq!(nack.receive(now, 5_003 - WINDOW), Arrival::TooOld);
        assert_eq!(nack.receive(now, 5_004 - WINDOW), Arrival::Recovered);
        assert_eq!(nack.receive(now, 5_003 + WINDOW), Arrival::New);
        assert_eq!(nack.receive(now, 5_004), Arrival::Recovered);
        assert_eq!(nack.receive(now, 5_003), Arrival::TooOld);
    }

    #[test]
    fn a_wide_gap_is_given_up() {
        let mut stream = Stream::new();
        stream.receive(0, [1, 3, 504]);
        assert!(stream.nack.needs_keyframe(), "501 are missing");
        assert_eq!(stream.poll(20), []);
        stream.receive(20, [506]);
        assert_eq!(stream.poll(30), [505]);
        assert!(!stream.nack.needs_keyframe());
    }

    #[test]
    fn more_than_there_is_room_for_stays_due() {
        let mut stream = Stream::new();
        stream.receive(0, [0, 101]);
        assert_eq!(stream.poll(10), (1..=64).collect::<Vec<_>>());
        assert_eq!(stream.due(), Some(10));
        assert_eq!(stream.poll(10), (65..=100).collect::<Vec<_>>());
        assert_eq!(stream.due(), Some(50));
    }

    /// A lossy path both ways: everything comes through, nothing that arrived is asked for, the named times hold, and it is quiet at the end.
    #[test]
    fn recovers_everything_over_a_lossy_path() {
        const FIRST: u64 = 65_000;
        for seed in 0..20 {
            let mut rng = SmallRng::seed_from_u64(seed);
            let mut stream = Stream::new();
            let mut arrivals: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
            for n in 0..3_000 {
                if n == 0 || n == 2_999 || !rng.random_bool(0.1) {
                    arrivals.entry(20 + n * 2 + rng.random_range(0..8)).or_default().push(FIRST + n);
                }
            }
            let mut have = BTreeSet::new();
            for ms in 0..8_000 {
                for seq in arrivals.remove(&ms).unwrap_or_default() {
                    assert_eq!(stream.nack.receive(stream.at(ms), seq) == Arrival::Duplicate, !have.insert(seq));
                }
                let due = stream.nack.next_timeout().is_some_and(|due| due <= stream.at(ms));
                let asked = stream.poll(ms);
                assert!(due || asked.is_empty());
                for low in asked {
                    let seq = FIRST + u64::from(low.wrapping_sub(FIRST as u16));
                    assert!(!have.contains(&seq), "{seq} was there");
                    if !rng.random_bool(0.2) {
                        arrivals.entry(ms + 39).or_default().push(seq);
                    }
                }
            }
            assert_eq!(have.len(), 3_000, "seed {seed}");
            assert_eq!((stream.nack.missing(), stream.nack.needs_keyframe(), stream.nack.next_timeout()), (0, false, None));
        }
    }
}
