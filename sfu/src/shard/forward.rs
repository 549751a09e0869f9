//! What is done once with a packet that came, before its fan-out.

use super::Shard;
use crate::codec::inspect;
use crate::counters::DropReason;
use crate::id::Kind;
use crate::packet::{Passing, RtpIn, Stream};
use crate::relay::RelayPacket;
use crate::rtp::{AudioLevel, RtpHeader};
use crate::track::{NO_ENCODING, Origin};
use std::time::Instant;

/// Sound below this is a quiet room, in -dBov.
const HEARD_LEVEL: u8 = 50;

/// Packets for siblings that may wait for the end of the tick; the rings behind are no longer than that.
const MAX_RELAY_QUEUE: usize = 1_024;

impl Shard {
    /// Takes one packet of an encoding, own or relayed: for siblings, for retransmissions, and to be fanned out with the next flush.
    pub(super) fn forward(&mut self, now: Instant, packet: &Passing<'_>) -> Result<(), DropReason> {
        let Passing { stream: Stream { track, encoding }, generation, seq, bytes, map } = *packet;
        let header = RtpHeader::parse(bytes).map_err(|_| DropReason::RtpMalformed)?;
        let payload = bytes.get(header.header_len..bytes.len() - header.padding).ok_or(DropReason::RtpMalformed)?;
        let state = &mut self.tracks[track];
        let (codec, _) = state.codec(header.payload_type).ok_or(DropReason::RtpUnknownPayloadType)?;
        self.relay_out(packet);
        let state = &mut self.tracks[track];
        let Some(current) = state.encodings.get_mut(usize::from(encoding)) else { return Err(DropReason::RelayUnknown) };
        state.extensions = *map;
        // Padding is no sign of life: browsers probe with it on a source that is switched off.
        let begins = !payload.is_empty() && !current.is_active(now);
        if !payload.is_empty() {
            current.receive(now, bytes.len());
        }
        if current.pass(generation, seq, self.next_encoding) {
            self.next_encoding = self.next_encoding.wrapping_add(1);
            state.subscriptions.iter_mut().filter(|subscription| subscription.current == encoding).for_each(|subscription| subscription.current = NO_ENCODING);
            // Its numbers are of another sequence.
            self.staging.forget(track, Some(encoding));
        }
        let current = &mut state.encodings[usize::from(encoding)];
        let extensions = map.read(bytes, &header);
        let frame = inspect(codec, payload, extensions.dependency_descriptor, &mut current.descriptor);
        if frame.keyframe {
            current.key_frame_pending = false;
        }
        current.max_temporal = current.max_temporal.max(frame.temporal);
        if !payload.is_empty() {
            current.cache.insert(seq, bytes);
        }
        let highest = current.highest();
        let received = RtpIn { now, encoding: current.key, seq, highest, header, extensions, payload, codec, frame };
        let whole = match state.kind() {
            Kind::Audio => {
                self.hear(track, &received)?;
                true
            }
            // One that comes late fills a hole, and no other is waited for.
            Kind::Video => header.marker || payload.is_empty() || seq < highest,
        };
        let staged = self.staging.push(packet, &received, whole);
        if begins {
            let wanted = self.tracks[track].update_subscriptions(now);
            if !frame.keyframe {
                self.ask_key_frames(now, track, wanted);
            }
        }
        staged
    }

    /// Notes how loud a packet of sound is. An error says why nobody is to hear it.
    fn hear(&mut self, track: usize, packet: &RtpIn<'_>) -> Result<(), DropReason> {
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
        self.rooms[state.room].loudness.receive(packet.now, track as u32, level.voice, level.level);
        state.voice.slot.map(|_| ()).ok_or(DropReason::NotLoud)
    }

    fn relay_out(&mut self, packet: &Passing<'_>) {
        let track = &self.tracks[packet.stream.track];
        if track.relays == 0 || matches!(track.origin, Origin::Relayed(..)) {
            return;
        }
        match RelayPacket::new(track.relay_key, packet) {
            Some(relayed) if self.relay_queue.len() < MAX_RELAY_QUEUE => {
                self.counters.relayed_out += 1;
                self.relay_queue.push_back((track.relays, relayed));
            }
            _ => self.counters.drop(DropReason::RelayTooLarge),
        }
    }
}
