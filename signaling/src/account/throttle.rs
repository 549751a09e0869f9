//! How often an address may try: a bucket each, in bounded memory.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Addresses remembered; when there are more, those that may try again anyway are forgotten, then all.
const ADDRESSES: usize = 10_000;

/// Attempts of each address.
#[derive(Debug)]
pub(crate) struct Throttle {
    burst: u32,
    refill: Duration,
    tried: Mutex<HashMap<IpAddr, Instant>>,
}

impl Throttle {
    /// `burst` attempts at once, and a further one every `refill`.
    pub(crate) fn new(burst: u32, refill: Duration) -> Self {
        Self { burst, refill, tried: Mutex::default() }
    }

    /// Counts an attempt.
    ///
    /// # Errors
    /// How long to wait, where it is one too many.
    pub(crate) fn attempt(&self, address: IpAddr, now: Instant) -> Result<(), Duration> {
        let mut tried = self.tried.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if tried.len() >= ADDRESSES && !tried.contains_key(&address) {
            tried.retain(|_, full| *full > now);
            if tried.len() >= ADDRESSES {
                tried.clear();
            }
        }
        // The moment at which the bucket will be full again: each attempt moves it on.
        let full = tried.get(&address).copied().unwrap_or(now).max(now) + self.refill;
        let most = now + self.refill * self.burst;
        if full > most {
            return Err(full - most);
        }
        tried.insert(address, full);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_then_one_at_a_time() {
        let throttle = Throttle::new(3, Duration::from_secs(10));
        let (address, other) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        let start = Instant::now();
        assert!((0..3).all(|_| throttle.attempt(address, start).is_ok()));
        assert_eq!(throttle.attempt(address, start), Err(Duration::from_secs(10)));
        assert!(throttle.attempt(other, start).is_ok(), "addresses are apart");
        let later = start + Duration::from_secs(10);
        assert!(throttle.attempt(address, later).is_ok() && throttle.attempt(address, later).is_err());
    }

    #[test]
    fn memory_is_bounded() {
        let throttle = Throttle::new(1, Duration::from_secs(3_600));
        let now = Instant::now();
        for number in 0..30_000_u32 {
            let _ = throttle.attempt(IpAddr::from(number.to_be_bytes()), now);
        }
        assert!(throttle.tried.lock().map(|tried| tried.len()).unwrap_or(usize::MAX) <= ADDRESSES);
    }
}
