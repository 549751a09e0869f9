//! What is kept in memory in front of the tables: the answers that are asked for with almost every request. Each is kept with the counters that it depends on,
//! which are read anew each time; so a change is seen at once, whichever process made it. What somebody changes past this program is seen after 30 s.

use super::answers::Answers;
use super::counters::{self, Counted, Counter};
use super::gathered::Gathered;
use super::statistics::{Question, StatisticsRow};
use super::transaction::reading;
use super::{SessionHolder, Store, StoreError, Term};
use std::sync::Arc;

/// What is kept.
#[derive(Debug, Default)]
pub struct Memory {
    counted: Gathered<Arc<Counted>>,
    pub(crate) statistics: Answers<Question, StatisticsRow>,
    /// By the hashes of the sessions' tokens. When a session was used last may be older here.
    pub(crate) sessions: Answers<String, SessionHolder>,
    pub(crate) terms: Answers<String, Term>,
}

impl Store {
    /// As of which state an answer holds that is read after this: another text after each change that one of these counters counts.
    pub(crate) async fn as_of(&self, counters: &[Counter]) -> Result<String, StoreError> {
        let ask = async { reading!(self, |db| counters::read(db).await.map(Arc::new)) };
        Ok(self.memory.counted.get(ask).await?.version(counters))
    }
}
