//! One continuous outgoing stream out of inputs that change.
//!
//! A slot shows now this track, now that one, now a smaller layer of it, and leaves packets out; its receiver must see one RTP stream without a seam. The
//! [`Rewriter`] renumbers sequence numbers ([`ranges`]), timestamps, and the picture ids in payload descriptors ([`pictures`]). What the network lost on
//! the way in stays a gap on the way out, so that the receiver asks for it; what was left out on purpose leaves none.

mod pictures;
mod ranges;
#[cfg(test)]
mod world;

pub use crate::codec::Picture;
use crate::sequence::{Novelty, Window, is_after};
use arrayvec::ArrayVec;
use pictures::{Offsets, Pictures};
use ranges::{Found, Ranges, Source};
use std::time::{Duration, Instant};

/// A packet as it came in.
#[derive(Clone, Copy, Debug)]
pub struct Input {
    /// Which input it is of, by a key of the caller's.
    pub source: u32,
    /// Unwrapped sequence number.
    pub seq: u64,
    /// RTP timestamp.
    pub timestamp: u32,
    /// Its picture ids.
    pub picture: Picture,
    /// Whether it begins a picture. A switch is made at such a packet.
    pub frame_start: bool,
}

/// What to write into the packet on its way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rewritten {
    /// Unwrapped outgoing sequence number.
    pub seq: u64,
    /// RTP timestamp.
    pub timestamp: u32,
    /// Picture ids, of the same kind and width as those that came in.
    pub picture: Picture,
}

/// What was sent under an outgoing number, to be written again from the packet that came in.
#[derive(Clone, Copy, Debug)]
pub struct Sent {
    /// The unwrapped outgoing sequence number.
    pub seq: u64,
    /// Which input it was of.
    pub source: u32,
    /// The unwrapped sequence number there.
    pub source_seq: u64,
    timestamp_offset: u32,
    offsets: Offsets,
    dropped_pictures: u16,
}

impl Sent {
    /// What was written into it, given what the packet says that came in.
    pub fn rewritten(&self, timestamp: u32, picture: Picture) -> Rewritten {
        let timestamp = timestamp.wrapping_add(self.timestamp_offset);
        Rewritten { seq: self.seq, timestamp, picture: self.offsets.apply(picture, self.dropped_pictures) }
    }
}

/// What became of the numbers of an input.
#[derive(Clone, Copy, Debug, Default)]
struct Era {
    /// As [`Ranges::input`] counts.
    input: u8,
    source: u32,
    timestamp_offset: u32,
    offsets: Offsets,
}

/// Inputs before the one at hand of which packets can be sent again.
const ERAS: usize = 4;

/// Makes one outgoing stream for a slot. Bounded: it remembers the last [`ranges::MAX`] places where packets were left out or the input changed.
#[derive(Debug)]
pub struct Rewriter {
    clock_rate: u32,
    first_timestamp: u32,
    /// The outgoing sequence number after the highest one sent.
    next_seq: u64,
    ranges: Ranges,
    /// Outgoing numbers given out: one is an SRTP nonce, and never given out twice.
    given: Window<16>,
    /// Added to an input's timestamp.
    timestamp_offset: u32,
    /// The newest outgoing timestamp, and when its frame began to pass.
    last: Option<(u32, Instant)>,
    pictures: Pictures,
    /// The input at hand.
    source: u32,
    /// Those before it, the last [`ERAS`].
    eras: ArrayVec<Era, ERAS>,
}

impl Rewriter {
    /// A stream that will begin with these numbers. `clock_rate` in Hz.
    pub fn new(first_seq: u64, first_timestamp: u32, clock_rate: u32) -> Self {
        Self {
            clock_rate,
            first_timestamp,
            next_seq: first_seq,
            ranges: Ranges::default(),
            given: Window::new(),
            timestamp_offset: 0,
            last: None,
            pictures: Pictures::default(),
            source: 0,
            eras: ArrayVec::new(),
        }
    }

    /// The next packet to [`forward`](Self::forward) is this one, the first of another input: another track, or another layer of the same. Nothing of the old
    /// input is to be handed in any more.
    ///
    /// The output continues at the next sequence number, picture id and TL0PICIDX. Its timestamp goes on by the time since the last frame, at least by
    /// [`MIN_TICK`] – or, when the caller knows by the sender reports of two layers of one camera what this frame's timestamp is in the old input's terms
    /// (`aligned`), by exactly that; an `aligned` that does not go on, or that leads [`MAX_LEAD`] into the future, is not believed.
    pub fn switch(&mut self, now: Instant, input: Input, aligned: Option<u32>) {
        debug_assert!(input.frame_start || input.picture == Picture::None, "a switch in the midst of a picture");
        if !self.ranges.is_empty() {
            if self.eras.is_full() {
                self.eras.remove(0);
            }
            self.eras.push(self.era());
        }
        self.source = input.source;
        let timestamp = match self.last {
            None => self.first_timestamp,
            Some((last, at)) => {
                let elapsed = self.ticks(now.saturating_duration_since(at));
                let aligned = aligned.map(|timestamp| timestamp.wrapping_add(self.timestamp_offset).wrapping_sub(last));
                let exact = aligned.filter(|&step| step > 0 && step <= elapsed.saturating_add(self.ticks(MAX_LEAD)));
                last.wrapping_add(exact.unwrap_or(elapsed.max(self.ticks(MIN_TICK))))
            }
        };
        self.timestamp_offset = timestamp.wrapping_sub(input.timestamp);
        self.ranges.restart(input.seq, self.next_seq);
        self.pictures.restart();
    }

    /// What to write into a packet of the current input. Reordered packets get the number they would have had in order.
    ///
    /// `None`: there is no input yet, or the packet belongs before the switch, is too old to map (1,024 packets), or was forwarded, or left out in time, before.
    pub fn forward(&mut self, now: Instant, input: Input) -> Option<Rewritten> {
        let Found { seq, dropped_pictures } = self.ranges.find(input.seq)?;
        if matches!(self.given.meet(seq), Novelty::Repeated | Novelty::TooOld) {
            return None;
        }
        self.ranges.forwarded(input.seq);
        self.next_seq = self.next_seq.max(seq + 1);
        let timestamp = input.timestamp.wrapping_add(self.timestamp_offset);
        if self.last.is_none_or(|(last, _)| is_after(timestamp, last)) {
            self.last = Some((timestamp, now));
        }
        Some(Rewritten { seq, timestamp, picture: self.pictures.forward(input.picture, dropped_pictures) })
    }

    /// This packet of the current input is left out on purpose (padding, a higher temporal layer): later ones close the gap in sequence numbers, and in VP8
    /// picture ids when the picture is left out as a whole. (VP9 references are differences of picture ids, which a closed gap would falsify: RFC 9628
    /// section 4.2; its ids keep the gap.)
    ///
    /// `Some` when that comes too late, because later packets were sent: the sequence number that is missing now and that the receiver will ask for in vain.
    pub fn skip(&mut self, input: Input) -> Option<u64> {
        let late = self.ranges.skip(input.seq, || self.pictures.skip(input.picture))?;
        (!self.given.has_met(late)).then_some(late)
    }

    /// What was sent under an outgoing number, as the receiver names it: one of the last 1,024, of one of the last five inputs, and not
    /// from before the last [`ranges::MAX`] places where something was left out.
    pub fn sent(&self, seq: u16) -> Option<Sent> {
        let highest = self.given.highest()?;
        let seq = highest.checked_sub(u64::from((highest as u16).wrapping_sub(seq)))?;
        if !self.given.has_met(seq) {
            return None;
        }
        let Source { input, seq: source_seq, dropped_pictures } = self.ranges.source(seq)?;
        let now = self.era();
        let Era { source, timestamp_offset, offsets, .. } = *std::iter::once(&now).chain(&self.eras).find(|era| era.input == input)?;
        Some(Sent { seq, source, source_seq, timestamp_offset, offsets, dropped_pictures })
    }

    fn era(&self) -> Era {
        Era { input: self.ranges.input(), source: self.source, timestamp_offset: self.timestamp_offset, offsets: self.pictures.offsets() }
    }

    /// The newest timestamp sent, and when its frame began to pass.
    pub fn last_timestamp(&self) -> Option<(u32, Instant)> {
        self.last
    }

    /// A timestamp of the current input in terms of the output; none before the first switch.
    pub fn timestamp(&self, input: u32) -> Option<u32> {
        (!self.ranges.is_empty()).then(|| input.wrapping_add(self.timestamp_offset))
    }

    /// The input at hand; none before the first switch.
    pub fn source(&self) -> Option<u32> {
        (!self.ranges.is_empty()).then_some(self.source)
    }

    /// The sequence number after the highest one sent.
    pub fn next_seq(&self) -> u64 {
        self.next_seq
    }

    /// A duration in timestamp units, at most [`MAX_TICKS`].
    fn ticks(&self, duration: Duration) -> u32 {
        let ticks = duration.as_micros().saturating_mul(u128::from(self.clock_rate)) / 1_000_000;
        u32::try_from(ticks).unwrap_or(u32::MAX).min(MAX_TICKS)
    }
}

/// The least that a timestamp goes on by at a switch.
pub const MIN_TICK: Duration = Duration::from_millis(10);
/// How far the timestamp of a switch may lead the time that passed.
pub const MAX_LEAD: Duration = Duration::from_secs(2);
/// The most that a timestamp goes on by at a switch: beyond half the range a receiver would see it go back.
const MAX_TICKS: u32 = 1 << 30;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn input(seq: u64, timestamp: u32) -> Input {
        Input { source: 0, seq, timestamp, picture: Picture::None, frame_start: true }
    }

    #[test]
    fn nothing_passes_before_the_first_switch() {
        let now = Instant::now();
        let mut rewriter = Rewriter::new(100, 5_000, 90_000);
        assert_eq!(rewriter.forward(now, input(1, 1)), None);
        assert_eq!(rewriter.skip(input(2, 1)), None);
        assert_eq!(rewriter.timestamp(1), None);
        assert_eq!(rewriter.last_timestamp(), None);
        assert_eq!(rewriter.next_seq(), 100);
    }

    #[test]
    fn begins_with_the_given_numbers_and_keeps_steps() {
        let now = Instant::now();
        let mut rewriter = Rewriter::new(100, 5_000, 90_000);
        rewriter.switch(now, input(65_536, u32::MAX), None);
        assert_eq!(rewriter.forward(now, input(65_536, u32::MAX)).unwrap(), Rewritten { seq: 100, timestamp: 5_000, picture: Picture::None });
        assert_eq!(rewriter.forward(now, input(65_539, 2_999)).unwrap(), Rewritten { seq: 103, timestamp: 8_000, picture: Picture::None });
        assert_eq!(rewriter.forward(now, input(65_535, u32::MAX)), None, "before the switch");
        assert_eq!(rewriter.timestamp(5_999), Some(11_000));
        assert_eq!(rewriter.next_seq(), 104);
    }

    #[test]
    fn a_switch_goes_on_by_the_time_that_passed() {
        let start = Instant::now();
        let mut rewriter = Rewriter::new(1, 0, 90_000);
        rewriter.switch(start, input(1, 700), None);
        rewriter.forward(start, input(1, 700)).unwrap();
        let later = start + Duration::from_millis(50);
        rewriter.switch(later, input(9_000, 123), None);
        assert_eq!(rewriter.forward(later, input(9_000, 123)).unwrap(), Rewritten { seq: 2, timestamp: 4_500, picture: Picture::None });
        rewriter.switch(later, input(77, 456), None);
        let at_once = rewriter.forward(later, input(77, 456)).unwrap();
        assert_eq!((at_once.seq, at_once.timestamp), (3, 5_400), "at least 10 ms");
        assert_eq!(rewriter.last_timestamp(), Some((5_400, later)));
        rewriter.switch(later + Duration::from_secs(86_400), input(1, 0), None);
        assert_eq!(rewriter.timestamp(0), Some(5_400 + MAX_TICKS), "never half the range at once");
    }

    #[test]
    fn no_number_is_given_out_twice() {
        let now = Instant::now();
        let mut rewriter = Rewriter::new(100, 0, 90_000);
        rewriter.switch(now, input(10, 0), None);
        assert_eq!(rewriter.forward(now, input(10, 0)).unwrap().seq, 100);
        assert_eq!(rewriter.forward(now, input(10, 0)), None, "forwarded before");
        assert_eq!(rewriter.forward(now, input(13, 0)).unwrap().seq, 103);
        assert_eq!(rewriter.skip(input(11, 0)), Some(101), "too late to be left out");
        assert_eq!(rewriter.skip(input(13, 0)), None, "forwarded before");
        assert_eq!(rewriter.forward(now, input(12, 0)).unwrap().seq, 102);
        assert_eq!(rewriter.forward(now, input(14, 0)).unwrap().seq, 104);
        rewriter.switch(now, input(10, 0), None);
        assert_eq!(rewriter.forward(now, input(10, 0)).unwrap().seq, 105);
        assert_eq!(rewriter.forward(now, input(10 + 1_024, 0)).unwrap().seq, 105 + 1_024);
        assert_eq!(rewriter.forward(now, input(10, 0)), None, "too old to know");
    }

    #[test]
    fn an_aligned_switch_is_exact_unless_absurd() {
        let start = Instant::now();
        let begin = || {
            let mut rewriter = Rewriter::new(1, 1_000, 90_000);
            rewriter.switch(start, input(1, 500), None);
            rewriter.forward(start, input(1, 500)).unwrap();
            rewriter
        };
        let now = start + Duration::from_millis(40);
        for (aligned, expected) in [
            (500 + 2_970, 1_000 + 2_970),
            (500, 1_000 + 3_600),
            (499, 1_000 + 3_600),
            (500 + 3_600 + 180_000, 1_000 + 3_600 + 180_000),
            (500 + 3_601 + 180_000, 1_000 + 3_600),
        ] {
            let mut rewriter = begin();
            rewriter.switch(now, input(1, 40), Some(aligned));
            assert_eq!(rewriter.forward(now, input(1, 40)).unwrap().timestamp, expected, "aligned {aligned}");
        }
    }
}
