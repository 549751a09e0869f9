//! Transport-wide congestion control feedback to publishers: when each of their packets arrived (draft-holmer-rmcat-transport-wide-cc-extensions-01).

mod write;

use crate::sequence::Unwrapper;
use std::time::{Duration, Instant};
use write::{Arrivals, write_feedback};

/// From the first unreported packet to its report.
pub const INTERVAL: Duration = Duration::from_millis(100);
/// The same when more than [`MANY`] packets wait.
pub const SHORT_INTERVAL: Duration = Duration::from_millis(50);
/// Packets that make a report urgent.
pub const MANY: usize = 100;
/// How many sequence numbers back arrivals are remembered; a jump beyond it leaves those before unreported.
const WINDOW: u64 = 4_096;

/// Notes the arrivals on one transport and reports them. Bounded by its window; allocates when made, and in `out` when polled.
#[derive(Debug)]
pub struct TwccRecorder {
    sender_ssrc: u32,
    media_ssrc: u32,
    start: Instant,
    unwrapper: Unwrapper,
    /// By sequence number modulo [`WINDOW`]: arrival in ticks from `start`, plus one; 0: none.
    ticks: Box<[u32]>,
    /// The first sequence number to report next.
    begin: Option<u64>,
    /// Packets noted since the last report, and when the first of them came.
    waiting: usize,
    since: Option<Instant>,
    /// Reports written, wrapping.
    reports: u8,
}

impl TwccRecorder {
    /// `sender_ssrc` is ours; arrivals count from `start`.
    pub fn new(sender_ssrc: u32, start: Instant) -> Self {
        Self {
            sender_ssrc,
            media_ssrc: 0,
            start,
            unwrapper: Unwrapper::new(),
            ticks: vec![0; WINDOW as usize].into(),
            begin: None,
            waiting: 0,
            since: None,
            reports: 0,
        }
    }

    /// A packet arrived with that transport-wide sequence number, on that stream. One that came before, or is older than the window, is left aside.
    pub fn record(&mut self, now: Instant, seq: u16, media_ssrc: u32) {
        let before = self.unwrapper.highest();
        let seq = self.unwrapper.unwrap(seq);
        match before {
            Some(highest) if seq > highest => self.clear(highest + 1, seq),
            Some(highest) if highest - seq >= WINDOW => return,
            _ => {}
        }
        let place = &mut self.ticks[(seq % WINDOW) as usize];
        if *place != 0 {
            return;
        }
        *place = write::ticks(now.saturating_duration_since(self.start)).saturating_add(1);
        self.media_ssrc = media_ssrc;
        // One that was reported missing is reported again, with those after it: the sender takes the first good news of each.
        self.begin = Some(self.begin.map_or(seq, |begin| begin.min(seq)));
        self.waiting += 1;
        self.since.get_or_insert(now);
    }

    /// Appends the reports that are due, each of at most [`MAX_LEN`](write::MAX_LEN) bytes.
    pub fn poll(&mut self, now: Instant, out: &mut Vec<u8>) {
        if self.next_timeout().is_none_or(|due| due > now) {
            return;
        }
        let (Some(begin), Some(highest)) = (self.begin, self.unwrapper.highest()) else {
            return;
        };
        let mut next = begin.max((highest + 1).saturating_sub(WINDOW));
        while next <= highest {
            let arrivals = Arrivals { ticks: &self.ticks, next, end: highest + 1 };
            next = write_feedback(out, self.sender_ssrc, self.media_ssrc, self.reports, arrivals);
            self.reports = self.reports.wrapping_add(1);
        }
        self.begin = Some(highest + 1);
        (self.waiting, self.since) = (0, None);
    }

    /// When the next report is due; none while there is nothing to report.
    pub fn next_timeout(&self) -> Option<Instant> {
        let interval = if self.waiting > MANY { SHORT_INTERVAL } else { INTERVAL };
        self.since.map(|since| since + interval)
    }

    /// Nothing arrived yet of these; what their places hold is of a window before.
    fn clear(&mut self, first: u64, last: u64) {
        if last - first >= WINDOW {
            self.ticks.fill(0);
        } else {
            (first..=last).for_each(|seq| self.ticks[(seq % WINDOW) as usize] = 0);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::write::MAX_LEN;
    use super::*;
    use proptest::prelude::*;
    use rtc_rtcp::packet::unmarshal;
    use rtc_rtcp::transport_feedbacks::transport_layer_cc::{PacketStatusChunk, SymbolTypeTcc, TransportLayerCc};
    use std::collections::BTreeMap;

    /// Sequence number and arrival, in µs from the reference time's zero.
    type Statuses = Vec<(u16, Option<i64>)>;

    /// What another implementation reads.
    fn read(mut out: &[u8]) -> Vec<(TransportLayerCc, Statuses)> {
        let mut read = Vec::new();
        while !out.is_empty() {
            let len = 4 + 4 * usize::from(u16::from_be_bytes([out[2], out[3]]));
            assert!(len <= MAX_LEN, "{len} bytes");
            if out[0] & 0x20 != 0 {
                assert!((1..4).contains(&out[len - 1]), "padding of {}", out[len - 1]);
            }
            let packet = unmarshal(&mut &out[..len]).unwrap().remove(0);
            let report = packet.as_any().downcast_ref::<TransportLayerCc>().unwrap().clone();
            read.push((report.clone(), statuses(&report)));
            out = &out[len..];
        }
        read
    }

    fn statuses(report: &TransportLayerCc) -> Statuses {
        let mut symbols = Vec::new();
        for chunk in &report.packet_chunks {
            match chunk {
                PacketStatusChunk::RunLengthChunk(run) => symbols.extend(std::iter::repeat_n(run.packet_status_symbol, run.run_length.into())),
                PacketStatusChunk::StatusVectorChunk(vector) => symbols.extend(vector.symbol_list.iter().copied()),
            }
        }
        let count = usize::from(report.packet_status_count);
        assert!(symbols.len() >= count);
        assert!(symbols[count..].iter().all(|symbol| *symbol == SymbolTypeTcc::PacketNotReceived), "beyond the count");
        let mut deltas = report.recv_deltas.iter();
        let mut time = i64::from(report.reference_time) * 64_000;
        let statuses = symbols[..count].iter().enumerate().map(|(n, symbol)| {
            let arrival = (*symbol != SymbolTypeTcc::PacketNotReceived).then(|| {
                let delta = deltas.next().unwrap();
                assert_eq!(delta.type_tcc_packet, *symbol);
                time += delta.delta;
                time
            });
            (report.base_sequence_number.wrapping_add(n as u16), arrival)
        });
        let statuses = statuses.collect();
        assert_eq!(deltas.next(), None);
        statuses
    }

    #[test]
    fn reports_a_plain_run_in_few_bytes() {
        let start = Instant::now();
        let mut recorder = TwccRecorder::new(1, start);
        let mut out = Vec::new();
        recorder.poll(start, &mut out);
        assert!(out.is_empty());
        for n in 0..40_u64 {
            recorder.record(start + Duration::from_millis(n), 65_520_u16.wrapping_add(n as u16), 5);
        }
        recorder.poll(start + Duration::from_millis(99), &mut out);
        assert!(out.is_empty(), "not due yet");
        recorder.poll(start + Duration::from_millis(100), &mut out);
        assert_eq!(recorder.next_timeout(), None);
        assert_eq!(out.len(), 20 + 2 + 40 + 2, "one run-length chunk, one byte each, padding");
        let read = read(&out);
        assert_eq!((read[0].0.sender_ssrc, read[0].0.media_ssrc, read[0].0.fb_pkt_count), (1, 5, 0));
        let expected: Vec<_> = (0..40).map(|n| (65_520_u16.wrapping_add(n), Some(i64::from(n) * 1_000))).collect();
        assert_eq!(read[0].1, expected);
    }

    #[test]
    fn many_packets_are_reported_sooner() {
        let start = Instant::now();
        let mut recorder = TwccRecorder::new(1, start);
        (0..100).for_each(|n| recorder.record(start, n, 5));
        assert_eq!(recorder.next_timeout(), Some(start + INTERVAL));
        recorder.record(start, 100, 5);
        assert_eq!(recorder.next_timeout(), Some(start + SHORT_INTERVAL));
    }

    #[test]
    fn losses_are_reported_and_late_arrivals_put_right() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut recorder = TwccRecorder::new(1, start);
        [10, 11, 14].into_iter().for_each(|seq| recorder.record(at(1), seq, 5));
        let mut out = Vec::new();
        recorder.poll(at(101), &mut out);
        assert_eq!(read(&out)[0].1, [(10, Some(1_000)), (11, Some(1_000)), (12, None), (13, None), (14, Some(1_000))]);
        recorder.record(at(110), 12, 5);
        recorder.record(at(112), 16, 5);
        out.clear();
        recorder.poll(at(210), &mut out);
        let read = read(&out);
        assert_eq!(read[0].0.fb_pkt_count, 1);
        assert_eq!(read[0].1, [(12, Some(110_000)), (13, None), (14, Some(1_000)), (15, None), (16, Some(112_000))]);
    }

    #[test]
    fn a_jump_beyond_the_window_and_long_silence() {
        let start = Instant::now();
        let mut recorder = TwccRecorder::new(1, start);
        recorder.record(start, 0, 5);
        recorder.record(start + Duration::from_secs(20), 20_000, 5);
        let mut out = Vec::new();
        recorder.poll(start + Duration::from_secs(21), &mut out);
        let reports = read(&out);
        assert_eq!(reports.len(), 1);
        assert_eq!(reports[0].1.last(), Some(&(20_000, Some(20_000_000))));
        recorder.record(start + Duration::from_secs(40), 20_001, 5);
        recorder.record(start + Duration::from_secs(60), 20_002, 5);
        recorder.record(start + Duration::from_secs(50), 20_003, 5);
        out.clear();
        recorder.poll(start + Duration::from_secs(61), &mut out);
        let times: Vec<_> = read(&out).into_iter().flat_map(|report| report.1).collect();
        assert_eq!(times, [(20_001, Some(40_000_000)), (20_002, Some(60_000_000)), (20_003, Some(50_000_000))], "no delta spans 10 s");
    }

    #[test]
    fn what_is_written_is_read_here_as_a_compound() {
        let start = Instant::now();
        for count in 1..9 {
            let mut recorder = TwccRecorder::new(1, start);
            (0..count).for_each(|n| recorder.record(start, n, 5));
            let mut out = Vec::new();
            recorder.poll(start + INTERVAL, &mut out);
            crate::rtcp::write_pli(&mut out, 1, 2);
            let mut read = Vec::new();
            crate::rtcp::parse(&out, |rtcp| read.push(matches!(rtcp, crate::rtcp::Rtcp::TransportCc(_)))).unwrap();
            assert_eq!(read, [true, false], "{count} packets");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        /// Any pattern of loss, reordering, duplicates and pauses is read back as it was, on the 250 µs grid, over the wrap, in reports of bounded size.
        #[test]
        fn another_implementation_reads_the_same(
            first in any::<u16>(),
            packets in prop::collection::vec((0_u16..6, prop_oneof![9 => 0_u64..3_000, 1 => 0_u64..400_000, 1 => 0_u64..20_000_000], any::<bool>(), 0_u16..9), 1..1_500),
            gap in prop_oneof![Just(0_u16), 0_u16..3_000],
            often in any::<bool>(),
        ) {
            let start = Instant::now();
            let mut recorder = TwccRecorder::new(1, start);
            let mut truth: BTreeMap<u64, i64> = BTreeMap::new();
            let mut told: BTreeMap<u64, Option<i64>> = BTreeMap::new();
            let (mut micros, mut seq, mut polls) = (0_u64, u64::from(first) + (1 << 16), Unwrapper::new());
            polls.unwrap(first);
            for (n, &(step, pause, late, back)) in packets.iter().enumerate() {
                micros += pause;
                seq += u64::from(step) + if n == 700 { u64::from(gap) } else { 0 };
                let this = if late { seq - u64::from(back).min(seq - (u64::from(first) + (1 << 16))) } else { seq };
                let now = start + Duration::from_micros(micros);
                recorder.record(now, this as u16, 5);
                truth.entry(this).or_insert((micros / 250 * 250) as i64);
                if often || n + 1 == packets.len() {
                    let mut out = Vec::new();
                    let when = if n + 1 == packets.len() { now + INTERVAL } else { now };
                    recorder.poll(when, &mut out);
                    for (_, statuses) in read(&out) {
                        prop_assert!(statuses.last().unwrap().1.is_some(), "ends with what arrived");
                        for (low, time) in statuses {
                            let full = polls.unwrap(low);
                            // Reported missing, then found, but never the other way round.
                            let before = told.insert(full, time).flatten();
                            prop_assert!(before.is_none() || before == time);
                        }
                    }
                }
            }
            let highest = *truth.keys().next_back().unwrap();
            for (seq, time) in &truth {
                if highest - seq < WINDOW {
                    // The reference time has 24 bits of 64 ms; 12 days, beyond what this test lasts.
                    prop_assert_eq!(told.get(seq), Some(&Some(*time)), "number {}", seq);
                }
            }
            for (seq, time) in &told {
                prop_assert_eq!(truth.get(seq).copied(), *time);
            }
        }
    }
}
