//! Lessons, and what making or reading in a timetable did.

use crate::store::{LessonKind, Receiver};
use protocol::LessonState;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

/// A classroom with the names a person knows it by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct Place {
    /// The classroom's id.
    pub classroom: String,
    /// Its name.
    pub name: String,
    /// Its school's id.
    pub school: String,
    /// Its school's name.
    pub school_name: String,
}

/// A classroom that receives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct ReceiverView {
    /// Which.
    #[serde(flatten)]
    pub place: Place,
    /// Whether it may be called on and is heard.
    pub interactive: bool,
}

/// A person by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct PersonName {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
}

/// A lesson of the timetable, with names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct PlannedLessonView {
    /// The id.
    pub id: String,
    /// The title.
    pub title: String,
    /// The subject.
    pub subject: Option<String>,
    /// One of the three classrooms.
    pub kind: Option<LessonKind>,
    /// Where it stands.
    pub state: LessonState,
    /// The day of the entry it stands for, as `YYYY-MM-DD`.
    pub day: Option<String>,
    /// The period of the host's school.
    pub period: Option<u8>,
    /// Planned, in milliseconds since 1970 (UTC).
    pub start_ms: u64,
    /// Planned, in milliseconds since 1970 (UTC).
    pub end_ms: u64,
    /// Who teaches.
    pub teacher: Option<PersonName>,
    /// Who assists.
    pub assistants: Vec<PersonName>,
    /// Where it is taught.
    pub host: Option<Place>,
    /// Who receives it.
    pub receivers: Vec<ReceiverView>,
    /// Why it is cancelled or not as planned.
    pub reason: Option<String>,
    /// Whether a person changed it, so that the timetable does so no more.
    pub changed_by_hand: bool,
    /// The entry it came from.
    pub entry: Option<String>,
    /// For `If-Match`.
    pub version: u64,
}

/// `POST /lessons` and `PUT /lessons/{id}`: a lesson outside the timetable, or changed by hand. On a change what is missing stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
#[serde(default)]
pub struct LessonDraft {
    /// 1 to 200 characters.
    #[ts(optional)]
    pub title: Option<String>,
    /// The subject: 1 to 40 characters.
    #[ts(optional)]
    pub subject: Option<String>,
    /// One of the three classrooms.
    #[ts(optional)]
    pub kind: Option<LessonKind>,
    /// In milliseconds since 1970 (UTC).
    #[ts(optional)]
    pub start_ms: Option<u64>,
    /// In milliseconds since 1970 (UTC); a minute to a day after the beginning.
    #[ts(optional)]
    pub end_ms: Option<u64>,
    /// The lead teacher's id.
    #[ts(optional)]
    pub teacher: Option<String>,
    /// The assisting teachers' ids.
    #[ts(optional)]
    pub assistants: Option<Vec<String>>,
    /// The host's classroom.
    #[ts(optional)]
    pub host_classroom: Option<String>,
    /// Who receives it.
    #[ts(optional)]
    pub receivers: Option<Vec<Receiver>>,
    /// Why it is not as planned: 1 to 200 characters.
    #[ts(optional)]
    pub reason: Option<String>,
}

/// `POST /lessons/{id}/cancel`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct CancelLesson {
    /// Why: 1 to 200 characters.
    #[schema(min_length = 1, max_length = 200)]
    pub reason: String,
}

/// `POST /lessons/{id}/join`: how to come into the lesson over the WebSocket.
#[derive(Clone, Deserialize, Serialize, ToSchema, TS)]
pub struct JoinView {
    /// The token for `join`; holds for the lesson, until a while after its end.
    pub token: String,
    /// What one is in the lesson: `host`, `classroom`, `observer` or `operator`.
    pub role: String,
    /// The page to open; the token goes behind `#token=`.
    pub page: String,
}

/// `POST /terms/{id}/lessons`: what making the lessons of a term did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct MakeReport {
    /// Lessons made.
    pub created: usize,
    /// Lessons changed.
    pub updated: usize,
    /// Lessons cancelled.
    pub cancelled: usize,
    /// Lessons that differ from the timetable and stay, with the reason, in the language asked for; the first 1,000.
    pub kept: Vec<String>,
    /// Dates on which an entry is not taught, with the reason; the first 1,000.
    pub skipped: Vec<String>,
    /// Dates that got no lesson because their time is past.
    pub past: usize,
    /// What could not be done and stays as it was, with the reason: a lesson that clashes, an entry or a school's bells that break a rule; the first 1,000.
    pub failed: Vec<String>,
}

impl MakeReport {
    /// Whether lessons were changed, or were to be and were not.
    pub(crate) fn tells(&self) -> bool {
        self.created + self.updated + self.cancelled + self.kept.len() + self.failed.len() > 0
    }
}

/// What became of the lessons that followed something which is there no more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct Followed {
    /// What was done.
    pub lessons: MakeReport,
}

/// `POST /terms/{id}/import`: what was read. Nothing is stored where there is an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct ImportReport {
    /// Entries made.
    pub created: usize,
    /// Entries that were there already, with the same content.
    pub unchanged: usize,
    /// What is wrong, by row; empty when all was stored.
    pub errors: Vec<RowError>,
    /// What making the lessons did; none where nothing was stored.
    pub lessons: Option<MakeReport>,
}

/// A bad cell or row of a sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct RowError {
    /// From 1, as the sheet counts.
    pub row: Option<usize>,
    /// As the sheet names it: `C`.
    pub column: Option<String>,
    /// Names the value and the remedy, in the language asked for.
    pub message: String,
}

/// A time in which two schools' periods overlap (会合时段).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct WindowView {
    /// The receiving classroom.
    pub place: Place,
    /// Minutes that the host's period and a period of the receiver have in common.
    pub common_min: u32,
    /// Fewer than 30 minutes.
    pub short: bool,
    /// In words, in the language asked for; where the bells of one of the two schools contradict each other, which school's and why.
    pub message: String,
}
