//! How many pupils are there, as somebody in the classroom counted.

use super::error::Fault;
use super::row::Columns;
use super::transaction::{Db, reading, writing};
use super::{Store, StoreError, lessons, sql};
use sqlx::any::AnyRow;

/// More pupils than any classroom holds.
const MOST_PUPILS: u32 = 500;

/// A count of pupils.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Headcount {
    /// The classroom: its id in the register, or what its token names.
    pub classroom: String,
    /// How many, 0 to 500.
    pub pupils: u32,
    /// When, in milliseconds since 1970 (UTC).
    pub at_ms: u64,
    /// Who counted: a person's id, or the identity of a token.
    pub by: String,
}

impl Store {
    /// Writes a count down; the latest of a classroom holds. A lesson whose deliveries are decided is decided again.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where there is no such lesson, [`StoreError::Invalid`] for more than 500 pupils, [`StoreError::Database`].
    pub async fn put_headcount(&self, lesson: &str, headcount: &Headcount) -> Result<(), StoreError> {
        if headcount.pupils > MOST_PUPILS {
            return Err(StoreError::invalid("number of pupils", &headcount.pupils.to_string(), "use 0 to 500"));
        }
        let text = "INSERT INTO headcounts (lesson_id, classroom, at_ms, pupils, counted_by) VALUES ($1, $2, $3, $4, $5) \
                    ON CONFLICT (lesson_id, classroom, at_ms) DO UPDATE SET pupils = excluded.pupils, counted_by = excluded.counted_by";
        writing!(self, |db| {
            if lessons::read(db, lesson).await?.is_none() {
                return Err(StoreError::Missing { thing: "lesson", id: lesson.to_owned() }.into());
            }
            let query = sqlx::query(text).bind(lesson).bind(&headcount.classroom).bind(sql(headcount.at_ms));
            query.bind(i64::from(headcount.pupils)).bind(&headcount.by).execute(&mut *db).await?;
            let again = "UPDATE lessons SET decided_ms = NULL WHERE id = $1";
            Ok(sqlx::query(again).bind(lesson).execute(db).await.map(drop)?)
        })
    }

    /// The counts of a lesson, in the order of time.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn headcounts(&self, lesson: &str) -> Result<Vec<Headcount>, StoreError> {
        reading!(self, |db| read(db, lesson).await)
    }
}

pub(crate) async fn read(db: &mut Db, lesson: &str) -> Result<Vec<Headcount>, Fault> {
    let text = "SELECT classroom, at_ms, pupils, counted_by FROM headcounts WHERE lesson_id = $1 ORDER BY at_ms, classroom";
    let headcount = |row: &AnyRow| {
        Ok(Headcount { classroom: row.text("classroom")?, pupils: row.small("pupils")?, at_ms: row.count("at_ms")?, by: row.text("counted_by")? })
    };
    sqlx::query(text).bind(lesson).fetch_all(db).await?.iter().map(headcount).collect()
}
