//! The bells of a school.

use super::error::Fault;
use super::kept::{Kept, Part, Removable, Stored, find, find_all};
use super::listing::Listed;
use super::row::Columns;
use super::transaction::Db;
use super::value::Value;
use super::{StoreError, sql};
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
/// Nothing refers to one: lessons that were made by it have times of their own. But those to come follow the bells.
impl Removable for BellPlan {
    const REMEDY: &'static str = "make other bells for these days first, or change these";

    /// Lessons to come on days that only this plan is in force.
    async fn lost(db: &mut Db, id: &str, now_ms: u64) -> Result<Option<(&'static str, u64)>, Fault> {
        let what: &str = "lessons to come on days without other bells";
        let Some(plan) = find::<Self>(db, id).await? else { return Ok(None) };
        let others = plan.others(db).await?;
        let text = "SELECT day, COUNT(*) AS lessons FROM lessons WHERE state = 'scheduled' AND changed_by_hand = 0 AND planned_start_ms > $2 AND day IS NOT NULL \
                    AND entry_id IN (SELECT id FROM entries WHERE closed_ms IS NULL) AND host_classroom_id IN (SELECT id FROM classrooms WHERE school_id = $1) \
                    GROUP BY day";
        let mut lost = 0;
        for row in sqlx::query(text).bind(&plan.school).bind(sql(now_ms)).fetch_all(db).await? {
            let day = row.text("day")?;
            if plan.is_in_force(&day) && !others.iter().any(|other| other.is_in_force(&day)) {
                lost += row.count("lessons")?;
            }
        }
        Ok((lost > 0).then_some((what, lost)))
    }
}

impl BellPlan {
    /// Whether it has a day, as `YYYY-MM-DD`, among its own.
    fn is_in_force(&self, day: &str) -> bool {
        self.from_day.as_deref().is_none_or(|from| from <= day) && self.to_day.as_deref().is_none_or(|to| day <= to)
    }

    /// The other plans of its school, which nobody else changes until this is written.
    async fn others(&self, db: &mut Db) -> Result<Vec<Self>, Fault> {
        sqlx::query("UPDATE schools SET version = version WHERE id = $1").bind(&self.school).execute(&mut *db).await?;
        find_all::<Self>(db, "school_id = $1 AND id <> $2", vec![(&self.school).into(), (&self.id).into()]).await
    }
}

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
        // Two plans may contradict each other that are right by themselves.
        Ok(self.beside(&self.others(db).await?)?)
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
