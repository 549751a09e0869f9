//! Renumbering of sequence numbers around packets that are left out.

use arrayvec::ArrayVec;

/// How many places of left-out packets are remembered: some four seconds of a video that loses every second picture.
pub(crate) const MAX: usize = 64;

/// From each place where packets were left out, what to add to sequence numbers from there on.
///
/// The packets left out are always the last of their range: as many as the next range's `first` is higher by than its first outgoing number would say.
#[derive(Debug, Default)]
pub(super) struct Ranges {
    /// Where almost every packet is: kept apart from the others, so that a packet touches little memory.
    newest: Option<Range>,
    /// Those before it, oldest first; of one input in rising order. Fewer than [`MAX`], but within [`Ranges::skip`].
    older: Box<ArrayVec<Range, MAX>>,
    /// Counts inputs, wrapping: more than may have ranges at once.
    input: u8,
    /// The highest incoming sequence number that was forwarded.
    forwarded: Option<u64>,
}

#[derive(Clone, Copy, Debug)]
struct Range {
    /// Incoming sequence number.
    first: u64,
    /// Added to it, wrapping.
    offset: u64,
    /// Pictures that were left out as a whole before it, wrapping.
    dropped_pictures: u16,
    /// Which input it is of.
    input: u8,
}

impl Range {
    /// Its first outgoing number.
    fn outgoing(&self) -> u64 {
        self.first.wrapping_add(self.offset)
    }

    /// Whether it is of that input, and begins with that packet or before it.
    fn begins_before(&self, seq: u64, input: u8) -> bool {
        self.first <= seq && self.input == input
    }

    fn place(&self, seq: u64) -> Found {
        Found { seq: seq.wrapping_add(self.offset), dropped_pictures: self.dropped_pictures }
    }
}

/// Where an outgoing packet came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Source {
    /// Of which input, as [`Ranges::input`] said then.
    pub(super) input: u8,
    /// Its sequence number there.
    pub(super) seq: u64,
    /// Pictures that were left out as a whole before it, wrapping.
    pub(super) dropped_pictures: u16,
}

/// Where a packet goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// Outgoing sequence number.
    pub(super) seq: u64,
    /// Pictures that were left out as a whole before it, wrapping.
    pub(super) dropped_pictures: u16,
}

impl Ranges {
    /// Begins another input: its `first` becomes `outgoing`, which nothing reached before.
    pub(super) fn restart(&mut self, first: u64, outgoing: u64) {
        self.input = self.input.wrapping_add(1);
        let range = Range { first, offset: outgoing.wrapping_sub(first), dropped_pictures: 0, input: self.input };
        if let Some(before) = self.newest.replace(range) {
            if self.older.len() + 1 == MAX {
                self.older.remove(0);
            }
            self.older.push(before);
        }
        self.forwarded = None;
    }

    /// The input at hand.
    pub(super) fn input(&self) -> u8 {
        self.input
    }

    /// Where an outgoing number comes from, if it was given out; `None` when that is too long ago.
    pub(super) fn source(&self, out: u64) -> Option<Source> {
        // Newest first: a place left out ahead of what an input sent in the end may lie above the beginning of the next one.
        let Range { offset, dropped_pictures, input, .. } = *self.newest.iter().chain(self.older.iter().rev()).find(|range| range.outgoing() <= out)?;
        Some(Source { input, seq: out.wrapping_sub(offset), dropped_pictures })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.newest.is_none()
    }

    /// The packet goes: its number, and those of all before it, are settled.
    pub(super) fn forwarded(&mut self, seq: u64) {
        self.forwarded = self.forwarded.max(Some(seq));
    }

    /// Leaves a packet out; `drops_picture` says whether with it a whole picture goes. The outgoing number that stays unused when later packets were
    /// forwarded.
    pub(super) fn skip(&mut self, seq: u64, drops_picture: impl FnOnce() -> bool) -> Option<u64> {
        let found = self.find(seq)?;
        if self.forwarded.is_some_and(|forwarded| forwarded >= seq) {
            return Some(found.seq);
        }
        // Nothing after it was forwarded yet, so that the ranges behind it, if any, may still move.
        let pictures = u16::from(drops_picture());
        let ranges = &mut *self.older;
        ranges.extend(self.newest.take());
        let index = ranges.iter().rposition(|range| range.begins_before(seq, self.input)).unwrap_or(0);
        if index > 0 && ranges[index - 1].input == self.input && ranges[index].first == seq {
            ranges[index].first += 1;
            close_up(&mut ranges[index..], pictures);
        } else {
            close_up(&mut ranges[index + 1..], pictures);
            let Range { offset, dropped_pictures, input, .. } = ranges[index];
            let range = Range { first: seq + 1, offset: offset.wrapping_sub(1), dropped_pictures: dropped_pictures.wrapping_add(pictures), input };
            let full = ranges.is_full();
            if full {
                ranges.remove(0);
            }
            ranges.insert(index + usize::from(!full), range);
        }
        self.newest = ranges.pop();
        None
    }

    /// Where a packet goes; `None` when it is from before the first range, or was left out.
    pub(super) fn find(&self, seq: u64) -> Option<Found> {
        let newest = self.newest.as_ref()?;
        if newest.begins_before(seq, self.input) {
            return Some(newest.place(seq));
        }
        let index = self.older.iter().rposition(|range| range.begins_before(seq, self.input))?;
        let found = self.older[index].place(seq);
        let next = self.older.get(index + 1).unwrap_or(newest);
        (found.seq < next.outgoing()).then_some(found)
    }
}

/// The ranges have one packet less before them, and so many pictures.
fn close_up(ranges: &mut [Range], pictures: u16) {
    for range in ranges {
        range.offset = range.offset.wrapping_sub(1);
        range.dropped_pictures = range.dropped_pictures.wrapping_add(pictures);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begin() -> Ranges {
        let mut ranges = Ranges::default();
        ranges.restart(100, 1_000);
        ranges
    }

    fn forward(ranges: &mut Ranges, seq: u64) -> Option<Found> {
        ranges.find(seq).inspect(|_| ranges.forwarded(seq))
    }

    fn out(ranges: &mut Ranges, seq: u64) -> Option<u64> {
        forward(ranges, seq).map(|found| found.seq)
    }

    #[test]
    fn closes_gaps_and_maps_reordered_ones() {
        let mut ranges = begin();
        assert_eq!(out(&mut ranges, 100), Some(1_000));
        assert_eq!(ranges.skip(102, || true), None);
        assert_eq!(ranges.skip(103, || false), None);
        assert_eq!(forward(&mut ranges, 104), Some(Found { seq: 1_002, dropped_pictures: 1 }));
        assert_eq!(forward(&mut ranges, 101), Some(Found { seq: 1_001, dropped_pictures: 0 }));
        assert_eq!(out(&mut ranges, 102), None, "was left out");
        assert_eq!(out(&mut ranges, 103), None, "was left out");
        assert_eq!(out(&mut ranges, 99), None, "before the beginning");
    }

    #[test]
    fn packets_left_out_in_any_order_leave_no_gap() {
        for order in [[11, 12, 13], [11, 13, 12], [12, 11, 13], [12, 13, 11], [13, 11, 12], [13, 12, 11]] {
            let mut ranges = Ranges::default();
            ranges.restart(10, 10);
            assert_eq!(out(&mut ranges, 10), Some(10));
            for seq in order {
                assert_eq!(ranges.skip(seq, || false), None, "{order:?}");
                assert_eq!(ranges.skip(seq, || false), None, "once more, {order:?}");
            }
            for seq in order {
                assert_eq!(out(&mut ranges, seq), None, "{order:?}");
            }
            assert_eq!(out(&mut ranges, 14), Some(11), "{order:?}");
        }
    }

    #[test]
    fn one_left_out_too_late_keeps_its_number() {
        let mut ranges = begin();
        assert_eq!(out(&mut ranges, 100), Some(1_000));
        assert_eq!(out(&mut ranges, 102), Some(1_002));
        assert_eq!(ranges.skip(101, || true), Some(1_001));
        assert_eq!(out(&mut ranges, 103), Some(1_003));
    }

    #[test]
    fn tells_where_a_number_came_from_over_inputs() {
        let mut ranges = begin();
        assert!(forward(&mut ranges, 100).is_some());
        assert_eq!((ranges.skip(101, || true), ranges.skip(102, || false)), (None, None));
        assert!(forward(&mut ranges, 103).is_some());
        let first = ranges.input();
        // An input whose numbers are among those of the one before.
        ranges.restart(102, 1_002);
        assert_eq!(out(&mut ranges, 101), None, "before the beginning");
        assert_eq!(ranges.skip(102, || false), None);
        assert_eq!(out(&mut ranges, 103), Some(1_002));
        let source = |out| ranges.source(out).map(|source| (source.input == first, source.seq, source.dropped_pictures));
        assert_eq!(source(999), None);
        assert_eq!([1_000, 1_001, 1_002].map(source), [Some((true, 100, 0)), Some((true, 103, 1)), Some((false, 103, 0))]);
    }

    #[test]
    fn forgets_the_oldest_places() {
        let mut ranges = begin();
        for seq in (100..100 + 4 * MAX as u64).step_by(2) {
            assert!(forward(&mut ranges, seq).is_some());
            assert_eq!(ranges.skip(seq + 1, || false), None);
        }
        assert_eq!(out(&mut ranges, 100), None, "too old to map");
        let newest = 100 + 4 * MAX as u64;
        assert_eq!(out(&mut ranges, newest), Some(1_000 + 2 * MAX as u64));
        assert_eq!(out(&mut ranges, newest - 2), Some(1_000 + 2 * MAX as u64 - 1));
    }
}
