//! What is kept in memory in front of the tables: the answers that are asked for with almost every request. Each is kept with the counters that it depends on,
//! which are read anew each time; so a change is seen at once, whichever process made it. What somebody changes past this program is seen after 30 s.

use super::answers::Answers;
use super::counters::{self, Counted, Counter};
use super::gathered::Gathered;
use super::statistics::{Question, StatisticsRow};
use super::transaction::reading;
use super::{SessionHolder, Store, StoreError, Term};
use std::sync::Arc;
use tokio::sync::{Semaphore, SemaphorePermit};

/// What is kept.
#[derive(Debug)]
pub struct Memory {
    counted: Gathered<Arc<Counted>>,
    pub(crate) statistics: Answers<Question, StatisticsRow>,
    /// By the hashes of the sessions' tokens. When a session was used last may be older here.
    pub(crate) sessions: Answers<String, SessionHolder>,
    pub(crate) terms: Answers<String, Term>,
    long: Semaphore,
}

impl Memory {
    /// In front of a database with so many connections to read by.
    pub(crate) fn new(connections: u32) -> Self {
        let long = Semaphore::new(connections.saturating_sub(1).max(1) as usize);
        Self { counted: Gathered::default(), statistics: Answers::default(), sessions: Answers::default(), terms: Answers::default(), long }
    }
}

impl Store {
    /// A turn for a read that takes long, such as of a list that nobody asked for yet: one connection less than there are, so that what almost every request
    /// reads does not wait for lists.
    pub async fn long_turn(&self) -> Option<SemaphorePermit<'_>> {
        self.memory.long.acquire().await.ok()
    }

    /// As of which state an answer holds that is read after this: another text after each change that one of these counters counts.
    pub(crate) async fn as_of(&self, counters: &[Counter]) -> Result<String, StoreError> {
        let ask = async { reading!(self, |db| counters::read(db).await.map(Arc::new)) };
        Ok(self.memory.counted.get(ask).await?.version(counters))
    }
}
