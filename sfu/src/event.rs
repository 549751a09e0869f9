//! What a shard tells its owner.

use crate::dtls::HandshakeInput;
use crate::id::{ParticipantId, RoomId, Source, TransportId, WorkerId};
use crate::path::Link;
use crate::relay::RelayMessage;
use std::time::Duration;

/// Something for the owner to carry out or to pass on.
#[derive(Debug)]
pub enum Output {
    /// For signaling.
    Event(Event),
    /// For the handshake thread.
    Handshake(HandshakeInput),
    /// For a sibling shard; must arrive, in order.
    Relay(WorkerId, RelayMessage),
    /// The connection is of no more use: close it.
    CloseLink(Link),
}

/// What signaling learns.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// ICE and DTLS are done: media may flow.
    Connected {
        /// The room.
        room: RoomId,
        /// Whose.
        participant: ParticipantId,
        /// Which.
        transport: TransportId,
    },
    /// The transport is gone and was removed.
    Lost {
        /// The room.
        room: RoomId,
        /// Whose.
        participant: ParticipantId,
        /// Which.
        transport: TransportId,
        /// Why.
        reason: LostReason,
    },
    /// Packets of a source began to arrive, or ceased.
    Publishing {
        /// The room.
        room: RoomId,
        /// Whose.
        participant: ParticipantId,
        /// Which source.
        source: Source,
        /// Began or ceased.
        active: bool,
    },
    /// Who is heard now, loudest first.
    Speakers {
        /// The room.
        room: RoomId,
        /// All of them.
        participants: Vec<ParticipantId>,
    },
    /// The figures of the last second.
    Stats {
        /// The room.
        room: RoomId,
        /// Every transport this shard holds in the room.
        transports: Vec<TransportStats>,
    },
}

/// Why a transport was lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LostReason {
    /// No authenticated check for the consent time (RFC 7675).
    ConsentExpired,
    /// No check ever came: the server's addresses and ports are not reachable from the peer.
    NeverConnected,
    /// The handshake failed.
    Handshake(String),
    /// The peer closed the association (DTLS close_notify).
    Closed,
}

impl std::fmt::Display for LostReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            LostReason::ConsentExpired => f.write_str("the network path fell silent (ICE consent expired); offer again"),
            LostReason::NeverConnected => f.write_str("no ICE check arrived; is the server's media port open for UDP and TCP?"),
            LostReason::Handshake(why) => write!(f, "the DTLS handshake failed: {why}"),
            LostReason::Closed => f.write_str("the peer closed the connection"),
        }
    }
}

/// The figures of one transport over the last second.
#[derive(Clone, Debug, PartialEq)]
pub struct TransportStats {
    /// Whose.
    pub participant: ParticipantId,
    /// From the peer, in bits per second of RTP.
    pub up_bps: u64,
    /// To the peer, in bits per second of RTP.
    pub down_bps: u64,
    /// Share of packets lost on the way up, 0 to 1, before repair.
    pub up_loss: f32,
    /// Share of packets lost on the way down as the peer reports it, 0 to 1.
    pub down_loss: f32,
    /// Round trip; none before the first report.
    pub rtt: Option<Duration>,
    /// How long the peer spoke, by the levels of its sound, while it was allowed to be heard.
    pub speech: Duration,
    /// Whether the selected path is TCP; none without a path.
    pub tcp: Option<bool>,
    /// Video slots that forward something: index, spatial and highest temporal layer.
    pub layers: Vec<(u8, u8, u8)>,
}
