//! NTP time, ours and a publisher's.

use arrayvec::ArrayVec;
use std::time::{Duration, Instant};

/// From 1900, where NTP begins, to 1970 (RFC 5905 figure 4), in seconds.
const UNIX_EPOCH: u64 = 2_208_988_800;

/// Ties [`Instant`]s to 64-bit NTP time: seconds since 1900, wrapping in 2036, and fractions of 2⁻³² s.
#[derive(Clone, Copy, Debug)]
pub struct NtpClock {
    anchor: Instant,
    /// At the anchor.
    ntp: u64,
}

impl NtpClock {
    /// `now` is `unix` after 1970.
    pub fn new(now: Instant, unix: Duration) -> Self {
        Self { anchor: now, ntp: (UNIX_EPOCH << 32).wrapping_add(to_ntp(unix)) }
    }

    /// An instant, before or after the anchor, as NTP.
    pub fn ntp(&self, now: Instant) -> u64 {
        match now.checked_duration_since(self.anchor) {
            Some(after) => self.ntp.wrapping_add(to_ntp(after)),
            None => self.ntp.wrapping_sub(to_ntp(self.anchor - now)),
        }
    }
}

/// A duration in units of 2⁻³² s, wrapping after 136 years.
pub(super) fn to_ntp(duration: Duration) -> u64 {
    let fraction = (u64::from(duration.subsec_nanos()) << 32) / 1_000_000_000;
    (duration.as_secs() << 32).wrapping_add(fraction)
}

/// The RTP timestamp at `ntp` of a stream whose timestamp at `reference.0` (NTP) is `reference.1`. `clock_rate` in Hz.
pub fn rtp_at(ntp: u64, reference: (u64, u32), clock_rate: u32) -> u32 {
    let elapsed = i128::from(ntp.wrapping_sub(reference.0) as i64);
    reference.1.wrapping_add(((elapsed * i128::from(clock_rate)) >> 32) as u32)
}

/// The NTP time at the timestamp `rtp` of such a stream.
pub(super) fn ntp_at(rtp: u32, reference: (u64, u32), clock_rate: u32) -> u64 {
    let ticks = i64::from(rtp.wrapping_sub(reference.1) as i32);
    reference.0.wrapping_add_signed((ticks << 32) / i64::from(clock_rate.max(1)))
}

/// How long one minimum is gathered.
const BUCKET: Duration = Duration::from_secs(20);
/// How many of them count: drift shows within two minutes.
const BUCKETS: usize = 6;
/// The most that one observation moves the mapping, in 2⁻³² s: 0.2 ms. Once a second that follows a drift of 200 ppm.
const STEP: i64 = (1 << 32) / 5_000;
/// A publisher's clock that is off by more was set anew; in 2⁻³² s: 0.5 s.
const JUMP: i64 = 1 << 31;
/// So many observations in a row must say that it went back, which a slow network looks like.
const JUMP_WITNESSES: u8 = 5;

/// A publisher's clock in terms of ours; one for all the streams of a participant, so that they keep together exactly.
///
/// From each sender report's arrival: the least of (arrival − publisher's time) over the last two minutes is the difference of the clocks and the shortest
/// way here. The mapping follows that slowly, so that receivers see a steady clock.
#[derive(Clone, Debug)]
pub struct ClockMap {
    clock: NtpClock,
    /// Added to the publisher's time, wrapping.
    offset: Option<i64>,
    /// Minima and when each was begun, oldest first.
    buckets: ArrayVec<(Instant, i64), BUCKETS>,
    /// Observations in a row that were far above the mapping.
    far: u8,
}

impl ClockMap {
    /// Maps to this clock of ours.
    pub fn new(clock: NtpClock) -> Self {
        Self { clock, offset: None, buckets: ArrayVec::new(), far: 0 }
    }

    /// A sender report with that time arrived. A report without a time (0) says nothing.
    pub fn observe(&mut self, now: Instant, publisher_ntp: u64) {
        if publisher_ntp == 0 {
            return;
        }
        let sample = self.clock.ntp(now).wrapping_sub(publisher_ntp) as i64;
        let Some(offset) = self.offset else {
            return self.restart(now, sample);
        };
        let above = sample.wrapping_sub(offset);
        self.far = if above > JUMP { self.far + 1 } else { 0 };
        if above < -JUMP || self.far >= JUMP_WITNESSES {
            return self.restart(now, sample);
        }
        self.gather(now, sample);
        // Differences from the mapping in use, so that no wrap-around falls in between.
        let least = self.buckets.iter().map(|(_, minimum)| minimum.wrapping_sub(offset)).min().unwrap_or(0);
        self.offset = Some(offset.wrapping_add(least.clamp(-STEP, STEP)));
    }

    /// A publisher's time in terms of our clock; none before the first sender report.
    pub fn to_ours(&self, publisher_ntp: u64) -> Option<u64> {
        self.offset.map(|offset| publisher_ntp.wrapping_add_signed(offset))
    }

    fn restart(&mut self, now: Instant, sample: i64) {
        self.buckets.clear();
        self.buckets.push((now, sample));
        self.offset = Some(sample);
        self.far = 0;
    }

    fn gather(&mut self, now: Instant, sample: i64) {
        match self.buckets.last_mut() {
            Some((begun, minimum)) if now.saturating_duration_since(*begun) < BUCKET => {
                if sample.wrapping_sub(*minimum) < 0 {
                    *minimum = sample;
                }
            }
            _ => {
                if self.buckets.is_full() {
                    self.buckets.remove(0);
                }
                self.buckets.push((now, sample));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use rand::rngs::SmallRng;
    use rand::{Rng, SeedableRng};

    const MS: i64 = (1 << 32) / 1_000;

    fn clock() -> (Instant, NtpClock) {
        let start = Instant::now() + Duration::from_secs(1_000);
        (start, NtpClock::new(start, Duration::from_secs(1_700_000_000)))
    }

    #[test]
    fn ntp_counts_from_1900() {
        let (start, clock) = clock();
        assert_eq!(clock.ntp(start) >> 32, 1_700_000_000 + 2_208_988_800);
        assert_eq!(clock.ntp(start + Duration::from_millis(500)) as u32, 1 << 31);
        assert_eq!(clock.ntp(start).wrapping_sub(clock.ntp(start - Duration::from_millis(250))), 1 << 30, "before the anchor");
        let late = NtpClock::new(start, Duration::from_secs(u64::from(u32::MAX) - 2_208_988_800));
        assert_eq!(late.ntp(start + Duration::from_secs(1)) >> 32, 0, "wraps in 2036");
    }

    #[test]
    fn timestamps_and_ntp_go_both_ways() {
        let reference = (5 << 32, u32::MAX - 10);
        assert_eq!(rtp_at(6 << 32, reference, 90_000), 90_000 - 11);
        assert_eq!(rtp_at(4 << 32, reference, 90_000), u32::MAX - 10 - 90_000);
        assert_eq!(ntp_at(90_000 - 11, reference, 90_000), 6 << 32);
        assert_eq!(ntp_at(u32::MAX - 10 - 90_000, reference, 90_000), 4 << 32);
        assert_eq!(rtp_at(2, (u64::MAX, 7), 48_000), 7, "over the wrap of NTP");
    }

    /// Sender reports once a second over a jittery way; returns the error of the mapping in units of 2⁻³² s each time. `ahead` tells the publisher's clock.
    fn observe(seconds: u64, seed: u64, ahead: impl Fn(u64) -> i64) -> Vec<i64> {
        let (start, clock) = clock();
        let mut rng = SmallRng::seed_from_u64(seed);
        let mut map = ClockMap::new(clock);
        (0..seconds)
            .map(|second| {
                let sent = start + Duration::from_secs(second);
                let publisher_ntp = clock.ntp(sent).wrapping_add_signed(ahead(second));
                let way = 20 + if rng.random_ratio(1, 3) { 0 } else { rng.random_range(0..60) };
                map.observe(sent + Duration::from_millis(way), publisher_ntp);
                map.to_ours(publisher_ntp).unwrap().wrapping_sub(clock.ntp(sent)) as i64 - 20 * MS
            })
            .collect()
    }

    #[test]
    fn finds_the_shortest_way_and_stays_there() {
        for seed in 0..20 {
            for ahead in [0, 3_600 * 1_000 * MS, i64::MAX / 2 - 7, i64::MIN] {
                let errors = observe(600, seed, |_| ahead);
                assert!(errors[400..].iter().all(|error| error.abs() < MS), "{:?}", &errors[400..410]);
                assert!(errors.windows(2).all(|pair| (pair[1] - pair[0]).abs() <= STEP), "never a step");
            }
        }
    }

    #[test]
    fn follows_drift() {
        for ppm in [-100, 100] {
            let errors = observe(2_000, 1, |second| second as i64 * MS / 1_000 * ppm);
            let worst = errors[600..].iter().map(|error| error.abs()).max().unwrap();
            assert!(worst < 15 * MS, "{} ms", worst / MS);
        }
    }

    #[test]
    fn follows_a_clock_set_anew() {
        for change in [-10_000 * MS, 10_000 * MS] {
            let errors = observe(40, 2, |second| if second < 20 { 0 } else { change });
            assert!(errors[19].abs() < 61 * MS);
            assert!(errors[25..].iter().all(|error| error.abs() < 61 * MS), "{errors:?}");
        }
    }

    #[test]
    fn a_hold_up_on_the_way_changes_nothing() {
        let (start, clock) = clock();
        let mut map = ClockMap::new(clock);
        assert_eq!(map.to_ours(1), None);
        map.observe(start, 0);
        assert_eq!(map.to_ours(1), None, "a report without a time");
        map.observe(start, clock.ntp(start));
        for second in 1..5 {
            let sent = start + Duration::from_secs(second);
            map.observe(sent + Duration::from_secs(2), clock.ntp(sent));
            assert_eq!(map.to_ours(77), Some(77));
        }
    }
}
