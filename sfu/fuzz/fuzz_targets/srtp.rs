//! SRTP and SRTCP input: a run of packets, each opened as it is; and whatever passes for a packet in the clear must survive sealing and opening.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sfu::srtp::{KeySalt, SrtpProfile, SrtpReceiver, SrtpSender};

fuzz_target!(|data: &[u8]| {
    let Some((&choice, mut rest)) = data.split_first() else { return };
    let profile = [SrtpProfile::Aes128Gcm, SrtpProfile::Aes256Gcm, SrtpProfile::Aes128CmSha1_80][usize::from(choice % 3)];
    let master = KeySalt::new(profile, &[7; 32][..profile.key_len()], &[9; 14][..profile.salt_len()]).unwrap();
    let mut sender = SrtpSender::new(profile, &master).unwrap();
    let mut receiver = SrtpReceiver::new(profile, &master).unwrap();

    while let [rtcp, len, tail @ ..] = rest {
        let (packet, tail) = tail.split_at(tail.len().min(usize::from(*len) * 2));
        rest = tail;
        if rtcp & 1 == 1 {
            let _ = receiver.open_rtcp(&mut packet.to_vec());
            seal_and_open_rtcp(&mut sender, &mut receiver, packet);
        } else {
            let _ = receiver.open_rtp(&mut packet.to_vec());
            seal_and_open_rtp(&sender, profile, &master, packet);
        }
    }
});

fn seal_and_open_rtcp(sender: &mut SrtpSender, receiver: &mut SrtpReceiver, packet: &[u8]) {
    if packet.len() < 8 || packet[0] >> 6 != 2 {
        return;
    }
    let mut sealed = packet.to_vec();
    sender.seal_rtcp(&mut sealed);
    assert_eq!(sealed.len(), packet.len() + sender.rtcp_overhead());
    assert_eq!(receiver.open_rtcp(&mut sealed), Ok(packet));
}

fn seal_and_open_rtp(sender: &SrtpSender, profile: SrtpProfile, master: &KeySalt, packet: &[u8]) {
    let Some(header_len) = header_len(packet) else { return };
    let index = u64::from(u16::from_be_bytes([packet[2], packet[3]]));
    let mut sealed = packet.to_vec();
    sealed.resize(packet.len() + sender.rtp_overhead(), 0);
    assert_eq!(sender.seal_rtp(&mut sealed, header_len, packet.len(), index), sealed.len());
    let mut receiver = SrtpReceiver::new(profile, master).unwrap();
    let opened = receiver.open_rtp(&mut sealed).unwrap();
    assert_eq!((opened.len, opened.index), (packet.len(), index));
    assert_eq!(&sealed[..opened.len], packet);
}

/// The plain reading of RFC 3550 §5.1 and §5.3.1, apart from the one under test.
fn header_len(packet: &[u8]) -> Option<usize> {
    if packet.len() < 12 || packet[0] >> 6 != 2 {
        return None;
    }
    let mut len = 12 + usize::from(packet[0] & 15) * 4;
    if packet[0] & 0x10 != 0 {
        let words = packet.get(len + 2..len + 4)?;
        len += 4 + usize::from(u16::from_be_bytes([words[0], words[1]])) * 4;
    }
    (len <= packet.len()).then_some(len)
}
