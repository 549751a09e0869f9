//! RTCP from peers: reports, lost packets, key frames.

use super::Shard;
use crate::codec::{DescriptorState, inspect};
use crate::counters::DropReason;
use crate::event::Output;
use crate::packet::Stream;
use crate::relay::RelayMessage;
use crate::rtcp::ReportBlock;
use crate::rtcp::{Rtcp, parse, write_pli};
use crate::rtp::RtpHeader;
use crate::slot::{Original, Outlet, Slot};
use crate::track::{MAX_ENCODINGS, NO_ENCODING, Origin};
use crate::transport::{Binding, Transport};
use std::time::Instant;

/// Where a slot stands in its transport.
#[derive(Clone, Copy)]
enum SlotPlace {
    Audio(usize),
    Video(usize),
}

impl Shard {
    pub(super) fn rtcp(&mut self, now: Instant, index: usize, compound: &[u8]) -> Result<(), DropReason> {
        parse(compound, |packet| match packet {
            Rtcp::SenderReport { ssrc, ntp, rtp, blocks } => {
                self.sender_report(now, index, ssrc, (ntp, rtp));
                blocks.for_each(|block| self.report_block(now, index, &block));
            }
            Rtcp::ReceiverReport { blocks, .. } => blocks.for_each(|block| self.report_block(now, index, &block)),
            Rtcp::Nack { media_ssrc, seqs } => {
                for seq in seqs {
                    self.counters.nack_in += 1;
                    if let Err(reason) = self.resend(now, index, media_ssrc, seq) {
                        self.counters.drop(reason);
                    }
                }
            }
            Rtcp::Pli { media_ssrc } | Rtcp::Fir { media_ssrc, .. } => self.key_frame_wanted(now, index, media_ssrc),
            _ => {}
        })
        .map_err(|_| DropReason::RtcpMalformed)
    }

    fn sender_report(&mut self, now: Instant, index: usize, ssrc: u32, report: (u64, u32)) {
        let transport = &mut self.transports[index];
        let Some(Binding::Media { track, encoding }) = transport.binding(ssrc) else { return };
        if self.tracks[track].encodings[usize::from(encoding)].ssrc != Some(ssrc) {
            return;
        }
        transport.clock.observe(now, report.0);
        let ours = transport.clock.to_ours(report.0);
        let track = &mut self.tracks[track];
        let state = &mut track.encodings[usize::from(encoding)];
        if let Some(reception) = &mut state.reception {
            reception.sender_report(now, report.0, report.1);
        }
        let Some(ntp) = ours else { return };
        state.mapping = Some((ntp, report.1));
        let message = RelayMessage::Report { key: track.relay_key, encoding, ntp, rtp: report.1 };
        let relays = track.relays;
        for worker in self.siblings().filter(|worker| relays & (1 << worker.0) != 0) {
            self.outputs.push_back(Output::Relay(worker, message.clone()));
        }
    }

    fn report_block(&mut self, now: Instant, index: usize, block: &ReportBlock) {
        let transport = &mut self.transports[index];
        let Some(place) = place_of(transport, block.ssrc) else { return };
        let slot = slot_mut(transport, place);
        let rtt = slot.sending.report_block(now, &self.clock, block);
        let loss = slot.sending.loss();
        transport.observe_loss(loss);
        self.counters.observe_loss(loss);
        if let Some(rtt) = rtt {
            self.counters.observe_rtt(rtt);
            transport.rtt = Some(transport.rtt.map_or(rtt, |before| (before * 7 + rtt) / 8));
        }
    }

    /// Sends a packet again that a subscriber misses.
    fn resend(&mut self, now: Instant, index: usize, media_ssrc: u32, out_seq: u16) -> Result<(), DropReason> {
        let Shard { transports, tracks, egress, counters, .. } = self;
        let transport = &mut transports[index];
        transport.resends_left = transport.resends_left.checked_sub(1).ok_or(DropReason::RtxTooMany)?;
        let place = place_of(transport, media_ssrc).ok_or(DropReason::RtxUnknown)?;
        let track = match place {
            SlotPlace::Audio(slot) => transport.audio[slot].track,
            SlotPlace::Video(slot) => transport.video[slot].track,
        };
        let track = &tracks[track.ok_or(DropReason::RtxUnknown)?];
        let sent = slot_mut(transport, place).lookup(now, out_seq).ok_or(DropReason::RtxUnknown)?;
        let encoding = track.encodings.iter().find(|encoding| encoding.key == sent.source).ok_or(DropReason::RtxUnknown)?;
        let packet = encoding.cache.get(sent.source_seq).ok_or(DropReason::RtxUnknown)?;
        let header = RtpHeader::parse(packet).map_err(|_| DropReason::RtxUnknown)?;
        let payload = packet.get(header.header_len..packet.len() - header.padding).ok_or(DropReason::RtxUnknown)?;
        let (codec, _) = track.codec(header.payload_type).ok_or(DropReason::RtxUnknown)?;
        let map = track.extensions;
        let extensions = map.read(packet, &header);
        let picture = inspect(codec, payload, extensions.dependency_descriptor, &mut DescriptorState::default()).picture;
        let original = Original { header, extensions, payload, codec, picture };
        let (mut queue, out_map) = (transport.queue, transport.extensions);
        let sent = slot_mut(transport, place).resend(&sent, &original, Outlet { map: &out_map, egress, queue: &mut queue, transport: index as u32 });
        transport.queue = queue;
        transport.traffic.down += sent? as u64;
        counters.rtx_out += 1;
        Ok(())
    }

    /// A decoder asks for a key frame of what its slot shows.
    fn key_frame_wanted(&mut self, now: Instant, index: usize, media_ssrc: u32) {
        self.counters.pli_in += 1;
        let transport = &self.transports[index];
        let Some(SlotPlace::Video(slot)) = place_of(transport, media_ssrc) else { return };
        let Some(track) = transport.video[slot].track else { return };
        let found = self.tracks[track].subscriptions.iter().find(|entry| entry.transport as usize == index && usize::from(entry.slot) == slot);
        let Some(subscription) = found else { return };
        let encoding = if subscription.current == NO_ENCODING { subscription.desired } else { subscription.current };
        if encoding < MAX_ENCODINGS as u8 {
            self.ask_key_frames(now, track, 1 << encoding);
        }
    }

    /// Asks the publisher for key frames of the encodings named, a bit each, on behalf of subscribers: not where one came that they are about to get.
    pub(super) fn ask_key_frames(&mut self, now: Instant, track: usize, encodings: u8) {
        for encoding in (0..8_u8).filter(|nth| encodings & (1 << nth) != 0) {
            if !self.staging.holds_key_frame(Stream { track, encoding }) {
                self.request_key_frame(now, track, encoding);
            }
        }
    }

    /// Asks for one key frame, once for many that want it.
    pub(super) fn request_key_frame(&mut self, now: Instant, track: usize, encoding: u8) {
        let state = &mut self.tracks[track];
        if !state.ask_key_frame(now, encoding) {
            return;
        }
        match state.origin {
            Origin::Relayed(worker, key) => self.outputs.push_back(Output::Relay(worker, RelayMessage::KeyFrame { key, encoding })),
            Origin::Local(index) => {
                let Some(ssrc) = state.encodings[usize::from(encoding)].ssrc else { return };
                let transport = &mut self.transports[index];
                let mut compound = std::mem::take(&mut self.scratch);
                compound.clear();
                write_pli(&mut compound, transport.ssrc, ssrc);
                match transport.send_rtcp(&mut self.egress, &mut compound) {
                    Ok(()) => self.counters.pli_out += 1,
                    Err(reason) => self.counters.drop(reason),
                }
                self.scratch = compound;
            }
        }
    }
}

fn place_of(transport: &Transport, ssrc: u32) -> Option<SlotPlace> {
    if let Some(at) = transport.video.iter().position(|video| video.slot.ssrc == ssrc) {
        return Some(SlotPlace::Video(at));
    }
    transport.audio.iter().position(|audio| audio.slot.ssrc == ssrc).map(SlotPlace::Audio)
}

fn slot_mut(transport: &mut Transport, place: SlotPlace) -> &mut Slot {
    match place {
        SlotPlace::Audio(at) => &mut transport.audio[at].slot,
        SlotPlace::Video(at) => &mut transport.video[at].slot,
    }
}
