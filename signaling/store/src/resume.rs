//! Resume tokens: 256 random bits a page keeps to take its place again; the service keeps their SHA-256 only.

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::RngCore;

/// The SHA-256 of a resume token.
pub type ResumeHash = [u8; 32];

/// A resume token as the page holds it.
#[derive(Clone, PartialEq, Eq)]
pub struct ResumeToken(String);

impl std::fmt::Debug for ResumeToken {
    /// Without the secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ResumeToken(…)")
    }
}

impl ResumeToken {
    /// A new one from the operating system's randomness.
    pub fn random() -> Self {
        let mut bits = [0u8; 32];
        rand::rng().fill_bytes(&mut bits);
        Self(URL_SAFE_NO_PAD.encode(bits))
    }

    /// One as a page sent it. Any text is taken: it is compared by its hash alone.
    pub fn from_page(text: String) -> Self {
        Self(text)
    }

    /// What the store keeps.
    pub fn hash(&self) -> ResumeHash {
        let mut hash = [0u8; 32];
        hash.copy_from_slice(digest::digest(&digest::SHA256, self.0.as_bytes()).as_ref());
        hash
    }

    /// The text for a `welcome`.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ_and_do_not_show_in_logs() {
        let (one, two) = (ResumeToken::random(), ResumeToken::random());
        assert_ne!(one.hash(), two.hash());
        assert_eq!(one.reveal().len(), 43);
        assert!(!format!("{one:?}").contains(one.reveal()));
        assert_eq!(ResumeToken::from_page(one.reveal().to_owned()).hash(), one.hash());
    }
}
