//! Reading bits, most significant first.

/// A reader of at most 32 bits at a time.
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    /// Bits read.
    at: usize,
}

impl<'a> Bits<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Bits { bytes, at: 0 }
    }

    /// The next `count` bits, at most 32; none past the end.
    pub(super) fn read(&mut self, count: usize) -> Option<u32> {
        if self.at + count > self.bytes.len() * 8 {
            return None;
        }
        let mut value = 0;
        for _ in 0..count {
            value = value << 1 | u32::from(self.bytes[self.at / 8] >> (7 - self.at % 8) & 1);
            self.at += 1;
        }
        Some(value)
    }

    /// The next bit.
    pub(super) fn flag(&mut self) -> Option<bool> {
        self.read(1).map(|bit| bit == 1)
    }

    /// A number below `values` in as few bits as it takes (`ns(n)` of the AV1 specification, §4.10.7). `values` is at least 1.
    pub(super) fn below(&mut self, values: u32) -> Option<u32> {
        let width = 32 - values.leading_zeros();
        let short = (1u32 << width) - values;
        let value = self.read(width as usize - 1)?;
        if value < short {
            return Some(value);
        }
        Some((value << 1 | self.read(1)?) - short)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_across_bytes_and_not_past_the_end() {
        let mut bits = Bits::new(&[0b1010_0001, 0b1000_0000]);
        assert_eq!((bits.read(3), bits.read(6), bits.flag()), (Some(0b101), Some(0b11), Some(false)));
        assert_eq!((bits.read(7), bits.read(6), bits.flag()), (None, Some(0), None));
    }

    #[test]
    fn numbers_below_five() {
        // Width 3, three short values: 0, 1 and 2 take two bits, 3 and 4 three.
        let mut bits = Bits::new(&[0b0001_1011, 0b1100_0000]);
        assert_eq!([bits.below(5), bits.below(5), bits.below(5), bits.below(5)], [Some(0), Some(1), Some(2), Some(4)]);
        assert_eq!(Bits::new(&[0]).below(1), Some(0));
    }
}
