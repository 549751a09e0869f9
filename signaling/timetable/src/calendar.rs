//! A term's days: in which week each lies, and as which weekday it is taught.

use crate::id::{is_id, is_name};
use crate::language::{Language, Tell, short, told_errors};
use jiff::civil::{Date, Weekday};
use jiff::{Span, Unit};

/// The most weeks a term may touch.
pub const MAX_WEEKS: u8 = 53;

/// A school term (学期).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// Its id: 1 to 64 of `A-Z a-z 0-9 _ -`.
    pub id: String,
    /// Its name, such as 2026年秋季学期: 1 to 100 characters.
    pub name: String,
    /// The first day; week 1 is the week, Monday first, that it lies in.
    pub first_day: Date,
    /// The last day, which belongs to the term.
    pub last_day: Date,
    /// The days that are not taught as what they are; in any order, at most one for a day.
    pub exceptions: Vec<DayException>,
}

/// A day that is not taught as what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DayException {
    /// No lessons (放假).
    Holiday {
        /// The day.
        date: Date,
        /// Why: 国庆节. 1 to 100 characters.
        name: String,
    },
    /// Taught as another day (调休): a Saturday as the Friday that is a holiday.
    MakeUp {
        /// The day.
        date: Date,
        /// The weekday whose lessons are taught.
        weekday: Weekday,
        /// The week whose lessons are taught; none: the week the day lies in.
        week: Option<u8>,
        /// Why. 1 to 100 characters.
        name: String,
    },
}

impl DayException {
    /// The day it is about.
    pub fn date(&self) -> Date {
        match self {
            Self::Holiday { date, .. } | Self::MakeUp { date, .. } => *date,
        }
    }

    /// Why the day is another.
    pub fn name(&self) -> &str {
        match self {
            Self::Holiday { name, .. } | Self::MakeUp { name, .. } => name,
        }
    }
}

/// As what a day is taught.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taught {
    /// The week of the term, from 1.
    pub week: u8,
    /// The weekday whose lessons are taught.
    pub weekday: Weekday,
}

/// A day of a term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    /// Which.
    pub date: Date,
    /// What it is by the calendar on the wall: the week it lies in, and its weekday.
    pub own: Taught,
    /// As what it is taught; none: a holiday.
    pub taught: Option<Taught>,
    /// The name of the exception, where it is one.
    pub name: Option<String>,
}

/// Why a term is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TermError {
    /// Its id cannot stand in a URL.
    Id(String),
    /// Its name, or that of an exception, is empty, too long or not text.
    Name(String),
    /// It ends before it starts.
    Backwards {
        /// The first day.
        first_day: Date,
        /// The last day.
        last_day: Date,
    },
    /// It touches more than [`MAX_WEEKS`] weeks.
    TooLong {
        /// How many it touches.
        weeks: i32,
    },
    /// It lies before 1970 or after 9998, which no clock of ours shows.
    OutOfTime(Date),
    /// An exception lies outside of the term.
    Outside {
        /// The exception's day.
        date: Date,
        /// The first day of the term.
        first_day: Date,
        /// The last day of the term.
        last_day: Date,
    },
    /// Two exceptions for one day.
    Twice(Date),
    /// A make-up day names a week that the term does not have.
    Week {
        /// The exception's day.
        date: Date,
        /// The week it names.
        week: u8,
        /// How many the term has.
        weeks: u8,
    },
}

told_errors!(TermError);

impl Tell for TermError {
    fn tell(&self, language: Language) -> String {
        let (chinese, english) = match self {
            Self::Id(id) => (
                format!("学期编号“{id}”不可用：请用 1 至 64 个字母、数字、_ 或 -"),
                format!("the term id “{id}” cannot be used: use 1 to 64 of A-Z a-z 0-9 _ -"),
            ),
            Self::Name(name) => (format!("名称“{name}”不可用：请填 1 至 100 个字"), format!("the name “{name}” cannot be used: use 1 to 100 characters")),
            Self::Backwards { first_day, last_day } => (
                format!("学期在开始（{first_day}）之前结束（{last_day}）：请对调或更正日期"),
                format!("the term ends on {last_day}, before it starts on {first_day}: correct one of them"),
            ),
            Self::TooLong { weeks } => (
                format!("学期跨 {weeks} 周，最多 {MAX_WEEKS} 周：请分成两个学期"),
                format!("the term touches {weeks} weeks, {MAX_WEEKS} at most: make two terms of it"),
            ),
            Self::OutOfTime(date) => {
                (format!("日期 {date} 不在 1970 至 9998 年之间：请更正"), format!("the day {date} is not between 1970 and 9998: correct it"))
            }
            Self::Outside { date, first_day, last_day } => (
                format!("{date} 不在学期（{first_day} 至 {last_day}）之内：请删去这一天或延长学期"),
                format!("{date} is outside of the term ({first_day} to {last_day}): remove the exception or lengthen the term"),
            ),
            Self::Twice(date) => (format!("{date} 有两条特殊安排：请只留一条"), format!("{date} has two exceptions: keep one")),
            Self::Week { date, week, weeks } => (
                format!("{date} 补第 {week} 周的课，但学期只有 1 至 {weeks} 周：请更正周次"),
                format!("{date} makes up for week {week}, but the term has weeks 1 to {weeks}: correct the week"),
            ),
        };
        language.pick(chinese, english)
    }
}

/// The days of a term, looked up by date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    term: String,
    monday: Date,
    weeks: u8,
    days: Vec<Day>,
}

impl Calendar {
    /// Lays out the term's days.
    ///
    /// # Errors
    /// The term contradicts itself; the error names what and the remedy.
    pub fn new(term: &Term) -> Result<Self, TermError> {
        let (monday, weeks) = check(term)?;
        let mut days: Vec<Day> = days(term.first_day, term.last_day).map(|date| ordinary(monday, date)).collect();
        for exception in &term.exceptions {
            let Some(day) = index(term.first_day, exception.date()).and_then(|index| days.get_mut(index)) else {
                return Err(TermError::Outside { date: exception.date(), first_day: term.first_day, last_day: term.last_day });
            };
            if day.name.replace(exception.name().to_owned()).is_some() {
                return Err(TermError::Twice(day.date));
            }
            day.taught = match *exception {
                DayException::Holiday { .. } => None,
                DayException::MakeUp { weekday, week, .. } => Some(Taught { week: week.unwrap_or(day.own.week), weekday }),
            };
            if let Some(Taught { week, .. }) = day.taught.filter(|taught| !(1..=weeks).contains(&taught.week)) {
                return Err(TermError::Week { date: day.date, week, weeks });
            }
        }
        Ok(Self { term: term.id.clone(), monday, weeks, days })
    }

    /// The id of the term.
    pub fn term(&self) -> &str {
        &self.term
    }

    /// How many weeks it touches, 1 to [`MAX_WEEKS`].
    pub fn weeks(&self) -> u8 {
        self.weeks
    }

    /// The Monday of a week, which in week 1 may lie before the first day; none: no such week.
    pub fn monday_of(&self, week: u8) -> Option<Date> {
        let weeks = (1..=self.weeks).contains(&week).then(|| i64::from(week) - 1)?;
        self.monday.checked_add(Span::new().weeks(weeks)).ok()
    }

    /// All days of the term, in order.
    pub fn days(&self) -> &[Day] {
        &self.days
    }

    /// The days of the term from `from` to `to`, both of them inside, in order.
    pub fn days_within(&self, from: Date, to: Date) -> &[Day] {
        let start = self.days.partition_point(|day| day.date < from);
        let end = self.days.partition_point(|day| day.date <= to);
        self.days.get(start..end).unwrap_or_default()
    }

    /// A day of the term; none: outside of it.
    pub fn day(&self, date: Date) -> Option<&Day> {
        self.days.get(index(self.days.first()?.date, date)?)
    }

    /// As what a day is taught; none: a holiday, or outside of the term.
    pub fn taught_as(&self, date: Date) -> Option<Taught> {
        self.day(date)?.taught
    }

    /// The name of the holiday on a day; none: it is no holiday.
    pub fn holiday(&self, date: Date) -> Option<&str> {
        let day = self.day(date).filter(|day| day.taught.is_none())?;
        day.name.as_deref()
    }
}

/// The Monday of week 1, and how many weeks there are.
fn check(term: &Term) -> Result<(Date, u8), TermError> {
    if !is_id(&term.id) {
        return Err(TermError::Id(short(&term.id)));
    }
    let mut names = std::iter::once(term.name.as_str()).chain(term.exceptions.iter().map(DayException::name));
    if let Some(name) = names.find(|name| !is_name(name, 100)) {
        return Err(TermError::Name(short(name)));
    }
    let (first_day, last_day) = (term.first_day, term.last_day);
    if let Some(date) = [first_day, last_day].into_iter().find(|date| !(1970..=9998).contains(&date.year())) {
        return Err(TermError::OutOfTime(date));
    }
    if last_day < first_day {
        return Err(TermError::Backwards { first_day, last_day });
    }
    let monday = first_day.saturating_sub(Span::new().days(i64::from(first_day.weekday().to_monday_zero_offset())));
    let weeks = days_between(monday, last_day) / 7 + 1;
    match u8::try_from(weeks) {
        Ok(fitting) if fitting <= MAX_WEEKS => Ok((monday, fitting)),
        _ => Err(TermError::TooLong { weeks }),
    }
}

/// A day without an exception.
fn ordinary(monday: Date, date: Date) -> Day {
    // A term has at most 53 weeks: the number fits.
    let week = u8::try_from(days_between(monday, date) / 7 + 1).unwrap_or(MAX_WEEKS);
    let own = Taught { week, weekday: date.weekday() };
    Day { date, own, taught: Some(own), name: None }
}

fn days(first: Date, last: Date) -> impl Iterator<Item = Date> {
    first.series(Span::new().days(1)).take_while(move |&date| date <= last)
}

/// The how-manieth day after `first` a day is, from 0; none: it lies before.
fn index(first: Date, date: Date) -> Option<usize> {
    usize::try_from(days_between(first, date)).ok()
}

fn days_between(from: Date, to: Date) -> i32 {
    // Two civil dates always have a difference in days.
    from.until((Unit::Day, to)).map_or(0, |span| span.get_days())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use jiff::civil::date;

    fn holiday(date: Date) -> DayException {
        DayException::Holiday { date, name: "国庆节".into() }
    }

    fn make_up(date: Date, weekday: Weekday, week: Option<u8>) -> DayException {
        DayException::MakeUp { date, weekday, week, name: "调休".into() }
    }

    /// The autumn of 2026: from Tuesday 1 September to Friday 15 January.
    fn autumn() -> Term {
        Term {
            id: "2026-autumn".into(),
            name: "2026年秋季学期".into(),
            first_day: date(2026, 9, 1),
            last_day: date(2027, 1, 15),
            exceptions: vec![holiday(date(2026, 10, 1)), holiday(date(2026, 10, 2)), make_up(date(2026, 10, 10), Weekday::Friday, Some(5))],
        }
    }

    fn taught(week: u8, weekday: Weekday) -> Option<Taught> {
        Some(Taught { week, weekday })
    }

    #[test]
    fn weeks_begin_on_monday_and_week_one_holds_the_first_day() {
        let calendar = Calendar::new(&autumn()).unwrap();
        assert_eq!(calendar.taught_as(date(2026, 8, 31)), None);
        assert_eq!(calendar.taught_as(date(2026, 9, 1)), taught(1, Weekday::Tuesday));
        assert_eq!(calendar.taught_as(date(2026, 9, 6)), taught(1, Weekday::Sunday));
        assert_eq!(calendar.taught_as(date(2026, 9, 7)), taught(2, Weekday::Monday));
        assert_eq!(calendar.taught_as(date(2026, 10, 12)), taught(7, Weekday::Monday));
        assert_eq!((calendar.weeks(), calendar.days().len()), (20, 137));
        assert_eq!(calendar.monday_of(1), Some(date(2026, 8, 31)));
        assert_eq!((calendar.monday_of(20), calendar.monday_of(21), calendar.monday_of(0)), (Some(date(2027, 1, 11)), None, None));
    }

    #[test]
    fn a_term_that_begins_on_sunday_has_one_day_in_week_one() {
        let term = Term { first_day: date(2026, 9, 6), exceptions: vec![], ..autumn() };
        let calendar = Calendar::new(&term).unwrap();
        assert_eq!(calendar.taught_as(date(2026, 9, 6)), taught(1, Weekday::Sunday));
        assert_eq!(calendar.taught_as(date(2026, 9, 7)), taught(2, Weekday::Monday));
    }

    #[test]
    fn holidays_are_not_taught_and_make_up_days_as_others() {
        let mut term = autumn();
        term.exceptions.push(make_up(date(2026, 9, 20), Weekday::Thursday, None));
        let calendar = Calendar::new(&term).unwrap();
        assert_eq!((calendar.taught_as(date(2026, 10, 1)), calendar.holiday(date(2026, 10, 1))), (None, Some("国庆节")));
        assert_eq!((calendar.holiday(date(2026, 10, 3)), calendar.holiday(date(2026, 10, 10))), (None, None));
        assert_eq!(calendar.taught_as(date(2026, 10, 10)), taught(5, Weekday::Friday));
        assert_eq!(calendar.taught_as(date(2026, 9, 20)), taught(3, Weekday::Thursday), "by its own week");
    }

    #[test]
    fn days_within_are_cut_to_the_term() {
        let calendar = Calendar::new(&autumn()).unwrap();
        let dates = |from, to| calendar.days_within(from, to).iter().map(|day| day.date).collect::<Vec<_>>();
        assert_eq!(dates(date(2026, 8, 1), date(2026, 9, 2)), [date(2026, 9, 1), date(2026, 9, 2)]);
        assert!(dates(date(2026, 9, 9), date(2026, 9, 2)).is_empty(), "backwards");
        assert_eq!(dates(Date::MIN, Date::MAX).len(), calendar.days().len());
    }

    #[test]
    fn contradictions_are_named() {
        let with = |change: fn(&mut Term)| {
            let mut term = autumn();
            change(&mut term);
            Calendar::new(&term).unwrap_err()
        };
        assert_eq!(with(|t| t.id = "秋".into()), TermError::Id("秋".into()));
        assert_eq!(with(|t| t.exceptions[0] = DayException::Holiday { date: date(2026, 10, 1), name: " ".into() }), TermError::Name(" ".into()));
        assert_eq!(with(|t| t.last_day = date(2026, 8, 31)), TermError::Backwards { first_day: date(2026, 9, 1), last_day: date(2026, 8, 31) });
        assert_eq!(with(|t| t.last_day = date(2027, 9, 6)), TermError::TooLong { weeks: 54 });
        assert_eq!(with(|t| t.first_day = date(1969, 9, 6)), TermError::OutOfTime(date(1969, 9, 6)));
        assert_eq!(with(|t| t.exceptions.push(holiday(date(2026, 10, 1)))), TermError::Twice(date(2026, 10, 1)));
        for outside in [date(2026, 8, 31), date(2027, 1, 16)] {
            let mut term = autumn();
            term.exceptions.push(holiday(outside));
            assert_eq!(Calendar::new(&term), Err(TermError::Outside { date: outside, first_day: term.first_day, last_day: term.last_day }));
        }
        let error = with(|t| t.exceptions.push(make_up(date(2026, 10, 11), Weekday::Friday, Some(21))));
        assert_eq!(error.to_string(), "2026-10-11 makes up for week 21, but the term has weeks 1 to 20: correct the week");
        assert_eq!(error.tell(Language::Chinese), "2026-10-11 补第 21 周的课，但学期只有 1 至 20 周：请更正周次");
    }

    #[test]
    fn the_longest_term_is_taken() {
        let term = Term { last_day: date(2027, 9, 5), ..autumn() };
        assert_eq!(Calendar::new(&term).unwrap().weeks(), MAX_WEEKS);
    }
}
