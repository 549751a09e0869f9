//! What is closed is needed by nothing to come: it is not closed while lessons or entries need it, and they do not come to need it later.

use super::error::Fault;
use super::kept::Stored;
use super::lessons::usable_id;
use super::listing::{among, ids, listed};
use super::row::Columns;
use super::transaction::Db;
use super::value::composed;
use super::{PlannedLesson, StoreError, sql};
use std::collections::HashMap;
use timetable::Zone;

/// Ids looked at in one question.
const IDS: usize = 10_000;

/// Whether a classroom or its school is closed, in SQL.
pub(crate) const CLOSED_ROOM: &str = "(closed_ms IS NOT NULL OR school_id IN (SELECT id FROM schools WHERE closed_ms IS NOT NULL))";

/// As what lessons and entries need a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needed {
    /// They do not.
    Never,
    /// As lead or assisting teacher.
    ToTeach,
    /// As a classroom that hosts or receives.
    AsClassroom,
    /// As the school of such a classroom.
    AsSchool,
}

impl Needed {
    /// Whether a row of a table needs it, in SQL; `$1` is its id, and the table's lists are those of `PREFIX_assistants` and `PREFIX_receivers`.
    fn condition(self, prefix: &str) -> Option<String> {
        let room = match self {
            Self::Never => return None,
            Self::ToTeach => return Some(format!("(teacher_id = $1 OR id IN (SELECT {prefix}_id FROM {prefix}_assistants WHERE person_id = $1))")),
            Self::AsClassroom => "= $1",
            Self::AsSchool => "IN (SELECT id FROM classrooms WHERE school_id = $1)",
        };
        Some(format!("(host_classroom_id {room} OR id IN (SELECT {prefix}_id FROM {prefix}_receivers WHERE classroom_id {room}))"))
    }
}

/// Refuses where lessons that are not over, or entries of a term that is not over, need the row. After the turn to book was taken.
pub(crate) async fn check_unneeded<S: Stored>(db: &mut Db, needed: Needed, id: &str, now_ms: u64) -> Result<(), Fault> {
    let (Some(by_lessons), Some(by_entries)) = (needed.condition("lesson"), needed.condition("entry")) else { return Ok(()) };
    let to_come = "(state IN ('live', 'paused') OR (state IN ('scheduled', 'open') AND planned_end_ms > $2))";
    let text = format!(
        "SELECT title, planned_start_ms, COUNT(*) OVER () AS lessons FROM lessons WHERE {to_come} AND {by_lessons} AND planned_start_ms IS NOT NULL \
         ORDER BY planned_start_ms, id LIMIT 1"
    );
    let next = sqlx::query(composed(text)).bind(id).bind(sql(now_ms)).fetch_optional(&mut *db).await?;
    // Where the day begins elsewhere, an entry of a term's last day is needed some hours longer or shorter.
    let today = Zone::default().wall(now_ms).map(|(day, _)| day.to_string()).unwrap_or_default();
    let text = format!(
        "SELECT COUNT(*) AS entries FROM entries WHERE closed_ms IS NULL AND (to_day IS NULL OR to_day >= $2) \
         AND term_id IN (SELECT id FROM terms WHERE last_day >= $2) AND {by_entries}"
    );
    let entries = sqlx::query(composed(text)).bind(id).bind(today).fetch_one(&mut *db).await?.count("entries")?;
    let lessons = next.as_ref().map_or(Ok(0), |row| row.count("lessons"))?;
    if lessons == 0 && entries == 0 {
        return Ok(());
    }
    let next = next.map(|row| Ok::<_, Fault>((row.text("title")?.into_boxed_str(), row.count("planned_start_ms")?))).transpose()?;
    Err(StoreError::InUse { thing: S::NAME, id: id.to_owned(), lessons, next, entries }.into())
}

/// The people and classrooms among some that are closed, or whose school is, with their names.
#[derive(Debug, Default)]
pub(crate) struct Closed {
    people: HashMap<String, String>,
    rooms: HashMap<String, String>,
}

impl Closed {
    /// What is not there at all is seen by the database.
    async fn among(db: &mut Db, people: &[String], rooms: &[String]) -> Result<Self, Fault> {
        let room = format!("FROM classrooms WHERE {CLOSED_ROOM} AND id");
        let mut found = Self::default();
        for (closed, all, names) in [("FROM people WHERE closed_ms IS NOT NULL AND id", people, &mut found.people), (room.as_str(), rooms, &mut found.rooms)] {
            let rest = format!("{closed} {}", among(db));
            for some in all.chunks(IDS) {
                for row in listed(db, &["id", "name"], &rest, vec![ids(db, some).as_str().into()]).await? {
                    names.insert(row.text("id")?, row.text("name")?);
                }
            }
        }
        Ok(found)
    }

    /// Those that lessons need.
    pub(crate) async fn of(db: &mut Db, lessons: &[&PlannedLesson]) -> Result<Self, Fault> {
        let people = each_once(lessons.iter().flat_map(|lesson| people_of(lesson)));
        Self::among(db, &people, &each_once(lessons.iter().flat_map(|lesson| rooms_of(lesson)))).await
    }

    /// Why a lesson cannot take place, where it needs one of these.
    pub(crate) fn refusal(&self, lesson: &PlannedLesson) -> Option<StoreError> {
        self.first(people_of(lesson), rooms_of(lesson))
    }

    fn first<'a>(&self, mut people: impl Iterator<Item = &'a String>, mut rooms: impl Iterator<Item = &'a String>) -> Option<StoreError> {
        let closed = |thing, (id, name): (&String, &String)| StoreError::Closed { thing, id: id.clone(), name: name.clone() };
        let person = people.find_map(|id| self.people.get_key_value(id)).map(|found| closed("person", found));
        person.or_else(|| rooms.find_map(|id| self.rooms.get_key_value(id)).map(|found| closed("classroom", found)))
    }
}

/// Who teaches and assists.
fn people_of(lesson: &PlannedLesson) -> impl Iterator<Item = &String> {
    lesson.teacher.iter().chain(&lesson.assistants)
}

/// Where it is taught from and received.
fn rooms_of(lesson: &PlannedLesson) -> impl Iterator<Item = &String> {
    lesson.host_classroom.iter().chain(lesson.receivers.iter().map(|receiver| &receiver.classroom))
}

/// Refuses where one of these people or classrooms, or the school of one, is closed. What is not there at all is seen by the database.
pub(crate) async fn check_open(db: &mut Db, people: Vec<String>, rooms: Vec<String>) -> Result<(), Fault> {
    let closed = Closed::among(db, &people, &rooms).await?;
    closed.first(people.iter(), rooms.iter()).map_or(Ok(()), |refusal| Err(refusal.into()))
}

/// Refuses what comes into a school that is closed; what was in it `before` stays.
pub(crate) async fn check_school_open(db: &mut Db, school: Option<&str>, before: Option<&str>) -> Result<(), Fault> {
    let Some(school) = school.filter(|_| school != before) else { return Ok(()) };
    match listed(db, &["id", "name"], "FROM schools WHERE closed_ms IS NOT NULL AND id = $1", vec![school.into()]).await?.first() {
        Some(row) => Err(StoreError::Closed { thing: "school", id: row.text("id")?, name: row.text("name")? }.into()),
        None => Ok(()),
    }
}

/// Each once, and only what can be an id.
pub(crate) fn each_once<'a>(all: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut all: Vec<String> = all.filter(|id| usable_id(id)).cloned().collect();
    all.sort_unstable();
    all.dedup();
    all
}
