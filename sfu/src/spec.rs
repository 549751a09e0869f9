//! What an offer and its answer agreed on: everything a [`crate::Shard`] needs to run a transport.

use crate::id::{Kind, ParticipantId, RoomId, Source, TransportId};
use crate::rtp::ExtensionMap;
use arrayvec::ArrayString;

/// An `a=mid` value; longer ones are refused (RFC 9143 leaves the length open, the header extension allows 16).
pub type Mid = ArrayString<16>;

/// An `a=rid` identifier (RFC 8851), at most 16 bytes.
pub type Rid = ArrayString<16>;

/// One transport as negotiated.
#[derive(Clone, Debug)]
pub struct TransportSpec {
    /// Chosen by the caller.
    pub id: TransportId,
    /// The room it belongs to.
    pub room: RoomId,
    /// Whose it is.
    pub participant: ParticipantId,
    /// Our and the peer's ICE credentials.
    pub ice: IceCredentials,
    /// The peer's certificate fingerprint from the SDP.
    pub fingerprint: Fingerprint,
    /// Whether we open the DTLS handshake (the peer offered `setup:passive`).
    pub dtls_active: bool,
    /// Header extension ids, one map for the whole BUNDLE group.
    pub extensions: ExtensionMap,
    /// What the peer may send.
    pub sources: Vec<SourceSpec>,
    /// What the peer receives.
    pub slots: Vec<SlotSpec>,
}

/// ICE credentials of both sides (RFC 8839).
#[derive(Clone, PartialEq, Eq)]
pub struct IceCredentials {
    /// Our `ice-ufrag`: names the transport in every check it receives.
    pub local_ufrag: String,
    /// Our `ice-pwd`.
    pub local_pwd: String,
    /// The peer's `ice-ufrag`.
    pub remote_ufrag: String,
    /// The peer's `ice-pwd`.
    pub remote_pwd: String,
}

impl std::fmt::Debug for IceCredentials {
    /// Without the passwords.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "IceCredentials({}:{})", self.local_ufrag, self.remote_ufrag)
    }
}

/// A certificate fingerprint (RFC 8122).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    /// The hash.
    pub algorithm: FingerprintAlgorithm,
    /// Its bytes: 32, 48 or 64.
    pub bytes: Vec<u8>,
}

/// The hashes accepted in `a=fingerprint`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FingerprintAlgorithm {
    /// `sha-256`
    Sha256,
    /// `sha-384`
    Sha384,
    /// `sha-512`
    Sha512,
}

/// One m-line the peer sends on.
#[derive(Clone, Debug)]
pub struct SourceSpec {
    /// Its mid.
    pub mid: Mid,
    /// What it carries.
    pub source: Source,
    /// Negotiated codecs, preferred first.
    pub codecs: Vec<CodecSpec>,
    /// Simulcast layers by RID in the order of the offer's `a=simulcast:send` (WebRTC: the smallest first by our pages' convention; never assumed, layers are ordered by measured size). Empty: no simulcast.
    pub rids: Vec<Rid>,
    /// SSRCs declared in the SDP with their RTX SSRC; often empty.
    pub ssrcs: Vec<(u32, Option<u32>)>,
}

/// One m-line the peer receives on.
#[derive(Clone, Debug)]
pub struct SlotSpec {
    /// `a0`…, `v0`… in the order of the m-lines.
    pub name: ArrayString<8>,
    /// Its mid.
    pub mid: Mid,
    /// Sound or picture.
    pub kind: Kind,
    /// The SSRC we send with, for the whole connection.
    pub ssrc: u32,
    /// The SSRC of retransmissions; none where RTX was not negotiated.
    pub rtx_ssrc: Option<u32>,
    /// Negotiated codecs.
    pub codecs: Vec<CodecSpec>,
}

/// One negotiated codec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodecSpec {
    /// Which.
    pub codec: Codec,
    /// Payload type of the media.
    pub payload_type: u8,
    /// Payload type of its RTX (RFC 4588).
    pub rtx: Option<u8>,
    /// In Hz.
    pub clock_rate: u32,
    /// H264 `profile-level-id`, VP9 `profile-id`, AV1 `profile`, as in the `fmtp`; empty when missing.
    pub profile: String,
}

/// The codecs that pass through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Codec {
    /// RFC 7587.
    Opus,
    /// Redundant audio, RFC 2198, around Opus.
    Red,
    /// RFC 7741.
    Vp8,
    /// RFC 9628.
    Vp9,
    /// RFC 6184, packetization mode 1.
    H264,
    /// The AOMedia RTP payload format.
    Av1,
}
