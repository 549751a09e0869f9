//! When a slot last sent a packet again: one that is on its way already need not go twice.

use std::time::{Duration, Instant};

/// A packet asked for again sooner than this after it was resent is on its way already.
const MIN_INTERVAL: Duration = Duration::from_millis(10);

/// Packets remembered; more than may be asked for in that time.
const PACKETS: usize = 256;

/// The last packets a slot sent again.
#[derive(Debug)]
pub(crate) struct Resends {
    /// Times count from here.
    anchor: Instant,
    /// By outgoing sequence number modulo their count: the number, and milliseconds rounded down, plus one; 0: none.
    entries: [(u32, u32); PACKETS],
}

impl Resends {
    pub(crate) fn new(now: Instant) -> Resends {
        Resends { anchor: now, entries: [(0, 0); PACKETS] }
    }

    /// Whether a packet may be sent again now; it then counts as sent.
    pub(crate) fn may_send(&mut self, now: Instant, seq: u64) -> bool {
        let millis = u32::try_from(now.saturating_duration_since(self.anchor).as_millis()).unwrap_or(u32::MAX - 1);
        let entry = &mut self.entries[seq as usize % PACKETS];
        let (before, at) = *entry;
        let lately = before == seq as u32 && at > 0 && u128::from(millis - (at - 1).min(millis)) < MIN_INTERVAL.as_millis();
        if !lately {
            *entry = (seq as u32, millis + 1);
        }
        !lately
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn not_again_within_the_interval() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut resends = Resends::new(start);
        assert!(resends.may_send(at(0), 0));
        assert!(resends.may_send(at(0), 5));
        assert!(!resends.may_send(at(9), 5));
        assert!(resends.may_send(at(9), 6), "another one");
        assert!(resends.may_send(at(10), 5));
        assert!(!resends.may_send(at(19), 5), "the interval counts from the last time");
        assert!(resends.may_send(at(20), 5));
        assert!(resends.may_send(at(20), 5 + PACKETS as u64), "in the same place");
        assert!(resends.may_send(at(21), 5), "forgotten by then");
    }
}
