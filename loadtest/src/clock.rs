//! One reading of the machine's clocks, from which every later time is computed: pure code is handed an [`Instant`] and this.

use nix::time::{ClockId, clock_gettime};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Seconds between 1900 (NTP, RFC 5905) and 1970 (Unix).
const NTP_OFFSET: u64 = 2_208_988_800;

/// Where [`Instant`], `CLOCK_MONOTONIC` and UTC stood at one moment.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    origin: Instant,
    monotonic: Duration,
    unix: Duration,
}

impl Clock {
    /// Reads the machine's clocks. Two processes on one machine agree about [`Clock::nanos`].
    pub fn read() -> Clock {
        let origin = Instant::now();
        let monotonic = clock_gettime(ClockId::CLOCK_MONOTONIC).map(Duration::from).unwrap_or_default();
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Clock { origin, monotonic, unix }
    }

    /// A clock for tests: at `origin`, `CLOCK_MONOTONIC` and UTC show what is given.
    pub fn fixed(origin: Instant, monotonic: Duration, unix: Duration) -> Clock {
        Clock { origin, monotonic, unix }
    }

    /// `CLOCK_MONOTONIC` at `at`, in nanoseconds.
    pub fn nanos(&self, at: Instant) -> u64 {
        self.shift(self.monotonic, at).as_nanos() as u64
    }

    /// UTC at `at`, since 1970.
    pub fn unix(&self, at: Instant) -> Duration {
        self.shift(self.unix, at)
    }

    /// The 64-bit NTP time at `at` (RFC 3550, section 4): seconds since 1900 in 32.32 fixed point.
    pub fn ntp(&self, at: Instant) -> u64 {
        let unix = self.unix(at);
        ((unix.as_secs() + NTP_OFFSET) << 32) | ((u64::from(unix.subsec_nanos()) << 32) / 1_000_000_000)
    }

    fn shift(&self, base: Duration, at: Instant) -> Duration {
        match at.checked_duration_since(self.origin) {
            Some(later) => base + later,
            None => base.saturating_sub(self.origin - at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shifts_both_ways() {
        let origin = Instant::now() + Duration::from_secs(100);
        let clock = Clock::fixed(origin, Duration::from_secs(5), Duration::from_millis(1_000_500));
        assert_eq!(clock.nanos(origin + Duration::from_nanos(7)), 5_000_000_007);
        assert_eq!(clock.nanos(origin - Duration::from_secs(1)), 4_000_000_000);
        assert_eq!(clock.ntp(origin), ((1_000 + NTP_OFFSET) << 32) | 0x8000_0000);
    }
}
