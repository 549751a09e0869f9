//! What may happen to a lesson.

use super::ConnectionId;
use crate::media::{MediaError, OfferAnswer};
use crate::refusal::Refusal;
use crate::resume::ResumeToken;
use crate::store::{LessonKind, PlannedLesson, Receiver};
use crate::tokens::Holder;
use protocol::{ClientMessage, LessonAction, LessonState, ParticipantId, ParticipantStats, Role, SlotLine, Source, SwitchChange};
use std::net::IpAddr;

/// Something that happens to a lesson. Whoever sends one has authorized it: see [`crate::permit`].
#[derive(Clone, Debug)]
pub enum Command {
    /// Somebody comes in.
    Join(Join),
    /// A participant says something.
    Said {
        /// On which connection.
        connection: ConnectionId,
        /// What; never `join` or `ping`.
        message: ClientMessage,
    },
    /// A connection closed without `leave`.
    Disconnected {
        /// Which.
        connection: ConnectionId,
    },
    /// A WHIP or WHEP session ended by `DELETE`, or its offer was refused.
    DirectEnded {
        /// Which.
        connection: ConnectionId,
    },
    /// The media plane answered the offer of a WHIP or WHEP session.
    DirectAnswered {
        /// Which.
        connection: ConnectionId,
        /// The receiving m-lines.
        slots: Vec<SlotLine>,
    },
    /// The media plane answered an [`super::Effect::Offer`].
    Answered {
        /// Whose offer.
        participant: ParticipantId,
        /// The effect's ticket.
        ticket: u64,
        /// The answer.
        result: Result<OfferAnswer, MediaError>,
    },
    /// A transport works.
    MediaConnected {
        /// Whose.
        participant: ParticipantId,
    },
    /// A transport is gone.
    MediaLost {
        /// Whose.
        participant: ParticipantId,
        /// Why.
        reason: String,
    },
    /// Packets of a source began or ceased.
    Publishing {
        /// Whose.
        participant: ParticipantId,
        /// Which source.
        source: Source,
        /// Began or ceased.
        active: bool,
    },
    /// Who is heard now, loudest first.
    Speakers {
        /// All of them.
        participants: Vec<ParticipantId>,
    },
    /// Media figures of the last second from one worker.
    Stats {
        /// Each participant's.
        participants: Vec<ParticipantStats>,
    },
    /// A second or so passed: what the planned times say is done.
    Bell {
        /// Whether the clock of the day is believed about ends.
        may_end: bool,
    },
    /// What the store says of the plan: people may have moved or cancelled the lesson since it was read.
    Planned(Plan),
    /// Somebody who was let in may not be there any more.
    PutOut {
        /// On which connection.
        connection: ConnectionId,
        /// Why, as it is told.
        refusal: Refusal,
    },
    /// Somebody who is not in the lesson does what its host may.
    Ordered(Order),
    /// A deadline passed: see [`super::Lesson::deadline`].
    Expire,
}

/// What the store says of a lesson's plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Its title.
    pub title: String,
    /// Where it stands by the store.
    pub state: LessonState,
    /// What kind of lesson.
    pub kind: Option<LessonKind>,
    /// Who receives it.
    pub receivers: Vec<Receiver>,
    /// When it is to begin, in milliseconds since 1970 (UTC).
    pub start_ms: Option<u64>,
    /// When it is to end, in milliseconds since 1970 (UTC).
    pub end_ms: Option<u64>,
    /// Counted up with each change of the plan: of two, the higher is the later.
    pub version: u64,
}

impl From<PlannedLesson> for Plan {
    fn from(lesson: PlannedLesson) -> Self {
        let PlannedLesson { title, state, kind, receivers, start_ms, end_ms, version, .. } = lesson;
        Self { title, state, kind, receivers, start_ms: Some(start_ms), end_ms: Some(end_ms), version }
    }
}

/// Somebody comes in.
#[derive(Clone, Debug)]
pub struct Join {
    /// The connection it comes on.
    pub connection: ConnectionId,
    /// What its token says.
    pub identity: Identity,
    /// How it comes.
    pub access: Access,
    /// The resume token it showed.
    pub resume: Option<ResumeToken>,
    /// A new resume token, for a new place.
    pub fresh: ResumeToken,
    /// The address of this machine the connection came to.
    pub local: Option<IpAddr>,
    /// The address it came from, for the audit log.
    pub from: Option<IpAddr>,
}

/// What somebody orders who is not in the lesson.
#[derive(Clone, Debug)]
pub struct Order {
    /// A number of its own, that a refusal is told by: nobody is connected by it.
    pub connection: ConnectionId,
    /// Who.
    pub by: Outsider,
    /// What.
    pub deed: Deed,
}

/// Somebody who is not in the lesson.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outsider {
    /// The id in the register.
    pub sub: String,
    /// The name, as everybody in the lesson is told it.
    pub name: String,
    /// The address it came from.
    pub from: Option<IpAddr>,
}

/// Something that is done to a lesson.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// To go on, to pause, to end.
    Act(LessonAction),
    /// To allow and to forbid.
    Switch(SwitchChange),
}

/// Who a token says somebody is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Stable: the same token joining twice is the same place.
    pub sub: String,
    /// The role.
    pub role: Role,
    /// The name on screen.
    pub name: String,
    /// The classroom.
    pub classroom: Option<String>,
    /// Whom the timetable gave the token to; none also for one that has not come back since the server was started.
    pub holder: Option<Holder>,
}

/// How a participant is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// A page on a WebSocket.
    Socket,
    /// A WHIP session (RFC 9725): sends only.
    Whip,
    /// A WHEP session: receives one picture of the host, and the sound.
    Whep(Source),
}
