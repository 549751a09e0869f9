//! The text of an answer.

use super::candidate::Candidate;
use super::credentials::write_fingerprint;
use super::direction::Direction;
use super::fragment::media;
use super::offer::Offer;
use super::{AnswerLine, CNAME, Chosen};
use crate::id::Kind;
use crate::spec::{Fingerprint, Mid, Rid, SlotSpec, TransportSpec};
use std::fmt::{Display, Write};

/// Our side of an answer.
pub(super) struct Local<'a> {
    pub(super) fingerprint: &'a Fingerprint,
    pub(super) candidates: &'a [Candidate],
    pub(super) session_id: u64,
}

struct Text(String);

impl Text {
    fn put(&mut self, line: impl Display) {
        // Writing to a string cannot fail.
        let _ = write!(self.0, "{line}\r\n");
    }
}

/// Writes one line of SDP.
macro_rules! put {
    ($text:expr, $($line:tt)+) => { $text.put(format_args!($($line)+)) };
}

/// Writes the answer: rejected m-lines with port 0, the others bundled.
pub(super) fn answer(offer: &Offer, lines: &[AnswerLine<'_>], spec: &TransportSpec, local: &Local<'_>) -> String {
    let mut text = Text(String::with_capacity(1024 + 1536 * lines.len()));
    let accepted = |mid: &String| lines.iter().any(|line| line.accepted.is_some_and(|(_, own)| own.as_str() == mid));
    let bundle: Vec<&str> = offer.bundle.iter().filter(|mid| accepted(mid)).map(String::as_str).collect();
    put!(text, "v=0");
    put!(text, "o=- {} 2 IN IP4 0.0.0.0", local.session_id);
    put!(text, "s=-");
    put!(text, "t=0 0");
    put!(text, "a=ice-lite");
    if !bundle.is_empty() {
        put!(text, "a=group:BUNDLE {}", bundle.join(" "));
    }
    if offer.allow_mixed {
        put!(text, "a=extmap-allow-mixed");
    }
    put!(text, "a=msid-semantic: WMS *");
    for line in lines {
        match line.accepted {
            None => rejected(&mut text, line),
            Some((kind, mid)) => {
                head(&mut text, line, kind, mid);
                transport(&mut text, spec, local);
                // Candidates belong to the whole group: its first m-line has them (RFC 9143 §7.1.3).
                if bundle.first().is_none_or(|first| *first == mid.as_str()) {
                    candidates(&mut text, local.candidates);
                }
                formats(&mut text, &line.codecs);
                streams(&mut text, line);
            }
        }
    }
    text.0
}

fn rejected(text: &mut Text, line: &AnswerLine<'_>) {
    let offered = line.offered;
    put!(text, "m={} 0 {} {}", offered.media, offered.protocol, offered.first_format);
    put!(text, "c=IN IP4 0.0.0.0");
    if let Some(mid) = &offered.mid {
        put!(text, "a=mid:{mid}");
    }
    put!(text, "a=inactive");
}

fn head(text: &mut Text, line: &AnswerLine<'_>, kind: Kind, mid: Mid) {
    let mut formats = String::new();
    for codec in &line.codecs {
        let _ = write!(formats, " {}", codec.spec.payload_type);
        if let Some(rtx) = codec.spec.rtx {
            let _ = write!(formats, " {rtx}");
        }
    }
    put!(text, "m={} 9 {}{formats}", media(kind), line.offered.protocol);
    put!(text, "c=IN IP4 0.0.0.0");
    put!(text, "a=rtcp:9 IN IP4 0.0.0.0");
    put!(text, "a=mid:{mid}");
    put!(text, "a={}", Direction::new(line.slot.is_some(), line.source.is_some()));
    put!(text, "a=rtcp-mux");
    if line.offered.rtcp_rsize {
        put!(text, "a=rtcp-rsize");
    }
    if line.offered.allow_mixed {
        put!(text, "a=extmap-allow-mixed");
    }
    for extension in &line.extensions {
        let direction = extension.direction.map(|direction| format!("/{direction}")).unwrap_or_default();
        put!(text, "a=extmap:{}{direction} {}", extension.id, extension.kind.uri());
    }
}

fn transport(text: &mut Text, spec: &TransportSpec, local: &Local<'_>) {
    put!(text, "a=ice-ufrag:{}", spec.ice.local_ufrag);
    put!(text, "a=ice-pwd:{}", spec.ice.local_pwd);
    put!(text, "a=fingerprint:{}", write_fingerprint(local.fingerprint));
    put!(text, "a=setup:{}", if spec.dtls_active { "active" } else { "passive" });
}

fn candidates(text: &mut Text, candidates: &[Candidate]) {
    for (index, candidate) in candidates.iter().enumerate() {
        put!(text, "a={}", candidate.attribute(index));
    }
    put!(text, "a=end-of-candidates");
}

fn formats(text: &mut Text, codecs: &[Chosen]) {
    for Chosen { spec, rtpmap, fmtp, feedback } in codecs {
        let payload_type = spec.payload_type;
        put!(text, "a=rtpmap:{payload_type} {rtpmap}");
        if !fmtp.is_empty() {
            put!(text, "a=fmtp:{payload_type} {fmtp}");
        }
        for feedback in feedback {
            put!(text, "a=rtcp-fb:{payload_type} {feedback}");
        }
        if let Some(rtx) = spec.rtx {
            put!(text, "a=rtpmap:{rtx} rtx/{}", spec.clock_rate);
            put!(text, "a=fmtp:{rtx} apt={payload_type}");
        }
    }
}

fn streams(text: &mut Text, line: &AnswerLine<'_>) {
    if let Some(slot) = &line.slot {
        outgoing(text, slot);
    }
    let rids = if line.source.is_some() { line.offered.encodings.rids() } else { Vec::new() };
    for rid in &rids {
        put!(text, "a=rid:{rid} recv");
    }
    if !rids.is_empty() {
        put!(text, "a=simulcast:recv {}", rids.iter().map(Rid::as_str).collect::<Vec<_>>().join(";"));
    }
}

fn outgoing(text: &mut Text, slot: &SlotSpec) {
    let msid = format!("{} {}", stream_id(slot.name.as_str()), slot.name);
    put!(text, "a=msid:{msid}");
    if let Some(rtx) = slot.rtx_ssrc {
        put!(text, "a=ssrc-group:FID {} {rtx}", slot.ssrc);
    }
    for ssrc in [Some(slot.ssrc), slot.rtx_ssrc].into_iter().flatten() {
        put!(text, "a=ssrc:{ssrc} cname:{CNAME}");
        put!(text, "a=ssrc:{ssrc} msid:{msid}");
    }
}

/// The stream a slot belongs to. A browser synchronises one video of a stream with its sound, Chromium whichever it comes upon first: so a stream has one at
/// most. The host's camera goes with the first audio slot, the called classes with the others; the courseware and the rest are seen, not heard.
fn stream_id(slot: &str) -> String {
    match slot {
        "a0" | "v0" => "s0".to_owned(),
        "a1" | "v2" => "s1".to_owned(),
        "a2" | "v3" => "s2".to_owned(),
        other => format!("s-{other}"),
    }
}
