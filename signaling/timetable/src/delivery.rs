//! Whether a lesson was delivered to a classroom, and if not, what was at fault.
//!
//! A lesson is delivered when media really flowed for at least 80 % of the planned period: to the classroom, and, where the classroom is interactive and
//! the kind of lesson asks for media from it, at the same time from it; time in which none was asked of it (it was not called on, or the host had switched
//! it off) needs none. Otherwise, in this order:
//!
//! 1. **Cancelled**: the lesson was.
//! 2. **Host**: the host itself sent for less than 80 % of the period. No classroom could have done better.
//! 3. **Absent**: the classroom never joined within the period.
//! 4. What most of the missing time is put down to; time in which the host did not send counts against nobody:
//!    - **Power**: after the classroom vanished without a goodbye and did not come back;
//!    - **Network**: it was connected and media was missing, or it had vanished without a goodbye and came back later;
//!    - **Absent**: before it came, and after it had said goodbye.
//!
//!    Of equals the first counts.
//!
//! A minute whose loss made its media useless is left out of the intervals by whoever measures.

use crate::entry::LessonKind;
use crate::interval::{Interval, Intervals};
use crate::language::{Language, Tell};

/// The share of the period in which media must have flowed, in percent.
pub const DELIVERED_PERCENT: u64 = 80;

/// A classroom that has joined by this many milliseconds after the bell is punctual.
pub const PUNCTUAL_MS: u64 = 60_000;

/// A time a classroom was a member of the lesson.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Presence {
    /// From joining to leaving; for one that is still there, to now.
    pub interval: Interval,
    /// It left by itself, or the lesson ended with it; otherwise it vanished.
    pub goodbye: bool,
}

/// What was measured of a lesson and a classroom. Times may reach beyond the period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence<'a> {
    /// The kind of lesson.
    pub kind: LessonKind,
    /// Whether the classroom is interactive in it.
    pub interactive: bool,
    /// The period.
    pub planned: Interval,
    /// The lesson was cancelled.
    pub cancelled: bool,
    /// When the host's media arrived at the server.
    pub host_sent: &'a Intervals,
    /// When the host's media arrived at the classroom.
    pub received: &'a Intervals,
    /// When the classroom's media arrived at the server, or it was there and none was asked of it.
    pub sent: &'a Intervals,
    /// When the classroom was there, in any order.
    pub presences: &'a [Presence],
}

/// What was at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// The classroom went dark.
    Power,
    /// The classroom's line, or what it is connected with.
    Network,
    /// The classroom was not there.
    Absent,
    /// The lesson did not take place.
    Cancelled,
    /// The host.
    Host,
}

impl Cause {
    /// Its name for programs and the store.
    pub fn code(self) -> &'static str {
        match self {
            Self::Power => "power",
            Self::Network => "network",
            Self::Absent => "absent",
            Self::Cancelled => "cancelled",
            Self::Host => "host",
        }
    }
}

impl Tell for Cause {
    fn tell(&self, language: Language) -> String {
        let (chinese, english) = match self {
            Self::Power => ("停电或设备关机", "power"),
            Self::Network => ("网络", "network"),
            Self::Absent => ("教室未到", "absent"),
            Self::Cancelled => ("课程取消", "cancelled"),
            Self::Host => ("主讲端", "host"),
        };
        language.pick(chinese, english).to_owned()
    }
}

/// The verdict. `share` is the part of the period in which media flowed, 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Delivery {
    /// The lesson was delivered.
    Delivered {
        /// At least 0.8.
        share: f64,
    },
    /// It was not.
    Not {
        /// What was at fault.
        cause: Cause,
        /// Below 0.8; 0 where the lesson was cancelled.
        share: f64,
    },
}

/// Whether the lesson was delivered, by the rule at the top of this file. A period without length is never delivered.
pub fn judge(evidence: &Evidence<'_>) -> Delivery {
    let planned = evidence.planned;
    if evidence.cancelled {
        return Delivery::Not { cause: Cause::Cancelled, share: 0.0 };
    }
    let flowed = evidence.flowed();
    if is_enough(&flowed, planned) {
        return Delivery::Delivered { share: share(&flowed, planned) };
    }
    let cause = if !is_enough(&evidence.host_sent.within(planned), planned) { Cause::Host } else { evidence.cause(&flowed) };
    Delivery::Not { cause, share: share(&flowed, planned) }
}

/// Whether a classroom was there by [`PUNCTUAL_MS`] after the bell, and not gone before it; none: it never was.
pub fn punctual(presences: &[Presence], planned: Interval) -> Option<bool> {
    let first = presences.iter().filter_map(|presence| presence.interval.overlap(planned)).map(|interval| interval.start_ms).min()?;
    Some(first <= planned.start_ms.saturating_add(PUNCTUAL_MS))
}

impl Evidence<'_> {
    /// How long within the period something was at fault, in milliseconds: for a fault of the host, the time in which it did not send; else the time in
    /// which it sent and nothing flowed, though the classroom was there or had vanished. Nobody is at fault for a lesson that was cancelled, or to which a
    /// classroom did not come.
    pub fn fault_ms(&self, delivery: Delivery) -> u64 {
        let host_sent = self.host_sent.within(self.planned);
        match delivery {
            Delivery::Not { cause: Cause::Cancelled | Cause::Absent, .. } => 0,
            Delivery::Not { cause: Cause::Host, .. } => self.planned.length_ms() - host_sent.total_ms(),
            Delivery::Not { cause: Cause::Power | Cause::Network, .. } | Delivery::Delivered { .. } => {
                let (vanished, lost) = self.gaps();
                let there: Intervals = self.presences.iter().map(|presence| presence.interval).collect();
                host_sent.without(&self.flowed()).intersection(&there.union(&vanished).union(&lost)).total_ms()
            }
        }
    }

    /// When media flowed within the period, in each direction the lesson asks for.
    fn flowed(&self) -> Intervals {
        let received = self.received.within(self.planned);
        let two_way = self.interactive && self.kind.defaults().upstream;
        if two_way { received.intersection(self.sent) } else { received }
    }

    /// What most of the missing time is put down to.
    fn cause(&self, flowed: &Intervals) -> Cause {
        let there: Intervals = self.presences.iter().map(|presence| presence.interval).collect();
        if there.within(self.planned).is_empty() {
            return Cause::Absent;
        }
        let missing = self.host_sent.within(self.planned).without(flowed);
        let (vanished, lost) = self.gaps();
        let in_the_dark = missing.intersection(&vanished).total_ms();
        let connected = missing.intersection(&there.union(&lost)).total_ms();
        let elsewhere = missing.without(&there).without(&vanished).without(&lost).total_ms();
        [(in_the_dark, Cause::Power), (connected, Cause::Network), (elsewhere, Cause::Absent)]
            .into_iter()
            .reduce(|most, next| if next.0 > most.0 { next } else { most })
            .map_or(Cause::Network, |(_, cause)| cause)
    }

    /// The times after it vanished without a goodbye: for good, and until it came back.
    fn gaps(&self) -> (Intervals, Intervals) {
        let mut sorted: Vec<Presence> = self.presences.to_vec();
        sorted.sort_unstable_by_key(|presence| (presence.interval.end_ms, presence.interval.start_ms));
        let (mut vanished, mut lost) = (Vec::new(), Vec::new());
        for (index, presence) in sorted.iter().enumerate().filter(|(_, presence)| !presence.goodbye) {
            let gone = presence.interval.end_ms;
            // Another membership may have begun before this one was noticed to be dead.
            match sorted[index + 1..].iter().map(|later| later.interval.start_ms).min() {
                Some(back) => lost.push(Interval::new(gone, back)),
                None => vanished.push(Interval::new(gone, self.planned.end_ms)),
            }
        }
        (vanished.into_iter().collect(), lost.into_iter().collect())
    }
}

fn is_enough(flowed: &Intervals, planned: Interval) -> bool {
    !planned.is_empty() && u128::from(flowed.total_ms()) * 100 >= u128::from(planned.length_ms()) * u128::from(DELIVERED_PERCENT)
}

fn share(flowed: &Intervals, planned: Interval) -> f64 {
    if planned.is_empty() { 0.0 } else { flowed.total_ms() as f64 / planned.length_ms() as f64 }
}

#[cfg(test)]
mod tests;
