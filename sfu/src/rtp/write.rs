//! Headers of outgoing packets.

use super::header::FIXED_LEN;
use super::{ONE_BYTE_PROFILE, TWO_BYTE_PROFILE};

/// What an outgoing packet's header says, besides its extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutHeader {
    /// The M bit.
    pub marker: bool,
    /// 0 to 127.
    pub payload_type: u8,
    /// The sequence number.
    pub sequence: u16,
    /// In units of the codec's clock rate.
    pub timestamp: u32,
    /// The synchronisation source.
    pub ssrc: u32,
}

/// How extension elements are laid out, and how many bytes they take.
struct Layout {
    two_byte: bool,
    elements: usize,
}

/// Whether RFC 8285 can express an element at all; others are left out.
fn expressible(&(id, value): &(u8, &[u8])) -> bool {
    id != 0 && value.len() <= 255
}

fn layout(extensions: &[(u8, &[u8])]) -> Option<Layout> {
    let (mut two_byte, mut count, mut bytes) = (false, 0, 0);
    for element in extensions.iter().filter(|element| expressible(element)) {
        two_byte |= element.0 > 14 || !(1..=16).contains(&element.1.len());
        count += 1;
        bytes += element.1.len();
    }
    let elements = bytes + count * if two_byte { 2 } else { 1 };
    (count > 0).then_some(Layout { two_byte, elements })
}

/// The bytes [`write_header`] writes for these extensions; a multiple of 4.
pub fn header_len(extensions: &[(u8, &[u8])]) -> usize {
    FIXED_LEN + layout(extensions).map_or(0, |layout| 4 + layout.elements.next_multiple_of(4))
}

/// Writes header and extensions at the start of `out`, and returns their length, a multiple of 4.
///
/// The one-byte form of header extensions is taken where it fits (ids 1 to 14, values of 1 to 16 bytes), else the two-byte form (RFC 8285 §4; the answer
/// carries `extmap-allow-mixed`). An id of 0 or a value of more than 255 bytes cannot be expressed and is left out. `padding` sets the P bit.
///
/// # Panics
/// If `out` is shorter than [`header_len`] of the same extensions.
pub fn write_header(out: &mut [u8], header: &OutHeader, extensions: &[(u8, &[u8])], padding: bool) -> usize {
    let layout = layout(extensions);
    out[0] = 0x80 | u8::from(padding) << 5 | u8::from(layout.is_some()) << 4;
    out[1] = u8::from(header.marker) << 7 | header.payload_type & 0x7F;
    out[2..4].copy_from_slice(&header.sequence.to_be_bytes());
    out[4..8].copy_from_slice(&header.timestamp.to_be_bytes());
    out[8..12].copy_from_slice(&header.ssrc.to_be_bytes());
    let Some(Layout { two_byte, elements }) = layout else { return FIXED_LEN };
    let padded = elements.next_multiple_of(4);
    out[12..14].copy_from_slice(&if two_byte { TWO_BYTE_PROFILE } else { ONE_BYTE_PROFILE }.to_be_bytes());
    out[14..16].copy_from_slice(&((padded / 4) as u16).to_be_bytes());
    let mut at = 16;
    for (id, value) in extensions.iter().filter(|element| expressible(element)) {
        if two_byte {
            out[at..at + 2].copy_from_slice(&[*id, value.len() as u8]);
            at += 2;
        } else {
            out[at] = id << 4 | (value.len() - 1) as u8;
            at += 1;
        }
        out[at..at + value.len()].copy_from_slice(value);
        at += value.len();
    }
    out[at..16 + padded].fill(0);
    16 + padded
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::{ExtensionKind, ExtensionMap, RtpHeader};
    use super::*;
    use proptest::prelude::*;

    const HEADER: OutHeader = OutHeader { marker: true, payload_type: 96, sequence: 65535, timestamp: 0x8000_0001, ssrc: 7 };

    fn written(extensions: &[(u8, &[u8])], padding: bool) -> Vec<u8> {
        let mut out = vec![0xAA; 1500];
        let len = write_header(&mut out, &HEADER, extensions, padding);
        assert_eq!(len, header_len(extensions));
        out.truncate(len);
        out
    }

    #[test]
    fn without_extensions_it_is_twelve_bytes() {
        assert_eq!(written(&[], false), [0x80, 0xE0, 0xFF, 0xFF, 0x80, 0, 0, 1, 0, 0, 0, 7]);
        assert_eq!(written(&[], true)[0], 0xA0);
    }

    #[test]
    fn the_one_byte_form_where_it_fits() {
        assert_eq!(written(&[(4, b"ab"), (14, b"c")], false)[12..], [0xBE, 0xDE, 0, 2, 0x41, b'a', b'b', 0xE0, b'c', 0, 0, 0]);
    }

    #[test]
    fn the_two_byte_form_for_high_ids_long_and_empty_values() {
        assert_eq!(written(&[(4, b"a"), (15, b"c")], false)[12..], [0x10, 0, 0, 2, 4, 1, b'a', 15, 1, b'c', 0, 0]);
        assert_eq!(written(&[(4, b"")], false)[12..], [0x10, 0, 0, 1, 4, 0, 0, 0]);
        assert_eq!(written(&[(4, &[1; 17])], false)[12..16], [0x10, 0, 0, 5]);
    }

    #[test]
    fn what_cannot_be_expressed_is_left_out() {
        assert_eq!(written(&[(0, b"a"), (3, &[0; 256])], false).len(), 12);
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(mid in prop::option::of(prop::collection::vec(any::<u8>(), 1..40)), sequence in any::<u16>(), ids in (1u8..=255, 1u8..=255), padding in any::<bool>()) {
            prop_assume!(ids.0 != ids.1);
            let mut map = ExtensionMap::default();
            map.set(ExtensionKind::Mid, ids.0);
            map.set(ExtensionKind::TransportCc, ids.1);
            let (mid, number) = (mid.as_deref(), sequence.to_be_bytes());
            let elements = [(ids.1, &number[..]), (if mid.is_some() { ids.0 } else { 0 }, mid.unwrap_or_default())];
            let mut packet = vec![0; 100];
            let len = write_header(&mut packet, &OutHeader { sequence, ..HEADER }, &elements, padding);
            packet.truncate(len);
            packet.push(1);
            let header = RtpHeader::parse(&packet).unwrap();
            prop_assert_eq!((header.header_len, header.sequence, header.padding), (len, sequence, usize::from(padding)));
            let read = map.read(&packet, &header);
            prop_assert_eq!((read.mid, read.transport_cc), (mid, Some(sequence)));
        }
    }
}
