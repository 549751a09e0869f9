//! Writing: each function appends one packet, or as many as its content needs, to a compound.

use super::{ReportBlock, SenderInfo, format, packet_type};

/// The count field has 5 bits.
const MAX_COUNT: usize = 31;

/// A sender report (RFC 3550 section 6.4.1). Blocks beyond 31 follow in receiver reports.
pub fn write_sender_report(out: &mut Vec<u8>, ssrc: u32, info: &SenderInfo, blocks: &[ReportBlock]) {
    let (first, more) = blocks.split_at(blocks.len().min(MAX_COUNT));
    packet(out, first.len() as u8, packet_type::SENDER_REPORT, |out| {
        put32(out, ssrc);
        out.extend(info.ntp.to_be_bytes());
        put32s(out, &[info.rtp, info.packets, info.octets]);
        first.iter().for_each(|block| put_block(out, block));
    });
    if !more.is_empty() {
        write_receiver_report(out, ssrc, more);
    }
}

/// Receiver reports (RFC 3550 section 6.4.2), one for each 31 blocks; an empty one without blocks.
pub fn write_receiver_report(out: &mut Vec<u8>, ssrc: u32, blocks: &[ReportBlock]) {
    let (mut part, mut rest) = blocks.split_at(blocks.len().min(MAX_COUNT));
    loop {
        packet(out, part.len() as u8, packet_type::RECEIVER_REPORT, |out| {
            put32(out, ssrc);
            part.iter().for_each(|block| put_block(out, block));
        });
        if rest.is_empty() {
            return;
        }
        (part, rest) = rest.split_at(rest.len().min(MAX_COUNT));
    }
}

/// Asks for packets again (RFC 4585 section 6.2.1). Numbers in rising order take the least room; without any nothing is written.
pub fn write_nack(out: &mut Vec<u8>, sender_ssrc: u32, media_ssrc: u32, seqs: &[u16]) {
    let Some((&first, rest)) = seqs.split_first() else {
        return;
    };
    packet(out, format::NACK, packet_type::TRANSPORT_FEEDBACK, |out| {
        put32(out, sender_ssrc);
        put32(out, media_ssrc);
        let (mut seq, mut bits) = (first, 0_u16);
        for &next in rest {
            match next.wrapping_sub(seq) {
                0 => {}
                ahead @ 1..=16 => bits |= 1 << (ahead - 1),
                _ => {
                    put_pair(out, seq, bits);
                    (seq, bits) = (next, 0);
                }
            }
        }
        put_pair(out, seq, bits);
    });
}

/// Asks for a key frame (RFC 4585 section 6.3.1).
pub fn write_pli(out: &mut Vec<u8>, sender_ssrc: u32, media_ssrc: u32) {
    packet(out, format::PLI, packet_type::PAYLOAD_FEEDBACK, |out| {
        put32(out, sender_ssrc);
        put32(out, media_ssrc);
    });
}

/// Asks for a key frame (RFC 5104 section 4.3.1). `seq` goes up with each request that is not a repetition.
pub fn write_fir(out: &mut Vec<u8>, sender_ssrc: u32, media_ssrc: u32, seq: u8) {
    packet(out, format::FIR, packet_type::PAYLOAD_FEEDBACK, |out| {
        put32(out, sender_ssrc);
        // RFC 5104 section 4.3.1.2: the media source of the header is not used.
        put32(out, 0);
        put32(out, media_ssrc);
        out.extend([seq, 0, 0, 0]);
    });
}

/// A source description with nothing but the CNAME (RFC 3550 section 6.5.1), at most 255 bytes of it.
pub fn write_sdes_cname(out: &mut Vec<u8>, ssrc: u32, cname: &str) {
    const CNAME: u8 = 1;
    let mut len = cname.len().min(255);
    while !cname.is_char_boundary(len) {
        len -= 1;
    }
    packet(out, 1, packet_type::SOURCE_DESCRIPTION, |out| {
        put32(out, ssrc);
        out.extend([CNAME, len as u8]);
        out.extend(&cname.as_bytes()[..len]);
        // The item list ends with at least one zero byte, and on a word.
        let end = out.len() - (2 + len) + (2 + len) / 4 * 4 + 4;
        out.resize(end, 0);
    });
}

/// The streams end (RFC 3550 section 6.6); one packet for each 31.
pub fn write_bye(out: &mut Vec<u8>, ssrcs: &[u32]) {
    for part in ssrcs.chunks(MAX_COUNT) {
        packet(out, part.len() as u8, packet_type::BYE, |out| part.iter().for_each(|&ssrc| put32(out, ssrc)));
    }
}

/// Appends a packet and fills in its length. `body` appends whole words.
fn packet(out: &mut Vec<u8>, count: u8, packet_type: u8, body: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend([0x80 | count, packet_type, 0, 0]);
    body(out);
    let words = (out.len() - start) / 4 - 1;
    out[start + 2..start + 4].copy_from_slice(&(words as u16).to_be_bytes());
}

fn put32(out: &mut Vec<u8>, word: u32) {
    out.extend(word.to_be_bytes());
}

fn put32s(out: &mut Vec<u8>, words: &[u32]) {
    words.iter().for_each(|&word| put32(out, word));
}

fn put_pair(out: &mut Vec<u8>, seq: u16, bits: u16) {
    out.extend(seq.to_be_bytes());
    out.extend(bits.to_be_bytes());
}

fn put_block(out: &mut Vec<u8>, block: &ReportBlock) {
    let lost = block.cumulative_lost.clamp(-0x80_0000, 0x7f_ffff) as u32 & 0xff_ffff;
    put32s(out, &[block.ssrc, u32::from(block.fraction_lost) << 24 | lost, block.highest_seq, block.jitter, block.last_sr, block.delay_since_sr]);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::{Rtcp, parse};
    use super::*;
    use proptest::prelude::*;
    use rtc_rtcp::goodbye::Goodbye;
    use rtc_rtcp::packet::{Packet, unmarshal};
    use rtc_rtcp::payload_feedbacks::full_intra_request::FullIntraRequest;
    use rtc_rtcp::payload_feedbacks::picture_loss_indication::PictureLossIndication;
    use rtc_rtcp::receiver_report::ReceiverReport;
    use rtc_rtcp::sender_report::SenderReport;
    use rtc_rtcp::source_description::{SdesType, SourceDescription};
    use rtc_rtcp::transport_feedbacks::transport_layer_nack::{NackPair, TransportLayerNack};

    /// As another implementation reads it.
    fn packets(out: &[u8]) -> Vec<Box<dyn Packet>> {
        unmarshal(&mut &out[..]).unwrap()
    }

    fn the<T: 'static>(packet: &dyn Packet) -> &T {
        packet.as_any().downcast_ref().unwrap()
    }

    fn block(n: u32) -> ReportBlock {
        let cumulative_lost = if n < 35 { n as i32 } else { -(n as i32) };
        ReportBlock { ssrc: n, fraction_lost: n as u8, cumulative_lost, highest_seq: n << 16, jitter: n * 3, last_sr: n * 5, delay_since_sr: n * 7 }
    }

    #[test]
    fn reports_read_elsewhere_as_they_were_meant() {
        let blocks: Vec<_> = (1..=70).map(block).collect();
        let info = SenderInfo { ntp: 0x0102_0304_0506_0708, rtp: 9, packets: 10, octets: 11 };
        let mut out = Vec::new();
        write_sender_report(&mut out, 99, &info, &blocks);
        let read = packets(&out);
        assert_eq!(read.len(), 3);
        let sr = the::<SenderReport>(&*read[0]);
        assert_eq!((sr.ssrc, sr.ntp_time, sr.rtp_time, sr.packet_count, sr.octet_count), (99, info.ntp, 9, 10, 11));
        let mut reports = sr.reports.clone();
        for rr in &read[1..] {
            assert_eq!(the::<ReceiverReport>(&**rr).ssrc, 99);
            reports.extend(the::<ReceiverReport>(&**rr).reports.clone());
        }
        assert_eq!(reports.len(), 70);
        for (read, meant) in reports.iter().zip(&blocks) {
            let lost = (read.total_lost << 8) as i32 >> 8;
            let same = ReportBlock {
                ssrc: read.ssrc,
                fraction_lost: read.fraction_lost,
                cumulative_lost: lost,
                highest_seq: read.last_sequence_number,
                jitter: read.jitter,
                last_sr: read.last_sender_report,
                delay_since_sr: read.delay,
            };
            assert_eq!(same, *meant);
        }
        let mut ours = Vec::new();
        parse(&out, |rtcp| match rtcp {
            Rtcp::SenderReport { ssrc: 99, ntp: 0x0102_0304_0506_0708, rtp: 9, blocks } | Rtcp::ReceiverReport { ssrc: 99, blocks } => ours.extend(blocks),
            other => panic!("{other:?}"),
        })
        .unwrap();
        assert_eq!(ours, blocks);
    }

    #[test]
    fn an_empty_receiver_report_is_one_packet() {
        let mut out = Vec::new();
        write_receiver_report(&mut out, 5, &[]);
        assert_eq!(out, [0x80, 201, 0, 1, 0, 0, 0, 5]);
    }

    #[test]
    fn losses_are_clamped_to_24_bits() {
        for (lost, written) in [(i32::MAX, 0x7f_ffff), (i32::MIN, -0x80_0000), (-1, -1)] {
            let mut out = Vec::new();
            write_receiver_report(&mut out, 5, &[ReportBlock { cumulative_lost: lost, ..ReportBlock::default() }]);
            parse(&out, |rtcp| match rtcp {
                Rtcp::ReceiverReport { mut blocks, .. } => assert_eq!(blocks.next().unwrap().cumulative_lost, written),
                other => panic!("{other:?}"),
            })
            .unwrap();
        }
    }

    #[test]
    fn requests_for_key_frames_and_goodbyes() {
        let mut out = Vec::new();
        write_pli(&mut out, 1, 2);
        write_fir(&mut out, 3, 4, 5);
        write_bye(&mut out, &(0..33).collect::<Vec<_>>());
        let read = packets(&out);
        assert_eq!(*the::<PictureLossIndication>(&*read[0]), PictureLossIndication { sender_ssrc: 1, media_ssrc: 2 });
        let fir = the::<FullIntraRequest>(&*read[1]);
        assert_eq!((fir.sender_ssrc, fir.media_ssrc, fir.fir.len()), (3, 0, 1));
        assert_eq!((fir.fir[0].ssrc, fir.fir[0].sequence_number), (4, 5));
        let gone: Vec<u32> = read[2..].iter().flat_map(|bye| the::<Goodbye>(&**bye).sources.clone()).collect();
        assert_eq!(gone, (0..33).collect::<Vec<_>>());
    }

    #[test]
    fn a_cname_of_any_length_ends_on_a_word() {
        let long = "课".repeat(100);
        for len in 0..=12 {
            let name = &"abcdefghijkl"[..len];
            let mut out = Vec::new();
            write_sdes_cname(&mut out, 7, name);
            write_pli(&mut out, 1, 2);
            let read = packets(&out);
            assert_eq!(read.len(), 2, "{name}");
            let sdes = the::<SourceDescription>(&*read[0]);
            assert_eq!((sdes.chunks.len(), sdes.chunks[0].source, sdes.chunks[0].items.len()), (1, 7, 1));
            assert_eq!((sdes.chunks[0].items[0].sdes_type, &sdes.chunks[0].items[0].text[..]), (SdesType::SdesCname, name.as_bytes()));
        }
        let mut out = Vec::new();
        write_sdes_cname(&mut out, 7, &long);
        assert_eq!(the::<SourceDescription>(&*packets(&out)[0]).chunks[0].items[0].text, long.as_bytes()[..255]);
    }

    proptest! {
        #[test]
        fn a_nack_asks_for_exactly_these(start in any::<u16>(), steps in prop::collection::vec(0_u16..40, 0..100)) {
            let seqs: Vec<u16> = steps.iter().scan(start, |seq, step| { *seq = seq.wrapping_add(*step); Some(*seq) }).collect();
            let mut once = seqs.clone();
            once.dedup();
            let mut out = Vec::new();
            write_nack(&mut out, 1, 2, &seqs);
            prop_assert_eq!(seqs.is_empty(), out.is_empty());
            if !seqs.is_empty() {
                let read = packets(&out);
                let nack = the::<TransportLayerNack>(&*read[0]);
                prop_assert_eq!((nack.sender_ssrc, nack.media_ssrc), (1, 2));
                let theirs: Vec<u16> = nack.nacks.iter().flat_map(NackPair::packet_list).collect();
                prop_assert_eq!(&theirs, &once);
                let mut ours = Vec::new();
                parse(&out, |rtcp| if let Rtcp::Nack { media_ssrc: 2, seqs } = rtcp { ours.extend(seqs) }).unwrap();
                prop_assert_eq!(&ours, &once);
            }
        }

        #[test]
        fn a_nack_of_numbers_in_any_order_loses_none(seqs in prop::collection::vec(any::<u16>(), 1..60)) {
            let mut out = Vec::new();
            write_nack(&mut out, 1, 2, &seqs);
            let mut ours = std::collections::BTreeSet::new();
            parse(&out, |rtcp| if let Rtcp::Nack { seqs, .. } = rtcp { ours.extend(seqs) }).unwrap();
            prop_assert_eq!(ours, seqs.into_iter().collect());
        }
    }
}
