//! Answers an offer from standard input, to try answers in browsers: `answer [MID=microphone|camera|screen ...] < offer.sdp`. Without arguments the sources are
//! inferred as WHIP does. Nobody listens at the candidate.

use sfu::id::Source;
use sfu::sdp::{AnswerOptions, Candidate, Protocol, Sources, answer};
use sfu::spec::{Fingerprint, FingerprintAlgorithm};
use std::io::Read;
use std::process::ExitCode;

fn source(argument: &str) -> Option<(String, Source)> {
    let (mid, name) = argument.split_once('=')?;
    let source = match name {
        "microphone" => Source::Microphone,
        "camera" => Source::Camera,
        "screen" => Source::Screen,
        _ => return None,
    };
    Some((mid.to_owned(), source))
}

fn main() -> ExitCode {
    let Some(declared) = std::env::args().skip(1).map(|argument| source(&argument)).collect::<Option<Vec<_>>>() else {
        eprintln!("usage: answer [MID=microphone|camera|screen ...] < offer.sdp");
        return ExitCode::from(2);
    };
    let mut offer = String::new();
    if let Err(error) = std::io::stdin().read_to_string(&mut offer) {
        eprintln!("standard input: {error}");
        return ExitCode::FAILURE;
    }
    let fingerprint = Fingerprint { algorithm: FingerprintAlgorithm::Sha256, bytes: (0..32).collect() };
    let candidates = [Protocol::Udp, Protocol::Tcp].map(|protocol| Candidate { address: ([127, 0, 0, 1], 3478).into(), protocol });
    let mut ssrcs = 1000..;
    let result = answer(
        &offer,
        AnswerOptions {
            transport: sfu::id::TransportId(1),
            room: "room".into(),
            participant: "participant".into(),
            local_ufrag: "localfragment",
            local_pwd: "localpasswordlocalpassword",
            fingerprint: &fingerprint,
            candidates: &candidates,
            sources: if declared.is_empty() { Sources::Inferred } else { Sources::Declared(&declared) },
            may_send: &[Source::Microphone, Source::Camera, Source::Screen],
            ssrcs: &mut || ssrcs.next().unwrap_or(1),
            session_id: 1,
        },
    );
    match result {
        Ok(negotiated) => {
            print!("{}", negotiated.sdp);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
