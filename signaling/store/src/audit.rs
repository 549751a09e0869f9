//! Who did what, when and from where. Only ever added to.

use super::error::Fault;
use super::row::Columns;
use super::transaction::{reading, writing};
use super::value::composed;
use super::{Store, StoreError, sql};
use sqlx::any::AnyRow;

/// One thing that was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditLine {
    /// Its id.
    pub id: String,
    /// When, in milliseconds since 1970 (UTC).
    pub at_ms: u64,
    /// Who; none: nobody who is known, or the operator of the machine.
    pub person: Option<String>,
    /// From which address.
    pub address: String,
    /// What, for example `lesson.cancel`.
    pub act: String,
    /// To what kind of thing.
    pub thing: String,
    /// To which.
    pub thing_id: String,
    /// More, as JSON.
    pub detail: String,
}

/// Which lines are wanted, the latest first.
#[derive(Clone, Copy, Debug, Default)]
pub struct AuditList<'a> {
    /// Only this person's.
    pub person: Option<&'a str>,
    /// Only about this kind of thing.
    pub thing: Option<&'a str>,
    /// Only about this thing.
    pub thing_id: Option<&'a str>,
    /// Only those before this one: time and id of the last of the page before.
    pub before: Option<(u64, &'a str)>,
    /// At most so many, 1 to 1,000.
    pub limit: u32,
}

fn line(row: &AnyRow) -> Result<AuditLine, Fault> {
    Ok(AuditLine {
        id: row.text("id")?,
        at_ms: row.count("at_ms")?,
        person: row.text_or_none("person_id")?,
        address: row.text("address")?,
        act: row.text("act")?,
        thing: row.text("thing")?,
        thing_id: row.text("thing_id")?,
        detail: row.text("detail")?,
    })
}

impl Store {
    /// Adds a line.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn add_audit(&self, line: &AuditLine) -> Result<(), StoreError> {
        let text = "INSERT INTO audit (id, at_ms, person_id, address, act, thing, thing_id, detail) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        writing!(self, |db| {
            let query = sqlx::query(text).bind(&line.id).bind(sql(line.at_ms)).bind(&line.person).bind(&line.address).bind(&line.act);
            Ok(query.bind(&line.thing).bind(&line.thing_id).bind(&line.detail).execute(db).await.map(drop)?)
        })
    }

    /// Lines, the latest first.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn audit(&self, list: &AuditList<'_>) -> Result<Vec<AuditLine>, StoreError> {
        let wanted = [("person_id", list.person), ("thing", list.thing), ("thing_id", list.thing_id)];
        let wanted: Vec<(&str, &str)> = wanted.into_iter().filter_map(|(column, value)| Some((column, value?))).collect();
        let only: String = wanted.iter().enumerate().map(|(index, (column, _))| format!(" AND {column} = ${}", index + 4)).collect();
        let text = format!(
            "SELECT id, at_ms, person_id, address, act, thing, thing_id, detail FROM audit WHERE (at_ms < $1 OR (at_ms = $1 AND id < $2)){only} \
             ORDER BY at_ms DESC, id DESC LIMIT $3"
        );
        let (at, id) = list.before.unwrap_or((u64::MAX, ""));
        reading!(self, |db| {
            let mut query = sqlx::query(composed(text)).bind(sql(at)).bind(id).bind(i64::from(list.limit.clamp(1, 1_000)));
            for (_, value) in wanted {
                query = query.bind(value);
            }
            query.fetch_all(db).await?.iter().map(line).collect()
        })
    }
}
