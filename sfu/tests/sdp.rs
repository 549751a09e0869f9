//! Answers to real offers of Chromium, Firefox, aiortc and GStreamer, and refusals.

#![allow(clippy::unwrap_used, missing_docs)]

use rtc_sdp::description::session::SessionDescription;
use sfu::id::{Kind, Source, TransportId};
use sfu::rtp::ExtensionKind;
use sfu::sdp::{AnswerOptions, Candidate, Negotiated, OfferError, Protocol, Sources, answer};
use sfu::spec::{Codec, Fingerprint, FingerprintAlgorithm, Rid, SourceSpec};

const ALL: [Source; 3] = [Source::Microphone, Source::Camera, Source::Screen];

const CHROMIUM: &str = include_str!("fixtures/offer-chromium.sdp");
/// Microphone, camera in three layers, screen; each sent only.
const HOST: &str = include_str!("fixtures/offer-chromium-host.sdp");
/// The same with 3 + 6 receiving m-lines and a data channel.
const LESSON: &str = include_str!("fixtures/offer-chromium-lesson.sdp");
const FIREFOX: &str = include_str!("fixtures/offer-firefox.sdp");
const FIREFOX_H264: &str = include_str!("fixtures/offer-firefox-h264.sdp");
const AIORTC_WHIP: &str = include_str!("fixtures/offer-aiortc-whip.sdp");
const AIORTC_WHEP: &str = include_str!("fixtures/offer-aiortc-whep.sdp");
const GSTREAMER_WHIP: &str = include_str!("fixtures/offer-gstreamer-whip.sdp");
const GSTREAMER_WHEP: &str = include_str!("fixtures/offer-gstreamer-whep.sdp");

fn respond(offer: &str, sources: Sources<'_>, may_send: &[Source]) -> Result<Negotiated, OfferError> {
    let fingerprint = Fingerprint { algorithm: FingerprintAlgorithm::Sha256, bytes: vec![0xAB; 32] };
    let candidate = |protocol| Candidate { address: "192.0.2.9:3478".parse().unwrap(), protocol };
    let mut ssrcs = 1000..;
    let options = AnswerOptions {
        transport: TransportId(5),
        room: "room".into(),
        participant: "somebody".into(),
        local_ufrag: "ours",
        local_pwd: "0123456789012345678901",
        fingerprint: &fingerprint,
        candidates: &[candidate(Protocol::Udp), candidate(Protocol::Tcp)],
        sources,
        may_send,
        ssrcs: &mut || ssrcs.next().unwrap(),
        session_id: 77,
    };
    let negotiated = answer(offer, options)?;
    // Whatever the offer was, the answer is SDP with as many m-lines in the same order.
    let ours = parse(&negotiated.sdp);
    let theirs = parse(offer);
    let names = |description: &SessionDescription| description.media_descriptions.iter().map(|media| media.media_name.media.clone()).collect::<Vec<_>>();
    assert_eq!(names(&ours), names(&theirs));
    assert!(negotiated.sdp.split_inclusive('\n').all(|line| line.ends_with("\r\n")));
    Ok(negotiated)
}

fn parse(sdp: &str) -> SessionDescription {
    SessionDescription::unmarshal(&mut std::io::Cursor::new(sdp)).unwrap()
}

fn infer(offer: &str) -> Negotiated {
    respond(offer, Sources::Inferred, &ALL).unwrap()
}

/// As WHEP answers: who asks may send nothing.
fn play(offer: &str) -> Negotiated {
    respond(offer, Sources::Inferred, &[]).unwrap()
}

fn declare(offer: &str, sources: &[(&str, Source)]) -> Result<Negotiated, OfferError> {
    let declared: Vec<_> = sources.iter().map(|(mid, source)| ((*mid).to_owned(), *source)).collect();
    respond(offer, Sources::Declared(&declared), &ALL)
}

/// The lines of the `index`-th m-line; of the session before the first.
fn section(sdp: &str, index: usize) -> Vec<&str> {
    let mut sections = vec![Vec::new()];
    for line in sdp.lines() {
        if line.starts_with("m=") {
            sections.push(Vec::new());
        }
        sections.last_mut().unwrap().push(line);
    }
    sections.swap_remove(index)
}

fn starting<'a>(lines: &[&'a str], start: &str) -> Vec<&'a str> {
    lines.iter().copied().filter(|line| line.starts_with(start)).collect()
}

fn codecs(source: &SourceSpec) -> Vec<(Codec, u8, Option<u8>)> {
    source.codecs.iter().map(|codec| (codec.codec, codec.payload_type, codec.rtx)).collect()
}

#[test]
fn a_gstreamer_whip_offer_line_by_line() {
    let answer = infer(GSTREAMER_WHIP).sdp;
    let expected = "v=0\n\
        o=- 77 2 IN IP4 0.0.0.0\n\
        s=-\n\
        t=0 0\n\
        a=ice-lite\n\
        a=group:BUNDLE audio0 video1\n\
        a=msid-semantic: WMS *\n\
        m=audio 9 UDP/TLS/RTP/SAVPF 97\n\
        c=IN IP4 0.0.0.0\n\
        a=rtcp:9 IN IP4 0.0.0.0\n\
        a=mid:audio0\n\
        a=recvonly\n\
        a=rtcp-mux\n\
        a=rtcp-rsize\n\
        a=ice-ufrag:ours\n\
        a=ice-pwd:0123456789012345678901\n\
        a=fingerprint:sha-256 AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB\n\
        a=setup:passive\n\
        a=candidate:1 1 udp 2130706431 192.0.2.9 3478 typ host\n\
        a=candidate:2 1 tcp 1520434943 192.0.2.9 3478 typ host tcptype passive\n\
        a=end-of-candidates\n\
        a=rtpmap:97 OPUS/48000/2\n\
        a=fmtp:97 minptime=10;useinbandfec=1;usedtx=1\n\
        m=video 9 UDP/TLS/RTP/SAVPF 96\n\
        c=IN IP4 0.0.0.0\n\
        a=rtcp:9 IN IP4 0.0.0.0\n\
        a=mid:video1\n\
        a=recvonly\n\
        a=rtcp-mux\n\
        a=rtcp-rsize\n\
        a=ice-ufrag:ours\n\
        a=ice-pwd:0123456789012345678901\n\
        a=fingerprint:sha-256 AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB\n\
        a=setup:passive\n\
        a=rtpmap:96 VP8/90000\n\
        a=rtcp-fb:96 nack pli\n\
        a=rtcp-fb:96 ccm fir\n";
    assert_eq!(answer.replace("\r\n", "\n"), expected);
}

#[test]
fn a_gstreamer_whep_offer_gets_slots_with_ssrcs() {
    let Negotiated { sdp, spec, slots } = play(GSTREAMER_WHEP);
    assert_eq!(slots, [("a0".to_owned(), "audio0".to_owned()), ("v0".to_owned(), "video1".to_owned())]);
    assert_eq!(spec.slots.iter().map(|slot| (slot.ssrc, slot.rtx_ssrc)).collect::<Vec<_>>(), [(1000, None), (1001, Some(1002))]);
    let video = section(&sdp, 2);
    for line in [
        "m=video 9 UDP/TLS/RTP/SAVPF 96 98",
        "a=sendonly",
        "a=fmtp:96 packetization-mode=1;profile-level-id=42e01f",
        "a=rtpmap:98 rtx/90000",
        "a=fmtp:98 apt=96",
        "a=msid:s0 v0",
        "a=ssrc-group:FID 1001 1002",
        "a=ssrc:1001 cname:tongke",
        "a=ssrc:1001 msid:s0 v0",
        "a=ssrc:1002 cname:tongke",
    ] {
        assert!(video.contains(&line), "{line} in {video:#?}");
    }
    assert_eq!(spec.slots[1].codecs[0].profile, "42e01f");
}

#[test]
fn a_chromium_host_offers_three_sources() {
    let Negotiated { sdp, spec, slots } = declare(HOST, &[("0", Source::Microphone), ("1", Source::Camera), ("2", Source::Screen)]).unwrap();
    assert!(slots.is_empty() && spec.slots.is_empty());
    assert_eq!(spec.sources.iter().map(|source| source.source).collect::<Vec<_>>(), ALL);
    assert_eq!(codecs(&spec.sources[0]), [(Codec::Opus, 111, None), (Codec::Red, 63, None)]);
    let video = [
        (Codec::Vp8, 96, Some(97)),
        (Codec::H264, 108, Some(109)),
        (Codec::H264, 102, Some(103)),
        (Codec::H264, 116, Some(117)),
        (Codec::Vp9, 98, Some(99)),
        (Codec::Vp9, 100, Some(101)),
        (Codec::Av1, 45, Some(46)),
    ];
    assert_eq!(codecs(&spec.sources[1]), video);
    assert_eq!(codecs(&spec.sources[2]), video);
    assert_eq!(spec.sources[1].rids.iter().map(Rid::as_str).collect::<Vec<_>>(), ["l", "m", "h"]);
    assert!(spec.sources[1].ssrcs.is_empty() && spec.sources[2].rids.is_empty());
    assert_eq!(spec.sources[2].ssrcs, [(3_856_153_398, Some(1_431_869_334))]);

    let session = section(&sdp, 0);
    assert!(session.contains(&"a=ice-lite") && session.contains(&"a=group:BUNDLE 0 1 2") && session.contains(&"a=extmap-allow-mixed"));
    let audio = section(&sdp, 1);
    assert_eq!(audio[0], "m=audio 9 UDP/TLS/RTP/SAVPF 111 63");
    assert!(audio.contains(&"a=fmtp:63 111/111") && audio.contains(&"a=rtcp-fb:111 transport-cc"));
    let camera = section(&sdp, 2);
    assert!(camera.contains(&"a=recvonly") && camera.contains(&"a=simulcast:recv l;m;h"));
    assert_eq!(starting(&camera, "a=rid:"), ["a=rid:l recv", "a=rid:m recv", "a=rid:h recv"]);
    assert_eq!(starting(&camera, "a=rtcp-fb:96"), ["a=rtcp-fb:96 nack", "a=rtcp-fb:96 nack pli", "a=rtcp-fb:96 ccm fir", "a=rtcp-fb:96 transport-cc"]);
    assert!(starting(&camera, "a=candidate").is_empty(), "only the first of the group has candidates");
    assert!(!sdp.contains("goog-remb") && !sdp.contains("ulpfec") && !sdp.contains("G722") && !sdp.contains("red/90000") && !sdp.contains("video-timing"));
    assert_eq!(starting(&camera, "a=extmap:").len(), 9);
    for (kind, id) in [
        (ExtensionKind::Mid, 4),
        (ExtensionKind::Rid, 10),
        (ExtensionKind::TransportCc, 3),
        (ExtensionKind::AudioLevel, 1),
        (ExtensionKind::DependencyDescriptor, 12),
    ] {
        assert_eq!(spec.extensions.id(kind), Some(id), "{kind:?}");
    }
}

#[test]
fn a_lesson_offer_has_sources_and_slots_and_no_data_channel() {
    let Negotiated { sdp, spec, slots } = declare(LESSON, &[("0", Source::Microphone), ("1", Source::Camera)]).unwrap();
    let names: Vec<_> = slots.iter().map(|(name, mid)| format!("{name}={mid}")).collect();
    assert_eq!(names, ["a0=3", "a1=4", "a2=5", "v0=6", "v1=7", "v2=8", "v3=9", "v4=10", "v5=11"]);
    let streams: Vec<_> = (4..13).map(|index| starting(&section(&sdp, index), "a=msid:")[0].to_owned()).collect();
    assert_eq!(
        streams,
        ["s0 a0", "s1 a1", "s2 a2", "s0 v0", "s-v1 v1", "s1 v2", "s2 v3", "s-v4 v4", "s-v5 v5"].map(|stream| format!("a=msid:{stream}")),
        "lip-sync groups"
    );
    assert!(section(&sdp, 3).contains(&"a=inactive"), "the screen was not declared");
    assert_eq!(section(&sdp, 13), ["m=application 0 UDP/DTLS/SCTP webrtc-datachannel", "c=IN IP4 0.0.0.0", "a=mid:12", "a=inactive"]);
    assert!(section(&sdp, 0).contains(&"a=group:BUNDLE 0 1 2 3 4 5 6 7 8 9 10 11"), "without the data channel");

    let slot = section(&sdp, 7);
    assert!(slot.contains(&"a=sendonly") && starting(&slot, "a=rid:").is_empty());
    for absent in ["transport-cc", "transport-wide-cc", "abs-send-time", "video-layers-allocation", "rtp-stream-id", "dependency-descriptor"] {
        assert!(!slot.iter().any(|line| line.contains(absent)), "{absent}");
    }
    let mut ssrcs: Vec<u32> = spec.slots.iter().flat_map(|slot| [Some(slot.ssrc), slot.rtx_ssrc]).flatten().collect();
    let before = ssrcs.len();
    ssrcs.dedup();
    assert_eq!((before, ssrcs.len()), (15, 15), "three for sound, six pairs for pictures");
    assert_eq!(spec.slots[3].kind, Kind::Video);
}

#[test]
fn sources_not_allowed_are_inactive_and_not_told() {
    let declared = [("0".to_owned(), Source::Microphone), ("1".to_owned(), Source::Camera), ("2".to_owned(), Source::Screen)];
    let Negotiated { sdp, spec, .. } = respond(HOST, Sources::Declared(&declared), &[Source::Microphone]).unwrap();
    assert_eq!(spec.sources.iter().map(|source| source.source).collect::<Vec<_>>(), [Source::Microphone]);
    let camera = section(&sdp, 2);
    assert!(camera.contains(&"a=inactive") && starting(&camera, "a=simulcast").is_empty() && starting(&camera, "a=rid").is_empty());
    assert!(section(&sdp, 0).contains(&"a=group:BUNDLE 0 1 2"));
}

#[test]
fn sendrecv_lines_are_source_and_slot_or_slot_only() {
    let Negotiated { sdp, spec, slots } = declare(CHROMIUM, &[("1", Source::Camera)]).unwrap();
    assert!(section(&sdp, 1).contains(&"a=sendonly"), "its microphone was not declared");
    let camera = section(&sdp, 2);
    assert!(camera.contains(&"a=sendrecv") && camera.contains(&"a=simulcast:recv q;h;f") && camera.contains(&"a=msid:s0 v0"));
    assert_eq!((spec.sources.len(), slots.len()), (1, 2));
    let whip = infer(CHROMIUM);
    assert!(whip.slots.is_empty() && section(&whip.sdp, 2).contains(&"a=recvonly"), "WHIP only takes");
    assert_eq!(whip.spec.sources[0].ssrcs, [(3_970_030_129, None)]);
    let whep = play(CHROMIUM);
    assert!(whep.spec.sources.is_empty() && whep.slots.len() == 2, "WHEP only gives");
}

#[test]
fn firefox_puts_things_elsewhere() {
    let Negotiated { sdp, spec, .. } = infer(FIREFOX);
    assert_eq!(codecs(&spec.sources[0]), [(Codec::Opus, 109, None)]);
    assert_eq!(codecs(&spec.sources[1]), [(Codec::Vp8, 120, Some(124)), (Codec::Vp9, 121, Some(125)), (Codec::Av1, 99, Some(100))]);
    assert_eq!(spec.sources[1].rids.iter().map(Rid::as_str).collect::<Vec<_>>(), ["q", "h", "f"]);
    assert_eq!(spec.sources[1].ssrcs, [(2_818_281_578, Some(437_997_406)), (4_284_991_939, Some(2_047_990_168)), (1_484_526_152, Some(2_378_782_834))]);
    assert_eq!(spec.ice.remote_ufrag, "7afca41b");
    assert_eq!(spec.fingerprint.bytes[..2], [0x44, 0x58], "of the session");
    let video = section(&sdp, 2);
    assert_eq!(
        starting(&video, "a=extmap:"),
        [
            "a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid",
            "a=extmap:4 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
            "a=extmap:7 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
            "a=extmap:8/recvonly https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension",
            "a=extmap:9/recvonly urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
            "a=extmap:10/recvonly urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
        ],
        "the directions are ours; playout delay is not for what we take"
    );
    assert!(video.contains(&"a=extmap-allow-mixed"), "Firefox has it on the m-lines");
    assert!(starting(&video, "a=fmtp:120").is_empty(), "no limits on its VP8");
    assert!(section(&sdp, 1).contains(&"a=fmtp:109 minptime=10;useinbandfec=1;usedtx=1;stereo=1"));
    let h264 = codecs(&infer(FIREFOX_H264).spec.sources[1]);
    assert_eq!(h264[1..3], [(Codec::H264, 126, Some(127)), (Codec::H264, 105, Some(106))], "packetization mode 1 only, 42e01f first");
}

#[test]
fn aiortc_offers_three_fingerprints_and_no_transport_wide_feedback() {
    let Negotiated { sdp, spec, .. } = infer(AIORTC_WHIP);
    assert_eq!(spec.fingerprint.algorithm, FingerprintAlgorithm::Sha256);
    assert_eq!(codecs(&spec.sources[1]), [(Codec::Vp8, 97, Some(98)), (Codec::H264, 101, Some(102)), (Codec::H264, 99, Some(100))]);
    assert_eq!(spec.extensions.id(ExtensionKind::TransportCc), None);
    assert!(!sdp.contains("transport-cc") && section(&sdp, 2).contains(&"a=rtcp-fb:97 nack pli"));
    let whep = play(AIORTC_WHEP);
    assert_eq!(whep.slots.len(), 2);
    assert!(whep.spec.sources.is_empty());
}

#[test]
fn the_dtls_role_is_the_other_one() {
    let passive = HOST.replace("a=setup:actpass", "a=setup:passive");
    let answer = infer(&passive);
    assert!(answer.spec.dtls_active && answer.sdp.contains("a=setup:active\r\n"));
    assert!(!infer(HOST).spec.dtls_active);
    assert_eq!(respond(&HOST.replace("a=setup:actpass", "a=setup:holdconn"), Sources::Inferred, &ALL).unwrap_err(), OfferError::BadSetup("holdconn".into()));
}

fn refusal(offer: &str) -> String {
    let error = respond(offer, Sources::Inferred, &ALL).unwrap_err();
    error.to_string()
}

fn without(offer: &str, start: &str) -> String {
    offer.split_inclusive('\n').filter(|line| !line.starts_with(start)).collect()
}

#[test]
fn refusals_name_what_was_wrong_and_the_remedy() {
    for (offer, wrong, remedy) in [
        (String::new(), "not SDP", "localDescription"),
        (format!("{HOST}{}", "a=x\r\n".repeat(210_000)), "more than 262144", "fewer"),
        (format!("{HOST}{}", "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n".repeat(197)), "200 m-lines", "fewer slots"),
        ("v=0\r\no=- 1 2 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n".to_owned(), "no usable audio or video", "transceiver"),
        (AIORTC_WHEP.to_owned(), "sends neither audio nor video", "sendonly"),
        (HOST.replace("a=sendonly", "a=inactive"), "sends neither audio nor video", "sendonly"),
        (HOST.replacen("m=audio", "a=ice-lite\r\nm=audio", 1), "a=ice-lite", "full ICE agent"),
        (without(HOST, "a=fingerprint"), "no a=fingerprint", "DTLS"),
        (HOST.replace("sha-256", "sha-1"), "\"sha-1\" is not accepted", "sha-256"),
        (HOST.replace("sha-256 38:", "sha-256 "), "malformed", "colon"),
        (without(HOST, "a=ice-ufrag"), "no a=ice-ufrag", "ICE agent"),
        (without(HOST, "a=ice-pwd"), "no a=ice-pwd", "ICE agent"),
        (HOST.replace("a=ice-ufrag:A0e1", "a=ice-ufrag:A"), "a=ice-ufrag has 1 bytes", "4 to 256"),
        (HOST.replace("a=ice-pwd:", &format!("a=ice-pwd:{}", "x".repeat(240))), "a=ice-pwd has 264 bytes", "22 to 256"),
        (without(HOST, "a=rtcp-mux"), "\"0\" lacks a=rtcp-mux", "rtcpMuxPolicy"),
        (HOST.replace("BUNDLE 0 1 2", "BUNDLE 0 2"), "\"1\" is not in the offer's a=group:BUNDLE", "max-bundle"),
        (without(HOST, "a=group"), "\"0\" is not in", "max-bundle"),
        (without(HOST, "a=mid:1"), "m-line 1 (from 0) has no a=mid", "need one"),
        (HOST.replace("a=mid:2", "a=mid:1"), "\"1\" names two", "its own"),
        (HOST.replace("a=mid:2", "a=mid:12345678901234567"), "longer than 16", "shorter"),
        (HOST.replace("opus/", "speex/"), "\"0\" has no codec in common: it offers speex", "opus"),
        (
            HOST.replace("a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\na=sendonly", "a=extmap:5 urn:ietf:params:rtp-hdrext:sdes:mid\r\na=sendonly"),
            "disagree",
            "BUNDLE",
        ),
    ] {
        let text = refusal(&offer);
        assert!(text.contains(wrong) && text.contains(remedy), "{text}");
    }
}

#[test]
fn declarations_are_checked_against_the_offer() {
    let refusal = |sources: &[(&str, Source)]| declare(LESSON, sources).unwrap_err().to_string();
    assert!(refusal(&[("99", Source::Camera)]).contains("Camera is declared on mid \"99\", which the offer does not have"));
    assert!(refusal(&[("1", Source::Camera), ("1", Source::Screen)]).contains("declared twice"));
    assert!(refusal(&[("1", Source::Camera), ("2", Source::Camera)]).contains("declared twice"));
    assert!(refusal(&[("6", Source::Camera)]).contains("which is video recvonly"));
    assert!(refusal(&[("0", Source::Camera)]).contains("which is audio sendonly"));
    assert!(refusal(&[("12", Source::Camera)]).contains("which is application without usable media"));
}

#[test]
fn what_is_not_wanted_need_not_be_bundled() {
    let offer = HOST.replace("BUNDLE 0 1 2", "BUNDLE 0 1");
    let sdp = declare(&offer, &[("0", Source::Microphone), ("1", Source::Camera)]).unwrap().sdp;
    assert!(section(&sdp, 3)[0].starts_with("m=video 0 "));
    assert!(section(&sdp, 0).contains(&"a=group:BUNDLE 0 1"));
}

#[test]
fn one_line_alone_needs_no_group() {
    let only: String = HOST.split_inclusive('\n').take(HOST.lines().position(|line| line.starts_with("m=video")).unwrap()).collect();
    let sdp = infer(&without(&only, "a=group")).sdp;
    assert!(starting(&section(&sdp, 0), "a=group").is_empty());
    assert_eq!(starting(&section(&sdp, 1), "a=candidate").len(), 2);
}

#[test]
fn truncated_fixtures_are_answered_or_refused() {
    for offer in [CHROMIUM, LESSON, FIREFOX_H264, AIORTC_WHIP, GSTREAMER_WHEP] {
        for end in (0..offer.len()).step_by(offer.len() / 40 + 1) {
            let _ = respond(&offer[..end], Sources::Inferred, &ALL);
        }
    }
}
