//! One RTP flow that is sent: its numbers, its buffer for retransmission (RFC 4588), its sender reports.

use super::{Feed, Frame};
use crate::clock::Clock;
use crate::rtp::{self, Header, stamp};
use bytes::Bytes;
use rtc_rtcp::sender_report::SenderReport;
use std::collections::VecDeque;
use std::time::Instant;

/// Packets kept for retransmission: 3 s of the largest layer.
const HISTORY: usize = 512;

/// What never changes about a flow.
#[derive(Clone, Debug)]
pub struct FlowSpec {
    /// Names it where simulcast is used.
    pub rid: Option<String>,
    /// How it is stamped; none: not stamped.
    pub stamp: Option<stamp::Flow>,
    /// SSRC.
    pub ssrc: u32,
    /// SSRC and payload type of retransmissions; none for audio.
    pub rtx: Option<(u32, u8)>,
    /// Payload type.
    pub payload_type: u8,
}

struct Sent {
    sequence: u16,
    timestamp: u32,
    marker: bool,
    payload: Bytes,
}

/// The flow.
pub struct Flow {
    /// What never changes.
    pub spec: FlowSpec,
    /// Where its frames come from.
    pub feed: Box<dyn Feed>,
    /// A receiver report named it: the receiver knows the flow, MID and RID need not be said any more.
    pub acknowledged: bool,
    sequence: u16,
    rtx_sequence: u16,
    timestamp_base: u32,
    counter: u64,
    packets: u32,
    octets: u32,
    last: Option<(Instant, u32)>,
    history: VecDeque<Sent>,
}

/// A packet ready for sealing, but for its extensions.
pub struct Outgoing {
    /// The header.
    pub header: Header,
    /// The payload, stamped.
    pub payload: Bytes,
    /// The stamp that was written.
    pub stamp: Option<stamp::Stamp>,
}

impl Flow {
    /// A flow whose numbers start where told (random in life, chosen in tests).
    pub fn new(spec: FlowSpec, feed: Box<dyn Feed>, sequence: u16, timestamp_base: u32) -> Flow {
        Flow {
            spec,
            feed,
            acknowledged: false,
            sequence,
            rtx_sequence: sequence ^ 0x5555,
            timestamp_base,
            counter: 0,
            packets: 0,
            octets: 0,
            last: None,
            history: VecDeque::with_capacity(HISTORY),
        }
    }

    /// Numbers and stamps the payloads of a frame.
    pub fn packets(&mut self, frame: Frame, now: Instant, publisher: u16, sent_ns: u64) -> Vec<Outgoing> {
        let timestamp = self.timestamp_base.wrapping_add(frame.rtp_time);
        let count = frame.payloads.len();
        let mut packets = Vec::with_capacity(count);
        for (index, mut payload) in frame.payloads.into_iter().enumerate() {
            let marker = self.spec.rtx.is_some() && index + 1 == count;
            let mut stamp = None;
            if let (Some(flow), Some(at)) = (self.spec.stamp, payload.stamp_at) {
                let value = stamp::Stamp { publisher, flow, counter: self.counter, sent_ns };
                if let Some(place) = payload.bytes.get_mut(at..at + stamp::LEN) {
                    place.copy_from_slice(&value.encode());
                    stamp = Some(value);
                }
            }
            self.counter += 1;
            let payload = Bytes::from(payload.bytes);
            let header = Header { marker, payload_type: self.spec.payload_type, sequence: self.sequence, timestamp, ssrc: self.spec.ssrc };
            if self.spec.rtx.is_some() {
                if self.history.len() == HISTORY {
                    self.history.pop_front();
                }
                self.history.push_back(Sent { sequence: self.sequence, timestamp, marker, payload: payload.clone() });
            }
            self.sequence = self.sequence.wrapping_add(1);
            self.packets = self.packets.wrapping_add(1);
            self.octets = self.octets.wrapping_add(payload.len() as u32);
            packets.push(Outgoing { header, payload, stamp });
        }
        self.last = Some((now, timestamp));
        packets
    }

    /// The retransmission of a packet: header, and payload with the original sequence number before it (RFC 4588, section 4).
    pub fn retransmit(&mut self, sequence: u16) -> Option<(Header, Vec<u8>)> {
        let (ssrc, payload_type) = self.spec.rtx?;
        let oldest = self.history.front()?.sequence;
        let sent = self.history.get(usize::from(sequence.wrapping_sub(oldest)))?;
        let header = Header { marker: sent.marker, payload_type, sequence: self.rtx_sequence, timestamp: sent.timestamp, ssrc };
        let mut payload = Vec::with_capacity(2 + sent.payload.len());
        payload.extend_from_slice(&sent.sequence.to_be_bytes());
        payload.extend_from_slice(&sent.payload);
        self.rtx_sequence = self.rtx_sequence.wrapping_add(1);
        Some((header, payload))
    }

    /// The report at `now`; none before the first packet.
    pub fn report(&self, now: Instant, clock: &Clock) -> Option<SenderReport> {
        let (at, timestamp) = self.last?;
        let elapsed = now.saturating_duration_since(at).as_micros() * u128::from(self.feed.clock_rate()) / 1_000_000;
        Some(SenderReport {
            ssrc: self.spec.ssrc,
            ntp_time: clock.ntp(now),
            rtp_time: timestamp.wrapping_add(elapsed as u32),
            packet_count: self.packets,
            octet_count: self.octets,
            ..SenderReport::default()
        })
    }

    /// The bytes of a packet with these extensions.
    pub fn bytes(header: Header, extensions: &[(u8, &[u8])], payload: &[u8]) -> Vec<u8> {
        rtp::write(header, extensions, &[payload])
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::media::synthetic::{HOST_LAYERS, Video};
    use std::time::Duration;

    fn flow(sequence: u16) -> Flow {
        let spec = FlowSpec { rid: None, stamp: Some(stamp::Flow::Video(2)), ssrc: 5, rtx: Some((6, 97)), payload_type: 96 };
        Flow::new(spec, Box::new(Video::new(HOST_LAYERS[2], 0)), sequence, 1_000)
    }

    fn send(flow: &mut Flow, now: Instant) -> Vec<Outgoing> {
        let frame = flow.feed.next_frame(now);
        flow.packets(frame, now, 0, 42)
    }

    #[test]
    fn numbers_packets_and_marks_the_last_of_a_frame() {
        let mut flow = flow(65_530);
        let packets = send(&mut flow, Instant::now());
        assert_eq!(packets.iter().map(|packet| packet.header.marker).filter(|marker| *marker).count(), 1);
        assert!(packets.last().unwrap().header.marker);
        assert_eq!(packets[6].header.sequence, 0, "wraps");
        assert_eq!(packets[6].stamp.unwrap().counter, 6);
        assert!(packets.iter().all(|packet| packet.header.timestamp == 1_000));
    }

    #[test]
    fn retransmits_what_it_still_has() {
        let mut flow = flow(65_530);
        let first = send(&mut flow, Instant::now());
        let (header, payload) = flow.retransmit(first[7].header.sequence).unwrap();
        assert_eq!((header.ssrc, header.payload_type), (6, 97));
        assert_eq!(payload[..2], 1u16.to_be_bytes());
        assert_eq!(payload[2..], first[7].payload);
        assert!(flow.retransmit(65_529).is_none(), "never sent");
        for _ in 0..200 {
            send(&mut flow, Instant::now());
        }
        assert!(flow.retransmit(first[0].header.sequence).is_none(), "forgotten");
    }

    #[test]
    fn reports_the_rtp_time_of_now() {
        let mut flow = flow(0);
        let start = Instant::now();
        let clock = Clock::fixed(start, Duration::ZERO, Duration::from_secs(10));
        assert!(flow.report(start, &clock).is_none());
        let packets = send(&mut flow, start).len() as u32;
        let report = flow.report(start + Duration::from_secs(1), &clock).unwrap();
        assert_eq!(report.rtp_time, 1_000 + 90_000);
        assert_eq!((report.packet_count, report.octet_count), (packets, packets * 1_100));
    }
}
