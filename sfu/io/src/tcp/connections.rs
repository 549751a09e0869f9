//! The accepted connections of a worker.

use super::TcpLimits;
use super::outgoing::Outgoing;
use crate::counters::{TcpCloses, TcpCounters};
use crate::sys;
use mio::net::{TcpListener, TcpStream};
use mio::{Interest, Registry, Token};
use sfu::framing::{HEADER, MAX_FRAME};
use sfu::path::{Link, Path};
use slab::Slab;
use std::collections::{HashMap, VecDeque};
use std::io::{self, Read};
use std::net::{IpAddr, SocketAddr};
use std::os::fd::AsFd;
use std::time::Instant;

/// Accepted in one turn at most, so that a flood of connections does not hold up media.
const ACCEPTS: usize = 64;
/// Bits of a number that index the slab.
const KEY_BITS: u32 = 16;
/// Bytes that may wait unsent in the kernel, besides those in the queue.
const KERNEL_UNSENT: u16 = 64_000;

/// Why a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CloseReason {
    Peer,
    NotStun,
    NoStun,
    FrameTooLong,
    Idle,
    Error,
    Ours,
}

struct Connection {
    number: u64,
    socket: TcpStream,
    remote: SocketAddr,
    /// A frame's beginning, of the last read.
    partial: Vec<u8>,
    outgoing: Outgoing,
    accepted: Instant,
    heard: Instant,
    /// The first frame came and was STUN.
    introduced: bool,
    /// In the list of those to read.
    readable: bool,
    /// The last write was not cut short, as far as we know.
    writable: bool,
    /// In the list of those to write.
    touched: bool,
    closing: bool,
}

/// What a read brought.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ReadResult {
    /// That many bytes at the start of the buffer, the rest of the last read among them.
    Bytes(usize),
    /// Nothing now, or nothing any more.
    Nothing,
}

/// All connections of a worker.
pub(crate) struct Connections {
    slab: Slab<Connection>,
    accepted: u64,
    first_token: usize,
    by_address: HashMap<IpAddr, usize>,
    limits: TcpLimits,
    readable: VecDeque<u64>,
    touched: Vec<u64>,
    closing: Vec<(u64, CloseReason)>,
    pub(crate) counters: TcpCounters,
}

impl Connections {
    /// None yet; their tokens are `first_token` and above.
    pub(crate) fn new(limits: TcpLimits, first_token: usize) -> Connections {
        let limits = TcpLimits { connections: limits.connections.min(1 << KEY_BITS), ..limits };
        Connections {
            slab: Slab::new(),
            accepted: 0,
            first_token,
            by_address: HashMap::new(),
            limits,
            readable: VecDeque::new(),
            touched: Vec::new(),
            closing: Vec::new(),
            counters: TcpCounters::default(),
        }
    }

    /// Accepts what waits. Returns whether more may wait.
    pub(crate) fn accept(&mut self, listener: &TcpListener, registry: &Registry, now: Instant) -> bool {
        for _ in 0..ACCEPTS {
            match listener.accept() {
                Ok((socket, remote)) => self.admit(socket, remote, registry, now),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return false,
                Err(error) if matches!(error.raw_os_error(), Some(libc::EMFILE | libc::ENFILE | libc::ENOBUFS | libc::ENOMEM)) => {
                    self.counters.refused.error += 1;
                    tracing::warn!(%error, "an ICE-TCP connection is not accepted; raise the limit of open files (ulimit -n)");
                    return false;
                }
                Err(_) => self.counters.refused.error += 1,
            }
        }
        true
    }

    fn admit(&mut self, mut socket: TcpStream, remote: SocketAddr, registry: &Registry, now: Instant) {
        if self.slab.len() >= self.limits.connections {
            self.counters.refused.full += 1;
            return;
        }
        let here = self.by_address.get(&remote.ip()).copied().unwrap_or(0);
        if here >= self.limits.per_address {
            self.counters.refused.address_full += 1;
            return;
        }
        let entry = self.slab.vacant_entry();
        let token = Token(self.first_token + entry.key());
        let ready = socket.set_nodelay(true).and_then(|()| registry.register(&mut socket, token, Interest::READABLE | Interest::WRITABLE));
        if ready.is_err() {
            self.counters.refused.error += 1;
            return;
        }
        // Without it more media waits in the kernel, that is all.
        let _ = sys::limit_unsent(socket.as_fd(), KERNEL_UNSENT);
        self.accepted += 1;
        let number = self.accepted << KEY_BITS | entry.key() as u64;
        entry.insert(Connection {
            number,
            socket,
            remote,
            partial: Vec::new(),
            outgoing: Outgoing::default(),
            accepted: now,
            heard: now,
            introduced: false,
            readable: false,
            writable: true,
            touched: false,
            closing: false,
        });
        *self.by_address.entry(remote.ip()).or_default() += 1;
        self.counters.accepted += 1;
    }

    /// Notes an event of that token.
    pub(crate) fn event(&mut self, token: Token, readable: bool, writable: bool) {
        let Some(connection) = token.0.checked_sub(self.first_token).and_then(|key| self.slab.get_mut(key)) else { return };
        if readable && !connection.readable {
            connection.readable = true;
            self.readable.push_back(connection.number);
        }
        if writable {
            connection.writable = true;
            if !connection.touched && connection.outgoing.len() > 0 {
                connection.touched = true;
                self.touched.push(connection.number);
            }
        }
    }

    /// How many connections are to be read.
    pub(crate) fn to_read(&self) -> usize {
        self.readable.len()
    }

    /// The next connection to be read, taken off the list.
    pub(crate) fn next_readable(&mut self) -> Option<u64> {
        let number = self.readable.pop_front()?;
        if let Some(connection) = self.get(number) {
            connection.readable = false;
        }
        Some(number)
    }

    /// Reads once; what came stays on the list of those to be read, since only an empty read tells that there is no more.
    pub(crate) fn read(&mut self, number: u64, buffer: &mut [u8], now: Instant) -> ReadResult {
        let Some(connection) = self.get(number) else { return ReadResult::Nothing };
        let kept = connection.partial.len();
        buffer[..kept].copy_from_slice(&connection.partial);
        let reason = match connection.socket.read(&mut buffer[kept..]) {
            Ok(0) => CloseReason::Peer,
            Ok(bytes) => {
                connection.heard = now;
                connection.partial.clear();
                connection.readable = true;
                self.readable.push_back(number);
                self.counters.bytes_received += bytes as u64;
                return ReadResult::Bytes(kept + bytes);
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return ReadResult::Nothing,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                connection.readable = true;
                self.readable.push_back(number);
                return ReadResult::Nothing;
            }
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => CloseReason::Peer,
            Err(_) => CloseReason::Error,
        };
        self.close(number, reason);
        ReadResult::Nothing
    }

    /// Keeps the beginning of a frame for the next read.
    pub(crate) fn keep(&mut self, number: u64, rest: &[u8]) {
        debug_assert!(rest.len() < HEADER + MAX_FRAME);
        if let Some(connection) = self.get(number) {
            connection.partial.extend_from_slice(rest);
        }
    }

    /// Whether a packet is to be handed on, and whence. The first of a connection must be STUN; else the connection is closed.
    pub(crate) fn admit_packet(&mut self, number: u64, packet: &[u8]) -> Option<Path> {
        let connection = self.get(number).filter(|connection| !connection.closing)?;
        if packet.is_empty() {
            return None;
        }
        if !connection.introduced && !is_stun(packet) {
            self.close(number, CloseReason::NotStun);
            return None;
        }
        connection.introduced = true;
        let path = Path { remote: connection.remote, link: Link::Tcp(number) };
        self.counters.frames_received += 1;
        Some(path)
    }

    /// Queues a packet, or drops and counts it. Written by [`Connections::write`].
    pub(crate) fn enqueue(&mut self, number: u64, packet: &[u8]) {
        let limit = self.limits.queue;
        let Some(connection) = self.slab.get_mut(key(number)).filter(|connection| connection.number == number && !connection.closing) else {
            self.counters.no_connection += 1;
            return;
        };
        if packet.len() > usize::from(u16::MAX) {
            self.counters.too_large += 1;
        } else if !connection.outgoing.push(packet, limit) {
            self.counters.queue_full += 1;
        } else {
            self.counters.frames_sent += 1;
            if !connection.touched && connection.writable {
                connection.touched = true;
                self.touched.push(number);
            }
        }
    }

    /// Writes what was queued, as far as the peers take it.
    pub(crate) fn write(&mut self) {
        while let Some(number) = self.touched.pop() {
            let Some(connection) = self.slab.get_mut(key(number)).filter(|connection| connection.number == number) else { continue };
            connection.touched = false;
            match connection.outgoing.write(&mut connection.socket, &mut self.counters.bytes_sent, &mut self.counters.write_calls) {
                Ok(all) => connection.writable = all,
                Err(_) => self.close(number, CloseReason::Error),
            }
        }
    }

    /// Ends a connection at the next [`Connections::reap`]. The first reason counts.
    pub(crate) fn close(&mut self, number: u64, reason: CloseReason) {
        if let Some(connection) = self.get(number).filter(|connection| !connection.closing) {
            connection.closing = true;
            self.closing.push((number, reason));
        }
    }

    /// Closes the silent ones, gives back memory and brings the present figures up to date. Looks at each: once a second is often enough.
    pub(crate) fn sweep(&mut self, now: Instant) {
        let mut queued = 0;
        for (_, connection) in &mut self.slab {
            connection.outgoing.shrink();
            queued += connection.outgoing.len() as u64;
            let reason = if !connection.introduced && now.saturating_duration_since(connection.accepted) >= self.limits.first_frame {
                CloseReason::NoStun
            } else if now.saturating_duration_since(connection.heard) >= self.limits.idle {
                CloseReason::Idle
            } else {
                continue;
            };
            if !connection.closing {
                connection.closing = true;
                self.closing.push((connection.number, reason));
            }
        }
        self.counters.queued_bytes = queued;
        self.counters.open = self.slab.len() as u64;
    }

    /// Drops the connections that end and returns the path of one, until there is none.
    pub(crate) fn reap(&mut self, registry: &Registry) -> Option<Path> {
        let (number, reason) = self.closing.pop()?;
        let mut connection = self.slab.remove(key(number));
        // Closing takes it out of epoll as well.
        let _ = registry.deregister(&mut connection.socket);
        let address = connection.remote.ip();
        if let Some(count) = self.by_address.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                self.by_address.remove(&address);
            }
        }
        count_close(&mut self.counters.closed, reason);
        Some(Path { remote: connection.remote, link: Link::Tcp(number) })
    }

    fn get(&mut self, number: u64) -> Option<&mut Connection> {
        self.slab.get_mut(key(number)).filter(|connection| connection.number == number)
    }
}

fn key(number: u64) -> usize {
    (number & ((1 << KEY_BITS) - 1)) as usize
}

fn count_close(closed: &mut TcpCloses, reason: CloseReason) {
    *match reason {
        CloseReason::Peer => &mut closed.peer,
        CloseReason::NotStun => &mut closed.not_stun,
        CloseReason::NoStun => &mut closed.no_stun,
        CloseReason::FrameTooLong => &mut closed.frame_too_long,
        CloseReason::Idle => &mut closed.idle,
        CloseReason::Error => &mut closed.error,
        CloseReason::Ours => &mut closed.ours,
    } += 1;
}

/// RFC 7983 and RFC 8489, section 5: the first two bits are zero and the magic cookie is there.
fn is_stun(packet: &[u8]) -> bool {
    packet.len() >= 20 && packet[0] < 4 && packet[4..8] == [0x21, 0x12, 0xa4, 0x42]
}
