//! What follows from a command: for the store, the media plane, the connections and the metrics.

use super::ConnectionId;
use crate::media::{OfferRequest, RoomPlan};
use crate::record::Write;
use crate::refusal::Refusal;
use protocol::{GoodbyeReason, ParticipantId, ServerMessage};
use std::net::IpAddr;
use std::time::Duration;

/// Something to do, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// The join was accepted.
    Joined {
        /// On which connection.
        connection: ConnectionId,
        /// As whom.
        participant: ParticipantId,
        /// Whether an earlier place was taken again.
        resumed: bool,
    },
    /// The command of a connection was refused.
    Refused {
        /// Whose.
        connection: ConnectionId,
        /// Why.
        refusal: Refusal,
    },
    /// Say something to some connections.
    Notice {
        /// To whom; never empty.
        to: Vec<ConnectionId>,
        /// What.
        message: Box<ServerMessage>,
    },
    /// Close a connection.
    Goodbye {
        /// Which.
        to: ConnectionId,
        /// Why.
        reason: GoodbyeReason,
        /// When to come back, in milliseconds.
        retry_ms: Option<u64>,
    },
    /// Ask the media plane for an answer; its result comes back as [`super::Command::Answered`].
    Offer {
        /// To bring back.
        ticket: u64,
        /// The offer.
        request: Box<OfferRequest>,
    },
    /// Tell the media plane who sees and hears whom.
    Plan(RoomPlan),
    /// End a participant's transport.
    Remove(ParticipantId),
    /// End the room.
    CloseRoom,
    /// Write something down.
    Write {
        /// What.
        write: Box<Write>,
        /// Whom to tell if it cannot be written.
        asked_by: Option<ConnectionId>,
    },
    /// Leave a line in the audit log, and count it.
    Acted(Act),
    /// The time from an offer to a working transport.
    MediaConnectTook(Duration),
    /// Something was dropped, by a counted reason.
    Dropped(DropReason),
}

/// Something that was done to the lesson.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    /// What, for example `lesson.pause`.
    pub act: &'static str,
    /// When, in milliseconds since 1970 (UTC).
    pub at_ms: u64,
    /// The stable identity of whoever did it; none: the bell.
    pub sub: Option<String>,
    /// The address its connection came from; none: the bell, or not known.
    pub from: Option<IpAddr>,
    /// More, as JSON: `by` is the name on screen.
    pub detail: String,
}

/// Why a command had no effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DropReason {
    /// The connection was replaced or has left.
    StaleConnection,
    /// The media plane reported on somebody who has left.
    StaleParticipant,
    /// The answer belongs to an offer that was replaced.
    StaleAnswer,
}

impl DropReason {
    /// The metric's label.
    pub fn name(self) -> &'static str {
        match self {
            Self::StaleConnection => "stale_connection",
            Self::StaleParticipant => "stale_participant",
            Self::StaleAnswer => "stale_answer",
        }
    }
}
