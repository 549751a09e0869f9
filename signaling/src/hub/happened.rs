//! What happened in a lesson since it was looked at last, as other services are told.

use crate::store::WebhookEvent;
use protocol::LessonState;
use std::collections::BTreeSet;

/// What was seen of a lesson last.
#[derive(Debug)]
pub(super) struct Happened {
    state: LessonState,
    classrooms: BTreeSet<String>,
}

impl Happened {
    /// Of a lesson that comes into memory in this state, which was told before.
    pub(super) fn after(state: LessonState) -> Self {
        Self { state, classrooms: BTreeSet::new() }
    }

    /// What is new, with the classroom that came or went.
    pub(super) fn since(&mut self, state: LessonState, classrooms: BTreeSet<String>) -> Vec<(WebhookEvent, Option<String>)> {
        let mut events = Vec::new();
        let before = std::mem::replace(&mut self.state, state);
        if before != state {
            events.extend(told(before, state).map(|event| (event, None)));
        }
        let came = classrooms.difference(&self.classrooms).map(|room| (WebhookEvent::ClassroomJoined, Some(room.clone())));
        let went = self.classrooms.difference(&classrooms).map(|room| (WebhookEvent::ClassroomLost, Some(room.clone())));
        events.extend(came.chain(went));
        self.classrooms = classrooms;
        events
    }
}

fn told(before: LessonState, now: LessonState) -> Option<WebhookEvent> {
    match now {
        LessonState::Open => Some(WebhookEvent::LessonOpened),
        // A pause is a part of the lesson.
        LessonState::Live if before != LessonState::Paused => Some(WebhookEvent::LessonLive),
        LessonState::Ended => Some(WebhookEvent::LessonEnded),
        // It was cancelled or moved in the moment in which it began.
        LessonState::Cancelled | LessonState::Scheduled if matches!(before, LessonState::Live | LessonState::Paused) => Some(WebhookEvent::LessonEnded),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rooms(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_lesson_is_told_from_opening_to_end() {
        let mut happened = Happened::after(LessonState::Scheduled);
        assert_eq!(happened.since(LessonState::Scheduled, rooms(&[])), []);
        let states = [LessonState::Open, LessonState::Open, LessonState::Live, LessonState::Paused, LessonState::Live, LessonState::Ended];
        let events: Vec<_> = states.into_iter().flat_map(|state| happened.since(state, rooms(&[]))).map(|(event, _)| event.name()).collect();
        assert_eq!(events, ["lesson.opened", "lesson.live", "lesson.ended"]);
    }

    #[test]
    fn classrooms_come_and_go() {
        let mut happened = Happened::after(LessonState::Live);
        let since = |happened: &mut Happened, names: &[&str]| {
            let events = happened.since(LessonState::Live, rooms(names));
            events.into_iter().map(|(event, room)| format!("{} {}", event.name(), room.unwrap_or_default())).collect::<Vec<_>>()
        };
        assert_eq!(since(&mut happened, &["a", "b"]), ["classroom.joined a", "classroom.joined b"], "a lesson in memory anew says nothing of its state");
        assert_eq!(since(&mut happened, &["b", "c"]), ["classroom.joined c", "classroom.lost a"]);
        assert_eq!(since(&mut happened, &["b", "c"]), Vec::<String>::new());
        assert_eq!(since(&mut happened, &[]), ["classroom.lost b", "classroom.lost c"]);
    }
}
