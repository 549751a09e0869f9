//! ICE-TCP, passive side (RFC 6544): connections accepted, framed (RFC 4571), and bounded in number, memory and silence.

mod connections;
mod outgoing;

pub(crate) use connections::{CloseReason, Connections, ReadResult};

use std::time::Duration;

/// Bytes of a read buffer: a partial frame from the last read and plenty more.
pub(crate) const SCRATCH: usize = 64 << 10;

/// What ICE-TCP may take of a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TcpLimits {
    /// Connections of a worker; at most 65,536.
    pub connections: usize,
    /// Connections of one remote address to a worker. A school behind one address may have many classrooms.
    pub per_address: usize,
    /// Bytes that may wait for a slow peer; whole packets are dropped past it.
    pub queue: usize,
    /// A connection without a whole first frame after that long is closed.
    pub first_frame: Duration,
    /// A connection that was silent for that long is closed. Peers in a session send consent checks every few seconds (RFC 7675).
    pub idle: Duration,
}

impl Default for TcpLimits {
    fn default() -> Self {
        TcpLimits { connections: 2_048, per_address: 256, queue: 256 << 10, first_frame: Duration::from_secs(5), idle: Duration::from_secs(60) }
    }
}
