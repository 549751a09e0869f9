//! One attempt to sign in, bound to the browser that began it: everything is derived from one secret, which the browser holds in a cookie that no script
//! reads. The server remembers nothing, so strangers can fill nothing up, and any node can finish what another began.

use crate::account::secret;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The longest way back, in bytes.
const LONGEST_BACK: usize = 500;
/// The secret's length: 256 bits in base64url.
const SECRET: usize = 43;

/// One attempt.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Attempt {
    secret: String,
    back: Option<String>,
}

impl std::fmt::Debug for Attempt {
    /// Without the secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Attempt").field("back", &self.back).finish_non_exhaustive()
    }
}

impl Attempt {
    /// A new one, that leads back to a path of our own; what is none is forgotten.
    pub(crate) fn new(back: Option<&str>) -> Self {
        Self { secret: secret::token(), back: back.filter(|path| is_own_path(path)).map(str::to_owned) }
    }

    /// What the cookie holds.
    pub(crate) fn cookie(&self) -> String {
        format!("{}.{}", self.secret, URL_SAFE_NO_PAD.encode(self.back.as_deref().unwrap_or_default()))
    }

    /// The attempt of a cookie; none where it holds none.
    pub(crate) fn from_cookie(value: &str) -> Option<Self> {
        let (secret, back) = value.split_once('.')?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        if secret.len() != SECRET || !secret.bytes().all(plain) || back.len() > LONGEST_BACK * 4 / 3 + 4 {
            return None;
        }
        let back = String::from_utf8(URL_SAFE_NO_PAD.decode(back).ok()?).ok()?;
        Some(Self { secret: secret.to_owned(), back: Some(back).filter(|path| is_own_path(path)) })
    }

    /// Where to go afterwards.
    pub(crate) fn back(&self) -> Option<&str> {
        self.back.as_deref()
    }

    /// Goes through the provider and comes back: ties the answer to this browser.
    pub(crate) fn state(&self) -> String {
        self.derived("state")
    }

    /// Whether an answer's state is of this attempt.
    pub(crate) fn fits(&self, state: &str) -> bool {
        verify_slices_are_equal(self.state().as_bytes(), state.as_bytes()).is_ok()
    }

    /// Comes back inside the id token: ties the token to this attempt.
    pub(crate) fn nonce(&self) -> String {
        self.derived("nonce")
    }

    /// Proves to the token endpoint that the code was asked for here (RFC 7636).
    pub(crate) fn verifier(&self) -> String {
        self.derived("verifier")
    }

    /// What the provider is told of the verifier beforehand (S256).
    pub(crate) fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(digest(&SHA256, self.verifier().as_bytes()))
    }

    /// One way: who sees one of them knows none of the others.
    fn derived(&self, what: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.secret.as_bytes());
        URL_SAFE_NO_PAD.encode(hmac::sign(&key, what.as_bytes()))
    }
}

/// Whether it is a page of this server and nothing else: no other site, however it is written, and nothing that acts.
fn is_own_path(path: &str) -> bool {
    let plain = path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    plain && path.len() <= LONGEST_BACK && path.starts_with('/') && !path.starts_with("//") && !path.starts_with("/api/")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;
    use url::Url;

    #[test]
    fn it_survives_in_its_cookie() {
        let attempt = Attempt::new(Some("/school?week=3#today"));
        let again = Attempt::from_cookie(&attempt.cookie()).unwrap();
        assert_eq!((&again, again.back()), (&attempt, Some("/school?week=3#today")));
        assert!(again.fits(&attempt.state()) && !again.fits(&Attempt::new(None).state()) && !again.fits(""));
        assert_eq!(Attempt::from_cookie(&Attempt::new(None).cookie()).unwrap().back(), None);
        for bad in ["", ".", "abc.L3NjaG9vbA", &attempt.cookie()[1..], &attempt.cookie().replace('.', ""), &format!("{}.!", attempt.secret)] {
            assert_eq!(Attempt::from_cookie(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_goes_over_the_line_does_not_tell_the_rest() {
        let attempt = Attempt::new(None);
        let all = [attempt.state(), attempt.nonce(), attempt.verifier(), attempt.challenge(), attempt.secret.clone()];
        let different: std::collections::HashSet<_> = all.iter().collect();
        assert_eq!(different.len(), all.len());
        assert!((43..=128).contains(&attempt.verifier().len()), "RFC 7636 section 4.1");
        assert!(!format!("{attempt:?}").contains(&attempt.secret));
    }

    #[test]
    fn the_challenge_is_that_of_the_rfc() {
        // RFC 7636 appendix B.
        let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, b"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
        assert_eq!(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn there_is_no_way_to_another_site() {
        let bad =
            ["https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example", "/a b", "/\r\nSet-Cookie: x", "", "school"];
        for path in bad.into_iter().chain(["/api/v1/oidc/start", "/教室", &format!("/{}", "x".repeat(LONGEST_BACK))]) {
            assert_eq!(Attempt::new(Some(path)).back(), None, "{path:?}");
            let forged = format!("{}.{}", secret::token(), URL_SAFE_NO_PAD.encode(path));
            assert_eq!(Attempt::from_cookie(&forged).and_then(|attempt| attempt.back), None, "{path:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_taken_as_a_way_back_stays_here(path in "[/\\\\.:@?#a-z \t]{0,12}") {
            if let Some(back) = Attempt::new(Some(&path)).back() {
                let base: Url = "https://school.example/signin".parse().unwrap();
                prop_assert_eq!(base.join(back).unwrap().origin(), base.origin());
            }
        }

        #[test]
        fn no_cookie_is_too_strange(value in ".{0,80}") {
            let _ = Attempt::from_cookie(&value);
        }
    }
}
