//! What must be read again, unlike a password, and lies in the database: locked with a key that does not. Whoever has the database alone, or a backup of it, makes
//! no codes.

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// What the key is for: one for anything else would be another.
const PURPOSE: &[u8] = b"tongke second factor 1";

/// What a locked text begins with. No secret in base 32 does.
const LOCKED: &str = "v1.";

const NONCE: usize = 12;

/// Locks and opens secrets of one-time codes (AES-256-GCM; the key by HKDF-SHA256 from the installation's secret).
pub(crate) struct Vault(RandomizedNonceKey);

impl std::fmt::Debug for Vault {
    /// Without the key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault(…)")
    }
}

impl Vault {
    /// With a key of its own from the installation's secret.
    pub(crate) fn new(secret: &[u8]) -> Result<Self, Unspecified> {
        let mut key = [0; 32];
        Salt::new(HKDF_SHA256, &[]).extract(secret).expand(&[PURPOSE], &AES_256_GCM)?.fill(&mut key)?;
        RandomizedNonceKey::new(&AES_256_GCM, &key).map(Self)
    }

    /// Locks a secret. It opens for this person only: a row that was copied to another person opens nothing.
    pub(crate) fn lock(&self, person: &str, secret: &str) -> Result<String, Unspecified> {
        let mut text = secret.as_bytes().to_vec();
        let nonce = self.0.seal_in_place_append_tag(Aad::from(person), &mut text)?;
        let whole: Vec<u8> = nonce.as_ref().iter().chain(&text).copied().collect();
        Ok(format!("{LOCKED}{}", URL_SAFE_NO_PAD.encode(whole)))
    }

    /// Opens what [`Vault::lock`] locked; none where it is another's, was changed, or was locked with the secret of another data directory. A secret that was
    /// stored before there was a lock is itself.
    pub(crate) fn open(&self, person: &str, stored: &str) -> Option<String> {
        let Some(locked) = stored.strip_prefix(LOCKED) else { return Some(stored.to_owned()) };
        let mut whole = URL_SAFE_NO_PAD.decode(locked).ok()?;
        let (nonce, text) = whole.split_at_mut_checked(NONCE)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let secret = self.0.open_in_place(nonce, Aad::from(person), text).ok()?;
        String::from_utf8(secret.to_vec()).ok()
    }

    /// Whether a stored text is locked.
    pub(crate) fn is_locked(stored: &str) -> bool {
        stored.starts_with(LOCKED)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::account::second_factor::new_secret;

    #[test]
    fn what_was_locked_opens_for_its_person_and_key_alone() {
        let (vault, other) = (Vault::new(&[7; 32]).unwrap(), Vault::new(&[8; 32]).unwrap());
        let secret = new_secret();
        let (once, again) = (vault.lock("li", &secret).unwrap(), vault.lock("li", &secret).unwrap());
        assert!(once != again && Vault::is_locked(&once) && !once.contains(&secret), "{once}");
        assert_eq!(vault.open("li", &once), Some(secret.clone()));
        assert_eq!(Vault::new(&[7; 32]).unwrap().open("li", &again), Some(secret.clone()), "after a restart");
        assert_eq!(vault.open("wang", &once), None);
        assert_eq!(other.open("li", &once), None);
        assert_eq!(vault.open("li", &secret), Some(secret), "from before there was a lock");
    }

    #[test]
    fn what_was_changed_does_not_open() {
        let vault = Vault::new(&[7; 32]).unwrap();
        let locked = vault.lock("li", &new_secret()).unwrap();
        let bytes = URL_SAFE_NO_PAD.decode(locked.strip_prefix(LOCKED).unwrap()).unwrap();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert_eq!(vault.open("li", &format!("{LOCKED}{}", URL_SAFE_NO_PAD.encode(changed))), None, "byte {at}");
            assert_eq!(vault.open("li", &format!("{LOCKED}{}", URL_SAFE_NO_PAD.encode(&bytes[..at]))), None, "{at} bytes");
        }
        assert_eq!(vault.open("li", "v1.*"), None);
    }
}
