//! What the store keeps of a lesson, as plain data: the lesson makes it, the store writes it.

use crate::AuditLine;
use crate::LessonEvent;
use crate::interactions::{Interaction, InteractionKind};
use crate::minutes::MediaMinute;
use crate::resume::ResumeHash;
use protocol::{ChatLine, LessonState, ParticipantId, Role};
use std::collections::HashMap;
use timetable::{LessonKind, Receiver};

/// Lines of chat a lesson keeps.
pub const CHAT_KEPT: usize = 50;

/// A lesson as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct LessonRow {
    /// Its id: 1 to 64 of `A-Z a-z 0-9 _ -`.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Where it stands.
    pub state: LessonState,
    /// The host's classroom, where the timetable names one.
    pub host_classroom: Option<String>,
    /// When it is to begin, in milliseconds since 1970 (UTC).
    pub planned_start_ms: Option<u64>,
    /// When it is to end, in milliseconds since 1970 (UTC).
    pub planned_end_ms: Option<u64>,
    /// When it went live first, in milliseconds since 1970 (UTC).
    pub live_since_ms: Option<u64>,
    /// When it ended, in milliseconds since 1970 (UTC).
    pub ended_ms: Option<u64>,
    /// What kind of lesson; none for one that is not in the timetable.
    pub kind: Option<LessonKind>,
    /// What is switched differently from what its kind brings with it: a [`protocol::SwitchChange`] as JSON.
    pub switches: Option<String>,
}

/// Somebody who may not join a lesson any more, as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockRow {
    /// Who it was.
    pub participant: ParticipantId,
    /// The identity that is refused.
    pub sub: String,
    /// The classroom that is refused.
    pub classroom: Option<String>,
    /// The name on screen.
    pub name: String,
    /// When, in milliseconds since 1970 (UTC).
    pub at_ms: u64,
}

/// A participant as stored: enough to give it its place again after a restart.
#[derive(Clone, Debug, PartialEq)]
pub struct ParticipantRow {
    /// Its id.
    pub id: ParticipantId,
    /// The how-manieth place of the lesson it is; places are never reused.
    pub place: u64,
    /// The stable identity of its token.
    pub sub: String,
    /// Its role.
    pub role: Role,
    /// The name on screen.
    pub name: String,
    /// The classroom its token names.
    pub classroom: Option<String>,
    /// Of its resume token; none after it left for good.
    pub resume: Option<ResumeHash>,
    /// Whether it holds its place (it may be offline); otherwise it left.
    pub present: bool,
    /// When it came on stage, as a number that grows; none: not on stage.
    pub stage: Option<u64>,
    /// When it raised its hand, as a number that grows; none: the hand is down.
    pub hand: Option<u64>,
    /// Muted by the host.
    pub muted: bool,
}

/// A lesson with everything a running server needs to go on with it.
#[derive(Clone, Debug, PartialEq)]
pub struct LessonRecord {
    /// The lesson.
    pub lesson: LessonRow,
    /// The class on stage that was called on last and has not been dismissed since.
    pub floor: Option<ParticipantId>,
    /// Everybody who ever had a place.
    pub participants: Vec<ParticipantRow>,
    /// The last lines of chat, oldest first.
    pub chat: Vec<ChatLine>,
    /// The classrooms that the timetable lets receive it.
    pub receivers: Vec<Receiver>,
    /// Who may not join, first blocked first.
    pub blocks: Vec<BlockRow>,
    /// When a host was disconnected last, in milliseconds since 1970 (UTC); none where none ever was.
    pub host_left_ms: Option<u64>,
    /// When each was disconnected last, in milliseconds since 1970 (UTC).
    pub left_ms: HashMap<ParticipantId, u64>,
}

/// One thing to write. A later write with the same [`Write::key`] makes an earlier one needless.
#[derive(Clone, Debug, PartialEq)]
pub enum Write {
    /// The lesson's state.
    Lesson {
        /// Which.
        id: String,
        /// Its state now.
        state: LessonState,
        /// When it was to begin, as far as its server knows, in milliseconds since 1970 (UTC): nothing is written of one that was moved since.
        planned_start_ms: Option<u64>,
        /// When it went live first.
        live_since_ms: Option<u64>,
        /// When it ended.
        ended_ms: Option<u64>,
    },
    /// What is allowed in the lesson.
    Switches {
        /// Which.
        id: String,
        /// A [`protocol::SwitchChange`] as JSON.
        switches: String,
    },
    /// Who has the floor.
    Floor {
        /// Which lesson.
        id: String,
        /// The class; none: nobody.
        participant: Option<ParticipantId>,
    },
    /// Somebody may not join any more.
    Block {
        /// The lesson.
        lesson: String,
        /// Who.
        row: BlockRow,
    },
    /// Somebody may join again.
    Unblock {
        /// The lesson.
        lesson: String,
        /// Who.
        participant: ParticipantId,
    },
    /// Somebody did something that is to be remembered. The person of the line is the stable identity of a token: it is kept where the register knows it.
    Audit {
        /// What.
        line: AuditLine,
    },
    /// A participant as it is now.
    Participant {
        /// The lesson.
        lesson: String,
        /// The row.
        row: ParticipantRow,
    },
    /// A participant came: an interval of membership begins.
    Enter {
        /// The lesson.
        lesson: String,
        /// Who.
        participant: ParticipantId,
        /// When, in milliseconds since 1970 (UTC).
        joined_ms: u64,
    },
    /// A participant went: the interval ends.
    Exit {
        /// The lesson.
        lesson: String,
        /// Who.
        participant: ParticipantId,
        /// The beginning of the interval.
        joined_ms: u64,
        /// Its end, in milliseconds since 1970 (UTC).
        left_ms: u64,
        /// It left by itself, or the lesson ended with it; otherwise it vanished.
        goodbye: bool,
    },
    /// What passed between the server and a participant in a minute, so far.
    Minute {
        /// The lesson.
        lesson: String,
        /// The minute.
        row: Box<MediaMinute>,
    },
    /// A hand, a call or an answer, so far.
    Interaction {
        /// The lesson.
        lesson: String,
        /// What.
        row: Interaction,
    },
    /// A line of chat.
    Chat {
        /// The lesson.
        lesson: String,
        /// The line.
        line: ChatLine,
    },
    /// Something happened that other services are told.
    Event {
        /// What.
        event: LessonEvent,
    },
    /// The server lives: open intervals of a killed server end here.
    Heartbeat {
        /// In milliseconds since 1970 (UTC).
        now_ms: u64,
    },
}

/// What a [`Write`] is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum WriteKey {
    /// A lesson's state.
    Lesson(String),
    /// A lesson's switches.
    Switches(String),
    /// Who has a lesson's floor.
    Floor(String),
    /// Whether somebody is blocked.
    Block(String, ParticipantId),
    /// A line of the audit log.
    Audit(String),
    /// A participant's row.
    Participant(String, ParticipantId),
    /// The beginning of an interval.
    Enter(String, ParticipantId, u64),
    /// The end of an interval.
    Exit(String, ParticipantId, u64),
    /// A minute of media, by its beginning and that of the row.
    Minute(String, ParticipantId, u64, u64),
    /// A hand, a call or an answer, by its beginning.
    Interaction(String, ParticipantId, InteractionKind, u64),
    /// A line.
    Chat(String, u64),
    /// An event.
    Event(String),
    /// The heartbeat.
    Heartbeat,
}

impl Write {
    /// What it is about.
    pub fn key(&self) -> WriteKey {
        match self {
            Self::Lesson { id, .. } => WriteKey::Lesson(id.clone()),
            Self::Switches { id, .. } => WriteKey::Switches(id.clone()),
            Self::Floor { id, .. } => WriteKey::Floor(id.clone()),
            Self::Block { lesson, row } => WriteKey::Block(lesson.clone(), row.participant.clone()),
            Self::Unblock { lesson, participant } => WriteKey::Block(lesson.clone(), participant.clone()),
            Self::Audit { line } => WriteKey::Audit(line.id.clone()),
            Self::Participant { lesson, row } => WriteKey::Participant(lesson.clone(), row.id.clone()),
            Self::Enter { lesson, participant, joined_ms } => WriteKey::Enter(lesson.clone(), participant.clone(), *joined_ms),
            Self::Exit { lesson, participant, joined_ms, .. } => WriteKey::Exit(lesson.clone(), participant.clone(), *joined_ms),
            Self::Minute { lesson, row } => WriteKey::Minute(lesson.clone(), row.participant.clone(), row.minute_ms, row.begun_ms),
            Self::Interaction { lesson, row } => WriteKey::Interaction(lesson.clone(), row.participant.clone(), row.kind, row.at_ms),
            Self::Chat { lesson, line } => WriteKey::Chat(lesson.clone(), line.seq),
            Self::Event { event } => WriteKey::Event(event.id.clone()),
            Self::Heartbeat { .. } => WriteKey::Heartbeat,
        }
    }
}
