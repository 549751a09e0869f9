//! Counters in the database of what was written: what was read before one of them grew may be old. Processes that share the database share them.

use super::error::Fault;
use super::row::Columns;
use super::transaction::Db;
use super::value::{composed, places};

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counter {
    /// Lessons that were planned, moved, cancelled: whoever books counts first, so that one waits for the other.
    Bookings,
    /// Lessons whose state or switches changed, or that were made without a place in the timetable.
    Lessons,
    /// Lessons that were decided.
    Deliveries,
}

impl Counter {
    fn name(self) -> &'static str {
        match self {
            Self::Bookings => "bookings",
            Self::Lessons => "lessons",
            Self::Deliveries => "deliveries",
        }
    }
}

/// Counts one more.
pub(crate) async fn count(db: &mut Db, counter: Counter) -> Result<(), sqlx::Error> {
    let text = "INSERT INTO meta (name, value) VALUES ($1, '1') \
                ON CONFLICT (name) DO UPDATE SET value = CAST(CAST(meta.value AS BIGINT) + 1 AS TEXT)";
    sqlx::query(text).bind(counter.name()).execute(db).await.map(drop)
}

/// How far they have counted, in one text that is another one after each count.
pub(crate) async fn read(db: &mut Db, counters: &[Counter]) -> Result<String, Fault> {
    let text = format!("SELECT name, value FROM meta WHERE name IN ({}) ORDER BY name", places(1, counters.len()));
    let query = counters.iter().fold(sqlx::query(composed(text)), |query, counter| query.bind(counter.name()));
    let rows = query.fetch_all(db).await?;
    let one = |row: &sqlx::any::AnyRow| Ok(format!("{} {}", row.text("name")?, row.text("value")?));
    Ok(rows.iter().map(one).collect::<Result<Vec<String>, Fault>>()?.join(", "))
}
