//! Why an offer is refused: what was wrong, and the remedy.

use crate::id::{Kind, Source};

/// Longest offer read, in bytes.
pub const MAX_OFFER_BYTES: usize = 256 * 1024;
/// Most m-lines of an offer.
pub const MAX_MEDIA_LINES: usize = 80;
/// Longest fragment of a `PATCH` read, in bytes.
pub const MAX_FRAGMENT_BYTES: usize = 64 * 1024;

/// Why an offer or a fragment is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OfferError {
    /// Not lexically SDP.
    #[error("this is not SDP: {0}; send the text of RTCPeerConnection.localDescription.sdp unchanged")]
    NotSdp(String),
    /// More bytes than read.
    #[error("the SDP has {len} bytes, more than {max}; offer fewer m-lines or codecs")]
    TooLong {
        /// Bytes it has.
        len: usize,
        /// Bytes allowed.
        max: usize,
    },
    /// More m-lines than read.
    #[error("the offer has {0} m-lines, more than {MAX_MEDIA_LINES}; ask for fewer slots")]
    TooManyMediaLines(usize),
    /// Nothing to send or receive.
    #[error("the offer has no usable audio or video m-line; add a transceiver before createOffer()")]
    NoMedia,
    /// An encoder's offer without anything that is sent.
    #[error("the offer sends neither audio nor video; make the tracks' m-lines sendonly")]
    NothingToSend,
    /// An ICE-lite agent sends no checks, nor do we: no path would ever be found.
    #[error("the offer says a=ice-lite, and this server is lite too: nobody would send checks; offer from a full ICE agent (RFC 8445)")]
    IceLite,
    /// No `a=fingerprint`.
    #[error("the offer has no a=fingerprint; media is only carried over DTLS-SRTP")]
    NoFingerprint,
    /// None of the hashes is accepted.
    #[error("fingerprint hash {0:?} is not accepted; offer sha-256, sha-384 or sha-512")]
    UnsupportedHash(String),
    /// Not the hash's number of hexadecimal bytes.
    #[error("a=fingerprint:{0} is malformed; it should be a hash name and colon-separated hexadecimal bytes")]
    BadFingerprint(String),
    /// No ICE credentials.
    #[error("the offer has no a={0}; gather it from a full ICE agent (RFC 8839)")]
    NoIce(&'static str),
    /// ICE credentials of an impossible length or with impossible characters.
    #[error("a={attribute} has {len} bytes or characters outside visible ASCII; RFC 8839 wants {min} to 256 ice-chars")]
    BadIce {
        /// `ice-ufrag` or `ice-pwd`.
        attribute: &'static str,
        /// Bytes it has.
        len: usize,
        /// Bytes it must have.
        min: usize,
    },
    /// `a=setup` with some other value.
    #[error("a=setup:{0} cannot be answered; offer actpass")]
    BadSetup(String),
    /// A declared source names an m-line that is not there.
    #[error("{source_kind:?} is declared on mid {mid:?}, which the offer does not have; name the transceiver's mid after setLocalDescription()")]
    UnknownMid {
        /// As declared.
        mid: String,
        /// What it should carry.
        source_kind: Source,
    },
    /// A source declared twice, or two sources on one m-line.
    #[error("{source_kind:?} on mid {mid:?} is declared twice; declare each source and each mid once")]
    DeclaredTwice {
        /// As declared.
        mid: String,
        /// What it should carry.
        source_kind: Source,
    },
    /// A declared source on an m-line that cannot carry it.
    #[error("{source_kind:?} is declared on mid {mid:?}, which is {found}; declare it on an m-line that is sent on and of its kind")]
    NotSending {
        /// As declared.
        mid: String,
        /// What it should carry.
        source_kind: Source,
        /// What the m-line is.
        found: String,
    },
    /// Two m-lines of one mid.
    #[error("mid {0:?} names two m-lines; give each its own")]
    DuplicateMid(String),
    /// An m-line without `a=mid`.
    #[error("m-line {0} (from 0) has no a=mid; bundled m-lines need one (RFC 9143)")]
    NoMid(usize),
    /// A mid that the header extension cannot carry.
    #[error("mid {0:?} is longer than 16 bytes; use a shorter one")]
    LongMid(String),
    /// RTCP on a port of its own.
    #[error("m-line {0:?} lacks a=rtcp-mux; set rtcpMuxPolicy to \"require\"")]
    NoRtcpMux(String),
    /// Outside the BUNDLE group.
    #[error("m-line {0:?} is not in the offer's a=group:BUNDLE; set bundlePolicy to \"max-bundle\"")]
    NotBundled(String),
    /// None of the m-line's codecs is known.
    #[error("m-line {mid:?} has no codec in common: it offers {offered}; offer {}", known(*kind))]
    NoCodec {
        /// Which m-line.
        mid: String,
        /// Its kind.
        kind: Kind,
        /// Names of its codecs.
        offered: String,
    },
    /// The m-lines disagree over a header extension.
    #[error("the m-lines disagree over header extension id {id} ({uri}); within a BUNDLE group an id means the same on every m-line (RFC 9143)")]
    ExtensionConflict {
        /// The id.
        id: u8,
        /// One of its meanings.
        uri: String,
    },
    /// A fragment without anything in it.
    #[error("the SDP fragment has neither ice-ufrag and ice-pwd nor candidates; send application/trickle-ice-sdpfrag (RFC 8840)")]
    EmptyFragment,
}

fn known(kind: Kind) -> &'static str {
    match kind {
        Kind::Audio => "opus/48000/2",
        Kind::Video => "VP8, H264 with packetization-mode=1, VP9 or AV1",
    }
}

/// The start of a text of a stranger's, for an error message.
pub(super) fn clip(text: &str) -> String {
    const LONGEST: usize = 60;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
