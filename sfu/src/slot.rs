//! One receiving m-line of a participant: a single outgoing stream, whatever feeds it.

use crate::codec::{Picture, red_primary, rewrite_picture};
use crate::counters::DropReason;
use crate::egress::{Egress, Queue, Written};
use crate::packet::RtpIn;
use crate::report::Sending;
use crate::resends::Resends;
use crate::rewrite::{Input, Rewriter, Rewritten, Sent};
use crate::rtp::{ExtensionKind, ExtensionMap, Extensions, OutHeader, RtpHeader, write_header};
use crate::spec::{Codec, SlotSpec};
use arrayvec::ArrayVec;
use std::time::Instant;

/// The largest header with extensions that is written, in bytes.
const MAX_HEADER: usize = 12 + 4 + 120;

const CODECS: usize = 6;

/// Header extensions that are passed on from publisher to subscriber. Not the dependency descriptor: its frame numbers would have to run on over switches,
/// and receivers that have it prefer it to the picture ids that do.
const PASSED_ON: [ExtensionKind; 4] = [ExtensionKind::AudioLevel, ExtensionKind::AbsCaptureTime, ExtensionKind::PlayoutDelay, ExtensionKind::VideoOrientation];

#[derive(Clone, Copy, Debug, Default)]
struct PayloadTypes {
    media: Option<u8>,
    rtx: Option<u8>,
}

/// Where a slot's packets go.
pub(crate) struct Outlet<'a> {
    /// Ids of the receiver's header extensions.
    pub(crate) map: &'a ExtensionMap,
    pub(crate) egress: &'a mut Egress,
    /// The receiver's queue in it.
    pub(crate) queue: &'a mut Queue,
    /// The receiver's index.
    pub(crate) transport: u32,
}

/// The outgoing stream of a slot.
pub(crate) struct Slot {
    pub(crate) ssrc: u32,
    rtx_ssrc: Option<u32>,
    payload_types: [PayloadTypes; CODECS],
    rewriter: Rewriter,
    pub(crate) sending: Sending,
    rtx_seq: u64,
    clock_rate: u32,
    /// Made when the receiver first misses a packet.
    resends: Option<Box<Resends>>,
}

fn codec_index(codec: Codec) -> usize {
    match codec {
        Codec::Opus => 0,
        Codec::Red => 1,
        Codec::Vp8 => 2,
        Codec::Vp9 => 3,
        Codec::H264 => 4,
        Codec::Av1 => 5,
    }
}

impl Slot {
    /// `seed` gives random first sequence numbers and timestamp (RFC 3550 §5.1).
    pub(crate) fn new(spec: &SlotSpec, seed: u64) -> Slot {
        let mut payload_types = [PayloadTypes::default(); CODECS];
        for codec in &spec.codecs {
            let entry = &mut payload_types[codec_index(codec.codec)];
            if entry.media.is_none() {
                *entry = PayloadTypes { media: Some(codec.payload_type), rtx: codec.rtx };
            }
        }
        let clock_rate = match spec.kind {
            crate::id::Kind::Audio => 48_000,
            crate::id::Kind::Video => 90_000,
        };
        // In the lower half of the sequence space, so that no receiver is confused by an early wrap (RFC 3711 §3.3.1).
        let first_seq = seed & 0x7fff;
        Slot {
            ssrc: spec.ssrc,
            rtx_ssrc: spec.rtx_ssrc,
            payload_types,
            rewriter: Rewriter::new(first_seq, (seed >> 16) as u32, clock_rate),
            sending: Sending::new(spec.ssrc, clock_rate),
            rtx_seq: (seed >> 48) & 0x7fff,
            clock_rate,
            resends: None,
        }
    }

    /// Whether this packet's codec can be sent here, as it is or unwrapped from RED.
    pub(crate) fn takes(&self, codec: Codec) -> bool {
        self.media_type(codec).is_some() || (codec == Codec::Red && self.media_type(Codec::Opus).is_some())
    }

    /// The key of the encoding it sent last.
    pub(crate) fn follows(&self) -> Option<u32> {
        self.rewriter.source()
    }

    fn media_type(&self, codec: Codec) -> Option<u8> {
        self.payload_types[codec_index(codec)].media
    }

    /// SSRC and payload type of retransmissions; an offer may have RTX for some codecs only.
    fn rtx(&self, codec: Codec) -> Option<(u32, u8)> {
        self.rtx_ssrc.zip(self.payload_types[codec_index(codec)].rtx)
    }

    /// Begins to follow another input with this packet. `aligned`: see [`Rewriter::switch`].
    pub(crate) fn switch(&mut self, packet: &RtpIn<'_>, aligned: Option<u32>) {
        self.rewriter.switch(packet.now, input(packet), aligned);
    }

    /// Leaves this packet of the followed input out, without a gap.
    pub(crate) fn skip(&mut self, packet: &RtpIn<'_>) {
        self.rewriter.skip(input(packet));
    }

    /// Sends one packet of the followed input. Returns the bytes of RTP.
    pub(crate) fn send(&mut self, packet: &RtpIn<'_>, outlet: Outlet<'_>) -> Result<usize, DropReason> {
        let (codec, payload) = self.payload(packet.codec, packet.payload)?;
        let payload_type = self.media_type(codec).ok_or(DropReason::CodecNotNegotiated)?;
        let rewritten = self.rewriter.forward(packet.now, input(packet)).ok_or(DropReason::BeforeSwitch)?;
        let header = OutHeader { marker: packet.header.marker, payload_type, sequence: rewritten.seq as u16, timestamp: rewritten.timestamp, ssrc: self.ssrc };
        // Without RTX a packet is resent under its own index: it must then be the same to the bit, so it takes no padding.
        let may_pad = self.rtx(codec).is_some();
        let len = outlet.egress.push(outlet.queue, outlet.transport, MAX_HEADER + payload.len(), |out| {
            let header_len = write_with_extensions(out, &header, &packet.extensions, outlet.map);
            let end = header_len + payload.len();
            out[header_len..end].copy_from_slice(payload);
            rewrite_picture(codec, &mut out[header_len..end], rewritten.picture);
            Written { header_len, len: end, index: rewritten.seq & 0xffff_ffff_ffff, may_pad }
        })?;
        self.sending.sent(payload.len());
        Ok(len)
    }

    /// The payload as this slot takes it: RED as it is, or its primary block.
    fn payload<'a>(&self, codec: Codec, payload: &'a [u8]) -> Result<(Codec, &'a [u8]), DropReason> {
        if codec != Codec::Red || self.media_type(Codec::Red).is_some() {
            return Ok((codec, payload));
        }
        let (_, primary) = red_primary(payload).ok_or(DropReason::RtpMalformed)?;
        Ok((Codec::Opus, primary))
    }

    /// What was sent under an outgoing sequence number, if it is worth sending again now.
    pub(crate) fn lookup(&mut self, now: Instant, out_seq: u16) -> Option<Sent> {
        let sent = self.rewriter.sent(out_seq)?;
        self.resends.get_or_insert_with(|| Box::new(Resends::new(now))).may_send(now, sent.seq).then_some(sent)
    }

    /// Sends a packet again, from the track's cache: by RTX (RFC 4588) where negotiated, else as it was.
    pub(crate) fn resend(&mut self, sent: &Sent, original: &Original<'_>, outlet: Outlet<'_>) -> Result<usize, DropReason> {
        let (codec, payload) = self.payload(original.codec, original.payload)?;
        let media_type = self.media_type(codec).ok_or(DropReason::RtxUnknown)?;
        let Rewritten { seq, timestamp, picture } = sent.rewritten(original.header.timestamp, original.picture);
        let rtx = self.rtx(codec);
        let (ssrc, payload_type, index) = match rtx {
            Some((ssrc, payload_type)) => {
                self.rtx_seq += 1;
                (ssrc, payload_type, self.rtx_seq)
            }
            None => (self.ssrc, media_type, seq),
        };
        let header = OutHeader { marker: original.header.marker, payload_type, sequence: index as u16, timestamp, ssrc };
        let osn = if rtx.is_some() { 2 } else { 0 };
        outlet.egress.push(outlet.queue, outlet.transport, MAX_HEADER + payload.len() + osn, |out| {
            let header_len = write_with_extensions(out, &header, &original.extensions, outlet.map);
            out[header_len..header_len + osn].copy_from_slice(&(seq as u16).to_be_bytes()[..osn]);
            let (at, end) = (header_len + osn, header_len + osn + payload.len());
            out[at..end].copy_from_slice(payload);
            rewrite_picture(codec, &mut out[at..end], picture);
            Written { header_len, len: end, index: index & 0xffff_ffff_ffff, may_pad: false }
        })
    }

    /// The outgoing RTP time at `ntp` of this node's clock, given a time at which the followed input's RTP time is known (from its sender report).
    pub(crate) fn rtp_time(&self, ntp: u64, known: (u64, u32)) -> Option<u32> {
        let elapsed = ntp.wrapping_sub(known.0) as i64;
        let ticks = ((i128::from(elapsed) * i128::from(self.clock_rate)) >> 32) as i64;
        self.rewriter.timestamp(known.1.wrapping_add(ticks as u32))
    }

    /// The outgoing RTP time now, reckoned from the last packet, where the input sent no report yet.
    pub(crate) fn rtp_time_by_arrival(&self, now: Instant) -> Option<u32> {
        let (timestamp, at) = self.rewriter.last_timestamp()?;
        let ticks = now.saturating_duration_since(at).as_micros() as u64 * u64::from(self.clock_rate) / 1_000_000;
        Some(timestamp.wrapping_add(ticks as u32))
    }
}

/// A packet from the cache, read again.
pub(crate) struct Original<'a> {
    pub(crate) header: RtpHeader,
    pub(crate) extensions: Extensions<'a>,
    pub(crate) payload: &'a [u8],
    pub(crate) codec: Codec,
    pub(crate) picture: Picture,
}

fn input(packet: &RtpIn<'_>) -> Input {
    Input { source: packet.encoding, seq: packet.seq, timestamp: packet.header.timestamp, picture: packet.frame.picture, frame_start: packet.frame.frame_start }
}

fn write_with_extensions(out: &mut [u8], header: &OutHeader, extensions: &Extensions<'_>, map: &ExtensionMap) -> usize {
    let mut level = [0_u8; 1];
    let mut orientation = [0_u8; 1];
    let mut values: ArrayVec<(u8, &[u8]), 4> = ArrayVec::new();
    let mut room = MAX_HEADER - 12 - 4 - 3;
    if let Some(value) = extensions.audio_level {
        level[0] = (u8::from(value.voice) << 7) | (value.level & 0x7f);
    }
    if let Some(value) = extensions.video_orientation {
        orientation[0] = value;
    }
    for kind in PASSED_ON {
        let value: Option<&[u8]> = match kind {
            ExtensionKind::AudioLevel => extensions.audio_level.map(|_| &level[..]),
            ExtensionKind::VideoOrientation => extensions.video_orientation.map(|_| &orientation[..]),
            ExtensionKind::AbsCaptureTime => extensions.abs_capture_time,
            ExtensionKind::PlayoutDelay => extensions.playout_delay,
            _ => None,
        };
        if let (Some(id), Some(value)) = (map.id(kind), value) {
            // What does not fit goes without; no known extension is that long.
            if value.len() + 2 <= room {
                room -= value.len() + 2;
                values.push((id, value));
            }
        }
    }
    write_header(out, header, &values, false)
}
