//! One sent stream: what to report of it, and what its receiver reports back.

use super::NtpClock;
use crate::rtcp::{ReportBlock, SenderInfo};
use std::time::{Duration, Instant};

/// Counts one sent SSRC and keeps what its receiver last said.
#[derive(Debug)]
pub struct Sending {
    ssrc: u32,
    clock_rate: u32,
    packets: u64,
    bytes: u64,
    rtt: Option<Duration>,
    fraction_lost: u8,
    jitter: u32,
}

/// A round trip reported as longer is not believed.
const MAX_RTT: Duration = Duration::from_secs(30);
/// What clock resolution may make of a round trip of nothing, in 1/65,536 s: 5 ms less than nothing.
const SLACK: i32 = -330;

impl Sending {
    /// `clock_rate` in Hz.
    pub fn new(ssrc: u32, clock_rate: u32) -> Self {
        Self { ssrc, clock_rate, packets: 0, bytes: 0, rtt: None, fraction_lost: 0, jitter: 0 }
    }

    /// A packet with so many bytes of payload was sent.
    pub fn sent(&mut self, bytes: usize) {
        self.packets += 1;
        self.bytes += bytes as u64;
    }

    /// What a sender report says now. `rtp_now` is the stream's timestamp at `now`: [`rtp_at`](super::rtp_at) of the newest one sent and of its capture time by
    /// [`ClockMap::to_ours`](super::ClockMap::to_ours).
    pub fn sender_report(&mut self, now: Instant, clock: &NtpClock, rtp_now: u32) -> SenderInfo {
        SenderInfo { ntp: clock.ntp(now), rtp: rtp_now, packets: self.packets as u32, octets: self.bytes as u32 }
    }

    /// Takes in what the receiver reports; gives the round-trip time (RFC 3550 section 6.4.1) where the block is of this stream and answers a report of ours.
    pub fn report_block(&mut self, now: Instant, clock: &NtpClock, block: &ReportBlock) -> Option<Duration> {
        if block.ssrc != self.ssrc {
            return None;
        }
        (self.fraction_lost, self.jitter) = (block.fraction_lost, block.jitter);
        if block.last_sr == 0 {
            return None;
        }
        let arrival = (clock.ntp(now) >> 16) as u32;
        let ticks = arrival.wrapping_sub(block.last_sr).wrapping_sub(block.delay_since_sr) as i32;
        let rtt = Duration::from_nanos((ticks.max(0) as u64 * 1_000_000_000) >> 16);
        if ticks < SLACK || rtt > MAX_RTT {
            return None;
        }
        self.rtt = Some(rtt);
        Some(rtt)
    }

    /// Which stream.
    pub fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// The last round-trip time.
    pub fn rtt(&self) -> Option<Duration> {
        self.rtt
    }

    /// Lost on the way there by the last report: 0 to 1, in steps of 1/256.
    pub fn loss(&self) -> f32 {
        f32::from(self.fraction_lost) / 256.0
    }

    /// Interarrival jitter by the last report.
    pub fn jitter(&self) -> Duration {
        Duration::from_secs_f64(f64::from(self.jitter) / f64::from(self.clock_rate.max(1)))
    }

    /// Packets sent in all.
    pub fn packets(&self) -> u64 {
        self.packets
    }

    /// Payload bytes sent in all.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::{ClockMap, Reception, rtp_at};
    use super::*;

    fn world() -> (Instant, NtpClock) {
        let start = Instant::now();
        (start, NtpClock::new(start, Duration::from_secs(1_700_000_000)))
    }

    #[test]
    fn counts_what_was_sent() {
        let (start, clock) = world();
        let mut sending = Sending::new(9, 90_000);
        (0..3).for_each(|_| sending.sent(1_000));
        assert_eq!(sending.sender_report(start, &clock, 77), SenderInfo { ntp: clock.ntp(start), rtp: 77, packets: 3, octets: 3_000 });
        assert_eq!((sending.packets(), sending.bytes()), (3, 3_000));
    }

    #[test]
    fn measures_the_round_trip_with_the_other_side() {
        let (start, clock) = world();
        let at = |ms| start + Duration::from_millis(ms);
        let mut sending = Sending::new(9, 90_000);
        let mut peer = Reception::new(9, 90_000);
        let info = sending.sender_report(at(0), &clock, 77);
        peer.sender_report(at(30), info.ntp, info.rtp);
        let block = peer.block(at(700));
        let rtt = sending.report_block(at(745), &clock, &block).unwrap();
        assert!(rtt.abs_diff(Duration::from_millis(75)) < Duration::from_micros(100), "{rtt:?}");
        assert_eq!(sending.rtt(), Some(rtt));
        assert_eq!(sending.report_block(at(650), &clock, &block), None, "before the answer was sent");
        assert_eq!(sending.rtt(), Some(rtt));
    }

    #[test]
    fn does_not_believe_the_impossible() {
        let (start, clock) = world();
        let mut sending = Sending::new(9, 90_000);
        let now = (clock.ntp(start) >> 16) as u32;
        let block = |last_sr, delay_since_sr| ReportBlock { ssrc: 9, last_sr, delay_since_sr, fraction_lost: 128, jitter: 900, ..ReportBlock::default() };
        assert_eq!(sending.report_block(start, &clock, &block(0, 0)), None, "no report of ours came there yet");
        assert_eq!(sending.report_block(start, &clock, &block(now, 1_000)), None, "15 ms before it was sent");
        assert_eq!(sending.report_block(start, &clock, &block(now - 31 * 65_536, 0)), None, "31 s");
        assert_eq!(sending.report_block(start, &clock, &block(now, 100)), Some(Duration::ZERO), "a matter of resolution");
        assert_eq!(sending.report_block(start, &clock, &ReportBlock { ssrc: 8, ..block(now, 0) }), None, "another stream");
        assert!((sending.loss() - 0.5).abs() < 1e-6);
        assert_eq!(sending.jitter(), Duration::from_millis(10));
    }

    /// Sound and picture of one publisher, captured at the same instant, come out with the same time, whatever their ways here.
    #[test]
    fn sound_and_picture_keep_together_to_the_receiver() {
        let (start, clock) = world();
        let publisher = NtpClock::new(start, Duration::from_secs(1_234_567));
        let at = |ms| start + Duration::from_millis(ms);
        let mut map = ClockMap::new(clock);
        let (mut sound, mut picture) = (Reception::new(1, 48_000), Reception::new(2, 90_000));
        for second in 0..20_u64 {
            let ms = second * 1_000;
            for (reception, rate, way) in [(&mut sound, 48, 25), (&mut picture, 90, 25 + second * 7 % 40)] {
                reception.sender_report(at(ms + way), publisher.ntp(at(ms)), (ms * rate) as u32);
                map.observe(at(ms + way), publisher.ntp(at(ms)));
            }
        }
        let captured = 19_500_u64;
        let times = [(&sound, 48_u64), (&picture, 90)].map(|(reception, rate)| map.to_ours(reception.ntp_of((captured * rate) as u32).unwrap()).unwrap());
        assert!(times[0].abs_diff(times[1]) < 1 << 12, "1 µs");
        // The stream goes out with timestamps 5,000 higher; the sender report of a second later ties them to the same capture time.
        let now = at(20_500);
        let rtp_now = rtp_at(clock.ntp(now), (times[1], (captured * 90) as u32 + 5_000), 90_000);
        let info = Sending::new(7, 90_000).sender_report(now, &clock, rtp_now);
        let mut receiver = Reception::new(7, 90_000);
        receiver.sender_report(now, info.ntp, info.rtp);
        let seen = receiver.ntp_of((captured * 90) as u32 + 5_000).unwrap();
        assert!(seen.abs_diff(times[1]) < 100_000, "within 25 µs, two timestamp units");
    }
}
