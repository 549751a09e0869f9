//! SDP offers and fragments. Whatever is answered has as many m-lines as the offer, and can be read back as a fragment.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sfu::id::{Source, TransportId};
use sfu::sdp::{AnswerOptions, Candidate, Protocol, Sources, answer, parse_fragment};
use sfu::spec::{Fingerprint, FingerprintAlgorithm};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let _ = parse_fragment(text);
    let fingerprint = Fingerprint { algorithm: FingerprintAlgorithm::Sha256, bytes: vec![1; 32] };
    let candidates = [Candidate { address: ([127, 0, 0, 1], 3478).into(), protocol: Protocol::Udp }];
    let declared = [("0".to_owned(), Source::Microphone), ("1".to_owned(), Source::Camera)];
    for sources in [Sources::Inferred, Sources::Declared(&declared)] {
        let mut ssrcs = 1..;
        let options = AnswerOptions {
            transport: TransportId(1),
            room: "room".into(),
            participant: "participant".into(),
            local_ufrag: "ours",
            local_pwd: "0123456789012345678901",
            fingerprint: &fingerprint,
            candidates: &candidates,
            sources,
            may_send: &[Source::Microphone, Source::Camera],
            ssrcs: &mut || ssrcs.next().unwrap(),
            session_id: 1,
        };
        let Ok(negotiated) = answer(text, options) else { continue };
        let media_lines = |sdp: &str| sdp.lines().filter(|line| line.starts_with("m=")).count();
        assert_eq!(media_lines(&negotiated.sdp), media_lines(text));
        assert!(negotiated.sdp.lines().all(|line| line.as_bytes().get(1) == Some(&b'=')));
        assert!(parse_fragment(&negotiated.sdp).is_ok());
    }
});
