//! What a shard counts. Plain numbers, read by their owner; every drop has a name.

macro_rules! drop_reasons {
    ($($variant:ident, $name:literal, $doc:literal;)*) => {
        /// Why a packet was thrown away.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum DropReason { $(#[doc = $doc] $variant,)* }

        impl DropReason {
            /// All of them, in order.
            pub const ALL: &'static [DropReason] = &[$(DropReason::$variant,)*];

            /// The metric label.
            pub fn name(self) -> &'static str {
                match self { $(DropReason::$variant => $name,)* }
            }
        }
    };
}

drop_reasons! {
    UnknownKind, "unknown_kind", "Neither STUN, DTLS, RTP nor RTCP (RFC 7983).";
    StunUnknownUfrag, "stun_unknown_ufrag", "A check for a transport that is not here.";
    StunMalformed, "stun_malformed", "Not a usable Binding request.";
    StunUnauthorized, "stun_unauthorized", "A check with a wrong password or fingerprint.";
    UnknownPath, "unknown_path", "DTLS or media from an address without an authenticated check.";
    DtlsMalformed, "dtls_malformed", "DTLS that is no whole record, or a handshake that contradicts itself.";
    DtlsUnused, "dtls_unused", "A DTLS record the association has no use for: not authentic, out of turn, or a repetition.";
    DtlsNoSession, "dtls_no_session", "DTLS of a transport whose association is over.";
    NoKeys, "no_keys", "Media before the handshake was done.";
    SrtpTag, "srtp_tag", "The SRTP tag did not match.";
    SrtpReplay, "srtp_replay", "Seen before, or too old to tell.";
    SrtpMalformed, "srtp_malformed", "Too short or not RTP.";
    SrtpSsrcs, "srtp_ssrcs", "More SSRCs than a transport may use.";
    RtpMalformed, "rtp_malformed", "A header that contradicts its length.";
    RtpUnknownSsrc, "rtp_unknown_ssrc", "No negotiated source matches by mid, rid, SSRC or payload type.";
    RtpUnknownPayloadType, "rtp_unknown_payload_type", "A payload type that was not negotiated.";
    RtcpMalformed, "rtcp_malformed", "Not RTCP.";
    Duplicate, "duplicate", "A retransmission that was not needed.";
    TooOld, "too_old", "Came too late to be of use, or from an SSRC that another took the place of.";
    Padding, "padding", "Padding only.";
    NotAudible, "not_audible", "Sound of somebody who may not be heard now.";
    NotLoud, "not_loud", "Sound below the loudest that have slots.";
    NoSubscriber, "no_subscriber", "Nobody watches this layer.";
    LayerTemporal, "layer_temporal", "A temporal layer above the one asked for.";
    CodecNotNegotiated, "codec_not_negotiated", "The subscriber's slot does not take this codec.";
    BeforeSwitch, "before_switch", "Belongs before the slot's last switch, or went out already.";
    NoPath, "no_path", "The subscriber has no path or no keys yet.";
    ArenaFull, "arena_full", "Does not fit the send arena, or what waits for it; larger than any datagram.";
    RtxUnknown, "rtx_unknown", "A retransmission was asked for that is not held: no longer, or not yet.";
    RtxTooMany, "rtx_too_many", "More retransmissions asked for at once than any line could need.";
    RelayTooLarge, "relay_too_large", "Too large to hand to another worker.";
    RelayUnknown, "relay_unknown", "A relayed packet of a track that is gone.";
}

/// Everything a shard counts since it began.
#[derive(Clone, Debug)]
pub struct Counters {
    /// Packets received, of any kind.
    pub packets_in: u64,
    /// Their bytes.
    pub bytes_in: u64,
    /// Packets handed over for sending, of any kind.
    pub packets_out: u64,
    /// Their bytes.
    pub bytes_out: u64,
    /// RTP packets received and authenticated.
    pub rtp_in: u64,
    /// RTP packets forwarded: one for each subscriber.
    pub forwarded: u64,
    /// Retransmissions sent.
    pub rtx_out: u64,
    /// Retransmissions received.
    pub rtx_in: u64,
    /// Packets subscribers asked for again.
    pub nack_in: u64,
    /// Packets asked of publishers again.
    pub nack_out: u64,
    /// Key frame requests of subscribers.
    pub pli_in: u64,
    /// Key frame requests to publishers.
    pub pli_out: u64,
    /// Authenticated checks.
    pub stun_in: u64,
    /// Transports that ended by consent expiry or never connected.
    pub ice_failed: u64,
    /// Failed handshakes.
    pub dtls_failed: u64,
    /// Transports connected.
    pub connected: u64,
    /// Padding bytes added to make runs of equal size.
    pub padding_out: u64,
    /// Packets handed to sibling workers.
    pub relayed_out: u64,
    /// Packets taken from sibling workers.
    pub relayed_in: u64,
    /// Transports held now.
    pub transports: u64,
    /// Rooms held now.
    pub rooms: u64,
    /// Tracks held now, relayed ones included.
    pub tracks: u64,
    /// Reported round trips in milliseconds: at most 10, 25, 50, 100, 200, 400, 800, and above.
    pub rtt_ms: [u64; 8],
    /// Reported loss in percent: 0, at most 1, 2, 5, 10, 20, 50, and above.
    pub loss_percent: [u64; 8],
    drops: [u64; DropReason::ALL.len()],
}

/// Upper bounds of [`Counters::rtt_ms`]; the last bucket has none.
pub const RTT_BOUNDS_MS: [u64; 7] = [10, 25, 50, 100, 200, 400, 800];

/// Upper bounds of [`Counters::loss_percent`]; the last bucket has none.
pub const LOSS_BOUNDS_PERCENT: [u64; 7] = [0, 1, 2, 5, 10, 20, 50];

impl Default for Counters {
    fn default() -> Self {
        Counters {
            packets_in: 0,
            bytes_in: 0,
            packets_out: 0,
            bytes_out: 0,
            rtp_in: 0,
            forwarded: 0,
            rtx_out: 0,
            rtx_in: 0,
            nack_in: 0,
            nack_out: 0,
            pli_in: 0,
            pli_out: 0,
            stun_in: 0,
            ice_failed: 0,
            dtls_failed: 0,
            connected: 0,
            padding_out: 0,
            relayed_out: 0,
            relayed_in: 0,
            transports: 0,
            rooms: 0,
            tracks: 0,
            rtt_ms: [0; 8],
            loss_percent: [0; 8],
            drops: [0; DropReason::ALL.len()],
        }
    }
}

impl Counters {
    /// Counts one dropped packet.
    pub fn drop(&mut self, reason: DropReason) {
        self.drops[reason as usize] += 1;
    }

    /// How many were dropped for that reason.
    pub fn dropped(&self, reason: DropReason) -> u64 {
        self.drops[reason as usize]
    }

    /// Notes a reported round trip.
    pub fn observe_rtt(&mut self, rtt: std::time::Duration) {
        let ms = rtt.as_millis() as u64;
        self.rtt_ms[RTT_BOUNDS_MS.iter().position(|bound| ms <= *bound).unwrap_or(7)] += 1;
    }

    /// Notes a reported share of loss, 0 to 1.
    pub fn observe_loss(&mut self, share: f32) {
        let percent = (share * 100.0).ceil() as u64;
        self.loss_percent[LOSS_BOUNDS_PERCENT.iter().position(|bound| percent <= *bound).unwrap_or(7)] += 1;
    }
}
