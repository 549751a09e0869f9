//! Random tokens, and what is kept of them: a stolen database lets nobody in.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::Rng;
use std::sync::atomic::{AtomicU64, Ordering};

/// 256 random bits, in base64url.
pub(crate) fn token() -> String {
    let bytes: [u8; 32] = rand::random();
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Letters and digits that are not taken for each other, neither on paper nor over the telephone line of a village.
const CLEAR: &[u8; 31] = b"abcdefghjkmnpqrstuvwxyz23456789";

/// 79 random bits to be told and typed: `kx7m-2pwe-9dqa-hv4t`. What is kept of it is the hash of what [`heard`] makes of it.
pub(crate) fn spoken() -> String {
    let mut random = rand::rng();
    let group = |_| (0..4).map(|_| char::from(CLEAR[random.random_range(0..CLEAR.len())])).collect::<String>();
    (0..4).map(group).collect::<Vec<_>>().join("-")
}

/// What was typed of [`spoken`], however it was grouped and whatever the case.
pub(crate) fn heard(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// 6 random digits.
pub(crate) fn digits() -> String {
    format!("{:06}", rand::rng().random_range(0..1_000_000_u32))
}

/// An id for a row that is made: 120 random bits, in base64url.
pub(crate) fn id() -> String {
    let bytes: [u8; 15] = rand::random();
    URL_SAFE_NO_PAD.encode(bytes)
}

/// An id for a line of the audit log: those of one process are in the order they were made in, also within a millisecond.
pub(crate) fn next_id() -> String {
    static MADE: AtomicU64 = AtomicU64::new(0);
    format!("{:016x}{}", MADE.fetch_add(1, Ordering::Relaxed), id())
}

/// What is kept of a token: its SHA-256, in base64url. The token is random, so it needs no salt.
pub(crate) fn hash(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, token.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_spoken_is_heard_however_it_is_typed() {
        let spoken = spoken();
        let bare: String = spoken.chars().filter(|c| *c != '-').collect();
        assert_eq!((spoken.len(), bare.len()), (19, 16), "{spoken}");
        assert!(bare.bytes().all(|letter| CLEAR.contains(&letter)), "{spoken}");
        for typed in [spoken.clone(), bare.clone(), spoken.to_uppercase(), spoken.replace('-', " "), format!(" {spoken}\n")] {
            assert_eq!(heard(&typed), bare, "{typed}");
        }
    }
}
