//! The demo's lessons and who may join them.
//!
//! With simulated people there are two: one that the simulated teacher gives, to be watched, and one that waits for a teacher of flesh and blood (a
//! lesson has one host). Without them there is the second alone, live from the start.

use super::announcement::{Announcement, Places, Watch};
use super::schools::{self, CLASSES, OPERATOR, TEACHER, VISITOR, class_name, classroom_id};
use crate::access::{self, Access};
use crate::failure::Failure;
use protocol::{LessonState, Role};
use signaling::{ALL_LESSONS, NewLesson, Store, Tokens};
use std::path::Path;

/// A token of the demo is good for a day: it may stand open over night.
const HOURS: u32 = 24;

/// Simulated classes in the lesson that is watched.
const WATCHED_CLASSES: usize = 12;

/// Simulated classes that wait in the visitor's own lesson.
const WAITING_CLASSES: usize = 3;

/// A lesson with simulated people.
#[derive(Debug)]
pub(crate) struct Lesson {
    /// Its id.
    pub(crate) id: String,
    /// The simulated teacher's token; none where a person teaches.
    pub(crate) host: Option<String>,
    /// The simulated classes' tokens.
    pub(crate) classrooms: Vec<String>,
}

/// What the demo made.
#[derive(Debug)]
pub(crate) struct Scene {
    /// The lesson for a person who teaches, or for a test.
    own: String,
    places: Places,
    watch: Option<Watch>,
    /// Whom to simulate.
    pub(crate) simulated: Vec<Lesson>,
}

impl Scene {
    /// Makes or finds schools and lessons, and makes tokens. `live`: the person's own lesson needs no start.
    ///
    /// # Errors
    /// The store or the tokens refused.
    pub(crate) async fn prepare(store: &Store, tokens: &Tokens, simulate: bool, live: bool) -> Result<Scene, Failure> {
        schools::register(store).await?;
        let now = access::unix_seconds();
        let place = |lesson: &str, role, name: &str, sub: String, classroom| {
            let access = Access { lesson, role, name, classroom, sub, hours: HOURS };
            access.issue(tokens, now)
        };
        let class =
            |lesson: &str, number: usize| place(lesson, Role::Classroom, &class_name(number), format!("demo-class-{number}"), Some(classroom_id(number)));
        let state = if live || !simulate { LessonState::Live } else { LessonState::Open };
        let own = lesson(store, "demo", "三年级美术《画画我们的村庄》", state).await?;
        let waiting = if simulate { WAITING_CLASSES } else { 0 };
        let mut demo = Scene {
            places: Places {
                host: place(&own, Role::Host, VISITOR, "demo-host".to_owned(), None)?,
                operator: place(&own, Role::Operator, OPERATOR, "demo-operator".to_owned(), None)?,
                classrooms: (waiting..CLASSES).map(|number| class(&own, number)).collect::<Result<_, _>>()?,
            },
            own,
            watch: None,
            simulated: Vec::new(),
        };
        if simulate {
            let watched = lesson(store, "demo-live", "三年级语文《静夜思》", LessonState::Live).await?;
            demo.watch = Some(Watch {
                classroom: class(&watched, WATCHED_CLASSES)?,
                operator: place(ALL_LESSONS, Role::Operator, OPERATOR, "demo-operator".to_owned(), None)?,
            });
            let classes = |lesson: &str, count| (0..count).map(|number| class(lesson, number)).collect::<Result<Vec<_>, _>>();
            demo.simulated = vec![
                Lesson {
                    host: Some(place(&watched, Role::Host, TEACHER, "demo-host".to_owned(), None)?),
                    classrooms: classes(&watched, WATCHED_CLASSES)?,
                    id: watched,
                },
                Lesson { host: None, classrooms: classes(&demo.own, WAITING_CLASSES)?, id: demo.own.clone() },
            ];
        }
        Ok(demo)
    }

    /// What to print, once it is known where the pages are.
    pub(crate) fn announce(self, url: String, data: &Path) -> (Announcement, Vec<Lesson>) {
        let announcement =
            Announcement { url, lesson: self.own, tokens: self.places, watch: self.watch, accounts: Vec::new(), data: data.display().to_string() };
        (announcement, self.simulated)
    }
}

/// The id of a lesson that is not over: `id`, or with a number where that one was ended by hand; made where there is none yet.
async fn lesson(store: &Store, id: &str, title: &str, state: LessonState) -> Result<String, Failure> {
    let what = "preparing the demo's lesson";
    for attempt in 1.. {
        let id = if attempt == 1 { id.to_owned() } else { format!("{id}-{attempt}") };
        match store.lesson(&id).await.map_err(Failure::room(what))? {
            Some(found) if matches!(found.state, LessonState::Ended | LessonState::Cancelled) => {}
            Some(found) => {
                // Left by a run that was started otherwise. Who paused it resumes it.
                if state == LessonState::Live && found.state != LessonState::Paused {
                    store.begin_lesson(&id).await.map_err(Failure::room(what))?;
                }
                return Ok(id);
            }
            None => {
                let lesson = NewLesson { state, host_classroom: Some("host-1".to_owned()), ..NewLesson::open_now(&id, title) };
                store.create_lesson(&lesson).await.map_err(Failure::room(what))?;
                return Ok(id);
            }
        }
    }
    unreachable!("the numbers do not end")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn a_paused_lesson_stays_paused_and_an_open_one_begins() {
        let folder = std::env::temp_dir().join(format!("tongke-paused-{}", std::process::id()));
        let store = Store::open(&signaling::Database::Sqlite(folder.clone())).await.unwrap();
        for (id, left, found) in [("a", LessonState::Paused, LessonState::Paused), ("b", LessonState::Open, LessonState::Live)] {
            store.create_lesson(&NewLesson { state: left, ..NewLesson::open_now(id, id) }).await.unwrap();
            assert_eq!(lesson(&store, id, id, LessonState::Live).await.unwrap(), id);
            assert_eq!(store.lesson(id).await.unwrap().unwrap().state, found);
        }
        drop(store);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
