//! Where packets come from and go to, and what a flush hands to the sockets.

use std::net::SocketAddr;

/// One way to reach a peer: its address, and the socket or connection of ours that it is reached through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Path {
    /// The peer's address as we see it.
    pub remote: SocketAddr,
    /// Our side.
    pub link: Link,
}

/// Our side of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Link {
    /// The worker's UDP socket of that index (one a local address).
    Udp(u8),
    /// An accepted ICE-TCP connection (RFC 6544), by a number never used again by the worker. Packets are handed over without their RFC 4571 length.
    Tcp(u64),
}

/// Everything a flush wants sent: sealed packets in one arena, grouped in runs.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// The bytes.
    pub arena: &'a [u8],
    /// The packets, in order of sending.
    pub packets: &'a [Span],
    /// Consecutive packets to one path.
    pub runs: &'a [Run],
}

/// A packet's place in the arena.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// Bytes.
    pub len: u32,
}

/// Consecutive packets to one path, fit for one `UDP_SEGMENT` message: all of `segment` bytes but the last, which may be shorter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// Whereto.
    pub path: Path,
    /// Index of the first in [`Batch::packets`].
    pub first: u32,
    /// How many, at least 1.
    pub count: u16,
    /// Bytes of every packet but the last.
    pub segment: u16,
}

impl<'a> Batch<'a> {
    /// The packets of a run, as bytes.
    pub fn bytes(&self, run: &Run) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let (arena, first) = (self.arena, run.first as usize);
        self.packets[first..first + usize::from(run.count)].iter().map(move |span| &arena[span.start as usize..(span.start + span.len) as usize])
    }

    /// Whether there is nothing to send.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }
}
