//! STUN input: as it is, and with the fingerprint and the integrity that it would need put right, so that what lies behind them is reached too.
#![no_main]

use aws_lc_rs::hmac;
use libfuzzer_sys::fuzz_target;
use rtc_stun::fingerprint::fingerprint_value;
use sfu::ice::{IceLite, StunDrop, is_stun, peek_ufrag};
use sfu::path::{Link, Path};
use sfu::spec::IceCredentials;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

fuzz_target!(|data: &[u8]| {
    let credentials = IceCredentials { local_ufrag: "ours".into(), local_pwd: "password".into(), remote_ufrag: "theirs".into(), remote_pwd: String::new() };
    let mut now = *START;
    let mut ice = IceLite::new(credentials, now);
    let mut reply = Vec::new();
    let mut rest = data;
    // Each message behind four bytes: how it arrives, seconds since the one before, its length in two bytes.
    while let [way, seconds, high, low, tail @ ..] = rest {
        let len = usize::from(u16::from_be_bytes([*high, *low])) % 1500;
        let (message, tail) = tail.split_at(tail.len().min(len));
        rest = tail;
        now += Duration::from_secs(u64::from(*seconds));
        let link = if way & 1 == 0 { Link::Udp(way >> 1 & 1) } else { Link::Tcp(u64::from(way >> 1 & 1)) };
        let path = Path { remote: ([192, 0, 2, 1], u16::from(way >> 2 & 15)).into(), link };
        if way & 0x40 != 0 {
            ice.path_closed(path);
        }
        let known = ice.paths().count();
        let result = ice.receive(now, path, message, &mut reply);
        assert_eq!(reply.is_empty(), !matches!(result, Ok(_) | Err(StunDrop::UnknownAttribute | StunDrop::RoleConflict)));
        if matches!(result, Err(StunDrop::UnknownUfrag)) {
            assert!(peek_ufrag(message).is_some_and(|ufrag| ufrag != "ours") || peek_ufrag(message).is_none());
        }
        if result.is_err() {
            assert_eq!(ice.paths().count(), known);
        }
        if let Some(message) = put_right(message, way & 0x80 != 0) {
            let result = ice.receive(now, path, &message, &mut reply);
            assert!(!matches!(result, Err(StunDrop::BadFingerprint | StunDrop::BadIntegrity)), "{result:?}");
            assert_eq!(ice.is_authenticated(path), result.is_ok() || ice.is_authenticated(path));
        }
        assert!(ice.paths().count() <= 8);
        assert!(ice.selected().is_none_or(|selected| ice.is_authenticated(selected)));
        assert!(reply.is_empty() || is_stun(&reply));
    }
});

/// The attributes of a message up to its integrity, as an authentic Binding request; for `named`, behind the right USERNAME.
fn put_right(message: &[u8], named: bool) -> Option<Vec<u8>> {
    let mut right = vec![0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42];
    right.extend(message.get(8..20)?);
    if named {
        right.extend([0, 6, 0, 6]);
        right.extend(b"ours:x\0\0");
    }
    let mut rest = &message[20..];
    while let [a, b, c, d, tail @ ..] = rest {
        let kind = u16::from_be_bytes([*a, *b]);
        let len = usize::from(u16::from_be_bytes([*c, *d]));
        let padded = len.next_multiple_of(4);
        if kind == 8 || kind == 0x8028 || tail.len() < padded {
            break;
        }
        right.extend(&rest[..4 + padded]);
        rest = &tail[padded..];
    }
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, b"password");
    set_len(&mut right, 24);
    let tag = hmac::sign(&key, &right);
    right.extend([0, 8, 0, 20]);
    right.extend(tag.as_ref());
    set_len(&mut right, 8);
    let crc = fingerprint_value(&right);
    right.extend([0x80, 0x28, 0, 4]);
    right.extend(crc.to_be_bytes());
    Some(right)
}

fn set_len(message: &mut [u8], more: usize) {
    let len = (message.len() - 20 + more) as u16;
    message[2..4].copy_from_slice(&len.to_be_bytes());
}
