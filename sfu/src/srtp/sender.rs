//! Sealing.

use super::cipher::Cipher;
use super::kdf::Use;
use super::{KeySalt, RTCP_ENCRYPTED, RTCP_HEADER, SrtpError, SrtpProfile};

/// Seals what we send.
pub struct SrtpSender {
    profile: SrtpProfile,
    rtp: Cipher,
    rtcp: Cipher,
    next_rtcp_index: u32,
}

impl SrtpSender {
    /// Derives the session keys from our master key.
    ///
    /// # Errors
    /// The key does not fit the profile.
    pub fn new(profile: SrtpProfile, local: &KeySalt) -> Result<SrtpSender, SrtpError> {
        Ok(SrtpSender { profile, rtp: Cipher::new(profile, local, Use::Rtp)?, rtcp: Cipher::new(profile, local, Use::Rtcp)?, next_rtcp_index: 0 })
    }

    /// Bytes that [`SrtpSender::seal_rtp`] appends: 16 with GCM, 10 with AES-CM.
    pub const fn rtp_overhead(&self) -> usize {
        self.profile.rtp_overhead()
    }

    /// Bytes that [`SrtpSender::seal_rtcp`] appends: 20 with GCM, 14 with AES-CM.
    pub const fn rtcp_overhead(&self) -> usize {
        self.profile.rtcp_overhead()
    }

    /// Seals in place. `packet[..len]` is a whole RTP packet whose first `header_len` bytes (CSRCs and extensions included) stay readable; the tag is written
    /// behind it. Returns the length with the tag.
    ///
    /// `index` is the 48-bit packet index (rollover counter ≪ 16 | sequence number); no index may be used twice with one SSRC, unless for the same bytes.
    ///
    /// # Panics
    /// When `packet` has no room for the tag, or `header_len` is less than 12 or more than `len`.
    pub fn seal_rtp(&self, packet: &mut [u8], header_len: usize, len: usize, index: u64) -> usize {
        let ssrc = u32::from_be_bytes([packet[8], packet[9], packet[10], packet[11]]);
        debug_assert_eq!(packet[2..4], (index as u16).to_be_bytes(), "the index ends in the packet's sequence number");
        self.rtp.seal_rtp(packet, header_len, len, ssrc, index);
        len + self.rtp_overhead()
    }

    /// Seals a compound RTCP packet of at least 8 bytes, and appends index and tag. Allocates only where the vector's capacity lacks
    /// [`SrtpSender::rtcp_overhead`] bytes.
    ///
    /// After 2^31 packets the key is worn out (RFC 3711 §9.2): the packet is cleared then, and must not be sent. That is 248 days at 100 packets a second.
    ///
    /// # Panics
    /// When the packet is shorter than 8 bytes.
    pub fn seal_rtcp(&mut self, packet: &mut Vec<u8>) {
        assert!(packet.len() >= RTCP_HEADER, "an RTCP packet has at least 8 bytes, this has {}", packet.len());
        if self.next_rtcp_index >= RTCP_ENCRYPTED {
            packet.clear();
            return;
        }
        let ssrc = u32::from_be_bytes([packet[4], packet[5], packet[6], packet[7]]);
        packet.reserve(self.rtcp_overhead());
        self.rtcp.seal_rtcp(packet, ssrc, self.next_rtcp_index);
        self.next_rtcp_index += 1;
    }

    #[cfg(test)]
    pub(super) fn skip_to_rtcp_index(&mut self, index: u32) {
        self.next_rtcp_index = index;
    }
}
