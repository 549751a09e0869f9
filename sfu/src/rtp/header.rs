//! The RTP header as received (RFC 3550 §5.1).

/// Bytes of the header without CSRCs and extension.
pub(super) const FIXED_LEN: usize = 12;

/// The header of a received packet; offsets are within that packet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RtpHeader {
    /// The M bit: the last packet of a picture, or the first of a talk spurt.
    pub marker: bool,
    /// 0 to 127.
    pub payload_type: u8,
    /// The sequence number.
    pub sequence: u16,
    /// In units of the codec's clock rate.
    pub timestamp: u32,
    /// The synchronisation source.
    pub ssrc: u32,
    /// Bytes before the payload: fixed part, CSRCs and extension.
    pub header_len: usize,
    /// Bytes of padding at the packet's end, its counting byte included; never more than there are after the header.
    pub padding: usize,
    /// The `profile` field of the extension; 0 without one.
    pub(super) extension_profile: u16,
    /// Where the extension's elements start (they end with the header); 0 without one.
    pub(super) elements: usize,
}

/// Why a packet is not RTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RtpError {
    /// The packet ends within its header.
    #[error("packet of {len} bytes ends within its RTP header, which needs {needed}")]
    Truncated {
        /// Bytes there are.
        len: usize,
        /// Bytes the header says it has.
        needed: usize,
    },
    /// Not version 2.
    #[error("RTP version {0}, not 2")]
    Version(u8),
    /// The padding count is 0 or reaches into the header.
    #[error("padding of {padding} bytes in a payload of {payload}")]
    Padding {
        /// What the last byte says.
        padding: usize,
        /// Bytes after the header.
        payload: usize,
    },
}

impl RtpHeader {
    /// Parses a decrypted packet: header and payload, without authentication tag.
    ///
    /// # Errors
    /// When the packet is shorter than its header says, not version 2, or its padding count is impossible.
    pub fn parse(packet: &[u8]) -> Result<RtpHeader, RtpError> {
        let mut header = Self::parse_sealed(packet)?;
        if packet[0] & 0x20 != 0 {
            let payload = packet.len() - header.header_len;
            let padding = if payload == 0 { 0 } else { usize::from(packet[packet.len() - 1]) };
            if padding == 0 || padding > payload {
                return Err(RtpError::Padding { padding, payload });
            }
            header.padding = padding;
        }
        Ok(header)
    }

    /// Parses the header of a packet that is still encrypted (SRTP leaves the header in the clear, RFC 3711 §3.1). The padding count is not: [`RtpHeader::padding`] is 0.
    ///
    /// # Errors
    /// As [`RtpHeader::parse`], without the padding's.
    pub fn parse_sealed(packet: &[u8]) -> Result<RtpHeader, RtpError> {
        let len = packet.len();
        let within = |needed: usize| if len < needed { Err(RtpError::Truncated { len, needed }) } else { Ok(()) };
        within(FIXED_LEN)?;
        if packet[0] >> 6 != 2 {
            return Err(RtpError::Version(packet[0] >> 6));
        }
        let mut header_len = FIXED_LEN + 4 * usize::from(packet[0] & 0x0F);
        let (mut extension_profile, mut elements) = (0, 0);
        if packet[0] & 0x10 != 0 {
            let start = header_len + 4;
            within(start)?;
            extension_profile = u16::from_be_bytes([packet[start - 4], packet[start - 3]]);
            header_len = start + 4 * usize::from(u16::from_be_bytes([packet[start - 2], packet[start - 1]]));
            elements = start;
        }
        within(header_len)?;
        Ok(RtpHeader {
            marker: packet[1] & 0x80 != 0,
            payload_type: packet[1] & 0x7F,
            sequence: u16::from_be_bytes([packet[2], packet[3]]),
            timestamp: u32::from_be_bytes([packet[4], packet[5], packet[6], packet[7]]),
            ssrc: u32::from_be_bytes([packet[8], packet[9], packet[10], packet[11]]),
            header_len,
            padding: 0,
            extension_profile,
            elements,
        })
    }

    /// The payload without padding, of the packet this was parsed from.
    pub fn payload<'a>(&self, packet: &'a [u8]) -> &'a [u8] {
        &packet[self.header_len..packet.len() - self.padding]
    }
}

/// Whether a datagram's first byte is that of RTP or RTCP, not STUN, DTLS or TURN (RFC 7983 §7).
pub fn is_rtp_or_rtcp(packet: &[u8]) -> bool {
    matches!(packet, [128..=191, ..])
}

/// Whether a datagram is RTCP, going by its first two bytes (RFC 5761 §4).
pub fn is_rtcp(packet: &[u8]) -> bool {
    matches!(packet, [128..=191, 192..=223, ..])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    const FIXED: [u8; 12] = [0x80, 0xE0, 0x12, 0x34, 1, 2, 3, 4, 0xCA, 0xFE, 0xBA, 0xBE];

    #[test]
    fn reads_the_fixed_part() {
        let header = RtpHeader::parse(&FIXED).unwrap();
        assert!(header.marker);
        assert_eq!((header.payload_type, header.sequence, header.timestamp, header.ssrc), (0x60, 0x1234, 0x0102_0304, 0xCAFE_BABE));
        assert_eq!((header.header_len, header.padding), (12, 0));
    }

    #[test]
    fn csrcs_and_extension_belong_to_the_header() {
        let mut packet = FIXED.to_vec();
        packet[0] |= 0x12;
        packet.extend([0; 8]);
        packet.extend([0xBE, 0xDE, 0, 1, 0x10, 7, 0, 0]);
        packet.extend(b"payload");
        let header = RtpHeader::parse(&packet).unwrap();
        assert_eq!(header.header_len, 28);
        assert_eq!(header.payload(&packet), b"payload");
        assert_eq!(RtpHeader::parse(&packet[..27]), Err(RtpError::Truncated { len: 27, needed: 28 }), "an extension longer than the packet");
        assert_eq!(RtpHeader::parse(&packet[..22]), Err(RtpError::Truncated { len: 22, needed: 24 }));
    }

    #[test]
    fn padding_is_checked_against_the_payload() {
        let mut packet = FIXED.to_vec();
        packet[0] |= 0x20;
        assert_eq!(RtpHeader::parse(&packet), Err(RtpError::Padding { padding: 0, payload: 0 }));
        packet.extend([9, 9, 2]);
        let header = RtpHeader::parse(&packet).unwrap();
        assert_eq!((header.padding, header.payload(&packet)), (2, &[9][..]));
        packet[14] = 3;
        assert!(RtpHeader::parse(&packet).unwrap().payload(&packet).is_empty(), "padding only, as in bandwidth probes");
        packet[14] = 4;
        assert_eq!(RtpHeader::parse(&packet), Err(RtpError::Padding { padding: 4, payload: 3 }));
        packet[14] = 0;
        assert_eq!(RtpHeader::parse(&packet), Err(RtpError::Padding { padding: 0, payload: 3 }));
        assert_eq!(RtpHeader::parse_sealed(&packet).unwrap().padding, 0, "the count is still ciphertext");
    }

    #[test]
    fn other_versions_are_refused() {
        let mut packet = FIXED;
        packet[0] = 0x40;
        assert_eq!(RtpHeader::parse(&packet), Err(RtpError::Version(1)));
        assert_eq!(RtpHeader::parse(&[]), Err(RtpError::Truncated { len: 0, needed: 12 }));
    }

    #[test]
    fn first_bytes_tell_the_protocols_apart() {
        assert!(is_rtp_or_rtcp(&[128]) && is_rtp_or_rtcp(&[191]));
        for other in [0, 1, 20, 63, 64, 127, 192, 255] {
            assert!(!is_rtp_or_rtcp(&[other, 200]) && !is_rtcp(&[other, 200]), "{other}");
        }
        assert!(!is_rtp_or_rtcp(&[]) && !is_rtcp(&[0x80]));
        for rtcp in [192, 200, 205, 206, 223] {
            assert!(is_rtcp(&[0x81, rtcp]));
        }
        for rtp in [0, 96, 127, 96 + 128, 127 + 128, 191] {
            assert!(!is_rtcp(&[0x80, rtp]), "{rtp}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_parse_to_ranges_within_them(mut packet in prop::collection::vec(any::<u8>(), 0..80), version in any::<bool>()) {
            if version && !packet.is_empty() {
                packet[0] = packet[0] & 0x3F | 0x80;
            }
            if let Ok(header) = RtpHeader::parse(&packet) {
                prop_assert!(header.header_len + header.padding <= packet.len());
                prop_assert!(header.elements <= header.header_len);
            }
        }
    }
}
