//! What one slot sent: from the outgoing sequence number back to where the packet came from.

use crate::codec::Picture;
use std::time::{Duration, Instant};

/// Where a sent packet came from, and what was written into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The encoding it came from, by a key of the caller's.
    pub source: u32,
    /// Its unwrapped sequence number there.
    pub seq: u64,
    /// The timestamp as sent.
    pub timestamp: u32,
    /// The picture ids as sent.
    pub picture: Picture,
    /// The payload type as sent.
    pub payload_type: u8,
}

/// A ring of the last packets a slot sent, allocated once.
#[derive(Debug)]
pub struct History {
    /// By outgoing sequence number modulo their count, a power of two.
    entries: Box<[Option<Entry>]>,
    highest: u64,
    /// Times of retransmission count from here.
    anchor: Option<Instant>,
}

/// Kept small: there is one for each of the last packets of each slot of each participant.
#[derive(Clone, Copy, Debug)]
struct Entry {
    sent: Sent,
    /// Low bits of the outgoing sequence number.
    out_seq: u32,
    /// Milliseconds from [`History::anchor`], rounded down, plus one; 0: not resent yet.
    resent: u32,
}

impl History {
    /// Reaches back `packets` (rounded up to a power of two, at most 32,768) sequence numbers.
    pub fn new(packets: usize) -> Self {
        let count = packets.clamp(1, 1 << 15).next_power_of_two();
        Self { entries: vec![None; count].into(), highest: 0, anchor: None }
    }

    /// Notes a packet that was sent. `out_seq` is the unwrapped outgoing sequence number.
    pub fn record(&mut self, out_seq: u64, sent: Sent) {
        self.highest = self.highest.max(out_seq);
        if self.highest - out_seq >= self.entries.len() as u64 {
            return;
        }
        let index = self.index(out_seq);
        self.entries[index] = Some(Entry { sent, out_seq: out_seq as u32, resent: 0 });
    }

    /// What to send again for a sequence number that the peer asked for, with its unwrapped form. The packet then counts as resent at `now`.
    ///
    /// `None` when it is unknown, too old, or was resent less than `min_interval` ago (the peer asked before the answer could have arrived).
    pub fn take_for_resend(&mut self, now: Instant, out_seq: u16, min_interval: Duration) -> Option<(u64, Sent)> {
        let back = (self.highest as u16).wrapping_sub(out_seq);
        let full = self.highest.checked_sub(u64::from(back))?;
        let anchor = *self.anchor.get_or_insert(now);
        let millis = u32::try_from(now.saturating_duration_since(anchor).as_millis()).unwrap_or(u32::MAX - 1);
        let index = self.index(full);
        let entry = self.entries[index].as_mut().filter(|entry| entry.out_seq == full as u32)?;
        if entry.resent > 0 && u128::from(millis - (entry.resent - 1).min(millis)) < min_interval.as_millis() {
            return None;
        }
        entry.resent = millis + 1;
        Some((full, entry.sent))
    }

    fn index(&self, out_seq: u64) -> usize {
        out_seq as usize & (self.entries.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const RTT: Duration = Duration::from_millis(50);

    fn sent(seq: u64) -> Sent {
        Sent { source: 7, seq, timestamp: seq as u32 * 3000, picture: Picture::None, payload_type: 96 }
    }

    #[test]
    fn finds_the_source_over_the_wrap() {
        let now = Instant::now();
        let mut history = History::new(64);
        for out in 0xffe0_u64..0x1_0010 {
            history.record(out, sent(out + 1_000));
        }
        assert_eq!(history.take_for_resend(now, 0xfff0, RTT), Some((0xfff0, sent(0xfff0 + 1_000))));
        assert_eq!(history.take_for_resend(now, 0x000f, RTT), Some((0x1_000f, sent(0x1_000f + 1_000))));
    }

    #[test]
    fn not_again_within_the_interval() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut history = History::new(64);
        history.record(5, sent(5));
        assert!(history.take_for_resend(at(0), 5, RTT).is_some());
        assert!(history.take_for_resend(at(49), 5, RTT).is_none());
        assert!(history.take_for_resend(at(50), 5, RTT).is_some());
        assert!(history.take_for_resend(at(99), 5, RTT).is_none(), "the interval counts from the last time");
        assert!(history.take_for_resend(at(100), 5, RTT).is_some());
    }

    #[test]
    fn unknown_future_and_old_ones_are_not_found() {
        let now = Instant::now();
        let mut history = History::new(16);
        assert_eq!(history.take_for_resend(now, 0, RTT), None, "nothing sent yet");
        for out in 100..120 {
            if out != 110 {
                history.record(out, sent(out));
            }
        }
        assert_eq!(history.take_for_resend(now, 110, RTT), None, "a gap");
        assert_eq!(history.take_for_resend(now, 120, RTT), None, "not sent yet");
        assert_eq!(history.take_for_resend(now, 103, RTT), None, "overwritten by 119");
        assert_eq!(history.take_for_resend(now, 104, RTT).unwrap().0, 104);
        history.record(103, sent(103));
        assert_eq!(history.take_for_resend(now, 119, RTT).unwrap().0, 119, "a late one does not push out a newer one");
    }

    #[test]
    fn an_entry_is_small() {
        assert!(size_of::<Option<Entry>>() <= 40, "{}", size_of::<Option<Entry>>());
    }
}
