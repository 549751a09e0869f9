//! Media quality minute by minute, from the figures of each second, and its writes.

use super::command::Access;
use super::participant::Participant;
use super::{Lesson, Moment};
use crate::record::Write;
use crate::store::MediaMinute;
use protocol::{LessonState, ParticipantId, ParticipantStats, Publish, Role};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// How often a running minute is written: what a killed server loses.
const WRITE: Duration = Duration::from_secs(3);

/// A figure stands for the time since the one before it, but not for more than this.
const LONGEST_MS: u64 = 2_500;

const MINUTE_MS: u64 = 60_000;

/// Media that loses so much on its way down is of no use: speech stays clear up to half.
const USELESS_LOSS: f32 = 0.5;

/// The measuring of everybody who sends or receives.
#[derive(Debug, Default)]
pub(super) struct Minutes {
    meters: BTreeMap<ParticipantId, Meter>,
    /// Minutes that are over, and of those who left.
    done: Vec<MediaMinute>,
    due: Option<Instant>,
    /// When the host was last seen to send, in milliseconds since 1970 (UTC).
    host_sent_ms: Option<u64>,
}

/// What somebody has to do with the media.
struct Part {
    is_host: bool,
    /// Whether it is to get what the host sends.
    receives: bool,
    /// Whether it is to send, or its classroom in another way.
    is_asked: bool,
}

/// One participant's minute.
#[derive(Debug, Default)]
struct Meter {
    row: Option<MediaMinute>,
    /// When the last figures came, in milliseconds since 1970 (UTC).
    last_ms: Option<u64>,
    means: Means,
    changed: bool,
}

/// Sums of what the minute has the mean of.
#[derive(Debug, Default)]
struct Means {
    seconds: f64,
    received_loss: f64,
    sent_loss: f64,
    rtt: f64,
    rtts: f64,
}

impl Minutes {
    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }

    fn take(&mut self, now: Moment, part: Part, figures: &ParticipantStats) {
        let Some(id) = &figures.participant else { return };
        if part.is_host && figures.up_bps > 0 {
            self.host_sent_ms = Some(now.unix_ms);
        }
        let host_sends = self.host_sent_ms.is_some_and(|at| now.unix_ms.saturating_sub(at) <= LONGEST_MS);
        let meter = self.meters.entry(id.clone()).or_default();
        self.done.extend(meter.take(now.unix_ms, id, figures, part.receives && host_sends, part.is_asked));
        self.due.get_or_insert(now.at + WRITE);
    }

    /// What is measured of one who goes is complete.
    pub(super) fn forget(&mut self, id: &ParticipantId) {
        let row = self.meters.remove(id).filter(|meter| meter.changed).and_then(|meter| meter.row);
        self.done.extend(row);
    }

    /// Somebody is gone, perhaps everybody: what is measured is written now.
    pub(super) fn hurry(&mut self, now: Moment) {
        self.due = self.due.map(|due| due.min(now.at));
    }

    /// Everything that changed since it was written.
    fn drain(&mut self) -> Vec<MediaMinute> {
        self.due = None;
        let mut rows = std::mem::take(&mut self.done);
        for meter in self.meters.values_mut() {
            rows.extend(meter.row.clone().filter(|_| std::mem::take(&mut meter.changed)));
        }
        rows
    }
}

impl Meter {
    /// Takes the figures of the last second; gives the minute that is over by them.
    fn take(&mut self, now_ms: u64, id: &ParticipantId, figures: &ParticipantStats, should_receive: bool, is_asked: bool) -> Option<MediaMinute> {
        let elapsed = match self.last_ms.replace(now_ms) {
            Some(last) if last < now_ms && now_ms - last <= LONGEST_MS => now_ms - last,
            _ => 1_000,
        };
        let minute_ms = now_ms - now_ms % MINUTE_MS;
        let over = self.row.take_if(|row| row.minute_ms != minute_ms);
        if over.is_some() {
            self.means = Means::default();
        }
        let row = self.row.get_or_insert_with(|| MediaMinute::new(id.clone(), minute_ms, now_ms));
        let receives = figures.down_bps > 0 && figures.down_loss < USELESS_LOSS;
        // Also the second that fell between two reports.
        let first = (now_ms.saturating_sub(elapsed) / 1_000 + 1).min(now_ms / 1_000).max(minute_ms / 1_000);
        for second in first..=now_ms / 1_000 {
            let second = (second % 60) as u8;
            if receives {
                row.received.insert(second);
            }
            if figures.up_bps > 0 {
                row.sent.insert(second);
            }
            if !is_asked {
                row.unasked.insert(second);
            }
        }
        row.received_bytes += figures.down_bps.saturating_mul(elapsed) / 8_000;
        row.sent_bytes += figures.up_bps.saturating_mul(elapsed) / 8_000;
        row.speech_ms = row.speech_ms.saturating_add(figures.speech_ms);
        if should_receive && !receives {
            row.freeze_ms = row.freeze_ms.saturating_add(elapsed as u32);
        }
        self.means.take(elapsed, figures, row);
        self.changed = true;
        over
    }
}

impl Means {
    fn take(&mut self, elapsed_ms: u64, figures: &ParticipantStats, row: &mut MediaMinute) {
        let seconds = elapsed_ms as f64 / 1_000.0;
        self.seconds += seconds;
        self.received_loss += f64::from(figures.down_loss) * seconds;
        self.sent_loss += f64::from(figures.up_loss) * seconds;
        // Casts from floating point stay within bounds by themselves.
        row.received_loss_ppm = (self.received_loss / self.seconds * 1e6) as u32;
        row.sent_loss_ppm = (self.sent_loss / self.seconds * 1e6) as u32;
        if let Some(rtt) = figures.rtt_ms {
            self.rtt += f64::from(rtt) * seconds;
            self.rtts += seconds;
            row.rtt_ms = Some((self.rtt / self.rtts).round() as u32);
            row.rtt_max_ms = row.rtt_max_ms.max(Some(rtt.round() as u32));
        }
    }
}

impl Lesson {
    /// Measures hosts and classrooms, also what a player (WHEP) in a classroom gets; nobody asks how another observer's picture was.
    pub(super) fn measure(&mut self, now: Moment, figures: &ParticipantStats) {
        let Some(place) = figures.participant.as_ref().and_then(|id| self.place_of(id)) else { return };
        let Some(participant) = self.participants.get(&place) else { return };
        let is_host = match participant.role() {
            Role::Host => true,
            Role::Classroom => false,
            Role::Observer if participant.identity.classroom.is_some() => false,
            Role::Observer | Role::Operator => return,
        };
        let receives = !is_host && participant.access != Access::Whip && self.state == LessonState::Live;
        let part = Part { is_host, receives, is_asked: self.asks(participant) };
        self.minutes.take(now, part, figures);
        self.interactions.speak(now, place, u64::from(figures.speech_ms));
    }

    /// Whether media is asked of a participant now, or, where it is a player that only receives, of the classroom that it stands in.
    fn asks(&self, participant: &Participant) -> bool {
        let switches = self.policy.switches();
        let is_of_use = participant.role() == Role::Host || switches.hears_classes() || switches.shows_classes();
        let (publish, on_stage) = match participant.role() {
            Role::Observer => {
                let classroom = &participant.identity.classroom;
                let on_stage = self.stage.iter().filter_map(|place| self.participants.get(place)).any(|other| other.identity.classroom == *classroom);
                (self.policy.publish_as(Role::Classroom, &participant.identity), on_stage)
            }
            _ => (participant.publish, participant.stage.is_some()),
        };
        is_of_use
            && match publish {
                Publish::Now => true,
                Publish::Called => on_stage,
                Publish::Never => false,
            }
    }

    /// Writes the minutes that are due, and those of a lesson that is over.
    pub(super) fn write_minutes(&mut self, now: Moment) {
        let is_over = self.state == LessonState::Ended;
        if is_over || self.minutes.due.is_some_and(|due| due <= now.at) {
            for row in self.minutes.drain() {
                self.out.push(super::Effect::Write { write: Box::new(Write::Minute { lesson: self.id.clone(), row: Box::new(row) }), asked_by: None });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const START: u64 = 600_000;

    fn figures(up_bps: u64, down_bps: u64) -> ParticipantStats {
        ParticipantStats { participant: Some(ParticipantId("p1".into())), up_bps, down_bps, ..ParticipantStats::default() }
    }

    /// Takes figures at these times.
    fn taken(times: impl IntoIterator<Item = u64>, figures: &ParticipantStats) -> Vec<MediaMinute> {
        let (mut meter, id) = (Meter::default(), figures.participant.clone().unwrap());
        let mut rows: Vec<MediaMinute> = times.into_iter().filter_map(|at| meter.take(at, &id, figures, true, true)).collect();
        rows.extend(meter.row);
        rows
    }

    #[test]
    fn reports_that_come_a_little_late_leave_no_hole() {
        let rows = taken((0..60).map(|n| START + n * 1_013), &figures(8_000, 80_000));
        assert_eq!(rows.iter().map(|row| row.minute_ms).collect::<Vec<_>>(), [START]);
        assert_eq!((rows[0].received.count(), rows[0].sent.count()), (60, 60));
        assert!((rows[0].received_bytes as i64 - 600_000).abs() < 10_000, "{}", rows[0].received_bytes);
        assert_eq!((rows[0].freeze_ms, rows[0].begun_ms), (0, START));
    }

    #[test]
    fn a_minute_ends_and_another_begins() {
        let rows = taken((0..90).map(|n| START + 500 + n * 1_000), &figures(8_000, 0));
        assert_eq!(
            rows.iter().map(|row| (row.minute_ms, row.sent.count(), row.received.count())).collect::<Vec<_>>(),
            [(START, 60, 0), (START + 60_000, 30, 0)]
        );
        assert_eq!(rows.iter().map(|row| row.freeze_ms).sum::<u32>(), 90_000, "the host sends all along");
    }

    #[test]
    fn what_is_missing_is_missing() {
        // Nothing for ten seconds; and a clock that goes back.
        let rows = taken([0, 1_000, 11_000, 12_000, 5_000].map(|ms| START + ms), &figures(1, 1));
        assert_eq!((rows.len(), rows[0].sent.count()), (1, 5));
        let lossy = ParticipantStats { down_loss: 0.6, up_loss: 0.1, rtt_ms: Some(40.0), ..figures(1, 1) };
        let rows = taken([START], &lossy);
        assert_eq!((rows[0].received.count(), rows[0].sent.count()), (0, 1), "media that is lost did not flow");
        assert_eq!((rows[0].received_loss_ppm / 1_000, rows[0].sent_loss_ppm / 1_000, rows[0].rtt_ms), (600, 100, Some(40)));
    }
}
