//! The one writer of a running server: writes are handed over without waiting, kept in order, put down in batches, and retried until the store takes them.
//! A lesson never waits for the disk.

use super::error::kind;
use super::{Store, running};
use crate::record::{Write, WriteKey};
use prometheus::{Histogram, IntCounterVec, IntGauge};
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// Writes kept while the store refuses. A later write about the same thing replaces the earlier, so this many different things are needed to fill it.
const PENDING_LIMIT: usize = 65_536;

/// Writes in one transaction.
const BATCH: usize = 256;

const RETRY_FIRST: Duration = Duration::from_millis(100);
const RETRY_LONGEST: Duration = Duration::from_secs(2);

/// Who asked for a write: a number that means something to whoever handed it over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Asker(pub u64);

/// Whom to tell that something they asked for could not be written (yet), and why.
pub type Failed = Box<dyn Fn(Asker, &str) + Send + Sync>;

/// What the writer reports.
#[derive(Clone, Debug)]
pub struct WriterMetrics {
    /// Seconds of a transaction.
    pub seconds: Histogram,
    /// Failed transactions and lost writes, by `kind`.
    pub errors: IntCounterVec,
    /// Writes that wait.
    pub pending: IntGauge,
}

#[derive(Default)]
struct Queue {
    next: u64,
    writes: BTreeMap<u64, (Write, Option<Asker>)>,
    latest: HashMap<WriteKey, u64>,
    /// A batch is being written.
    busy: bool,
}

struct Shared {
    store: Store,
    queue: Mutex<Queue>,
    wake: Notify,
    idle: Notify,
    healthy: AtomicBool,
    metrics: WriterMetrics,
    failed: Failed,
}

/// Hands writes over. Cheap to clone.
#[derive(Clone)]
pub struct Writer(Arc<Shared>);

impl Writer {
    /// Starts the writing task, which ends with the runtime.
    pub fn start(store: Store, metrics: WriterMetrics, failed: Failed) -> Self {
        let shared = Shared { store, queue: Mutex::default(), wake: Notify::new(), idle: Notify::new(), healthy: AtomicBool::new(true), metrics, failed };
        let shared = Arc::new(shared);
        tokio::spawn(work(shared.clone()));
        Self(shared)
    }

    /// Hands a write over. `asked_by` is told if it fails at the first attempt, or is lost.
    pub fn put(&self, write: Write, asked_by: Option<Asker>) {
        if let Err(asked_by) = self.0.put(write, asked_by) {
            self.0.metrics.errors.with_label_values(&["queue_full"]).inc();
            if let Some(connection) = asked_by {
                (self.0.failed)(connection, "too many writes wait for the store");
            }
        }
    }

    /// Whether the last transaction succeeded.
    pub fn is_healthy(&self) -> bool {
        self.0.healthy.load(Ordering::Relaxed)
    }

    /// Whether everything handed over is written.
    pub fn is_idle(&self) -> bool {
        let queue = self.0.lock();
        queue.writes.is_empty() && !queue.busy
    }

    /// Waits until everything handed over is written.
    pub async fn flush(&self) {
        loop {
            let idle = self.0.idle.notified();
            tokio::pin!(idle);
            idle.as_mut().enable();
            if self.is_idle() {
                return;
            }
            idle.await;
        }
    }
}

impl Shared {
    fn lock(&self) -> std::sync::MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, write: Write, asked_by: Option<Asker>) -> Result<(), Option<Asker>> {
        let mut queue = self.lock();
        let key = write.key();
        // In place: whatever must come before it (a lesson's row before its participants') still does.
        if let Some(slot) = queue.latest.get(&key).copied()
            && let Some(waiting) = queue.writes.get_mut(&slot)
        {
            *waiting = (write, asked_by);
            return Ok(());
        }
        if queue.writes.len() >= PENDING_LIMIT {
            return Err(asked_by);
        }
        let slot = queue.next;
        queue.next += 1;
        queue.latest.insert(key, slot);
        queue.writes.insert(slot, (write, asked_by));
        self.metrics.pending.set(i64::try_from(queue.writes.len()).unwrap_or(i64::MAX));
        drop(queue);
        self.wake.notify_one();
        Ok(())
    }

    fn take(&self) -> Vec<(u64, Write, Option<Asker>)> {
        let mut queue = self.lock();
        let mut batch = Vec::new();
        while batch.len() < BATCH
            && let Some((slot, (write, asked_by))) = queue.writes.pop_first()
        {
            queue.latest.remove(&write.key());
            batch.push((slot, write, asked_by));
        }
        queue.busy = !batch.is_empty();
        batch
    }

    /// What could not be written goes back to where it was, unless something newer took its place.
    fn put_back(&self, batch: Vec<(u64, Write, Option<Asker>)>) {
        let mut queue = self.lock();
        for (slot, write, _) in batch {
            let key = write.key();
            if let Some(newer) = queue.latest.get(&key).copied() {
                if let Some(entry) = queue.writes.remove(&newer) {
                    queue.writes.insert(slot, entry);
                    queue.latest.insert(key, slot);
                }
            } else {
                queue.latest.insert(key, slot);
                queue.writes.insert(slot, (write, None));
            }
        }
        queue.busy = false;
    }

    fn done(&self) {
        let mut queue = self.lock();
        queue.busy = false;
        self.metrics.pending.set(i64::try_from(queue.writes.len()).unwrap_or(i64::MAX));
        if queue.writes.is_empty() {
            drop(queue);
            self.idle.notify_waiters();
        }
    }
}

async fn work(shared: Arc<Shared>) {
    let mut retry = RETRY_FIRST;
    loop {
        let mut batch = shared.take();
        if batch.is_empty() {
            shared.done();
            shared.wake.notified().await;
            continue;
        }
        let started = Instant::now();
        match write_all(&shared.store, &batch).await {
            Ok(()) => {
                shared.metrics.seconds.observe(started.elapsed().as_secs_f64());
                if !shared.healthy.swap(true, Ordering::Relaxed) {
                    tracing::info!("the store takes writes again");
                }
                retry = RETRY_FIRST;
                shared.done();
            }
            Err(error) if kind(&error) == "constraint" => {
                write_singly(&shared, &batch).await;
                shared.done();
            }
            Err(error) => {
                report(&shared, &error, &mut batch);
                shared.put_back(batch);
                tokio::time::sleep(retry).await;
                retry = (retry * 2).min(RETRY_LONGEST);
            }
        }
    }
}

fn report(shared: &Shared, error: &sqlx::Error, batch: &mut [(u64, Write, Option<Asker>)]) {
    shared.metrics.errors.with_label_values(&[kind(error)]).inc();
    if shared.healthy.swap(false, Ordering::Relaxed) {
        tracing::error!(%error, database = %shared.store.place(), "the store refuses writes; lessons go on, writes are kept and retried");
    }
    let mut told: Vec<Asker> = batch.iter_mut().filter_map(|(_, _, asked_by)| asked_by.take()).collect();
    told.sort_unstable();
    told.dedup();
    for connection in told {
        (shared.failed)(connection, kind(error));
    }
}

async fn write_all(store: &Store, batch: &[(u64, Write, Option<Asker>)]) -> Result<(), sqlx::Error> {
    let mut transaction = store.begin().await?;
    for (_, write, _) in batch {
        running::execute(&mut transaction, write).await?;
    }
    transaction.commit().await
}

/// One write of the batch breaks a rule of the tables, for ever: it alone is dropped.
async fn write_singly(shared: &Shared, batch: &[(u64, Write, Option<Asker>)]) {
    for entry in batch {
        if let Err(error) = write_all(&shared.store, std::slice::from_ref(entry)).await {
            shared.metrics.errors.with_label_values(&[kind(&error)]).inc();
            tracing::error!(%error, key = ?entry.1.key(), "a write was dropped");
            if let Some(connection) = entry.2 {
                (shared.failed)(connection, kind(&error));
            }
        }
    }
}
