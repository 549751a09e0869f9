//! From one publisher to every subscriber.

use super::Shard;
use crate::codec::inspect;
use crate::counters::{Counters, DropReason};
use crate::egress::Egress;
use crate::id::Kind;
use crate::packet::RtpIn;
use crate::relay::RelayPacket;
use crate::rtp::{AudioLevel, ExtensionMap, RtpHeader};
use crate::slot::Outlet;
use crate::track::{Encoding, NO_ENCODING, Origin, Subscription, Track};
use crate::transport::Transport;
use slab::Slab;
use std::time::Instant;

/// Sound below this is a quiet room, in -dBov.
const HEARD_LEVEL: u8 = 50;

/// Packets of a key frame that may have overtaken its first one.
const MAX_OVERTAKEN: u64 = 64;

/// Packets for siblings that may wait for the end of the tick; the rings behind are no longer than that.
const MAX_RELAY_QUEUE: usize = 1_024;

impl Shard {
    /// Forwards one packet of an encoding, own or relayed.
    pub(super) fn forward(&mut self, now: Instant, track: usize, encoding: u8, seq: u64, packet: &[u8], map: &ExtensionMap) -> Result<(), DropReason> {
        let header = RtpHeader::parse(packet).map_err(|_| DropReason::RtpMalformed)?;
        let payload = packet.get(header.header_len..packet.len() - header.padding).ok_or(DropReason::RtpMalformed)?;
        let state = &mut self.tracks[track];
        let (codec, _) = state.codec(header.payload_type).ok_or(DropReason::RtpUnknownPayloadType)?;
        self.relay_out(track, encoding, seq, packet, map);
        let state = &mut self.tracks[track];
        let Some(current) = state.encodings.get_mut(usize::from(encoding)) else { return Err(DropReason::RelayUnknown) };
        state.extensions = *map;
        // Padding is no sign of life: browsers probe with it on a source that is switched off.
        let begins = !payload.is_empty() && !current.is_active(now);
        if !payload.is_empty() {
            current.receive(now, packet.len());
        }
        if std::mem::take(&mut current.restarted) {
            state.subscriptions.iter_mut().filter(|subscription| subscription.current == encoding).for_each(|subscription| subscription.current = NO_ENCODING);
        }
        let current = &mut state.encodings[usize::from(encoding)];
        let extensions = map.read(packet, &header);
        let frame = inspect(codec, payload, extensions.dependency_descriptor, &mut current.descriptor);
        if frame.keyframe {
            current.key_frame_pending = false;
        }
        current.max_temporal = current.max_temporal.max(frame.temporal);
        if !payload.is_empty() {
            current.cache.insert(seq, packet);
        }
        let packet = RtpIn { now, encoding: current.key, seq, header, extensions, payload, codec, frame };
        if begins {
            let wanted = state.update_subscriptions(now);
            if !frame.keyframe {
                self.ask_key_frames(now, track, wanted);
            }
        }
        match self.tracks[track].kind() {
            Kind::Audio => self.forward_audio(track, &packet),
            Kind::Video => self.forward_video(track, encoding, &packet),
        }
    }

    fn relay_out(&mut self, track: usize, encoding: u8, seq: u64, packet: &[u8], map: &ExtensionMap) {
        let track = &self.tracks[track];
        if track.relays == 0 || matches!(track.origin, Origin::Relayed(..)) {
            return;
        }
        match RelayPacket::new(track.relay_key, encoding, seq, *map, packet) {
            Some(relayed) if self.relay_queue.len() < MAX_RELAY_QUEUE => {
                self.counters.relayed_out += 1;
                self.relay_queue.push_back((track.relays, relayed));
            }
            _ => self.counters.drop(DropReason::RelayTooLarge),
        }
    }

    fn forward_video(&mut self, track: usize, encoding: u8, packet: &RtpIn<'_>) -> Result<(), DropReason> {
        let Shard { tracks, transports, egress, counters, .. } = self;
        let state = &mut tracks[track];
        let (mut taken, mut began) = (false, false);
        for subscription in &mut state.subscriptions {
            if subscription.current != encoding {
                let begins = subscription.desired == encoding && packet.frame.keyframe && !packet.payload.is_empty();
                if !begins || !begin(subscription, encoding, &state.encodings, packet, transports) {
                    continue;
                }
                (began, subscription.begins) = (true, true);
            }
            taken = true;
            deliver(subscription, packet, transports, egress, counters);
        }
        if began {
            self.catch_up(track, encoding, packet);
        }
        match (taken, packet.payload.is_empty()) {
            (_, true) => Err(DropReason::Padding),
            (false, false) if self.tracks[track].relays == 0 => Err(DropReason::NoSubscriber),
            _ => Ok(()),
        }
    }

    /// Gives subscriptions that begin with this packet those after it that overtook it on the way.
    fn catch_up(&mut self, track: usize, encoding: u8, first: &RtpIn<'_>) {
        let Shard { tracks, transports, egress, counters, .. } = self;
        let Track { subscriptions, encodings, extensions, codecs, .. } = &mut tracks[track];
        let from = &encodings[usize::from(encoding)];
        let highest = from.unwrapper.highest().unwrap_or(first.seq).min(first.seq + MAX_OVERTAKEN);
        let mut descriptor = from.descriptor.clone();
        for seq in first.seq + 1..=highest {
            let Some(bytes) = from.cache.get(seq) else { continue };
            let Ok(header) = RtpHeader::parse(bytes) else { continue };
            let Some(codec) = codecs.iter().find(|spec| spec.payload_type == header.payload_type).map(|spec| spec.codec) else { continue };
            let Some(payload) = bytes.get(header.header_len..bytes.len() - header.padding) else { continue };
            let read = extensions.read(bytes, &header);
            let frame = inspect(codec, payload, read.dependency_descriptor, &mut descriptor);
            let packet = RtpIn { seq, header, extensions: read, payload, codec, frame, ..*first };
            for subscription in subscriptions.iter_mut().filter(|subscription| subscription.begins) {
                deliver(subscription, &packet, transports, egress, counters);
            }
        }
        subscriptions.iter_mut().for_each(|subscription| subscription.begins = false);
    }

    fn forward_audio(&mut self, track: usize, packet: &RtpIn<'_>) -> Result<(), DropReason> {
        let state = &mut self.tracks[track];
        if packet.payload.is_empty() {
            return Err(DropReason::Padding);
        }
        if !state.voice.audible {
            return Err(DropReason::NotAudible);
        }
        // A sender without the level extension counts as speaking softly, so that it is heard at all.
        let level = packet.extensions.audio_level.unwrap_or(AudioLevel { voice: true, level: 40 });
        if level.voice || level.level < HEARD_LEVEL {
            state.voice.hear(packet.now);
        }
        let room = &mut self.rooms[state.room];
        room.loudness.receive(packet.now, track as u32, level.voice, level.level);
        let slot = usize::from(state.voice.slot.ok_or(DropReason::NotLoud)?);
        let publisher = match state.origin {
            Origin::Local(index) => Some(index as u32),
            Origin::Relayed(..) => None,
        };
        for listener in room.listeners.iter().copied().filter(|listener| Some(*listener) != publisher) {
            let Some(transport) = self.transports.get_mut(listener as usize) else { continue };
            let Some(audio) = transport.audio.get_mut(slot) else { continue };
            if audio.track != Some(track) {
                audio.track = Some(track);
                audio.slot.switch(packet, None);
            }
            match audio.slot.send(packet, Outlet { map: &transport.extensions, egress: &mut self.egress, queue: &mut transport.queue, transport: listener }) {
                Ok(bytes) => {
                    transport.traffic.down += bytes as u64;
                    self.counters.forwarded += 1;
                }
                Err(reason) => self.counters.drop(reason),
            }
        }
        Ok(())
    }
}

/// Switches a subscription to an encoding at its key frame. False where its slot cannot take it.
fn begin(subscription: &mut Subscription, encoding: u8, encodings: &[Encoding], packet: &RtpIn<'_>, transports: &mut Slab<Transport>) -> bool {
    let Some(transport) = transports.get_mut(subscription.transport as usize) else { return false };
    let slot = &mut transport.video[usize::from(subscription.slot)].slot;
    if !slot.takes(packet.codec) {
        // Paused until the next plan: asking for key frames it cannot use would cost everybody else.
        (subscription.max_spatial, subscription.desired) = (None, NO_ENCODING);
        return false;
    }
    let before = encodings.get(usize::from(subscription.current)).filter(|_| subscription.current != NO_ENCODING);
    let aligned = before.and_then(|before| align(before.mapping?, encodings[usize::from(encoding)].mapping?, packet.header.timestamp));
    slot.switch(packet, aligned);
    subscription.current = encoding;
    subscription.temporal = subscription.max_temporal;
    true
}

/// A frame's timestamp on another layer's clock, from the sender reports of both (NTP, RTP), at 90 kHz.
fn align(before: (u64, u32), now: (u64, u32), timestamp: u32) -> Option<u32> {
    // Both mappings are a few seconds old at most; their difference in NTP, in ticks of the clock.
    let apart = now.0.wrapping_sub(before.0) as i64;
    let ticks = (i128::from(apart) * 90_000) >> 32;
    let since = timestamp.wrapping_sub(now.1);
    Some(before.1.wrapping_add(ticks as u32).wrapping_add(since))
}

/// Sends one packet of the encoding a subscription follows, or leaves it out without a gap.
fn deliver(subscription: &mut Subscription, packet: &RtpIn<'_>, transports: &mut Slab<Transport>, egress: &mut Egress, counters: &mut Counters) {
    let Some(transport) = transports.get_mut(subscription.transport as usize) else { return };
    let slot = &mut transport.video[usize::from(subscription.slot)].slot;
    if packet.payload.is_empty() {
        slot.skip(packet);
        return;
    }
    if !passes_temporal(subscription, packet) {
        slot.skip(packet);
        return counters.drop(DropReason::LayerTemporal);
    }
    match slot.send(packet, Outlet { map: &transport.extensions, egress, queue: &mut transport.queue, transport: subscription.transport }) {
        Ok(bytes) => {
            transport.traffic.down += bytes as u64;
            counters.forwarded += 1;
        }
        Err(reason) => counters.drop(reason),
    }
}

/// Whether a packet's temporal layer is forwarded; rises only where the encoder lets a decoder climb.
fn passes_temporal(subscription: &mut Subscription, packet: &RtpIn<'_>) -> bool {
    subscription.temporal = subscription.temporal.min(subscription.max_temporal);
    let layer = packet.frame.temporal;
    if layer <= subscription.temporal {
        return true;
    }
    let rises = layer <= subscription.max_temporal && packet.frame.switch_up && packet.frame.frame_start;
    if rises {
        subscription.temporal = layer;
    }
    rises
}
