//! Offers written as text, shaped like those of Chromium, and the few lines of an answer that a simulated participant needs (RFC 8829).

use protocol::{Source, SourceLine};
use std::fmt::Write as _;
use std::net::SocketAddr;

/// Payload type of Opus in every offer.
pub const OPUS: u8 = 111;
/// Payload type of VP8.
pub const VP8: u8 = 96;
/// Payload type of retransmitted VP8 (RFC 4588).
pub const VP8_RTX: u8 = 97;

/// Header extension ids, the same in every m-line of an offer.
pub mod extension {
    /// Audio level (RFC 6464).
    pub const AUDIO_LEVEL: u8 = 1;
    /// Transport-wide sequence number.
    pub const TRANSPORT_CC: u8 = 3;
    /// `a=mid` (RFC 9143).
    pub const MID: u8 = 4;
    /// RID (RFC 8852).
    pub const RID: u8 = 10;
    /// RID of the repaired flow (RFC 8852).
    pub const REPAIRED_RID: u8 = 11;
}

const URIS: [(u8, &str); 5] = [
    (extension::AUDIO_LEVEL, "urn:ietf:params:rtp-hdrext:ssrc-audio-level"),
    (extension::TRANSPORT_CC, "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"),
    (extension::MID, "urn:ietf:params:rtp-hdrext:sdes:mid"),
    (extension::RID, "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"),
    (extension::REPAIRED_RID, "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"),
];

/// One m-line that sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendLine {
    /// What it carries.
    pub source: Source,
    /// Simulcast layers, the smallest first; empty: none, and the SSRCs are declared.
    pub rids: Vec<String>,
    /// SSRCs with their RTX SSRC, declared in the SDP only without simulcast (as browsers do).
    pub ssrcs: Vec<(u32, Option<u32>)>,
}

/// What an offer says.
#[derive(Clone, Debug)]
pub struct Offer {
    /// ICE user fragment.
    pub ufrag: String,
    /// ICE password.
    pub pwd: String,
    /// SHA-256 of the certificate, as colon-separated upper-case hexadecimal.
    pub fingerprint: String,
    /// Sending m-lines; they come first.
    pub sends: Vec<SendLine>,
    /// Receiving audio m-lines.
    pub audio_slots: u8,
    /// Receiving video m-lines.
    pub video_slots: u8,
}

impl Offer {
    /// The SDP.
    pub fn sdp(&self) -> String {
        let lines = self.sends.len() + usize::from(self.audio_slots) + usize::from(self.video_slots);
        let mids: Vec<String> = (0..lines).map(|mid| mid.to_string()).collect();
        let mut out = String::with_capacity(1_024 * (lines + 1));
        let _ = write!(out, "v=0\r\no=- 4611686018427387904 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE {}\r\n", mids.join(" "));
        out.push_str("a=extmap-allow-mixed\r\na=msid-semantic: WMS *\r\n");
        let mut mids = mids.iter();
        for (send, mid) in self.sends.iter().zip(&mut mids) {
            self.line(&mut out, mid, send.source == Source::Microphone, Some(send));
        }
        for (slot, mid) in (0..self.audio_slots + self.video_slots).zip(&mut mids) {
            self.line(&mut out, mid, slot < self.audio_slots, None);
        }
        out
    }

    /// The meaning of the sending m-lines, for the offer's `sources`.
    pub fn sources(&self) -> Vec<SourceLine> {
        self.sends.iter().enumerate().map(|(mid, send)| SourceLine { mid: mid.to_string(), source: send.source }).collect()
    }

    fn line(&self, out: &mut String, mid: &str, audio: bool, send: Option<&SendLine>) {
        let (kind, formats) = if audio { ("audio", OPUS.to_string()) } else { ("video", format!("{VP8} {VP8_RTX}")) };
        let direction = if send.is_some() { "sendonly" } else { "recvonly" };
        let _ = write!(
            out,
            "m={kind} 9 UDP/TLS/RTP/SAVPF {formats}\r\nc=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\na=ice-ufrag:{}\r\na=ice-pwd:{}\r\n\
             a=ice-options:trickle\r\na=fingerprint:sha-256 {}\r\na=setup:actpass\r\na=mid:{mid}\r\n",
            self.ufrag, self.pwd, self.fingerprint
        );
        for (id, uri) in URIS {
            let wanted = match id {
                extension::AUDIO_LEVEL => audio,
                extension::TRANSPORT_CC => send.is_some(),
                extension::MID => true,
                _ => !audio && send.is_some(),
            };
            if wanted {
                let _ = write!(out, "a=extmap:{id} {uri}\r\n");
            }
        }
        let _ = write!(out, "a={direction}\r\na=rtcp-mux\r\na=rtcp-rsize\r\n");
        if audio {
            let _ = write!(out, "a=rtpmap:{OPUS} opus/48000/2\r\na=fmtp:{OPUS} minptime=10;useinbandfec=1\r\n");
        } else {
            let _ = write!(out, "a=rtpmap:{VP8} VP8/90000\r\na=rtcp-fb:{VP8} ccm fir\r\na=rtcp-fb:{VP8} nack\r\na=rtcp-fb:{VP8} nack pli\r\n");
            let _ = write!(out, "a=rtpmap:{VP8_RTX} rtx/90000\r\na=fmtp:{VP8_RTX} apt={VP8}\r\n");
        }
        let Some(send) = send else { return };
        let feedback = if audio { OPUS } else { VP8 };
        let _ = write!(out, "a=rtcp-fb:{feedback} transport-cc\r\na=msid:- {:?}-{mid}\r\n", send.source);
        if send.rids.is_empty() {
            for &(ssrc, rtx) in &send.ssrcs {
                if let Some(rtx) = rtx {
                    let _ = write!(out, "a=ssrc-group:FID {ssrc} {rtx}\r\na=ssrc:{ssrc} cname:loadtest\r\na=ssrc:{rtx} cname:loadtest\r\n");
                } else {
                    let _ = write!(out, "a=ssrc:{ssrc} cname:loadtest\r\n");
                }
            }
        } else {
            for rid in &send.rids {
                let _ = write!(out, "a=rid:{rid} send\r\n");
            }
            let _ = write!(out, "a=simulcast:send {}\r\n", send.rids.join(";"));
        }
    }
}

/// What the answer said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// ICE user fragment of the server.
    pub ufrag: String,
    /// ICE password of the server.
    pub pwd: String,
    /// SHA-256 of the server's certificate.
    pub fingerprint: Vec<u8>,
    /// UDP host candidates in the order of the text, at most 8.
    pub candidates: Vec<SocketAddr>,
    /// The m-lines in order.
    pub lines: Vec<AnswerLine>,
}

/// One m-line of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AnswerLine {
    /// Its `a=mid`.
    pub mid: String,
    /// Not port 0.
    pub accepted: bool,
    /// The server receives on it (`recvonly`, `sendrecv`).
    pub receives: bool,
    /// Header extensions the server agreed to.
    pub extensions: Vec<u8>,
    /// SSRCs the server declared.
    pub ssrcs: Vec<u32>,
    /// Pairs of media and RTX SSRC (`a=ssrc-group:FID`).
    pub rtx: Vec<(u32, u32)>,
}

/// Why an answer is not usable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// A line that must be there is not.
    #[error("the answer has no usable {0}; the server must send one in the session or in its first m-line")]
    Missing(&'static str),
    /// A fingerprint of another hash.
    #[error("the answer's fingerprint is {0}; only sha-256 is understood")]
    Fingerprint(String),
    /// The server wants to open DTLS too.
    #[error("the answer says setup:{0}; the server must be passive")]
    Setup(String),
}

impl Answer {
    /// Reads an answer. Everything is BUNDLEd: the first value of each transport attribute counts.
    pub fn parse(sdp: &str) -> Result<Answer, AnswerError> {
        let mut answer = Answer::default();
        for line in sdp.lines() {
            let Some((key, value)) = line.trim_end().split_once('=') else { continue };
            match key {
                "m" => {
                    let accepted = value.split(' ').nth(1) != Some("0");
                    answer.lines.push(AnswerLine { accepted, receives: true, ..AnswerLine::default() });
                }
                "a" => answer.attribute(value)?,
                _ => {}
            }
        }
        for (missing, what) in [
            (answer.ufrag.is_empty(), "ice-ufrag"),
            (answer.pwd.is_empty(), "ice-pwd"),
            (answer.fingerprint.is_empty(), "fingerprint"),
            (answer.candidates.is_empty(), "UDP candidate"),
            (answer.lines.is_empty(), "m-line"),
        ] {
            if missing {
                return Err(AnswerError::Missing(what));
            }
        }
        Ok(answer)
    }

    fn attribute(&mut self, attribute: &str) -> Result<(), AnswerError> {
        let (name, value) = attribute.split_once(':').unwrap_or((attribute, ""));
        match name {
            "ice-ufrag" if self.ufrag.is_empty() => self.ufrag = value.to_owned(),
            "ice-pwd" if self.pwd.is_empty() => self.pwd = value.to_owned(),
            "fingerprint" if self.fingerprint.is_empty() => self.fingerprint = parse_fingerprint(value)?,
            "setup" if value != "passive" => return Err(AnswerError::Setup(value.to_owned())),
            "candidate" if self.candidates.len() < 8 => {
                if let Some(address) = parse_candidate(value)
                    && !self.candidates.contains(&address)
                {
                    self.candidates.push(address);
                }
            }
            _ => {
                if let Some(line) = self.lines.last_mut() {
                    line.attribute(name, value);
                }
            }
        }
        Ok(())
    }
}

impl AnswerLine {
    fn attribute(&mut self, name: &str, value: &str) {
        let number = |text: Option<&str>| text.and_then(|text| text.parse::<u32>().ok());
        match name {
            "mid" => self.mid = value.to_owned(),
            "sendonly" | "inactive" => self.receives = false,
            "extmap" => {
                let id = value.split([' ', '/']).next().and_then(|id| id.parse::<u8>().ok());
                self.extensions.extend(id.filter(|id| (1..15).contains(id)));
            }
            "ssrc" => {
                if let Some(ssrc) = number(value.split(' ').next())
                    && !self.ssrcs.contains(&ssrc)
                {
                    self.ssrcs.push(ssrc);
                }
            }
            "ssrc-group" => {
                let mut words = value.split(' ');
                if words.next() == Some("FID")
                    && let (Some(media), Some(rtx)) = (number(words.next()), number(words.next()))
                {
                    self.rtx.push((media, rtx));
                }
            }
            _ => {}
        }
    }
}

fn parse_fingerprint(value: &str) -> Result<Vec<u8>, AnswerError> {
    let wrong = || AnswerError::Fingerprint(value.to_owned());
    let (algorithm, hex) = value.split_once(' ').ok_or_else(wrong)?;
    if !algorithm.eq_ignore_ascii_case("sha-256") {
        return Err(wrong());
    }
    let bytes: Vec<u8> = hex.split(':').map(|byte| u8::from_str_radix(byte, 16)).collect::<Result<_, _>>().map_err(|_| wrong())?;
    if bytes.len() == 32 { Ok(bytes) } else { Err(wrong()) }
}

/// A UDP candidate's address (RFC 8839, section 5.1); `None` for TCP, names and component 2.
fn parse_candidate(value: &str) -> Option<SocketAddr> {
    let mut words = value.split_ascii_whitespace().skip(1);
    let (component, transport, _priority) = (words.next()?, words.next()?, words.next()?);
    let (ip, port) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    (component == "1" && transport.eq_ignore_ascii_case("udp")).then(|| SocketAddr::new(ip, port))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn offer() -> Offer {
        Offer {
            ufrag: "user".into(),
            pwd: "a password of 22 chars".into(),
            fingerprint: "AA:BB".into(),
            sends: vec![
                SendLine { source: Source::Microphone, rids: vec![], ssrcs: vec![(11, None)] },
                SendLine { source: Source::Camera, rids: vec!["l".into(), "h".into()], ssrcs: vec![(12, Some(13)), (14, Some(15))] },
                SendLine { source: Source::Screen, rids: vec![], ssrcs: vec![(16, Some(17))] },
            ],
            audio_slots: 2,
            video_slots: 1,
        }
    }

    #[test]
    fn offers_sending_lines_first_then_audio_then_video_slots() {
        let sdp = offer().sdp();
        let lines: Vec<&str> = sdp.lines().filter(|line| line.starts_with("m=")).map(|line| &line[2..7]).collect();
        assert_eq!(lines, ["audio", "video", "video", "audio", "audio", "video"]);
        assert!(sdp.contains("a=group:BUNDLE 0 1 2 3 4 5\r\n"));
        assert!(sdp.contains("a=simulcast:send l;h\r\n"));
        assert!(!sdp.contains("a=ssrc:12"), "simulcast flows are told by RID, not by SSRC");
        assert!(sdp.contains("a=ssrc-group:FID 16 17\r\n"));
        assert_eq!(sdp.matches("a=recvonly").count(), 3);
        assert_eq!(offer().sources()[2], SourceLine { mid: "2".into(), source: Source::Screen });
    }

    fn answer() -> String {
        let fingerprint = ["0F"; 32].join(":");
        format!(
            "v=0\r\na=ice-lite\r\na=ice-ufrag:srv\r\na=ice-pwd:pw\r\na=fingerprint:sha-256 {fingerprint}\r\n\
             m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=setup:passive\r\na=mid:0\r\na=recvonly\r\na=extmap:4 urn:mid\r\na=extmap:3/sendonly urn:cc\r\n\
             a=candidate:1 1 udp 2130706431 127.0.0.1 7000 typ host\r\na=candidate:2 1 tcp 1 127.0.0.1 7000 typ host tcptype passive\r\n\
             a=candidate:3 1 UDP 1 ::1 7001 typ host\r\na=candidate:4 1 udp 1 name.local 7001 typ host\r\n\
             m=video 0 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\na=sendonly\r\na=ssrc-group:FID 21 22\r\na=ssrc:21 cname:x\r\na=ssrc:22 cname:x\r\n"
        )
    }

    #[test]
    fn reads_an_answer() {
        let answer = Answer::parse(&answer()).unwrap();
        assert_eq!((answer.ufrag.as_str(), answer.pwd.as_str()), ("srv", "pw"));
        assert_eq!(answer.fingerprint, [15; 32]);
        let candidates: [SocketAddr; 2] = ["127.0.0.1:7000".parse().unwrap(), "[::1]:7001".parse().unwrap()];
        assert_eq!(answer.candidates, candidates);
        assert_eq!(answer.lines[0].extensions, [4, 3]);
        assert!(answer.lines[0].accepted && answer.lines[0].receives);
        assert!(!answer.lines[1].accepted && !answer.lines[1].receives);
        assert_eq!(answer.lines[1].rtx, [(21, 22)]);
        assert_eq!(answer.lines[1].ssrcs, [21, 22]);
    }

    #[test]
    fn names_what_an_answer_lacks() {
        let without = |cut: &str| answer().lines().filter(|line| !line.starts_with(cut)).collect::<Vec<_>>().join("\n");
        assert_eq!(Answer::parse(&without("a=ice-pwd")), Err(AnswerError::Missing("ice-pwd")));
        assert_eq!(Answer::parse(&without("a=candidate")), Err(AnswerError::Missing("UDP candidate")));
        assert_eq!(Answer::parse(""), Err(AnswerError::Missing("ice-ufrag")));
        assert_eq!(Answer::parse(&answer().replace("passive\r\na=mid", "active\r\na=mid")), Err(AnswerError::Setup("active".into())));
        assert!(matches!(Answer::parse(&answer().replace("sha-256", "sha-1")), Err(AnswerError::Fingerprint(_))));
    }
}
