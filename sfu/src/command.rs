//! What signaling's side tells a shard.

use crate::id::{ParticipantId, RoomId, Source, TransportId};
use crate::spec::{IceCredentials, TransportSpec};
use std::collections::HashMap;
use std::sync::Arc;

/// An order to a shard. Orders are idempotent: one that names what is gone is ignored.
#[derive(Clone, Debug)]
pub enum Command {
    /// Runs a negotiated transport. An earlier transport of the same participant in the same room on this shard is replaced.
    AddTransport(Box<TransportSpec>),
    /// Ends a transport, without an event.
    RemoveTransport(TransportId),
    /// Accepts new ICE credentials beside the old ones (RFC 8445 §9).
    RestartIce {
        /// Whose.
        transport: TransportId,
        /// Both sides' new ones.
        credentials: IceCredentials,
    },
    /// Replaces a room's plan, whole. A shard without a transport in the room keeps it for those that come.
    Plan {
        /// Which room.
        room: RoomId,
        /// Who sees, hears and is heard.
        plan: Arc<RoomPlan>,
    },
    /// Ends a room with its transports, without events.
    CloseRoom(RoomId),
}

/// Who sees, hears and is heard in a room. Whoever is not named sees, hears and says nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RoomPlan {
    /// Who may be heard. The first is always in the first audio slot; the others compete by loudness for the rest.
    pub audible: Vec<ParticipantId>,
    /// What each receiving participant gets.
    pub views: HashMap<ParticipantId, View>,
}

/// What one participant receives.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct View {
    /// Whether it gets sound.
    pub audio: bool,
    /// What its video slots show, in slot order.
    pub video: Vec<Option<VideoView>>,
}

/// What one video slot shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VideoView {
    /// Whose source.
    pub participant: ParticipantId,
    /// Which.
    pub source: Source,
    /// Highest spatial layer, 0 the smallest; none: paused.
    pub spatial: Option<u8>,
    /// Highest temporal layer, 0 the lowest frame rate.
    pub temporal: u8,
}
