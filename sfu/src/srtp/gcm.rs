//! AEAD_AES_128_GCM and AEAD_AES_256_GCM (RFC 7714).

use super::kdf::SessionKeys;
use super::{GCM_TAG, RTCP_ENCRYPTED, RTCP_HEADER, RTCP_INDEX, SrtpError};
use aws_lc_rs::aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

pub(super) struct Gcm {
    key: LessSafeKey,
    salt: u128,
}

impl Gcm {
    pub(super) fn new(keys: &SessionKeys<'_>) -> Result<Gcm, SrtpError> {
        Gcm::keyed(&keys.encryption()?, keys.salt()?)
    }

    /// With a session key of 16 or 32 bytes.
    pub(super) fn keyed(key: &[u8], salt: u128) -> Result<Gcm, SrtpError> {
        let algorithm = if key.len() == 32 { &AES_256_GCM } else { &AES_128_GCM };
        let key = UnboundKey::new(algorithm, key).map_err(|_| SrtpError::Crypto)?;
        Ok(Gcm { key: LessSafeKey::new(key), salt })
    }

    /// RFC 7714 §8.1 and §9.1: zeros, SSRC and index in 96 bits, XORed with the salt.
    fn nonce(&self, ssrc: u32, index: u64) -> Nonce {
        let number = self.salt ^ u128::from(ssrc) << 48 ^ u128::from(index);
        let mut nonce = [0; 12];
        nonce.copy_from_slice(&number.to_be_bytes()[4..]);
        Nonce::assume_unique_for_key(nonce)
    }

    pub(super) fn seal_rtp(&self, packet: &mut [u8], header_len: usize, len: usize, ssrc: u32, index: u64) {
        let (header, rest) = packet.split_at_mut(header_len);
        let (payload, rest) = rest.split_at_mut(len - header_len);
        let tag = self.key.seal_in_place_separate_tag(self.nonce(ssrc, index), Aad::from(&*header), payload);
        let tag = tag.expect("AES-GCM seals anything shorter than 2^36 bytes");
        rest[..GCM_TAG].copy_from_slice(tag.as_ref());
    }

    /// `packet` is as received; `None` when the tag does not fit. Wrecks the payload then.
    pub(super) fn open_rtp(&self, packet: &mut [u8], header_len: usize, ssrc: u32, index: u64) -> Option<usize> {
        let (header, sealed) = packet.split_at_mut(header_len);
        let payload = self.key.open_in_place(self.nonce(ssrc, index), Aad::from(&*header), sealed).ok()?;
        Some(header_len + payload.len())
    }

    pub(super) fn seal_rtcp(&self, packet: &mut Vec<u8>, ssrc: u32, index: u32) {
        let word = (RTCP_ENCRYPTED | index).to_be_bytes();
        let (header, payload) = packet.split_at_mut(RTCP_HEADER);
        let tag = self.key.seal_in_place_separate_tag(self.nonce(ssrc, index.into()), rtcp_aad(header, word), payload);
        let tag = tag.expect("AES-GCM seals anything shorter than 2^36 bytes");
        packet.extend_from_slice(tag.as_ref());
        packet.extend_from_slice(&word);
    }

    /// `packet` is as received, at least a header, a tag and the index word long.
    pub(super) fn open_rtcp(&self, packet: &mut [u8], ssrc: u32, index: u32) -> Option<usize> {
        let word = (RTCP_ENCRYPTED | index).to_be_bytes();
        let (header, rest) = packet.split_at_mut(RTCP_HEADER);
        let (sealed, _word) = rest.split_at_mut(rest.len() - RTCP_INDEX);
        let payload = self.key.open_in_place(self.nonce(ssrc, index.into()), rtcp_aad(header, word), sealed).ok()?;
        Some(RTCP_HEADER + payload.len())
    }
}

/// RFC 7714 §9.2: the clear header, and the word with the E flag and the index.
fn rtcp_aad(header: &[u8], word: [u8; RTCP_INDEX]) -> Aad<[u8; RTCP_HEADER + RTCP_INDEX]> {
    let mut aad = [0; RTCP_HEADER + RTCP_INDEX];
    aad[..RTCP_HEADER].copy_from_slice(header);
    aad[RTCP_HEADER..].copy_from_slice(&word);
    Aad::from(aad)
}
