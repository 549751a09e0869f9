//! Orders: transports come and go, plans change. What is wanted is compared with what is, and the difference carried out.

use super::Shard;
use crate::command::{RoomPlan, VideoView};
use crate::dtls::{HandshakeInput, HandshakeRequest};
use crate::event::Output;
use crate::id::{Kind, RoomId, Source, TransportId};
use crate::relay::{RelayKey, RelayMessage};
use crate::room::{Room, TrackKey};
use crate::spec::{CodecSpec, IceCredentials, TransportSpec};
use crate::track::{MAX_ENCODINGS, NO_ENCODING, Origin, Subscription, Track, TrackName};
use crate::transport::Transport;
use rand::Rng;
use std::sync::Arc;
use std::time::Instant;

impl Shard {
    pub(super) fn add_transport(&mut self, now: Instant, spec: TransportSpec) {
        let room = self.room(&spec.room);
        if let Some(before) = self.rooms[room].members.get(&spec.participant).copied() {
            self.remove_transport(now, before);
        }
        // Removing the only member may have removed the room.
        let room = self.room(&spec.room);
        let (id, participant, ufrag) = (spec.id, spec.participant.clone(), spec.ice.local_ufrag.clone());
        let transport = Transport::new(spec, room, now, self.clock, self.rng.random());
        let index = self.transports.insert(transport);
        self.by_id.insert(id, index);
        self.by_ufrag.insert(ufrag, index);
        self.rooms[room].members.insert(participant, index);
        for nth in 0..self.transports[index].published.len() {
            let published = &self.transports[index].published[nth].spec;
            let (source, codecs, encodings) = (published.source, published.codecs.clone(), published.rids.len());
            let key = (self.transports[index].participant.clone(), source);
            let track = self.add_track(room, key, Origin::Local(index), codecs, encodings);
            self.transports[index].published[nth].track = track;
        }
        self.reconcile(now, room);
    }

    pub(super) fn remove_transport(&mut self, now: Instant, index: usize) {
        self.close_links(index);
        for slot in 0..self.transports[index].video.len() {
            self.unsubscribe(index, slot);
        }
        let tracks: Vec<usize> = self.transports[index].published.iter().map(|published| published.track).collect();
        for track in tracks {
            self.remove_track(track);
        }
        let transport = self.transports.remove(index);
        self.by_id.remove(&transport.id);
        self.by_ufrag.retain(|_, owner| *owner != index);
        self.by_path.retain(|_, owner| *owner != index);
        if transport.handshake_started {
            self.outputs.push_back(Output::Handshake(HandshakeInput { transport: transport.id, kind: HandshakeRequest::Close }));
        }
        let room = &mut self.rooms[transport.room];
        room.members.remove(&transport.participant);
        room.listeners.retain(|listener| *listener as usize != index);
        self.reconcile(now, transport.room);
        self.drop_if_empty(transport.room);
        self.count_held();
    }

    pub(super) fn restart_ice(&mut self, id: TransportId, credentials: IceCredentials) {
        let Some(index) = self.by_id.get(&id).copied() else { return };
        let ice = &mut self.transports[index].ice;
        // Those in use stay valid until a check uses the new ones; what was given before is forgotten, however often a peer asks.
        let used = ice.credentials();
        self.by_ufrag.retain(|ufrag, owner| *owner != index || *ufrag == used.local_ufrag);
        self.by_ufrag.insert(credentials.local_ufrag.clone(), index);
        ice.restart(credentials);
    }

    pub(super) fn plan(&mut self, now: Instant, room: RoomId, plan: Arc<RoomPlan>) {
        let room = self.room(&room);
        self.rooms[room].plan = plan;
        self.reconcile(now, room);
        self.drop_if_empty(room);
    }

    pub(super) fn close_room(&mut self, now: Instant, id: &RoomId) {
        let Some(room) = self.room_index.get(id).copied() else { return };
        self.rooms[room].plan = Arc::default();
        let members: Vec<TransportId> = self.rooms[room].members.values().map(|index| self.transports[*index].id).collect();
        for id in members {
            if let Some(index) = self.by_id.get(&id).copied() {
                self.remove_transport(now, index);
            }
        }
        if let Some(room) = self.room_index.get(id).copied() {
            self.reconcile(now, room);
            self.drop_if_empty(room);
        }
    }

    /// The room of that name, made where it is new.
    pub(super) fn room(&mut self, id: &RoomId) -> usize {
        if let Some(index) = self.room_index.get(id) {
            return *index;
        }
        let index = self.rooms.insert(Room::new(id.clone()));
        self.room_index.insert(id.clone(), index);
        index
    }

    pub(super) fn drop_if_empty(&mut self, index: usize) {
        if self.rooms.get(index).is_none_or(|room| !room.is_empty()) {
            return;
        }
        let relayed: Vec<usize> = self.rooms[index].tracks.values().copied().collect();
        for track in relayed {
            self.forget_track(track);
        }
        let room = self.rooms.remove(index);
        self.room_index.remove(&room.id);
    }

    /// Adds a track with that many encodings.
    pub(super) fn add_track(&mut self, room: usize, key: TrackKey, origin: Origin, codecs: Vec<CodecSpec>, encodings: usize) -> usize {
        if let Some(before) = self.rooms[room].tracks.get(&key).copied() {
            self.remove_track(before);
        }
        let relay_key = RelayKey(self.next_relay);
        self.next_relay += 1;
        let name = TrackName { room, participant: key.0.clone(), source: key.1 };
        let track = Track::new(name, origin, codecs, encodings, relay_key, self.next_encoding);
        self.next_encoding = self.next_encoding.wrapping_add(MAX_ENCODINGS as u32);
        let index = self.tracks.insert(track);
        self.rooms[room].tracks.insert(key.clone(), index);
        if matches!(origin, Origin::Local(_)) {
            let relays = self.rooms[room].relays(&key);
            self.update_relays(index, relays);
        }
        index
    }

    /// Removes a track and tells siblings that had it.
    pub(super) fn remove_track(&mut self, index: usize) {
        if !self.tracks.contains(index) {
            return;
        }
        self.update_relays(index, 0);
        self.forget_track(index);
    }

    /// Removes a track from everything that names it.
    pub(super) fn forget_track(&mut self, index: usize) {
        let track = self.tracks.remove(index);
        self.staging.forget(index, None);
        if let Origin::Relayed(worker, key) = track.origin {
            self.relay_index.remove(&(worker, key));
        }
        for subscription in &track.subscriptions {
            if let Some(transport) = self.transports.get_mut(subscription.transport as usize) {
                transport.video[usize::from(subscription.slot)].track = None;
            }
        }
        if track.kind() == Kind::Audio {
            for (_, transport) in &mut self.transports {
                transport.audio.iter_mut().filter(|slot| slot.track == Some(index)).for_each(|slot| slot.track = None);
            }
        }
        if let Some(room) = self.rooms.get_mut(track.room) {
            room.remove_track(&(track.participant, track.source), index);
        }
    }

    /// Carries out the difference between a room's plan and what is.
    pub(super) fn reconcile(&mut self, now: Instant, room: usize) {
        if !self.rooms.contains(room) {
            return;
        }
        self.reconcile_sound(now, room);
        let plan = Arc::clone(&self.rooms[room].plan);
        let members: Vec<usize> = self.rooms[room].members.values().copied().collect();
        for index in members {
            let transport = &self.transports[index];
            let view = plan.views.get(&transport.participant).filter(|_| transport.is_ready());
            for slot in 0..self.transports[index].video.len() {
                let wanted = view.and_then(|view| view.video.get(slot)).and_then(Option::as_ref);
                let track = wanted.and_then(|video| self.rooms[room].tracks.get(&(video.participant.clone(), video.source)).copied());
                self.subscribe(index, slot, wanted.zip(track));
            }
        }
        let tracks: Vec<usize> = self.rooms[room].tracks.values().copied().collect();
        for track in tracks {
            let wanted = self.tracks[track].update_subscriptions(now);
            self.ask_key_frames(now, track, wanted);
        }
        self.announce_wants(room);
    }

    fn reconcile_sound(&mut self, now: Instant, index: usize) {
        let Shard { rooms, tracks, transports, .. } = self;
        let room = &mut rooms[index];
        let plan = &room.plan;
        room.listeners.clear();
        for (participant, member) in &room.members {
            let transport = &transports[*member];
            if plan.views.get(participant).is_some_and(|view| view.audio) && transport.is_ready() && !transport.audio.is_empty() {
                room.listeners.push(*member as u32);
            }
        }
        for ((participant, source), track) in &room.tracks {
            if *source != Source::Microphone {
                continue;
            }
            let voice = &mut tracks[*track].voice;
            voice.audible = plan.audible.contains(participant);
            if !voice.audible {
                voice.slot = None;
                room.loudness.remove(*track as u32);
                room.heard.iter_mut().filter(|place| **place == Some(*track)).for_each(|place| *place = None);
            }
        }
        let pinned = plan.audible.first().and_then(|host| room.tracks.get(&(host.clone(), Source::Microphone))).copied();
        room.pinned = pinned;
        room.loudness.pin(pinned.map(|track| track as u32));
        self.assign_voices(now, index);
    }

    /// Lets loudness decide who has the audio slots now.
    pub(super) fn assign_voices(&mut self, now: Instant, room: usize) {
        let Some(room) = self.rooms.get_mut(room) else { return };
        room.evaluate(now);
        for (slot, track) in room.heard.iter().enumerate() {
            if let Some(track) = track {
                self.tracks[*track].voice.slot = Some(slot as u8);
            }
        }
        for ((_, source), index) in &room.tracks {
            if *source == Source::Microphone && !room.heard.contains(&Some(*index)) {
                self.tracks[*index].voice.slot = None;
            }
        }
    }

    /// Makes a video slot show a track, or nothing.
    fn subscribe(&mut self, index: usize, slot: usize, wanted: Option<(&VideoView, usize)>) {
        let current = self.transports[index].video[slot].track;
        let Some((view, track)) = wanted else { return self.unsubscribe(index, slot) };
        if current != Some(track) {
            self.unsubscribe(index, slot);
            self.transports[index].video[slot].track = Some(track);
            self.tracks[track].subscriptions.push(Subscription {
                transport: index as u32,
                slot: slot as u8,
                current: NO_ENCODING,
                desired: NO_ENCODING,
                max_spatial: view.spatial,
                max_temporal: view.temporal,
                temporal: view.temporal,
            });
            return;
        }
        let found = self.tracks[track].subscriptions.iter_mut().find(|entry| entry.transport as usize == index && usize::from(entry.slot) == slot);
        if let Some(subscription) = found {
            (subscription.max_spatial, subscription.max_temporal) = (view.spatial, view.temporal);
        }
    }

    fn unsubscribe(&mut self, index: usize, slot: usize) {
        let Some(track) = self.transports[index].video[slot].track.take() else { return };
        let subscriptions = &mut self.tracks[track].subscriptions;
        if let Some(at) = subscriptions.iter().position(|entry| entry.transport as usize == index && usize::from(entry.slot) == slot) {
            subscriptions.swap_remove(at);
        }
    }

    /// Tells siblings what this shard's subscribers want, where that changed.
    fn announce_wants(&mut self, room: usize) {
        let state = &mut self.rooms[room];
        let mut wants = state.wanted_tracks();
        wants.retain(|key| !state.tracks.get(key).is_some_and(|track| matches!(self.tracks[*track].origin, Origin::Local(_))));
        if wants == state.wants {
            return;
        }
        state.wants.clone_from(&wants);
        let tracks: Vec<TrackKey> = wants.into_iter().collect();
        let message = RelayMessage::Wants { room: state.id.clone(), tracks };
        for worker in self.siblings() {
            self.outputs.push_back(Output::Relay(worker, message.clone()));
        }
    }
}
