//! From what came to every subscriber.

use super::Shard;
use crate::codec::inspect;
use crate::counters::{Counters, DropReason};
use crate::egress::Egress;
use crate::id::Kind;
use crate::packet::RtpIn;
use crate::rtp::{ExtensionMap, RtpHeader};
use crate::slot::Outlet;
use crate::spec::CodecSpec;
use crate::staging::Progress;
use crate::track::{Encoding, NO_ENCODING, Origin, Subscription, Track};
use crate::transport::{Traffic, Transport};
use arrayvec::ArrayVec;
use slab::Slab;

/// Packets of a key frame that may have overtaken its first one.
const MAX_OVERTAKEN: u64 = 64;

impl Shard {
    /// Writes what waits into the arena, subscriber by subscriber, until all have it or the arena is full: then the next flush goes on.
    pub(super) fn fan_out(&mut self) {
        while !self.egress.is_nearly_full() {
            let Shard { staging, tracks, rooms, transports, egress, counters, .. } = self;
            let mut packets = ArrayVec::new();
            let Some((stream, progress)) = staging.piece(&mut packets) else { break };
            let track = &mut tracks[stream.track];
            let mut exit = Exit { transports, egress, counters };
            let paused = match track.kind() {
                Kind::Audio => exit.sound(stream.track, track, &rooms[track.room].listeners, &packets, progress),
                Kind::Video => exit.video(stream.encoding, track, &packets, progress),
            };
            let count = packets.len();
            drop(packets);
            match paused {
                Some(progress) => self.staging.pause(count, progress),
                None => self.staging.finish(count),
            }
        }
        self.staging.leave();
    }
}

/// Where a piece goes.
struct Exit<'s> {
    transports: &'s mut Slab<Transport>,
    egress: &'s mut Egress,
    counters: &'s mut Counters,
}

/// What the subscriptions of a track need of it.
struct Feed<'t> {
    encodings: &'t [Encoding],
    extensions: &'t ExtensionMap,
    codecs: &'t [CodecSpec],
}

impl Exit<'_> {
    /// Gives a piece of one encoding to the track's subscriptions. Some: there is no room for more of them yet.
    fn video(&mut self, encoding: u8, track: &mut Track, packets: &[RtpIn<'_>], progress: Progress) -> Option<Progress> {
        let Track { subscriptions, encodings, extensions, codecs, relays, .. } = track;
        let feed = Feed { encodings, extensions, codecs };
        let Progress { subscribers, mut taken } = progress;
        for (nth, subscription) in subscriptions.iter_mut().enumerate().skip(subscribers) {
            if self.egress.is_nearly_full() {
                return Some(Progress { subscribers: nth, taken });
            }
            for (bit, packet) in packets.iter().enumerate() {
                if subscription.current == encoding {
                    self.deliver(subscription, packet);
                } else if subscription.desired == encoding
                    && packet.frame.keyframe
                    && !packet.payload.is_empty()
                    && self.begin(subscription, encoding, packet, &feed)
                {
                    self.deliver(subscription, packet);
                    self.catch_up(subscription, packet, &feed);
                } else {
                    continue;
                }
                taken |= 1 << bit;
            }
        }
        for (bit, packet) in packets.iter().enumerate() {
            match (taken & 1 << bit != 0, packet.payload.is_empty()) {
                (_, true) => self.counters.drop(DropReason::Padding),
                (false, false) if *relays == 0 => self.counters.drop(DropReason::NoSubscriber),
                _ => {}
            }
        }
        None
    }

    /// Gives a piece of sound to all who hear the room but its publisher. Some: there is no room for more of them yet.
    fn sound(&mut self, index: usize, track: &Track, listeners: &[u32], packets: &[RtpIn<'_>], progress: Progress) -> Option<Progress> {
        let Some(slot) = track.voice.slot else {
            packets.iter().for_each(|_| self.counters.drop(DropReason::NotLoud));
            return None;
        };
        let publisher = match track.origin {
            Origin::Local(index) => Some(index as u32),
            Origin::Relayed(..) => None,
        };
        for (nth, listener) in listeners.iter().copied().enumerate().skip(progress.subscribers) {
            if self.egress.is_nearly_full() {
                return Some(Progress { subscribers: nth, ..progress });
            }
            if Some(listener) == publisher {
                continue;
            }
            let Some(transport) = self.transports.get_mut(listener as usize) else { continue };
            let Transport { audio, extensions, queue, traffic, .. } = transport;
            let Some(audio) = audio.get_mut(usize::from(slot)) else { continue };
            for packet in packets {
                // Another speaker, or the same with another SSRC.
                if audio.track != Some(index) || audio.slot.follows() != Some(packet.encoding) {
                    audio.track = Some(index);
                    audio.slot.switch(packet, None);
                }
                let outlet = Outlet { map: extensions, egress: self.egress, queue, transport: listener };
                count(audio.slot.send(packet, outlet), traffic, self.counters);
            }
        }
        None
    }

    /// Switches a subscription to an encoding at its key frame. False where its slot cannot take it.
    fn begin(&mut self, subscription: &mut Subscription, encoding: u8, packet: &RtpIn<'_>, feed: &Feed<'_>) -> bool {
        let Some(transport) = self.transports.get_mut(subscription.transport as usize) else { return false };
        let slot = &mut transport.video[usize::from(subscription.slot)].slot;
        if !slot.takes(packet.codec) {
            // Paused until the next plan: asking for key frames it cannot use would cost everybody else.
            (subscription.max_spatial, subscription.desired) = (None, NO_ENCODING);
            return false;
        }
        let before = feed.encodings.get(usize::from(subscription.current)).filter(|_| subscription.current != NO_ENCODING);
        let aligned = before.and_then(|before| align(before.mapping?, feed.encodings[usize::from(encoding)].mapping?, packet.header.timestamp));
        slot.switch(packet, aligned);
        subscription.current = encoding;
        subscription.temporal = subscription.max_temporal;
        true
    }

    /// Gives a subscription that begins with this packet those after it that overtook it on the way.
    fn catch_up(&mut self, subscription: &mut Subscription, first: &RtpIn<'_>, feed: &Feed<'_>) {
        let from = &feed.encodings[usize::from(subscription.current)];
        let highest = first.highest.min(first.seq + MAX_OVERTAKEN);
        let mut descriptor = from.descriptor.clone();
        for seq in first.seq + 1..=highest {
            let Some(bytes) = from.cache.get(seq) else { continue };
            let Ok(header) = RtpHeader::parse(bytes) else { continue };
            let Some(codec) = feed.codecs.iter().find(|spec| spec.payload_type == header.payload_type).map(|spec| spec.codec) else { continue };
            let Some(payload) = bytes.get(header.header_len..bytes.len() - header.padding) else { continue };
            let extensions = feed.extensions.read(bytes, &header);
            let frame = inspect(codec, payload, extensions.dependency_descriptor, &mut descriptor);
            self.deliver(subscription, &RtpIn { seq, header, extensions, payload, codec, frame, ..*first });
        }
    }

    /// Sends one packet of the encoding a subscription follows, or leaves it out without a gap.
    fn deliver(&mut self, subscription: &mut Subscription, packet: &RtpIn<'_>) {
        let Some(transport) = self.transports.get_mut(subscription.transport as usize) else { return };
        let Transport { video, extensions, queue, traffic, .. } = transport;
        let slot = &mut video[usize::from(subscription.slot)].slot;
        if packet.payload.is_empty() {
            slot.skip(packet);
        } else if !passes_temporal(subscription, packet) {
            slot.skip(packet);
            self.counters.drop(DropReason::LayerTemporal);
        } else {
            let outlet = Outlet { map: extensions, egress: self.egress, queue, transport: subscription.transport };
            count(slot.send(packet, outlet), traffic, self.counters);
        }
    }
}

fn count(sent: Result<usize, DropReason>, traffic: &mut Traffic, counters: &mut Counters) {
    match sent {
        Ok(bytes) => {
            traffic.down += bytes as u64;
            counters.forwarded += 1;
        }
        Err(reason) => counters.drop(reason),
    }
}

/// A frame's timestamp on another layer's clock, from the sender reports of both (NTP, RTP), at 90 kHz.
fn align(before: (u64, u32), now: (u64, u32), timestamp: u32) -> Option<u32> {
    // Both mappings are a few seconds old at most; their difference in NTP, in ticks of the clock.
    let apart = now.0.wrapping_sub(before.0) as i64;
    let ticks = (i128::from(apart) * 90_000) >> 32;
    let since = timestamp.wrapping_sub(now.1);
    Some(before.1.wrapping_add(ticks as u32).wrapping_add(since))
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
