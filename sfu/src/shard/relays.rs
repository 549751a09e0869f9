//! A room over several workers: each shard says what it wants, and gets it decrypted.

use super::Shard;
use crate::event::Output;
use crate::id::WorkerId;
use crate::packet::{Passing, Stream};
use crate::relay::{RelayMessage, RelayPacket};
use crate::room::TrackKey;
use crate::track::Origin;
use std::time::Instant;

impl Shard {
    /// Takes a control message of a sibling.
    pub fn relay(&mut self, now: Instant, from: WorkerId, message: RelayMessage) {
        match message {
            RelayMessage::Wants { room, tracks } => {
                let room = self.room(&room);
                self.rooms[room].wanted_by.insert(from, tracks.into_iter().collect());
                self.refresh_relays(room);
                self.drop_if_empty(room);
            }
            RelayMessage::Track { key, room, participant, source, codecs, encodings } => {
                let Some(room) = self.room_index.get(&room).copied() else { return };
                let name: TrackKey = (participant, source);
                let own = self.rooms[room].tracks.get(&name).is_some_and(|track| matches!(self.tracks[*track].origin, Origin::Local(_)));
                if own {
                    return;
                }
                let track = self.add_track(room, name, Origin::Relayed(from, key), codecs, usize::from(encodings));
                self.relay_index.insert((from, key), track);
                self.reconcile(now, room);
            }
            RelayMessage::TrackGone { key } => {
                if let Some(track) = self.relay_index.get(&(from, key)).copied() {
                    let room = self.tracks[track].room;
                    self.forget_track(track);
                    self.reconcile(now, room);
                    self.drop_if_empty(room);
                }
            }
            RelayMessage::Report { key, encoding, ntp, rtp } => {
                let Some(track) = self.relay_index.get(&(from, key)).copied() else { return };
                if let Some(encoding) = self.tracks[track].encodings.get_mut(usize::from(encoding)) {
                    encoding.mapping = Some((ntp, rtp));
                }
            }
            RelayMessage::KeyFrame { key, encoding } => {
                let track = self.tracks.iter().find(|(_, track)| track.relay_key == key && matches!(track.origin, Origin::Local(_))).map(|(index, _)| index);
                if let Some(track) = track {
                    self.request_key_frame(now, track, encoding);
                }
            }
        }
    }

    /// Takes a packet of a sibling.
    pub fn relay_packet(&mut self, now: Instant, from: WorkerId, packet: &RelayPacket) {
        self.counters.relayed_in += 1;
        let result = match self.relay_index.get(&(from, packet.key)).copied() {
            Some(track) => {
                let stream = Stream { track, encoding: packet.encoding };
                self.forward(now, &Passing { stream, generation: packet.generation, seq: packet.seq, bytes: packet.bytes(), map: &packet.extensions })
            }
            None => Err(crate::counters::DropReason::RelayUnknown),
        };
        if let Err(reason) = result {
            self.counters.drop(reason);
        }
    }

    pub(super) fn siblings(&self) -> impl Iterator<Item = WorkerId> + use<> {
        let own = self.config.worker;
        (0..self.config.workers).map(WorkerId).filter(move |worker| *worker != own)
    }

    /// Compares what siblings want of a room with what they get.
    fn refresh_relays(&mut self, room: usize) {
        let state = &self.rooms[room];
        let wanted: Vec<(usize, u64)> = state
            .tracks
            .iter()
            .filter(|(_, track)| matches!(self.tracks[**track].origin, Origin::Local(_)))
            .map(|(key, track)| (*track, state.relays(key)))
            .collect();
        for (track, relays) in wanted {
            self.update_relays(track, relays);
        }
    }

    /// Hands a track to just these siblings from now on, a bit each.
    pub(super) fn update_relays(&mut self, index: usize, relays: u64) {
        let track = &mut self.tracks[index];
        let before = std::mem::replace(&mut track.relays, relays);
        if before == relays {
            return;
        }
        let began = RelayMessage::Track {
            key: track.relay_key,
            room: self.rooms[track.room].id.clone(),
            participant: track.participant.clone(),
            source: track.source,
            codecs: track.codecs.clone(),
            encodings: track.encodings.len() as u8,
        };
        let reports: Vec<RelayMessage> = (0_u8..)
            .zip(&track.encodings)
            .filter_map(|(nth, encoding)| encoding.mapping.map(|(ntp, rtp)| RelayMessage::Report { key: track.relay_key, encoding: nth, ntp, rtp }))
            .collect();
        let gone = RelayMessage::TrackGone { key: track.relay_key };
        for worker in self.siblings() {
            let bit = 1_u64 << worker.0;
            match (before & bit != 0, relays & bit != 0) {
                (false, true) => {
                    self.outputs.push_back(Output::Relay(worker, began.clone()));
                    self.outputs.extend(reports.iter().map(|report| Output::Relay(worker, report.clone())));
                }
                (true, false) => self.outputs.push_back(Output::Relay(worker, gone.clone())),
                _ => {}
            }
        }
    }
}
