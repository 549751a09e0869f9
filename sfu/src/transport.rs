//! One participant's association: where it is, its keys, what it sends and what it receives.

use crate::counters::DropReason;
use crate::egress::{Egress, Queue};
use crate::ice::IceLite;
use crate::id::{Kind, ParticipantId, TransportId};
use crate::path::Path;
use crate::report::{ClockMap, NtpClock};
use crate::rtp::{ExtensionMap, Extensions};
use crate::slot::Slot;
use crate::spec::{Rid, SourceSpec, TransportSpec};
use crate::srtp::{SrtpKeys, SrtpReceiver, SrtpSender};
use crate::twcc::TwccRecorder;
use std::time::{Duration, Instant};

/// SSRCs one transport may send with: three sources, three layers each, RTX beside, and some to spare for an encoder that starts anew.
const MAX_BINDINGS: usize = 48;

/// Retransmissions a transport may ask for between two feedback ticks (10 ms): thirty times what a 4 Mbit/s picture sends in that time.
pub(crate) const MAX_RESENDS: u16 = 128;

/// What an incoming SSRC is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Binding {
    /// Media of an encoding.
    Media { track: usize, encoding: u8 },
    /// Retransmissions of an encoding.
    Rtx { track: usize, encoding: u8 },
}

/// Keys of both directions.
#[repr(C)]
pub(crate) struct Srtp {
    pub(crate) sender: SrtpSender,
    pub(crate) receiver: SrtpReceiver,
}

/// A published m-line and the track it feeds.
pub(crate) struct Published {
    pub(crate) spec: SourceSpec,
    pub(crate) track: usize,
}

/// A video slot and the track subscribed to.
pub(crate) struct VideoSlot {
    pub(crate) slot: Slot,
    pub(crate) track: Option<usize>,
}

/// An audio slot and the track heard in it last.
pub(crate) struct AudioSlot {
    pub(crate) slot: Slot,
    pub(crate) track: Option<usize>,
}

/// Bytes of RTP since the last look.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Traffic {
    pub(crate) up: u64,
    pub(crate) down: u64,
}

/// One ICE + DTLS + SRTP association.
#[repr(C)]
pub(crate) struct Transport {
    // What each packet to it touches stands first and together, in few cache lines: most of a transport is not in a cache when a frame comes.
    pub(crate) queue: Queue,
    pub(crate) traffic: Traffic,
    pub(crate) audio: Vec<AudioSlot>,
    pub(crate) video: Vec<VideoSlot>,
    pub(crate) extensions: ExtensionMap,
    pub(crate) srtp: Option<Srtp>,
    pub(crate) ice: IceLite,
    pub(crate) id: TransportId,
    pub(crate) room: usize,
    pub(crate) participant: ParticipantId,
    pub(crate) fingerprint: crate::spec::Fingerprint,
    pub(crate) dtls_active: bool,
    pub(crate) handshake_started: bool,
    /// Where the peer's last handshake datagram came from: the answer goes there, since a peer that nominates several paths may not yet read all.
    pub(crate) handshake_path: Option<Path>,
    pub(crate) published: Vec<Published>,
    bindings: Vec<(u32, Binding)>,
    pub(crate) twcc: TwccRecorder,
    /// Our SSRC in reports and requests.
    pub(crate) ssrc: u32,
    pub(crate) rtt: Option<Duration>,
    /// Worst loss on the way up in the last reports, 0 to 1.
    pub(crate) up_loss: f32,
    /// Worst loss on the way down as the peer reported it, 0 to 1.
    down_loss: f32,
    down_loss_taken: bool,
    /// Retransmissions it may still ask for before the next feedback tick: what one NACK names costs us a packet each.
    pub(crate) resends_left: u16,
    /// The publisher's clock against ours: one for all its sources, so that lips and voice stay together.
    pub(crate) clock: ClockMap,
}

impl Transport {
    /// `seed` gives first sequence numbers.
    pub(crate) fn new(spec: TransportSpec, room: usize, now: Instant, clock: NtpClock, seed: u64) -> Transport {
        let (mut audio, mut video) = (Vec::new(), Vec::new());
        for (nth, slot) in spec.slots.iter().enumerate() {
            let slot_seed = seed.rotate_left(7 * (nth as u32 + 1)) ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(nth as u64);
            match slot.kind {
                Kind::Audio => audio.push(AudioSlot { slot: Slot::new(slot, slot_seed), track: None }),
                Kind::Video => video.push(VideoSlot { slot: Slot::new(slot, slot_seed), track: None }),
            }
        }
        let ssrc = spec.slots.first().map_or((seed >> 8) as u32 | 1, |slot| slot.ssrc);
        Transport {
            id: spec.id,
            room,
            participant: spec.participant,
            ice: IceLite::new(spec.ice, now),
            fingerprint: spec.fingerprint,
            dtls_active: spec.dtls_active,
            handshake_started: false,
            handshake_path: None,
            srtp: None,
            extensions: spec.extensions,
            published: spec.sources.into_iter().map(|spec| Published { spec, track: usize::MAX }).collect(),
            bindings: Vec::new(),
            audio,
            video,
            queue: Queue::default(),
            twcc: TwccRecorder::new(ssrc, now),
            ssrc,
            rtt: None,
            up_loss: 0.0,
            down_loss: 0.0,
            down_loss_taken: false,
            clock: ClockMap::new(clock),
            traffic: Traffic::default(),
            resends_left: MAX_RESENDS,
        }
    }

    /// Takes the exported keys into use.
    pub(crate) fn set_keys(&mut self, keys: &SrtpKeys) -> Result<(), String> {
        let sender = SrtpSender::new(keys.profile, &keys.local).map_err(|error| error.to_string())?;
        let receiver = SrtpReceiver::new(keys.profile, &keys.remote).map_err(|error| error.to_string())?;
        self.srtp = Some(Srtp { sender, receiver });
        Ok(())
    }

    /// Whether media can be sent: keys are there and a path is selected.
    pub(crate) fn is_ready(&self) -> bool {
        self.srtp.is_some() && self.ice.selected().is_some()
    }

    /// What an SSRC is, if it was seen before.
    pub(crate) fn binding(&self, ssrc: u32) -> Option<Binding> {
        self.bindings.iter().find(|(bound, _)| *bound == ssrc).map(|(_, binding)| *binding)
    }

    /// Remembers what an SSRC is; an encoder that starts anew brings a new one. False when there are too many.
    pub(crate) fn bind(&mut self, ssrc: u32, binding: Binding) -> bool {
        if self.bindings.len() >= MAX_BINDINGS {
            return false;
        }
        self.bindings.push((ssrc, binding));
        true
    }

    /// Finds the m-line of a packet with an unknown SSRC: by mid, by declared SSRC, or as the only one that takes the payload type.
    pub(crate) fn match_source(&self, ssrc: u32, payload_type: u8, extensions: &Extensions<'_>) -> Option<&Published> {
        if let Some(mid) = extensions.mid {
            return self.published.iter().find(|published| published.spec.mid.as_bytes() == mid);
        }
        let declared = |published: &&Published| published.spec.ssrcs.iter().any(|(media, rtx)| *media == ssrc || *rtx == Some(ssrc));
        if let Some(published) = self.published.iter().find(declared) {
            return Some(published);
        }
        let mut takers = self
            .published
            .iter()
            .filter(|published| published.spec.codecs.iter().any(|codec| codec.payload_type == payload_type || codec.rtx == Some(payload_type)));
        takers.next().filter(|_| takers.next().is_none())
    }

    /// Seals one compound RTCP packet and queues it on the selected path.
    pub(crate) fn send_rtcp(&mut self, egress: &mut Egress, compound: &mut Vec<u8>) -> Result<(), DropReason> {
        let path = self.ice.selected().ok_or(DropReason::NoPath)?;
        let srtp = self.srtp.as_mut().ok_or(DropReason::NoPath)?;
        srtp.sender.seal_rtcp(compound);
        egress.push_raw(path, compound)
    }

    /// Notes a loss the peer reported: the worst slot tells about the line.
    pub(crate) fn observe_loss(&mut self, loss: f32) {
        self.down_loss = if std::mem::take(&mut self.down_loss_taken) { loss } else { self.down_loss.max(loss) };
    }

    /// The worst loss of the newest reports; stands until there are newer ones.
    pub(crate) fn take_down_loss(&mut self) -> f32 {
        self.down_loss_taken = true;
        self.down_loss
    }

    /// The path that media takes now.
    pub(crate) fn path(&self) -> Option<Path> {
        self.ice.selected()
    }
}

/// The encoding of a source that a RID names; the first one where the source has no simulcast.
pub(crate) fn encoding_by_rid(rids: &[Rid], rid: Option<&[u8]>) -> Option<u8> {
    match rid {
        None => Some(0),
        Some(rid) if rids.is_empty() => Some(0).filter(|_| !rid.is_empty()),
        Some(rid) => rids.iter().position(|known| known.as_bytes() == rid).map(|at| at as u8),
    }
}
