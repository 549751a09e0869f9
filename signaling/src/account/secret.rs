//! Random tokens, and what is kept of them: a stolen database lets nobody in.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::Rng;

/// 256 random bits, in base64url.
pub(crate) fn token() -> String {
    let bytes: [u8; 32] = rand::random();
    URL_SAFE_NO_PAD.encode(bytes)
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

/// What is kept of a token: its SHA-256, in base64url. The token is random, so it needs no salt.
pub(crate) fn hash(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, token.as_bytes()))
}
