//! Counters in the database of what was written: what was read before one of them grew may be old. Processes that share the database share them.

use super::error::Fault;
use super::row::Columns;
use super::transaction::Db;
use sqlx::any::AnyRow;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counter {
    /// Lessons that were planned, moved, cancelled: whoever books counts first, so that one waits for the other.
    Bookings,
    /// Lessons whose state or switches changed, or that were made without a place in the timetable.
    Lessons,
    /// Lessons that were decided.
    Deliveries,
    /// Changes of whom a session lets in as what: sessions that end, second factors, passwords, people, grants. Not that somebody signs in.
    Accounts,
    /// Terms that were changed or removed.
    Terms,
}

impl Counter {
    fn name(self) -> &'static str {
        match self {
            Self::Bookings => "bookings",
            Self::Lessons => "lessons",
            Self::Deliveries => "deliveries",
            Self::Accounts => "accounts",
            Self::Terms => "terms",
        }
    }
}

/// Counts one more.
pub(crate) async fn count(db: &mut Db, counter: Counter) -> Result<(), sqlx::Error> {
    let text = "INSERT INTO meta (name, value) VALUES ($1, '1') \
                ON CONFLICT (name) DO UPDATE SET value = CAST(CAST(meta.value AS BIGINT) + 1 AS TEXT)";
    sqlx::query(text).bind(counter.name()).execute(db).await.map(drop)
}

/// How far all have counted.
#[derive(Debug)]
pub(crate) struct Counted(Vec<(String, String)>);

impl Counted {
    /// How far these have counted, in one text that is another one after each count.
    pub(crate) fn version(&self, counters: &[Counter]) -> String {
        let of = |counter: &Counter| self.0.iter().find(|(name, _)| name == counter.name()).map_or("0", |(_, value)| value);
        counters.iter().map(|counter| format!("{} {}", counter.name(), of(counter))).collect::<Vec<_>>().join(", ")
    }
}

/// Reads all.
pub(crate) async fn read(db: &mut Db) -> Result<Counted, Fault> {
    let rows = sqlx::query("SELECT name, value FROM meta").fetch_all(db).await?;
    let one = |row: &AnyRow| Ok((row.text("name")?, row.text("value")?));
    Ok(Counted(rows.iter().map(one).collect::<Result<_, Fault>>()?))
}
