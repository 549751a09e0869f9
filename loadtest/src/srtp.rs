//! SRTP of one association with keys exported by DTLS (RFC 5764, section 4.2).

use bytes::BytesMut;
use dimpl::SrtpProfile;
use rtc_crypto::RTCCrypto;
use rtc_shared::error::{Error, Result};
use rtc_srtp::context::Context;
use rtc_srtp::option::{srtcp_replay_protection, srtp_replay_protection};
use rtc_srtp::protection_profile::ProtectionProfile;

/// Both directions.
pub struct Srtp {
    send: Context,
    receive: Context,
}

impl Srtp {
    /// Takes the exported material of the side that opened the DTLS handshake.
    pub fn client(profile: SrtpProfile, material: &[u8], crypto: &dyn RTCCrypto) -> Result<Srtp> {
        let (profile, key, salt) = match profile {
            SrtpProfile::AES128_CM_SHA1_80 => (ProtectionProfile::Aes128CmHmacSha1_80, 16, 14),
            SrtpProfile::AEAD_AES_128_GCM => (ProtectionProfile::AeadAes128Gcm, 16, 12),
            SrtpProfile::AEAD_AES_256_GCM => (ProtectionProfile::AeadAes256Gcm, 32, 12),
            other => return Err(Error::Other(format!("SRTP profile {other:?} is not implemented"))),
        };
        let part = |from: usize, len: usize| material.get(from..from + len).unwrap_or_default();
        let send = Context::new(part(0, key), part(2 * key, salt), profile, None, None, crypto)?;
        let receive =
            Context::new(part(key, key), part(2 * key + salt, salt), profile, Some(srtp_replay_protection(1_024)), Some(srtcp_replay_protection(128)), crypto)?;
        Ok(Srtp { send, receive })
    }

    /// Seals an RTP packet.
    pub fn seal_rtp(&mut self, packet: &[u8]) -> Result<BytesMut> {
        self.send.encrypt_rtp(packet)
    }

    /// Seals a compound RTCP packet.
    pub fn seal_rtcp(&mut self, packet: &[u8]) -> Result<BytesMut> {
        self.send.encrypt_rtcp(packet)
    }

    /// Authenticates and opens an RTP packet; replays are refused.
    pub fn open_rtp(&mut self, packet: &[u8]) -> Result<BytesMut> {
        self.receive.decrypt_rtp(packet)
    }

    /// Authenticates and opens an RTCP packet; replays are refused.
    pub fn open_rtcp(&mut self, packet: &[u8]) -> Result<BytesMut> {
        self.receive.decrypt_rtcp(packet)
    }
}
