//! SDP fragments of WHIP and WHEP `PATCH` requests (RFC 8840 §9, RFC 9725 §4.3).

use super::candidate::Candidate;
use super::credentials::{TransportAttributes, check_ice};
use super::error::{MAX_FRAGMENT_BYTES, OfferError};
use super::offer::check_characters;
use crate::id::Kind;
use std::fmt::Write;

/// What a fragment says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fragment {
    /// The peer's `ice-ufrag` and `ice-pwd`. Trickled candidates carry the present ones; others mean an ICE restart.
    pub credentials: Option<(String, String)>,
    /// How many candidates it has. An ICE-lite agent has no use for them: it answers where checks come from.
    pub candidates: usize,
    /// Whether the peer has no more.
    pub end_of_candidates: bool,
}

/// Reads a fragment.
///
/// # Errors
/// When it is too long, not a list of SDP lines, has neither credentials nor candidates, or impossible credentials.
pub fn parse_fragment(text: &str) -> Result<Fragment, OfferError> {
    if text.len() > MAX_FRAGMENT_BYTES {
        return Err(OfferError::TooLong { len: text.len(), max: MAX_FRAGMENT_BYTES });
    }
    check_characters(text)?;
    let mut transport = TransportAttributes::default();
    let mut fragment = Fragment { credentials: None, candidates: 0, end_of_candidates: false };
    for line in text.lines() {
        let Some(attribute) = line.trim_end().strip_prefix("a=") else { continue };
        let (key, value) = attribute.split_once(':').unwrap_or((attribute, ""));
        match key {
            "candidate" => fragment.candidates += 1,
            "end-of-candidates" => fragment.end_of_candidates = true,
            // All m-lines are bundled: the first credentials are everybody's.
            "ice-ufrag" if transport.ufrag.is_some() => {}
            "ice-pwd" if transport.pwd.is_some() => {}
            _ => transport.attribute(key, value),
        }
    }
    fragment.credentials = match (transport.ufrag, transport.pwd) {
        (Some(ufrag), Some(pwd)) => {
            check_ice(&ufrag, &pwd)?;
            Some((ufrag, pwd))
        }
        (Some(_), None) => return Err(OfferError::NoIce("ice-pwd")),
        (None, Some(_)) => return Err(OfferError::NoIce("ice-ufrag")),
        (None, None) => None,
    };
    if fragment.credentials.is_none() && fragment.candidates == 0 && !fragment.end_of_candidates {
        return Err(OfferError::EmptyFragment);
    }
    Ok(fragment)
}

/// Writes our answer to an ICE restart: our new credentials, and all our candidates. `mids` are those of the answer's BUNDLE group in its order, with their
/// kinds; the first carries the candidates.
pub fn write_fragment(ufrag: &str, pwd: &str, candidates: &[Candidate], mids: &[(Kind, &str)]) -> String {
    let mut text = "a=ice-lite\r\n".to_owned();
    let mut put = |line: &dyn std::fmt::Display| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{line}\r\n");
    };
    if let Some((kind, mid)) = mids.first() {
        let group: Vec<&str> = mids.iter().map(|(_, mid)| *mid).collect();
        put(&format_args!("a=group:BUNDLE {}", group.join(" ")));
        // A pseudo m-line: port and formats say nothing (RFC 8840 §4.1).
        put(&format_args!("m={} 9 UDP/TLS/RTP/SAVPF 0", media(*kind)));
        put(&format_args!("a=mid:{mid}"));
    }
    put(&format_args!("a=ice-ufrag:{ufrag}"));
    put(&format_args!("a=ice-pwd:{pwd}"));
    for (index, candidate) in candidates.iter().enumerate() {
        put(&format_args!("a={}", candidate.attribute(index)));
    }
    put(&"a=end-of-candidates");
    text
}

/// The media name of an m-line.
pub(super) fn media(kind: Kind) -> &'static str {
    match kind {
        Kind::Audio => "audio",
        Kind::Video => "video",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::candidate::Protocol;
    use super::*;

    const RESTART: &str = "a=ice-options:trickle ice2\r\na=group:BUNDLE 0 1\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=ice-ufrag:ysXw\r\n\
        a=ice-pwd:vw5LmwG4y/e6dPP/zAP9Gp5k\r\na=candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\n\
        a=ice-ufrag:other\r\na=end-of-candidates\r\n";

    #[test]
    fn a_restart_has_credentials() {
        let fragment = parse_fragment(RESTART).unwrap();
        assert_eq!(fragment.credentials, Some(("ysXw".into(), "vw5LmwG4y/e6dPP/zAP9Gp5k".into())));
        assert_eq!((fragment.candidates, fragment.end_of_candidates), (1, true));
    }

    #[test]
    fn candidates_alone_will_do() {
        let fragment = parse_fragment("m=audio 9 RTP/AVP 0\na=mid:0\na=candidate:1 1 udp 1 192.0.2.1 9 typ host\n").unwrap();
        assert_eq!((fragment.credentials, fragment.candidates), (None, 1));
    }

    #[test]
    fn useless_fragments_are_refused() {
        assert_eq!(parse_fragment(""), Err(OfferError::EmptyFragment));
        assert_eq!(parse_fragment("hello\r\nv=0"), Err(OfferError::EmptyFragment));
        assert_eq!(parse_fragment("a=ice-ufrag:abcd\r\n"), Err(OfferError::NoIce("ice-pwd")));
        assert!(matches!(parse_fragment("a=ice-ufrag:ab\r\na=ice-pwd:vw5LmwG4y/e6dPP/zAP9Gp5k"), Err(OfferError::BadIce { .. })));
        assert!(matches!(parse_fragment("a=candidate:\u{1}"), Err(OfferError::NotSdp(_))));
        assert!(matches!(parse_fragment(&"a=x\n".repeat(20_000)), Err(OfferError::TooLong { .. })));
    }

    #[test]
    fn our_answer_reads_back() {
        let candidate = Candidate { address: "192.0.2.7:3478".parse().unwrap(), protocol: Protocol::Udp };
        let text = write_fragment("local", "localpasswordlocalpassword", &[candidate], &[(Kind::Video, "v"), (Kind::Audio, "a")]);
        assert_eq!(
            text,
            "a=ice-lite\r\na=group:BUNDLE v a\r\nm=video 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:v\r\na=ice-ufrag:local\r\na=ice-pwd:localpasswordlocalpassword\r\n\
             a=candidate:1 1 udp 2130706431 192.0.2.7 3478 typ host\r\na=end-of-candidates\r\n"
        );
        assert_eq!(parse_fragment(&text).unwrap().candidates, 1);
    }
}
