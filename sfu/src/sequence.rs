//! Sequence numbers and timestamps that wrap, and which of them were met.

/// Extends 16-bit sequence numbers to 64 bits, by nearness to the highest one seen (RFC 3550 A.1, without its probation: SRTP has authenticated the packet).
///
/// The first value seen gets the index `1 << 16 | seq`, so that packets reordered to before it do not underflow.
#[derive(Clone, Debug, Default)]
pub struct Unwrapper {
    highest: Option<u64>,
}

impl Unwrapper {
    /// One that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// The 64-bit index of a sequence number: within 32,767 after, or 32,768 before, the highest one seen.
    pub fn unwrap(&mut self, seq: u16) -> u64 {
        let index = match self.highest {
            None => 1 << 16 | u64::from(seq),
            Some(highest) => nearest(highest, seq),
        };
        self.highest = self.highest.max(Some(index));
        index
    }

    /// The same for what may not lead: none where it is more than `ahead` after the highest one seen, or nothing was seen.
    pub fn unwrap_within(&mut self, seq: u16, ahead: u64) -> Option<u64> {
        let highest = self.highest?;
        (nearest(highest, seq) <= highest + ahead).then(|| self.unwrap(seq))
    }

    /// The highest index given out.
    pub fn highest(&self) -> Option<u64> {
        self.highest
    }
}

/// The index with these low 16 bits that is nearest to `reference`.
fn nearest(reference: u64, seq: u16) -> u64 {
    let step = seq.wrapping_sub(reference as u16) as i16;
    reference.saturating_add_signed(i64::from(step))
}

/// Whether a 32-bit timestamp is after another, the wrap-around considered.
pub fn is_after(timestamp: u32, than: u32) -> bool {
    (timestamp.wrapping_sub(than) as i32) > 0
}

/// What a sequence number is to a [`Window`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Novelty {
    /// Higher than all before.
    Newest,
    /// Not the highest, but met for the first time.
    Late,
    /// Met before.
    Repeated,
    /// So far below the highest that it is not known.
    TooOld,
}

/// Remembers which of the last 64 × `WORDS` unwrapped sequence numbers were met.
#[derive(Clone, Debug)]
pub struct Window<const WORDS: usize> {
    highest: Option<u64>,
    /// Bit by number modulo the span.
    met: [u64; WORDS],
}

impl<const WORDS: usize> Window<WORDS> {
    /// How far it looks back.
    pub const SPAN: u64 = 64 * WORDS as u64;

    /// One that has met nothing.
    pub fn new() -> Self {
        Self { highest: None, met: [0; WORDS] }
    }

    /// The highest number met.
    pub fn highest(&self) -> Option<u64> {
        self.highest
    }

    /// Whether a number was met, as far as it is known.
    pub fn has_met(&self, seq: u64) -> bool {
        let known = self.highest.is_some_and(|highest| seq <= highest && highest - seq < Self::SPAN);
        known && self.met[(seq / 64) as usize % WORDS] & (1 << (seq % 64)) != 0
    }

    /// Meets a number.
    pub fn meet(&mut self, seq: u64) -> Novelty {
        let (word, bit) = ((seq / 64) as usize % WORDS, 1 << (seq % 64));
        if self.highest.is_none_or(|highest| seq > highest) {
            self.advance(seq);
            self.met[word] |= bit;
            return Novelty::Newest;
        }
        if self.highest.is_some_and(|highest| highest - seq >= Self::SPAN) {
            return Novelty::TooOld;
        }
        if self.met[word] & bit != 0 {
            return Novelty::Repeated;
        }
        self.met[word] |= bit;
        Novelty::Late
    }

    /// Forgets what the numbers up to the new highest fall on.
    fn advance(&mut self, seq: u64) {
        if let Some(highest) = self.highest.replace(seq) {
            if seq - highest >= Self::SPAN {
                self.met = [0; WORDS];
            } else {
                (highest + 1..=seq).for_each(|gap| self.met[(gap / 64) as usize % WORDS] &= !(1 << (gap % 64)));
            }
        }
    }
}

impl<const WORDS: usize> Default for Window<WORDS> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn a_window_tells_what_a_whole_memory_would(first in 1_u64..3_000, steps in prop::collection::vec(prop_oneof![20 => -140_i64..140, 1 => -3_000_i64..3_000], 1..300)) {
            let mut window = Window::<2>::new();
            let mut met = BTreeSet::new();
            let mut seq = first;
            for step in steps {
                let novelty = match met.last() {
                    None => Novelty::Newest,
                    Some(&highest) if seq > highest => Novelty::Newest,
                    Some(&highest) if highest - seq >= 128 => Novelty::TooOld,
                    Some(_) if met.contains(&seq) => Novelty::Repeated,
                    Some(_) => Novelty::Late,
                };
                prop_assert_eq!(window.meet(seq), novelty, "{}", seq);
                met.insert(seq);
                prop_assert_eq!(window.highest(), met.last().copied());
                let highest = window.highest().unwrap_or(0);
                for other in seq.saturating_sub(140)..seq + 140 {
                    prop_assert_eq!(window.has_met(other), met.contains(&other) && highest - other < 128, "{}", other);
                }
                seq = seq.saturating_add_signed(step);
            }
        }
    }

    #[test]
    fn starts_one_cycle_up_and_keeps_earlier_ones_below() {
        let mut unwrapper = Unwrapper::new();
        assert_eq!(unwrapper.highest(), None);
        assert_eq!(unwrapper.unwrap(3), 0x1_0003);
        assert_eq!(unwrapper.unwrap(0xffff), 0xffff);
        assert_eq!(unwrapper.highest(), Some(0x1_0003));
    }

    #[test]
    fn what_may_not_lead_does_not() {
        let mut unwrapper = Unwrapper::new();
        assert_eq!(unwrapper.unwrap_within(3, 64), None, "nothing was seen");
        unwrapper.unwrap(0xfff0);
        assert_eq!(unwrapper.unwrap_within(0x31, 64), None);
        assert_eq!(unwrapper.highest(), Some(0x1_fff0));
        assert_eq!(unwrapper.unwrap_within(0x30, 64), Some(0x2_0030));
        assert_eq!(unwrapper.unwrap_within(0x9000, 64), Some(0x1_9000));
    }

    #[test]
    fn counts_cycles_in_both_directions() {
        let mut unwrapper = Unwrapper::new();
        unwrapper.unwrap(0xfffe);
        assert_eq!(unwrapper.unwrap(1), 0x2_0001);
        assert_eq!(unwrapper.unwrap(0xffff), 0x1_ffff);
        assert_eq!(unwrapper.unwrap(0x8000), 0x2_8000, "32,767 ahead");
        assert_eq!(unwrapper.unwrap(0), 0x2_0000, "32,768 behind");
        assert_eq!(unwrapper.highest(), Some(0x2_8000));
    }

    #[test]
    fn follows_a_long_reordered_run() {
        let mut unwrapper = Unwrapper::new();
        for index in 0x1_fff0_u64..0x5_0010 {
            let late = index.saturating_sub(7).max(0x1_fff0);
            assert_eq!(unwrapper.unwrap(index as u16), index);
            assert_eq!(unwrapper.unwrap(late as u16), late);
        }
    }

    #[test]
    fn compares_timestamps_over_the_wrap() {
        assert!(is_after(5, u32::MAX - 5));
        assert!(!is_after(u32::MAX - 5, 5));
        assert!(!is_after(7, 7));
    }
}
