//! Reading and writing: a connection for the one, a transaction with retries for the other.

use super::database::Engine;
use super::error::{Fault, is_conflict};
use super::value::composed;
use super::{Store, StoreError};
use sqlx::{Any, AnyConnection, Transaction};
use std::time::Duration;

/// A connection, whichever engine it speaks to.
pub(crate) type Db = AnyConnection;

/// How often a transaction is tried that PostgreSQL ended for the sake of another one.
const ATTEMPTS: u32 = 5;

/// Before the second attempt; each further one waits longer by this.
const PAUSE: Duration = Duration::from_millis(5);

/// So many rows written at once change what the best plan is.
const MANY: usize = 1_000;

/// Reads with one connection: `reading!(store, |db| …)`, where the work is of type `Result<T, Fault>`; the whole of `Result<T, StoreError>`.
macro_rules! reading {
    ($store:expr, |$db:ident| $work:expr) => {{
        let once = async {
            let mut connection = $store.read.acquire().await?;
            let $db: &mut $crate::transaction::Db = &mut connection;
            let work = async { $work };
            work.await
        };
        $store.placed(once.await)
    }};
}

/// Runs the work in a transaction that is committed if it succeeds and undone if it does not: `writing!(store, |db| …)`, with types as in `reading!`. The
/// work may run several times: PostgreSQL ends a transaction that stands in another's way.
///
/// A macro, because the compiler cannot tell of a function that takes an async closure with a borrowed argument that its future may change threads.
macro_rules! writing {
    ($store:expr, |$db:ident| $work:expr) => {{
        let mut attempt = 1;
        loop {
            let once = async {
                let mut transaction = $store.begin().await?;
                let $db: &mut $crate::transaction::Db = &mut transaction;
                let work = async { $work };
                let done = $crate::transaction::outcome(work.await)?;
                transaction.commit().await?;
                Ok(done)
            };
            let done = once.await;
            if !$crate::transaction::worth_another(&done, attempt).await {
                break $store.placed(done);
            }
            attempt += 1;
        }
    }};
}

pub(crate) use {reading, writing};

/// Says the type.
pub(crate) fn outcome<T>(done: Result<T, Fault>) -> Result<T, Fault> {
    done
}

/// Whether a transaction is to be tried again; waits before it says so.
pub(crate) async fn worth_another<T>(done: &Result<T, Fault>, attempt: u32) -> bool {
    let conflict = matches!(done, Err(Fault::Sql(error)) if is_conflict(error));
    if !conflict || attempt >= ATTEMPTS {
        return false;
    }
    tokio::time::sleep(PAUSE * attempt).await;
    true
}

impl Store {
    /// A transaction to write in. SQLite's takes the lock at once: one that reads first and then writes could not get it any more after another's write.
    pub(crate) async fn begin(&self) -> Result<Transaction<'static, Any>, sqlx::Error> {
        match self.engine {
            Engine::Sqlite => self.write.begin_with("BEGIN IMMEDIATE").await,
            Engine::Postgres => self.write.begin_with("BEGIN ISOLATION LEVEL READ COMMITTED").await,
        }
    }

    /// Brings PostgreSQL's knowledge of tables up to date after `rows` were written: it plans by it, and takes a new table for an empty one until it has
    /// noticed by itself. SQLite plans by the indices alone.
    pub(crate) async fn know(&self, tables: &str, rows: usize) {
        if self.engine != Engine::Postgres || rows < MANY {
            return;
        }
        if let Err(error) = sqlx::query(composed(format!("ANALYZE {tables}"))).execute(&self.write).await {
            tracing::warn!(%error, tables, "the database did not look at its tables; it does so by itself in a minute");
        }
    }

    /// Says which database it was.
    pub(crate) fn placed<T>(&self, done: Result<T, Fault>) -> Result<T, StoreError> {
        done.map_err(|fault| match fault {
            Fault::Sql(source) => StoreError::database(&self.place, source),
            Fault::Store(error) => error,
        })
    }
}
