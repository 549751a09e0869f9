//! From the page to the service.

use crate::{ParticipantId, Source};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What a page may say. The first message is `join`; anything before it is refused with [`crate::ErrorCode::JoinFirst`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientMessage {
    /// Comes into the lesson, or back into it. Answered by `welcome` or `error`.
    Join(Join),
    /// Offers SDP; answered by `answer`, or by `error` with the same `id`. A later offer replaces the transport.
    Offer(Offer),
    /// Asks for layers in video slots.
    Want {
        /// Slots not named keep what they had.
        slots: Vec<SlotWant>,
    },
    /// Says which of the own sources are switched on (a local mute switches one off without an offer).
    Sources {
        /// All that are on.
        on: Vec<Source>,
    },
    /// Classroom: raises or lowers its hand.
    Hand {
        /// Up or down.
        raised: bool,
    },
    /// Host: calls on a class; it comes on stage, seen and heard by all. Lowers its hand.
    CallOn {
        /// Whom.
        participant: ParticipantId,
    },
    /// Host: dismisses a class from the stage. A classroom may dismiss itself.
    Dismiss {
        /// Whom.
        participant: ParticipantId,
    },
    /// Host: mutes or unmutes one participant's microphone at the server.
    Mute {
        /// Whom.
        participant: ParticipantId,
        /// On or off.
        muted: bool,
    },
    /// Host: mutes everybody but the host.
    MuteAll,
    /// Host: moves the lesson on.
    Lesson {
        /// What to do.
        action: LessonAction,
    },
    /// Writes a line of chat.
    Chat {
        /// 1 to 500 characters.
        text: String,
    },
    /// Host and operator: starts or stops `stats` notices, one a second.
    WatchStats {
        /// On or off.
        on: bool,
    },
    /// Answered by `pong`. A page sends one every 10 s; a connection silent for 30 s is closed.
    Ping,
    /// Leaves for good: no resume.
    Leave,
}

/// The first message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Join {
    /// [`crate::VERSION`].
    pub version: u32,
    /// The signed token that names lesson, role and name.
    pub token: String,
    /// From an earlier `welcome`: takes the same place again.
    #[serde(default)]
    #[ts(optional)]
    pub resume: Option<String>,
}

/// An SDP offer with what its m-lines mean.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Offer {
    /// Chosen by the page, returned in the answer.
    pub id: u32,
    /// The SDP. Its candidates are ignored: the server is ICE-lite and learns addresses from authenticated checks.
    pub sdp: String,
    /// Which sending m-line carries which source. Receiving m-lines become slots `a0…`, `v0…` in their order.
    pub sources: Vec<SourceLine>,
}

/// One sending m-line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct SourceLine {
    /// The `a=mid` of the m-line.
    pub mid: String,
    /// What it carries.
    pub source: Source,
}

/// The layer asked for in one slot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct SlotWant {
    /// The slot's name.
    pub slot: String,
    /// Highest spatial layer wanted, 0 the smallest; `null`: nothing, the slot pauses.
    pub spatial: Option<u8>,
    /// Highest temporal layer wanted; all when missing.
    #[serde(default)]
    #[ts(optional)]
    pub temporal: Option<u8>,
}

/// What a host may do to the lesson.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum LessonAction {
    /// `open → live`.
    Start,
    /// `live → paused`.
    Pause,
    /// `paused → live`.
    Resume,
    /// `→ ended`.
    End,
}
