//! The bells of a school.

use super::StoreError;
use super::error::Fault;
use super::kept::{Kept, Part, Removable, Stored, find_all};
use super::listing::Listed;
use super::row::Columns;
use super::transaction::Db;
use super::value::Value;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

/// A period (节次).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct BellPeriod {
    /// 1 to 20.
    pub number: u8,
    /// Minutes from midnight, less than `end_min`.
    pub start_min: u16,
    /// Minutes from midnight, at most 1,440.
    pub end_min: u16,
}

/// The bells of a school, for a season.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct BellPlan {
    /// Its id.
    #[serde(default)]
    #[schema(pattern = "^[A-Za-z0-9_-]{1,64}$", required = true)]
    pub id: String,
    /// The school's id.
    pub school: String,
    /// Its name on screen, for example 夏季作息.
    pub name: String,
    /// Its first day, as `YYYY-MM-DD`; none: from always. A plan without both days is for the whole year, but for the days of plans with dates.
    pub from_day: Option<String>,
    /// Its last day, as `YYYY-MM-DD`; none: for ever.
    pub to_day: Option<String>,
    /// By number.
    pub periods: Vec<BellPeriod>,
    /// Counted up with each change, also of periods; 1 when made.
    #[serde(default)]
    #[schema(read_only, required = true)]
    pub version: u64,
}

impl Kept for BellPlan {}
/// Nothing refers to one: lessons that were made by it have times of their own.
impl Removable for BellPlan {}
impl Stored for BellPlan {
    const NAME: &'static str = "bell plan";
    const TABLE: &'static str = "bell_plans";
    const COLUMNS: &'static [&'static str] = &["school_id", "name", "from_day", "to_day"];
    const OWNER: &'static str = "school_id";
    const PARTS: &'static [Part] = &[Part { table: "bell_periods", owner: "bell_plan_id", columns: &["number", "start_min", "end_min"], order: "number" }];

    fn id(&self) -> &str {
        &self.id
    }
    fn version(&self) -> u64 {
        self.version
    }
    fn check(&self) -> Result<(), StoreError> {
        self.rules().map(drop)
    }
    async fn check_beside(&self, db: &mut Db) -> Result<(), Fault> {
        // Whoever writes bells of one school waits for the other: two plans may contradict each other that are right by themselves.
        sqlx::query("UPDATE schools SET version = version WHERE id = $1").bind(&self.school).execute(&mut *db).await?;
        let others = find_all::<Self>(db, "school_id = $1 AND id <> $2", vec![(&self.school).into(), (&self.id).into()]).await?;
        Ok(self.beside(&others)?)
    }
    fn values(&self) -> Vec<Value> {
        vec![(&self.school).into(), (&self.name).into(), (&self.from_day).into(), (&self.to_day).into()]
    }
    fn of(row: &Listed<'_>) -> Result<Self, Fault> {
        Ok(Self {
            id: row.text("id")?,
            school: row.text("school_id")?,
            name: row.text("name")?,
            from_day: row.text_or_none("from_day")?,
            to_day: row.text_or_none("to_day")?,
            periods: Vec::new(),
            version: row.count("version")?,
        })
    }
    fn parts(&self) -> Vec<Vec<Vec<Value>>> {
        vec![self.periods.iter().map(|period| vec![period.number.into(), period.start_min.into(), period.end_min.into()]).collect()]
    }
    fn take_part(&mut self, _part: usize, row: &Listed<'_>) -> Result<(), Fault> {
        self.periods.push(BellPeriod { number: row.small("number")?, start_min: row.small("start_min")?, end_min: row.small("end_min")? });
        Ok(())
    }
}
