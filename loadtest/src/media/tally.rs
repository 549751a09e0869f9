//! The figures of one reactor thread: what its participants sent and received, and how late.

use crate::peer::PeerDrop;
use crate::rtp::stamp::{Flow, Stamp};
use hdrhistogram::Histogram;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The steady part of a run: only packets first sent within it count. In nanoseconds of `CLOCK_MONOTONIC`.
#[derive(Debug)]
pub struct Window {
    start: AtomicU64,
    end: AtomicU64,
}

impl Default for Window {
    /// Not open.
    fn default() -> Self {
        Window { start: AtomicU64::new(u64::MAX), end: AtomicU64::new(u64::MAX) }
    }
}

impl Window {
    /// Opens it for packets sent in `start..end`.
    pub fn open(&self, start: u64, end: u64) {
        self.end.store(end, Ordering::Release);
        self.start.store(start, Ordering::Release);
    }

    /// Whether a packet sent at `sent_ns` counts.
    pub fn holds(&self, sent_ns: u64) -> bool {
        (self.start.load(Ordering::Acquire)..self.end.load(Ordering::Acquire)).contains(&sent_ns)
    }
}

/// Latencies, in nanoseconds, up to a minute.
pub fn histogram() -> Histogram<u64> {
    // Bounds and precision are constants that the crate accepts.
    Histogram::new_with_bounds(1_000, 60_000_000_000, 3).unwrap_or_else(|_| Histogram::new_from(&Histogram::<u64>::new(3).unwrap_or_else(|_| unreachable!())))
}

/// Counters and distributions of a thread.
#[derive(Clone, Debug)]
pub struct Tally {
    /// Shared by all threads of the run.
    pub window: Arc<Window>,
    /// One way, first sending to reading, of new packets in the window.
    pub latency: Histogram<u64>,
    /// One way, first sending to arrival at the receiver's socket as the kernel noted it; empty where it does not.
    pub arrival: Histogram<u64>,
    /// How late behind the schedule packets left, in the window.
    pub lateness: Histogram<u64>,
    /// Packets that publisher 0 first sent in the window.
    pub host_sent: BTreeMap<Flow, u64>,
    /// Media packets received in the window, of all publishers (without retransmissions of what was there already).
    pub delivered: u64,
    /// RTP bytes of them.
    pub delivered_bytes: u64,
    /// RTP packets received while the window was open by arrival, stamped or not.
    pub received: u64,
    /// Received again.
    pub duplicates: u64,
    /// Received after a later one of the same stream.
    pub out_of_order: u64,
    /// Sequence numbers asked for again.
    pub nacks: u64,
    /// Packets that came by RTX and were missing.
    pub repaired: u64,
    /// Key frames asked for.
    pub plis: u64,
    /// Packets retransmitted by publishers.
    pub retransmitted: u64,
    /// Datagrams thrown away by receivers.
    pub drops: BTreeMap<&'static str, u64>,
}

impl Tally {
    /// Everything zero.
    pub fn new(window: Arc<Window>) -> Tally {
        Tally {
            window,
            latency: histogram(),
            arrival: histogram(),
            lateness: histogram(),
            host_sent: BTreeMap::new(),
            delivered: 0,
            delivered_bytes: 0,
            received: 0,
            duplicates: 0,
            out_of_order: 0,
            nacks: 0,
            repaired: 0,
            plis: 0,
            retransmitted: 0,
            drops: BTreeMap::new(),
        }
    }

    /// Notes a stamped packet that leaves for the first time, `late_ns` behind its schedule.
    pub fn sent(&mut self, stamp: &Stamp, late_ns: u64) {
        if self.window.holds(stamp.sent_ns) {
            self.lateness.saturating_record(late_ns);
            if stamp.publisher == 0 {
                *self.host_sent.entry(stamp.flow).or_default() += 1;
            }
        }
    }

    /// Notes a datagram that was thrown away.
    pub fn dropped(&mut self, reason: PeerDrop) {
        let name = match reason {
            PeerDrop::NoSession => "no_session",
            PeerDrop::UnknownKind => "unknown_kind",
            PeerDrop::NoKeys => "no_keys",
            PeerDrop::Unauthentic => "unauthentic_or_replayed",
            PeerDrop::Stranger => "stranger",
            PeerDrop::Stun(_) => "stun",
        };
        tracing::trace!(?reason, "datagram thrown away");
        *self.drops.entry(name).or_default() += 1;
    }

    /// Adds another thread's figures.
    pub fn merge(&mut self, other: &Tally) {
        for (mine, theirs) in [(&mut self.latency, &other.latency), (&mut self.arrival, &other.arrival), (&mut self.lateness, &other.lateness)] {
            // Same bounds, so that it cannot fail.
            let _ = mine.add(theirs);
        }
        for (flow, count) in &other.host_sent {
            *self.host_sent.entry(*flow).or_default() += count;
        }
        for (name, count) in &other.drops {
            *self.drops.entry(name).or_default() += count;
        }
        self.delivered += other.delivered;
        self.delivered_bytes += other.delivered_bytes;
        self.received += other.received;
        self.duplicates += other.duplicates;
        self.out_of_order += other.out_of_order;
        self.nacks += other.nacks;
        self.repaired += other.repaired;
        self.plis += other.plis;
        self.retransmitted += other.retransmitted;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_sent_in_the_window_counts() {
        let window = Arc::new(Window::default());
        let mut tally = Tally::new(window.clone());
        let stamp = |sent_ns| Stamp { publisher: 0, flow: Flow::Audio, counter: 0, sent_ns };
        tally.sent(&stamp(10), 5);
        window.open(100, 200);
        for sent_ns in [99, 100, 199, 200] {
            tally.sent(&stamp(sent_ns), 5_000);
        }
        assert_eq!(tally.host_sent[&Flow::Audio], 2);
        assert_eq!(tally.lateness.len(), 2);
        let mut sum = Tally::new(window);
        sum.merge(&tally);
        sum.merge(&tally);
        assert_eq!(sum.host_sent[&Flow::Audio], 4);
        assert_eq!(sum.lateness.len(), 4);
    }
}
