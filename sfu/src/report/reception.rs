//! One received stream: what to report of it.

use super::clock::{ntp_at, to_ntp};
use crate::rtcp::ReportBlock;
use std::time::{Duration, Instant};

/// Counts one received SSRC (RFC 3550 A.1, A.3, A.8) and remembers its last sender report.
#[derive(Debug)]
pub struct Reception {
    ssrc: u32,
    clock_rate: u32,
    /// Of the first packet; arrival times count from there.
    began: Option<Instant>,
    /// Unwrapped: the lowest and the highest.
    lowest: u64,
    highest: u64,
    packets: u64,
    bytes: u64,
    /// Expected and received at the last report.
    expected_before: u64,
    received_before: u64,
    fraction_lost: u8,
    /// Arrival minus timestamp of the newest packet, in timestamp units.
    transit: Option<u32>,
    /// In 1/16 of a timestamp unit.
    jitter: u32,
    last_sr: Option<SenderReport>,
}

#[derive(Clone, Copy, Debug)]
struct SenderReport {
    received: Instant,
    ntp: u64,
    rtp: u32,
}

/// A packet that far before the first one is reordered; one farther away belongs to an earlier life of the stream.
const REORDERED: u64 = 100;

impl Reception {
    /// `clock_rate` in Hz.
    pub fn new(ssrc: u32, clock_rate: u32) -> Self {
        Self {
            ssrc,
            clock_rate,
            began: None,
            lowest: 0,
            highest: 0,
            packets: 0,
            bytes: 0,
            expected_before: 0,
            received_before: 0,
            fraction_lost: 0,
            transit: None,
            jitter: 0,
            last_sr: None,
        }
    }

    /// A packet as it came on this SSRC, with the bytes of its payload. Duplicates and packets sent again on an RTX stream do not count.
    pub fn receive(&mut self, now: Instant, seq: u64, timestamp: u32, bytes: usize) {
        let began = *self.began.get_or_insert_with(|| {
            (self.lowest, self.highest) = (seq, seq);
            now
        });
        self.packets += 1;
        self.bytes += bytes as u64;
        if seq < self.lowest && self.lowest - seq <= REORDERED {
            self.lowest = seq;
        }
        // The jitter of reordered packets would say twice what their being lost for a while says.
        if seq >= self.highest {
            self.highest = seq;
            let arrival = now.saturating_duration_since(began).as_nanos() * u128::from(self.clock_rate) / 1_000_000_000;
            self.note_transit((arrival as u32).wrapping_sub(timestamp));
        }
    }

    /// A sender report of this stream. One that was overtaken by a newer one is left aside.
    pub fn sender_report(&mut self, now: Instant, ntp: u64, rtp: u32) {
        let overtaken = self.last_sr.is_some_and(|last| {
            let (ntp_behind, rtp_behind) = (last.ntp.wrapping_sub(ntp) as i64, last.rtp.wrapping_sub(rtp) as i32);
            ntp_behind > 0 && rtp_behind > 0 && now.saturating_duration_since(last.received) < Duration::from_secs(2)
        });
        if !overtaken {
            self.last_sr = Some(SenderReport { received: now, ntp, rtp });
        }
    }

    /// The block for the report that is sent now; the fraction lost counts from the block before.
    pub fn block(&mut self, now: Instant) -> ReportBlock {
        let expected = if self.began.is_some() { self.highest - self.lowest + 1 } else { 0 };
        let expected_since = expected - self.expected_before;
        let received_since = self.packets - self.received_before;
        (self.expected_before, self.received_before) = (expected, self.packets);
        let lost_since = expected_since.saturating_sub(received_since);
        self.fraction_lost = if lost_since == 0 { 0 } else { (lost_since * 256 / expected_since).min(255) as u8 };
        let lost = i128::from(expected) - i128::from(self.packets);
        ReportBlock {
            ssrc: self.ssrc,
            fraction_lost: self.fraction_lost,
            cumulative_lost: lost.clamp(-0x80_0000, 0x7f_ffff) as i32,
            // Unwrapped numbers start one cycle up.
            highest_seq: self.highest.saturating_sub(1 << 16) as u32,
            jitter: self.jitter >> 4,
            last_sr: self.last_sr.map_or(0, |sr| (sr.ntp >> 16) as u32),
            delay_since_sr: self.last_sr.map_or(0, |sr| (to_ntp(now.saturating_duration_since(sr.received)) >> 16) as u32),
        }
    }

    /// The publisher's NTP time at an RTP timestamp, by its last sender report; none without one, or when it has no clock.
    pub fn ntp_of(&self, rtp: u32) -> Option<u64> {
        self.last_sr.filter(|sr| sr.ntp != 0).map(|sr| ntp_at(rtp, (sr.ntp, sr.rtp), self.clock_rate))
    }

    /// The RTP timestamp at a publisher's NTP time: the other way round. Between two layers of one camera: `small.rtp_of(large.ntp_of(timestamp)?)`.
    pub fn rtp_of(&self, ntp: u64) -> Option<u32> {
        self.last_sr.filter(|sr| sr.ntp != 0).map(|sr| super::rtp_at(ntp, (sr.ntp, sr.rtp), self.clock_rate))
    }

    /// Which stream.
    pub fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// Lost on the way here between the last two [`block`](Self::block)s: 0 to 1, in steps of 1/256.
    pub fn loss(&self) -> f32 {
        f32::from(self.fraction_lost) / 256.0
    }

    /// Interarrival jitter.
    pub fn jitter(&self) -> Duration {
        Duration::from_secs_f64(f64::from(self.jitter) / 16.0 / f64::from(self.clock_rate.max(1)))
    }

    /// Packets received in all.
    pub fn packets(&self) -> u64 {
        self.packets
    }

    /// Payload bytes received in all.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// RFC 3550 A.8, in integers.
    fn note_transit(&mut self, transit: u32) {
        if let Some(before) = self.transit.replace(transit) {
            let change = (transit.wrapping_sub(before) as i32).unsigned_abs();
            let decayed = self.jitter - ((self.jitter + 8) >> 4).min(self.jitter);
            self.jitter = decayed.saturating_add(change).min(u32::MAX >> 1);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const BASE: u64 = 0x1_fff0;

    fn receive(reception: &mut Reception, start: Instant, seqs: impl IntoIterator<Item = u64>) {
        for seq in seqs {
            let at = start + Duration::from_millis(20 * (seq - BASE));
            reception.receive(at, seq, (seq as u32).wrapping_mul(960), 100);
        }
    }

    #[test]
    fn counts_loss_since_the_last_block_and_in_all() {
        let start = Instant::now();
        let mut reception = Reception::new(5, 48_000);
        let nothing = reception.block(start);
        assert_eq!((nothing.ssrc, nothing.fraction_lost, nothing.cumulative_lost, nothing.highest_seq), (5, 0, 0, 0));
        receive(&mut reception, start, (BASE..BASE + 20).filter(|seq| seq % 4 != 1));
        let block = reception.block(start);
        assert_eq!((block.fraction_lost, block.cumulative_lost), (64, 5));
        assert_eq!(block.highest_seq, 0x1_0003, "cycles count from 0");
        assert!((reception.loss() - 0.25).abs() < 1e-6);
        receive(&mut reception, start, BASE + 20..BASE + 30);
        let block = reception.block(start);
        assert_eq!((block.fraction_lost, block.cumulative_lost), (0, 5));
        assert_eq!((reception.packets(), reception.bytes()), (25, 2_500));
        let block = reception.block(start);
        assert_eq!((block.fraction_lost, block.cumulative_lost), (0, 5), "nothing since");
    }

    #[test]
    fn late_ones_make_good_and_early_ones_reach_back() {
        let start = Instant::now();
        let mut reception = Reception::new(5, 48_000);
        receive(&mut reception, start, [BASE + 2, BASE + 5, BASE + 1]);
        assert_eq!(reception.block(start).cumulative_lost, 2);
        receive(&mut reception, start, [BASE + 3, BASE + 4]);
        let block = reception.block(start);
        assert_eq!((block.cumulative_lost, block.fraction_lost), (0, 0));
        receive(&mut reception, start, [BASE + 3, BASE + 4]);
        assert_eq!(reception.block(start).cumulative_lost, -2, "duplicates count below zero");
    }

    #[test]
    fn steady_arrivals_have_no_jitter_and_uneven_ones_their_own() {
        let start = Instant::now();
        let mut even = Reception::new(5, 48_000);
        receive(&mut even, start, BASE..BASE + 200);
        assert_eq!(even.block(start).jitter, 0);
        let mut uneven = Reception::new(5, 48_000);
        for n in 0..500_u64 {
            let at = start + Duration::from_millis(20 * n + 5 * (n % 2));
            uneven.receive(at, BASE + n, (n * 960) as u32, 100);
        }
        let jitter = uneven.block(start).jitter;
        assert!((225..=240).contains(&jitter), "5 ms are 240 units: {jitter}");
        assert!(uneven.jitter().abs_diff(Duration::from_millis(5)) < Duration::from_micros(300));
    }

    #[test]
    fn answers_a_sender_report_with_its_age() {
        let start = Instant::now();
        let mut reception = Reception::new(5, 90_000);
        let block = reception.block(start);
        assert_eq!((block.last_sr, block.delay_since_sr), (0, 0));
        assert_eq!(reception.ntp_of(7), None);
        reception.sender_report(start, 0x0102_0304_0506_0708, 1_000);
        let block = reception.block(start + Duration::from_millis(1_500));
        assert_eq!((block.last_sr, block.delay_since_sr), (0x0304_0506, 3 << 15));
    }

    #[test]
    fn maps_timestamps_by_the_newest_sender_report() {
        let start = Instant::now();
        let mut reception = Reception::new(5, 90_000);
        reception.sender_report(start, 10 << 32, u32::MAX);
        assert_eq!(reception.ntp_of(89_999), Some(11 << 32));
        assert_eq!(reception.rtp_of(11 << 32), Some(89_999));
        reception.sender_report(start, 9 << 32, u32::MAX - 90_000 - 7);
        assert_eq!(reception.ntp_of(89_999), Some(11 << 32), "overtaken on the way");
        reception.sender_report(start, 12 << 32, 200_000);
        assert_eq!(reception.ntp_of(200_000), Some(12 << 32));
        reception.sender_report(start + Duration::from_secs(60), 2 << 32, 100);
        assert_eq!(reception.ntp_of(100), Some(2 << 32), "the publisher set its clock");
        reception.sender_report(start + Duration::from_secs(61), 0, 90_100);
        assert_eq!(reception.ntp_of(100), None, "a sender without a clock");
    }

    #[test]
    fn wild_values_do_no_harm() {
        let start = Instant::now();
        let mut reception = Reception::new(5, 0);
        for (n, timestamp) in [0, u32::MAX / 2, 1, u32::MAX, 7].into_iter().enumerate() {
            reception.receive(start, BASE + n as u64 * 30_000, timestamp, usize::MAX >> 8);
            reception.sender_report(start, u64::MAX - n as u64, timestamp);
            reception.block(start - Duration::from_millis(1));
            reception.ntp_of(timestamp);
            reception.jitter();
        }
        assert_eq!(reception.packets(), 5);
    }
}
