//! What a page may know of a lesson and the people in it.

use crate::{Publish, Switches};
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

/// A participant's identity within one lesson. Given by the service at `join`; the same again after a resume. Never reused.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
pub struct ParticipantId(pub String);

/// What a participant is in the lesson; named by its token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The lead teacher's console: one at a time, sends camera, courseware and sound, runs the lesson.
    Host,
    /// A rural classroom's panel: sends camera and sound, sees the lesson, is called on.
    Classroom,
    /// Watches; sends nothing.
    Observer,
    /// Watches the figures; sends and receives no media.
    Operator,
}

/// One published source of a participant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Sound.
    Microphone,
    /// The picture of a camera.
    Camera,
    /// Courseware: a shared screen or window.
    Screen,
}

/// Where a lesson stands. `scheduled → open → live ⇄ paused → ended`, or `cancelled`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LessonState {
    /// In the timetable; nobody may join yet.
    Scheduled,
    /// Participants may join and test themselves; classrooms do not receive the host yet.
    Open,
    /// Being taught.
    Live,
    /// Halted by the host: no media flows, everybody stays.
    Paused,
    /// Over.
    Ended,
    /// Will not take place.
    Cancelled,
}

/// Which of the three classrooms a lesson is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum LessonKind {
    /// 专递课堂: a teacher teaches a few classes that answer.
    Dedicated,
    /// 名师课堂: many teachers watch a demonstration, a few speak.
    FamousTeacher,
    /// 名校网络课堂: many classes receive only.
    FamousSchool,
}

/// A lesson as everybody in it may see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct LessonView {
    /// Its id, as in a token and in `/whip/{lesson}`.
    pub id: String,
    /// Its title, as text.
    pub title: String,
    /// Where it stands.
    pub state: LessonState,
    /// When it went live first, in milliseconds since 1970 (UTC).
    #[ts(type = "number | null")]
    pub live_since_ms: Option<u64>,
    /// What kind of lesson; none for one that is not in the timetable.
    pub kind: Option<LessonKind>,
    /// When it is to begin, in milliseconds since 1970 (UTC); it opens 10 minutes before.
    #[ts(type = "number | null")]
    pub planned_start_ms: Option<u64>,
    /// When it is to end, in milliseconds since 1970 (UTC).
    #[ts(type = "number | null")]
    pub planned_end_ms: Option<u64>,
    /// What is allowed in it.
    pub switches: Switches,
}

/// A participant as others see it. The host, observers and operators see everybody; a classroom sees the host, the stage and itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ParticipantView {
    /// Its id.
    pub id: ParticipantId,
    /// Its role.
    pub role: Role,
    /// The name on screen: of a classroom or of a teacher, as text.
    pub name: String,
    /// Whether its WebSocket is up now; a lost one is kept for the resume time before it counts as left.
    pub online: bool,
    /// Whether the media plane holds a working transport for it.
    pub media: bool,
    /// The sources it publishes now and has not switched off.
    pub sources: Vec<Source>,
    /// Its microphone was switched off by the host.
    pub muted: bool,
    /// When it is to send.
    pub publish: Publish,
}

/// What a video slot of the receiving participant shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct SlotState {
    /// The slot's name: `v0`, `v1`, … in the order of the offer's receiving video m-lines.
    pub slot: String,
    /// Whose source it shows; none when it is empty.
    pub participant: Option<ParticipantId>,
    /// Which source; none when it is empty.
    pub source: Option<Source>,
}

/// One line of the lesson's chat.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ChatLine {
    /// Grows by one with every line of the lesson.
    #[ts(type = "number")]
    pub seq: u64,
    /// Who wrote it.
    pub from: ParticipantId,
    /// The writer's name when it was written.
    pub name: String,
    /// The text, 1 to 500 characters.
    pub text: String,
    /// When, in milliseconds since 1970 (UTC).
    #[ts(type = "number")]
    pub at_ms: u64,
}

/// The media figures of one participant over the last second, for operators and the host.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct ParticipantStats {
    /// Who.
    pub participant: Option<ParticipantId>,
    /// From the participant to the server, in bits per second (RTP payload and header, without UDP and IP).
    #[ts(type = "number")]
    pub up_bps: u64,
    /// From the server to the participant, in bits per second.
    #[ts(type = "number")]
    pub down_bps: u64,
    /// Share of packets lost upwards, 0 to 1, before repair.
    pub up_loss: f32,
    /// Share of packets lost downwards, 0 to 1, from its receiver reports.
    pub down_loss: f32,
    /// Round trip in milliseconds; none before the first report.
    pub rtt_ms: Option<f32>,
    /// How long it spoke within that second, in milliseconds, while it was allowed to be heard.
    #[serde(default)]
    pub speech_ms: u32,
    /// What each filled video slot forwards now.
    pub layers: Vec<SlotLayer>,
    /// `udp` or `tcp`; none without a transport.
    pub path: Option<String>,
}

/// The layer a video slot forwards.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct SlotLayer {
    /// The slot's name.
    pub slot: String,
    /// Spatial layer, 0 the smallest.
    pub spatial: u8,
    /// Highest temporal layer, 0 the lowest frame rate.
    pub temporal: u8,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Host, Self::Classroom, Self::Observer, Self::Operator];

    /// The role as it stands in a message.
    pub fn name(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Classroom => "classroom",
            Self::Observer => "observer",
            Self::Operator => "operator",
        }
    }
}

impl LessonKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Dedicated, Self::FamousTeacher, Self::FamousSchool];

    /// The kind as it stands in a message.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dedicated => "dedicated",
            Self::FamousTeacher => "famous_teacher",
            Self::FamousSchool => "famous_school",
        }
    }
}

impl LessonState {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Scheduled, Self::Open, Self::Live, Self::Paused, Self::Ended, Self::Cancelled];

    /// The state as it stands in a message.
    pub fn name(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Open => "open",
            Self::Live => "live",
            Self::Paused => "paused",
            Self::Ended => "ended",
            Self::Cancelled => "cancelled",
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn names_are_those_on_the_wire() {
        for role in Role::ALL {
            assert_eq!(serde_json::to_value(role).unwrap(), role.name());
        }
        for kind in LessonKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        }
        for state in LessonState::ALL {
            assert_eq!(serde_json::to_value(state).unwrap(), state.name());
        }
        let code: crate::ErrorCode = serde_json::from_str("\"store_unavailable\"").unwrap();
        assert_eq!(code.name(), "store_unavailable");
        let reason: crate::GoodbyeReason = serde_json::from_str("\"lesson_ended\"").unwrap();
        assert_eq!(reason.name(), "lesson_ended");
    }
}
