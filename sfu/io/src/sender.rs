//! Turning a [`Batch`] into as few system calls as possible, whatever the kernel answers.

use crate::counters::SendCounters;
use crate::sys::{Filling, MAX_SEGMENTS, Outbox};
use sfu::path::{Batch, Link, Run};
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// Bytes of the largest UDP payload over IPv4, and so of a message to be cut apart.
const MAX_MESSAGE: usize = 65_507;
/// What a flush may wait in all for a full socket.
const PATIENCE: Duration = Duration::from_millis(1);
/// Segmented messages refused one after the other, none taken between, until no more are tried on a socket.
const REFUSALS: u8 = 16;

/// What the sender needs of a socket; a seam for tests.
pub(crate) trait Wire {
    /// Hands the messages from that one on to the kernel; returns how many it took, or the error for the first.
    fn transmit(&mut self, filling: &mut Filling<'_, '_>, from: usize) -> io::Result<usize>;
    /// Waits until there is room, at most `limit`; whether there is.
    fn wait_writable(&mut self, limit: Duration) -> bool;
}

/// Whether a socket sends several datagrams in one message.
///
/// `EIO` says that the route cannot (no checksum offload, IPsec): never again on this socket. `EINVAL` and `EMSGSIZE` may concern one path alone (a small path
/// MTU): that run goes out one by one, and only a row of refusals turns segmentation off.
#[derive(Debug)]
pub(crate) struct Segmentation {
    on: bool,
    refused_in_row: u8,
}

impl Segmentation {
    pub(crate) fn new(on: bool) -> Segmentation {
        Segmentation { on, refused_in_row: 0 }
    }

    pub(crate) fn on(&self) -> bool {
        self.on
    }

    fn taken(&mut self) {
        self.refused_in_row = 0;
    }

    /// Whether the error of a segmented message is a refusal of segmentation.
    fn refused(&mut self, error: &io::Error) -> bool {
        match error.raw_os_error() {
            Some(libc::EIO) => self.refused_in_row = REFUSALS,
            Some(libc::EINVAL | libc::EMSGSIZE | libc::ENOPROTOOPT | libc::EOPNOTSUPP) => self.refused_in_row = self.refused_in_row.saturating_add(1),
            _ => return false,
        }
        if self.on && self.refused_in_row >= REFUSALS {
            self.on = false;
            tracing::warn!(%error, "the kernel or device refuses UDP_SEGMENT; sending packet by packet from now on");
        }
        true
    }
}

/// What is left of the time a flush may wait.
#[derive(Default)]
struct Patience {
    since: Option<Instant>,
}

impl Patience {
    fn wait(&mut self, wire: &mut impl Wire) -> bool {
        let spent = self.since.get_or_insert_with(Instant::now).elapsed();
        spent < PATIENCE && wire.wait_writable(PATIENCE - spent)
    }
}

/// The arrays behind [`crate::udp::UdpSocket::send`]; one for all sockets of a thread.
pub struct Sender {
    outbox: Outbox,
    /// For the packets of a refused message.
    single: Outbox,
}

impl Sender {
    /// Allocates the arrays.
    pub fn new() -> Sender {
        Sender { outbox: Outbox::new(), single: Outbox::new() }
    }

    pub(crate) fn send(&mut self, wire: &mut impl Wire, segmentation: &mut Segmentation, index: u8, batch: &Batch<'_>, counters: &mut SendCounters) {
        let mut dispatch = Dispatch { wire, batch, segmentation, counters, patience: Patience::default(), single: Some(&mut self.single) };
        let mut filling = self.outbox.fill();
        for run in batch.runs.iter().filter(|run| run.path.link == Link::Udp(index)) {
            for piece in pieces(run, dispatch.segmentation.on()) {
                if !filling.fits(piece.count) {
                    dispatch.all(&mut filling);
                }
                piece.push(&mut filling, batch, run.segment);
            }
        }
        dispatch.all(&mut filling);
    }
}

impl Default for Sender {
    fn default() -> Self {
        Sender::new()
    }
}

impl std::fmt::Debug for Sender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sender")
    }
}

/// Packets of a run that go in one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece {
    remote: SocketAddr,
    first: usize,
    count: usize,
}

impl Piece {
    fn push<'d>(&self, filling: &mut Filling<'_, 'd>, batch: &Batch<'d>, segment: u16) {
        let arena = batch.arena;
        let packets = batch.packets[self.first..self.first + self.count].iter().map(|span| &arena[span.start as usize..][..span.len as usize]);
        filling.push(self.remote, segment, self.first as u32, packets);
    }
}

/// Cuts a run into messages within the limits of `UDP_SEGMENT`, or into single packets.
fn pieces(run: &Run, segmentation: bool) -> impl Iterator<Item = Piece> + use<> {
    let (remote, first, count) = (run.path.remote, run.first as usize, usize::from(run.count));
    let most = if segmentation { (MAX_MESSAGE / usize::from(run.segment.max(1))).clamp(1, MAX_SEGMENTS) } else { 1 };
    (0..count).step_by(most).map(move |done| Piece { remote, first: first + done, count: most.min(count - done) })
}

/// One flush to one socket.
struct Dispatch<'a, 'd, W> {
    wire: &'a mut W,
    batch: &'a Batch<'d>,
    segmentation: &'a mut Segmentation,
    counters: &'a mut SendCounters,
    patience: Patience,
    /// None while in use.
    single: Option<&'a mut Outbox>,
}

impl<'d, W: Wire> Dispatch<'_, 'd, W> {
    /// Sends what is gathered, each message or a counted reason why not, and empties it.
    fn all(&mut self, filling: &mut Filling<'_, 'd>) {
        let mut next = 0;
        while next < filling.messages() {
            match self.wire.transmit(filling, next) {
                Ok(taken) => {
                    self.count(filling, next, taken);
                    next += taken;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.counters.waits += 1;
                    if !self.patience.wait(self.wire) {
                        let left = (next..filling.messages()).map(|index| filling.entry(index).1 as u64).sum();
                        self.counters.drops.count(&error, left);
                        break;
                    }
                }
                Err(error) => {
                    self.refused(filling, next, &error);
                    next += 1;
                }
            }
        }
        filling.clear();
    }

    fn count(&mut self, filling: &Filling<'_, 'd>, from: usize, taken: usize) {
        self.counters.calls += 1;
        self.counters.messages += taken as u64;
        for index in from..from + taken {
            let (_, packets, bytes) = filling.entry(index);
            self.counters.packets += packets as u64;
            self.counters.bytes += bytes;
            if packets > 1 {
                self.counters.segmented += 1;
                self.segmentation.taken();
            }
        }
    }

    /// A message that failed for itself: its packets one by one where segmentation was refused, else dropped.
    fn refused(&mut self, filling: &Filling<'_, 'd>, index: usize, error: &io::Error) {
        let (first, packets, _) = filling.entry(index);
        if packets == 1 || !self.segmentation.refused(error) {
            self.counters.drops.count(error, packets as u64);
            return;
        }
        self.counters.segmentation_refused += 1;
        let Some(run) = self.batch.runs.iter().find(|run| (run.first..run.first + u32::from(run.count)).contains(&first)) else { return };
        // Taken already: a single packet was refused, which is no segmented message; not reached.
        let Some(single) = self.single.take() else { return };
        let mut filling = single.fill();
        for done in 0..packets {
            Piece { remote: run.path.remote, first: first as usize + done, count: 1 }.push(&mut filling, self.batch, run.segment);
        }
        self.all(&mut filling);
        self.single = Some(single);
    }
}

#[cfg(test)]
#[path = "sender_tests.rs"]
mod tests;
