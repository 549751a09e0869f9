//! Reading.

use super::{ReportBlock, Rtcp, format, packet_type};

/// Why a compound was read only up to some packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RtcpError {
    /// Less than a header is left.
    #[error("RTCP packet cut off: {0} bytes are left, a header takes 4")]
    Header(usize),
    /// Not version 2.
    #[error("RTCP version {0}, expected 2")]
    Version(u8),
    /// The length field leads out of the datagram.
    #[error("RTCP packet of {claimed} bytes in {left} bytes of datagram")]
    Length {
        /// By the header.
        claimed: usize,
        /// In the datagram.
        left: usize,
    },
    /// The count of padding bytes is not within the packet.
    #[error("RTCP packet with {0} bytes of padding, expected at least 1 and no more than its body")]
    Padding(u8),
    /// Too short for its type and counts.
    #[error("RTCP packet of type {packet_type} and count {count} too short: {len} bytes of body")]
    Body {
        /// RFC 3550 section 12.1.
        packet_type: u8,
        /// The count or format field.
        count: u8,
        /// Bytes after the header.
        len: usize,
    },
}

/// Reads a compound, a reduced-size one too (RFC 5506), and hands over what it holds. The packets before a malformed one are handed over still.
pub fn parse(compound: &[u8], mut each: impl FnMut(Rtcp)) -> Result<(), RtcpError> {
    let mut rest = compound;
    loop {
        let &[first, packet_type, high, low, ..] = rest else {
            return Err(RtcpError::Header(rest.len()));
        };
        if first >> 6 != 2 {
            return Err(RtcpError::Version(first >> 6));
        }
        let claimed = 4 + 4 * usize::from(u16::from_be_bytes([high, low]));
        let Some((packet, after)) = rest.split_at_checked(claimed) else {
            return Err(RtcpError::Length { claimed, left: rest.len() });
        };
        let body = body(packet, first & 0x20 != 0)?;
        let count = first & 0x1f;
        read(packet_type, count, packet, body, &mut each).ok_or(RtcpError::Body { packet_type, count, len: body.len() })?;
        if after.is_empty() {
            return Ok(());
        }
        rest = after;
    }
}

/// Without header and padding. That it be a multiple of 4 (RFC 3550 section 6.4.1) is not asked for: transport-wide feedback has 1 to 3 bytes.
fn body(packet: &[u8], padded: bool) -> Result<&[u8], RtcpError> {
    let body = &packet[4..];
    if !padded {
        return Ok(body);
    }
    let padding = body.last().copied().unwrap_or(0);
    match body.len().checked_sub(usize::from(padding)) {
        Some(len) if padding > 0 => Ok(&body[..len]),
        _ => Err(RtcpError::Padding(padding)),
    }
}

/// `None` when the body is too short.
fn read(packet_type: u8, count: u8, packet: &[u8], body: &[u8], each: &mut impl FnMut(Rtcp)) -> Option<()> {
    match (packet_type, count) {
        (packet_type::SENDER_REPORT, _) => {
            let (ntp, rtp) = (u64::from(word(body, 1)?) << 32 | u64::from(word(body, 2)?), word(body, 3)?);
            each(Rtcp::SenderReport { ssrc: word(body, 0)?, ntp, rtp, blocks: Blocks(array(body, 24, count, 24)?) });
        }
        (packet_type::RECEIVER_REPORT, _) => each(Rtcp::ReceiverReport { ssrc: word(body, 0)?, blocks: Blocks(array(body, 4, count, 24)?) }),
        (packet_type::BYE, _) => each(Rtcp::Bye { ssrcs: Ssrcs(array(body, 0, count, 4)?) }),
        (packet_type::TRANSPORT_FEEDBACK, format::NACK) => each(Rtcp::Nack { media_ssrc: word(body, 1)?, seqs: Lost::new(body.get(8..)?) }),
        (packet_type::TRANSPORT_FEEDBACK, format::TRANSPORT_CC) => {
            body.get(..16)?;
            each(Rtcp::TransportCc(packet));
        }
        (packet_type::PAYLOAD_FEEDBACK, format::PLI) => each(Rtcp::Pli { media_ssrc: word(body, 1)? }),
        (packet_type::PAYLOAD_FEEDBACK, format::FIR) => {
            let entries = body.get(8..)?.chunks_exact(8);
            entries.for_each(|entry| each(Rtcp::Fir { media_ssrc: be32(entry), seq: entry[4] }));
        }
        (packet_type::PAYLOAD_FEEDBACK, format::REMB) => match body.get(8..12)? {
            b"REMB" => each(Rtcp::Remb { bitrate: remb_bitrate(word(body, 3)?) }),
            _ => each(Rtcp::Other),
        },
        _ => each(Rtcp::Other),
    }
    Some(())
}

/// 6 bits of exponent, 18 of mantissa.
fn remb_bitrate(word: u32) -> u64 {
    let (exponent, mantissa) = (word >> 18 & 0x3f, u64::from(word & 0x3_ffff));
    let shifted = u128::from(mantissa) << exponent;
    u64::try_from(shifted).unwrap_or(u64::MAX)
}

/// `count` elements of `size` bytes from `start` on.
fn array(body: &[u8], start: usize, count: u8, size: usize) -> Option<&[u8]> {
    body.get(start..start + usize::from(count) * size)
}

fn word(body: &[u8], index: usize) -> Option<u32> {
    body.get(index * 4..index * 4 + 4).map(be32)
}

/// Of at least 4 bytes.
fn be32(bytes: &[u8]) -> u32 {
    u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

/// The blocks of a report, an iterator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Blocks<'a>(&'a [u8]);

impl Iterator for Blocks<'_> {
    type Item = ReportBlock;

    fn next(&mut self) -> Option<ReportBlock> {
        let (block, rest) = self.0.split_at_checked(24)?;
        self.0 = rest;
        let lost = be32(&block[4..]);
        Some(ReportBlock {
            ssrc: be32(block),
            fraction_lost: (lost >> 24) as u8,
            cumulative_lost: (lost << 8) as i32 >> 8,
            highest_seq: be32(&block[8..]),
            jitter: be32(&block[12..]),
            last_sr: be32(&block[16..]),
            delay_since_sr: be32(&block[20..]),
        })
    }
}

/// The sequence numbers of a NACK, an iterator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lost<'a> {
    /// The one next up and the bits of those after it that are left.
    pair: Option<(u16, u16)>,
    pairs: &'a [u8],
}

impl<'a> Lost<'a> {
    fn new(pairs: &'a [u8]) -> Self {
        Self { pair: None, pairs }
    }
}

impl Iterator for Lost<'_> {
    type Item = u16;

    fn next(&mut self) -> Option<u16> {
        if let Some((seq, bits)) = self.pair {
            if bits == 0 {
                self.pair = None;
                return self.next();
            }
            let ahead = bits.trailing_zeros() as u16;
            self.pair = Some((seq, bits & (bits - 1)));
            return Some(seq.wrapping_add(ahead + 1));
        }
        let (pair, rest) = self.pairs.split_at_checked(4)?;
        let seq = u16::from_be_bytes([pair[0], pair[1]]);
        self.pair = Some((seq, u16::from_be_bytes([pair[2], pair[3]])));
        self.pairs = rest;
        Some(seq)
    }
}

/// The streams of a BYE, an iterator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ssrcs<'a>(&'a [u8]);

impl Iterator for Ssrcs<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let (ssrc, rest) = self.0.split_at_checked(4)?;
        self.0 = rest;
        Some(be32(ssrc))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What was handed over, written out; and the result.
    fn read_all(compound: &[u8]) -> (Vec<String>, Result<(), RtcpError>) {
        let mut all = Vec::new();
        let result = parse(compound, |rtcp| {
            all.push(match rtcp {
                Rtcp::SenderReport { ssrc, ntp, rtp, blocks } => format!("SR {ssrc} {ntp} {rtp} {:?}", blocks.collect::<Vec<_>>()),
                Rtcp::ReceiverReport { ssrc, blocks } => format!("RR {ssrc} {:?}", blocks.collect::<Vec<_>>()),
                Rtcp::Nack { media_ssrc, seqs } => format!("NACK {media_ssrc} {:?}", seqs.collect::<Vec<_>>()),
                Rtcp::Bye { ssrcs } => format!("BYE {:?}", ssrcs.collect::<Vec<_>>()),
                Rtcp::TransportCc(raw) => format!("TCC {}", raw.len()),
                other => format!("{other:?}"),
            });
        });
        (all, result)
    }

    #[test]
    fn reads_a_compound_of_everything() {
        let mut compound = vec![0x81, 201, 0, 7, 0, 0, 0, 1];
        compound.extend([0, 0, 0, 2, 64, 0xff, 0xff, 0xfe, 0, 1, 0, 5, 0, 0, 0, 9, 1, 2, 3, 4, 0, 1, 0, 0]);
        compound.extend([0x81, 205, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0xff, 0xfe, 0x80, 0x03]);
        compound.extend([0x84, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 3, 7, 0, 0, 0]);
        compound.extend([0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 4]);
        compound.extend([0x8f, 206, 0, 5, 0, 0, 0, 1, 0, 0, 0, 0, b'R', b'E', b'M', b'B', 1, 0x0b, 0, 0, 0, 0, 0, 4]);
        compound.extend([0x80, 207, 0, 0, 0x82, 203, 0, 2, 0, 0, 0, 5, 0, 0, 0, 6]);
        let (all, result) = read_all(&compound);
        assert_eq!(result, Ok(()));
        assert_eq!(
            all,
            [
                "RR 1 [ReportBlock { ssrc: 2, fraction_lost: 64, cumulative_lost: -2, highest_seq: 65541, jitter: 9, last_sr: 16909060, delay_since_sr: 65536 }]",
                "NACK 2 [65534, 65535, 0, 14]",
                "Fir { media_ssrc: 3, seq: 7 }",
                "Pli { media_ssrc: 4 }",
                "Remb { bitrate: 786432 }",
                "Other",
                "BYE [5, 6]",
            ]
        );
    }

    #[test]
    fn names_what_is_wrong_and_keeps_what_was_right() {
        let pli = [0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 4];
        let with = |after: &[u8]| [&pli[..], after].concat();
        for (bad, error) in [
            (vec![], RtcpError::Header(0)),
            (with(&[0x80, 201, 0]), RtcpError::Header(3)),
            (with(&[0x40, 201, 0, 0]), RtcpError::Version(1)),
            (with(&[0x80, 201, 0, 1]), RtcpError::Length { claimed: 8, left: 4 }),
            (with(&[0xa0, 201, 0, 1, 0, 0, 0, 8]), RtcpError::Padding(8)),
            (with(&[0xa0, 201, 0, 1, 0, 0, 0, 0]), RtcpError::Padding(0)),
            (with(&[0xa0, 201, 0, 0]), RtcpError::Padding(0)),
            (with(&[0x81, 201, 0, 1, 0, 0, 0, 1]), RtcpError::Body { packet_type: 201, count: 1, len: 4 }),
            (with(&[0x80, 200, 0, 1, 0, 0, 0, 1]), RtcpError::Body { packet_type: 200, count: 0, len: 4 }),
            (with(&[0x81, 203, 0, 0]), RtcpError::Body { packet_type: 203, count: 1, len: 0 }),
        ] {
            let (all, result) = read_all(&bad);
            assert_eq!(result, Err(error));
            assert_eq!(all.len(), usize::from(!bad.is_empty()), "{error}");
        }
    }

    #[test]
    fn padding_is_no_content() {
        let (all, result) = read_all(&[0xa1, 205, 0, 4, 0, 0, 0, 1, 0, 0, 0, 2, 0, 9, 0, 0, 0, 0, 0, 4]);
        assert_eq!((all, result), (vec!["NACK 2 [9]".to_owned()], Ok(())));
    }

    #[test]
    fn a_huge_estimate_saturates() {
        assert_eq!(remb_bitrate(0x00ff_ffff), u64::MAX);
        assert_eq!(remb_bitrate(0), 0);
    }

    proptest! {
        #[test]
        fn never_panics_and_stays_bounded(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            check_bounded(&bytes);
        }

        #[test]
        fn never_panics_on_what_begins_well(count in 0x80_u8..0xc0, kind in 200_u8..208, mut bytes in prop::collection::vec(any::<u8>(), 4..200)) {
            bytes.truncate(bytes.len() / 4 * 4);
            let words = (bytes.len() / 4 - 1) as u16;
            bytes[..4].copy_from_slice(&[count, kind, (words >> 8) as u8, words as u8]);
            check_bounded(&bytes);
        }
    }

    fn check_bounded(bytes: &[u8]) {
        let mut items = 0;
        let _ = parse(bytes, |rtcp| {
            items += 1;
            items += match rtcp {
                Rtcp::SenderReport { blocks, .. } | Rtcp::ReceiverReport { blocks, .. } => blocks.count(),
                Rtcp::Nack { seqs, .. } => seqs.count(),
                Rtcp::Bye { ssrcs } => ssrcs.count(),
                _ => 0,
            };
        });
        assert!(items <= bytes.len() / 4 * 17);
    }
}
