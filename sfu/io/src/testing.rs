//! A plane for tests: echoes or fans out what it gets. And an allocator that counts.

#![allow(unsafe_code)]

use crate::plane::{Handshakes, Plane, PlaneOutput};
use sfu::id::WorkerId;
use sfu::path::{Batch, Link, Path, Run, Span};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: hands everything on to the system's allocator; counting touches a thread-local without a destructor.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller's promise.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Allocations of this thread since it began.
pub(crate) fn allocations() -> u64 {
    ALLOCATIONS.get()
}

/// A batch under construction, cleared by the first packet after a flush.
#[derive(Default)]
pub(crate) struct Packing {
    arena: Vec<u8>,
    packets: Vec<Span>,
    runs: Vec<Run>,
    flushed: bool,
}

impl Packing {
    pub(crate) fn run(&mut self, path: Path, packets: &[&[u8]]) {
        if std::mem::take(&mut self.flushed) {
            self.arena.clear();
            self.packets.clear();
            self.runs.clear();
        }
        let first = self.packets.len() as u32;
        for packet in packets {
            self.packets.push(Span { start: self.arena.len() as u32, len: packet.len() as u32 });
            self.arena.extend_from_slice(packet);
        }
        self.runs.push(Run { path, first, count: packets.len() as u16, segment: packets[0].len() as u16 });
    }

    pub(crate) fn batch(&self) -> Batch<'_> {
        if self.flushed { Batch { arena: &[], packets: &[], runs: &[] } } else { Batch { arena: &self.arena, packets: &self.packets, runs: &self.runs } }
    }
}

/// What to do with each packet from then on.
#[derive(Clone, Debug)]
pub(crate) enum FakeCommand {
    /// Send it so many times to each path, as runs.
    FanOut(Vec<Path>, usize),
    /// Hand it to a sibling, which echoes it to its own targets.
    RelayTo(WorkerId),
    /// Send the handshaker a number, and the answer to the targets.
    Handshake(u64),
    /// Tell the owner.
    Say(u64),
    /// Close the connection it comes from.
    CloseLinks,
    /// Break.
    Panic,
}

#[derive(Default)]
pub(crate) struct Fake {
    packing: Packing,
    targets: Vec<Path>,
    copies: usize,
    relay_to: Option<WorkerId>,
    close_links: bool,
    outputs: VecDeque<PlaneOutput<Fake>>,
    relays: VecDeque<(WorkerId, Vec<u8>)>,
    /// Which siblings said hello before their packets.
    greeted: Vec<WorkerId>,
    pub(crate) received: u64,
    pub(crate) closed: Vec<Path>,
    pub(crate) max_segments: u16,
    pub(crate) wants_flush_at: usize,
    /// How long after a packet a flush may wait.
    pub(crate) hold: Option<Duration>,
    /// Called when the worker asks how long.
    pub(crate) on_hold: Option<Box<dyn Fn()>>,
    /// The last answer, and when a flush came.
    pub(crate) held_until: Cell<Option<Instant>>,
    pub(crate) flushed: Option<Instant>,
    since: Option<Instant>,
}

impl Plane for Fake {
    type Command = FakeCommand;
    type Event = u64;
    type Counters = u64;
    type RelayMessage = &'static str;
    type RelayPacket = Vec<u8>;
    type Handshaker = FakeHandshaker;

    fn receive(&mut self, now: Instant, path: Path, packet: &mut [u8]) {
        self.received += 1;
        self.since.get_or_insert(now);
        if self.close_links {
            self.outputs.push_back(PlaneOutput::CloseLink(path.link));
        }
        if let Some(to) = self.relay_to {
            self.outputs.push_back(PlaneOutput::Relay(to, "hello"));
            self.relays.push_back((to, packet.to_vec()));
        } else if self.targets.is_empty() {
            self.packing.run(path, &[packet]);
        } else {
            self.fan_out(packet);
        }
    }

    fn command(&mut self, _now: Instant, command: FakeCommand) {
        match command {
            FakeCommand::FanOut(targets, copies) => (self.targets, self.copies) = (targets, copies),
            FakeCommand::RelayTo(worker) => self.relay_to = Some(worker),
            FakeCommand::Handshake(number) => self.outputs.push_back(PlaneOutput::Handshake(number)),
            FakeCommand::Say(word) => self.outputs.push_back(PlaneOutput::Event(word)),
            FakeCommand::CloseLinks => self.close_links = true,
            FakeCommand::Panic => panic!("asked to"),
        }
    }

    fn handshake(&mut self, _now: Instant, output: u64) {
        self.fan_out(&output.to_be_bytes());
    }

    fn relay(&mut self, _now: Instant, from: WorkerId, message: &'static str) {
        assert_eq!(message, "hello");
        self.greeted.push(from);
    }

    fn relay_packet(&mut self, _now: Instant, from: WorkerId, packet: &Vec<u8>) {
        assert!(self.greeted.contains(&from), "a packet overtook its announcement");
        self.fan_out(packet);
    }

    fn path_closed(&mut self, _now: Instant, path: Path) {
        self.closed.push(path);
    }

    fn timeout(&mut self, _now: Instant) {}

    fn next_timeout(&self) -> Option<Instant> {
        None
    }

    fn wants_flush(&self) -> bool {
        self.wants_flush_at > 0 && self.packing.batch().packets.len() >= self.wants_flush_at
    }

    fn hold(&self) -> Option<Instant> {
        self.held_until.set(self.since.zip(self.hold).map(|(since, hold)| since + hold));
        if let (Some(called), Some(_)) = (&self.on_hold, self.held_until.get()) {
            called();
        }
        self.held_until.get()
    }

    fn flush(&mut self, now: Instant) -> Batch<'_> {
        self.since = None;
        self.flushed = Some(now);
        let flushed = std::mem::replace(&mut self.packing.flushed, true);
        if flushed {
            return self.packing.batch();
        }
        Batch { arena: &self.packing.arena, packets: &self.packing.packets, runs: &self.packing.runs }
    }

    fn set_max_segments(&mut self, segments: u16) {
        self.max_segments = segments;
    }

    fn poll(&mut self) -> Option<PlaneOutput<Fake>> {
        self.outputs.pop_front()
    }

    fn poll_relay_packet(&mut self) -> Option<(WorkerId, Vec<u8>)> {
        self.relays.pop_front()
    }

    fn counters(&self) -> &u64 {
        &self.received
    }
}

impl Fake {
    fn fan_out(&mut self, packet: &[u8]) {
        let copies = [packet; 64];
        for target in &self.targets {
            self.packing.run(*target, &copies[..self.copies.max(1)]);
        }
    }
}

/// Answers a number with its double, 5 ms later.
#[derive(Default)]
pub(crate) struct FakeHandshaker {
    due: Option<(Instant, u64)>,
    ready: VecDeque<u64>,
}

impl Handshakes for FakeHandshaker {
    type Input = u64;
    type Output = u64;

    fn receive(&mut self, now: Instant, input: u64) {
        self.due = Some((now + Duration::from_millis(5), input));
    }

    fn timeout(&mut self, now: Instant) {
        if let Some((due, number)) = self.due.take() {
            assert!(due <= now);
            self.ready.push_back(number * 2);
        }
    }

    fn next_timeout(&self) -> Option<Instant> {
        self.due.map(|(due, _)| due)
    }

    fn poll(&mut self) -> Option<u64> {
        self.ready.pop_front()
    }

    fn droppable(_: &u64) -> bool {
        true
    }
}

/// A path through the first UDP socket.
pub(crate) fn udp(remote: std::net::SocketAddr) -> Path {
    Path { remote, link: Link::Udp(0) }
}

/// Something that passes for a STUN message, 20 bytes and `filling`.
pub(crate) fn stun(filling: &[u8]) -> Vec<u8> {
    let mut packet = vec![0, 1, 0, filling.len() as u8, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
    packet.extend_from_slice(filling);
    packet
}
