//! Sequence numbers and timestamps that wrap.

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_one_cycle_up_and_keeps_earlier_ones_below() {
        let mut unwrapper = Unwrapper::new();
        assert_eq!(unwrapper.highest(), None);
        assert_eq!(unwrapper.unwrap(3), 0x1_0003);
        assert_eq!(unwrapper.unwrap(0xffff), 0xffff);
        assert_eq!(unwrapper.highest(), Some(0x1_0003));
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
