//! When a school's periods are: its bells, which may change with the season (夏季作息, 冬季作息).

use crate::id::{is_id, is_name};
use crate::interval::Interval;
use crate::language::{Language, Tell, short, told_errors};
use crate::zone::{DAY_MIN, Zone};
use jiff::civil::Date;

/// The highest number of a period.
pub const MAX_PERIOD: u8 = 20;

/// A lesson's place in the day (节次).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// 1 to [`MAX_PERIOD`].
    pub number: u8,
    /// When it begins: minutes of the day, 0 to 1439.
    pub start_min: u16,
    /// When it ends: minutes of the day, 1 to 1440.
    pub end_min: u16,
}

/// The periods of a school for a season.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BellPlan {
    /// The id of the school.
    pub school: String,
    /// Its name: 夏季作息. 1 to 100 characters.
    pub name: String,
    /// The first day it is in force; none: from the first day of all.
    pub from: Option<Date>,
    /// The last day it is in force; none: until the last day of all.
    pub to: Option<Date>,
    /// The periods, in any order; at least one.
    pub periods: Vec<Period>,
}

/// Why bells are refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BellError {
    /// The school's id cannot stand in a URL.
    School(String),
    /// A plan's name is empty, too long or not text.
    Name(String),
    /// A plan is another school's.
    OtherSchool {
        /// The plan's name.
        plan: String,
        /// The school it names.
        school: String,
    },
    /// A plan ends before it starts.
    Backwards {
        /// The plan's name.
        plan: String,
    },
    /// A plan without periods.
    NoPeriods {
        /// The plan's name.
        plan: String,
    },
    /// A period's number is not within 1 to [`MAX_PERIOD`].
    Number {
        /// The plan's name.
        plan: String,
        /// The number.
        number: u8,
    },
    /// Two periods of one number.
    NumberTwice {
        /// The plan's name.
        plan: String,
        /// The number.
        number: u8,
    },
    /// A period does not end after it starts, or not on the same day.
    Times {
        /// The plan's name.
        plan: String,
        /// The period.
        period: Period,
    },
    /// Two periods at one time.
    Overlap {
        /// The plan's name.
        plan: String,
        /// The one that starts first.
        first: Period,
        /// The other.
        second: Period,
    },
    /// Two plans for the whole year.
    YearTwice {
        /// One plan's name.
        plan: String,
        /// The other's.
        other: String,
    },
    /// Two dated plans for one day.
    SeasonTwice {
        /// One plan's name.
        plan: String,
        /// The other's.
        other: String,
        /// A day that both are in force: the first, where there is one.
        date: Date,
    },
}

told_errors!(BellError);

impl Tell for BellError {
    fn tell(&self, language: Language) -> String {
        let (chinese, english) = match self {
            Self::School(id) => (
                format!("学校编号“{id}”不可用：请用 1 至 64 个字母、数字、_ 或 -"),
                format!("the school id “{id}” cannot be used: use 1 to 64 of A-Z a-z 0-9 _ -"),
            ),
            Self::Name(name) => (format!("作息名称“{name}”不可用：请填 1 至 100 个字"), format!("the name “{name}” cannot be used: use 1 to 100 characters")),
            Self::OtherSchool { plan, school } => (
                format!("作息“{plan}”属于另一所学校（{school}）：请移到那所学校"),
                format!("the bells “{plan}” are those of another school ({school}): move them there"),
            ),
            Self::Backwards { plan } => {
                (format!("作息“{plan}”的结束日期早于开始日期：请更正"), format!("the bells “{plan}” end before they start: correct the dates"))
            }
            Self::NoPeriods { plan } => (format!("作息“{plan}”没有节次：请至少填一节"), format!("the bells “{plan}” have no periods: enter at least one")),
            Self::Number { plan, number } => (
                format!("作息“{plan}”的节次 {number} 不在 1 至 {MAX_PERIOD} 之内：请更正"),
                format!("the bells “{plan}” have a period {number}: numbers go from 1 to {MAX_PERIOD}"),
            ),
            Self::NumberTwice { plan, number } => {
                (format!("作息“{plan}”有两个第 {number} 节：请只留一个"), format!("the bells “{plan}” have period {number} twice: keep one"))
            }
            Self::Times { plan, period } => (
                format!("作息“{plan}”第 {} 节（{}）须在开始之后、24:00 之前结束：请更正时间", period.number, period.times()),
                format!("the bells “{plan}”: period {} ({}) must end after it starts, by 24:00: correct its times", period.number, period.times()),
            ),
            Self::Overlap { plan, first, second } => (
                format!("作息“{plan}”第 {} 节（{}）与第 {} 节（{}）重叠：请更正时间", first.number, first.times(), second.number, second.times()),
                format!(
                    "the bells “{plan}”: period {} ({}) and period {} ({}) overlap: correct their times",
                    first.number,
                    first.times(),
                    second.number,
                    second.times()
                ),
            ),
            Self::YearTwice { plan, other } => (
                format!("作息“{plan}”与“{other}”都全年有效：请给其中一份填写起止日期"),
                format!("the bells “{plan}” and “{other}” are both in force all year: give one of them dates"),
            ),
            Self::SeasonTwice { plan, other, date } => (
                format!("作息“{plan}”与“{other}”在 {date} 都有效：请更正起止日期"),
                format!("the bells “{plan}” and “{other}” are both in force on {date}: correct their dates"),
            ),
        };
        language.pick(chinese, english)
    }
}

/// A minute of the day as clocks show it: `09:05`.
pub fn clock(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

impl Period {
    /// `09:00–09:40`.
    pub fn times(&self) -> String {
        format!("{}–{}", clock(self.start_min), clock(self.end_min))
    }
}

impl BellPlan {
    /// Whether it has no dates: it is in force on the days that no dated plan is.
    fn is_year_round(&self) -> bool {
        self.from.is_none() && self.to.is_none()
    }

    /// Whether it is in force on a day.
    fn covers(&self, date: Date) -> bool {
        self.first() <= date && date <= self.last()
    }

    fn first(&self) -> Date {
        self.from.unwrap_or(Date::MIN)
    }

    fn last(&self) -> Date {
        self.to.unwrap_or(Date::MAX)
    }

    /// Sorts the periods by time.
    fn check(&mut self) -> Result<(), BellError> {
        let plan = || short(&self.name);
        if !is_name(&self.name, 100) {
            return Err(BellError::Name(plan()));
        }
        if self.last() < self.first() {
            return Err(BellError::Backwards { plan: plan() });
        }
        if self.periods.is_empty() {
            return Err(BellError::NoPeriods { plan: plan() });
        }
        let mut seen = 0u32;
        for &period in &self.periods {
            let number = period.number;
            if !(1..=MAX_PERIOD).contains(&number) {
                return Err(BellError::Number { plan: plan(), number });
            }
            if seen & (1 << number) != 0 {
                return Err(BellError::NumberTwice { plan: plan(), number });
            }
            seen |= 1 << number;
            if period.end_min <= period.start_min || period.end_min > DAY_MIN {
                return Err(BellError::Times { plan: plan(), period });
            }
        }
        self.periods.sort_unstable_by_key(|period| period.start_min);
        let overlapping = self.periods.windows(2).find(|pair| pair[1].start_min < pair[0].end_min);
        overlapping.map_or(Ok(()), |pair| Err(BellError::Overlap { plan: short(&self.name), first: pair[0], second: pair[1] }))
    }
}

/// All bells of a school, with its clock.
#[derive(Clone, Debug, PartialEq)]
pub struct Bells {
    school: String,
    zone: Zone,
    /// The one without dates.
    year_round: Option<BellPlan>,
    /// Those with dates, in the order of their seasons.
    dated: Vec<BellPlan>,
}

impl Bells {
    /// Checks the plans and orders them. A school may have none, or gaps between its seasons: then it has no periods. A plan without dates fills the gaps: one
    /// with dates goes before it on its days.
    ///
    /// # Errors
    /// A plan contradicts itself or another; the error names it, the values and the remedy.
    pub fn new(school: &str, plans: Vec<BellPlan>, zone: Zone) -> Result<Self, BellError> {
        if !is_id(school) {
            return Err(BellError::School(short(school)));
        }
        let mut plans = plans;
        for plan in &mut plans {
            plan.check()?;
            if plan.school != school {
                return Err(BellError::OtherSchool { plan: short(&plan.name), school: short(&plan.school) });
            }
        }
        let (mut year_round, mut dated): (Vec<_>, Vec<_>) = plans.into_iter().partition(BellPlan::is_year_round);
        if let [one, other, ..] = year_round.as_slice() {
            return Err(BellError::YearTwice { plan: short(&one.name), other: short(&other.name) });
        }
        dated.sort_by_key(BellPlan::first);
        if let Some(pair) = dated.windows(2).find(|pair| pair[1].first() <= pair[0].last()) {
            // Where neither has a first day, both are in force before either ends.
            let date = if pair[1].first() == Date::MIN { pair[0].last().min(pair[1].last()) } else { pair[1].first() };
            return Err(BellError::SeasonTwice { plan: short(&pair[0].name), other: short(&pair[1].name), date });
        }
        Ok(Self { school: school.to_owned(), zone, year_round: year_round.pop(), dated })
    }

    /// The id of the school.
    pub fn school(&self) -> &str {
        &self.school
    }

    /// Its clock.
    pub fn zone(&self) -> &Zone {
        &self.zone
    }

    /// The plan in force on a day.
    pub fn plan_on(&self, date: Date) -> Option<&BellPlan> {
        let after = self.dated.partition_point(|plan| plan.first() <= date);
        let dated = after.checked_sub(1).and_then(|index| self.dated.get(index)).filter(|plan| plan.covers(date));
        dated.or(self.year_round.as_ref())
    }

    /// The periods of a day, in the order of time; none at all: no plan is in force.
    pub fn periods_on(&self, date: Date) -> &[Period] {
        self.plan_on(date).map_or(&[], |plan| plan.periods.as_slice())
    }

    /// A period of a day.
    pub fn period_on(&self, date: Date, number: u8) -> Option<Period> {
        self.periods_on(date).iter().copied().find(|period| period.number == number)
    }

    /// The instants a period of a day begins and ends. Where the clock is changed within it so that its end would not come after its beginning, it is
    /// as long as the bells say.
    pub fn interval_of(&self, date: Date, period: Period) -> Option<Interval> {
        let (start, end) = (self.zone.instant(date, period.start_min)?, self.zone.instant(date, period.end_min)?);
        let planned = u64::from(period.end_min.saturating_sub(period.start_min)) * 60_000;
        Some(Interval::new(start, if end > start { end } else { start.saturating_add(planned) }))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use jiff::civil::date;

    fn period(number: u8, start_min: u16, end_min: u16) -> Period {
        Period { number, start_min, end_min }
    }

    fn plan(name: &str, from: Option<Date>, to: Option<Date>, periods: &[Period]) -> BellPlan {
        BellPlan { school: "shimen".into(), name: name.into(), from, to, periods: periods.to_vec() }
    }

    fn bells(plans: Vec<BellPlan>) -> Result<Bells, BellError> {
        Bells::new("shimen", plans, Zone::default())
    }

    #[test]
    fn seasons_change_the_bells() {
        let until = date(2026, 9, 30);
        let winter = plan("冬季", Some(date(2026, 10, 1)), None, &[period(2, 570, 610), period(1, 520, 560)]);
        let bells = bells(vec![winter, plan("夏季", None, Some(until), &[period(1, 510, 550)])]).unwrap();
        assert_eq!(bells.period_on(until, 1), Some(period(1, 510, 550)));
        assert_eq!(bells.period_on(until, 2), None);
        assert_eq!(bells.period_on(date(2026, 10, 1), 1), Some(period(1, 520, 560)));
        assert_eq!(bells.periods_on(date(2030, 1, 1)).iter().map(|p| p.number).collect::<Vec<_>>(), [1, 2], "by time");
        assert_eq!(bells.plan_on(until).map(|plan| plan.name.as_str()), Some("夏季"));
    }

    #[test]
    fn a_dated_plan_goes_before_the_one_for_the_whole_year() {
        let year = || plan("全年", None, None, &[period(1, 480, 520)]);
        let winter = |name: &str, to| plan(name, Some(date(2026, 12, 1)), to, &[period(1, 500, 540)]);
        let bells_of = |plans| bells(plans).unwrap();
        let both = bells_of(vec![winter("冬季", Some(date(2027, 2, 28))), year()]);
        let on = |bells: &Bells, day| bells.plan_on(day).map(|plan| plan.name.clone());
        let days = [date(2026, 11, 30), date(2026, 12, 1), date(2027, 2, 28), date(2027, 3, 1)];
        assert_eq!(days.map(|day| on(&both, day).unwrap()), ["全年", "冬季", "冬季", "全年"]);
        assert_eq!(on(&bells_of(vec![year(), winter("新作息", None)]), date(2030, 1, 1)).as_deref(), Some("新作息"));
        let twice = bells(vec![year(), plan("全天", None, None, &[period(1, 480, 520)])]).unwrap_err();
        assert_eq!(twice.tell(Language::Chinese), "作息“全年”与“全天”都全年有效：请给其中一份填写起止日期");
        let (one, other) = (plan("一", None, Some(days[0]), &[period(1, 0, 40)]), plan("二", None, Some(days[1]), &[period(1, 0, 40)]));
        assert_eq!(bells(vec![one, other]), Err(BellError::SeasonTwice { plan: "一".into(), other: "二".into(), date: days[0] }));
    }

    #[test]
    fn a_day_between_seasons_has_no_periods() {
        let (one, other) = (plan("一", None, Some(date(2026, 9, 1)), &[period(1, 0, 40)]), plan("二", Some(date(2026, 9, 3)), None, &[period(1, 0, 1440)]));
        let bells = bells(vec![one, other]).unwrap();
        assert!(bells.periods_on(date(2026, 9, 2)).is_empty());
        let whole_day = bells.interval_of(date(2026, 9, 3), period(1, 0, 1440)).unwrap();
        assert_eq!(whole_day.length_ms(), 24 * 3_600_000);
    }

    #[test]
    fn contradictions_are_named() {
        let one = |periods: &[Period]| bells(vec![plan("夏季", None, None, periods)]).unwrap_err();
        let name = || "夏季".to_owned();
        assert_eq!(one(&[]), BellError::NoPeriods { plan: name() });
        assert_eq!(one(&[period(0, 1, 2)]), BellError::Number { plan: name(), number: 0 });
        assert_eq!(one(&[period(21, 1, 2)]), BellError::Number { plan: name(), number: 21 });
        assert_eq!(one(&[period(1, 1, 2), period(1, 3, 4)]), BellError::NumberTwice { plan: name(), number: 1 });
        assert_eq!(one(&[period(1, 600, 600)]), BellError::Times { plan: name(), period: period(1, 600, 600) });
        assert_eq!(one(&[period(1, 600, 1441)]), BellError::Times { plan: name(), period: period(1, 600, 1441) });
        let overlap = one(&[period(2, 540, 580), period(1, 500, 541)]);
        assert_eq!(overlap.to_string(), "the bells “夏季”: period 1 (08:20–09:01) and period 2 (09:00–09:40) overlap: correct their times");
        assert!(bells(vec![plan("夏季", None, None, &[period(2, 540, 580), period(1, 500, 540)])]).is_ok(), "touching is none");

        let periods = [period(1, 500, 540)];
        let (early, late) = (date(2026, 9, 1), date(2026, 10, 1));
        assert_eq!(bells(vec![plan("夏季", Some(late), Some(early), &periods)]), Err(BellError::Backwards { plan: name() }));
        let twice = bells(vec![plan("冬季", Some(late), None, &periods), plan("夏季", None, Some(late), &periods)]);
        assert_eq!(twice, Err(BellError::SeasonTwice { plan: name(), other: "冬季".into(), date: late }));
        assert_eq!(bells(vec![plan("", None, None, &periods)]), Err(BellError::Name(String::new())));
        let stranger = BellPlan { school: "other".into(), ..plan("夏季", None, None, &periods) };
        assert_eq!(bells(vec![stranger]), Err(BellError::OtherSchool { plan: name(), school: "other".into() }));
        assert!(matches!(Bells::new("石门", vec![], Zone::default()), Err(BellError::School(_))));
    }

    #[test]
    fn a_period_never_ends_before_it_starts() {
        let zone = Zone::named("Europe/Berlin").unwrap();
        // 2:30 does not exist on 29 March 2026 and becomes 3:30; 3:10 does.
        let night = period(1, 150, 190);
        let bells = Bells::new("nacht", vec![BellPlan { school: "nacht".into(), ..plan("x", None, None, &[night]) }], zone).unwrap();
        let interval = bells.interval_of(date(2026, 3, 29), night).unwrap();
        assert_eq!(interval.length_ms(), 40 * 60_000);
        assert_eq!(bells.zone().wall(interval.start_ms), Some((date(2026, 3, 29), 210)));
        assert_eq!(bells.interval_of(date(2026, 3, 30), night).unwrap().length_ms(), 40 * 60_000);
    }
}
