//! What became of a term's lessons, summed by region, alliance, school, host school, subject, teacher or week.
//!
//! Everything is counted where it is received: a school's figures are those of its receiving classrooms, whoever taught them; a host school's are those of the
//! classrooms it taught. A region's are those of the
//! schools in it (not of the regions within it), an alliance's those of its members at the end of each week.

use super::answers::Rows;
use super::counters::Counter;
use super::error::Fault;
use super::row::{Columns, words};
use super::sums::{SUMMED, Sums};
use super::transaction::reading;
use super::value::{Value, composed, give, places};
use super::{Store, StoreError};
use sqlx::any::AnyRow;
use std::ops::RangeInclusive;

words! {
    /// What statistics are summed by.
    StatisticsBy {
        /// Everything in one row, with an empty key.
        Term = "term",
        /// The receiving school's region.
        Region = "region",
        /// The receiving school's alliances; one of two alliances counts for both.
        Alliance = "alliance",
        /// The receiving classroom's school.
        School = "school",
        /// The host classroom's school: who taught.
        HostSchool = "host_school",
        /// The subject, which is its own key.
        Subject = "subject",
        /// The lead teacher.
        Teacher = "teacher",
        /// The week of the term; the key is its number.
        Week = "week",
    }
}

/// Which lessons are counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatisticsFilter<'a> {
    /// Only those received by these schools; none at all for an empty list.
    pub schools: Option<&'a [String]>,
    /// Only those received by schools that were members of this alliance at the end of the lesson's week.
    pub alliance: Option<&'a str>,
    /// Only those that this school taught.
    pub host_school: Option<&'a str>,
    /// Only those of this subject.
    pub subject: Option<&'a str>,
    /// Only those of this lead teacher.
    pub teacher: Option<&'a str>,
    /// Only those of these weeks, from 1.
    pub weeks: Option<RangeInclusive<u8>>,
}

/// A question that was asked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Question {
    term: String,
    by: StatisticsBy,
    schools: Option<Vec<String>>,
    alliance: Option<String>,
    host_school: Option<String>,
    subject: Option<String>,
    teacher: Option<String>,
    weeks: Option<(u8, u8)>,
}

impl Question {
    fn new(term: &str, by: StatisticsBy, filter: &StatisticsFilter<'_>) -> Self {
        Self {
            term: term.to_owned(),
            by,
            schools: filter.schools.map(<[String]>::to_vec),
            alliance: filter.alliance.map(str::to_owned),
            host_school: filter.host_school.map(str::to_owned),
            subject: filter.subject.map(str::to_owned),
            teacher: filter.teacher.map(str::to_owned),
            weeks: filter.weeks.as_ref().map(|weeks| (*weeks.start(), *weeks.end())),
        }
    }
}

/// A line of statistics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatisticsRow {
    /// The id of the region, alliance, school, host school or teacher; the subject; the number of the week. Empty where a lesson has none.
    pub key: String,
    /// The name on screen of a region, alliance, school, host school or teacher; otherwise the key.
    pub name: String,
    /// The sums.
    pub sums: Sums,
}

/// The lines, and the sums of all of them, in which a lesson of two lines is counted once.
#[derive(Clone, Debug, Default)]
pub struct Statistics {
    /// One for each of what was asked by that has anything planned, in the order of keys; weeks by number.
    pub rows: Rows<StatisticsRow>,
    /// Of the whole term, as far as it was asked for.
    pub total: Sums,
}

/// Where the sums are taken from: one row for each week, subject and classroom, or the deliveries themselves.
struct Source {
    table: &'static str,
    sum: fn((&str, &str)) -> String,
    /// How many different lessons.
    lessons: &'static str,
}

const SUMS: Source = Source { table: "delivery_sums", sum: |(name, _)| format!("CAST(SUM(d.{name}) AS BIGINT) AS {name}"), lessons: "CAST(NULL AS BIGINT)" };
const DELIVERIES: Source =
    Source { table: "deliveries", sum: |(name, of_one)| format!("CAST(SUM({of_one}) AS BIGINT) AS {name}"), lessons: "COUNT(DISTINCT d.lesson_id)" };

impl Store {
    /// The statistics of a term. An answer that is asked for again is given from memory, until a lesson is decided; names and alliances in it are at most
    /// 30 s old.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn statistics(&self, term: &str, by: StatisticsBy, filter: &StatisticsFilter<'_>) -> Result<Statistics, StoreError> {
        if filter.schools.is_some_and(<[String]>::is_empty) {
            return Ok(Statistics::default());
        }
        // Before the answer is read: what is decided meanwhile makes it old at once.
        let version = self.as_of(&[Counter::Deliveries]).await?;
        let answer = async |by| self.memory.statistics.get(Question::new(term, by, filter), version.clone(), self.summed(term, by, filter)).await;
        let (rows, total) = (answer(by).await?, answer(StatisticsBy::Term).await?);
        Ok(Statistics { rows, total: total.first().map(|row| row.sums).unwrap_or_default() })
    }

    async fn summed(&self, term: &str, by: StatisticsBy, filter: &StatisticsFilter<'_>) -> Result<Vec<StatisticsRow>, StoreError> {
        let (text, values) = question(term, by, filter);
        let _turn = self.long_turn().await;
        reading!(self, |db| {
            let query = sqlx::query(composed(text)).persistent(filter.schools.is_none());
            let rows = values.into_iter().fold(query, give).fetch_all(db).await?;
            let mut rows = rows.iter().map(row).collect::<Result<Vec<StatisticsRow>, Fault>>()?;
            rows.retain(|row| row.sums.planned > 0);
            rows.sort_by(|a, b| by.order(a).cmp(&by.order(b)));
            Ok(rows)
        })
    }
}

impl StatisticsBy {
    /// The key in SQL, what has to be joined to `d` of a table and the term `$1` for it, and the table of names.
    fn sql(self, table: &str) -> (&'static str, String, Option<&'static str>) {
        match self {
            Self::Term => ("''", String::new(), None),
            Self::Region => ("COALESCE(s.region_id, '')", "JOIN schools s ON s.id = d.school_id".to_owned(), Some("regions")),
            Self::Alliance => ("m.alliance_id", members(table), Some("alliances")),
            Self::School => ("d.school_id", String::new(), Some("schools")),
            Self::HostSchool => ("d.host_school_id", String::new(), Some("schools")),
            Self::Subject => ("d.subject", String::new(), None),
            Self::Teacher => ("d.teacher_id", String::new(), Some("people")),
            Self::Week => ("CAST(d.week AS TEXT)", String::new(), None),
        }
    }

    /// Weeks by number, everything else by key.
    fn order(self, row: &StatisticsRow) -> (u8, &str) {
        match self {
            Self::Week => (row.key.parse().unwrap_or_default(), ""),
            _ => (0, &row.key),
        }
    }
}

/// Who was in which alliance at the end of each week: once, whatever the register says.
fn members(table: &str) -> String {
    format!(
        "JOIN (SELECT DISTINCT member.alliance_id, member.school_id, weeks.week_end FROM alliance_members member \
         JOIN (SELECT DISTINCT week_end FROM {table} WHERE term_id = $1) weeks \
         ON member.from_day <= weeks.week_end AND (member.to_day IS NULL OR member.to_day >= weeks.week_end)) m \
         ON m.school_id = d.school_id AND m.week_end = d.week_end"
    )
}

fn question(term: &str, by: StatisticsBy, filter: &StatisticsFilter<'_>) -> (String, Vec<Value>) {
    // The sums do not know who taught.
    let who_taught = matches!(by, StatisticsBy::Teacher | StatisticsBy::HostSchool) || filter.teacher.is_some() || filter.host_school.is_some();
    let source = if who_taught { DELIVERIES } else { SUMS };
    let (key, join, names) = by.sql(source.table);
    let mut values: Vec<Value> = vec![term.into()];
    let only = only(filter, &mut values);
    let sums = SUMMED.map(source.sum).join(", ");
    let Source { table, lessons, .. } = source;
    let summed = format!(
        "SELECT {key} AS key, {sums}, COUNT(DISTINCT d.classroom_id) AS classrooms, \
         COUNT(DISTINCT CASE WHEN d.delivered > 0 THEN d.classroom_id END) AS covered, {lessons} AS lessons \
         FROM {table} d {join} WHERE d.term_id = $1{only} GROUP BY 1"
    );
    let named = names.map_or_else(String::new, |names| format!("LEFT JOIN {names} n ON n.id = x.key"));
    let name = if names.is_some() { "COALESCE(n.name, x.key)" } else { "x.key" };
    (format!("SELECT x.*, {name} AS name FROM ({summed}) x {named}"), values)
}

/// The conditions on `d`, a table of deliveries or sums, each with its `AND`; their values are added.
pub(crate) fn only(filter: &StatisticsFilter<'_>, values: &mut Vec<Value>) -> String {
    let mut only = String::new();
    if let Some(schools) = filter.schools {
        only.push_str(&format!(" AND d.school_id IN ({})", places(values.len() + 1, schools.len())));
        values.extend(schools.iter().map(Value::from));
    }
    if let Some(alliance) = filter.alliance {
        values.push(alliance.into());
        only.push_str(&format!(
            " AND EXISTS (SELECT 1 FROM alliance_members f WHERE f.alliance_id = ${} AND f.school_id = d.school_id \
             AND f.from_day <= d.week_end AND (f.to_day IS NULL OR f.to_day >= d.week_end))",
            values.len()
        ));
    }
    for (column, value) in [("host_school_id", filter.host_school), ("subject", filter.subject), ("teacher_id", filter.teacher)] {
        if let Some(value) = value {
            values.push(value.into());
            only.push_str(&format!(" AND d.{column} = ${}", values.len()));
        }
    }
    if let Some(weeks) = &filter.weeks {
        only.push_str(&format!(" AND d.week BETWEEN ${} AND ${}", values.len() + 1, values.len() + 2));
        values.extend([Value::from(*weeks.start()), Value::from(*weeks.end())]);
    }
    only
}

fn row(row: &AnyRow) -> Result<StatisticsRow, Fault> {
    let sums = Sums {
        planned: row.count("planned")?,
        delivered: row.count("delivered")?,
        attended: row.count("attended")?,
        punctual: row.count("punctual")?,
        cancelled: row.count("cancelled")?,
        power: row.count("power")?,
        network: row.count("network")?,
        absent: row.count("absent")?,
        host: row.count("host")?,
        interactive: row.count("interactive")?,
        hands: row.count("hands")?,
        calls: row.count("calls")?,
        answers: row.count("answers")?,
        planned_s: row.count("planned_s")?,
        fault_s: row.count("fault_s")?,
        speech_s: row.count("speech_s")?,
        headcount: row.count("headcount")?,
        classrooms: row.count("classrooms")?,
        covered: row.count("covered")?,
        lessons: row.count_or_none("lessons")?,
    };
    Ok(StatisticsRow { key: row.text("key")?, name: row.text("name")?, sums })
}
