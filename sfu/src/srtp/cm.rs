//! AES-CM with HMAC-SHA1, 80-bit tags (RFC 3711).

use super::kdf::SessionKeys;
use super::{CM_TAG, RTCP_ENCRYPTED, RTCP_HEADER, RTCP_INDEX, SrtpError};
use aws_lc_rs::cipher::{AES_128, EncryptingKey, EncryptionContext, UnboundCipherKey};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use aws_lc_rs::iv::FixedLength;

/// Bytes of the rollover counter, which is authenticated but not sent.
const ROC: usize = 4;

pub(super) struct Cm {
    key: EncryptingKey,
    mac: hmac::Key,
    salt: u128,
}

impl Cm {
    pub(super) fn new(keys: &SessionKeys<'_>) -> Result<Cm, SrtpError> {
        Cm::keyed(&keys.encryption()?, &keys.authentication()?, keys.salt()?)
    }

    /// With session keys of 16 and 20 bytes.
    pub(super) fn keyed(key: &[u8], authentication: &[u8], salt: u128) -> Result<Cm, SrtpError> {
        let key = UnboundCipherKey::new(&AES_128, key).and_then(EncryptingKey::ctr).map_err(|_| SrtpError::Crypto)?;
        let mac = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, authentication);
        Ok(Cm { key, mac, salt })
    }

    /// Encrypts or decrypts: RFC 3711 §4.1.1.
    fn apply_key_stream(&self, payload: &mut [u8], ssrc: u32, index: u64) {
        let block = (self.salt ^ u128::from(ssrc) << 48 ^ u128::from(index)) << 16;
        let context = EncryptionContext::Iv128(FixedLength::from(block.to_be_bytes()));
        self.key.less_safe_encrypt(payload, context).expect("AES-CTR takes any length");
    }

    fn tag(&self, authenticated: &[u8]) -> [u8; CM_TAG] {
        let mut tag = [0; CM_TAG];
        tag.copy_from_slice(&hmac::sign(&self.mac, authenticated).as_ref()[..CM_TAG]);
        tag
    }

    pub(super) fn seal_rtp(&self, packet: &mut [u8], header_len: usize, len: usize, ssrc: u32, index: u64) {
        self.apply_key_stream(&mut packet[header_len..len], ssrc, index);
        let tag = self.rtp_tag(packet, len, index);
        packet[len..len + CM_TAG].copy_from_slice(&tag);
    }

    /// `packet` is as received, at least a header and a tag long; `None` when the tag does not fit.
    pub(super) fn open_rtp(&self, packet: &mut [u8], header_len: usize, ssrc: u32, index: u64) -> Option<usize> {
        let len = packet.len() - CM_TAG;
        let mut received = [0; CM_TAG];
        received.copy_from_slice(&packet[len..]);
        verify_slices_are_equal(&self.rtp_tag(packet, len, index), &received).ok()?;
        self.apply_key_stream(&mut packet[header_len..len], ssrc, index);
        Some(len)
    }

    /// The tag of the first `len` bytes, for which it borrows the room behind them: the rollover counter is hashed along, and one contiguous piece is hashed
    /// fastest.
    fn rtp_tag(&self, packet: &mut [u8], len: usize, index: u64) -> [u8; CM_TAG] {
        let roc = (index >> 16) as u32;
        packet[len..len + ROC].copy_from_slice(&roc.to_be_bytes());
        self.tag(&packet[..len + ROC])
    }

    pub(super) fn seal_rtcp(&self, packet: &mut Vec<u8>, ssrc: u32, index: u32) {
        self.apply_key_stream(&mut packet[RTCP_HEADER..], ssrc, index.into());
        packet.extend_from_slice(&(RTCP_ENCRYPTED | index).to_be_bytes());
        let tag = self.tag(packet);
        packet.extend_from_slice(&tag);
    }

    /// `packet` is as received, at least a header, the index word and a tag long.
    pub(super) fn open_rtcp(&self, packet: &mut [u8], ssrc: u32, index: u32) -> Option<usize> {
        let (authenticated, tag) = packet.split_at_mut(packet.len() - CM_TAG);
        verify_slices_are_equal(&self.tag(authenticated), tag).ok()?;
        let len = authenticated.len() - RTCP_INDEX;
        self.apply_key_stream(&mut authenticated[RTCP_HEADER..len], ssrc, index.into());
        Some(len)
    }
}
