//! Session keys from master keys: the AES-CM key derivation of RFC 3711 §4.3, with a key derivation rate of zero as DTLS-SRTP has it (RFC 5764 §4.1.2).

use super::{KeySalt, SrtpError};
use aws_lc_rs::cipher::{AES_128, AES_256, EncryptingKey, EncryptionContext, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use zeroize::Zeroizing;

/// What a session key is for: the six labels of RFC 3711 §4.3.1 and §4.3.2, half of them for each of RTP and RTCP.
#[derive(Clone, Copy)]
pub(super) enum Use {
    Rtp = 0,
    Rtcp = 3,
}

/// The session keys of one direction and one use.
pub(super) struct SessionKeys<'a> {
    master: &'a KeySalt,
    first_label: u8,
}

impl<'a> SessionKeys<'a> {
    pub(super) fn new(master: &'a KeySalt, purpose: Use) -> Self {
        SessionKeys { master, first_label: purpose as u8 }
    }

    /// The encryption key, as long as the master key.
    pub(super) fn encryption(&self) -> Result<Zeroizing<Vec<u8>>, SrtpError> {
        self.derive(0, self.master.key().len())
    }

    /// The key of HMAC-SHA1, 160 bits.
    pub(super) fn authentication(&self) -> Result<Zeroizing<Vec<u8>>, SrtpError> {
        self.derive(1, 20)
    }

    /// The salt, as long as the master salt, as a number.
    pub(super) fn salt(&self) -> Result<u128, SrtpError> {
        let salt = self.derive(2, self.master.salt().len())?;
        Ok(salt.iter().fold(0, |number, &byte| number << 8 | u128::from(byte)))
    }

    /// The first bytes of the AES-CM key stream whose counter block is the master salt with the label in its byte 7. A salt of 96 bits is padded with zeros
    /// on the right (RFC 7714 §11).
    fn derive(&self, label: u8, len: usize) -> Result<Zeroizing<Vec<u8>>, SrtpError> {
        let mut block = [0; 16];
        let salt = self.master.salt();
        block[..salt.len()].copy_from_slice(salt);
        block[7] ^= self.first_label + label;

        let algorithm = if self.master.key().len() == 32 { &AES_256 } else { &AES_128 };
        let key = UnboundCipherKey::new(algorithm, self.master.key()).and_then(EncryptingKey::ctr).map_err(|_| SrtpError::Crypto)?;
        let mut stream = Zeroizing::new(vec![0; len]);
        key.less_safe_encrypt(&mut stream, EncryptionContext::Iv128(FixedLength::from(block))).map_err(|_| SrtpError::Crypto)?;
        Ok(stream)
    }
}
