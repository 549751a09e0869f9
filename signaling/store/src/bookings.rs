//! Nobody and nothing is in two lessons at once.
//!
//! Every transaction that books begins by counting up one row, so that one waits for the other, on both engines and without any other lock; then it looks
//! for clashes, and what it saw stays true until it is committed.

use super::counters::{Counter, count};
use super::database::Engine;
use super::error::Fault;
use super::planned::PlannedLesson;
use super::row::Columns;
use super::transaction::{Db, reading};
use super::value::{Value, composed, insert_rows, places};
use super::{Store, StoreError, sql};
use sqlx::any::AnyRow;
use std::collections::{BTreeMap, HashMap};
use timetable::LONGEST_MS;

/// Up to so many lessons are checked by asking the database for each; more, by reading all that is booked in their time.
const ASKED_SINGLY: usize = 20;

/// Resources asked for in one question.
const RESOURCES: usize = 400;

/// Who or what is taken, by what, when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booking {
    /// The lesson.
    pub lesson: String,
    /// `person:ID` or `classroom:ID`.
    pub resource: String,
    /// From when, in milliseconds since 1970 (UTC).
    pub start_ms: u64,
    /// Until when; another booking may begin then.
    pub end_ms: u64,
}

/// What a lesson needs.
pub(crate) struct Wanted<'a> {
    lesson: &'a PlannedLesson,
    resources: Vec<String>,
}

impl<'a> Wanted<'a> {
    /// Its classrooms and its teachers, each once.
    pub(crate) fn of(lesson: &'a PlannedLesson) -> Self {
        let people = lesson.teacher.iter().chain(&lesson.assistants).map(|person| format!("person:{person}"));
        let rooms = lesson.host_classroom.iter().chain(lesson.receivers.iter().map(|receiver| &receiver.classroom));
        let mut resources: Vec<String> = people.chain(rooms.map(|room| format!("classroom:{room}"))).collect();
        resources.sort_unstable();
        resources.dedup();
        Self { lesson, resources }
    }
}

/// Waits until no other transaction books.
pub(crate) async fn take_turn(db: &mut Db) -> Result<(), Fault> {
    Ok(count(db, Counter::Bookings).await?)
}

/// Whether all this can be booked, besides what is booked and beside each other. After [`take_turn`]; what the lessons held before is released.
pub(crate) async fn check(db: &mut Db, wanted: &[Wanted<'_>]) -> Result<(), Fault> {
    let mut taken = if wanted.len() > ASKED_SINGLY { everything_in_their_time(db, wanted).await? } else { Taken::default() };
    for want in wanted {
        if wanted.len() <= ASKED_SINGLY
            && let Some(found) = booked(db, want).await?
        {
            return Err(clash(db, wanted, want, found).await);
        }
        if let Some(found) = taken.take(want) {
            return Err(clash(db, wanted, want, found).await);
        }
    }
    Ok(())
}

/// Books. After [`check`].
pub(crate) async fn insert(db: &mut Db, engine: Engine, wanted: &[Wanted<'_>]) -> Result<(), Fault> {
    let row =
        |want: &Wanted<'_>, resource: &String| vec![Value::from(&want.lesson.id), resource.into(), want.lesson.start_ms.into(), want.lesson.end_ms.into()];
    let rows = wanted.iter().flat_map(|want| want.resources.iter().map(move |resource| row(want, resource))).collect();
    insert_rows(db, engine, "bookings", &["lesson_id", "resource", "start_ms", "end_ms"], rows).await
}

/// Gives back what a lesson holds.
pub(crate) async fn release(db: &mut Db, lesson: &str) -> Result<(), Fault> {
    Ok(sqlx::query("DELETE FROM bookings WHERE lesson_id = $1").bind(lesson).execute(db).await.map(drop)?)
}

/// What is taken, by resource and beginning. As nothing overlaps in it, an overlap is always with the last that begins before the end.
#[derive(Default)]
struct Taken(HashMap<String, BTreeMap<u64, (u64, String)>>);

impl Taken {
    fn add(&mut self, booking: Booking) {
        self.0.entry(booking.resource).or_default().insert(booking.start_ms, (booking.end_ms, booking.lesson));
    }

    /// Takes what is wanted, or says what it overlaps with.
    fn take(&mut self, want: &Wanted<'_>) -> Option<Booking> {
        let PlannedLesson { id, start_ms, end_ms, .. } = want.lesson;
        for resource in &want.resources {
            let times = self.0.entry(resource.clone()).or_default();
            if let Some((start, (end, lesson))) = times.range(..end_ms).next_back()
                && end > start_ms
            {
                return Some(Booking { lesson: lesson.clone(), resource: resource.clone(), start_ms: *start, end_ms: *end });
            }
            times.insert(*start_ms, (*end_ms, id.clone()));
        }
        None
    }
}

async fn everything_in_their_time(db: &mut Db, wanted: &[Wanted<'_>]) -> Result<Taken, Fault> {
    let start = wanted.iter().map(|want| want.lesson.start_ms).min().unwrap_or_default();
    let end = wanted.iter().map(|want| want.lesson.end_ms).max().unwrap_or_default();
    let text = "SELECT lesson_id, resource, start_ms, end_ms FROM bookings WHERE start_ms < $2 AND end_ms > $1";
    let mut taken = Taken::default();
    for row in sqlx::query(text).bind(sql(start)).bind(sql(end)).fetch_all(db).await? {
        taken.add(booking(&row)?);
    }
    Ok(taken)
}

/// The first booking in the database that one lesson overlaps with.
async fn booked(db: &mut Db, want: &Wanted<'_>) -> Result<Option<Booking>, Fault> {
    for resources in want.resources.chunks(RESOURCES) {
        // The earliest beginning is told for the sake of the index: no booking is longer than a day.
        let text = format!(
            "SELECT lesson_id, resource, start_ms, end_ms FROM bookings WHERE resource IN ({}) AND start_ms < $2 AND start_ms > $3 AND end_ms > $1 \
             ORDER BY start_ms, resource LIMIT 1",
            places(4, resources.len())
        );
        let (start, end) = (want.lesson.start_ms, want.lesson.end_ms);
        // SQLite numbers are signed, so a bound before 1970 is fine.
        let mut query = sqlx::query(composed(text)).bind(sql(start)).bind(sql(end)).bind(sql(start) - sql(LONGEST_MS) - 1);
        for resource in resources {
            query = query.bind(resource);
        }
        if let Some(row) = query.fetch_optional(&mut *db).await? {
            return Ok(Some(booking(&row)?));
        }
    }
    Ok(None)
}

/// Says what clashes, with the other lesson's title: one of those to be booked, or one that is there.
async fn clash(db: &mut Db, wanted: &[Wanted<'_>], want: &Wanted<'_>, found: Booking) -> Fault {
    let among = wanted.iter().find(|other| other.lesson.id == found.lesson).map(|other| other.lesson.title.clone());
    let title = match among {
        Some(title) => title,
        None => match sqlx::query("SELECT title FROM lessons WHERE id = $1").bind(&found.lesson).fetch_optional(db).await {
            Ok(row) => row.and_then(|row| row.text("title").ok()).unwrap_or_default(),
            Err(error) => return error.into(),
        },
    };
    StoreError::Clash {
        resource: found.resource,
        lesson: want.lesson.id.clone(),
        lesson_title: want.lesson.title.as_str().into(),
        other: found.lesson,
        other_title: title.into(),
        other_start_ms: found.start_ms,
        other_end_ms: found.end_ms,
    }
    .into()
}

fn booking(row: &AnyRow) -> Result<Booking, Fault> {
    Ok(Booking { lesson: row.text("lesson_id")?, resource: row.text("resource")?, start_ms: row.count("start_ms")?, end_ms: row.count("end_ms")? })
}

impl Store {
    /// What is booked between two times, of one resource (`person:ID`, `classroom:ID`) or of all, by beginning; at most 100,000.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn bookings(&self, resource: Option<&str>, from_ms: u64, to_ms: u64) -> Result<Vec<Booking>, StoreError> {
        let text = "SELECT lesson_id, resource, start_ms, end_ms FROM bookings WHERE ($1 = '' OR resource = $1) AND start_ms < $3 AND end_ms > $2 \
                    ORDER BY start_ms, resource LIMIT 100000";
        reading!(self, |db| {
            let query = sqlx::query(text).bind(resource.unwrap_or_default()).bind(sql(from_ms)).bind(sql(to_ms));
            query.fetch_all(db).await?.iter().map(booking).collect()
        })
    }
}
