//! The cipher of a profile, keyed for one direction and one of RTP and RTCP.

use super::cm::Cm;
use super::gcm::Gcm;
use super::kdf::{SessionKeys, Use};
use super::{CM_TAG, GCM_TAG, KeySalt, RTCP_INDEX, SrtpError, SrtpProfile};

/// The ordinary one stands here itself: a pointer less to follow for each packet.
pub(super) enum Cipher {
    Gcm(Gcm),
    Cm(Box<Cm>),
}

impl Cipher {
    pub(super) fn new(profile: SrtpProfile, master: &KeySalt, purpose: Use) -> Result<Cipher, SrtpError> {
        if master.key().len() != profile.key_len() {
            return Err(SrtpError::KeyLength { profile, got: master.key().len() });
        }
        if master.salt().len() != profile.salt_len() {
            return Err(SrtpError::SaltLength { profile, got: master.salt().len() });
        }
        let keys = SessionKeys::new(master, purpose);
        Ok(match profile {
            SrtpProfile::Aes128Gcm | SrtpProfile::Aes256Gcm => Cipher::Gcm(Gcm::new(&keys)?),
            SrtpProfile::Aes128CmSha1_80 => Cipher::Cm(Box::new(Cm::new(&keys)?)),
        })
    }

    /// Bytes of a tag.
    pub(super) fn tag_len(&self) -> usize {
        match self {
            Cipher::Gcm(_) => GCM_TAG,
            Cipher::Cm(_) => CM_TAG,
        }
    }

    /// Seals `packet[..len]` and writes the tag behind it.
    pub(super) fn seal_rtp(&self, packet: &mut [u8], header_len: usize, len: usize, ssrc: u32, index: u64) {
        match self {
            Cipher::Gcm(gcm) => gcm.seal_rtp(packet, header_len, len, ssrc, index),
            Cipher::Cm(cm) => cm.seal_rtp(packet, header_len, len, ssrc, index),
        }
    }

    /// Length of header and payload, or `None` when the tag does not fit.
    pub(super) fn open_rtp(&self, packet: &mut [u8], header_len: usize, ssrc: u32, index: u64) -> Option<usize> {
        match self {
            Cipher::Gcm(gcm) => gcm.open_rtp(packet, header_len, ssrc, index),
            Cipher::Cm(cm) => cm.open_rtp(packet, header_len, ssrc, index),
        }
    }

    /// Seals a compound packet and appends the index word and the tag.
    pub(super) fn seal_rtcp(&self, packet: &mut Vec<u8>, ssrc: u32, index: u32) {
        match self {
            Cipher::Gcm(gcm) => gcm.seal_rtcp(packet, ssrc, index),
            Cipher::Cm(cm) => cm.seal_rtcp(packet, ssrc, index),
        }
    }

    /// Where the index word of a sealed RTCP packet of `len` bytes starts: before AES-CM's tag, behind GCM's.
    pub(super) fn rtcp_index_start(&self, len: usize) -> usize {
        match self {
            Cipher::Gcm(_) => len - RTCP_INDEX,
            Cipher::Cm(_) => len - RTCP_INDEX - CM_TAG,
        }
    }

    /// Length of the compound packet, or `None` when the tag does not fit.
    pub(super) fn open_rtcp(&self, packet: &mut [u8], ssrc: u32, index: u32) -> Option<usize> {
        match self {
            Cipher::Gcm(gcm) => gcm.open_rtcp(packet, ssrc, index),
            Cipher::Cm(cm) => cm.open_rtcp(packet, ssrc, index),
        }
    }
}
