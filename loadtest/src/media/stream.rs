//! One RTP stream that is received: what is missing, what to ask for again, the figures of its receiver reports.

use crate::rtp::sequence::{Novelty, Seen, Unwrapper};
use rtc_rtcp::reception_report::ReceptionReport;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// A missing packet is asked for at once and then each 60 ms, at most so often.
const NACK_TRIES: u8 = 10;
const NACK_INTERVAL: Duration = Duration::from_millis(60);
/// More missing than this at once is a new start, not a loss to repair.
const MAX_GAP: u64 = 500;
const PLI_INTERVAL: Duration = Duration::from_millis(500);

#[derive(Clone, Copy, Debug)]
struct Missing {
    due: Instant,
    tries: u8,
}

/// The receiving state of one SSRC.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) video: bool,
    pub(super) clock_rate: u32,
    unwrapper: Unwrapper,
    seen: Seen,
    base: Option<u64>,
    received: u64,
    reported: (u64, u64),
    jitter: f64,
    transit: Option<f64>,
    origin: Instant,
    missing: BTreeMap<u64, Missing>,
    sender_report: Option<(u32, Instant)>,
    pub(super) key_seen: bool,
    pli_due: Option<Instant>,
}

impl Stream {
    pub(super) fn new(now: Instant, video: bool) -> Stream {
        Stream {
            video,
            clock_rate: if video { 90_000 } else { 48_000 },
            unwrapper: Unwrapper::default(),
            seen: Seen::default(),
            base: None,
            received: 0,
            reported: (0, 0),
            jitter: 0.0,
            transit: None,
            origin: now,
            missing: BTreeMap::new(),
            sender_report: None,
            key_seen: !video,
            pli_due: None,
        }
    }

    /// Notes a packet of the stream itself.
    pub(super) fn receive(&mut self, now: Instant, sequence: u16, timestamp: u32) -> Novelty {
        let number = self.unwrapper.extend(sequence);
        let novelty = self.note(now, number);
        if let Novelty::Newest { .. } = novelty {
            self.update_jitter(now, timestamp);
        }
        novelty
    }

    /// Notes a packet that came by retransmission; true when it was missing.
    pub(super) fn repair(&mut self, now: Instant, sequence: u16) -> bool {
        let number = self.unwrapper.extend(sequence);
        matches!(self.note(now, number), Novelty::Late | Novelty::Newest { .. })
    }

    fn note(&mut self, now: Instant, number: u64) -> Novelty {
        let novelty = self.seen.insert(number);
        let base = *self.base.get_or_insert(number);
        match novelty {
            Novelty::Newest { skipped } => {
                self.received += 1;
                if self.video && (1..=MAX_GAP).contains(&skipped) {
                    let missing = Missing { due: now, tries: 0 };
                    self.missing.extend((number - skipped..number).filter(|number| *number >= base).map(|number| (number, missing)));
                } else if skipped > MAX_GAP {
                    self.missing.clear();
                    self.lost_picture(now);
                }
            }
            Novelty::Late => {
                self.received += 1;
                self.missing.remove(&number);
                self.base = Some(base.min(number));
            }
            Novelty::Duplicate | Novelty::Ancient => {}
        }
        novelty
    }

    fn update_jitter(&mut self, now: Instant, timestamp: u32) {
        // RFC 3550, section 6.4.1; the wrap of the timestamp makes one outlier in 13 hours.
        let arrival = now.saturating_duration_since(self.origin).as_secs_f64() * f64::from(self.clock_rate);
        let transit = arrival - f64::from(timestamp);
        if let Some(last) = self.transit.replace(transit) {
            self.jitter += ((transit - last).abs() - self.jitter) / 16.0;
        }
    }

    /// A key frame is needed: now, and again each 500 ms until one starts.
    pub(super) fn lost_picture(&mut self, now: Instant) {
        if self.video && self.pli_due.is_none() {
            self.key_seen = false;
            self.pli_due = Some(now);
        }
    }

    pub(super) fn key_frame(&mut self) {
        self.key_seen = true;
        self.pli_due = None;
    }

    pub(super) fn sender_report(&mut self, now: Instant, ntp: u64) {
        self.sender_report = Some(((ntp >> 16) as u32, now));
    }

    pub(super) fn next_timeout(&self) -> Option<Instant> {
        let nack = self.missing.values().map(|missing| missing.due).min();
        nack.into_iter().chain(self.pli_due).min()
    }

    /// Sequence numbers to ask for now. What was asked for in vain often enough is given up and a key frame asked for.
    pub(super) fn take_nacks(&mut self, now: Instant) -> Vec<u16> {
        let mut asked = Vec::new();
        let mut given_up = false;
        self.missing.retain(|number, missing| {
            if missing.due > now {
                return true;
            }
            if missing.tries >= NACK_TRIES {
                given_up = true;
                return false;
            }
            missing.tries += 1;
            missing.due = now + NACK_INTERVAL;
            asked.push(*number as u16);
            true
        });
        if given_up {
            self.lost_picture(now);
        }
        asked
    }

    /// Whether to ask for a key frame now.
    pub(super) fn take_pli(&mut self, now: Instant) -> bool {
        let due = self.pli_due.is_some_and(|due| now >= due);
        if due {
            self.pli_due = Some(now + PLI_INTERVAL);
        }
        due
    }

    /// Packets sent and received as far as sequence numbers tell; none before the first.
    pub(super) fn progress(&self) -> Option<(u64, u64)> {
        Some((self.seen.highest()? - self.base? + 1, self.received))
    }

    /// The block of the next receiver report (RFC 3550, section 6.4.2).
    pub(super) fn report(&mut self, now: Instant, ssrc: u32) -> Option<ReceptionReport> {
        let highest = self.seen.highest()?;
        let (expected, _) = self.progress()?;
        let (lost_before, expected_before) = (self.reported.1, self.reported.0);
        let lost = expected.saturating_sub(self.received);
        let (span, missed) = (expected - expected_before.min(expected), lost.saturating_sub(lost_before));
        let fraction_lost = (missed * 256).checked_div(span).unwrap_or(0).min(255) as u8;
        self.reported = (expected, lost);
        let (last_sender_report, delay) = self.sender_report.map_or((0, 0), |(middle, at)| {
            let delay = now.saturating_duration_since(at).as_nanos() * 65_536 / 1_000_000_000;
            (middle, delay as u32)
        });
        Some(ReceptionReport {
            ssrc,
            fraction_lost,
            total_lost: lost.min(0x7F_FFFF) as u32,
            last_sequence_number: highest as u32,
            jitter: self.jitter as u32,
            last_sender_report,
            delay,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn asks_for_what_is_missing_until_it_comes() {
        let start = Instant::now();
        let mut stream = Stream::new(start, true);
        stream.receive(start, 65_534, 0);
        stream.receive(start, 1, 0);
        assert_eq!(stream.take_nacks(start), [65_535, 0]);
        assert_eq!(stream.take_nacks(start + 59 * MS), [0u16; 0]);
        assert!(stream.repair(start + 59 * MS, 0));
        assert!(!stream.repair(start + 59 * MS, 0), "came twice");
        assert_eq!(stream.take_nacks(start + 60 * MS), [65_535]);
    }

    #[test]
    fn gives_up_after_ten_tries_and_asks_for_a_key_frame_until_one_comes() {
        let start = Instant::now();
        let mut stream = Stream::new(start, true);
        stream.receive(start, 10, 0);
        stream.key_frame();
        stream.receive(start, 12, 0);
        let mut now = start;
        let mut asked = 0;
        while let Some(due) = stream.next_timeout().filter(|_| asked < 100 && stream.key_seen) {
            now = now.max(due);
            asked += stream.take_nacks(now).len();
        }
        assert_eq!(asked, 10);
        assert!(stream.take_pli(now) && !stream.take_pli(now + 499 * MS) && stream.take_pli(now + 500 * MS));
        stream.key_frame();
        assert!(!stream.take_pli(now + 5_000 * MS));
    }

    #[test]
    fn reports_loss_since_the_last_report_and_in_total() {
        let start = Instant::now();
        let mut stream = Stream::new(start, false);
        (0..100u16).filter(|sequence| sequence % 4 != 3).for_each(|sequence| {
            stream.receive(start, sequence, 0);
        });
        let report = stream.report(start, 9).unwrap();
        assert_eq!((report.total_lost, report.fraction_lost), (24, (24 * 256 / 99) as u8), "99 is not known to exist");
        (99..199u16).for_each(|sequence| {
            stream.receive(start, sequence, 0);
        });
        stream.sender_report(start, 0x0001_2345_6789_0000);
        let report = stream.report(start + 500 * MS, 9).unwrap();
        assert_eq!((report.total_lost, report.fraction_lost), (24, 0));
        assert_eq!((report.last_sender_report, report.delay), (0x2345_6789, 32_768));
    }
}
