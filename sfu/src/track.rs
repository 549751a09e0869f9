//! One published source in a room: its encodings and who is fed from them.

use crate::cache::PacketCache;
use crate::codec::DescriptorState;
use crate::id::{Kind, ParticipantId, Source, WorkerId};
use crate::nack::NackGenerator;
use crate::relay::RelayKey;
use crate::report::Reception;
use crate::rtp::ExtensionMap;
use crate::sequence::Unwrapper;
use crate::spec::{Codec, CodecSpec};
use arrayvec::ArrayVec;
use std::time::{Duration, Instant};

/// The most simulcast encodings of one source.
pub(crate) const MAX_ENCODINGS: usize = 3;

/// No encoding.
pub(crate) const NO_ENCODING: u8 = u8::MAX;

/// An encoding without a packet for this long gives way to another one of its track.
const ENCODING_SILENT: Duration = Duration::from_millis(1_500);

/// An encoding whose siblings went on for so long without it was switched off by its sender.
const ENCODING_LAGS: Duration = Duration::from_millis(500);

/// The same for who sees nothing yet and would wait for it.
const ENCODING_HESITATES: Duration = Duration::from_millis(150);

/// A key frame is asked of the publisher at most this often. Browsers leave a request unanswered that follows another within 300 ms, also where a key frame
/// came in between; one asked for too early would then be missed for as long again.
const KEY_FRAME_INTERVAL: Duration = Duration::from_millis(320);

/// Where a track's packets come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A transport of this shard, by index.
    Local(usize),
    /// A sibling shard.
    Relayed(WorkerId, RelayKey),
}

/// One subscription: a track feeding a video slot.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subscription {
    /// Index of the transport.
    pub(crate) transport: u32,
    /// Index of the video slot.
    pub(crate) slot: u8,
    /// The encoding forwarded now.
    pub(crate) current: u8,
    /// The encoding to switch to at its next key frame.
    pub(crate) desired: u8,
    /// Highest spatial layer wanted; none: paused.
    pub(crate) max_spatial: Option<u8>,
    /// Highest temporal layer wanted.
    pub(crate) max_temporal: u8,
    /// Highest temporal layer forwarded now.
    pub(crate) temporal: u8,
}

/// One simulcast encoding (or the only one).
pub(crate) struct Encoding {
    /// Names its packets, as long as it has one SSRC: never used again.
    pub(crate) key: u32,
    pub(crate) ssrc: Option<u32>,
    pub(crate) unwrapper: Unwrapper,
    pub(crate) reception: Option<Reception>,
    pub(crate) nack: NackGenerator,
    pub(crate) cache: PacketCache,
    pub(crate) descriptor: DescriptorState,
    pub(crate) last_packet: Option<Instant>,
    /// When a key frame was last asked for.
    key_frame_asked: Option<Instant>,
    /// Another one is wanted, and will be asked for when it may be.
    pub(crate) key_frame_pending: bool,
    /// Counts its SSRCs, wrapping: each has a sequence of its own.
    pub(crate) generation: u8,
    /// Of which of them packets passed last.
    passed: u8,
    /// The highest sequence number that passed.
    highest: u64,
    /// The highest temporal layer that came since the encoding began.
    pub(crate) max_temporal: u8,
    /// Bytes since the last look, for the order of layers.
    bytes: u64,
    /// Smoothed bytes per look.
    rate: f32,
    /// This node's NTP time and the RTP time then, from the publisher's sender reports.
    pub(crate) mapping: Option<(u64, u32)>,
}

impl Encoding {
    fn new(key: u32, kind: Kind) -> Encoding {
        let (bytes, packets) = match kind {
            Kind::Video => (1 << 20, 1_024),
            Kind::Audio => (1 << 16, 256),
        };
        Encoding {
            key,
            ssrc: None,
            unwrapper: Unwrapper::default(),
            reception: None,
            nack: NackGenerator::new(),
            cache: PacketCache::new(bytes, packets),
            descriptor: DescriptorState::default(),
            last_packet: None,
            key_frame_asked: None,
            key_frame_pending: false,
            generation: 0,
            passed: 1,
            highest: 0,
            max_temporal: 0,
            bytes: 0,
            rate: 0.0,
            mapping: None,
        }
    }

    /// Takes a new SSRC as this encoding's media: what was received of the one before is void.
    pub(crate) fn restart(&mut self, ssrc: u32, reception: Reception) {
        self.ssrc = Some(ssrc);
        self.reception = Some(reception);
        self.mapping = None;
        self.unwrapper = Unwrapper::default();
        self.nack = NackGenerator::new();
        self.generation = self.generation.wrapping_add(1);
    }

    /// A packet passes, the first of a new SSRC where `generation` is another: then it is as if the encoding were a new one, under `key`. True then: whoever
    /// follows it begins anew at its next key frame.
    pub(crate) fn pass(&mut self, generation: u8, seq: u64, key: u32) -> bool {
        let anew = std::mem::replace(&mut self.passed, generation) != generation;
        if anew {
            self.key = key;
            self.cache.clear();
            self.descriptor = DescriptorState::default();
            self.max_temporal = 0;
            self.highest = 0;
            self.mapping = None;
        }
        self.highest = self.highest.max(seq);
        anew
    }

    /// The highest sequence number that passed.
    pub(crate) fn highest(&self) -> u64 {
        self.highest
    }

    pub(crate) fn is_active(&self, now: Instant) -> bool {
        self.last_packet.is_some_and(|at| now.saturating_duration_since(at) < ENCODING_SILENT)
    }

    /// Whether the key frame that had to wait may be asked for now.
    pub(crate) fn key_frame_due(&self, now: Instant) -> bool {
        self.key_frame_pending && !self.asked_lately(now)
    }

    fn asked_lately(&self, now: Instant) -> bool {
        self.key_frame_asked.is_some_and(|at| now.saturating_duration_since(at) < KEY_FRAME_INTERVAL)
    }

    /// Notes one packet.
    pub(crate) fn receive(&mut self, now: Instant, bytes: usize) {
        self.last_packet = Some(now);
        self.bytes += bytes as u64;
    }
}

/// Sound's place among the loudest.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Voice {
    /// Whether the plan lets it be heard.
    pub(crate) audible: bool,
    /// Its audio slot in the room.
    pub(crate) slot: Option<u8>,
    /// When it last was louder than a quiet room.
    pub(crate) heard: Option<Instant>,
    /// How long it was since that was asked last.
    speech: Duration,
}

/// A pause within a sentence is speech too.
const PAUSE: Duration = Duration::from_millis(200);

impl Voice {
    /// Notes a packet that is louder than a quiet room.
    pub(crate) fn hear(&mut self, now: Instant) {
        let since = self.heard.replace(now).map(|before| now.saturating_duration_since(before));
        self.speech += since.filter(|since| *since <= PAUSE).unwrap_or_default();
    }

    /// How long it spoke since this was asked last.
    pub(crate) fn take_speech(&mut self) -> Duration {
        std::mem::take(&mut self.speech)
    }
}

/// One published source.
pub(crate) struct Track {
    /// Index of its room.
    pub(crate) room: usize,
    pub(crate) participant: ParticipantId,
    pub(crate) source: Source,
    pub(crate) origin: Origin,
    pub(crate) codecs: Vec<CodecSpec>,
    /// Ids of the header extensions in its packets.
    pub(crate) extensions: ExtensionMap,
    pub(crate) encodings: ArrayVec<Encoding, MAX_ENCODINGS>,
    /// Encoding indices from the smallest picture to the largest.
    order: ArrayVec<u8, MAX_ENCODINGS>,
    pub(crate) subscriptions: Vec<Subscription>,
    /// Its name towards siblings.
    pub(crate) relay_key: RelayKey,
    /// Siblings that want it, a bit each.
    pub(crate) relays: u64,
    pub(crate) voice: Voice,
    /// Packets came in the last seconds, and signaling knows.
    pub(crate) announced: bool,
}

/// The identity of a new track.
pub(crate) struct TrackName {
    pub(crate) room: usize,
    pub(crate) participant: ParticipantId,
    pub(crate) source: Source,
}

impl Track {
    /// `first_key` and the keys after it, one an encoding, must never be used again.
    pub(crate) fn new(name: TrackName, origin: Origin, codecs: Vec<CodecSpec>, encodings: usize, relay_key: RelayKey, first_key: u32) -> Track {
        let count = encodings.clamp(1, MAX_ENCODINGS);
        let kind = name.source.kind();
        Track {
            room: name.room,
            participant: name.participant,
            source: name.source,
            origin,
            codecs,
            extensions: ExtensionMap::default(),
            encodings: (0..count).map(|nth| Encoding::new(first_key + nth as u32, kind)).collect(),
            order: (0..count as u8).collect(),
            subscriptions: Vec::new(),
            relay_key,
            relays: 0,
            voice: Voice::default(),
            announced: false,
        }
    }

    pub(crate) fn kind(&self) -> Kind {
        self.source.kind()
    }

    /// What a payload type of the publisher means: the codec, and whether it is its RTX.
    pub(crate) fn codec(&self, payload_type: u8) -> Option<(Codec, bool)> {
        self.codecs.iter().find_map(|spec| {
            if spec.payload_type == payload_type {
                Some((spec.codec, false))
            } else if spec.rtx == Some(payload_type) {
                Some((spec.codec, true))
            } else {
                None
            }
        })
    }

    /// Of its RTP timestamps, in Hz.
    pub(crate) fn clock_rate(&self) -> u32 {
        self.codecs.first().map_or(90_000, |codec| codec.clock_rate)
    }

    /// The payload type of the media that an RTX payload type repairs.
    pub(crate) fn repaired(&self, rtx: u8) -> Option<u8> {
        self.codecs.iter().find(|spec| spec.rtx == Some(rtx)).map(|spec| spec.payload_type)
    }

    /// The encoding to feed a subscriber that wants at most `max_spatial`: the largest live one within it, else the smallest live one. One that is
    /// `behind` its siblings by more is not live.
    pub(crate) fn choose(&self, now: Instant, max_spatial: Option<u8>, behind: Duration) -> u8 {
        let Some(max) = max_spatial else { return NO_ENCODING };
        let newest = self.last_packet();
        let lags = |at: Instant| newest.is_some_and(|newest| newest.saturating_duration_since(at) > behind);
        let live = |index: &&u8| {
            let encoding = &self.encodings[usize::from(**index)];
            encoding.is_active(now) && encoding.last_packet.is_some_and(|at| !lags(at))
        };
        let within = usize::from(max) + 1;
        let known = |index: &&u8| self.encodings[usize::from(**index)].last_packet.is_some();
        let best = self.order.iter().take(within).rev().find(live).or_else(|| self.order.iter().find(live));
        // A still screen may fall silent: then the one that last sent is asked.
        let best = best.or_else(|| self.order.iter().take(within).rev().find(known));
        best.copied().unwrap_or(NO_ENCODING)
    }

    /// The rank of an encoding, 0 the smallest picture.
    pub(crate) fn spatial(&self, encoding: u8) -> u8 {
        self.order.iter().position(|index| *index == encoding).unwrap_or(0) as u8
    }

    /// Orders encodings by their measured rate, once a second: senders disagree on which RID comes first (RFC 8853 lists them by preference, browsers as the page wrote them).
    pub(crate) fn measure_order(&mut self) {
        for encoding in &mut self.encodings {
            let bytes = std::mem::take(&mut encoding.bytes) as f32;
            encoding.rate = if encoding.rate == 0.0 { bytes } else { encoding.rate * 0.7 + bytes * 0.3 };
        }
        // Only a clear inversion of two live encodings counts; a layer that the sender is ramping up must not flap.
        for nth in 1..self.order.len() {
            let (below, above) = (self.order[nth - 1], self.order[nth]);
            let (low, high) = (self.encodings[usize::from(below)].rate, self.encodings[usize::from(above)].rate);
            if high > 0.0 && low > high * 2.0 {
                self.order.swap(nth - 1, nth);
            }
        }
    }

    /// Chooses the encoding of every subscription anew. Returns the encodings that need a key frame, a bit each.
    pub(crate) fn update_subscriptions(&mut self, now: Instant) -> u8 {
        let choices = |behind| std::array::from_fn::<u8, { MAX_ENCODINGS + 1 }, _>(|max| self.choose(now, Some(max as u8), behind));
        let (patient, eager) = (choices(ENCODING_LAGS), choices(ENCODING_HESITATES));
        let mut wanted = 0;
        for subscription in &mut self.subscriptions {
            subscription.desired = match subscription.max_spatial {
                None => NO_ENCODING,
                Some(max) if subscription.current == NO_ENCODING => eager[usize::from(max).min(MAX_ENCODINGS)],
                Some(max) => patient[usize::from(max).min(MAX_ENCODINGS)],
            };
            if subscription.desired == NO_ENCODING && subscription.max_spatial.is_none() {
                subscription.current = NO_ENCODING;
            }
            if subscription.desired != NO_ENCODING && subscription.desired != subscription.current {
                wanted |= 1 << subscription.desired;
            }
        }
        wanted
    }

    /// Whether a key frame of this encoding should be asked for now; notes that it was.
    pub(crate) fn ask_key_frame(&mut self, now: Instant, encoding: u8) -> bool {
        let Some(encoding) = self.encodings.get_mut(usize::from(encoding)) else { return false };
        encoding.key_frame_pending = encoding.asked_lately(now);
        if encoding.key_frame_pending {
            return false;
        }
        encoding.key_frame_asked = Some(now);
        true
    }

    /// When the newest packet of any encoding came.
    pub(crate) fn last_packet(&self) -> Option<Instant> {
        self.encodings.iter().filter_map(|encoding| encoding.last_packet).max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speech_is_what_lies_between_packets_that_are_heard() {
        let (mut voice, start) = (Voice::default(), Instant::now());
        let mut hear = |ms: u64| voice.hear(start + Duration::from_millis(ms));
        // A second of words, a breath, half a second of words, silence, and a cough.
        (0..=50).for_each(|nth| hear(nth * 20));
        (0..=25).for_each(|nth| hear(1_150 + nth * 20));
        hear(5_000);
        assert_eq!(voice.take_speech(), Duration::from_millis(1_650));
        assert_eq!(voice.take_speech(), Duration::ZERO, "it was asked already");
    }
}
