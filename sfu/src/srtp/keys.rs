//! Protection profiles and master keys.

use std::fmt;
use zeroize::Zeroize;

/// The longest master key, AES-256, in bytes.
const MAX_KEY: usize = 32;
/// The longest master salt, AES-CM's 112 bits, in bytes.
const MAX_SALT: usize = 14;

/// A DTLS-SRTP protection profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SrtpProfile {
    /// `SRTP_AEAD_AES_128_GCM` (RFC 7714).
    Aes128Gcm,
    /// `SRTP_AEAD_AES_256_GCM` (RFC 7714).
    Aes256Gcm,
    /// `SRTP_AES128_CM_HMAC_SHA1_80` (RFC 5764).
    Aes128CmSha1_80,
}

impl SrtpProfile {
    /// Bytes of a master key.
    pub const fn key_len(self) -> usize {
        match self {
            SrtpProfile::Aes128Gcm | SrtpProfile::Aes128CmSha1_80 => 16,
            SrtpProfile::Aes256Gcm => 32,
        }
    }

    /// Bytes of a master salt.
    pub const fn salt_len(self) -> usize {
        match self {
            SrtpProfile::Aes128Gcm | SrtpProfile::Aes256Gcm => 12,
            SrtpProfile::Aes128CmSha1_80 => 14,
        }
    }

    /// Bytes that sealing appends to an RTP packet.
    pub const fn rtp_overhead(self) -> usize {
        match self {
            SrtpProfile::Aes128Gcm | SrtpProfile::Aes256Gcm => super::GCM_TAG,
            SrtpProfile::Aes128CmSha1_80 => super::CM_TAG,
        }
    }

    /// Bytes that sealing appends to an RTCP packet: the tag and the index word.
    pub const fn rtcp_overhead(self) -> usize {
        self.rtp_overhead() + super::RTCP_INDEX
    }

    /// The name in the IANA registry.
    pub const fn name(self) -> &'static str {
        match self {
            SrtpProfile::Aes128Gcm => "SRTP_AEAD_AES_128_GCM",
            SrtpProfile::Aes256Gcm => "SRTP_AEAD_AES_256_GCM",
            SrtpProfile::Aes128CmSha1_80 => "SRTP_AES128_CM_HMAC_SHA1_80",
        }
    }
}

/// Why keys were refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SrtpError {
    /// The master key does not fit the profile.
    #[error("a master key of {got} bytes does not fit {}, which takes {}", profile.name(), profile.key_len())]
    KeyLength {
        /// The profile.
        profile: SrtpProfile,
        /// Bytes given.
        got: usize,
    },
    /// The master salt does not fit the profile.
    #[error("a master salt of {got} bytes does not fit {}, which takes {}", profile.name(), profile.salt_len())]
    SaltLength {
        /// The profile.
        profile: SrtpProfile,
        /// Bytes given.
        got: usize,
    },
    /// The exported keying material does not fit the profile.
    #[error("{got} bytes of keying material do not fit {}, which takes {}", profile.name(), 2 * (profile.key_len() + profile.salt_len()))]
    MaterialLength {
        /// The profile.
        profile: SrtpProfile,
        /// Bytes given.
        got: usize,
    },
    /// The crypto library refused a key of the right length.
    #[error("the crypto library refused the key")]
    Crypto,
}

/// A master key and its salt, for one direction. Zeroed when dropped.
#[derive(Clone)]
pub struct KeySalt {
    key: [u8; MAX_KEY],
    salt: [u8; MAX_SALT],
    profile: SrtpProfile,
}

impl KeySalt {
    /// Takes a key and a salt of the profile's lengths.
    ///
    /// # Errors
    /// [`SrtpError::KeyLength`], [`SrtpError::SaltLength`].
    pub fn new(profile: SrtpProfile, key: &[u8], salt: &[u8]) -> Result<KeySalt, SrtpError> {
        if key.len() != profile.key_len() {
            return Err(SrtpError::KeyLength { profile, got: key.len() });
        }
        if salt.len() != profile.salt_len() {
            return Err(SrtpError::SaltLength { profile, got: salt.len() });
        }
        let mut own = KeySalt { key: [0; MAX_KEY], salt: [0; MAX_SALT], profile };
        own.key[..key.len()].copy_from_slice(key);
        own.salt[..salt.len()].copy_from_slice(salt);
        Ok(own)
    }

    /// The master key.
    pub fn key(&self) -> &[u8] {
        &self.key[..self.profile.key_len()]
    }

    /// The master salt.
    pub fn salt(&self) -> &[u8] {
        &self.salt[..self.profile.salt_len()]
    }
}

impl Drop for KeySalt {
    fn drop(&mut self) {
        self.key.zeroize();
        self.salt.zeroize();
    }
}

impl fmt::Debug for KeySalt {
    /// Without the secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeySalt({})", self.profile.name())
    }
}

/// What a DTLS handshake leaves for SRTP.
#[derive(Clone, Debug)]
pub struct SrtpKeys {
    /// The negotiated profile.
    pub profile: SrtpProfile,
    /// What we seal with.
    pub local: KeySalt,
    /// What the peer seals with.
    pub remote: KeySalt,
}

impl SrtpKeys {
    /// Splits keying material exported with `EXTRACTOR-dtls_srtp` (RFC 5764 §4.2): client key, server key, client salt, server salt. `client` says
    /// whether we were the DTLS client.
    ///
    /// # Errors
    /// [`SrtpError::MaterialLength`].
    pub fn from_exported(profile: SrtpProfile, material: &[u8], client: bool) -> Result<SrtpKeys, SrtpError> {
        let (key_len, salt_len) = (profile.key_len(), profile.salt_len());
        if material.len() != 2 * (key_len + salt_len) {
            return Err(SrtpError::MaterialLength { profile, got: material.len() });
        }
        let (keys, salts) = material.split_at(2 * key_len);
        let of_client = KeySalt::new(profile, &keys[..key_len], &salts[..salt_len])?;
        let of_server = KeySalt::new(profile, &keys[key_len..], &salts[salt_len..])?;
        let (local, remote) = if client { (of_client, of_server) } else { (of_server, of_client) };
        Ok(SrtpKeys { profile, local, remote })
    }
}
