//! RTCP input: whatever is read is bounded by the datagram, and what is read of it survives being written and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sfu::rtcp::{self, ReportBlock, Rtcp, SenderInfo};

fuzz_target!(|data: &[u8]| {
    let mut items = 0;
    let (mut again, mut expected) = (Vec::new(), Vec::new());
    let _ = rtcp::parse(data, |rtcp| {
        items += 1 + count(&rtcp);
        if write(&mut again, &rtcp) {
            expected.push(told(&rtcp));
        }
    });
    assert!(items <= data.len() / 4 * 17);
    if !again.is_empty() {
        let mut read = Vec::new();
        rtcp::parse(&again, |rtcp| read.push(told(&rtcp))).unwrap();
        assert_eq!(read, expected);
    }
});

fn count(rtcp: &Rtcp) -> usize {
    match *rtcp {
        Rtcp::SenderReport { blocks, .. } | Rtcp::ReceiverReport { blocks, .. } => blocks.count(),
        Rtcp::Nack { seqs, .. } => seqs.count(),
        Rtcp::Bye { ssrcs } => ssrcs.count(),
        _ => 0,
    }
}

/// Whether there was something to write.
fn write(out: &mut Vec<u8>, rtcp: &Rtcp) -> bool {
    let before = out.len();
    match *rtcp {
        Rtcp::SenderReport { ssrc, ntp, rtp, blocks } => {
            let info = SenderInfo { ntp, rtp, packets: 0, octets: 0 };
            rtcp::write_sender_report(out, ssrc, &info, &blocks.collect::<Vec<ReportBlock>>());
        }
        Rtcp::ReceiverReport { ssrc, blocks } => rtcp::write_receiver_report(out, ssrc, &blocks.collect::<Vec<_>>()),
        Rtcp::Nack { media_ssrc, seqs } => rtcp::write_nack(out, 1, media_ssrc, &seqs.collect::<Vec<_>>()),
        Rtcp::Pli { media_ssrc } => rtcp::write_pli(out, 1, media_ssrc),
        Rtcp::Fir { media_ssrc, seq } => rtcp::write_fir(out, 1, media_ssrc, seq),
        Rtcp::Bye { ssrcs } => rtcp::write_bye(out, &ssrcs.collect::<Vec<_>>()),
        Rtcp::TransportCc(packet) => assert!(packet.len() >= 20),
        Rtcp::Remb { .. } | Rtcp::Other => {}
    }
    out.len() > before
}

fn told(rtcp: &Rtcp) -> String {
    match *rtcp {
        Rtcp::SenderReport { ssrc, ntp, rtp, blocks } => format!("sender {ssrc} {ntp} {rtp} {:?}", blocks.collect::<Vec<_>>()),
        Rtcp::ReceiverReport { ssrc, blocks } => format!("receiver {ssrc} {:?}", blocks.collect::<Vec<_>>()),
        Rtcp::Nack { media_ssrc, seqs } => format!("nack {media_ssrc} {:?}", seqs.collect::<std::collections::BTreeSet<_>>()),
        Rtcp::Pli { media_ssrc } => format!("pli {media_ssrc}"),
        Rtcp::Fir { media_ssrc, seq } => format!("fir {media_ssrc} {seq}"),
        Rtcp::Bye { ssrcs } => format!("bye {:?}", ssrcs.collect::<Vec<_>>()),
        other => panic!("{other:?} was not written"),
    }
}
