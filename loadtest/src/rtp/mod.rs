//! RTP as bytes (RFC 3550) with one-byte header extensions (RFC 8285): reading what arrives, writing what is sent.

pub mod sequence;
pub mod stamp;
pub mod vp8;

/// The fields of an RTP header that a sender chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The last packet of a frame, or the first of a talk spurt.
    pub marker: bool,
    /// 0–127.
    pub payload_type: u8,
    /// Wraps.
    pub sequence: u16,
    /// In units of the codec's clock; wraps.
    pub timestamp: u32,
    /// Names the flow.
    pub ssrc: u32,
}

/// A parsed packet, borrowed.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a> {
    /// The fixed part.
    pub header: Header,
    /// The one-byte extension block without its 4-byte head; empty when there is none or another form.
    pub extensions: &'a [u8],
    /// Without padding.
    pub payload: &'a [u8],
}

impl<'a> Packet<'a> {
    /// Reads a decrypted packet; `None` for anything that is not RTP version 2 with consistent lengths.
    pub fn parse(bytes: &'a [u8]) -> Option<Packet<'a>> {
        let fixed: &[u8; 12] = bytes.first_chunk()?;
        if fixed[0] >> 6 != 2 {
            return None;
        }
        let mut rest = bytes.get(12 + 4 * usize::from(fixed[0] & 15)..)?;
        let mut extensions: &[u8] = &[];
        if fixed[0] & 0x10 != 0 {
            let [a, b, c, d] = *rest.first_chunk::<4>()?;
            let len = 4 * usize::from(u16::from_be_bytes([c, d]));
            let block = rest.get(4..4 + len)?;
            if [a, b] == [0xBE, 0xDE] {
                extensions = block;
            }
            rest = &rest[4 + len..];
        }
        if fixed[0] & 0x20 != 0 {
            let padding = usize::from(*rest.last()?);
            if padding == 0 {
                return None;
            }
            rest = rest.get(..rest.len().checked_sub(padding)?)?;
        }
        let header = Header {
            marker: fixed[1] & 0x80 != 0,
            payload_type: fixed[1] & 0x7F,
            sequence: u16::from_be_bytes([fixed[2], fixed[3]]),
            timestamp: u32::from_be_bytes([fixed[4], fixed[5], fixed[6], fixed[7]]),
            ssrc: u32::from_be_bytes([fixed[8], fixed[9], fixed[10], fixed[11]]),
        };
        Some(Packet { header, extensions, payload: rest })
    }

    /// The value of one header extension (RFC 8285, section 4.2).
    pub fn extension(&self, id: u8) -> Option<&'a [u8]> {
        let mut rest = self.extensions;
        while let Some((&head, tail)) = rest.split_first() {
            if head == 0 {
                rest = tail;
                continue;
            }
            if head >> 4 == 15 {
                return None;
            }
            let len = usize::from(head & 15) + 1;
            let value = tail.get(..len)?;
            if head >> 4 == id {
                return Some(value);
            }
            rest = &tail[len..];
        }
        None
    }
}

/// Writes a packet. Extensions are `(id 1–14, value of 1–16 bytes)`.
pub fn write(header: Header, extensions: &[(u8, &[u8])], payload: &[&[u8]]) -> Vec<u8> {
    let block: usize = extensions.iter().map(|(_, value)| 1 + value.len()).sum();
    let padded = block.next_multiple_of(4);
    let mut out = Vec::with_capacity(16 + padded + payload.iter().map(|part| part.len()).sum::<usize>() + 16);
    out.push(if block == 0 { 0x80 } else { 0x90 });
    out.push((u8::from(header.marker) << 7) | (header.payload_type & 0x7F));
    out.extend_from_slice(&header.sequence.to_be_bytes());
    out.extend_from_slice(&header.timestamp.to_be_bytes());
    out.extend_from_slice(&header.ssrc.to_be_bytes());
    if block > 0 {
        out.extend_from_slice(&[0xBE, 0xDE]);
        out.extend_from_slice(&((padded / 4) as u16).to_be_bytes());
        for (id, value) in extensions {
            out.push((id << 4) | (value.len() as u8).wrapping_sub(1) & 15);
            out.extend_from_slice(value);
        }
        out.resize(16 + padded, 0);
    }
    for part in payload {
        out.extend_from_slice(part);
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const HEADER: Header = Header { marker: true, payload_type: 96, sequence: 65_535, timestamp: 7, ssrc: 0xDEAD_BEEF };

    #[test]
    fn reads_what_it_writes() {
        let bytes = write(HEADER, &[(4, b"1"), (10, b"hi"), (3, &[1, 2])], &[b"ab", b"c"]);
        let packet = Packet::parse(&bytes).unwrap();
        assert_eq!(packet.header, HEADER);
        assert_eq!(packet.payload, b"abc");
        assert_eq!(packet.extension(4), Some(&b"1"[..]));
        assert_eq!(packet.extension(10), Some(&b"hi"[..]));
        assert_eq!(packet.extension(3), Some(&[1, 2][..]));
        assert_eq!(packet.extension(5), None);
    }

    #[test]
    fn refuses_every_truncation_of_the_header() {
        let bytes = write(HEADER, &[(4, b"1")], &[]);
        for len in 0..bytes.len() {
            assert!(Packet::parse(&bytes[..len]).is_none(), "{len} bytes");
        }
        assert!(Packet::parse(&bytes).is_some());
    }

    #[test]
    fn strips_padding_and_refuses_more_padding_than_payload() {
        let mut bytes = write(HEADER, &[], &[b"xy", &[0, 0, 3]]);
        bytes[0] |= 0x20;
        assert_eq!(Packet::parse(&bytes).unwrap().payload, b"xy");
        *bytes.last_mut().unwrap() = 6;
        assert!(Packet::parse(&bytes).is_none());
        *bytes.last_mut().unwrap() = 0;
        assert!(Packet::parse(&bytes).is_none());
    }
}
