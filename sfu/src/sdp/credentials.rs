//! ICE credentials, certificate fingerprint and DTLS role of an offer.

use super::error::{OfferError, clip};
use crate::spec::{Fingerprint, FingerprintAlgorithm};
use std::fmt::Write;

/// The attributes that a BUNDLE group has once; on the session or on its first m-line.
#[derive(Clone, Debug, Default)]
pub(super) struct TransportAttributes {
    pub(super) ufrag: Option<String>,
    pub(super) pwd: Option<String>,
    /// As offered; the first few.
    pub(super) fingerprints: Vec<String>,
    pub(super) setup: Option<String>,
}

/// Fingerprints looked at; there are three accepted hashes.
const MAX_FINGERPRINTS: usize = 8;

impl TransportAttributes {
    /// Takes an attribute if it is one of these.
    pub(super) fn attribute(&mut self, key: &str, value: &str) {
        match key {
            "ice-ufrag" => self.ufrag = Some(value.to_owned()),
            "ice-pwd" => self.pwd = Some(value.to_owned()),
            "fingerprint" if self.fingerprints.len() < MAX_FINGERPRINTS => self.fingerprints.push(value.to_owned()),
            "setup" => self.setup = Some(value.to_owned()),
            _ => {}
        }
    }

    /// The peer's `ice-ufrag` and `ice-pwd`, from here or from the session.
    pub(super) fn ice(&self, session: &TransportAttributes) -> Result<(String, String), OfferError> {
        let of = |own: &Option<String>, session: &Option<String>, name| own.as_ref().or(session.as_ref()).cloned().ok_or(OfferError::NoIce(name));
        let ufrag = of(&self.ufrag, &session.ufrag, "ice-ufrag")?;
        let pwd = of(&self.pwd, &session.pwd, "ice-pwd")?;
        check_ice(&ufrag, &pwd)?;
        Ok((ufrag, pwd))
    }

    /// The peer's fingerprint: of several (they are of one certificate, RFC 8122 §5) the first whose hash is accepted.
    pub(super) fn fingerprint(&self, session: &TransportAttributes) -> Result<Fingerprint, OfferError> {
        let offered = if self.fingerprints.is_empty() { &session.fingerprints } else { &self.fingerprints };
        let mut refused = OfferError::NoFingerprint;
        for text in offered {
            match parse_fingerprint(text) {
                Ok(fingerprint) => return Ok(fingerprint),
                Err(error) => refused = error,
            }
        }
        Err(refused)
    }

    /// Whether we open the DTLS handshake.
    pub(super) fn dtls_active(&self, session: &TransportAttributes) -> Result<bool, OfferError> {
        match self.setup.as_deref().or(session.setup.as_deref()) {
            // RFC 4145 §4: without the attribute the offerer is active.
            None | Some("actpass" | "active") => Ok(false),
            Some("passive") => Ok(true),
            Some(other) => Err(OfferError::BadSetup(clip(other))),
        }
    }
}

/// Lengths of RFC 8839 §5.4. Its alphabet is narrower than what is let through here: some agents stray from it, and only `:` and space do harm.
pub(super) fn check_ice(ufrag: &str, pwd: &str) -> Result<(), OfferError> {
    for (attribute, value, min) in [("ice-ufrag", ufrag, 4), ("ice-pwd", pwd, 22)] {
        let characters = value.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':');
        if !(min..=256).contains(&value.len()) || !characters {
            return Err(OfferError::BadIce { attribute, len: value.len(), min });
        }
    }
    Ok(())
}

fn parse_fingerprint(text: &str) -> Result<Fingerprint, OfferError> {
    let malformed = || OfferError::BadFingerprint(clip(text));
    let (name, hex) = text.split_once(' ').ok_or_else(malformed)?;
    let (algorithm, len) = match name.to_ascii_lowercase().as_str() {
        "sha-256" => (FingerprintAlgorithm::Sha256, 32),
        "sha-384" => (FingerprintAlgorithm::Sha384, 48),
        "sha-512" => (FingerprintAlgorithm::Sha512, 64),
        _ => return Err(OfferError::UnsupportedHash(clip(name))),
    };
    let byte = |pair: &str| if pair.len() == 2 && !pair.starts_with('+') { u8::from_str_radix(pair, 16).ok() } else { None };
    let bytes: Option<Vec<u8>> = hex.trim().split(':').take(len + 1).map(byte).collect();
    match bytes {
        Some(bytes) if bytes.len() == len => Ok(Fingerprint { algorithm, bytes }),
        _ => Err(malformed()),
    }
}

/// The value of `a=fingerprint` (RFC 8122 §5).
pub(super) fn write_fingerprint(fingerprint: &Fingerprint) -> String {
    let mut text = match fingerprint.algorithm {
        FingerprintAlgorithm::Sha256 => "sha-256 ",
        FingerprintAlgorithm::Sha384 => "sha-384 ",
        FingerprintAlgorithm::Sha512 => "sha-512 ",
    }
    .to_owned();
    for (index, byte) in fingerprint.bytes.iter().enumerate() {
        let colon = if index == 0 { "" } else { ":" };
        // Writing to a string cannot fail.
        let _ = write!(text, "{colon}{byte:02X}");
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn hex(len: usize) -> String {
        vec!["aB"; len].join(":")
    }

    #[test]
    fn fingerprints_read_back_as_written() {
        for (name, len) in [("sha-256", 32), ("SHA-384", 48), ("sha-512", 64)] {
            let read = parse_fingerprint(&format!("{name} {}", hex(len))).unwrap();
            assert_eq!(write_fingerprint(&read), format!("{} {}", name.to_lowercase(), hex(len).to_uppercase()));
        }
    }

    #[test]
    fn malformed_fingerprints_are_told_from_unknown_hashes() {
        assert_eq!(parse_fingerprint("sha-1 00:11"), Err(OfferError::UnsupportedHash("sha-1".into())));
        for text in ["sha-256".to_owned(), format!("sha-256 {}", hex(31)), format!("sha-256 {}", hex(33)), format!("sha-256 {}", hex(32).replace('a', "+"))] {
            assert!(matches!(parse_fingerprint(&text), Err(OfferError::BadFingerprint(_))), "{text}");
        }
    }

    #[test]
    fn the_first_accepted_hash_counts() {
        let mut line = TransportAttributes::default();
        line.attribute("fingerprint", "md5 00");
        assert_eq!(line.fingerprint(&TransportAttributes::default()), Err(OfferError::UnsupportedHash("md5".into())));
        line.attribute("fingerprint", &format!("sha-384 {}", hex(48)));
        assert_eq!(line.fingerprint(&TransportAttributes::default()).unwrap().algorithm, FingerprintAlgorithm::Sha384);
    }

    #[test]
    fn credentials_have_a_length_and_no_colon() {
        let pwd = "p".repeat(22);
        assert_eq!(check_ice("ufra", &pwd), Ok(()));
        assert_eq!(check_ice("ufr", &pwd), Err(OfferError::BadIce { attribute: "ice-ufrag", len: 3, min: 4 }));
        assert!(check_ice("uf:rag", &pwd).is_err() && check_ice("ufrag", &pwd[1..]).is_err() && check_ice(&"u".repeat(257), &pwd).is_err());
    }

    #[test]
    fn the_dtls_role_follows_setup() {
        let session = TransportAttributes::default();
        let mut line = TransportAttributes::default();
        for (setup, active) in
            [("actpass", Ok(false)), ("active", Ok(false)), ("passive", Ok(true)), ("holdconn", Err(OfferError::BadSetup("holdconn".into())))]
        {
            line.attribute("setup", setup);
            assert_eq!(line.dtls_active(&session), active);
        }
    }
}
