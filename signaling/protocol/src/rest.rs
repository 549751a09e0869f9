//! Bodies of the HTTP interface.

use crate::{LessonView, ParticipantStats, ParticipantView};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// `GET /api/v1/live`, with an operator's token: the lessons that are open, live or paused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct LessonList {
    /// Oldest first.
    pub lessons: Vec<LessonOverview>,
}

/// One lesson with the figures an operator watches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct LessonOverview {
    /// The lesson.
    pub lesson: LessonView,
    /// The name of the school it is taught from; none for one without a classroom.
    pub host_school: Option<String>,
    /// Everybody in it.
    pub participants: Vec<ParticipantView>,
    /// The figures of the last second.
    pub stats: Vec<ParticipantStats>,
}

/// An RFC 9457 problem: the body of every HTTP error (`application/problem+json`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Problem {
    /// `about:blank`, or `urn:tongke:problem:` and an [`crate::ErrorCode`].
    #[serde(rename = "type")]
    pub kind: String,
    /// Short.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// Names the thing, the value and the remedy.
    pub detail: String,
}
