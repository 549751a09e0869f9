//! How fast a page may talk.

use std::time::{Duration, Instant};

/// Messages a second, in the long run.
const PER_SECOND: u32 = 50;

/// Messages at once.
const BURST: u32 = 100;

/// A token bucket.
#[derive(Debug)]
pub(super) struct Rate {
    /// When the bucket will be full again.
    full_at: Instant,
}

impl Rate {
    /// A full bucket.
    pub(super) fn new(now: Instant) -> Self {
        Self { full_at: now }
    }

    /// Takes one; says whether there was one.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        let each = Duration::from_secs(1) / PER_SECOND;
        let full_at = self.full_at.max(now) + each;
        let allowed = full_at - now <= each * BURST;
        if allowed {
            self.full_at = full_at;
        }
        allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_then_the_steady_rate() {
        let start = Instant::now();
        let mut rate = Rate::new(start);
        assert_eq!((0..200).filter(|_| rate.take(start)).count(), 100);
        assert_eq!((0..200).filter(|_| rate.take(start + Duration::from_secs(1))).count(), 50);
        assert_eq!((0..200).filter(|_| rate.take(start + Duration::from_secs(60))).count(), 100, "never more than a burst");
    }
}
