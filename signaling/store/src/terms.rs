//! Terms and the days in them that are not what their date says.

use super::StoreError;
use super::answers::Answers;
use super::counters::Counter;
use super::error::Fault;
use super::kept::{Kept, Part, Referrer, Removable, Stored};
use super::listing::Listed;
use super::memory::Memory;
use super::row::{Columns, words};
use super::transaction::Db;
use super::value::Value;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

words! {
    /// Why a day is not what its date says.
    TermDayKind {
        /// No lessons.
        Holiday = "holiday",
        /// Taught as another weekday (调休).
        MakeUp = "make_up",
    }
}

/// A day of a term that is not what its date says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct TermDay {
    /// As `YYYY-MM-DD`, within the term.
    pub day: String,
    /// Why.
    pub kind: TermDayKind,
    /// The weekday it is taught as, 1 (Monday) to 7; a make-up day has one.
    pub weekday: Option<u8>,
    /// The week it is taught as; none: its own.
    pub week: Option<u8>,
    /// Its name, for example 国庆节.
    pub name: String,
}

/// A term (学期).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct Term {
    /// Its id.
    #[serde(default)]
    #[schema(pattern = "^[A-Za-z0-9_-]{1,64}$", required = true)]
    pub id: String,
    /// The region it is of; none: everybody's.
    pub region: Option<String>,
    /// Its name on screen.
    pub name: String,
    /// As `YYYY-MM-DD`.
    pub first_day: String,
    /// As `YYYY-MM-DD`, not before the first.
    pub last_day: String,
    /// Holidays and make-up days, by day.
    pub days: Vec<TermDay>,
    /// Counted up with each change, also of days; 1 when made.
    #[serde(default)]
    #[schema(read_only, required = true)]
    pub version: u64,
}

impl Kept for Term {}
impl Removable for Term {
    const REFERRERS: &'static [Referrer] = &[
        Referrer { what: "entries", counted: "FROM entries WHERE term_id = $1" },
        Referrer { what: "pairings", counted: "FROM pairings WHERE term = $1" },
        Referrer { what: "classrooms' results", counted: "FROM deliveries WHERE term_id = $1" },
    ];
    const REMEDY: &'static str = "a term that was taught stays; of one that was not, change its days instead";
}
impl Stored for Term {
    const NAME: &'static str = "term";
    const TABLE: &'static str = "terms";
    const COLUMNS: &'static [&'static str] = &["region_id", "name", "first_day", "last_day"];
    const OWNER: &'static str = "region_id";
    const PARTS: &'static [Part] = &[Part { table: "term_days", owner: "term_id", columns: &["day", "kind", "weekday", "week", "name"], order: "day" }];
    const COUNTER: Option<Counter> = Some(Counter::Terms);

    fn kept(memory: &Memory) -> Option<&Answers<String, Self>> {
        Some(&memory.terms)
    }
    fn id(&self) -> &str {
        &self.id
    }
    fn version(&self) -> u64 {
        self.version
    }
    fn check(&self) -> Result<(), StoreError> {
        self.rules().map(drop)
    }
    /// A lesson made by hand is in one term: that of its region on the day.
    async fn check_beside(&self, db: &mut Db) -> Result<(), Fault> {
        // Nobody else makes one for the region until this is written.
        sqlx::query("UPDATE regions SET version = version WHERE id = $1").bind(&self.region).execute(&mut *db).await?;
        let text = "SELECT id FROM terms WHERE COALESCE(region_id, '') = $1 AND id <> $2 AND first_day <= $3 AND last_day >= $4 LIMIT 1";
        let query = sqlx::query(text).bind(self.region.as_deref().unwrap_or_default()).bind(&self.id).bind(&self.last_day).bind(&self.first_day);
        match query.fetch_optional(&mut *db).await? {
            None => Ok(()),
            Some(_) => {
                let days = format!("{}–{}", self.first_day, self.last_day);
                Err(StoreError::invalid("days of a term", &days, "give days that no other term of the region has").into())
            }
        }
    }
    fn values(&self) -> Vec<Value> {
        vec![(&self.region).into(), (&self.name).into(), (&self.first_day).into(), (&self.last_day).into()]
    }
    fn of(row: &Listed<'_>) -> Result<Self, Fault> {
        Ok(Self {
            id: row.text("id")?,
            region: row.text_or_none("region_id")?,
            name: row.text("name")?,
            first_day: row.text("first_day")?,
            last_day: row.text("last_day")?,
            days: Vec::new(),
            version: row.count("version")?,
        })
    }
    fn parts(&self) -> Vec<Vec<Vec<Value>>> {
        let day = |day: &TermDay| vec![(&day.day).into(), day.kind.name().into(), day.weekday.into(), day.week.into(), (&day.name).into()];
        vec![self.days.iter().map(day).collect()]
    }
    fn take_part(&mut self, _part: usize, row: &Listed<'_>) -> Result<(), Fault> {
        self.days.push(TermDay {
            day: row.text("day")?,
            kind: row.word("term day", "kind")?,
            weekday: row.small_or_none("weekday")?,
            week: row.small_or_none("week")?,
            name: row.text("name")?,
        });
        Ok(())
    }
}
