//! Failed attempts at logins that nobody has, counted as those of people are, in a table that strangers cannot make grow.

use super::row::Columns;
use super::transaction::{reading, writing};
use super::{Store, StoreError, sql};

/// So many places there are: whoever wants one login's to be taken over has to try about as many others.
pub const STRANGERS: u32 = 65_536;

/// A login that nobody has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stranger {
    /// Where it is counted, below [`STRANGERS`].
    pub place: u32,
    /// By what it is known there.
    pub mark: String,
}

impl Store {
    /// Until when nothing lets in, in milliseconds since 1970 (UTC).
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn stranger_locked_until(&self, stranger: &Stranger) -> Result<Option<u64>, StoreError> {
        let text = "SELECT locked_until_ms FROM strangers WHERE place = $1 AND mark = $2";
        reading!(self, |db| {
            let row = sqlx::query(text).bind(i64::from(stranger.place)).bind(&stranger.mark).fetch_optional(db).await?;
            row.map_or(Ok(None), |row| row.count_or_none("locked_until_ms"))
        })
    }

    /// Counts a failed attempt and returns how many there were, unless another took the place meanwhile.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn count_stranger(&self, stranger: &Stranger) -> Result<u32, StoreError> {
        let text = "INSERT INTO strangers (place, mark, failed) VALUES ($1, $2, 1) ON CONFLICT (place) DO UPDATE SET \
                    failed = CASE WHEN strangers.mark = excluded.mark THEN strangers.failed + 1 ELSE 1 END, \
                    locked_until_ms = CASE WHEN strangers.mark = excluded.mark THEN strangers.locked_until_ms END, mark = excluded.mark \
                    RETURNING failed";
        writing!(self, |db| sqlx::query(text).bind(i64::from(stranger.place)).bind(&stranger.mark).fetch_one(db).await?.small("failed"))
    }

    /// Lets nothing in until a time.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn lock_stranger(&self, stranger: &Stranger, until_ms: u64) -> Result<(), StoreError> {
        let text = "UPDATE strangers SET locked_until_ms = $3 WHERE place = $1 AND mark = $2";
        writing!(self, |db| {
            let query = sqlx::query(text).bind(i64::from(stranger.place)).bind(&stranger.mark).bind(sql(until_ms));
            Ok(query.execute(db).await.map(drop)?)
        })
    }
}
