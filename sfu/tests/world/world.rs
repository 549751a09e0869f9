//! Shards, peers and the lines between them, moved on a millisecond at a time.

use crate::network::{Line, Network};
use crate::peer::{Peer, Shape, keys};
use rand::SeedableRng;
use rand::rngs::SmallRng;
use sfu::command::{Command, RoomPlan, VideoView, View};
use sfu::dtls::{HandshakeOutput, HandshakeProgress, HandshakeRequest};
use sfu::event::{Event, Output};
use sfu::id::{ParticipantId, RoomId, Source, WorkerId};
use sfu::path::Path;
use sfu::{Shard, ShardConfig};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::{Duration, Instant};

pub const ROOM: &str = "lesson-1";

pub struct World {
    pub now: Instant,
    pub shards: Vec<Shard>,
    pub peers: Vec<Peer>,
    pub events: Vec<Event>,
    pub up: Line,
    pub down: Line,
    uplinks: Network<(usize, Path, Vec<u8>)>,
    downlinks: Network<(Path, Vec<u8>)>,
    rng: SmallRng,
    /// Peers whose packets vanish in both directions.
    pub cut: Vec<usize>,
    pub runs: Vec<usize>,
    /// Those that a shard gave because the one before could not hold all.
    pub batches: u64,
    /// What was sent of each SRTP index, hashed, and how often that was sent again.
    sealed: HashMap<(Path, u32, u16), u64>,
    pub sent_twice: u64,
}

impl World {
    pub fn new(workers: u8, seed: u64) -> World {
        World::configured(workers, seed, |_| {})
    }

    pub fn configured(workers: u8, seed: u64, configure: impl Fn(&mut ShardConfig)) -> World {
        let now = Instant::now();
        let shard = |worker| {
            let mut config = ShardConfig::new(WorkerId(worker), workers, Duration::from_secs(1_700_000_000), seed + u64::from(worker));
            configure(&mut config);
            Shard::new(config, now)
        };
        World {
            now,
            shards: (0..workers).map(shard).collect(),
            peers: Vec::new(),
            events: Vec::new(),
            up: Line { delay: Duration::from_millis(10), ..Line::default() },
            down: Line { delay: Duration::from_millis(10), ..Line::default() },
            uplinks: Network::default(),
            downlinks: Network::default(),
            rng: SmallRng::seed_from_u64(seed),
            cut: Vec::new(),
            runs: Vec::new(),
            batches: 0,
            sealed: HashMap::new(),
            sent_twice: 0,
        }
    }

    pub fn join(&mut self, shape: Shape, worker: usize) -> usize {
        let number = self.peers.len() as u64 + 1;
        let peer = Peer::new(ROOM, number, shape, worker, self.now);
        self.shards[worker].command(self.now, Command::AddTransport(Box::new(peer.spec.clone())));
        self.peers.push(peer);
        self.peers.len() - 1
    }

    pub fn plan(&mut self, plan: &RoomPlan) {
        let plan = Arc::new(plan.clone());
        for shard in &mut self.shards {
            shard.command(self.now, Command::Plan { room: RoomId::from(ROOM), plan: Arc::clone(&plan) });
        }
    }

    /// Lets that much time pass.
    pub fn run(&mut self, span: Duration) {
        let end = self.now + span;
        while self.now < end {
            self.now += Duration::from_millis(1);
            self.step();
        }
    }

    fn step(&mut self) {
        for index in 0..self.peers.len() {
            let (path, worker) = (self.peers[index].path, self.peers[index].worker);
            for packet in self.peers[index].poll(self.now, &mut self.rng) {
                if !self.cut.contains(&index) {
                    self.uplinks.send(self.now, &self.up, &mut self.rng, (worker, path, packet));
                }
            }
        }
        while let Some((worker, path, mut packet)) = self.uplinks.receive(self.now) {
            self.shards[worker].receive(self.now, path, &mut packet);
        }
        for worker in 0..self.shards.len() {
            self.serve(worker);
        }
        while let Some((path, packet)) = self.downlinks.receive(self.now) {
            let Some(index) = self.peers.iter().position(|peer| peer.path == path) else { continue };
            if self.cut.contains(&index) {
                continue;
            }
            let worker = self.peers[index].worker;
            for answer in self.peers[index].receive(self.now, &packet) {
                self.uplinks.send(self.now, &self.up, &mut self.rng, (worker, path, answer));
            }
        }
    }

    fn serve(&mut self, worker: usize) {
        if self.shards[worker].next_timeout().is_some_and(|at| at <= self.now) {
            self.shards[worker].timeout(self.now);
        }
        while let Some(output) = self.shards[worker].poll() {
            self.deliver(worker, output);
        }
        while let Some((sibling, packet)) = self.shards[worker].poll_relay_packet() {
            self.shards[usize::from(sibling.0)].relay_packet(self.now, WorkerId(worker as u8), &packet);
        }
        for shard in &mut self.shards {
            loop {
                let batch = shard.flush(self.now);
                for run in batch.runs {
                    self.runs.push(usize::from(run.count));
                    let sizes: Vec<usize> = batch.bytes(run).map(<[u8]>::len).collect();
                    let (last, rest) = sizes.split_last().unwrap();
                    assert!(
                        rest.iter().all(|size| *size == usize::from(run.segment)) && *last <= usize::from(run.segment),
                        "a run fit for segmentation: {sizes:?}"
                    );
                    for packet in batch.bytes(run) {
                        if is_rtp(packet) {
                            let index = (run.path, u32::from_be_bytes(packet[8..12].try_into().unwrap()), u16::from_be_bytes([packet[2], packet[3]]));
                            let mut hasher = DefaultHasher::new();
                            packet.hash(&mut hasher);
                            if let Some(before) = self.sealed.insert(index, hasher.finish()) {
                                assert_eq!(before, hasher.finish(), "two plaintexts under one index: {index:?}");
                                self.sent_twice += 1;
                            }
                        }
                        self.downlinks.send(self.now, &self.down, &mut self.rng, (run.path, packet.to_vec()));
                    }
                }
                if !shard.wants_flush() {
                    assert!(shard.flush(self.now).is_empty(), "nothing waits that is not due");
                    break;
                }
                self.batches += 1;
            }
        }
    }

    fn deliver(&mut self, worker: usize, output: Output) {
        match output {
            Output::Event(event) => self.events.push(event),
            Output::Relay(to, message) => self.shards[usize::from(to.0)].relay(self.now, WorkerId(worker as u8), message),
            Output::Handshake(input) => {
                if let HandshakeRequest::Start { .. } = input.kind {
                    let kind = HandshakeProgress::Keys(keys(input.transport, false));
                    self.shards[worker].handshake(self.now, HandshakeOutput { transport: input.transport, kind });
                    if let Some(peer) = self.peers.iter_mut().find(|peer| peer.spec.id == input.transport) {
                        peer.take_keys();
                    }
                }
            }
            Output::CloseLink(_) => {}
        }
    }
}

fn is_rtp(packet: &[u8]) -> bool {
    (128..192).contains(&packet[0]) && !(192..224).contains(&packet[1])
}

/// A view of one camera and the sound.
pub fn watches(publisher: &str, spatial: u8) -> View {
    View { audio: true, video: vec![video(publisher, spatial)] }
}

pub fn video(publisher: &str, spatial: u8) -> Option<VideoView> {
    Some(VideoView { participant: ParticipantId::from(publisher), source: Source::Camera, spatial: Some(spatial), temporal: 3 })
}

pub fn plan(audible: &[&str], views: &[(&str, View)]) -> RoomPlan {
    RoomPlan {
        audible: audible.iter().map(|name| ParticipantId::from(*name)).collect(),
        views: views.iter().map(|(name, view)| (ParticipantId::from(*name), view.clone())).collect(),
    }
}
