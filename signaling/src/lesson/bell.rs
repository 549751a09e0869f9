//! What the bell does to a lesson: a pure function of its planned times, its host and the time. Asked again it says the same, so it does not matter how
//! often or how late it is asked, nor which server asks.

use super::Moment;
use protocol::LessonState;
use std::time::{Duration, Instant};

/// A scheduled lesson opens so long before it begins, in milliseconds.
pub const OPENS_BEFORE_MS: u64 = 10 * 60 * 1_000;

/// A lesson that is past its end goes on for so long after its host left, in milliseconds.
pub const ENDS_AFTER_MS: u64 = 10 * 60 * 1_000;

/// The two clocks may part by so much between two looks; slewing by NTP is far below.
const JUMP: Duration = Duration::from_secs(5);

/// What the bell knows of a lesson.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Where it stands.
    pub state: LessonState,
    /// When it is to begin, in milliseconds since 1970 (UTC).
    pub planned_start_ms: Option<u64>,
    /// When it is to end, in milliseconds since 1970 (UTC).
    pub planned_end_ms: Option<u64>,
    /// The host.
    pub host: HostIs,
}

/// Whether the host is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostIs {
    /// It is connected.
    Here {
        /// Whether any of its media arrives.
        publishing: bool,
    },
    /// It is not.
    Gone {
        /// When it was disconnected last, in milliseconds since 1970 (UTC); none: it never came.
        since_ms: Option<u64>,
    },
}

/// What is to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ring {
    /// `scheduled → open`.
    Open,
    /// `open → live`.
    Begin,
    /// `open → scheduled`.
    Shut,
    /// `→ ended`.
    End,
}

/// What is to happen to a lesson at `now_ms`, in milliseconds since 1970 (UTC).
///
/// - A scheduled lesson opens 10 minutes before its beginning. One that nobody opened before its end has been missed, and stays as it is.
/// - An open lesson whose beginning is more than 10 minutes away was moved: it is scheduled again.
/// - An open lesson goes live when its beginning has come and the host sends.
/// - A lesson that is past its end ends when its host has been gone for 10 minutes, counted from the later of its end and the leaving.
/// - A lesson without planned times is left alone.
pub fn ring(facts: &Facts, now_ms: u64) -> Option<Ring> {
    let opens = facts.planned_start_ms.is_some_and(|start| start <= now_ms.saturating_add(OPENS_BEFORE_MS));
    let begins = facts.planned_start_ms.is_some_and(|start| start <= now_ms);
    match (facts.state, facts.host) {
        (LessonState::Scheduled, _) => (opens && facts.planned_end_ms.is_none_or(|end| now_ms < end)).then_some(Ring::Open),
        (LessonState::Open, _) if facts.planned_start_ms.is_some() && !opens => Some(Ring::Shut),
        (LessonState::Open, HostIs::Here { publishing: true }) if begins => Some(Ring::Begin),
        (LessonState::Open | LessonState::Live | LessonState::Paused, HostIs::Gone { since_ms }) => {
            let alone_since = facts.planned_end_ms.map(|end| end.max(since_ms.unwrap_or(end)));
            alone_since.is_some_and(|since| since.saturating_add(ENDS_AFTER_MS) <= now_ms).then_some(Ring::End)
        }
        _ => None,
    }
}

/// Watches whether the clock of the day runs as the monotonic one does. After a jump nothing is ended for as long as a host may be gone: a clock that was
/// wrong for a moment must not end lessons, which cannot be undone, while an early opening does no harm.
#[derive(Debug, Default)]
pub struct ClockWatch {
    last: Option<Moment>,
    doubted_until: Option<Instant>,
}

impl ClockWatch {
    /// Whether lessons may be ended by the time `now`. To be asked every second or so.
    pub fn trusts(&mut self, now: Moment) -> bool {
        let jumped = self.last.replace(now).is_some_and(|last| {
            let steady = now.at.saturating_duration_since(last.at);
            let (low, high) = (last.unix_ms.min(now.unix_ms), last.unix_ms.max(now.unix_ms));
            let of_day = Duration::from_millis(high - low);
            now.unix_ms < last.unix_ms || of_day.abs_diff(steady) > JUMP
        });
        if jumped {
            self.doubted_until = Some(now.at + Duration::from_millis(ENDS_AFTER_MS));
        }
        self.doubted_until.is_none_or(|until| until <= now.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    const MINUTE: u64 = 60_000;
    /// 2026-09-01, 09:00 in Beijing.
    const START: u64 = 1_788_224_400_000;
    const END: u64 = START + 40 * MINUTE;
    const NEVER_CAME: HostIs = HostIs::Gone { since_ms: None };

    fn lesson(state: LessonState, host: HostIs) -> Facts {
        Facts { state, planned_start_ms: Some(START), planned_end_ms: Some(END), host }
    }

    #[test]
    fn it_opens_ten_minutes_before() {
        let scheduled = lesson(LessonState::Scheduled, NEVER_CAME);
        for (at, rings) in [
            (START - 10 * MINUTE - 1, None),
            (START - 10 * MINUTE, Some(Ring::Open)),
            (START + MINUTE, Some(Ring::Open)),
            (END - 1, Some(Ring::Open)),
            (END, None),
            (END + 30 * MINUTE, None),
        ] {
            assert_eq!(ring(&scheduled, at), rings, "{} minutes from the bell", (at as i64 - START as i64) / MINUTE as i64);
        }
        assert_eq!(ring(&Facts { planned_end_ms: None, ..scheduled }, END + MINUTE), Some(Ring::Open), "one without an end cannot be missed");
    }

    #[test]
    fn one_that_was_moved_is_scheduled_again() {
        for host in [NEVER_CAME, HostIs::Here { publishing: true }] {
            let open = lesson(LessonState::Open, host);
            assert_eq!(ring(&open, START - 10 * MINUTE - 1), Some(Ring::Shut));
            assert_eq!(ring(&open, START - 10 * MINUTE), None);
            assert_eq!(ring(&lesson(LessonState::Live, host), START - 60 * MINUTE), None, "what has begun goes on");
        }
    }

    #[test]
    fn it_begins_with_the_bell_and_the_hosts_media() {
        for (host, at, rings) in [
            (HostIs::Here { publishing: true }, START - 1, None),
            (HostIs::Here { publishing: true }, START, Some(Ring::Begin)),
            (HostIs::Here { publishing: false }, START, None),
            (NEVER_CAME, START, None),
        ] {
            assert_eq!(ring(&lesson(LessonState::Open, host), at), rings, "{host:?}");
        }
        assert_eq!(ring(&lesson(LessonState::Paused, HostIs::Here { publishing: true }), START), None, "a pause is ended by the teacher alone");
    }

    #[test]
    fn it_ends_when_the_host_has_been_gone_for_ten_minutes_after_the_end() {
        for state in [LessonState::Open, LessonState::Live, LessonState::Paused] {
            for (host, at, rings) in [
                (NEVER_CAME, END + 10 * MINUTE - 1, None),
                (NEVER_CAME, END + 10 * MINUTE, Some(Ring::End)),
                (HostIs::Gone { since_ms: Some(START) }, END + 10 * MINUTE, Some(Ring::End)),
                (HostIs::Gone { since_ms: Some(END + 5 * MINUTE) }, END + 15 * MINUTE - 1, None),
                (HostIs::Gone { since_ms: Some(END + 5 * MINUTE) }, END + 15 * MINUTE, Some(Ring::End)),
                (HostIs::Here { publishing: false }, END + 600 * MINUTE, None),
            ] {
                assert_eq!(ring(&lesson(state, host), at), rings, "{state:?} {host:?}");
            }
        }
    }

    #[test]
    fn a_lesson_without_planned_times_is_left_alone() {
        for state in LessonState::ALL {
            for host in [NEVER_CAME, HostIs::Gone { since_ms: Some(1) }, HostIs::Here { publishing: true }] {
                let facts = Facts { planned_start_ms: None, planned_end_ms: None, ..lesson(state, host) };
                assert_eq!(ring(&facts, u64::MAX), None, "{state:?} {host:?}");
            }
        }
    }

    #[test]
    fn a_clock_that_jumped_is_not_believed_for_a_while() {
        let start = Instant::now();
        let mut watch = ClockWatch::default();
        let at =
            |seconds: u64, off_ms: i64| Moment { at: start + Duration::from_secs(seconds), unix_ms: (START + seconds * 1_000).saturating_add_signed(off_ms) };
        assert!(watch.trusts(at(0, 0)) && watch.trusts(at(1, 0)) && watch.trusts(at(2, 900)), "a second more or less is no jump");
        for off_ms in [3_600_000, 3_600_000, 0, -3_600_000, 0] {
            assert!(!watch.trusts(at(3, off_ms)));
        }
        assert!(!watch.trusts(at(602, 0)) && watch.trusts(at(603, 0)));
        assert!(watch.trusts(at(7_200, 0)), "a task that slept lets both clocks go on");
    }

    fn after(state: LessonState, rings: Ring) -> LessonState {
        match rings {
            Ring::Open => {
                assert_eq!(state, LessonState::Scheduled);
                LessonState::Open
            }
            Ring::Shut => {
                assert_eq!(state, LessonState::Open);
                LessonState::Scheduled
            }
            Ring::Begin => {
                assert_eq!(state, LessonState::Open);
                LessonState::Live
            }
            Ring::End => {
                assert!(matches!(state, LessonState::Open | LessonState::Live | LessonState::Paused));
                LessonState::Ended
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 512, rng_seed: RngSeed::Fixed(3), failure_persistence: None, ..ProptestConfig::default() })]

        /// However the clock jumps: nothing that has begun goes back, nothing happens twice, and no end while the host is there.
        #[test]
        fn goes_forward_only(times in prop::collection::vec(0u64..120 * MINUTE, 1..40), host in prop::collection::vec(0u8..3, 40)) {
            let mut state = LessonState::Scheduled;
            for (minutes, host) in times.into_iter().zip(host) {
                let now = START - 20 * MINUTE + minutes;
                let host = [NEVER_CAME, HostIs::Here { publishing: true }, HostIs::Here { publishing: false }][usize::from(host)];
                let mut asked = 0;
                while let Some(rings) = ring(&lesson(state, host), now) {
                    prop_assert!(rings != Ring::End || host == NEVER_CAME);
                    prop_assert!(rings != Ring::Shut || now + OPENS_BEFORE_MS < START);
                    state = after(state, rings);
                    asked += 1;
                    prop_assert!(asked <= 3, "it comes to rest");
                }
            }
        }
    }
}
