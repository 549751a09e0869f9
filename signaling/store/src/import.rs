//! Many entries of the timetable at once, with their lessons.

use super::bookings;
use super::kept::{self, insert};
use super::planned::{PlannedLesson, insert_all};
use super::transaction::writing;
use super::{Entry, Store, StoreError};

impl Store {
    /// Makes entries and the lessons of them, and books who and what is in these: all or nothing.
    ///
    /// # Errors
    /// As [`Store::create`] for the entries, as [`Store::create_lessons`] for the lessons.
    pub async fn create_entries(&self, entries: &[Entry], lessons: &[PlannedLesson], now_ms: u64) -> Result<(), StoreError> {
        entries.iter().try_for_each(kept::check)?;
        lessons.iter().try_for_each(kept::check)?;
        writing!(self, |db| {
            bookings::take_turn(db).await?;
            for entry in entries {
                insert(db, self.engine, entry, now_ms).await?;
            }
            insert_all(db, self.engine, lessons, now_ms).await
        })
    }
}
