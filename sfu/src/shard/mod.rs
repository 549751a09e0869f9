//! What one worker owns: transports, and its part of each room.

mod control;
mod fanout;
mod feedback;
mod forward;
mod inbound;
mod relays;
mod tick;

use crate::command::Command;
use crate::counters::{Counters, DropReason};
use crate::dtls::{HandshakeInput, HandshakeOutput, HandshakeProgress, HandshakeRequest};
use crate::egress::Egress;
use crate::event::{Event, LostReason, Output};
use crate::id::{RoomId, TransportId, WorkerId};
use crate::path::{Batch, Link, Path};
use crate::relay::{RelayKey, RelayPacket};
use crate::report::NtpClock;
use crate::room::Room;
use crate::staging::Staging;
use crate::track::Track;
use crate::transport::Transport;
use rand::SeedableRng;
use rand::rngs::SmallRng;
use slab::Slab;
use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

/// What a shard is told at its start.
#[derive(Clone, Debug)]
pub struct ShardConfig {
    /// Which worker it is.
    pub worker: WorkerId,
    /// How many workers this node has, at most 64.
    pub workers: u8,
    /// The wall clock at the start, since 1970: the base of sender reports.
    pub unix: Duration,
    /// Packets one run may have; 1 where the kernel refuses `UDP_SEGMENT`.
    pub max_segments: u16,
    /// Bytes of the send arena.
    pub arena_bytes: usize,
    /// For first sequence numbers and timestamps; from the operating system's randomness.
    pub seed: u64,
}

impl ShardConfig {
    /// With an arena of 1 MiB and runs of at most 8 packets.
    pub fn new(worker: WorkerId, workers: u8, unix: Duration, seed: u64) -> ShardConfig {
        ShardConfig { worker, workers, unix, max_segments: 8, arena_bytes: 1 << 20, seed }
    }
}

/// One worker's transports and rooms. See the crate's documentation for the loop around it.
pub struct Shard {
    config: ShardConfig,
    transports: Slab<Transport>,
    by_id: HashMap<TransportId, usize>,
    by_ufrag: HashMap<String, usize>,
    by_path: HashMap<Path, usize>,
    rooms: Slab<Room>,
    room_index: HashMap<RoomId, usize>,
    tracks: Slab<Track>,
    relay_index: HashMap<(WorkerId, RelayKey), usize>,
    relay_queue: VecDeque<(u64, RelayPacket)>,
    staging: Staging,
    egress: Egress,
    outputs: VecDeque<Output>,
    counters: Counters,
    clock: NtpClock,
    rng: SmallRng,
    next_encoding: u32,
    next_relay: u64,
    scratch: Vec<u8>,
    ticks: tick::Ticks,
}

impl Shard {
    /// An empty shard.
    pub fn new(config: ShardConfig, now: Instant) -> Shard {
        Shard {
            egress: Egress::new(config.arena_bytes, config.max_segments),
            clock: NtpClock::new(now, config.unix),
            rng: SmallRng::seed_from_u64(config.seed),
            ticks: tick::Ticks::new(now),
            config,
            transports: Slab::new(),
            by_id: HashMap::new(),
            by_ufrag: HashMap::new(),
            by_path: HashMap::new(),
            rooms: Slab::new(),
            room_index: HashMap::new(),
            tracks: Slab::new(),
            relay_index: HashMap::new(),
            relay_queue: VecDeque::with_capacity(64),
            staging: Staging::new(),
            outputs: VecDeque::with_capacity(64),
            counters: Counters::default(),
            next_encoding: 1,
            next_relay: 1,
            scratch: Vec::with_capacity(1_500),
        }
    }

    /// Takes one datagram, or one packet of an ICE-TCP connection without its length. Decrypts in place.
    pub fn receive(&mut self, now: Instant, path: Path, packet: &mut [u8]) {
        self.counters.packets_in += 1;
        self.counters.bytes_in += packet.len() as u64;
        let result = match packet.first() {
            Some(0..=3) => self.stun(now, path, packet),
            Some(20..=63) => self.dtls(path, packet),
            Some(128..=191) => self.media(now, path, packet),
            _ => Err(DropReason::UnknownKind),
        };
        if let Err(reason) = result {
            self.counters.drop(reason);
        }
    }

    /// Carries out an order.
    pub fn command(&mut self, now: Instant, command: Command) {
        match command {
            Command::AddTransport(spec) => self.add_transport(now, *spec),
            Command::RemoveTransport(id) => {
                if let Some(index) = self.by_id.get(&id).copied() {
                    self.remove_transport(now, index);
                }
            }
            Command::RestartIce { transport, credentials } => self.restart_ice(transport, credentials),
            Command::Plan { room, plan } => self.plan(now, room, plan),
            Command::CloseRoom(room) => self.close_room(now, &room),
        }
    }

    /// Takes what the handshake thread made.
    pub fn handshake(&mut self, now: Instant, output: HandshakeOutput) {
        match (output.kind, self.by_id.get(&output.transport).copied()) {
            (HandshakeProgress::Dropped(reason), _) => self.counters.drop(reason),
            (_, None) => {}
            (HandshakeProgress::Datagram(bytes), Some(index)) => {
                let transport = &self.transports[index];
                let path = transport.handshake_path.filter(|path| transport.ice.is_authenticated(*path)).or_else(|| transport.path());
                let Some(path) = path else { return self.counters.drop(DropReason::NoPath) };
                if let Err(reason) = self.egress.push_raw(path, &bytes) {
                    self.counters.drop(reason);
                }
            }
            (HandshakeProgress::Keys(keys), Some(index)) => {
                if let Err(why) = self.transports[index].set_keys(&keys) {
                    self.counters.dtls_failed += 1;
                    return self.lose(now, index, LostReason::Handshake(why));
                }
                self.counters.connected += 1;
                let transport = &self.transports[index];
                let room = transport.room;
                let event = Event::Connected { room: self.rooms[room].id.clone(), participant: transport.participant.clone(), transport: transport.id };
                self.outputs.push_back(Output::Event(event));
                self.reconcile(now, room);
            }
            (HandshakeProgress::Failed(error), Some(index)) => {
                self.counters.dtls_failed += 1;
                self.lose(now, index, LostReason::Handshake(error.to_string()));
            }
            (HandshakeProgress::Closed, Some(index)) => self.lose(now, index, LostReason::Closed),
        }
    }

    /// An ICE-TCP connection ended.
    pub fn path_closed(&mut self, _now: Instant, path: Path) {
        if let Some(index) = self.by_path.remove(&path) {
            self.transports[index].ice.path_closed(path);
        }
    }

    /// Does what is due: feedback, reports, consent, layers.
    pub fn timeout(&mut self, now: Instant) {
        self.tick(now);
    }

    /// When to call [`Shard::timeout`] next; none while there is nothing to watch.
    pub fn next_timeout(&self) -> Option<Instant> {
        (!self.transports.is_empty()).then(|| self.ticks.next(!self.tracks.is_empty()))
    }

    /// Whether to flush before anything else is handed in.
    pub fn wants_flush(&self) -> bool {
        self.egress.is_nearly_full() || self.staging.is_due()
    }

    /// Until when a flush may wait for the rest of a frame, of which a part came: a frame that goes out as a whole costs less. None: nothing is to come.
    pub fn hold(&self) -> Option<Instant> {
        self.staging.hold()
    }

    /// Writes what came for each of its subscribers, as much as the arena holds, and seals it. Send the batch before the next call, and flush again while
    /// [`Shard::wants_flush`].
    pub fn flush(&mut self, _now: Instant) -> Batch<'_> {
        self.fan_out();
        let touched = self.egress.take_touched();
        for index in &touched {
            let Some(transport) = self.transports.get_mut(*index as usize) else { continue };
            match (transport.ice.selected(), &transport.srtp) {
                (Some(path), Some(srtp)) => self.egress.seal(&mut transport.queue, path, &srtp.sender, &mut self.counters),
                _ => self.egress.discard(&mut transport.queue, &mut self.counters),
            }
        }
        self.egress.finish(touched, &mut self.counters)
    }

    /// The next thing for the owner to carry out.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// The next packet for a sibling; one whose ring is full loses it.
    pub fn poll_relay_packet(&mut self) -> Option<(WorkerId, RelayPacket)> {
        let (workers, packet) = self.relay_queue.front_mut()?;
        let worker = WorkerId(workers.trailing_zeros() as u8);
        *workers &= workers.wrapping_sub(1);
        if *workers == 0 {
            return self.relay_queue.pop_front().map(|(_, packet)| (worker, packet));
        }
        Some((worker, packet.clone()))
    }

    /// What was counted since the start.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Says how many packets one run may have from now on; 1 after the kernel refused `UDP_SEGMENT`.
    pub fn set_max_segments(&mut self, max_segments: u16) {
        self.egress.set_max_segments(max_segments);
    }

    fn count_held(&mut self) {
        self.counters.transports = self.transports.len() as u64;
        self.counters.rooms = self.rooms.len() as u64;
        self.counters.tracks = self.tracks.len() as u64;
    }

    /// Removes a transport and says why.
    fn lose(&mut self, now: Instant, index: usize, reason: LostReason) {
        let transport = &self.transports[index];
        let event = Event::Lost { room: self.rooms[transport.room].id.clone(), participant: transport.participant.clone(), transport: transport.id, reason };
        self.remove_transport(now, index);
        self.outputs.push_back(Output::Event(event));
    }

    fn start_handshake(&mut self, index: usize) {
        let transport = &mut self.transports[index];
        if transport.handshake_started {
            return;
        }
        transport.handshake_started = true;
        let kind = HandshakeRequest::Start { active: transport.dtls_active, fingerprint: transport.fingerprint.clone() };
        self.outputs.push_back(Output::Handshake(HandshakeInput { transport: transport.id, kind }));
    }

    fn close_links(&mut self, index: usize) {
        for path in self.transports[index].ice.paths().collect::<Vec<_>>() {
            self.by_path.remove(&path);
            if matches!(path.link, Link::Tcp(_)) {
                self.outputs.push_back(Output::CloseLink(path.link));
            }
        }
    }
}
