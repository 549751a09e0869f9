//! One publisher and many subscribers on one shard, without a network: what the allocation test and the benchmark share.

use crate::peer::{Peer, Shape, keys};
use rand::SeedableRng;
use rand::rngs::SmallRng;
use sfu::command::{Command, RoomPlan, VideoView, View};
use sfu::dtls::{HandshakeOutput, HandshakeProgress, HandshakeRequest};
use sfu::event::Output;
use sfu::id::{ParticipantId, RoomId, Source, WorkerId};
use sfu::{Shard, ShardConfig};
use std::sync::Arc;
use std::time::{Duration, Instant};

pub struct Fanout {
    pub shard: Shard,
    host: Peer,
    now: Instant,
    rng: SmallRng,
    pub runs: u64,
    pub bytes: u64,
}

impl Fanout {
    pub fn new(subscribers: u64) -> Fanout {
        let now = Instant::now();
        let mut shard = Shard::new(ShardConfig::new(WorkerId(0), 1, Duration::from_secs(1_700_000_000), 1), now);
        let mut rng = SmallRng::seed_from_u64(1);
        let host = Shape { name: "host", camera_layers: &["l", "m", "h"], ..Shape::default() };
        let mut peers = vec![Peer::new("r", 1, host, 0, now)];
        let names: Vec<&'static str> = (0..subscribers).map(|nth| &*format!("class {nth}").leak()).collect();
        for (nth, name) in (2..).zip(&names) {
            peers.push(Peer::new("r", nth, Shape { name, video_slots: 1, audio_slots: 1, ..Shape::default() }, 0, now));
        }
        let view = VideoView { participant: ParticipantId::from("host"), source: Source::Camera, spatial: Some(2), temporal: 3 };
        let views = names.iter().map(|name| (ParticipantId::from(*name), View { audio: true, video: vec![Some(view.clone())] })).collect();
        let plan = Arc::new(RoomPlan { audible: vec![ParticipantId::from("host")], views });
        shard.command(now, Command::Plan { room: RoomId::from("r"), plan });
        for peer in &mut peers {
            shard.command(now, Command::AddTransport(Box::new(peer.spec.clone())));
            for mut check in peer.poll(now, &mut rng) {
                shard.receive(now, peer.path, &mut check);
            }
            peer.take_keys();
        }
        while let Some(output) = shard.poll() {
            if let Output::Handshake(input) = output
                && let HandshakeRequest::Start { .. } = input.kind
            {
                let kind = HandshakeProgress::Keys(keys(input.transport, false));
                shard.handshake(now, HandshakeOutput { transport: input.transport, kind });
            }
        }
        let _ = shard.flush(now);
        Fanout { shard, host: peers.swap_remove(0), now, rng, runs: 0, bytes: 0 }
    }

    /// The host's packets of the next frame, sealed.
    pub fn next_frame(&mut self) -> Vec<Vec<u8>> {
        self.now += Duration::from_millis(33);
        self.host.poll(self.now, &mut self.rng)
    }

    /// Forwards them as one tick. Returns how many packets were sealed.
    pub fn forward(&mut self, mut frame: Vec<Vec<u8>>) -> u64 {
        for packet in &mut frame {
            self.shard.receive(self.now, self.host.path, packet);
        }
        let mut packets = 0;
        loop {
            let batch = self.shard.flush(self.now);
            self.runs += batch.runs.len() as u64;
            self.bytes += batch.packets.iter().map(|span| u64::from(span.len)).sum::<u64>();
            packets += batch.packets.len() as u64;
            if !self.shard.wants_flush() {
                return packets;
            }
        }
    }

    /// So many frames in a row, with timers.
    pub fn frames(&mut self, count: usize) {
        for _ in 0..count {
            let frame = self.next_frame();
            self.forward(frame);
            self.shard.timeout(self.now);
            let _ = self.shard.flush(self.now);
            while self.shard.poll().is_some() {}
        }
    }
}
