//! An offer, read as far as an answer needs it.

use super::credentials::TransportAttributes;
use super::direction::Direction;
use super::encodings::Encodings;
use super::error::{MAX_MEDIA_LINES, MAX_OFFER_BYTES, OfferError, clip};
use super::extmap::{self, OfferedExtension};
use super::payload::Payloads;
use crate::id::Kind;
use rtc_sdp::description::media::MediaDescription;
use rtc_sdp::description::session::SessionDescription;
use std::io::Cursor;

/// A whole offer.
#[derive(Debug)]
pub(super) struct Offer {
    pub(super) session: TransportAttributes,
    /// The mids of `a=group:BUNDLE`.
    pub(super) bundle: Vec<String>,
    pub(super) allow_mixed: bool,
    pub(super) lines: Vec<MediaLine>,
}

/// One m-line.
#[derive(Debug)]
pub(super) struct MediaLine {
    /// `audio`, `application` and so on.
    pub(super) media: String,
    pub(super) protocol: String,
    pub(super) first_format: String,
    /// None where it carries no RTP of ours: data channels, unknown protocols, stopped m-lines.
    pub(super) kind: Option<Kind>,
    pub(super) mid: Option<String>,
    /// The offerer's.
    pub(super) direction: Direction,
    pub(super) rtcp_mux: bool,
    pub(super) rtcp_rsize: bool,
    pub(super) allow_mixed: bool,
    pub(super) payloads: Payloads,
    pub(super) extensions: Vec<OfferedExtension>,
    pub(super) encodings: Encodings,
    pub(super) transport: TransportAttributes,
}

impl Offer {
    pub(super) fn parse(text: &str) -> Result<Offer, OfferError> {
        let description = lex(text)?;
        let mut offer = Offer { session: TransportAttributes::default(), bundle: Vec::new(), allow_mixed: false, lines: Vec::new() };
        let (mut direction, mut extensions) = (Direction::SendRecv, Vec::new());
        for attribute in &description.attributes {
            let (key, value) = (attribute.key.as_str(), attribute.value.as_deref().unwrap_or_default());
            match key {
                "ice-lite" => return Err(OfferError::IceLite),
                "extmap-allow-mixed" => offer.allow_mixed = true,
                "extmap" => extmap::push(&mut extensions, value),
                "group" if offer.bundle.is_empty() => {
                    if let Some(mids) = value.strip_prefix("BUNDLE ") {
                        offer.bundle = mids.split_whitespace().take(MAX_MEDIA_LINES).map(str::to_owned).collect();
                    }
                }
                _ => offer.session.attribute(key, value),
            }
            direction = Direction::parse(key).unwrap_or(direction);
        }
        offer.lines = description.media_descriptions.iter().map(|media| MediaLine::read(media, direction, &extensions)).collect();
        check_mids(&offer.lines)?;
        Ok(offer)
    }
}

impl MediaLine {
    fn read(media: &MediaDescription, direction: Direction, extensions: &[OfferedExtension]) -> MediaLine {
        let name = &media.media_name;
        let mut line = MediaLine {
            media: name.media.clone(),
            protocol: name.protos.join("/"),
            first_format: name.formats.first().cloned().unwrap_or_default(),
            kind: None,
            mid: None,
            direction,
            rtcp_mux: false,
            rtcp_rsize: false,
            allow_mixed: false,
            payloads: Payloads::new(name.formats.iter().map(String::as_str)),
            extensions: extensions.to_vec(),
            encodings: Encodings::default(),
            transport: TransportAttributes::default(),
        };
        let mut bundle_only = false;
        for attribute in &media.attributes {
            bundle_only |= attribute.key == "bundle-only";
            line.attribute(&attribute.key, attribute.value.as_deref().unwrap_or_default());
        }
        let stopped = name.port.value == 0 && !bundle_only;
        line.kind = line.media_kind().filter(|_| !stopped && !line.payloads.is_empty());
        line
    }

    fn attribute(&mut self, key: &str, value: &str) {
        match key {
            "mid" => self.mid = Some(value.to_owned()),
            "rtcp-mux" => self.rtcp_mux = true,
            "rtcp-rsize" => self.rtcp_rsize = true,
            "extmap-allow-mixed" => self.allow_mixed = true,
            "rtpmap" | "fmtp" | "rtcp-fb" => self.payloads.attribute(key, value),
            "extmap" => extmap::push(&mut self.extensions, value),
            "rid" | "simulcast" | "ssrc" | "ssrc-group" => self.encodings.attribute(key, value),
            _ => {
                self.transport.attribute(key, value);
                self.direction = Direction::parse(key).unwrap_or(self.direction);
            }
        }
    }

    fn media_kind(&self) -> Option<Kind> {
        // RFC 8829 §5.1.2: all of these mean DTLS-SRTP over whatever ICE finds.
        let secured =
            matches!(self.protocol.as_str(), "UDP/TLS/RTP/SAVPF" | "UDP/TLS/RTP/SAVP" | "TCP/DTLS/RTP/SAVPF" | "TCP/DTLS/RTP/SAVP" | "RTP/SAVPF" | "RTP/SAVP");
        match self.media.as_str() {
            "audio" if secured => Some(Kind::Audio),
            "video" if secured => Some(Kind::Video),
            _ => None,
        }
    }
}

/// Checks the size, then takes the text apart into lines.
fn lex(text: &str) -> Result<SessionDescription, OfferError> {
    if text.len() > MAX_OFFER_BYTES {
        return Err(OfferError::TooLong { len: text.len(), max: MAX_OFFER_BYTES });
    }
    check_characters(text)?;
    let media_lines = text.lines().filter(|line| line.starts_with("m=")).count();
    if media_lines > MAX_MEDIA_LINES {
        return Err(OfferError::TooManyMediaLines(media_lines));
    }
    SessionDescription::unmarshal(&mut Cursor::new(text.as_bytes())).map_err(|error| OfferError::NotSdp(clip(&error.to_string())))
}

/// Refuses control characters: values are copied into the answer, where a stray line end would start a line of its own.
pub(super) fn check_characters(text: &str) -> Result<(), OfferError> {
    let mut bytes = text.bytes().enumerate().peekable();
    while let Some((at, byte)) = bytes.next() {
        let line_end = byte == b'\n' || byte == b'\r' && bytes.peek().is_none_or(|(_, next)| *next == b'\n');
        if byte.is_ascii_control() && !line_end && byte != b'\t' {
            return Err(OfferError::NotSdp(format!("control character {byte:#04x} at byte {at}")));
        }
    }
    Ok(())
}

fn check_mids(lines: &[MediaLine]) -> Result<(), OfferError> {
    let mut seen = std::collections::HashSet::new();
    match lines.iter().filter_map(|line| line.mid.as_deref()).find(|mid| !seen.insert(*mid)) {
        Some(twice) => Err(OfferError::DuplicateMid(clip(twice))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const HEAD: &str = "v=0\r\no=- 1 2 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n";

    #[test]
    fn session_attributes_are_defaults_of_the_lines() {
        let text = format!(
            "{HEAD}a=recvonly\r\na=extmap:3 urn:x\r\na=group:LS 9\r\na=group:BUNDLE a b\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:a\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:b\r\na=sendonly\r\n"
        );
        let offer = Offer::parse(&text).unwrap();
        assert_eq!(offer.bundle, ["a", "b"]);
        assert_eq!(offer.lines.iter().map(|line| line.direction).collect::<Vec<_>>(), [Direction::RecvOnly, Direction::SendOnly]);
        assert_eq!(offer.lines[1].extensions[0].uri, "urn:x");
    }

    #[test]
    fn lines_without_media_of_ours_have_no_kind() {
        let kinds = |media: &str| Offer::parse(&format!("{HEAD}{media}")).unwrap().lines[0].kind;
        assert_eq!(kinds("m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n"), None);
        assert_eq!(kinds("m=audio 9 RTP/AVP 0\r\n"), None, "not encrypted");
        assert_eq!(kinds("m=video 0 UDP/TLS/RTP/SAVPF 96\r\n"), None, "stopped");
        assert_eq!(kinds("m=video 0 UDP/TLS/RTP/SAVPF 96\r\na=bundle-only\r\n"), Some(Kind::Video));
        assert_eq!(kinds("m=video 9 UDP/TLS/RTP/SAVPF *\r\n"), None, "no payload type");
    }

    #[test]
    fn size_lines_and_characters_are_checked_before_parsing() {
        let long = format!("{HEAD}{}", "a=x\r\n".repeat(220_000));
        assert_eq!(Offer::parse(&long).unwrap_err(), OfferError::TooLong { len: long.len(), max: MAX_OFFER_BYTES });
        let many = format!("{HEAD}{}", "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n".repeat(200));
        assert_eq!(Offer::parse(&many).unwrap_err(), OfferError::TooManyMediaLines(200));
        for text in ["", "hello", "v=0\n", "{\"sdp\": \"v=0\"}", "v=0\r\no=\0\r\n", "v=0\ro=-\r\n"] {
            assert!(matches!(Offer::parse(text), Err(OfferError::NotSdp(_))), "{text:?}");
        }
    }

    #[test]
    fn a_mid_names_one_line() {
        let text = format!("{HEAD}m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:1\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:1\r\n");
        assert_eq!(Offer::parse(&text).unwrap_err(), OfferError::DuplicateMid("1".into()));
    }
}
