//! Opening.

use super::cipher::Cipher;
use super::kdf::Use;
use super::window::Windows;
use super::{KeySalt, RTCP_ENCRYPTED, RTCP_HEADER, RTCP_INDEX, SrtpError, SrtpProfile};

/// Opens what the peer sends. Remembers the 64 SSRCs used last.
pub struct SrtpReceiver {
    rtp: Cipher,
    rtcp: Cipher,
    rtp_windows: Windows,
    rtcp_windows: Windows,
}

/// An opened RTP packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Bytes of header and payload: what remains of the packet.
    pub len: usize,
    /// The 48-bit packet index: rollover counter ≪ 16 | sequence number.
    pub index: u64,
}

/// Why a packet was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("{}", self.name())]
pub enum SrtpDrop {
    /// Too short for a header and a tag.
    Short,
    /// Not RTP or RTCP version 2, or a header that reaches past the end.
    Malformed,
    /// Not sealed with the peer's key, or changed on the way.
    BadTag,
    /// Received before.
    Replay,
    /// Too far behind the newest packet of its SSRC to tell whether it was received before.
    TooOld,
    /// SRTCP without encryption, which no negotiated profile allows.
    Unencrypted,
    /// More packets than a key may protect (RFC 3711 §9.2).
    KeyExhausted,
}

impl SrtpDrop {
    /// For a counter's label.
    pub const fn name(self) -> &'static str {
        match self {
            SrtpDrop::Short => "srtp_short",
            SrtpDrop::Malformed => "srtp_malformed",
            SrtpDrop::BadTag => "srtp_bad_tag",
            SrtpDrop::Replay => "srtp_replay",
            SrtpDrop::TooOld => "srtp_too_old",
            SrtpDrop::Unencrypted => "srtp_unencrypted",
            SrtpDrop::KeyExhausted => "srtp_key_exhausted",
        }
    }
}

impl SrtpReceiver {
    /// Derives the session keys from the peer's master key.
    ///
    /// # Errors
    /// The key does not fit the profile.
    pub fn new(profile: SrtpProfile, remote: &KeySalt) -> Result<SrtpReceiver, SrtpError> {
        Ok(SrtpReceiver {
            rtp: Cipher::new(profile, remote, Use::Rtp)?,
            rtcp: Cipher::new(profile, remote, Use::Rtcp)?,
            rtp_windows: Windows::default(),
            rtcp_windows: Windows::default(),
        })
    }

    /// Authenticates and decrypts in place. A dropped packet's bytes are undefined.
    ///
    /// # Errors
    /// The reason for dropping it; nothing about it is remembered.
    pub fn open_rtp(&mut self, packet: &mut [u8]) -> Result<Opened, SrtpDrop> {
        let header = RtpHeader::read(packet)?;
        if packet.len() < header.len + self.rtp.tag_len() {
            return Err(SrtpDrop::Short);
        }
        let slot = self.rtp_windows.find(header.ssrc);
        let index = self.rtp_windows.estimate(&slot, header.sequence)?;
        let len = self.rtp.open_rtp(packet, header.len, header.ssrc, index).ok_or(SrtpDrop::BadTag)?;
        self.rtp_windows.accept(slot, header.ssrc, index);
        Ok(Opened { len, index })
    }

    /// Authenticates and decrypts a compound RTCP packet in place. A dropped packet's bytes are undefined.
    ///
    /// # Errors
    /// The reason for dropping it; nothing about it is remembered.
    pub fn open_rtcp<'a>(&mut self, packet: &'a mut [u8]) -> Result<&'a [u8], SrtpDrop> {
        if packet.len() < RTCP_HEADER + RTCP_INDEX + self.rtcp.tag_len() {
            return Err(SrtpDrop::Short);
        }
        if packet[0] >> 6 != 2 {
            return Err(SrtpDrop::Malformed);
        }
        let ssrc = be32(packet, 4);
        let word = be32(packet, self.rtcp.rtcp_index_start(packet.len()));
        if word & RTCP_ENCRYPTED == 0 {
            return Err(SrtpDrop::Unencrypted);
        }
        let index = word & !RTCP_ENCRYPTED;
        let slot = self.rtcp_windows.find(ssrc);
        self.rtcp_windows.check(&slot, index.into())?;
        let len = self.rtcp.open_rtcp(packet, ssrc, index).ok_or(SrtpDrop::BadTag)?;
        self.rtcp_windows.accept(slot, ssrc, index.into());
        Ok(&packet[..len])
    }

    #[cfg(test)]
    pub(super) fn ssrcs(&self) -> usize {
        self.rtp_windows.len()
    }
}

/// What opening needs of an RTP header (RFC 3550 §5.1).
struct RtpHeader {
    ssrc: u32,
    sequence: u16,
    /// Bytes, with CSRCs and extensions.
    len: usize,
}

impl RtpHeader {
    fn read(packet: &[u8]) -> Result<RtpHeader, SrtpDrop> {
        let Some(fixed) = packet.first_chunk::<12>() else { return Err(SrtpDrop::Short) };
        if fixed[0] >> 6 != 2 {
            return Err(SrtpDrop::Malformed);
        }
        let mut len = 12 + 4 * usize::from(fixed[0] & 0x0f);
        if fixed[0] & 0x10 != 0 {
            let Some(&[_, _, high, low]) = packet.get(len..len + 4) else { return Err(SrtpDrop::Malformed) };
            len += 4 + 4 * usize::from(u16::from_be_bytes([high, low]));
        }
        if len > packet.len() {
            return Err(SrtpDrop::Malformed);
        }
        Ok(RtpHeader { ssrc: be32(fixed, 8), sequence: u16::from_be_bytes([fixed[2], fixed[3]]), len })
    }
}

fn be32(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}
