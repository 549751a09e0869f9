//! Prints what the cryptography of one packet costs: `cargo run --release -p sfu --example cost`.

#![allow(clippy::unwrap_used)]

use aws_lc_rs::hmac;
use rtc_stun::fingerprint::fingerprint_value;
use sfu::ice::{IceLite, StunDrop, peek_ufrag};
use sfu::path::{Link, Path};
use sfu::spec::IceCredentials;
use sfu::srtp::{KeySalt, SrtpProfile, SrtpReceiver, SrtpSender};
use std::hint::black_box;
use std::time::Instant;

/// Packets timed together: short enough to fall between two interruptions.
const ROUNDS: u64 = 500;
const LEN: usize = 1200;
const HEADER: usize = 24;

fn main() {
    for profile in [SrtpProfile::Aes128Gcm, SrtpProfile::Aes256Gcm, SrtpProfile::Aes128CmSha1_80] {
        srtp(profile);
    }
    stun("unknown ufrag", "other:theirs", true);
    stun("wrong fingerprint", "ours:theirs", false);
    stun("wrong password", "ours:theirs", true);
}

/// The fastest of many runs: the machine's other work only ever adds.
fn best(mut run: impl FnMut()) -> f64 {
    let nanoseconds = (0..1000).map(|_| {
        let start = Instant::now();
        run();
        start.elapsed().as_nanos() as f64 / ROUNDS as f64
    });
    nanoseconds.fold(f64::INFINITY, f64::min)
}

fn srtp(profile: SrtpProfile) {
    let key = KeySalt::new(profile, &[7; 32][..profile.key_len()], &[9; 14][..profile.salt_len()]).unwrap();
    let sender = SrtpSender::new(profile, &key).unwrap();
    let mut packet = vec![0; LEN + sender.rtp_overhead()];
    packet[..12].copy_from_slice(&[0x90, 96, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4]);
    packet[12..16].copy_from_slice(&[0xbe, 0xde, 0, 2]);

    let mut index = 0_u64;
    let seal = best(|| {
        for _ in 0..ROUNDS {
            packet[2..4].copy_from_slice(&(index as u16).to_be_bytes());
            black_box(sender.seal_rtp(&mut packet, HEADER, LEN, index));
            index += 1;
        }
    });
    let sealed: Vec<Vec<u8>> = (0..ROUNDS)
        .map(|index| {
            packet[2..4].copy_from_slice(&(index as u16).to_be_bytes());
            sender.seal_rtp(&mut packet, HEADER, LEN, index);
            packet.clone()
        })
        .collect();
    let open = best(|| {
        // One more set-up for every 500 packets: a receiver takes none of them twice.
        let mut receiver = SrtpReceiver::new(profile, &key).unwrap();
        for sealed in &sealed {
            packet.copy_from_slice(sealed);
            black_box(receiver.open_rtp(&mut packet).unwrap());
        }
    });
    println!("{}: seal {seal:.0} ns, open {open:.0} ns, {LEN} bytes", profile.name());
}

fn stun(case: &str, username: &str, right_fingerprint: bool) {
    let now = Instant::now();
    let credentials =
        IceCredentials { local_ufrag: "ours".into(), local_pwd: "a-password-of-24-letters".into(), remote_ufrag: "theirs".into(), remote_pwd: "unused".into() };
    let mut ice = IceLite::new(credentials, now);
    let message = request(username, right_fingerprint);
    let path = Path { remote: ([192, 0, 2, 1], 40_000).into(), link: Link::Udp(0) };
    let mut reply = Vec::with_capacity(128);
    let expected = match (username, right_fingerprint) {
        ("ours:theirs", true) => StunDrop::BadIntegrity,
        ("ours:theirs", false) => StunDrop::BadFingerprint,
        _ => StunDrop::UnknownUfrag,
    };
    let cost = best(|| {
        for _ in 0..ROUNDS {
            black_box(peek_ufrag(&message));
            assert_eq!(ice.receive(now, path, black_box(&message), &mut reply), Err(expected));
        }
    });
    println!("STUN, {case}: {cost:.0} ns, {} bytes", message.len());
}

/// A check as Chromium makes it, with an integrity of another password.
fn request(username: &str, right_fingerprint: bool) -> Vec<u8> {
    let mut message = vec![0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
    let mut attribute = |kind: u16, value: &[u8]| {
        message.extend(kind.to_be_bytes());
        message.extend((value.len() as u16).to_be_bytes());
        message.extend(value);
        message.resize(message.len().next_multiple_of(4), 0);
    };
    attribute(0x0006, username.as_bytes());
    attribute(0xc057, &[0, 3, 0, 10]);
    attribute(0x802a, &[5; 8]);
    attribute(0x0025, &[]);
    attribute(0x0024, &0x6e7f_1eff_u32.to_be_bytes());
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, b"guessed"), &[0; 80]);
    attribute(0x0008, tag.as_ref());
    let len = (message.len() - 20 + 8) as u16;
    message[2..4].copy_from_slice(&len.to_be_bytes());
    let crc = fingerprint_value(&message) ^ u32::from(!right_fingerprint);
    message.extend([0x80, 0x28, 0, 4]);
    message.extend(crc.to_be_bytes());
    message
}
