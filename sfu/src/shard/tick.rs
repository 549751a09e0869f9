//! What is done by the clock: feedback to publishers, layers, reports, consent.

use super::Shard;
use crate::event::{Event, LostReason, Output, TransportStats};
use crate::id::{ParticipantId, Source};
use crate::path::Link;
use crate::rtcp::{SenderInfo, write_nack, write_receiver_report, write_sdes_cname, write_sender_report};
use crate::sdp::CNAME;
use crate::track::{NO_ENCODING, Origin};
use crate::transport::MAX_RESENDS;
use arrayvec::ArrayVec;
use std::time::{Duration, Instant};

/// Lost packets are asked for, and arrivals reported, this often.
const FEEDBACK: Duration = Duration::from_millis(10);

/// Layers and speakers are chosen this often.
const CHOICE: Duration = Duration::from_millis(100);

/// Reports, figures and consent.
const REPORT: Duration = Duration::from_secs(1);

/// A source without packets for this long is said to have ceased.
const SOURCE_SILENT: Duration = Duration::from_secs(3);

/// Who was heard this recently is named as speaking.
const SPEAKING: Duration = Duration::from_millis(600);

/// Round trip assumed before the first report.
const DEFAULT_RTT: Duration = Duration::from_millis(60);

/// When each kind of work is due next.
pub(super) struct Ticks {
    feedback: Instant,
    choice: Instant,
    report: Instant,
    reported: Instant,
}

impl Ticks {
    pub(super) fn new(now: Instant) -> Ticks {
        Ticks { feedback: now + FEEDBACK, choice: now + CHOICE, report: now + REPORT, reported: now }
    }

    /// When something is due; without tracks nothing is as urgent as feedback.
    pub(super) fn next(&self, has_tracks: bool) -> Instant {
        let rest = self.choice.min(self.report);
        if has_tracks { rest.min(self.feedback) } else { rest }
    }
}

impl Shard {
    pub(super) fn tick(&mut self, now: Instant) {
        if now >= self.ticks.feedback {
            self.ticks.feedback = now + FEEDBACK;
            self.feedback_to_publishers(now);
        }
        if now >= self.ticks.choice {
            self.ticks.choice = now + CHOICE;
            self.choose_layers(now);
            self.choose_speakers(now);
        }
        if now >= self.ticks.report {
            let elapsed = now - self.ticks.reported;
            (self.ticks.report, self.ticks.reported) = (now + REPORT, now);
            self.check_consent(now);
            self.announce_sources(now);
            self.report(now);
            self.stats(elapsed);
            self.count_held();
        }
    }

    fn feedback_to_publishers(&mut self, now: Instant) {
        let mut compound = std::mem::take(&mut self.scratch);
        let mut key_frames: ArrayVec<(usize, u8), 16> = ArrayVec::new();
        for (index, track) in &mut self.tracks {
            let Origin::Local(publisher) = track.origin else { continue };
            let transport = &mut self.transports[publisher];
            let rtt = transport.rtt.unwrap_or(DEFAULT_RTT);
            for (nth, encoding) in track.encodings.iter_mut().enumerate() {
                let Some(ssrc) = encoding.ssrc else { continue };
                if (encoding.nack.needs_keyframe() || encoding.key_frame_due(now)) && track.source != Source::Microphone {
                    let _ = key_frames.try_push((index, nth as u8));
                }
                let mut lost: ArrayVec<u16, 64> = ArrayVec::new();
                encoding.nack.poll(now, rtt, &mut lost);
                if lost.is_empty() {
                    continue;
                }
                compound.clear();
                write_nack(&mut compound, transport.ssrc, ssrc, &lost);
                match transport.send_rtcp(&mut self.egress, &mut compound) {
                    Ok(()) => self.counters.nack_out += lost.len() as u64,
                    Err(reason) => self.counters.drop(reason),
                }
            }
        }
        for (_, transport) in &mut self.transports {
            transport.resends_left = MAX_RESENDS;
            if transport.published.is_empty() {
                continue;
            }
            compound.clear();
            transport.twcc.poll(now, &mut compound);
            if !compound.is_empty()
                && let Err(reason) = transport.send_rtcp(&mut self.egress, &mut compound)
            {
                self.counters.drop(reason);
            }
        }
        self.scratch = compound;
        for (track, encoding) in key_frames {
            self.request_key_frame(now, track, encoding);
        }
    }

    fn choose_layers(&mut self, now: Instant) {
        for index in 0..self.tracks.capacity() {
            let Some(track) = self.tracks.get_mut(index) else { continue };
            if track.subscriptions.is_empty() {
                continue;
            }
            let wanted = track.update_subscriptions(now);
            if wanted != 0 {
                self.ask_key_frames(now, index, wanted);
            }
        }
    }

    fn choose_speakers(&mut self, now: Instant) {
        for index in 0..self.rooms.capacity() {
            if !self.rooms.contains(index) {
                continue;
            }
            self.assign_voices(now, index);
            let room = &mut self.rooms[index];
            let tells = match room.pinned {
                Some(track) => matches!(self.tracks[track].origin, Origin::Local(_)),
                None => room.heard.iter().flatten().any(|track| matches!(self.tracks[*track].origin, Origin::Local(_))),
            };
            if !tells && room.speakers.is_empty() {
                continue;
            }
            let speakers: ArrayVec<ParticipantId, 8> = room
                .loudness
                .selected()
                .iter()
                .filter_map(|speaker| self.tracks.get(*speaker as usize))
                .filter(|track| track.voice.heard.is_some_and(|at| now.saturating_duration_since(at) < SPEAKING))
                .map(|track| track.participant.clone())
                .take(8)
                .collect();
            if speakers.as_slice() != room.speakers.as_slice() {
                room.speakers = speakers.to_vec();
                self.outputs.push_back(Output::Event(Event::Speakers { room: room.id.clone(), participants: speakers.to_vec() }));
            }
        }
    }

    fn check_consent(&mut self, now: Instant) {
        let expired: Vec<usize> = self.transports.iter().filter(|(_, transport)| transport.ice.consent_expired(now)).map(|(index, _)| index).collect();
        for index in expired {
            let reason = if self.transports[index].ice.paths().next().is_some() || self.transports[index].srtp.is_some() {
                LostReason::ConsentExpired
            } else {
                LostReason::NeverConnected
            };
            self.counters.ice_failed += 1;
            self.lose(now, index, reason);
        }
    }

    fn announce_sources(&mut self, now: Instant) {
        for (_, track) in &mut self.tracks {
            track.measure_order();
            if !matches!(track.origin, Origin::Local(_)) {
                continue;
            }
            let active = track.last_packet().is_some_and(|at| now.saturating_duration_since(at) < SOURCE_SILENT);
            if active != track.announced {
                track.announced = active;
                let room = self.rooms[track.room].id.clone();
                self.outputs.push_back(Output::Event(Event::Publishing { room, participant: track.participant.clone(), source: track.source, active }));
            }
        }
    }

    /// Sender reports of the slots in use and receiver reports of what is published, one compound packet a transport.
    fn report(&mut self, now: Instant) {
        let mut compound = std::mem::take(&mut self.scratch);
        for (_, transport) in &mut self.transports {
            if !transport.is_ready() {
                continue;
            }
            compound.clear();
            let ntp = self.clock.ntp(now);
            let audio = transport.audio.iter_mut().map(|audio| (&mut audio.slot, audio.track, NO_ENCODING));
            let video = (0_u8..).zip(transport.video.iter_mut()).map(|(nth, video)| (&mut video.slot, video.track, nth));
            for (slot, track, _nth) in audio.chain(video) {
                let Some(track) = track.and_then(|track| self.tracks.get(track)) else { continue };
                // Every encoding's mapping names the same moments; the slot's own offset belongs to the one it follows.
                let mapping = track.encodings.iter().find(|encoding| Some(encoding.key) == slot.follows()).and_then(|encoding| encoding.mapping);
                let rtp = mapping.and_then(|known| slot.rtp_time(ntp, known)).or_else(|| slot.rtp_time_by_arrival(now));
                if let Some(rtp) = rtp {
                    let info: SenderInfo = slot.sending.sender_report(now, &self.clock, rtp);
                    write_sender_report(&mut compound, slot.ssrc, &info, &[]);
                }
            }
            let mut blocks = ArrayVec::<_, 31>::new();
            for published in &transport.published {
                let Some(track) = self.tracks.get_mut(published.track) else { continue };
                for reception in track.encodings.iter_mut().filter_map(|encoding| encoding.reception.as_mut()) {
                    let _ = blocks.try_push(reception.block(now));
                }
            }
            transport.up_loss = blocks.iter().map(|block| f32::from(block.fraction_lost) / 256.0).fold(0.0, f32::max);
            if compound.is_empty() && blocks.is_empty() {
                continue;
            }
            if !blocks.is_empty() || compound.is_empty() {
                write_receiver_report(&mut compound, transport.ssrc, &blocks);
            }
            write_sdes_cname(&mut compound, transport.ssrc, CNAME);
            if let Err(reason) = transport.send_rtcp(&mut self.egress, &mut compound) {
                self.counters.drop(reason);
            }
        }
        self.scratch = compound;
    }

    /// The figures of the last second, one event a room.
    fn stats(&mut self, elapsed: Duration) {
        let seconds = elapsed.as_secs_f64().max(0.001);
        let mut layers: Vec<Vec<(u8, u8, u8)>> = vec![Vec::new(); self.transports.capacity()];
        for (_, track) in &self.tracks {
            for subscription in track.subscriptions.iter().filter(|entry| entry.current != NO_ENCODING) {
                if let Some(list) = layers.get_mut(subscription.transport as usize) {
                    let highest = track.encodings.get(usize::from(subscription.current)).map_or(0, |encoding| encoding.max_temporal);
                    list.push((subscription.slot, track.spatial(subscription.current), subscription.temporal.min(highest)));
                }
            }
        }
        for (_, room) in &self.rooms {
            let mut transports = Vec::with_capacity(room.members.len());
            for index in room.members.values().copied() {
                let transport = &mut self.transports[index];
                let traffic = std::mem::take(&mut transport.traffic);
                let mut layers = std::mem::take(&mut layers[index]);
                layers.sort_unstable();
                let voices = transport.published.iter().filter_map(|published| Some(self.tracks.get_mut(published.track)?.voice.take_speech()));
                let speech = voices.max().unwrap_or_default();
                transports.push(TransportStats {
                    participant: transport.participant.clone(),
                    up_bps: (traffic.up as f64 * 8.0 / seconds) as u64,
                    down_bps: (traffic.down as f64 * 8.0 / seconds) as u64,
                    up_loss: transport.up_loss,
                    down_loss: transport.take_down_loss(),
                    rtt: transport.rtt,
                    speech: speech.min(elapsed),
                    tcp: transport.path().map(|path| matches!(path.link, Link::Tcp(_))),
                    layers,
                });
            }
            if !transports.is_empty() {
                self.outputs.push_back(Output::Event(Event::Stats { room: room.id.clone(), transports }));
            }
        }
    }
}
