//! What is told of a clash. Of a lesson that the caller may not see, no more than that something is taken.

use super::lessons::visible;
use super::problem;
use super::{Caller, problem::say};
use crate::access::Place;
use crate::http::Problem;
use crate::hub::Hub;
use crate::schedule::{Failure, ScheduleError};
use crate::store::StoreError;
use std::collections::HashSet;
use timetable::{Language, Tell};

/// Lessons that the caller may not know of.
#[derive(Debug)]
pub(super) struct Hidden(HashSet<String>);

impl Hidden {
    /// Of these. What is not stored is one of those that were to be made; where the store does not answer, all are hidden.
    pub(super) async fn among(hub: &Hub, caller: &Caller, lessons: Vec<String>) -> Self {
        match hub.store.planned_lessons_of(&lessons).await {
            Ok(found) => Self(found.into_iter().filter(|lesson| !visible(caller, lesson)).map(|lesson| lesson.id).collect()),
            Err(_) => Self(lessons.into_iter().collect()),
        }
    }

    /// Of those that failures name.
    pub(super) async fn of(hub: &Hub, caller: &Caller, failed: &[Failure]) -> Self {
        let other = |failure: &Failure| match &failure.why {
            ScheduleError::Store(StoreError::Clash { other, .. }) => Some(other.clone()),
            _ => None,
        };
        Self::among(hub, caller, failed.iter().filter_map(other).collect()).await
    }

    /// Whether it is one.
    pub(super) fn has(&self, lesson: &str) -> bool {
        self.0.contains(lesson)
    }

    /// A clash in words.
    pub(super) fn detail(&self, caller: &Caller, clash: &StoreError, language: Language) -> String {
        match clash {
            StoreError::Clash { other, .. } if !self.has(other) => whole(caller, clash, language).unwrap_or_else(|| clash.tell(language)),
            _ => clash.tell(language),
        }
    }
}

/// The store's refusal, with what the caller may know of a clash.
pub(super) async fn refused(hub: &Hub, caller: &Caller, error: StoreError) -> Problem {
    let StoreError::Clash { other, .. } = &error else { return caller.refused(error) };
    let hidden = Hidden::among(hub, caller, vec![other.clone()]).await;
    problem::clash(hidden.detail(caller, &error, caller.language))
}

/// What came of scheduling, with the refusal as the caller may be told it.
pub(super) async fn scheduling<T>(hub: &Hub, caller: &Caller, done: Result<T, ScheduleError>) -> Result<T, Problem> {
    match done {
        Err(ScheduleError::Store(error)) => Err(refused(hub, caller, error).await),
        other => other.map_err(|error| caller.unscheduled(error)),
    }
}

/// Names what is booked, both lessons and the time.
fn whole(caller: &Caller, error: &StoreError, language: Language) -> Option<String> {
    let StoreError::Clash { resource, other_title, other_start_ms, other_end_ms, lesson_title, .. } = error else { return None };
    let (kind, id) = resource.split_once(':')?;
    let geography = &caller.geography;
    let what = match kind {
        "classroom" => {
            let school = geography.school_of(id).and_then(|school| geography.name(&Place::School(school))).unwrap_or_default();
            let room = geography.name(&Place::Classroom(id)).unwrap_or(id);
            match language {
                Language::Chinese => format!("教室“{school} {room}”"),
                Language::English => format!("the classroom {school} {room}"),
            }
        }
        _ => say(language, "这位教师", "the teacher").to_owned(),
    };
    let ((day, from), (_, to)) = (caller.zone.wall(*other_start_ms)?, caller.zone.wall(*other_end_ms)?);
    let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    let (from, to) = (clock(from), clock(to));
    Some(match language {
        Language::Chinese => format!("《{lesson_title}》与《{other_title}》冲突：{what}在{day} {from}–{to}已被占用；请换时间、教师或教室"),
        Language::English => {
            format!("“{lesson_title}” clashes with “{other_title}”: {what} is taken on {day} {from}–{to}; choose another time, person or classroom")
        }
    })
}
