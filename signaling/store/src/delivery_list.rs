//! The deliveries behind a figure of the statistics, the newest first.

use super::deliveries::{COLUMNS, Delivery};
use super::error::Fault;
use super::row::Columns;
use super::statistics::{StatisticsFilter, only};
use super::transaction::reading;
use super::value::{Value, composed, give};
use super::{Store, StoreError};
use sqlx::any::AnyRow;
use timetable::Cause;

/// What became of the deliveries that are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Outcome {
    /// Whatever it was.
    #[default]
    Any,
    /// They were not delivered.
    Missed,
    /// They were not delivered, for this cause.
    Of(Cause),
}

/// Which deliveries are listed.
#[derive(Clone, Debug)]
pub struct DeliveryList<'a> {
    /// The term they lie in.
    pub term: &'a str,
    /// The same as of the statistics.
    pub filter: &'a StatisticsFilter<'a>,
    /// What became of them.
    pub outcome: Outcome,
    /// Only those after this one, the last of the page before: its beginning, lesson and classroom.
    pub after: Option<(u64, &'a str, &'a str)>,
    /// At most so many.
    pub limit: u32,
}

/// A delivery with what its lesson is called and where it is taught.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedDelivery {
    /// It.
    pub delivery: Delivery,
    /// The lesson's title.
    pub title: String,
    /// The period of the host's school.
    pub period: Option<u8>,
    /// Where the lesson is taught.
    pub host_classroom: Option<String>,
}

impl Store {
    /// Deliveries of a term, the newest first.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Unreadable`].
    pub async fn listed_deliveries(&self, list: &DeliveryList<'_>) -> Result<Vec<ListedDelivery>, StoreError> {
        if list.filter.schools.is_some_and(<[String]>::is_empty) {
            return Ok(Vec::new());
        }
        let (text, values) = question(list);
        reading!(self, |db| {
            let query = sqlx::query(composed(text)).persistent(list.filter.schools.is_none());
            let rows = values.into_iter().fold(query, give).fetch_all(db).await?;
            let of = |row: &AnyRow| {
                let (title, period, host_classroom) = (row.text("title")?, row.small_or_none("period")?, row.text_or_none("host_classroom_id")?);
                Ok::<_, Fault>(ListedDelivery { delivery: Delivery::of(row)?, title, period, host_classroom })
            };
            rows.iter().map(of).collect()
        })
    }
}

fn question(list: &DeliveryList<'_>) -> (String, Vec<Value>) {
    let mut values: Vec<Value> = vec![list.term.into(), list.limit.into()];
    let mut only = only(list.filter, &mut values);
    match list.outcome {
        Outcome::Any => {}
        Outcome::Missed => only.push_str(" AND d.cause IS NOT NULL"),
        Outcome::Of(cause) => {
            values.push(cause.code().into());
            only.push_str(&format!(" AND d.cause = ${}", values.len()));
        }
    }
    // Also of the first page, so that the index of beginnings is always the way: else what there is of one term is read and sorted.
    let (start_ms, lesson, classroom) = list.after.unwrap_or((u64::MAX, "", ""));
    let at = values.len();
    values.extend([start_ms.into(), lesson.into(), classroom.into()]);
    only.push_str(&format!(" AND (d.start_ms, d.lesson_id, d.classroom_id) < (${}, ${}, ${})", at + 1, at + 2, at + 3));
    let newest = "ORDER BY d.start_ms DESC, d.lesson_id DESC, d.classroom_id DESC";
    let page = format!("SELECT {} FROM deliveries d WHERE d.term_id = $1{only} {newest} LIMIT $2", COLUMNS.join(", "));
    (format!("SELECT d.*, l.title, l.period, l.host_classroom_id FROM ({page}) d JOIN lessons l ON l.id = d.lesson_id {newest}"), values)
}
