//! Lessons and attendance.

use super::bookings::{self, Wanted};
use super::counters::{Counter, count};
use super::error::Fault;
use super::planned::PlannedLesson;
use super::row::Columns;
use super::transaction::{Db, reading, writing};
use super::value::{composed, places};
use super::{Store, StoreError, kept, sql, unix_ms};
use crate::record::LessonRow;
use protocol::{LessonState, ParticipantId};
use sqlx::any::AnyRow;

/// A lesson to be made.
#[derive(Clone, Debug, PartialEq)]
pub struct NewLesson {
    /// 1 to 64 of `A-Z a-z 0-9 _ -`: it stands in URLs.
    pub id: String,
    /// 1 to 200 characters.
    pub title: String,
    /// Usually `Open` (now) or `Scheduled`.
    pub state: LessonState,
    /// The host's classroom, if it is in the register.
    pub host_classroom: Option<String>,
    /// When it is to begin, in milliseconds since 1970 (UTC). A scheduled lesson opens 10 minutes before.
    pub planned_start_ms: Option<u64>,
    /// When it is to end, in milliseconds since 1970 (UTC).
    pub planned_end_ms: Option<u64>,
}

impl NewLesson {
    /// An ad-hoc lesson, open now.
    pub fn open_now(id: impl Into<String>, title: impl Into<String>) -> Self {
        Self { id: id.into(), title: title.into(), state: LessonState::Open, host_classroom: None, planned_start_ms: None, planned_end_ms: None }
    }
}

/// One interval in which a participant was connected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// Who.
    pub participant: ParticipantId,
    /// In milliseconds since 1970 (UTC).
    pub joined_ms: u64,
    /// In milliseconds since 1970 (UTC); none while connected.
    pub left_ms: Option<u64>,
    /// It left by itself, or the lesson ended with it; otherwise it vanished, or is there.
    pub goodbye: bool,
}

const COLUMNS: &str =
    "SELECT id, title, state, host_classroom_id, planned_start_ms, planned_end_ms, live_since_ms, ended_ms, kind, switches FROM lessons WHERE id = $1";

impl Store {
    /// Makes a lesson; one with a classroom and planned times books that classroom.
    ///
    /// # Errors
    /// [`StoreError::Clash`], [`StoreError::Exists`], [`StoreError::Invalid`] for an unusable id or title, [`StoreError::Database`].
    pub async fn create_lesson(&self, lesson: &NewLesson) -> Result<(), StoreError> {
        check(lesson)?;
        let text = "INSERT INTO lessons (id, title, state, host_classroom_id, planned_start_ms, planned_end_ms, live_since_ms, created_ms) \
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO NOTHING";
        let now = sql(unix_ms());
        let live_since = (lesson.state == LessonState::Live).then_some(now);
        let planned = planned(lesson);
        planned.as_ref().map_or(Ok(()), kept::check)?;
        writing!(self, |db| {
            if planned.is_some() {
                bookings::take_turn(db).await?;
            }
            let query = sqlx::query(text).bind(&lesson.id).bind(&lesson.title).bind(lesson.state.name()).bind(&lesson.host_classroom);
            let query = query.bind(lesson.planned_start_ms.map(sql)).bind(lesson.planned_end_ms.map(sql)).bind(live_since).bind(now);
            if query.execute(&mut *db).await?.rows_affected() == 0 {
                return Err(StoreError::Exists { thing: "lesson", id: lesson.id.clone() }.into());
            }
            let Some(planned) = &planned else { return Ok(count(db, Counter::Lessons).await?) };
            bookings::book(db, self.engine, &Wanted::of(planned)).await
        })
    }

    /// A lesson.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Unreadable`].
    pub async fn lesson(&self, id: &str) -> Result<Option<LessonRow>, StoreError> {
        reading!(self, |db| read(db, id).await)
    }

    /// The lessons that are open, live or paused, oldest first; at most 1,000.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Unreadable`].
    pub async fn current_lessons(&self) -> Result<Vec<LessonRow>, StoreError> {
        let text = "SELECT id, title, state, host_classroom_id, planned_start_ms, planned_end_ms, live_since_ms, ended_ms, kind, switches \
                    FROM lessons WHERE state IN ('open', 'live', 'paused') ORDER BY created_ms, id LIMIT 1000";
        reading!(self, |db| sqlx::query(text).fetch_all(db).await?.iter().map(lesson_row).collect())
    }

    /// Makes a lesson live that is scheduled, open or paused, while no server holds it. Says whether it was one.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn begin_lesson(&self, id: &str) -> Result<bool, StoreError> {
        let text = "UPDATE lessons SET state = 'live', live_since_ms = COALESCE(live_since_ms, $2) WHERE id = $1 AND state IN ('scheduled', 'open', 'paused')";
        writing!(self, |db| {
            let begun = sqlx::query(text).bind(id).bind(sql(unix_ms())).execute(&mut *db).await?.rows_affected() > 0;
            count(db, Counter::Lessons).await?;
            Ok(begun)
        })
    }

    /// Says of scheduled lessons that they took place as planned: history that no server of ours saw.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn end_lessons(&self, ids: &[&str]) -> Result<(), StoreError> {
        writing!(self, |db| {
            for ids in ids.chunks(500) {
                let text = format!(
                    "UPDATE lessons SET state = 'ended', live_since_ms = planned_start_ms, ended_ms = planned_end_ms WHERE state = 'scheduled' AND id IN ({})",
                    places(1, ids.len())
                );
                let query = ids.iter().fold(sqlx::query(composed(text)).persistent(false), |query, id| query.bind(*id));
                query.execute(&mut *db).await?;
            }
            Ok(count(db, Counter::Lessons).await?)
        })
    }

    /// Who was connected when, in the order of joining.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn memberships(&self, lesson: &str) -> Result<Vec<Membership>, StoreError> {
        reading!(self, |db| memberships(db, lesson).await)
    }

    /// Ends the intervals that a killed server left open, at its last heartbeat: memberships, and hands, calls and answers with them. For the server's
    /// start; returns how many memberships.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn close_open_memberships(&self) -> Result<u64, StoreError> {
        // Whoever joined after the last heartbeat was there for a moment at least.
        let text = "UPDATE memberships SET left_ms = CASE WHEN joined_ms > $1 THEN joined_ms ELSE $1 END WHERE left_ms IS NULL";
        let also = "UPDATE interactions SET until_ms = CASE WHEN at_ms > $1 THEN at_ms ELSE $1 END WHERE until_ms IS NULL";
        writing!(self, |db| {
            let beat: Option<(String,)> = sqlx::query_as("SELECT value FROM meta WHERE name = 'heartbeat_ms'").fetch_optional(&mut *db).await?;
            let beat = beat.and_then(|(value,)| value.parse::<i64>().ok()).unwrap_or_default();
            sqlx::query(also).bind(beat).execute(&mut *db).await?;
            Ok(sqlx::query(text).bind(beat).execute(db).await?.rows_affected())
        })
    }
}

/// Reads who was connected when.
pub(crate) async fn memberships(db: &mut Db, lesson: &str) -> Result<Vec<Membership>, Fault> {
    let text = "SELECT participant_id, joined_ms, left_ms, goodbye FROM memberships WHERE lesson_id = $1 ORDER BY joined_ms, participant_id";
    let membership = |row: &AnyRow| {
        let (joined_ms, left_ms) = (row.count("joined_ms")?, row.count_or_none("left_ms")?);
        Ok(Membership { participant: ParticipantId(row.text("participant_id")?), joined_ms, left_ms, goodbye: row.truth("goodbye")? })
    };
    sqlx::query(text).bind(lesson).fetch_all(db).await?.iter().map(membership).collect()
}

/// What a lesson that is made by hand books.
fn planned(lesson: &NewLesson) -> Option<PlannedLesson> {
    lesson.host_classroom.as_ref()?;
    Some(PlannedLesson {
        id: lesson.id.clone(),
        title: lesson.title.clone(),
        state: lesson.state,
        entry: None,
        day: None,
        period: None,
        kind: None,
        subject: None,
        teacher: None,
        assistants: Vec::new(),
        host_classroom: lesson.host_classroom.clone(),
        receivers: Vec::new(),
        start_ms: lesson.planned_start_ms?,
        end_ms: lesson.planned_end_ms?,
        reason: None,
        changed_by_hand: true,
        switches: None,
        version: 1,
    })
}

/// Reads a lesson.
pub(crate) async fn read(db: &mut Db, id: &str) -> Result<Option<LessonRow>, Fault> {
    sqlx::query(COLUMNS).bind(id).fetch_optional(db).await?.as_ref().map(lesson_row).transpose()
}

fn lesson_row(row: &AnyRow) -> Result<LessonRow, Fault> {
    Ok(LessonRow {
        id: row.text("id")?,
        title: row.text("title")?,
        state: row.word("lesson", "state")?,
        host_classroom: row.text_or_none("host_classroom_id")?,
        planned_start_ms: row.count_or_none("planned_start_ms")?,
        planned_end_ms: row.count_or_none("planned_end_ms")?,
        live_since_ms: row.count_or_none("live_since_ms")?,
        ended_ms: row.count_or_none("ended_ms")?,
        kind: row.word_or_none("lesson", "kind")?,
        switches: row.text_or_none("switches")?,
    })
}

/// Whether an id may stand in URLs and tokens.
pub fn usable_id(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

fn check(lesson: &NewLesson) -> Result<(), StoreError> {
    if !usable_id(&lesson.id) {
        return Err(StoreError::invalid("lesson id", &lesson.id, "use 1 to 64 of A-Z a-z 0-9 _ -"));
    }
    kept::check_name("lesson title", &lesson.title)
}
