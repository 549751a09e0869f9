//! 会合时段: what two schools with different bells have in common of a period.

use crate::bells::{Bells, Period};
use crate::interval::Interval;
use crate::language::{Language, Tell};
use crate::occurrence::Occurrence;
use jiff::civil::Date;

/// A common window shorter than this, in minutes, is warned of.
pub const SHORT_MINUTES: u64 = 30;

/// The time in which the host's period and one of the receiving school's periods coincide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// From when until when.
    pub interval: Interval,
    /// Whole minutes of it.
    pub minutes: u64,
    /// The receiving school's period that coincides longest.
    pub receiving_period: Period,
}

/// How a period of the host's school fits the receiving school's day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meeting {
    /// Long enough.
    Fits(Window),
    /// Shorter than [`SHORT_MINUTES`], and than the host's period itself: a warning.
    Short(Window),
    /// The receiving school has a break, or no school: a warning.
    None,
    /// The host's school has no such period that day, so there is no lesson.
    NoLesson,
}

impl Meeting {
    /// The common window.
    pub fn window(&self) -> Option<Window> {
        match self {
            Self::Fits(window) | Self::Short(window) => Some(*window),
            Self::None | Self::NoLesson => None,
        }
    }

    /// Whether whoever plans should be warned.
    pub fn is_warning(&self) -> bool {
        matches!(self, Self::Short(_) | Self::None)
    }
}

impl Tell for Meeting {
    fn tell(&self, language: Language) -> String {
        let (chinese, english) = match self {
            Self::Fits(Window { minutes, receiving_period, .. }) => (
                format!("与听讲学校第 {} 节重合 {minutes} 分钟", receiving_period.number),
                format!("{minutes} minutes in common with period {} of the receiving school", receiving_period.number),
            ),
            Self::Short(Window { minutes, receiving_period, .. }) => (
                format!("与听讲学校第 {} 节只重合 {minutes} 分钟，不足 {SHORT_MINUTES} 分钟：请换节次或调整作息", receiving_period.number),
                format!(
                    "only {minutes} minutes in common with period {} of the receiving school, fewer than {SHORT_MINUTES}: choose another period or change the bells",
                    receiving_period.number
                ),
            ),
            Self::None => (
                "听讲学校这段时间没有课：请换节次或调整作息".to_owned(),
                "the receiving school has no period at that time: choose another period or change the bells".to_owned(),
            ),
            Self::NoLesson => ("主讲学校当天没有这一节".to_owned(), "the host's school has no such period that day".to_owned()),
        };
        language.pick(chinese, english)
    }
}

/// How period `number` of the host's school on a day fits the receiving school's day. Of several receiving periods the one that coincides longest counts,
/// of equals the first.
pub fn meeting(host: &Bells, receiving: &Bells, date: Date, number: u8) -> Meeting {
    let Some(taught) = host.period_on(date, number).and_then(|period| host.interval_of(date, period)) else { return Meeting::NoLesson };
    let coincide = |&period: &Period| {
        let interval = receiving.interval_of(date, period)?.overlap(taught)?;
        Some(Window { interval, minutes: interval.length_ms() / 60_000, receiving_period: period })
    };
    let longer = |best: Window, next: Window| if next.interval.length_ms() > best.interval.length_ms() { next } else { best };
    match receiving.periods_on(date).iter().filter_map(coincide).reduce(longer) {
        Some(window) if window.minutes < SHORT_MINUTES && window.interval != taught => Meeting::Short(window),
        Some(window) => Meeting::Fits(window),
        None => Meeting::None,
    }
}

/// Dates of an entry in a row that meet in the same way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spell {
    /// The first date.
    pub first: Date,
    /// The last date.
    pub last: Date,
    /// How many they are.
    pub dates: usize,
    /// How the first of them meets; the others at the same times of the day.
    pub meeting: Meeting,
}

/// How an entry's dates fit a receiving school's days, season by season. `occurrences` are in the order of dates, as [`crate::occurrences`] gives them.
pub fn meetings(host: &Bells, receiving: &Bells, occurrences: &[Occurrence]) -> Vec<Spell> {
    let mut spells: Vec<Spell> = Vec::new();
    for occurrence in occurrences {
        let date = occurrence.date;
        let meeting = meeting(host, receiving, date, occurrence.period);
        match spells.last_mut().filter(|spell| is_alike(&spell.meeting, &meeting)) {
            Some(spell) => (spell.last, spell.dates) = (date, spell.dates + 1),
            None => spells.push(Spell { first: date, last: date, dates: 1, meeting }),
        }
    }
    spells
}

/// Whether two days meet in the same way, whatever the date.
fn is_alike(one: &Meeting, other: &Meeting) -> bool {
    let shape = |meeting: &Meeting| meeting.window().map(|window| (window.minutes, window.receiving_period));
    std::mem::discriminant(one) == std::mem::discriminant(other) && shape(one) == shape(other)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::bells::BellPlan;
    use crate::zone::Zone;
    use jiff::civil::date;

    fn plan(school: &str, from: Option<Date>, to: Option<Date>, times: &[(u16, u16)]) -> BellPlan {
        let periods = times.iter().zip(1..).map(|(&(start_min, end_min), number)| Period { number, start_min, end_min }).collect();
        BellPlan { school: school.into(), name: "作息".into(), from, to, periods }
    }

    fn bells(school: &str, times: &[(u16, u16)]) -> Bells {
        Bells::new(school, vec![plan(school, None, None, times)], Zone::default()).unwrap()
    }

    fn meets(host: &[(u16, u16)], receiving: &[(u16, u16)]) -> Meeting {
        meeting(&bells("city", host), &bells("shimen", receiving), date(2026, 10, 12), 1)
    }

    #[test]
    fn the_longest_common_window_counts() {
        // 9:00–9:40 against 8:20–9:10 and 9:10–9:50.
        let window = meets(&[(540, 580)], &[(500, 550), (550, 590)]).window().unwrap();
        assert_eq!((window.minutes, window.receiving_period.number), (30, 2));
        assert_eq!(Zone::default().wall(window.interval.start_ms), Some((date(2026, 10, 12), 550)));
        let first_of_equals = meets(&[(540, 580)], &[(520, 560), (560, 600)]).window().unwrap();
        assert_eq!((first_of_equals.minutes, first_of_equals.receiving_period.number), (20, 1));
    }

    #[test]
    fn short_windows_and_none_are_warned_of() {
        assert!(matches!(meets(&[(540, 580)], &[(550, 590)]), Meeting::Fits(Window { minutes: 30, .. })));
        let short = meets(&[(540, 580)], &[(551, 591)]);
        assert!(matches!(short, Meeting::Short(Window { minutes: 29, .. })) && short.is_warning());
        assert_eq!(short.tell(Language::Chinese), "与听讲学校第 1 节只重合 29 分钟，不足 30 分钟：请换节次或调整作息");
        assert_eq!(meets(&[(540, 580)], &[(580, 620)]), Meeting::None, "touching is nothing in common");
        assert!(Meeting::None.is_warning());
        assert!(matches!(meets(&[(540, 560)], &[(540, 580)]), Meeting::Fits(Window { minutes: 20, .. })), "all of a short period");
        assert_eq!(meeting(&bells("city", &[(540, 580)]), &bells("shimen", &[(540, 580)]), date(2026, 10, 12), 2), Meeting::NoLesson);
    }

    #[test]
    fn seasons_are_told_apart() {
        let winter = date(2026, 10, 8);
        let plans = vec![plan("shimen", None, Some(date(2026, 10, 7)), &[(540, 580)]), plan("shimen", Some(winter), None, &[(560, 600)])];
        let receiving = Bells::new("shimen", plans, Zone::default()).unwrap();
        let on = |date: Date| Occurrence { entry: "art".into(), date, week: 1, period: 1, start_ms: 0, end_ms: 0 };
        let dates = [date(2026, 9, 28), date(2026, 10, 5), date(2026, 10, 12)].map(on);
        let spells = meetings(&bells("city", &[(540, 580)]), &receiving, &dates);
        assert_eq!(
            spells.iter().map(|s| (s.first, s.last, s.dates)).collect::<Vec<_>>(),
            [(date(2026, 9, 28), date(2026, 10, 5), 2), (date(2026, 10, 12), date(2026, 10, 12), 1)]
        );
        assert!(matches!((spells[0].meeting, spells[1].meeting), (Meeting::Fits(_), Meeting::Short(Window { minutes: 20, .. }))));
    }
}
