//! Whether a lesson was delivered to each of its receiving classrooms: decided when it is over, by what was written down while it went on.
//!
//! A lesson is over when it has ended and its last writes have had time to arrive; when it was cancelled and its time is past; or when its time is past
//! by 10 minutes and nobody is there. Deciding again replaces what was decided, and its part of the sums with it: it may be repeated and interrupted.

use super::counters::{Counter, count};
use super::database::Engine;
use super::error::Fault;
use super::kept::{find, find_all};
use super::minutes::MINUTE_MS;
use super::planned::{self, PlannedLesson};
use super::row::{Columns, Word};
use super::sums::{Part, add};
use super::transaction::{Db, reading, writing};
use super::value::{Value, composed, insert_rows, places};
use super::verdict::{self, Facts, Placing};
use super::{Entry, Store, StoreError, Term, headcounts, interactions, lessons, minutes, sql};
use protocol::ParticipantId;
use sqlx::any::AnyRow;
use std::collections::HashMap;
use timetable::{Cause, Date, LONGEST_MS, Weekday, Zone};

/// The last writes of a lesson arrive within this time after its end.
const SETTLE_MS: u64 = 15_000;

/// A lesson that nobody ended is over so long after its time, once nobody is there.
const ABANDONED_MS: u64 = 10 * MINUTE_MS;

/// After so long it is over, whoever is still there.
const FORGOTTEN_MS: u64 = LONGEST_MS / 2;

/// Lessons whose old deliveries are looked for at once.
const LESSONS: usize = 500;

/// A lesson for one receiving classroom: delivered or not, and what happened in it. School, subject, teacher and week are those of the time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The lesson's id.
    pub lesson: String,
    /// The receiving classroom's id.
    pub classroom: String,
    /// The term's id; empty: the lesson lies in none.
    pub term: String,
    /// The week of the term that the lesson's day lies in, from 1; 0: in none.
    pub week: u8,
    /// That week's Sunday, as `YYYY-MM-DD`; empty: in none.
    pub week_end: String,
    /// The receiving classroom's school.
    pub school: String,
    /// The host classroom's school; empty: the lesson has no host classroom.
    pub host_school: String,
    /// The subject; empty: none was given.
    pub subject: String,
    /// The lead teacher's id; empty: none was given.
    pub teacher: String,
    /// When the period was to begin, in milliseconds since 1970 (UTC).
    pub start_ms: u64,
    /// What was at fault; none: it was delivered.
    pub cause: Option<Cause>,
    /// The length of the period, in seconds, as are the others.
    pub planned_s: u64,
    /// How long the host's media came to the classroom within the period.
    pub received_s: u64,
    /// How long the classroom's media came to the server within the period.
    pub sent_s: u64,
    /// How long something was at fault: see [`timetable::Evidence::fault_ms`].
    pub fault_s: u64,
    /// When the classroom joined that was there in the period, in milliseconds since 1970 (UTC); none: it was not.
    pub first_join_ms: Option<u64>,
    /// Whether it was there within a minute of the bell.
    pub punctual: bool,
    /// How often it raised its hand.
    pub hands: u32,
    /// How often it was called on.
    pub calls: u32,
    /// How often it answered.
    pub answers: u32,
    /// How long it spoke in the minutes of the period.
    pub speech_s: u64,
    /// How many pupils were counted last.
    pub headcount: Option<u32>,
}

pub(crate) const COLUMNS: [&str; 23] = [
    "lesson_id",
    "classroom_id",
    "term_id",
    "week",
    "week_end",
    "school_id",
    "host_school_id",
    "subject",
    "teacher_id",
    "cause",
    "planned_s",
    "received_s",
    "sent_s",
    "fault_s",
    "first_join_ms",
    "hands",
    "calls",
    "answers",
    "speech_s",
    "headcount",
    "delivered",
    "punctual",
    "start_ms",
];

impl Word for Cause {
    fn of(word: &str) -> Option<Self> {
        [Self::Power, Self::Network, Self::Absent, Self::Cancelled, Self::Host].into_iter().find(|cause| cause.code() == word)
    }
}

impl Delivery {
    /// Whether the lesson was delivered to the classroom.
    pub fn is_delivered(&self) -> bool {
        self.cause.is_none()
    }

    fn values(&self) -> Vec<Value> {
        let texts = [&self.lesson, &self.classroom, &self.term].map(Value::from);
        let more =
            [self.week.into(), (&self.week_end).into(), (&self.school).into(), (&self.host_school).into(), (&self.subject).into(), (&self.teacher).into()];
        let times = [self.planned_s, self.received_s, self.sent_s, self.fault_s].map(Value::from);
        let cause = Value::from(self.cause.map(Cause::code));
        let counts = [self.hands, self.calls, self.answers].map(Value::from);
        let rest = [self.speech_s.into(), self.headcount.into(), self.is_delivered().into(), self.punctual.into(), self.start_ms.into()];
        texts.into_iter().chain(more).chain([cause]).chain(times).chain([self.first_join_ms.into()]).chain(counts).chain(rest).collect()
    }

    pub(crate) fn of(row: &AnyRow) -> Result<Self, Fault> {
        Ok(Self {
            lesson: row.text("lesson_id")?,
            classroom: row.text("classroom_id")?,
            term: row.text("term_id")?,
            week: row.small("week")?,
            week_end: row.text("week_end")?,
            school: row.text("school_id")?,
            host_school: row.text("host_school_id")?,
            subject: row.text("subject")?,
            teacher: row.text("teacher_id")?,
            start_ms: row.count("start_ms")?,
            cause: row.word_or_none("delivery", "cause")?,
            planned_s: row.count("planned_s")?,
            received_s: row.count("received_s")?,
            sent_s: row.count("sent_s")?,
            fault_s: row.count("fault_s")?,
            first_join_ms: row.count_or_none("first_join_ms")?,
            punctual: row.truth("punctual")?,
            hands: row.small("hands")?,
            calls: row.small("calls")?,
            answers: row.small("answers")?,
            speech_s: row.count("speech_s")?,
            headcount: row.small_or_none("headcount")?,
        })
    }
}

impl Store {
    /// Lessons that are over and whose deliveries are to be decided, in the order of their ends; at most `limit`, 1 to 1,000.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn undecided_lessons(&self, now_ms: u64, limit: u32) -> Result<Vec<String>, StoreError> {
        // Who ends early is at most a lesson's length before its planned end: the rest of the term need not be looked at.
        let text = "SELECT id FROM lessons WHERE decided_ms IS NULL AND planned_start_ms IS NOT NULL AND planned_end_ms <= $1 AND ( \
                    (state = 'ended' AND COALESCE(ended_ms, 0) <= $2) OR (state = 'cancelled' AND planned_end_ms <= $3) \
                    OR (state IN ('scheduled', 'open', 'live', 'paused') AND planned_end_ms <= $4 AND (planned_end_ms <= $5 \
                    OR NOT EXISTS (SELECT 1 FROM memberships WHERE memberships.lesson_id = lessons.id AND memberships.left_ms IS NULL)))) \
                    ORDER BY planned_end_ms LIMIT $6";
        let before = |ms: u64| sql(now_ms.saturating_sub(ms));
        reading!(self, |db| {
            let query = sqlx::query(text).bind(sql(now_ms.saturating_add(LONGEST_MS))).bind(before(SETTLE_MS)).bind(sql(now_ms));
            let query = query.bind(before(ABANDONED_MS)).bind(before(FORGOTTEN_MS)).bind(i64::from(limit.clamp(1, 1_000)));
            query.fetch_all(db).await?.iter().map(|row| row.text("id")).collect()
        })
    }

    /// Decides the deliveries of lessons, over or not, by what is written down of them: of all of these, or of none. `zone` is that of the region's clocks: a
    /// lesson that no entry made has its day by them.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where there is no such lesson in the timetable, [`StoreError::Rule`] where its term breaks a rule, [`StoreError::Database`],
    /// [`StoreError::Unreadable`].
    pub async fn decide_lessons(&self, ids: &[&str], zone: &Zone, now_ms: u64) -> Result<Vec<Delivery>, StoreError> {
        writing!(self, |db| {
            // Before anything is read: what is written of these lessons meanwhile waits, and has them decided again.
            let mut part = replacing(db, ids, now_ms).await?;
            let mut decided = Vec::new();
            for id in ids {
                let lesson = planned::find_planned(db, id).await?.ok_or_else(|| StoreError::Missing { thing: "lesson", id: (*id).to_owned() })?;
                let placing = placing(db, &lesson, zone).await?;
                let facts = facts(db, &lesson).await?;
                decided.extend(verdict::deliveries(&lesson, &placing, &facts, now_ms));
            }
            insert(db, self.engine, &decided, &mut part).await?;
            add(db, part).await?;
            Ok(decided)
        })
    }

    /// Replaces the deliveries of these lessons, and their part of the sums, by such as were decided elsewhere.
    ///
    /// # Errors
    /// [`StoreError::Reference`] for a lesson or classroom that is not there, [`StoreError::Duplicate`] for two of one lesson and classroom,
    /// [`StoreError::Database`].
    pub async fn put_deliveries(&self, lessons: &[&str], deliveries: &[Delivery], now_ms: u64) -> Result<(), StoreError> {
        writing!(self, |db| {
            let mut part = replacing(db, lessons, now_ms).await?;
            insert(db, self.engine, deliveries, &mut part).await?;
            add(db, part).await
        })?;
        self.know("deliveries, delivery_sums", deliveries.len()).await;
        Ok(())
    }

    /// The deliveries of a lesson, by classroom; none before it is decided.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Unreadable`].
    pub async fn deliveries(&self, lesson: &str) -> Result<Vec<Delivery>, StoreError> {
        let text = format!("SELECT {} FROM deliveries WHERE lesson_id = $1 ORDER BY classroom_id", COLUMNS.join(", "));
        reading!(self, |db| sqlx::query(composed(text)).bind(lesson).fetch_all(db).await?.iter().map(Delivery::of).collect())
    }
}

/// Takes back what was decided of a lesson that goes on, or is to be held after all or at another time.
pub(crate) async fn undecide(db: &mut Db, lesson: &str) -> Result<(), Fault> {
    let text = "UPDATE lessons SET decided_ms = NULL WHERE id = $1 AND decided_ms IS NOT NULL";
    if sqlx::query(text).bind(lesson).execute(&mut *db).await?.rows_affected() == 0 {
        return Ok(());
    }
    take_turn(db).await?;
    let mut part = Part::default();
    remove(db, &[lesson], &mut part).await?;
    add(db, part).await
}

/// Waits until no other transaction writes deliveries.
async fn take_turn(db: &mut Db) -> Result<(), Fault> {
    Ok(count(db, Counter::Deliveries).await?)
}

/// Marks lessons as decided and removes what was decided before. Other transactions that write of them, or deliveries, wait from here on.
async fn replacing(db: &mut Db, lessons: &[&str], now_ms: u64) -> Result<Part, Fault> {
    for lesson in lessons.chunks(LESSONS) {
        let text = format!("UPDATE lessons SET decided_ms = $1 WHERE id IN ({})", places(2, lesson.len()));
        let query = sqlx::query(composed(text)).persistent(lesson.len() == 1).bind(sql(now_ms));
        lesson.iter().fold(query, |query, id| query.bind(*id)).execute(&mut *db).await?;
    }
    // After the lessons, as in `undecide`: whoever took it before them would wait for whoever has them.
    take_turn(db).await?;
    let mut part = Part::default();
    for lesson in lessons.chunks(LESSONS) {
        remove(db, lesson, &mut part).await?;
    }
    Ok(part)
}

async fn insert(db: &mut Db, engine: Engine, deliveries: &[Delivery], part: &mut Part) -> Result<(), Fault> {
    insert_rows(db, engine, "deliveries", &COLUMNS, deliveries.iter().map(Delivery::values).collect()).await?;
    deliveries.iter().for_each(|delivery| part.add(delivery));
    Ok(())
}

/// Removes the deliveries of lessons, and notes what that takes from the sums.
async fn remove(db: &mut Db, lessons: &[&str], part: &mut Part) -> Result<(), Fault> {
    let (alike, listed) = (lessons.len() == 1, places(1, lessons.len()));
    let query = sqlx::query(composed(format!("SELECT {} FROM deliveries WHERE lesson_id IN ({listed})", COLUMNS.join(", ")))).persistent(alike);
    let rows = lessons.iter().fold(query, |query, id| query.bind(*id)).fetch_all(&mut *db).await?;
    for row in &rows {
        part.subtract(&Delivery::of(row)?);
    }
    if !rows.is_empty() {
        let query = sqlx::query(composed(format!("DELETE FROM deliveries WHERE lesson_id IN ({listed})"))).persistent(alike);
        lessons.iter().fold(query, |query, id| query.bind(*id)).execute(&mut *db).await?;
    }
    Ok(())
}

/// In which week of which term a lesson lies: its entry's, or, where no entry made it, the one its host's school has on that day.
async fn placing(db: &mut Db, lesson: &PlannedLesson, zone: &Zone) -> Result<Placing, Fault> {
    let day = lesson.day.as_deref().and_then(|day| day.parse::<Date>().ok()).or_else(|| Some(zone.wall(lesson.start_ms)?.0));
    let Some(day) = day else { return Ok(Placing::default()) };
    let term = match &lesson.entry {
        Some(entry) => match find::<Entry>(db, entry).await? {
            Some(entry) => find::<Term>(db, &entry.term).await?,
            None => None,
        },
        None => term_of(db, lesson.host_classroom.as_deref(), day).await?,
    };
    let Some(term) = term else { return Ok(Placing::default()) };
    let calendar = term.rules()?;
    let Some(week) = calendar.day(day).map(|day| day.own.week) else { return Ok(Placing::default()) };
    let sunday = calendar.monday_of(week).and_then(|monday| monday.nth_weekday(1, Weekday::Sunday).ok());
    Ok(Placing { term: term.id, week, week_end: sunday.map(|day| day.to_string()).unwrap_or_default() })
}

/// The term that the host's school has on a day: that of its region or, where it has none then, of the nearest region above, or of none at all.
async fn term_of(db: &mut Db, host: Option<&str>, day: Date) -> Result<Option<Term>, Fault> {
    // Regions are five deep at most; a circle of them ends too.
    let above = "WITH RECURSIVE above (id, depth) AS (\
                 SELECT s.region_id, 0 FROM schools s JOIN classrooms c ON c.school_id = s.id WHERE c.id = $2 \
                 UNION ALL SELECT r.parent_id, above.depth + 1 FROM regions r JOIN above ON above.id = r.id WHERE above.depth < 16)";
    let condition = format!(
        "first_day <= $1 AND last_day >= $1 AND (region_id IS NULL OR region_id IN ({above} SELECT above.id FROM above)) \
         ORDER BY COALESCE(({above} SELECT MIN(above.depth) FROM above WHERE above.id = terms.region_id), 99), id LIMIT 1"
    );
    Ok(find_all(db, &condition, vec![day.to_string().as_str().into(), host.unwrap_or_default().into()]).await?.pop())
}

async fn facts(db: &mut Db, lesson: &PlannedLesson) -> Result<Facts, Fault> {
    let people = sqlx::query("SELECT id, role, classroom FROM participants WHERE lesson_id = $1").bind(&lesson.id).fetch_all(&mut *db).await?;
    let mut participants = HashMap::new();
    for row in &people {
        participants.insert(ParticipantId(row.text("id")?), (row.word("participant", "role")?, row.text_or_none("classroom")?));
    }
    let text = "SELECT id, school_id FROM classrooms WHERE id IN (SELECT classroom_id FROM lesson_receivers WHERE lesson_id = $1)";
    let schools = sqlx::query_as::<_, (String, String)>(text).bind(&lesson.id).fetch_all(&mut *db).await?.into_iter().collect();
    let host = sqlx::query("SELECT school_id FROM classrooms WHERE id = $1").bind(&lesson.host_classroom).fetch_optional(&mut *db).await?;
    Ok(Facts {
        participants,
        memberships: lessons::memberships(db, &lesson.id).await?,
        minutes: minutes::read(db, &lesson.id).await?,
        interactions: interactions::read(db, &lesson.id).await?,
        headcounts: headcounts::read(db, &lesson.id).await?,
        schools,
        host_school: host.map_or(Ok(String::new()), |row| row.text("school_id"))?,
    })
}
