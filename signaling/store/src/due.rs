//! The lessons that the bell may have something to do with.

use super::error::Fault;
use super::row::Columns;
use super::transaction::reading;
use super::{Store, StoreError, sql};
use protocol::LessonState;
use sqlx::any::AnyRow;

/// A lesson that was never opened in so long after its beginning is not looked at any more.
const MISSED_MS: u64 = timetable::LONGEST_MS;

/// What decides whether a lesson is to be opened or ended by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueLesson {
    /// Its id.
    pub id: String,
    /// Where it stands.
    pub state: LessonState,
    /// When it is to begin, in milliseconds since 1970 (UTC).
    pub planned_start_ms: Option<u64>,
    /// When it is to end, in milliseconds since 1970 (UTC).
    pub planned_end_ms: Option<u64>,
    /// Whether its host is connected.
    pub host_here: bool,
    /// When its host left last, in milliseconds since 1970 (UTC).
    pub host_left_ms: Option<u64>,
}

impl Store {
    /// Lessons that may be due: scheduled ones that begin before `opens_ms` and whose end is after `now_ms`, open ones that begin after it, and running ones
    /// that were to end before `ends_ms`, each in milliseconds since 1970 (UTC). The earliest first, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Unreadable`].
    pub async fn due_lessons(&self, now_ms: u64, opens_ms: u64, ends_ms: u64, limit: u32) -> Result<Vec<DueLesson>, StoreError> {
        let host = "FROM memberships m JOIN participants p ON p.lesson_id = m.lesson_id AND p.id = m.participant_id \
                    WHERE m.lesson_id = l.id AND p.role = 'host'";
        let columns = format!(
            "SELECT l.id, l.state, l.planned_start_ms, l.planned_end_ms, (SELECT MAX(m.left_ms) {host}) AS host_left_ms, \
             (SELECT COUNT(*) {host} AND m.left_ms IS NULL) AS host_here FROM lessons l"
        );
        let text = format!(
            "{columns} WHERE l.state = 'scheduled' AND l.planned_start_ms > $1 AND l.planned_start_ms <= $2 \
             AND (l.planned_end_ms IS NULL OR l.planned_end_ms > $3) \
             UNION ALL {columns} WHERE l.state = 'open' AND l.planned_start_ms > $2 \
             UNION ALL {columns} WHERE l.state IN ('open', 'live', 'paused') AND l.planned_end_ms <= $4 ORDER BY planned_start_ms, id LIMIT $5"
        );
        reading!(self, |db| {
            let query = sqlx::query(super::value::composed(text)).bind(sql(now_ms.saturating_sub(MISSED_MS))).bind(sql(opens_ms)).bind(sql(now_ms));
            query.bind(sql(ends_ms)).bind(i64::from(limit)).fetch_all(db).await?.iter().map(due).collect()
        })
    }
}

fn due(row: &AnyRow) -> Result<DueLesson, Fault> {
    Ok(DueLesson {
        id: row.text("id")?,
        state: row.word("lesson", "state")?,
        planned_start_ms: row.count_or_none("planned_start_ms")?,
        planned_end_ms: row.count_or_none("planned_end_ms")?,
        host_here: row.count("host_here")? > 0,
        host_left_ms: row.count_or_none("host_left_ms")?,
    })
}
