//! The RFCs' vectors, and `rtc-srtp` as the other side.

#![allow(clippy::unwrap_used)]

use super::cm::Cm;
use super::gcm::Gcm;
use super::kdf::{SessionKeys, Use};
use super::*;
use rtc_crypto::default_provider;
use rtc_srtp::context::Context;
use rtc_srtp::protection_profile::ProtectionProfile;

const PROFILES: [SrtpProfile; 3] = [SrtpProfile::Aes128Gcm, SrtpProfile::Aes256Gcm, SrtpProfile::Aes128CmSha1_80];
const SSRC: u32 = 0x1234_5678;

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn number(text: &str) -> u128 {
    hex(text).iter().fold(0, |number, &byte| number << 8 | u128::from(byte))
}

fn master(profile: SrtpProfile) -> KeySalt {
    let bytes: Vec<u8> = (1..=64).collect();
    KeySalt::new(profile, &bytes[..profile.key_len()], &bytes[40..40 + profile.salt_len()]).unwrap()
}

fn sender(profile: SrtpProfile) -> SrtpSender {
    SrtpSender::new(profile, &master(profile)).unwrap()
}

fn receiver(profile: SrtpProfile) -> SrtpReceiver {
    SrtpReceiver::new(profile, &master(profile)).unwrap()
}

fn oracle(profile: SrtpProfile) -> Context {
    let theirs = match profile {
        SrtpProfile::Aes128Gcm => ProtectionProfile::AeadAes128Gcm,
        SrtpProfile::Aes256Gcm => ProtectionProfile::AeadAes256Gcm,
        SrtpProfile::Aes128CmSha1_80 => ProtectionProfile::Aes128CmHmacSha1_80,
    };
    let master = master(profile);
    Context::new(master.key(), master.salt(), theirs, None, None, default_provider().unwrap().crypto()).unwrap()
}

/// A packet with one CSRC and a header extension of two words, and its header's length.
fn rtp(sequence: u16, payload_len: usize) -> (Vec<u8>, usize) {
    let mut packet = vec![0x91, 96];
    packet.extend(sequence.to_be_bytes());
    packet.extend(77_u32.to_be_bytes());
    packet.extend(SSRC.to_be_bytes());
    packet.extend(0xaabb_ccdd_u32.to_be_bytes());
    packet.extend([0xbe, 0xde, 0, 2, 0x12, 1, 2, 3, 0x20, 9, 0, 0]);
    let header_len = packet.len();
    packet.extend((0..payload_len).map(|at| at as u8));
    (packet, header_len)
}

fn seal(sender: &SrtpSender, index: u64, payload_len: usize) -> Vec<u8> {
    let (mut packet, header_len) = rtp(index as u16, payload_len);
    let len = packet.len();
    packet.resize(len + sender.rtp_overhead() + 3, 0xee);
    let sealed = sender.seal_rtp(&mut packet, header_len, len, index);
    assert_eq!(packet[sealed..], [0xee; 3], "nothing is written past the tag");
    packet.truncate(sealed);
    packet
}

/// Every index at the rollovers, some between them.
fn across_two_rollovers() -> impl Iterator<Item = u64> {
    (0xff80..0x1_0080).chain((0x1_0080..0x1_ff80).step_by(997)).chain(0x1_ff80..0x2_0080)
}

fn receiver_report() -> Vec<u8> {
    let mut packet = hex("81c90007 12345678");
    packet.extend((0..24).map(|at| at * 3));
    packet
}

#[test]
fn key_derivation_of_rfc_3711_b3() {
    let key = hex("E1F97A0D3E018BE0D64FA32C06DE4139");
    let salt = hex("0EC675AD498AFEEBB6960B3AABE6");
    let master = KeySalt::new(SrtpProfile::Aes128CmSha1_80, &key, &salt).unwrap();
    let keys = SessionKeys::new(&master, Use::Rtp);
    assert_eq!(*keys.encryption().unwrap(), hex("C61E7A93744F39EE10734AFE3FF7A087"));
    assert_eq!(keys.salt().unwrap(), number("30CBBC08863D8C85D49DB34A9AE1"));
    assert_eq!(*keys.authentication().unwrap(), hex("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4"));
}

#[test]
fn key_stream_of_rfc_3711_b2() {
    let cm = Cm::keyed(&hex("2B7E151628AED2A6ABF7158809CF4F3C"), &[0; 20], number("F0F1F2F3F4F5F6F7F8F9FAFBFCFD")).unwrap();
    let mut packet = vec![0; 12 + 48 + CM_TAG];
    packet[0] = 0x80;
    cm.seal_rtp(&mut packet, 12, 60, 0, 0);
    let stream = "E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB 41E95B3BB0A2E8DD477901E4FCA894C0";
    assert_eq!(packet[12..60], hex(stream));
}

#[test]
fn srtp_of_rfc_7714_16() {
    let clear = hex("8040f17b 8041f8d3 5501a0b2 47616c6c 69612065 7374206f 6d6e6973 20646976 69736120 696e2070 61727465 73207472 6573");
    let with_128 = "8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f 42a5f47a 51c7d19b 36de3adf 8833
        899d7f27 beb16a91 52cf765e e4390cce";
    let with_256 = "8040f17b 8041f8d3 5501a0b2 32b1de78 a822fe12 ef9f78fa 332e33aa b1801238 9a58e2f3 b50b2a02 76ffae0f 1ba63799 b87b
        7aa3db36 dfffd6b0 f9bb7878 d7a76c13";
    for (key_len, sealed) in [(16, with_128), (32, with_256)] {
        let key: Vec<u8> = (0..key_len).collect();
        let gcm = Gcm::keyed(&key, number("51756964 2070726f 2071756f")).unwrap();
        let mut packet = clear.clone();
        packet.resize(clear.len() + GCM_TAG, 0);
        gcm.seal_rtp(&mut packet, 12, clear.len(), 0x5501_a0b2, 0xf17b);
        assert_eq!(packet, hex(sealed), "key of {key_len} bytes");
        assert_eq!(gcm.open_rtp(&mut packet, 12, 0x5501_a0b2, 0xf17b), Some(clear.len()));
        assert_eq!(packet[..clear.len()], clear);
    }
}

#[test]
fn srtcp_of_rfc_7714_17() {
    let clear = hex("81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61 deadbeef deadbeef deadbeef deadbeef deadbeef");
    let sealed =
        hex("81c8000d 4d617273 63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d c676a5f1 730d6fda 4ce09b46 86303ded 0bb9275b c84aa458 96cf4d2f c5abf872
        45d9eade 800005d4");
    let gcm = Gcm::keyed(&(0..16).collect::<Vec<u8>>(), number("51756964 2070726f 2071756f")).unwrap();
    let mut packet = clear.clone();
    gcm.seal_rtcp(&mut packet, 0x4d61_7273, 0x5d4);
    assert_eq!(packet, sealed);
    assert_eq!(gcm.open_rtcp(&mut packet, 0x4d61_7273, 0x5d4), Some(clear.len()));
    assert_eq!(packet[..clear.len()], clear);
}

#[test]
fn the_oracle_opens_what_we_seal_across_a_rollover() {
    for profile in PROFILES {
        let (ours, mut theirs) = (sender(profile), oracle(profile));
        for index in across_two_rollovers() {
            let sealed = seal(&ours, index, (index % 40) as usize);
            let clear = theirs.decrypt_rtp(&sealed).unwrap_or_else(|error| panic!("{profile:?} {index:#x}: {error}"));
            assert_eq!(clear[..], rtp(index as u16, (index % 40) as usize).0);
        }
    }
}

#[test]
fn we_open_what_the_oracle_seals_across_a_rollover() {
    for profile in PROFILES {
        let (mut ours, mut theirs) = (receiver(profile), oracle(profile));
        for index in across_two_rollovers() {
            let (clear, _) = rtp(index as u16, (index % 40) as usize);
            let mut packet = theirs.encrypt_rtp(&clear).unwrap().to_vec();
            assert_eq!(ours.open_rtp(&mut packet), Ok(Opened { len: clear.len(), index }), "{profile:?} {index:#x}");
            assert_eq!(packet[..clear.len()], clear);
        }
    }
}

#[test]
fn rtcp_agrees_with_the_oracle_both_ways() {
    for profile in PROFILES {
        let (mut sender, mut receiver, mut from, mut to) = (sender(profile), receiver(profile), oracle(profile), oracle(profile));
        for _ in 0..100 {
            let mut packet = receiver_report();
            sender.seal_rtcp(&mut packet);
            assert_eq!(packet.len(), receiver_report().len() + sender.rtcp_overhead());
            assert_eq!(to.decrypt_rtcp(&packet).unwrap()[..], receiver_report(), "{profile:?}");
            let mut packet = from.encrypt_rtcp(&receiver_report()).unwrap().to_vec();
            assert_eq!(receiver.open_rtcp(&mut packet).unwrap(), receiver_report(), "{profile:?}");
        }
    }
}

#[test]
fn reordering_across_a_rollover_is_followed() {
    for profile in PROFILES {
        let (sender, mut receiver) = (sender(profile), receiver(profile));
        for index in [0xfff8_u64, 0x1_0002, 0xfffa, 0x1_0000, 0xffff, 0x1_0001, 0x1_0100, 0xfff9, 0x1_fff0, 0x2_0005, 0x1_fffe] {
            // A step of more than half the numbers is read as one backwards, so the last ones are led up to.
            if index == 0x1_fff0 {
                for between in [0x1_6000, 0x1_c000] {
                    receiver.open_rtp(&mut seal(&sender, between, 20)).unwrap();
                }
            }
            let opened = receiver.open_rtp(&mut seal(&sender, index, 20));
            assert_eq!(opened.map(|opened| opened.index), Ok(index), "{profile:?} {index:#x}");
        }
    }
}

#[test]
fn replays_and_stale_packets_are_dropped() {
    for profile in PROFILES {
        let (mut sender, mut receiver) = (sender(profile), receiver(profile));
        receiver.open_rtp(&mut seal(&sender, 5, 20)).unwrap();
        assert_eq!(receiver.open_rtp(&mut seal(&sender, 5, 20)), Err(SrtpDrop::Replay));
        receiver.open_rtp(&mut seal(&sender, 5000, 20)).unwrap();
        assert_eq!(receiver.open_rtp(&mut seal(&sender, 6, 20)), Err(SrtpDrop::TooOld));
        assert!(receiver.open_rtp(&mut seal(&sender, 4489, 20)).is_ok(), "511 behind");
        let mut packet = receiver_report();
        sender.seal_rtcp(&mut packet);
        receiver.open_rtcp(&mut packet.clone()).unwrap();
        assert_eq!(receiver.open_rtcp(&mut packet), Err(SrtpDrop::Replay));
    }
}

#[test]
fn every_truncation_and_every_flipped_bit_is_dropped_and_forgotten() {
    for profile in PROFILES {
        let (mut sender, mut receiver) = (sender(profile), receiver(profile));
        let sealed = seal(&sender, 9, 20);
        for len in 0..sealed.len() {
            assert!(receiver.open_rtp(&mut sealed[..len].to_vec()).is_err(), "{profile:?}, {len} bytes");
        }
        for bit in 0..sealed.len() * 8 {
            let mut packet = sealed.clone();
            packet[bit / 8] ^= 1 << (bit % 8);
            assert!(receiver.open_rtp(&mut packet).is_err(), "{profile:?}, bit {bit}");
        }
        assert!(receiver.open_rtp(&mut sealed.clone()).is_ok());

        let mut sealed = receiver_report();
        sender.seal_rtcp(&mut sealed);
        for len in 0..sealed.len() {
            assert!(receiver.open_rtcp(&mut sealed[..len].to_vec()).is_err(), "{profile:?}, {len} bytes");
        }
        for bit in 0..sealed.len() * 8 {
            let mut packet = sealed.clone();
            packet[bit / 8] ^= 1 << (bit % 8);
            assert!(receiver.open_rtcp(&mut packet).is_err(), "{profile:?}, bit {bit}");
        }
        assert_eq!(receiver.open_rtcp(&mut sealed).unwrap(), receiver_report());
    }
}

#[test]
fn each_reason_has_its_name() {
    for profile in PROFILES {
        let (mut sender, mut receiver) = (sender(profile), receiver(profile));
        assert_eq!(receiver.open_rtp(&mut [0x80; 11]), Err(SrtpDrop::Short));
        assert_eq!(receiver.open_rtp(&mut [0x40; 60]), Err(SrtpDrop::Malformed));
        assert_eq!(receiver.open_rtp(&mut [0x9f; 60]), Err(SrtpDrop::Malformed), "15 CSRCs and an extension do not fit");
        assert_eq!(receiver.open_rtp(&mut [0x80; 12 + 9]), Err(SrtpDrop::Short));
        assert_eq!(receiver.open_rtp(&mut [0x80; 60]), Err(SrtpDrop::BadTag));
        assert_eq!(receiver.open_rtcp(&mut [0x80; 21]), Err(SrtpDrop::Short));
        assert_eq!(receiver.open_rtcp(&mut [0x40; 60]), Err(SrtpDrop::Malformed));
        let mut packet = receiver_report();
        sender.seal_rtcp(&mut packet);
        let word = packet.len() - RTCP_INDEX - if profile == SrtpProfile::Aes128CmSha1_80 { CM_TAG } else { 0 };
        packet[word] &= 0x7f;
        assert_eq!(receiver.open_rtcp(&mut packet), Err(SrtpDrop::Unencrypted));
    }
}

#[test]
fn a_stranger_makes_no_state_and_the_peer_a_bounded_one() {
    let (sender, mut receiver) = (sender(SrtpProfile::Aes128Gcm), receiver(SrtpProfile::Aes128Gcm));
    let sealed_with_ssrc = |ssrc: u32| {
        let (mut packet, header_len) = rtp(1, 20);
        packet[8..12].copy_from_slice(&ssrc.to_be_bytes());
        let len = packet.len();
        packet.resize(len + 16, 0);
        sender.seal_rtp(&mut packet, header_len, len, 1);
        packet
    };
    for ssrc in 0..1000 {
        let mut forged = sealed_with_ssrc(ssrc);
        forged[40] ^= 1;
        assert_eq!(receiver.open_rtp(&mut forged), Err(SrtpDrop::BadTag));
    }
    assert_eq!(receiver.ssrcs(), 0);
    for ssrc in 0..1000 {
        receiver.open_rtp(&mut sealed_with_ssrc(ssrc)).unwrap();
    }
    assert_eq!(receiver.ssrcs(), window::MAX_SSRCS);
}

#[test]
fn a_worn_out_rtcp_key_seals_nothing() {
    let mut sender = sender(SrtpProfile::Aes128Gcm);
    sender.skip_to_rtcp_index(RTCP_ENCRYPTED - 1);
    let mut packet = receiver_report();
    sender.seal_rtcp(&mut packet);
    assert!(receiver(SrtpProfile::Aes128Gcm).open_rtcp(&mut packet).is_ok());
    let mut packet = receiver_report();
    sender.seal_rtcp(&mut packet);
    assert!(packet.is_empty());
}

#[test]
fn exported_material_is_split_by_role() {
    let profile = SrtpProfile::Aes128CmSha1_80;
    let material: Vec<u8> = (0..60).collect();
    let as_client = SrtpKeys::from_exported(profile, &material, true).unwrap();
    let as_server = SrtpKeys::from_exported(profile, &material, false).unwrap();
    assert_eq!((as_client.local.key(), as_client.local.salt()), (&material[..16], &material[32..46]));
    assert_eq!((as_client.remote.key(), as_client.remote.salt()), (&material[16..32], &material[46..60]));
    assert_eq!((as_server.local.key(), as_server.remote.salt()), (as_client.remote.key(), as_client.local.salt()));
    assert_eq!(
        SrtpKeys::from_exported(profile, &material[1..], true).unwrap_err().to_string(),
        "59 bytes of keying material do not fit SRTP_AES128_CM_HMAC_SHA1_80, which takes 60"
    );
}

#[test]
fn keys_must_fit_the_profile_and_stay_secret() {
    let gcm = SrtpProfile::Aes128Gcm;
    assert_eq!(KeySalt::new(gcm, &[7; 15], &[7; 12]).unwrap_err(), SrtpError::KeyLength { profile: gcm, got: 15 });
    assert_eq!(KeySalt::new(gcm, &[7; 16], &[7; 14]).unwrap_err(), SrtpError::SaltLength { profile: gcm, got: 14 });
    assert!(SrtpSender::new(SrtpProfile::Aes256Gcm, &master(gcm)).is_err());
    assert!(SrtpReceiver::new(SrtpProfile::Aes128CmSha1_80, &master(gcm)).is_err());
    assert_eq!(format!("{:?}", master(gcm)), "KeySalt(SRTP_AEAD_AES_128_GCM)");
}
