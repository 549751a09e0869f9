//! Sequence numbers that wrap, and the memory of which numbers were seen.

/// Extends 16-bit sequence numbers to 64 bits that never wrap (RFC 3550, appendix A.1).
#[derive(Clone, Copy, Debug, Default)]
pub struct Unwrapper {
    last: Option<u64>,
}

impl Unwrapper {
    /// The extended number; the first one seen starts in the second cycle, so that earlier ones stay above zero.
    pub fn extend(&mut self, sequence: u16) -> u64 {
        let extended = match self.last {
            None => (1 << 16) | u64::from(sequence),
            Some(last) => {
                let distance = sequence.wrapping_sub(last as u16) as i16;
                last.saturating_add_signed(i64::from(distance))
            }
        };
        self.last = Some(self.last.map_or(extended, |last| last.max(extended)));
        extended
    }
}

const WINDOW: u64 = 2048;

/// Which of the last 2,048 numbers below the highest were seen.
#[derive(Clone, Debug)]
pub struct Seen {
    highest: Option<u64>,
    bits: [u64; (WINDOW / 64) as usize],
}

/// What a number is to those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Novelty {
    /// Above all before it, with this many missing between.
    Newest {
        /// Numbers skipped.
        skipped: u64,
    },
    /// Below the highest, not seen before.
    Late,
    /// Seen before.
    Duplicate,
    /// Too far below the highest to tell.
    Ancient,
}

impl Default for Seen {
    fn default() -> Self {
        Seen { highest: None, bits: [0; (WINDOW / 64) as usize] }
    }
}

impl Seen {
    /// The highest number seen.
    pub fn highest(&self) -> Option<u64> {
        self.highest
    }

    /// Notes a number.
    pub fn insert(&mut self, number: u64) -> Novelty {
        let Some(highest) = self.highest else {
            self.highest = Some(number);
            self.set(number);
            return Novelty::Newest { skipped: 0 };
        };
        if number > highest {
            let skipped = number - highest - 1;
            if skipped >= WINDOW {
                self.bits.fill(0);
            } else {
                (highest + 1..number).for_each(|missing| self.clear(missing));
            }
            self.set(number);
            self.highest = Some(number);
            return Novelty::Newest { skipped };
        }
        if highest - number >= WINDOW {
            return Novelty::Ancient;
        }
        if self.contains(number) {
            return Novelty::Duplicate;
        }
        self.set(number);
        Novelty::Late
    }

    /// Whether the number was seen; only meaningful within the window.
    pub fn contains(&self, number: u64) -> bool {
        let (word, bit) = Self::place(number);
        self.bits[word] & bit != 0
    }

    fn place(number: u64) -> (usize, u64) {
        let index = number % WINDOW;
        ((index / 64) as usize, 1 << (index % 64))
    }

    fn set(&mut self, number: u64) {
        let (word, bit) = Self::place(number);
        self.bits[word] |= bit;
    }

    fn clear(&mut self, number: u64) {
        let (word, bit) = Self::place(number);
        self.bits[word] &= !bit;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extends_across_the_wrap_both_ways() {
        let mut unwrapper = Unwrapper::default();
        let first = unwrapper.extend(65_534);
        assert_eq!(unwrapper.extend(1), first + 3);
        assert_eq!(unwrapper.extend(65_535), first + 1);
        assert_eq!(unwrapper.extend(2), first + 4);
    }

    #[test]
    fn tells_new_late_and_duplicate_apart() {
        let mut seen = Seen::default();
        assert_eq!(seen.insert(100), Novelty::Newest { skipped: 0 });
        assert_eq!(seen.insert(103), Novelty::Newest { skipped: 2 });
        assert_eq!(seen.insert(101), Novelty::Late);
        assert_eq!(seen.insert(101), Novelty::Duplicate);
        assert_eq!(seen.insert(103), Novelty::Duplicate);
        assert!(!seen.contains(102));
    }

    #[test]
    fn forgets_a_whole_window_at_a_jump() {
        let mut seen = Seen::default();
        seen.insert(5);
        assert_eq!(seen.insert(5 + 3 * WINDOW), Novelty::Newest { skipped: 3 * WINDOW - 1 });
        assert_eq!(seen.insert(5), Novelty::Ancient);
        assert_eq!(seen.insert(5 + 3 * WINDOW - 1), Novelty::Late);
    }

    #[test]
    fn a_slot_reused_by_a_later_number_is_not_a_duplicate() {
        let mut seen = Seen::default();
        for number in 0..3 * WINDOW {
            assert_eq!(seen.insert(number), Novelty::Newest { skipped: 0 });
        }
    }
}
