//! What is kept: lessons with attendance, schools, people and the timetable; in SQLite (a file in the data directory) or PostgreSQL, in the same words.
//!
//! A running server writes what happens in its lessons through [`Writer`], which never makes a lesson wait; everything else is a function of [`Store`],
//! which returns when it is written. Several processes may hold the same database.
//!
//! ```no_run
//! # async fn keep() -> Result<(), store::StoreError> {
//! let store = store::Store::open(&store::Database::Sqlite("data".into())).await?;
//! store.create_lesson(&store::NewLesson::open_now("maths", "三年级数学")).await?;
//! # Ok(()) }
//! ```
//!
//! Both engines are spoken to through sqlx's `Any`, so a column is `TEXT` or `BIGINT` and nothing else: times are milliseconds since 1970 (UTC), days are
//! `YYYY-MM-DD`, truths are 0 or 1, and what has variants is a word that a `CHECK` knows.
#![forbid(unsafe_code)]

mod alliances;
mod answers;
mod audit;
mod bells;
mod bookings;
mod chinese;
mod counters;
mod database;
mod deliveries;
mod delivery_list;
mod devices;
mod due;
mod entries;
mod error;
mod feeds;
pub mod files;
mod gathered;
mod headcounts;
mod import;
mod interactions;
mod kept;
mod lessons;
mod listing;
mod memory;
mod minutes;
mod needs;
mod people;
mod planned;
pub mod record;
mod register;
pub mod resume;
mod row;
mod rules;
mod running;
mod safety;
mod schema;
mod sessions;
mod statistics;
mod strangers;
mod sums;
mod terms;
mod transaction;
mod value;
mod verdict;
mod webhooks;
mod writer;

#[cfg(test)]
mod tests;

pub use alliances::{Alliance, Member, MemberRole};
pub use answers::{Answers, Rows};
pub use audit::{AuditLine, AuditList, AuditPlaces};
pub use bells::{BellPeriod, BellPlan};
pub use bookings::Booking;
pub use database::{Database, Place, PostgresUrl};
pub use deliveries::Delivery;
pub use delivery_list::{DeliveryList, ListedDelivery, Outcome};
pub use devices::{Device, DeviceCode};
pub use due::DueLesson;
pub use entries::Entry;
pub use error::{Reason, StoreError};
pub use feeds::{FeedKind, FeedToken};
pub use headcounts::Headcount;
pub use interactions::{Interaction, InteractionKind};
pub use kept::{Closable, Kept, List, Referrer, Removable};
pub use lessons::{Membership, NewLesson, usable_id};
pub use minutes::{MediaMinute, Seconds};
pub use needs::Needed;
pub use people::{Credentials, Grant, Person, PersonRole, Scope};
pub use planned::{LeftOut, LessonList, LessonMark, PlannedLesson};
pub use register::{Classroom, ClassroomKind, Pairing, Region, RegionLevel, School, SchoolKind};
pub use sessions::{PasswordReset, Session, SessionHolder};
pub use statistics::{Statistics, StatisticsBy, StatisticsFilter, StatisticsRow};
pub use strangers::{STRANGERS, Stranger};
pub use sums::{Rates, Sums};
pub use terms::{Term, TermDay, TermDayKind};
pub use timetable::{Cause, LessonKind, Receiver};
pub use webhooks::{Attempt, DeliveryState, LessonEvent, Webhook, WebhookDelivery, WebhookEvent};
pub use writer::{Asker, Failed, Writer, WriterMetrics};

use database::{Engine, Opened};
use memory::Memory;
use sqlx::AnyPool;
use std::fmt;
use std::sync::Arc;

/// An open store. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    write: AnyPool,
    read: AnyPool,
    engine: Engine,
    place: Place,
    memory: Arc<Memory>,
}

impl fmt::Debug for Store {
    /// Its place alone: the pools know the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Store({})", self.place)
    }
}

impl Store {
    /// Opens the database (SQLite's is made where it is missing) and brings its tables up to date.
    ///
    /// # Errors
    /// [`StoreError::Directory`] where SQLite's directory cannot be made, [`StoreError::Damaged`] where its file is damaged or no database,
    /// [`StoreError::Database`] where the database cannot be reached, read or migrated.
    pub async fn open(database: &Database) -> Result<Self, StoreError> {
        let Opened { write, read, engine, place } = database::open(database).await?;
        let memory = Arc::new(Memory::new(read.options().get_max_connections()));
        Ok(Self { write, read, engine, place, memory })
    }

    /// The database: its file, or its address without the password.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Closes it; SQLite's write-ahead log is written back.
    pub async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }
}

/// The service's clock, in milliseconds since 1970 (UTC).
pub fn unix_ms() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// A number as SQL keeps it; times and orders are far below the limit.
fn sql(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A number from SQL; never negative in our tables.
fn number(sql: i64) -> u64 {
    u64::try_from(sql).unwrap_or_default()
}
