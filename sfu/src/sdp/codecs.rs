//! Which of an m-line's codecs are answered, and with what parameters.

use super::payload::{Payload, Payloads};
use crate::id::Kind;
use crate::spec::{Codec, CodecSpec};

/// One codec of an answer.
#[derive(Clone, Debug)]
pub(super) struct Chosen {
    pub(super) spec: CodecSpec,
    /// The value of `a=rtpmap` after the payload type.
    pub(super) rtpmap: String,
    /// The value of `a=fmtp` after the payload type; empty: no line.
    pub(super) fmtp: String,
    pub(super) feedback: Vec<&'static str>,
}

/// What an m-line is for, as far as its codecs go.
#[derive(Clone, Copy, Debug)]
pub(super) struct Use {
    /// The peer sends on it.
    pub(super) from_peer: bool,
    /// Transport-wide sequence numbers are negotiated on it.
    pub(super) transport_cc: bool,
}

/// The known codecs of an m-line, preferred first: VP8, H264 (constrained baseline before others), VP9, AV1; Opus, RED. Of one rank the offer's order stays.
pub(super) fn choose(kind: Kind, payloads: &Payloads, usage: Use) -> Vec<Chosen> {
    let mut chosen: Vec<(u8, Chosen)> = payloads.iter().filter_map(|payload| known(kind, payload, payloads, usage)).collect();
    let opus: Vec<u8> = payload_types(&chosen, Codec::Opus);
    // RED is kept with the Opus it carries only.
    chosen.retain(|(_, codec)| {
        let carried = || codec.fmtp.split('/').all(|number| number.parse().is_ok_and(|number| opus.contains(&number)));
        codec.spec.codec != Codec::Red || carried()
    });
    chosen.sort_by_key(|(rank, _)| *rank);
    chosen.into_iter().map(|(_, codec)| codec).collect()
}

fn payload_types(chosen: &[(u8, Chosen)], codec: Codec) -> Vec<u8> {
    chosen.iter().filter(|(_, other)| other.spec.codec == codec).map(|(_, other)| other.spec.payload_type).collect()
}

/// The names of all codecs of an m-line, for an error.
pub(super) fn names(payloads: &Payloads) -> String {
    let mut names: Vec<&str> = payloads.iter().map(|payload| payload.name.as_str()).filter(|name| !name.is_empty()).collect();
    names.dedup();
    if names.is_empty() { "none with a=rtpmap".to_owned() } else { super::error::clip(&names.join(", ")) }
}

fn known(kind: Kind, payload: &Payload, payloads: &Payloads, usage: Use) -> Option<(u8, Chosen)> {
    let profile = |parameter| payload.parameter(parameter).unwrap_or_default().to_owned();
    let (codec, rank, profile, fmtp) = match kind {
        Kind::Audio if payload.is("opus", 48_000) && payload.channels == 2 => (Codec::Opus, 0, String::new(), opus_parameters(payload, usage)),
        Kind::Audio if payload.is("red", 48_000) => (Codec::Red, 1, String::new(), payload.fmtp.clone()),
        // Its parameters (max-fr, max-fs) would be limits of ours to what the peer sends: there are none.
        Kind::Video if payload.is("VP8", 90_000) => (Codec::Vp8, 0, String::new(), String::new()),
        Kind::Video if payload.is("H264", 90_000) && payload.parameter("packetization-mode") == Some("1") => {
            let profile = profile("profile-level-id");
            let baseline = profile.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("42e0"));
            (Codec::H264, if baseline { 1 } else { 2 }, profile, payload.fmtp.clone())
        }
        Kind::Video if payload.is("VP9", 90_000) => {
            let profile = profile("profile-id");
            let fmtp = if profile.is_empty() { String::new() } else { format!("profile-id={profile}") };
            (Codec::Vp9, 3, profile, fmtp)
        }
        Kind::Video if payload.is("AV1", 90_000) => (Codec::Av1, 4, profile("profile"), payload.fmtp.clone()),
        _ => return None,
    };
    let spec = CodecSpec {
        codec,
        payload_type: payload.payload_type,
        rtx: if kind == Kind::Video { payloads.rtx_of(payload) } else { None },
        clock_rate: payload.clock_rate,
        profile,
    };
    let channels = if payload.channels > 1 { format!("/{}", payload.channels) } else { String::new() };
    let rtpmap = format!("{}/{}{channels}", payload.name, payload.clock_rate);
    let feedback = feedback(kind, payload, payloads, usage);
    Some((rank, Chosen { spec, rtpmap, fmtp, feedback }))
}

/// In-band FEC and DTX for sound that the peer sends; what it wants to receive is answered as it was offered.
fn opus_parameters(payload: &Payload, usage: Use) -> String {
    if !usage.from_peer {
        return payload.fmtp.clone();
    }
    let stereo = if payload.parameter("stereo") == Some("1") { ";stereo=1" } else { "" };
    format!("minptime=10;useinbandfec=1;usedtx=1{stereo}")
}

/// The offered kinds of feedback that are understood. Transport-wide feedback is ours to give, so only where the peer sends.
fn feedback(kind: Kind, payload: &Payload, payloads: &Payloads, usage: Use) -> Vec<&'static str> {
    let understood: &[&str] = match kind {
        Kind::Audio => &["nack", "transport-cc"],
        Kind::Video => &["nack", "nack pli", "ccm fir", "transport-cc"],
    };
    let wanted = |feedback: &&str| *feedback != "transport-cc" || usage.from_peer && usage.transport_cc;
    understood.iter().copied().filter(wanted).filter(|feedback| payloads.has_feedback(payload, feedback)).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const SENDING: Use = Use { from_peer: true, transport_cc: true };

    fn payloads(formats: &str, attributes: &[(&str, &str)]) -> Payloads {
        let mut payloads = Payloads::new(formats.split(' '));
        for (key, value) in attributes {
            payloads.attribute(key, value);
        }
        payloads
    }

    #[test]
    fn red_goes_with_its_opus_only() {
        let attributes = [("rtpmap", "63 red/48000/2"), ("fmtp", "63 111/111"), ("rtpmap", "111 opus/48000/2")];
        let both = choose(Kind::Audio, &payloads("63 111", &attributes), SENDING);
        let order: Vec<_> = both.iter().map(|codec| (codec.spec.codec, codec.spec.payload_type)).collect();
        assert_eq!(order, [(Codec::Opus, 111), (Codec::Red, 63)], "Opus first, whatever the offer says");
        let other = [("rtpmap", "63 red/48000/2"), ("fmtp", "63 112/112"), ("rtpmap", "111 opus/48000/2")];
        assert_eq!(choose(Kind::Audio, &payloads("63 111", &other), SENDING).len(), 1);
        assert!(choose(Kind::Audio, &payloads("63", &attributes), SENDING).is_empty());
    }

    #[test]
    fn stereo_is_kept_for_sound_sent_and_parameters_for_sound_received() {
        let offered = payloads("109", &[("rtpmap", "109 opus/48000/2"), ("fmtp", "109 maxplaybackrate=48000;stereo=1")]);
        assert_eq!(choose(Kind::Audio, &offered, SENDING)[0].fmtp, "minptime=10;useinbandfec=1;usedtx=1;stereo=1");
        let receiving = Use { from_peer: false, ..SENDING };
        assert_eq!(choose(Kind::Audio, &offered, receiving)[0].fmtp, "maxplaybackrate=48000;stereo=1");
    }

    #[test]
    fn mono_opus_and_telephone_events_are_not_known() {
        let offered = payloads("1 2", &[("rtpmap", "1 opus/48000"), ("rtpmap", "2 telephone-event/48000")]);
        assert!(choose(Kind::Audio, &offered, SENDING).is_empty());
        assert_eq!(names(&offered), "opus, telephone-event");
    }

    #[test]
    fn transport_wide_feedback_needs_its_extension() {
        let offered = payloads("96", &[("rtpmap", "96 VP8/90000"), ("rtcp-fb", "96 transport-cc"), ("rtcp-fb", "96 goog-remb"), ("rtcp-fb", "96 nack")]);
        assert_eq!(choose(Kind::Video, &offered, SENDING)[0].feedback, ["nack", "transport-cc"]);
        let without = Use { transport_cc: false, ..SENDING };
        assert_eq!(choose(Kind::Video, &offered, without)[0].feedback, ["nack"]);
    }
}
