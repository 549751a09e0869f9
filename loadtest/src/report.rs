//! What a run found, as JSON and as a table, and which thresholds it missed.

use hdrhistogram::Histogram;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// A distribution, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Milliseconds {
    /// Median.
    pub p50: f64,
    /// 95 of 100 are not above.
    pub p95: f64,
    /// 99 of 100 are not above.
    pub p99: f64,
    /// The highest.
    pub max: f64,
}

impl Milliseconds {
    /// Of nanoseconds; none when there were none.
    pub fn of(histogram: &Histogram<u64>) -> Option<Milliseconds> {
        let at = |quantile: f64| histogram.value_at_quantile(quantile) as f64 / 1e6;
        (!histogram.is_empty()).then(|| Milliseconds { p50: at(0.50), p95: at(0.95), p99: at(0.99), max: histogram.max() as f64 / 1e6 })
    }
}

impl fmt::Display for Milliseconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "p50 {:.2}   p95 {:.2}   p99 {:.2}   max {:.2} ms", self.p50, self.p95, self.p99, self.max)
    }
}

/// Participants of one kind.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Attendance {
    /// Wanted by the command line.
    pub asked: usize,
    /// Received a key frame.
    pub joined: usize,
    /// Came in but lost their place later.
    pub lost: usize,
    /// Why others failed, each reason with its number.
    pub failures: BTreeMap<String, usize>,
}

/// Packets within the steady window.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Packets {
    /// What the host sent of sound and of the layer asked for, times the receivers; none without our host.
    pub expected: Option<u64>,
    /// Of those, how many arrived, repaired ones included.
    pub delivered: u64,
    /// 1 − delivered ÷ expected; without our host from sequence numbers. 0 to 1.
    pub loss: f64,
    /// The same of the receiver that lost most.
    pub worst_loss: f64,
    /// Of other layers or other publishers.
    pub others: u64,
    /// All media packets delivered to all receivers: what the server's cost is divided by.
    pub forwarded: u64,
    /// RTP bytes of them.
    pub bytes: u64,
    /// Received twice.
    pub duplicates: u64,
    /// Received after a later one.
    pub out_of_order: u64,
    /// Asked for again.
    pub nacks: u64,
    /// Came by retransmission.
    pub repaired: u64,
    /// Key frames asked for.
    pub plis: u64,
    /// Retransmitted by publishers.
    pub retransmitted: u64,
    /// Datagrams thrown away, by reason.
    pub drops: BTreeMap<String, u64>,
}

/// Processor time within the window.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cpu {
    /// The server's, in µs per forwarded packet.
    pub server_us_per_packet: Option<f64>,
    /// The server's, in cores.
    pub server_cores: Option<f64>,
    /// This program's, in cores.
    pub generator_cores: f64,
}

/// Everything.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The lesson.
    pub lesson: String,
    /// Length of the window in seconds.
    pub seconds: u64,
    /// Light classrooms.
    pub classrooms: Attendance,
    /// Whole PeerConnections.
    pub full_stack: Attendance,
    /// WebSocket connect to first media packet.
    pub join_ms: Option<Milliseconds>,
    /// WebSocket connect to first packet of a key frame.
    pub picture_ms: Option<Milliseconds>,
    /// Host's sending to reading by the receiver.
    pub latency_ms: Option<Milliseconds>,
    /// Host's sending to the receiver's socket: without the time a packet waits for this program to read it.
    pub arrival_ms: Option<Milliseconds>,
    /// Packets.
    pub packets: Packets,
    /// Processor time.
    pub cpu: Cpu,
    /// How late behind its schedule the host sent: large figures mean that this program or the machine was the bottleneck.
    pub send_late_ms: Option<Milliseconds>,
    /// SRTP profiles in use.
    pub srtp: Vec<String>,
    /// Thresholds that were missed.
    pub missed: Vec<String>,
}

/// Limits from the command line; a missing one is not checked.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Thresholds {
    /// Highest share of packets lost, 0 to 1.
    pub max_loss: Option<f64>,
    /// Highest 99th percentile of the latency in ms.
    pub max_p99_ms: Option<f64>,
    /// Highest 95th percentile of the join time in ms.
    pub max_join_p95_ms: Option<f64>,
    /// Highest cost of the server in µs per forwarded packet.
    pub max_cpu_us: Option<f64>,
}

impl Report {
    /// The thresholds that were missed, by name. What was not measured is missed: it cannot be shown to hold. A participant that did not join, or lost
    /// its place, is always a miss.
    pub fn check(&self, limits: &Thresholds) -> Vec<String> {
        let mut missed = Vec::new();
        for (name, attendance) in [("classrooms", &self.classrooms), ("full-stack participants", &self.full_stack)] {
            let there = attendance.joined - attendance.lost.min(attendance.joined);
            if there < attendance.asked {
                missed.push(format!("{name}: {there} of {} stayed in the lesson", attendance.asked));
            }
        }
        let mut limit = |flag: &str, limit: Option<f64>, value: Option<f64>| {
            let Some(limit) = limit else { return };
            match value {
                Some(value) if value <= limit => {}
                Some(value) => missed.push(format!("{flag} {limit}: was {value:.4}")),
                None => missed.push(format!("{flag} {limit}: was not measured")),
            }
        };
        let received = self.packets.delivered + self.packets.others > 0;
        limit("--max-loss", limits.max_loss, received.then_some(self.packets.loss));
        limit("--max-p99-ms", limits.max_p99_ms, self.latency_ms.map(|latency| latency.p99));
        limit("--max-join-p95-ms", limits.max_join_p95_ms, self.join_ms.map(|join| join.p95));
        limit("--max-cpu-us", limits.max_cpu_us, self.cpu.server_us_per_packet);
        missed
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or_none = |value: Option<Milliseconds>| value.map_or_else(|| "not measured".to_owned(), |value| value.to_string());
        writeln!(f, "lesson {}, window of {} s, SRTP {}", self.lesson, self.seconds, self.srtp.join(" "))?;
        for (name, attendance) in [("classrooms", &self.classrooms), ("full stack", &self.full_stack)] {
            if attendance.asked > 0 {
                writeln!(f, "{name:<12} {} of {} joined, {} lost", attendance.joined, attendance.asked, attendance.lost)?;
                for (reason, count) in &attendance.failures {
                    writeln!(f, "{:<12} {count} × {reason}", "")?;
                }
            }
        }
        writeln!(f, "join         {}", or_none(self.join_ms))?;
        writeln!(f, "picture      {}", or_none(self.picture_ms))?;
        writeln!(f, "latency      {}", or_none(self.latency_ms))?;
        writeln!(f, "arrival      {}", or_none(self.arrival_ms))?;
        let packets = &self.packets;
        let expected = packets.expected.map_or_else(|| "unknown".to_owned(), |expected| expected.to_string());
        writeln!(
            f,
            "packets      {} of {expected} delivered, loss {:.4} % (worst receiver {:.4} %)",
            packets.delivered,
            packets.loss * 100.0,
            packets.worst_loss * 100.0
        )?;
        writeln!(
            f,
            "             {} others, {} twice, {} out of order, {} NACKs, {} repaired, {} PLIs, {} retransmitted up",
            packets.others, packets.duplicates, packets.out_of_order, packets.nacks, packets.repaired, packets.plis, packets.retransmitted
        )?;
        let per_second = |value: u64| value as f64 / self.seconds.max(1) as f64;
        writeln!(f, "             {:.0} packets/s, {:.1} Mbit/s to all", per_second(packets.forwarded), per_second(packets.bytes) * 8.0 / 1e6)?;
        for (reason, count) in &packets.drops {
            writeln!(f, "             {count} datagrams thrown away: {reason}")?;
        }
        match (self.cpu.server_us_per_packet, self.cpu.server_cores) {
            (Some(cost), Some(cores)) => writeln!(f, "server       {cost:.2} µs per forwarded packet, {:.1} % of a core", cores * 100.0)?,
            _ => writeln!(f, "server       not measured (give --server-pid)")?,
        }
        writeln!(f, "generator    {:.1} % of a core; host late {}", self.cpu.generator_cores * 100.0, or_none(self.send_late_ms))?;
        for missed in &self.missed {
            writeln!(f, "MISSED       {missed}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::media::tally::histogram;

    fn report() -> Report {
        let figures = Milliseconds { p50: 1.0, p95: 2.0, p99: 3.0, max: 4.0 };
        Report {
            lesson: "l".into(),
            seconds: 30,
            classrooms: Attendance { asked: 2, joined: 2, ..Attendance::default() },
            full_stack: Attendance::default(),
            join_ms: Some(figures),
            picture_ms: None,
            latency_ms: Some(figures),
            arrival_ms: None,
            packets: Packets { expected: Some(100), delivered: 99, loss: 0.01, ..Packets::default() },
            cpu: Cpu { server_us_per_packet: None, server_cores: None, generator_cores: 0.5 },
            send_late_ms: None,
            srtp: vec!["AEAD_AES_128_GCM".into()],
            missed: vec![],
        }
    }

    #[test]
    fn names_each_threshold_that_is_missed() {
        let all = |loss, p99, join, cpu| Thresholds { max_loss: Some(loss), max_p99_ms: Some(p99), max_join_p95_ms: Some(join), max_cpu_us: Some(cpu) };
        assert!(report().check(&Thresholds::default()).is_empty());
        let missed = report().check(&all(0.0, 2.9, 1.9, 4.0));
        assert_eq!(missed.len(), 4, "{missed:?}");
        for (missed, flag) in missed.iter().zip(["--max-loss", "--max-p99-ms", "--max-join-p95-ms", "--max-cpu-us"]) {
            assert!(missed.starts_with(flag), "{missed}");
        }
        assert_eq!(report().check(&all(0.01, 3.0, 2.0, 4.0)), ["--max-cpu-us 4: was not measured"]);
    }

    #[test]
    fn somebody_who_is_not_there_is_always_a_miss() {
        let mut report = report();
        report.classrooms.joined = 1;
        assert_eq!(report.check(&Thresholds::default()), ["classrooms: 1 of 2 stayed in the lesson"]);
        report.classrooms.joined = 2;
        report.classrooms.lost = 1;
        assert_eq!(report.check(&Thresholds::default()).len(), 1);
        report.packets = Packets::default();
        assert_eq!(report.check(&Thresholds { max_loss: Some(1.0), ..Thresholds::default() }).len(), 2, "nothing received proves nothing");
    }

    #[test]
    fn quantiles_are_in_milliseconds() {
        let mut latencies = histogram();
        (1..=100).for_each(|ms| latencies.record(ms * 1_000_000).unwrap());
        let figures = Milliseconds::of(&latencies).unwrap();
        assert!((figures.p50 - 50.0).abs() < 0.1 && (figures.p99 - 99.0).abs() < 0.1 && (figures.max - 100.0).abs() < 0.1, "{figures:?}");
        assert_eq!(Milliseconds::of(&histogram()), None);
    }
}
