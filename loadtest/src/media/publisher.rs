//! Everything a participant sends: its m-lines with their flows, paced by their feeds.

use super::flow::{Flow, FlowSpec};
use super::tally::Tally;
use super::{Feed, Frame};
use crate::clock::Clock;
use crate::peer::Peer;
use crate::rtp::stamp;
use crate::sdp::{self, Answer, SendLine, extension};
use protocol::Source;
use rand::Rng;
use rtc_rtcp::packet::Packet;
use rtc_rtcp::payload_feedbacks::full_intra_request::FullIntraRequest;
use rtc_rtcp::payload_feedbacks::picture_loss_indication::PictureLossIndication;
use rtc_rtcp::receiver_report::ReceiverReport;
use rtc_rtcp::source_description::{SdesType, SourceDescription, SourceDescriptionChunk, SourceDescriptionItem};
use rtc_rtcp::transport_feedbacks::transport_layer_nack::{NackPair, TransportLayerNack};
use std::time::{Duration, Instant};

const REPORT_INTERVAL: Duration = Duration::from_secs(1);
/// Frames sent by one call, so that a stalled process catches up without starving its neighbours.
const MAX_FRAMES_PER_CALL: usize = 64;

/// One source to publish.
pub struct Line {
    /// What it is.
    pub source: Source,
    /// Its feeds; more than one: simulcast, the smallest first, each with its RID.
    pub feeds: Vec<(Option<String>, Box<dyn Feed>)>,
    /// Whether packets are stamped (synthetic media only).
    pub stamped: bool,
}

struct Published {
    mid: String,
    audio: bool,
    simulcast: bool,
    source: Source,
    active: bool,
    extensions: Vec<u8>,
    flows: Vec<Flow>,
}

/// The sending side of a participant.
pub struct Publisher {
    number: u16,
    lines: Vec<Published>,
    started: bool,
    transport_sequence: u16,
    next_report: Option<Instant>,
}

impl Publisher {
    /// Publisher `number` of the run with these sources.
    pub fn new(number: u16, lines: Vec<Line>) -> Publisher {
        let mut rng = rand::rng();
        let lines = lines
            .into_iter()
            .enumerate()
            .map(|(mid, line)| {
                let audio = line.source == Source::Microphone;
                let mut flows = Vec::with_capacity(line.feeds.len());
                for (layer, (rid, feed)) in line.feeds.into_iter().enumerate() {
                    let stamp = line.stamped.then_some(if audio { stamp::Flow::Audio } else { stamp::Flow::Video(layer as u8) });
                    let rtx = (!audio).then(|| (rng.random::<u32>() | 1, sdp::VP8_RTX));
                    let payload_type = if audio { sdp::OPUS } else { sdp::VP8 };
                    let spec = FlowSpec { rid, stamp, ssrc: rng.random::<u32>() & !1, rtx, payload_type };
                    flows.push(Flow::new(spec, feed, rng.random::<u16>() >> 1, rng.random()));
                }
                let simulcast = flows.len() > 1;
                Published { mid: mid.to_string(), audio, simulcast, source: line.source, active: false, extensions: Vec::new(), flows }
            })
            .collect();
        Publisher { number, lines, started: false, transport_sequence: rng.random(), next_report: None }
    }

    /// The m-lines for the offer.
    pub fn send_lines(&self) -> Vec<SendLine> {
        self.lines
            .iter()
            .map(|line| SendLine {
                source: line.source,
                rids: if line.simulcast { line.flows.iter().filter_map(|flow| flow.spec.rid.clone()).collect() } else { Vec::new() },
                ssrcs: line.flows.iter().map(|flow| (flow.spec.ssrc, flow.spec.rtx.map(|(ssrc, _)| ssrc))).collect(),
            })
            .collect()
    }

    /// Takes what the server agreed to; lines it does not receive stay silent.
    pub fn negotiate(&mut self, answer: &Answer) {
        for line in &mut self.lines {
            if let Some(agreed) = answer.lines.iter().find(|agreed| agreed.mid == line.mid) {
                line.active = agreed.accepted && agreed.receives;
                line.extensions.clone_from(&agreed.extensions);
            }
        }
    }

    /// Sources the server refused to receive.
    pub fn refused(&self) -> Vec<Source> {
        self.lines.iter().filter(|line| !line.active).map(|line| line.source).collect()
    }

    /// Starts all schedules; called when the peer is connected.
    pub fn start(&mut self, now: Instant, clock: &Clock) {
        if !self.started {
            self.started = true;
            self.next_report = (!self.lines.is_empty()).then_some(now + REPORT_INTERVAL / 2);
            self.lines.iter_mut().flat_map(|line| &mut line.flows).for_each(|flow| flow.feed.start(now, clock));
        }
    }

    /// When [`Publisher::handle_timeout`] is due next.
    pub fn next_timeout(&self) -> Option<Instant> {
        let frames = self.lines.iter().filter(|line| line.active).flat_map(|line| &line.flows).filter_map(|flow| flow.feed.due());
        frames.chain(self.next_report).min()
    }

    /// Sends every frame and report that is due.
    pub fn handle_timeout(&mut self, now: Instant, clock: &Clock, peer: &mut Peer, tally: &mut Tally) {
        for _ in 0..MAX_FRAMES_PER_CALL {
            let mut due = None;
            for (line, published) in self.lines.iter().enumerate().filter(|(_, line)| line.active) {
                for (flow, sent) in published.flows.iter().enumerate() {
                    if let Some(at) = sent.feed.due().filter(|at| *at <= now)
                        && due.is_none_or(|(earliest, _, _)| at < earliest)
                    {
                        due = Some((at, line, flow));
                    }
                }
            }
            let Some((at, line, flow)) = due else { break };
            let frame = self.lines[line].flows[flow].feed.next_frame(now);
            self.send_frame(line, flow, frame, now, at, clock, peer, tally);
        }
        if self.next_report.is_some_and(|due| now >= due) {
            self.send_reports(now, clock, peer);
            self.next_report = Some(now + REPORT_INTERVAL);
        }
    }

    /// Acts on feedback: retransmissions, key frames.
    pub fn handle_rtcp(&mut self, packets: &[Box<dyn Packet>], peer: &mut Peer, tally: &mut Tally) {
        for packet in packets {
            let packet = packet.as_any();
            if let Some(nack) = packet.downcast_ref::<TransportLayerNack>() {
                for sequence in nack.nacks.iter().flat_map(NackPair::packet_list) {
                    self.retransmit(nack.media_ssrc, sequence, peer, tally);
                }
            } else if let Some(pli) = packet.downcast_ref::<PictureLossIndication>() {
                self.want_key_frame(pli.media_ssrc);
            } else if let Some(fir) = packet.downcast_ref::<FullIntraRequest>() {
                fir.fir.iter().for_each(|entry| self.want_key_frame(entry.ssrc));
            } else if let Some(report) = packet.downcast_ref::<ReceiverReport>() {
                for block in &report.reports {
                    if let Some((_, flow)) = self.find(block.ssrc) {
                        self.lines[flow.0].flows[flow.1].acknowledged = true;
                    }
                }
            }
        }
    }

    fn find(&self, ssrc: u32) -> Option<(&Flow, (usize, usize))> {
        self.lines.iter().enumerate().find_map(|(line, published)| {
            let flow = published.flows.iter().position(|flow| flow.spec.ssrc == ssrc)?;
            Some((&published.flows[flow], (line, flow)))
        })
    }

    fn want_key_frame(&mut self, ssrc: u32) {
        if let Some((_, (line, flow))) = self.find(ssrc) {
            self.lines[line].flows[flow].feed.want_key_frame();
        }
    }

    #[allow(clippy::too_many_arguments)] // One call site; a struct would only rename them.
    fn send_frame(&mut self, line: usize, flow: usize, frame: Frame, now: Instant, due: Instant, clock: &Clock, peer: &mut Peer, tally: &mut Tally) {
        let late = now.saturating_duration_since(due).as_nanos() as u64;
        let packets = self.lines[line].flows[flow].packets(frame, now, self.number, clock.nanos(now));
        for packet in packets {
            let published = &self.lines[line];
            let level = published.flows[flow].feed.audio_level().map(|level| [0x80 | level]);
            let bytes = extend(published, flow, false, level.as_ref(), self.transport_sequence, packet.header, &packet.payload);
            self.transport_sequence = self.transport_sequence.wrapping_add(1);
            peer.send_rtp(&bytes);
            if let Some(stamp) = &packet.stamp {
                tally.sent(stamp, late);
            }
        }
    }

    fn retransmit(&mut self, ssrc: u32, sequence: u16, peer: &mut Peer, tally: &mut Tally) {
        let Some((_, (line, flow))) = self.find(ssrc) else { return };
        if let Some((header, payload)) = self.lines[line].flows[flow].retransmit(sequence) {
            let bytes = extend(&self.lines[line], flow, true, None, self.transport_sequence, header, &payload);
            self.transport_sequence = self.transport_sequence.wrapping_add(1);
            peer.send_rtp(&bytes);
            tally.retransmitted += 1;
        }
    }

    fn send_reports(&mut self, now: Instant, clock: &Clock, peer: &mut Peer) {
        for flow in self.lines.iter().flat_map(|line| &line.flows) {
            let Some(report) = flow.report(now, clock) else { continue };
            let item = SourceDescriptionItem { sdes_type: SdesType::SdesCname, text: "loadtest".into() };
            let description = SourceDescription { chunks: vec![SourceDescriptionChunk { source: report.ssrc, items: vec![item] }] };
            if let Ok(bytes) = rtc_rtcp::packet::marshal(&[Box::new(report), Box::new(description)]) {
                peer.send_rtcp(&bytes);
            }
        }
    }
}

/// Adds the header extensions that were agreed and writes the packet. MID and RID are said until a receiver report shows that they were heard.
fn extend(line: &Published, flow: usize, rtx: bool, level: Option<&[u8; 1]>, sequence: u16, header: crate::rtp::Header, payload: &[u8]) -> Vec<u8> {
    let sent = &line.flows[flow];
    let sequence = sequence.to_be_bytes();
    let mut extensions: [(u8, &[u8]); 4] = [(0, &[]); 4];
    let mut count = 0;
    let mut add = |id: u8, value| {
        if line.extensions.contains(&id) {
            extensions[count] = (id, value);
            count += 1;
        }
    };
    if !sent.acknowledged || rtx {
        add(extension::MID, line.mid.as_bytes());
        if let Some(rid) = &sent.spec.rid {
            add(if rtx { extension::REPAIRED_RID } else { extension::RID }, rid.as_bytes());
        }
    }
    add(extension::TRANSPORT_CC, &sequence);
    if let Some(level) = level.filter(|_| line.audio) {
        add(extension::AUDIO_LEVEL, level);
    }
    Flow::bytes(header, &extensions[..count], payload)
}
