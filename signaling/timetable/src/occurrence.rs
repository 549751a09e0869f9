//! An entry laid over the calendar and the bells: every date it is taught.

use crate::bells::Bells;
use crate::calendar::{Calendar, Day};
use crate::entry::Entry;
use crate::language::{Language, Tell};
use jiff::civil::{Date, Weekday};
use std::ops::RangeInclusive;

/// One date of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// The id of the entry.
    pub entry: String,
    /// The day.
    pub date: Date,
    /// The week of the term it is taught for; on a make-up day the week that is made up.
    pub week: u8,
    /// The period, by the host school's bells.
    pub period: u8,
    /// When it begins, in milliseconds since 1970 (UTC).
    pub start_ms: u64,
    /// When it ends, in milliseconds since 1970 (UTC).
    pub end_ms: u64,
}

/// A date on which an entry would have been taught.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The id of the entry.
    pub entry: String,
    /// The day.
    pub date: Date,
    /// Why it is not.
    pub why: Why,
}

/// Why an entry is not taught on a date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// A holiday, by name.
    Holiday(String),
    /// The day is taught as another weekday, or as a week the entry is not taught in.
    MadeUp {
        /// The weekday whose lessons are taught.
        weekday: Weekday,
        /// The week whose lessons are taught.
        week: u8,
    },
    /// The host school's bells have no such period on that day.
    NoPeriod {
        /// The period.
        period: u8,
        /// The plan in force; none: no plan is.
        plan: Option<String>,
    },
}

impl Tell for Why {
    fn tell(&self, language: Language) -> String {
        let (chinese, english) = match self {
            Self::Holiday(name) => (format!("放假：{name}"), format!("holiday: {name}")),
            Self::MadeUp { weekday, week } => (
                format!("调休：当天上第 {week} 周{}的课", weekday.tell(Language::Chinese)),
                format!("the day is taught as the {} of week {week}", weekday.tell(Language::English)),
            ),
            Self::NoPeriod { period, plan: Some(plan) } => (format!("作息“{plan}”没有第 {period} 节"), format!("the bells “{plan}” have no period {period}")),
            Self::NoPeriod { period, plan: None } => {
                (format!("当天没有有效的作息，因此没有第 {period} 节"), format!("no bells are in force that day, so there is no period {period}"))
            }
        };
        language.pick(chinese, english)
    }
}

/// Every date within `days` that the entry is taught, and every one it would be but for a holiday, a make-up day or missing bells. Dates outside of its
/// weeks or of its own first and last day are in neither. `bells` are those of the host's school. Both lists are in the order of dates.
pub fn occurrences(calendar: &Calendar, bells: &Bells, entry: &Entry, days: &RangeInclusive<Date>) -> (Vec<Occurrence>, Vec<Skipped>) {
    let (mut taught, mut skipped) = (Vec::new(), Vec::new());
    for day in calendar.days_within(*days.start(), *days.end()).iter().filter(|day| entry.spans(day.date)) {
        match on(day, bells, entry) {
            Some(Ok(occurrence)) => taught.push(occurrence),
            Some(Err(why)) => skipped.push(Skipped { entry: entry.id.clone(), date: day.date, why }),
            None => {}
        }
    }
    (taught, skipped)
}

/// What an entry has on a day; none: nothing at all.
fn on(day: &Day, bells: &Bells, entry: &Entry) -> Option<Result<Occurrence, Why>> {
    let is_its = |week, weekday| weekday == entry.weekday && entry.weeks.contains(week);
    let is_taught = day.taught.filter(|taught| is_its(taught.week, taught.weekday));
    let Some(taught) = is_taught else {
        return is_its(day.own.week, day.own.weekday).then(|| {
            Err(match day.taught {
                Some(taught) => Why::MadeUp { weekday: taught.weekday, week: taught.week },
                None => Why::Holiday(day.name.clone().unwrap_or_default()),
            })
        });
    };
    let period = bells.period_on(day.date, entry.period).and_then(|period| bells.interval_of(day.date, period));
    Some(match period {
        Some(interval) => {
            let (start_ms, end_ms) = (interval.start_ms, interval.end_ms);
            Ok(Occurrence { entry: entry.id.clone(), date: day.date, week: taught.week, period: entry.period, start_ms, end_ms })
        }
        None => Err(Why::NoPeriod { period: entry.period, plan: bells.plan_on(day.date).map(|plan| plan.name.clone()) }),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::bells::{BellPlan, Period};
    use crate::calendar::{DayException, Term};
    use crate::entry::tests::art;
    use crate::weeks::Weeks;
    use crate::zone::Zone;
    use jiff::civil::date;

    fn calendar(exceptions: Vec<DayException>) -> Calendar {
        let (first_day, last_day) = (date(2026, 9, 1), date(2026, 10, 31));
        Calendar::new(&Term { id: "2026-autumn".into(), name: "秋".into(), first_day, last_day, exceptions }).unwrap()
    }

    fn plan(name: &str, from: Option<Date>, to: Option<Date>, starts: &[u16]) -> BellPlan {
        let periods = starts.iter().zip(1..).map(|(&start_min, number)| Period { number, start_min, end_min: start_min + 40 }).collect();
        BellPlan { school: "city".into(), name: name.into(), from, to, periods }
    }

    fn bells() -> Bells {
        let autumn = plan("秋季", None, Some(date(2026, 10, 15)), &[490, 540]);
        let winter = plan("冬季", Some(date(2026, 10, 16)), Some(date(2026, 10, 20)), &[510]);
        Bells::new("city", vec![autumn, winter], Zone::default()).unwrap()
    }

    fn all() -> RangeInclusive<Date> {
        Date::MIN..=Date::MAX
    }

    fn dates(taught: &[Occurrence]) -> Vec<(i8, i8, u8)> {
        taught.iter().map(|o| (o.date.month(), o.date.day(), o.week)).collect()
    }

    #[test]
    fn it_is_taught_every_week_at_its_bell() {
        let (taught, skipped) = occurrences(&calendar(vec![]), &bells(), &art(), &all());
        assert_eq!(dates(&taught), [(9, 7, 2), (9, 14, 3), (9, 21, 4), (9, 28, 5), (10, 5, 6), (10, 12, 7)]);
        let (_, wall) = Zone::default().wall(taught[5].start_ms).unwrap();
        assert_eq!((wall, taught[5].end_ms - taught[5].start_ms, taught[5].period), (540, 40 * 60_000, 2));
        let whys: Vec<(i8, String)> = skipped.iter().map(|s| (s.date.day(), s.why.tell(Language::English))).collect();
        let expected = [(19, "the bells “冬季” have no period 2"), (26, "no bells are in force that day, so there is no period 2")];
        assert_eq!(whys, expected.map(|(day, why)| (day, why.to_owned())));
    }

    #[test]
    fn weeks_and_days_narrow_it_silently() {
        let entry = Entry { weeks: "1-6双".parse().unwrap(), from: Some(date(2026, 9, 8)), ..art() };
        let (taught, skipped) = occurrences(&calendar(vec![]), &bells(), &entry, &all());
        assert_eq!((dates(&taught), skipped), (vec![(9, 21, 4), (10, 5, 6)], vec![]));
        let (taught, _) = occurrences(&calendar(vec![]), &bells(), &art(), &(date(2026, 9, 14)..=date(2026, 9, 21)));
        assert_eq!(dates(&taught), [(9, 14, 3), (9, 21, 4)]);
        let until = Entry { to: Some(date(2026, 9, 14)), ..art() };
        assert_eq!(dates(&occurrences(&calendar(vec![]), &bells(), &until, &all()).0), [(9, 7, 2), (9, 14, 3)]);
    }

    #[test]
    fn holidays_are_skipped_and_made_up() {
        let exceptions = vec![
            DayException::Holiday { date: date(2026, 10, 5), name: "国庆节".into() },
            DayException::MakeUp { date: date(2026, 10, 10), weekday: Weekday::Monday, week: None, name: "调休".into() },
            DayException::MakeUp { date: date(2026, 9, 14), weekday: Weekday::Tuesday, week: None, name: "运动会".into() },
        ];
        let to = date(2026, 10, 12);
        let (taught, skipped) = occurrences(&calendar(exceptions), &bells(), &art(), &(Date::MIN..=to));
        assert_eq!(dates(&taught), [(9, 7, 2), (9, 21, 4), (9, 28, 5), (10, 10, 6), (10, 12, 7)]);
        let whys: Vec<(Date, Why)> = skipped.into_iter().map(|s| (s.date, s.why)).collect();
        let made_up = Why::MadeUp { weekday: Weekday::Tuesday, week: 3 };
        assert_eq!(whys, [(date(2026, 9, 14), made_up), (date(2026, 10, 5), Why::Holiday("国庆节".into()))]);
    }

    #[test]
    fn a_make_up_day_counts_as_its_own_or_the_named_week() {
        let make_up = |week| vec![DayException::MakeUp { date: date(2026, 10, 10), weekday: Weekday::Monday, week, name: "调休".into() }];
        let odd = Entry { weeks: Weeks::odd(), ..art() };
        let on_the_tenth = |week| {
            let (taught, _) = occurrences(&calendar(make_up(week)), &bells(), &odd, &(date(2026, 10, 10)..=date(2026, 10, 10)));
            dates(&taught)
        };
        assert_eq!(on_the_tenth(None), [], "week 6 is even");
        assert_eq!(on_the_tenth(Some(5)), [(10, 10, 5)]);
    }
}
