//! Nobody and nothing is in two lessons at once.
//!
//! Every transaction that books begins by counting up one row, so that one waits for the other, on both engines and without any other lock; then it looks
//! for clashes, and what it saw stays true until it is committed.

use super::counters::{Counter, count};
use super::database::Engine;
use super::error::Fault;
use super::listing::{among, ids, listed};
use super::needs::each_once;
use super::planned::PlannedLesson;
use super::row::Columns;
use super::transaction::{Db, reading};
use super::value::{Value, composed, insert_rows, places};
use super::{Store, StoreError, sql};
use std::collections::{BTreeMap, HashMap};
use timetable::LONGEST_MS;

/// Up to so many lessons are checked by asking the database for each; more, by reading all that is booked in their time.
const ASKED_SINGLY: usize = 20;

/// Lessons looked at in one question.
const LESSONS: usize = 10_000;

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

    /// The lesson.
    pub(crate) fn lesson(&self) -> &'a PlannedLesson {
        self.lesson
    }

    /// What it takes.
    pub(crate) fn bookings(&self) -> impl Iterator<Item = Booking> {
        let PlannedLesson { id, start_ms, end_ms, .. } = self.lesson;
        self.resources.iter().map(|resource| Booking { lesson: id.clone(), resource: resource.clone(), start_ms: *start_ms, end_ms: *end_ms })
    }
}

/// Waits until no other transaction books.
pub(crate) async fn take_turn(db: &mut Db) -> Result<(), Fault> {
    Ok(count(db, Counter::Bookings).await?)
}

/// What lessons hold, by lesson.
pub(crate) type Held = HashMap<String, Vec<Booking>>;

/// Which of these cannot be booked, besides what is booked and beside each other, and why; the first of two that want the same is the one that gets it. After
/// [`take_turn`] and [`release_all`], of which `held` is: a lesson that cannot be moved keeps what it held. Each is placed once and put out at most once.
pub(crate) async fn check(db: &mut Db, wanted: &[Wanted<'_>], held: &Held) -> Result<Vec<StoreError>, Fault> {
    let singly = wanted.len() <= ASKED_SINGLY;
    let mut taken = if singly { Taken::default() } else { everything_in_their_time(db, wanted).await? };
    let numbers: HashMap<&str, usize> = wanted.iter().enumerate().map(|(number, want)| (want.lesson.id.as_str(), number)).collect();
    let mut obstacles: Vec<Option<Booking>> = vec![None; wanted.len()];
    for (number, want) in wanted.iter().enumerate() {
        let there = if singly { booked(db, want).await? } else { None };
        let Some(obstacle) = there.or_else(|| taken.take(want)) else { continue };
        obstacles[number] = Some(obstacle);
        let mut stay = vec![number];
        while let Some(number) = stay.pop() {
            for booking in held.get(&wanted[number].lesson.id).into_iter().flatten() {
                // Where it stays, nothing was but what came there just now.
                while let Some(found) = taken.overlap(&booking.resource, booking.start_ms, booking.end_ms)
                    && let Some(&other) = numbers.get(found.lesson.as_str()).filter(|other| obstacles[**other].is_none())
                {
                    taken.give_back(&wanted[other]);
                    obstacles[other] = Some(booking.clone());
                    stay.push(other);
                }
                taken.add(booking.clone());
            }
        }
    }
    clashes(db, wanted, obstacles).await
}

/// Books. After [`check`].
pub(crate) async fn insert(db: &mut Db, engine: Engine, bookings: Vec<Booking>) -> Result<(), Fault> {
    let row = |booking: Booking| vec![Value::from(&booking.lesson), (&booking.resource).into(), booking.start_ms.into(), booking.end_ms.into()];
    insert_rows(db, engine, "bookings", &["lesson_id", "resource", "start_ms", "end_ms"], bookings.into_iter().map(row).collect()).await
}

/// Books one lesson, which holds nothing, or says what it clashes with. After [`take_turn`].
pub(crate) async fn book(db: &mut Db, engine: Engine, want: &Wanted<'_>) -> Result<(), Fault> {
    match check(db, std::slice::from_ref(want), &Held::new()).await?.pop() {
        Some(clash) => Err(clash.into()),
        None => insert(db, engine, want.bookings().collect()).await,
    }
}

/// Gives back what a lesson holds.
pub(crate) async fn release(db: &mut Db, lesson: &str) -> Result<(), Fault> {
    Ok(sqlx::query("DELETE FROM bookings WHERE lesson_id = $1").bind(lesson).execute(db).await.map(drop)?)
}

/// Gives back what a lesson that is over would still hold. Without a turn: where it is not taken, it is only free a little later.
pub(crate) async fn shorten(db: &mut Db, lesson: &str, ended_ms: u64) -> Result<(), sqlx::Error> {
    for text in ["DELETE FROM bookings WHERE lesson_id = $1 AND start_ms >= $2", "UPDATE bookings SET end_ms = $2 WHERE lesson_id = $1 AND end_ms > $2"] {
        sqlx::query(text).bind(lesson).bind(sql(ended_ms)).execute(&mut *db).await?;
    }
    Ok(())
}

/// Gives back what lessons hold, and says what that was.
pub(crate) async fn release_all(db: &mut Db, lessons: &[&PlannedLesson]) -> Result<Held, Fault> {
    let mut held = Held::new();
    let all: Vec<String> = lessons.iter().map(|lesson| lesson.id.clone()).collect();
    for some in all.chunks(LESSONS) {
        let of_them = format!("FROM bookings WHERE lesson_id {}", among(db));
        let some = ids(db, some);
        for row in listed(db, &["lesson_id", "resource", "start_ms", "end_ms"], &of_them, vec![some.as_str().into()]).await? {
            let booking = booking(&row)?;
            held.entry(booking.lesson.clone()).or_default().push(booking);
        }
        sqlx::query(composed(format!("DELETE {of_them}"))).bind(some).execute(&mut *db).await?;
    }
    Ok(held)
}

/// What is taken, by resource and beginning. As nothing overlaps in it, an overlap is always with the last that begins before the end.
#[derive(Default)]
struct Taken(HashMap<String, BTreeMap<u64, (u64, String)>>);

impl Taken {
    fn add(&mut self, booking: Booking) {
        self.0.entry(booking.resource).or_default().insert(booking.start_ms, (booking.end_ms, booking.lesson));
    }

    /// What overlaps with this time.
    fn overlap(&self, resource: &str, start_ms: u64, end_ms: u64) -> Option<Booking> {
        let (start, (end, lesson)) = self.0.get(resource)?.range(..end_ms).next_back()?;
        (*end > start_ms).then(|| Booking { lesson: lesson.clone(), resource: resource.to_owned(), start_ms: *start, end_ms: *end })
    }

    /// Takes all that is wanted, or says what it overlaps with.
    fn take(&mut self, want: &Wanted<'_>) -> Option<Booking> {
        let found = want.resources.iter().find_map(|resource| self.overlap(resource, want.lesson.start_ms, want.lesson.end_ms));
        if found.is_none() {
            want.bookings().for_each(|booking| self.add(booking));
        }
        found
    }

    fn give_back(&mut self, want: &Wanted<'_>) {
        for resource in &want.resources {
            if let Some(times) = self.0.get_mut(resource) {
                times.remove(&want.lesson.start_ms);
            }
        }
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

/// Says what clashes, with the titles of both: the other lesson is one of those to be booked, or one that is there.
async fn clashes(db: &mut Db, wanted: &[Wanted<'_>], obstacles: Vec<Option<Booking>>) -> Result<Vec<StoreError>, Fault> {
    let mut titles: HashMap<String, String> = HashMap::new();
    if obstacles.iter().any(Option::is_some) {
        titles.extend(wanted.iter().map(|want| (want.lesson.id.clone(), want.lesson.title.clone())));
        let there = each_once(obstacles.iter().flatten().map(|booking| &booking.lesson).filter(|lesson| !titles.contains_key(*lesson)));
        let of_them = format!("FROM lessons WHERE id {}", among(db));
        for some in there.chunks(LESSONS) {
            for row in listed(db, &["id", "title"], &of_them, vec![ids(db, some).as_str().into()]).await? {
                titles.insert(row.text("id")?, row.text("title")?);
            }
        }
    }
    let clash = |want: &Wanted<'_>, found: Booking| StoreError::Clash {
        lesson: want.lesson.id.clone(),
        lesson_title: want.lesson.title.as_str().into(),
        other_title: titles.get(&found.lesson).map(String::as_str).unwrap_or_default().into(),
        resource: found.resource,
        other: found.lesson,
        other_start_ms: found.start_ms,
        other_end_ms: found.end_ms,
    };
    Ok(wanted.iter().zip(obstacles).filter_map(|(want, found)| Some(clash(want, found?))).collect())
}

fn booking(row: &impl Columns) -> Result<Booking, Fault> {
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
