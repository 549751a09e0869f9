//! Lessons written as lists tell them, each once, whichever lists it is in: a list that is asked for the first time reads only those that no other list has.

use super::Caller;
use super::view::PlannedLessonView;
use crate::access::{Action, Place};
use crate::store::LessonMark;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Lessons kept at once: some 40 MB.
const LESSONS: usize = 40_000;

/// After so long a lesson is written anew: the people named in it may have other names.
const FRESH: Duration = Duration::from_secs(30);

/// A lesson written as JSON, and what decides who sees it.
#[derive(Debug)]
pub(crate) struct Written {
    pub(super) start_ms: u64,
    pub(super) id: String,
    pub(super) json: Box<str>,
    classrooms: Box<[String]>,
    people: Box<[String]>,
}

impl Written {
    pub(super) fn new(lesson: PlannedLessonView) -> Result<Self, serde_json::Error> {
        let json = serde_json::to_string(&lesson)?.into();
        let receivers = lesson.receivers.into_iter().map(|receiver| receiver.place.classroom);
        let classrooms = lesson.host.into_iter().map(|host| host.classroom).chain(receivers).collect();
        let people = lesson.teacher.into_iter().chain(lesson.assistants).map(|person| person.id).collect();
        Ok(Self { start_ms: lesson.start_ms, id: lesson.id, json, classrooms, people })
    }

    /// Whether the caller, who is the person `me`, may see it: from where it is taught or received, or because it is the caller's own.
    pub(super) fn is_seen_by(&self, caller: &Caller, me: Option<&str>) -> bool {
        self.classrooms.iter().any(|classroom| caller.may(Action::ReadTimetable, &Place::Classroom(classroom)))
            || self.people.iter().any(|person| Some(person.as_str()) == me)
    }
}

/// Those that were written. Their number is bounded.
#[derive(Debug, Default)]
pub(crate) struct Known(Mutex<HashMap<String, Kept>>);

#[derive(Debug)]
struct Kept {
    mark: LessonMark,
    /// Of which state of the register the names in it are.
    register: u64,
    since: Instant,
    written: Arc<Written>,
}

impl Known {
    /// Those of these lessons that are known as they are now, by id.
    pub(super) fn find(&self, marks: &[LessonMark], register: u64, now: Instant) -> HashMap<String, Arc<Written>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let holds = |kept: &&Kept, mark: &LessonMark| kept.mark == *mark && kept.register == register && now.saturating_duration_since(kept.since) < FRESH;
        let one = |mark: &LessonMark| known.get(&mark.id).filter(|kept| holds(kept, mark)).map(|kept| (mark.id.clone(), kept.written.clone()));
        marks.iter().filter_map(one).collect()
    }

    /// Keeps lessons that were written at `since`; forgets all others where there are too many.
    pub(super) fn keep(&self, written: impl IntoIterator<Item = (LessonMark, Arc<Written>)>, register: u64, since: Instant) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (mark, written) in written {
            if known.len() >= LESSONS && !known.contains_key(&mark.id) {
                known.clear();
            }
            known.insert(mark.id.clone(), Kept { mark, register, since, written });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::LessonState;

    fn mark(id: &str, version: u64, state: LessonState) -> LessonMark {
        LessonMark { id: id.into(), version, state }
    }

    fn written(id: &str) -> Arc<Written> {
        Arc::new(Written { start_ms: 1, id: id.into(), json: "{}".into(), classrooms: Box::default(), people: Box::default() })
    }

    #[test]
    fn a_lesson_is_known_until_it_or_the_register_is_another_one_or_it_is_old() {
        let (known, now) = (Known::default(), Instant::now());
        let one = mark("a", 1, LessonState::Scheduled);
        known.keep([(one.clone(), written("a"))], 7, now);
        let finds = |mark: LessonMark, register, now| known.find(&[mark], register, now).len() == 1;
        assert!(finds(one.clone(), 7, now) && finds(one.clone(), 7, now + FRESH / 2));
        assert!(!finds(mark("a", 2, LessonState::Scheduled), 7, now) && !finds(mark("a", 1, LessonState::Live), 7, now));
        assert!(!finds(mark("b", 1, LessonState::Scheduled), 7, now) && !finds(one.clone(), 8, now) && !finds(one, 7, now + FRESH));
    }

    #[test]
    fn no_more_lessons_are_kept_than_the_bound() {
        let (known, now) = (Known::default(), Instant::now());
        let lesson = written("a");
        known.keep((0..LESSONS + 1).map(|number| (mark(&number.to_string(), 1, LessonState::Scheduled), lesson.clone())), 7, now);
        let count = |from: usize| known.find(&[mark(&from.to_string(), 1, LessonState::Scheduled)], 7, now).len();
        assert_eq!((count(0), count(LESSONS)), (0, 1));
    }
}
