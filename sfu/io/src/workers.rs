//! The handle on the media workers.

use crate::config::{IoConfig, MailboxFull, StartError};
use crate::counters::IoCounters;
use crate::fleet::{Fleet, Place};
use sfu::command::Command;
use sfu::counters::Counters;
use sfu::dtls::{Certificate, Handshaker};
use sfu::event::Event;
use sfu::id::WorkerId;
use sfu::{Shard, ShardConfig};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// The running media workers and their handshake thread. Clones are handles on the same; when the last is gone, the threads end.
#[derive(Clone)]
pub struct Workers {
    fleet: Arc<Fleet<Shard>>,
}

/// What one worker counted, as of the last second.
#[derive(Clone, Debug, Default)]
pub struct WorkerCounters {
    /// Its part of the media plane.
    pub shard: Counters,
    /// Its thread and sockets.
    pub io: IoCounters,
}

impl Workers {
    /// Binds all sockets and starts all threads. `on_event` is called on the media threads: it must not block.
    ///
    /// # Errors
    /// When a socket or a thread is not to be had, or the configuration contradicts itself; the text names the remedy. Nothing runs on then.
    pub fn start(config: IoConfig, certificate: Certificate, on_event: impl Fn(Event) + Send + Sync + 'static) -> Result<Workers, StartError> {
        let handshaker = move || Handshaker::new(certificate.clone());
        let fleet = Fleet::start(&config, shard, handshaker, Arc::new(on_event))?;
        Ok(Workers { fleet: Arc::new(fleet) })
    }

    /// Gives a worker an order, without waiting. Orders to one worker are carried out in order.
    ///
    /// # Errors
    /// When 4,096 orders wait there already, or there is no such worker; the order is lost.
    pub fn command(&self, worker: WorkerId, command: Command) -> Result<(), MailboxFull> {
        self.fleet.command(worker, command)
    }

    /// The addresses a worker is reached at, and whether by TCP: all of UDP, then all of TCP, in the order of the configuration.
    pub fn candidates(&self, worker: WorkerId) -> Vec<(SocketAddr, bool)> {
        self.fleet.candidates(worker).to_vec()
    }

    /// How many workers there are; their ids count from 0.
    pub fn count(&self) -> usize {
        self.fleet.count()
    }

    /// What each worker counted, in their order; a second old at most, unless the worker is behind.
    pub fn counters(&self) -> Vec<WorkerCounters> {
        self.fleet.snapshots().map(|snapshot| WorkerCounters { shard: snapshot.plane, io: snapshot.io }).collect()
    }

    /// Ends all threads after the orders they have, and waits for it, at most a second. Returns whether all ended.
    pub fn stop(self) -> bool {
        self.fleet.stop()
    }
}

impl std::fmt::Debug for Workers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Workers({})", self.count())
    }
}

fn shard(place: Place) -> Shard {
    let unix = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
    let config = ShardConfig { max_segments: place.max_segments, ..ShardConfig::new(place.worker, place.workers, unix, rand::random()) };
    Shard::new(config, place.now)
}

#[cfg(test)]
#[path = "workers_tests.rs"]
mod tests;
