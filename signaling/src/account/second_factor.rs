//! One-time codes (TOTP, RFC 6238): 6 digits, SHA-1, 30 s, one step of the clock either way.

use super::vault::Vault;
use crate::store::{Store, StoreError};
use totp_rs::{Algorithm, Builder, Secret, Totp};

/// A new secret, in base 32 (RFC 4648 section 6): 160 bits, as RFC 4226 section 4 advises.
pub(crate) fn new_secret() -> String {
    let bytes: [u8; 20] = rand::random();
    Secret::from(bytes.to_vec()).to_base32()
}

fn totp(secret: &str, login: &str) -> Option<Totp> {
    let secret = Secret::try_from_base32(secret).ok()?;
    // A colon parts the issuer from the account in the address.
    let account = login.replace(':', "_");
    let builder = Builder::new().with_algorithm(Algorithm::SHA1).with_digits(6).with_skew(1).with_step_duration(30);
    builder.with_secret(secret).with_account_name(account).with_issuer(Some("Tongke")).build().ok()
}

/// `otpauth://totp/…`, for an authenticator app.
pub(crate) fn uri(secret: &str, login: &str) -> Option<String> {
    totp(secret, login)?.to_url().ok()
}

/// The time step whose code this is; the caller sees to it that each step is taken once.
pub(crate) fn step(secret: &str, code: &str, now_ms: u64) -> Option<u64> {
    if code.len() != 6 || !code.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    totp(secret, "")?.check(code, now_ms / 1_000)
}

/// Locks the secrets that the store has from before there was a lock, and tells of those that do not open: the data directory has another secret than they were
/// locked with.
///
/// # Errors
/// [`StoreError::Database`].
pub(crate) async fn lock_all(store: &Store, vault: &Vault) -> Result<(), StoreError> {
    let mut closed = 0;
    for (person, stored) in store.totp_secrets().await? {
        if Vault::is_locked(&stored) {
            closed += u64::from(vault.open(&person, &stored).is_none());
        } else if let Ok(locked) = vault.lock(&person, &stored) {
            store.rewrite_totp(&person, &stored, &locked).await?;
        }
    }
    if closed > 0 {
        tracing::error!(people = closed, "second factors were set up with another secret.key: put it back, or remove these people's second factors");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// RFC 6238 appendix B, the last 6 of its 8 digits: the secret is "12345678901234567890".
    #[test]
    fn the_codes_are_those_of_the_rfc() {
        let secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
        for (seconds, code) in [(59_u64, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000, "353130")] {
            assert_eq!(step(secret, code, seconds * 1_000), Some(seconds / 30));
            assert_eq!(step(secret, code, (seconds + 30) * 1_000), Some(seconds / 30), "a slow clock");
            assert_eq!(step(secret, code, (seconds + 90) * 1_000), None);
        }
        for code in ["", "28708", "2870820", "abcdef", "２８７０８２"] {
            assert_eq!(step(secret, code, 59_000), None, "{code}");
        }
    }

    #[test]
    fn the_address_names_service_and_account() {
        let secret = new_secret();
        let uri = uri(&secret, "wang:li").unwrap();
        assert!(uri.starts_with("otpauth://totp/Tongke:wang_li?") && uri.contains(&secret), "{uri}");
    }
}
