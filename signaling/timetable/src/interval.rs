//! Stretches of time, and sets of them: what the rules about overlap and delivery reckon with.

/// From an instant up to another, which is not part of it; in milliseconds since 1970 (UTC). Empty where the end is not after the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Interval {
    /// The first instant.
    pub start_ms: u64,
    /// The first instant after it.
    pub end_ms: u64,
}

impl Interval {
    /// From `start_ms` up to `end_ms`.
    pub const fn new(start_ms: u64, end_ms: u64) -> Self {
        Self { start_ms, end_ms }
    }

    /// How long it is, in milliseconds.
    pub fn length_ms(self) -> u64 {
        self.end_ms.saturating_sub(self.start_ms)
    }

    /// Whether nothing is in it.
    pub fn is_empty(self) -> bool {
        self.end_ms <= self.start_ms
    }

    /// What two have in common; none where they only touch.
    pub fn overlap(self, other: Self) -> Option<Self> {
        let common = Self::new(self.start_ms.max(other.start_ms), self.end_ms.min(other.end_ms));
        (!common.is_empty()).then_some(common)
    }
}

/// A set of instants: intervals in order, none of them empty, no two that overlap or touch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Intervals(Vec<Interval>);

impl FromIterator<Interval> for Intervals {
    /// The union of any intervals in any order.
    fn from_iter<I: IntoIterator<Item = Interval>>(intervals: I) -> Self {
        let mut sorted: Vec<Interval> = intervals.into_iter().filter(|interval| !interval.is_empty()).collect();
        sorted.sort_unstable();
        sorted.dedup_by(|next, last| {
            let joins = next.start_ms <= last.end_ms;
            if joins {
                last.end_ms = last.end_ms.max(next.end_ms);
            }
            joins
        });
        Self(sorted)
    }
}

impl From<Interval> for Intervals {
    fn from(interval: Interval) -> Self {
        Self::from_iter([interval])
    }
}

impl Intervals {
    /// Its parts, in order.
    pub fn as_slice(&self) -> &[Interval] {
        &self.0
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How long all of it is, in milliseconds.
    pub fn total_ms(&self) -> u64 {
        self.0.iter().map(|interval| interval.length_ms()).sum()
    }

    /// What is in either.
    pub fn union(&self, other: &Self) -> Self {
        self.0.iter().chain(&other.0).copied().collect()
    }

    /// What is in both.
    pub fn intersection(&self, other: &Self) -> Self {
        let (mut left, mut right, mut common) = (self.0.iter().peekable(), other.0.iter().peekable(), Vec::new());
        while let (Some(&&a), Some(&&b)) = (left.peek(), right.peek()) {
            common.extend(a.overlap(b));
            if a.end_ms <= b.end_ms {
                left.next()
            } else {
                right.next()
            };
        }
        Self(common)
    }

    /// What is in this one and not in the other.
    pub fn without(&self, other: &Self) -> Self {
        let mut holes = other.0.iter().copied().peekable();
        let mut rest = Vec::new();
        for &interval in &self.0 {
            let mut from = interval.start_ms;
            while let Some(hole) = holes.next_if(|hole| hole.end_ms <= interval.end_ms) {
                rest.push(Interval::new(from, hole.start_ms));
                from = from.max(hole.end_ms);
            }
            // The hole that reaches beyond this interval may cover the next one too.
            let until = holes.peek().map_or(interval.end_ms, |hole| hole.start_ms.min(interval.end_ms));
            rest.push(Interval::new(from, until));
        }
        rest.retain(|interval| !interval.is_empty());
        Self(rest)
    }

    /// What of it lies within an interval.
    pub fn within(&self, interval: Interval) -> Self {
        self.intersection(&interval.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    const END: u64 = 60;

    fn set() -> impl Strategy<Value = Intervals> {
        prop::collection::vec((0..END, 0..END), 0..12).prop_map(|pairs| pairs.into_iter().map(|(a, b)| Interval::new(a, b)).collect())
    }

    fn has(set: &Intervals, instant: u64) -> bool {
        set.as_slice().iter().any(|interval| (interval.start_ms..interval.end_ms).contains(&instant))
    }

    fn is_tidy(set: &Intervals) -> bool {
        set.as_slice().iter().all(|i| !i.is_empty()) && set.as_slice().windows(2).all(|pair| pair[0].end_ms < pair[1].start_ms)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 500, rng_seed: RngSeed::Fixed(7), failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn sets_are_what_they_hold(a in set(), b in set()) {
            let (union, both, rest) = (a.union(&b), a.intersection(&b), a.without(&b));
            for instant in 0..END {
                prop_assert_eq!(has(&union, instant), has(&a, instant) || has(&b, instant));
                prop_assert_eq!(has(&both, instant), has(&a, instant) && has(&b, instant));
                prop_assert_eq!(has(&rest, instant), has(&a, instant) && !has(&b, instant));
            }
            prop_assert!(is_tidy(&union) && is_tidy(&both) && is_tidy(&rest));
            prop_assert_eq!(both.total_ms() + rest.total_ms(), a.total_ms());
        }
    }

    #[test]
    fn touching_is_no_overlap() {
        assert_eq!(Interval::new(1, 5).overlap(Interval::new(5, 9)), None);
        assert_eq!(Interval::new(1, 6).overlap(Interval::new(5, 9)), Some(Interval::new(5, 6)));
    }

    #[test]
    fn what_touches_is_one() {
        let set: Intervals = [Interval::new(5, 9), Interval::new(1, 5), Interval::new(20, 20)].into_iter().collect();
        assert_eq!(set.as_slice(), [Interval::new(1, 9)]);
        assert_eq!(set.within(Interval::new(8, 30)).total_ms(), 1);
    }
}
