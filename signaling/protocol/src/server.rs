//! From the service to the page.

use crate::{BlockView, ChatLine, LessonAction, LessonView, ParticipantId, ParticipantStats, ParticipantView, SlotState, SwitchChange};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What the service may say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerMessage {
    /// Answers `join`: everything the page needs to draw itself.
    Welcome(Box<Welcome>),
    /// Answers `offer`.
    Answer(Answer),
    /// Somebody came or changed.
    Participant {
        /// As it is now.
        participant: ParticipantView,
    },
    /// Somebody left for good.
    Left {
        /// Who.
        participant: ParticipantId,
    },
    /// The lesson changed.
    Lesson {
        /// As it is now.
        lesson: LessonView,
    },
    /// Somebody who is not in the lesson did something to it: an operator, or an administrator of the host's school. What is from now on, `lesson` says before.
    Ordered {
        /// The name.
        by: String,
        /// What was done, where it was that.
        action: Option<LessonAction>,
        /// What was switched, where it was that.
        switches: Option<SwitchChange>,
    },
    /// Who is on stage, in the order of coming on it, and who has the floor.
    Stage {
        /// All of them.
        participants: Vec<ParticipantId>,
        /// The class among them that was called on last, until it is dismissed.
        floor: Option<ParticipantId>,
    },
    /// Whose hand is up, first raised first.
    Hands {
        /// All of them.
        participants: Vec<ParticipantId>,
    },
    /// Host: who may not join this lesson any more.
    Blocks {
        /// All of them, first blocked first.
        blocks: Vec<BlockView>,
    },
    /// What each of the receiver's video slots shows from now on. The picture follows at its next key frame, without a new offer.
    Slots {
        /// All of them.
        video: Vec<SlotState>,
    },
    /// Which layers of the receiver's own pictures anybody gets: what nobody gets need not be sent.
    Demand {
        /// Highest spatial layer of the camera that somebody gets, 0 the smallest; `null`: nobody sees it.
        camera: Option<u8>,
        /// The same for the courseware.
        screen: Option<u8>,
    },
    /// Who is heard now, loudest first. At most five a second.
    Speakers {
        /// All of them.
        participants: Vec<ParticipantId>,
    },
    /// A line of chat.
    Chat {
        /// The line.
        line: ChatLine,
    },
    /// Media figures, one message a second after `watch_stats`.
    Stats {
        /// When they were taken, in milliseconds since 1970 (UTC).
        #[ts(type = "number")]
        at_ms: u64,
        /// Everybody with a transport.
        participants: Vec<ParticipantStats>,
    },
    /// The media plane lost the participant's transport (consent expired, DTLS failed): the page offers again.
    MediaLost {
        /// What happened, for a log.
        reason: String,
    },
    /// A message was refused; the connection stays unless `goodbye` follows.
    Error(ErrorNotice),
    /// The service closes the connection after this message.
    Goodbye {
        /// Why.
        reason: GoodbyeReason,
        /// When to come back, in milliseconds from now; none: do not come back by yourself.
        #[ts(type = "number | null")]
        retry_ms: Option<u64>,
    },
    /// Answers `ping`.
    Pong {
        /// The service's clock, in milliseconds since 1970 (UTC).
        #[ts(type = "number")]
        now_ms: u64,
    },
}

/// The whole state of the lesson for one participant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Welcome {
    /// [`crate::VERSION`] of the service.
    pub version: u32,
    /// Who the page is.
    pub you: ParticipantView,
    /// Give it in the next `join` to take the same place again. A secret.
    pub resume: String,
    /// Whether an earlier place was taken again.
    pub resumed: bool,
    /// The lesson.
    pub lesson: LessonView,
    /// Everybody the page may see, itself included.
    pub participants: Vec<ParticipantView>,
    /// Who is on stage.
    pub stage: Vec<ParticipantId>,
    /// The class on stage that was called on last, until it is dismissed.
    pub floor: Option<ParticipantId>,
    /// Whose hand is up.
    pub hands: Vec<ParticipantId>,
    /// The last 50 lines of chat.
    pub chat: Vec<ChatLine>,
    /// For a host: who may not join any more; empty for everybody else.
    pub blocks: Vec<BlockView>,
    /// For `RTCPeerConnection`.
    pub ice_servers: Vec<IceServer>,
    /// The service's clock, in milliseconds since 1970 (UTC).
    #[ts(type = "number")]
    pub now_ms: u64,
}

/// A STUN or TURN server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct IceServer {
    /// `stun:` and `turn:` addresses.
    pub urls: Vec<String>,
    /// For TURN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub username: Option<String>,
    /// For TURN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub credential: Option<String>,
}

/// The answer to an offer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Answer {
    /// The offer's.
    #[ts(type = "number")]
    pub id: u64,
    /// The SDP, with the server's candidates.
    pub sdp: String,
    /// Which receiving m-line is which slot.
    pub slots: Vec<SlotLine>,
}

/// One receiving m-line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct SlotLine {
    /// `a0`, `a1`, … or `v0`, `v1`, …
    pub slot: String,
    /// The `a=mid` of the m-line.
    pub mid: String,
}

/// What was refused and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ErrorNotice {
    /// For programs.
    pub code: ErrorCode,
    /// For people: names the thing, the value and the remedy. English; pages translate by `code`.
    pub message: String,
    /// The `id` of the offer that was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub id: Option<u64>,
}

/// Why a message was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// Not JSON, or a field is missing or of the wrong type.
    Malformed,
    /// The `type` is not known to this version.
    UnknownType,
    /// The protocol version is not served.
    Version,
    /// `join` must come first.
    JoinFirst,
    /// The token is forged, expired or for something else.
    TokenInvalid,
    /// The token has expired.
    TokenExpired,
    /// The lesson does not exist.
    LessonUnknown,
    /// The lesson is not open for this (not yet, or over).
    LessonClosed,
    /// The lesson has a host already.
    HostPresent,
    /// The role may not do this.
    Forbidden,
    /// The named participant is not in the lesson.
    ParticipantUnknown,
    /// The lesson is not in a state that allows this.
    WrongState,
    /// The offer is not usable; the message says what was wrong.
    OfferInvalid,
    /// The lesson or the server is full.
    Full,
    /// Too many messages.
    RateLimited,
    /// A text is empty or too long.
    TextInvalid,
    /// The host has switched this off in the lesson.
    SwitchedOff,
    /// The host has blocked this identity or classroom from the lesson.
    Blocked,
    /// The store could not be written; the lesson goes on.
    StoreUnavailable,
    /// A fault of the service.
    Internal,
}

/// Why the service closes a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum GoodbyeReason {
    /// The service stops or restarts.
    Shutdown,
    /// The same place was taken by another connection.
    Replaced,
    /// The lesson ended.
    LessonEnded,
    /// The join was refused, or the page broke the rules of the connection; an `error` came before.
    Refused,
    /// The page did not read, or was silent, for too long.
    TooSlow,
    /// `leave` was said.
    Left,
    /// The host sent the participant away; it may come back.
    Removed,
    /// The host blocked the participant from the lesson.
    Blocked,
}

impl ServerMessage {
    /// The value of `type`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Welcome(_) => "welcome",
            Self::Answer(_) => "answer",
            Self::Participant { .. } => "participant",
            Self::Left { .. } => "left",
            Self::Lesson { .. } => "lesson",
            Self::Ordered { .. } => "ordered",
            Self::Stage { .. } => "stage",
            Self::Hands { .. } => "hands",
            Self::Blocks { .. } => "blocks",
            Self::Slots { .. } => "slots",
            Self::Demand { .. } => "demand",
            Self::Speakers { .. } => "speakers",
            Self::Chat { .. } => "chat",
            Self::Stats { .. } => "stats",
            Self::MediaLost { .. } => "media_lost",
            Self::Error(_) => "error",
            Self::Goodbye { .. } => "goodbye",
            Self::Pong { .. } => "pong",
        }
    }
}

impl ErrorCode {
    /// Every code.
    pub const ALL: [Self; 20] = [
        Self::Malformed,
        Self::UnknownType,
        Self::Version,
        Self::JoinFirst,
        Self::TokenInvalid,
        Self::TokenExpired,
        Self::LessonUnknown,
        Self::LessonClosed,
        Self::HostPresent,
        Self::Forbidden,
        Self::ParticipantUnknown,
        Self::WrongState,
        Self::OfferInvalid,
        Self::Full,
        Self::RateLimited,
        Self::TextInvalid,
        Self::SwitchedOff,
        Self::Blocked,
        Self::StoreUnavailable,
        Self::Internal,
    ];

    /// The code as it stands in a message.
    pub fn name(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::UnknownType => "unknown_type",
            Self::Version => "version",
            Self::JoinFirst => "join_first",
            Self::TokenInvalid => "token_invalid",
            Self::TokenExpired => "token_expired",
            Self::LessonUnknown => "lesson_unknown",
            Self::LessonClosed => "lesson_closed",
            Self::HostPresent => "host_present",
            Self::Forbidden => "forbidden",
            Self::ParticipantUnknown => "participant_unknown",
            Self::WrongState => "wrong_state",
            Self::OfferInvalid => "offer_invalid",
            Self::Full => "full",
            Self::RateLimited => "rate_limited",
            Self::TextInvalid => "text_invalid",
            Self::SwitchedOff => "switched_off",
            Self::Blocked => "blocked",
            Self::StoreUnavailable => "store_unavailable",
            Self::Internal => "internal",
        }
    }
}

impl GoodbyeReason {
    /// The reason as it stands in a message.
    pub fn name(self) -> &'static str {
        match self {
            Self::Shutdown => "shutdown",
            Self::Replaced => "replaced",
            Self::LessonEnded => "lesson_ended",
            Self::Refused => "refused",
            Self::TooSlow => "too_slow",
            Self::Left => "left",
            Self::Removed => "removed",
            Self::Blocked => "blocked",
        }
    }
}
