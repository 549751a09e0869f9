//! Everything a participant receives: accounting by stamp, feedback by stream.

use super::stream::Stream;
use super::tally::Tally;
use crate::clock::Clock;
use crate::peer::Peer;
use crate::rtp::sequence::{Novelty, Seen};
use crate::rtp::stamp::{Flow, Stamp};
use crate::rtp::{self, vp8};
use crate::sdp::{self, Answer};
use rtc_rtcp::packet::Packet;
use rtc_rtcp::payload_feedbacks::picture_loss_indication::PictureLossIndication;
use rtc_rtcp::receiver_report::ReceiverReport;
use rtc_rtcp::sender_report::SenderReport;
use rtc_rtcp::transport_feedbacks::transport_layer_nack::{TransportLayerNack, nack_pairs_from_sequence_numbers};
use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

const REPORT_INTERVAL: Duration = Duration::from_secs(1);
/// More SSRCs than this from one server are a fault; the rest is dropped.
const MAX_STREAMS: usize = 128;
/// More stamped flows than this are not told apart any more.
const MAX_FLOWS: usize = 256;

/// What is worth telling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Milestone {
    /// The first media packet that authenticated.
    FirstMedia,
    /// The first packet of a key frame.
    FirstKeyFrame,
}

/// The account of one participant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// New packets of publisher 0 in the window, by flow.
    pub host: BTreeMap<Flow, u64>,
    /// New packets of other publishers in the window.
    pub others: u64,
    /// All RTP packets that authenticated since it connected.
    pub total: u64,
    /// Packets that sequence numbers say were sent since it connected, all streams.
    pub sequenced: u64,
    /// Of those, never received.
    pub missing: u64,
}

/// The stamp in a payload; none when there is none.
pub fn stamp_of(payload: &[u8], video: bool) -> Option<Stamp> {
    let data = if video { vp8::Payload::parse(payload).and_then(|payload| payload.data.get(payload.frame_header_len()..)) } else { payload.get(1..) };
    data.and_then(Stamp::decode)
}

/// The receiving side of a participant.
pub struct Subscriber {
    ssrc: u32,
    streams: HashMap<u32, Stream>,
    rtx: HashMap<u32, u32>,
    flows: HashMap<(u16, Flow), Seen>,
    account: Account,
    next_report: Option<Instant>,
    media_seen: bool,
    key_seen: bool,
}

impl Subscriber {
    /// `ssrc`: whom feedback comes from.
    pub fn new(ssrc: u32) -> Subscriber {
        Subscriber {
            ssrc,
            streams: HashMap::new(),
            rtx: HashMap::new(),
            flows: HashMap::new(),
            account: Account::default(),
            next_report: None,
            media_seen: false,
            key_seen: false,
        }
    }

    /// Learns which SSRC repairs which.
    pub fn negotiate(&mut self, answer: &Answer) {
        self.rtx = answer.lines.iter().flat_map(|line| &line.rtx).take(MAX_STREAMS).map(|&(media, rtx)| (rtx, media)).collect();
    }

    /// What arrived so far.
    pub fn account(&self) -> Account {
        let mut account = self.account.clone();
        for (expected, received) in self.streams.values().filter_map(Stream::progress) {
            account.sequenced += expected;
            account.missing += expected.saturating_sub(received);
        }
        account
    }

    /// Takes a decrypted RTP packet. `arrived_ns`: `CLOCK_MONOTONIC` when the kernel had it, where known.
    pub fn handle_rtp(&mut self, now: Instant, clock: &Clock, bytes: &[u8], arrived_ns: Option<u64>, tally: &mut Tally) -> Option<Milestone> {
        let packet = rtp::Packet::parse(bytes)?;
        self.account.total += 1;
        let now_ns = clock.nanos(now);
        if tally.window.holds(now_ns) {
            tally.received += 1;
        }
        self.next_report.get_or_insert(now + REPORT_INTERVAL);
        let payload = match packet.header.payload_type {
            sdp::VP8_RTX => self.repair(now, &packet, tally)?,
            kind => self.receive(now, &packet, kind == sdp::VP8, tally)?,
        };
        let video = packet.header.payload_type != sdp::OPUS;
        let milestone = self.milestone(&packet, payload, video);
        if let Some(stamp) = stamp_of(payload, video) {
            self.account_for(&stamp, now_ns, arrived_ns, bytes.len(), tally);
        }
        milestone
    }

    /// Learns from sender reports.
    pub fn handle_rtcp(&mut self, now: Instant, packets: &[Box<dyn Packet>]) {
        for report in packets.iter().filter_map(|packet| packet.as_any().downcast_ref::<SenderReport>()) {
            if let Some(stream) = self.streams.get_mut(&report.ssrc) {
                stream.sender_report(now, report.ntp_time);
            }
        }
    }

    /// When [`Subscriber::handle_timeout`] is due next.
    pub fn next_timeout(&self) -> Option<Instant> {
        self.streams.values().filter_map(Stream::next_timeout).chain(self.next_report).min()
    }

    /// Sends the feedback that is due.
    pub fn handle_timeout(&mut self, now: Instant, peer: &mut Peer, tally: &mut Tally) {
        for (&ssrc, stream) in self.streams.iter_mut().filter(|(_, stream)| stream.video) {
            let lost = stream.take_nacks(now);
            if !lost.is_empty() {
                tally.nacks += lost.len() as u64;
                let nack = TransportLayerNack { sender_ssrc: self.ssrc, media_ssrc: ssrc, nacks: nack_pairs_from_sequence_numbers(&lost) };
                send(peer, &[Box::new(nack)]);
            }
            if stream.take_pli(now) {
                tally.plis += 1;
                send(peer, &[Box::new(PictureLossIndication { sender_ssrc: self.ssrc, media_ssrc: ssrc })]);
            }
        }
        if self.next_report.is_some_and(|due| now >= due) {
            self.next_report = Some(now + REPORT_INTERVAL);
            let mut blocks: Vec<_> = self.streams.iter_mut().filter_map(|(&ssrc, stream)| stream.report(now, ssrc)).collect();
            while !blocks.is_empty() {
                // A report holds at most 31 blocks (RFC 3550, section 6.4.2).
                let reports = blocks.split_off(blocks.len().saturating_sub(31));
                send(peer, &[Box::new(ReceiverReport { ssrc: self.ssrc, reports, ..ReceiverReport::default() })]);
            }
        }
    }

    fn receive<'a>(&mut self, now: Instant, packet: &rtp::Packet<'a>, video: bool, tally: &mut Tally) -> Option<&'a [u8]> {
        let ssrc = packet.header.ssrc;
        if !self.streams.contains_key(&ssrc) && self.streams.len() >= MAX_STREAMS {
            *tally.drops.entry("too_many_streams").or_default() += 1;
            return None;
        }
        let stream = self.streams.entry(ssrc).or_insert_with(|| Stream::new(now, video));
        match stream.receive(now, packet.header.sequence, packet.header.timestamp) {
            Novelty::Late => tally.out_of_order += 1,
            Novelty::Duplicate => {
                tally.duplicates += 1;
                return None;
            }
            Novelty::Newest { .. } | Novelty::Ancient => {}
        }
        if video && !stream.key_seen {
            match vp8::Payload::parse(packet.payload) {
                Some(payload) if payload.starts_key_frame() => stream.key_frame(),
                _ => stream.lost_picture(now),
            }
        }
        Some(packet.payload)
    }

    /// The original payload of a retransmission that was missing (RFC 4588, section 4).
    fn repair<'a>(&mut self, now: Instant, packet: &rtp::Packet<'a>, tally: &mut Tally) -> Option<&'a [u8]> {
        // An empty one is padding: the server probes.
        let (original, payload) = packet.payload.split_first_chunk::<2>().filter(|(_, payload)| !payload.is_empty())?;
        let media = self.rtx.get(&packet.header.ssrc)?;
        let repaired = self.streams.get_mut(media)?.repair(now, u16::from_be_bytes(*original));
        if repaired {
            tally.repaired += 1;
        } else {
            tally.duplicates += 1;
        }
        repaired.then_some(payload)
    }

    fn milestone(&mut self, packet: &rtp::Packet<'_>, payload: &[u8], video: bool) -> Option<Milestone> {
        if !std::mem::replace(&mut self.media_seen, true) {
            // A key frame in the very first packet is told by the next call for its second packet at the latest; remember it here.
            self.key_seen = video && starts_key_frame(payload);
            return Some(if self.key_seen { Milestone::FirstKeyFrame } else { Milestone::FirstMedia });
        }
        let key = video && !self.key_seen && packet.header.payload_type != sdp::OPUS && starts_key_frame(payload);
        self.key_seen |= key;
        key.then_some(Milestone::FirstKeyFrame)
    }

    /// Notes a stamped packet that was received at `now_ns`.
    pub fn account_for(&mut self, stamp: &Stamp, now_ns: u64, arrived_ns: Option<u64>, len: usize, tally: &mut Tally) {
        let key = (stamp.publisher, stamp.flow);
        if !self.flows.contains_key(&key) && self.flows.len() >= MAX_FLOWS {
            return;
        }
        let novelty = self.flows.entry(key).or_default().insert(stamp.counter);
        if !tally.window.holds(stamp.sent_ns) {
            return;
        }
        if novelty == Novelty::Duplicate {
            tally.duplicates += 1;
            return;
        }
        tally.delivered += 1;
        tally.delivered_bytes += len as u64;
        tally.latency.saturating_record(now_ns.saturating_sub(stamp.sent_ns));
        if let Some(arrived_ns) = arrived_ns {
            tally.arrival.saturating_record(arrived_ns.saturating_sub(stamp.sent_ns));
        }
        if stamp.publisher == 0 {
            *self.account.host.entry(stamp.flow).or_default() += 1;
        } else {
            self.account.others += 1;
        }
    }
}

fn starts_key_frame(payload: &[u8]) -> bool {
    vp8::Payload::parse(payload).is_some_and(|payload| payload.starts_key_frame())
}

fn send(peer: &mut Peer, packets: &[Box<dyn Packet>]) {
    if let Ok(bytes) = rtc_rtcp::packet::marshal(packets) {
        peer.send_rtcp(&bytes);
    }
}
