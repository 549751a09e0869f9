//! Logins that nobody has are locked as those of people are: otherwise the lock would tell which logins there are.

use crate::store::{STRANGERS, Stranger};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// What the key is for: one for anything else would be another.
const PURPOSE: &[u8] = b"tongke unknown logins 1";

/// Says where attempts at a login are counted that nobody has. Without the key nobody finds two logins that have the same place.
pub(crate) struct Strangers(hmac::Key);

impl std::fmt::Debug for Strangers {
    /// Without the key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Strangers(…)")
    }
}

impl Strangers {
    /// With a key of its own from the installation's secret.
    pub(crate) fn new(secret: &[u8]) -> Result<Self, Unspecified> {
        let mut key = [0; 32];
        Salt::new(HKDF_SHA256, &[]).extract(secret).expand(&[PURPOSE], hmac::HMAC_SHA256)?.fill(&mut key)?;
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &key)))
    }

    /// Where attempts at a login are counted.
    pub(crate) fn place(&self, login: &str) -> Stranger {
        let mark = hmac::sign(&self.0, login.as_bytes());
        let (first, rest) = mark.as_ref().split_at(4);
        let number = first.iter().fold(0, |number, byte| (number << 8) | u32::from(*byte));
        Stranger { place: number % STRANGERS, mark: URL_SAFE_NO_PAD.encode(rest) }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn places_are_spread_by_the_key() {
        let (here, there) = (Strangers::new(&[7; 32]).unwrap(), Strangers::new(&[8; 32]).unwrap());
        assert_eq!(here.place("nobody"), Strangers::new(&[7; 32]).unwrap().place("nobody"), "after a restart");
        assert_ne!(here.place("nobody"), there.place("nobody"));
        let places: HashSet<u32> = (0..1_000).map(|number| here.place(&number.to_string()).place).collect();
        assert!(places.len() > 950 && places.iter().all(|place| *place < STRANGERS), "{}", places.len());
    }
}
