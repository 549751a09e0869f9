//! What is kept of the timetable, as its rules take it: whatever breaks a rule is not stored.

use super::error::Reason;
use super::{BellPlan, Entry, StoreError, Term, TermDay, TermDayKind};
use timetable::{Bells, Calendar, Date, DayException, Period, Tell, Weekday, Zone};

/// Makes errors about one thing.
pub(crate) fn broken<E: Tell>(thing: &'static str, id: &str) -> impl Fn(E) -> StoreError {
    let id = id.to_owned();
    move |rule| StoreError::Rule { thing, id: id.clone(), reason: Reason::of(&rule) }
}

fn date(day: &str) -> Result<Date, StoreError> {
    super::kept::check_day(day)
}

fn date_or_none(day: Option<&str>) -> Result<Option<Date>, StoreError> {
    day.map(date).transpose()
}

fn weekday(number: u8) -> Result<Weekday, StoreError> {
    let refused = || StoreError::invalid("weekday", &number.to_string(), "use 1 (Monday) to 7");
    i8::try_from(number).ok().and_then(|number| Weekday::from_monday_one_offset(number).ok()).ok_or_else(refused)
}

impl Term {
    /// The term with its calendar.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] for a day that does not exist, [`StoreError::Rule`].
    pub fn rules(&self) -> Result<Calendar, StoreError> {
        let exceptions = self.days.iter().map(TermDay::rules).collect::<Result<_, _>>()?;
        let (first_day, last_day) = (date(&self.first_day)?, date(&self.last_day)?);
        let term = timetable::Term { id: self.id.clone(), name: self.name.clone(), first_day, last_day, exceptions };
        Calendar::new(&term).map_err(broken("term", &self.id))
    }
}

impl TermDay {
    fn rules(&self) -> Result<DayException, StoreError> {
        let (date, name) = (date(&self.day)?, self.name.clone());
        Ok(match self.kind {
            TermDayKind::Holiday => DayException::Holiday { date, name },
            TermDayKind::MakeUp => DayException::MakeUp { date, weekday: weekday(self.weekday.unwrap_or_default())?, week: self.week, name },
        })
    }
}

impl BellPlan {
    /// The plan as its school's bells take it.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] for a day that does not exist, [`StoreError::Rule`].
    pub fn rules(&self) -> Result<timetable::BellPlan, StoreError> {
        let plan = self.unchecked()?;
        Bells::new(&self.school, vec![plan.clone()], Zone::default()).map_err(broken("bell plan", &self.id))?;
        Ok(plan)
    }

    /// Whether it stands beside the other plans of its school.
    ///
    /// # Errors
    /// As [`BellPlan::rules`].
    pub(crate) fn beside(&self, others: &[Self]) -> Result<(), StoreError> {
        let plans = others.iter().chain([self]).map(Self::unchecked).collect::<Result<_, _>>()?;
        Bells::new(&self.school, plans, Zone::default()).map(drop).map_err(broken("bell plan", &self.id))
    }

    fn unchecked(&self) -> Result<timetable::BellPlan, StoreError> {
        let periods = self.periods.iter().map(|period| Period { number: period.number, start_min: period.start_min, end_min: period.end_min }).collect();
        let (from, to) = (date_or_none(self.from_day.as_deref())?, date_or_none(self.to_day.as_deref())?);
        Ok(timetable::BellPlan { school: self.school.clone(), name: self.name.clone(), from, to, periods })
    }
}

impl Entry {
    /// The entry as the timetable takes it.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] for a day that does not exist, [`StoreError::Rule`].
    pub fn rules(&self) -> Result<timetable::Entry, StoreError> {
        let entry = timetable::Entry {
            id: self.id.clone(),
            term: self.term.clone(),
            weekday: weekday(self.weekday)?,
            period: self.period,
            subject: self.subject.clone(),
            title: self.title.clone(),
            teacher: self.teacher.clone(),
            assistants: self.assistants.clone(),
            host_classroom: self.host_classroom.clone(),
            receivers: self.receivers.clone(),
            kind: self.kind,
            weeks: self.weeks.parse().map_err(broken("entry", &self.id))?,
            from: date_or_none(self.from_day.as_deref())?,
            to: date_or_none(self.to_day.as_deref())?,
        };
        entry.check().map_err(broken("entry", &self.id))?;
        Ok(entry)
    }
}
