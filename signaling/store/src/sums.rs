//! Sums of deliveries, and the rates that follow from them.

use super::deliveries::Delivery;
use super::error::Fault;
use super::transaction::Db;
use super::value::{composed, places};
use std::collections::BTreeMap;
use timetable::Cause;

/// Sums of deliveries. A lesson to three classrooms counts three times: all is counted where it is received.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Lessons that were planned and whose time is over, cancelled ones too. What the timetable itself took back (a holiday) was not planned.
    pub planned: u64,
    /// Those that were delivered.
    pub delivered: u64,
    /// Those the classroom came to.
    pub attended: u64,
    /// Those it came to within a minute of the bell.
    pub punctual: u64,
    /// Those that somebody cancelled.
    pub cancelled: u64,
    /// Those to classrooms that went dark.
    pub power: u64,
    /// Those that a classroom's line failed.
    pub network: u64,
    /// Those the classroom did not come to, or was there for too short a time.
    pub absent: u64,
    /// Those that the host failed.
    pub host: u64,
    /// Those that were delivered and in which the classroom took part: it raised its hand, was called on, answered, or spoke for 10 seconds.
    pub interactive: u64,
    /// Raised hands.
    pub hands: u64,
    /// Calls.
    pub calls: u64,
    /// Answers.
    pub answers: u64,
    /// Seconds that were planned.
    pub planned_s: u64,
    /// Seconds in which something was at fault.
    pub fault_s: u64,
    /// Seconds in which the classroom spoke.
    pub speech_s: u64,
    /// Pupils of the lessons that were delivered, each lesson's.
    pub headcount: u64,
    /// Different classrooms something was planned for.
    pub classrooms: u64,
    /// Those that got at least one lesson.
    pub covered: u64,
    /// Different lessons, whatever the number of their classrooms; none where it was not asked who taught.
    pub lessons: Option<u64>,
}

/// What follows from [`Sums`]. A share is 0 to 1, and none where there is nothing to take a share of.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rates {
    /// Opening rate (开课率): delivered ÷ planned.
    pub opening: Option<f64>,
    /// Punctuality: in time ÷ attended.
    pub punctuality: Option<f64>,
    /// Coverage: classrooms that got at least one lesson ÷ classrooms one was planned for.
    pub coverage: Option<f64>,
    /// Share of interaction: lessons in which the classroom took part ÷ delivered.
    pub interaction: Option<f64>,
    /// Minutes in which something was at fault.
    pub fault_minutes: f64,
}

impl Sums {
    /// The rates that follow.
    pub fn rates(&self) -> Rates {
        let share = |part: u64, whole: u64| (whole > 0).then(|| part as f64 / whole as f64);
        Rates {
            opening: share(self.delivered, self.planned),
            punctuality: share(self.punctual, self.attended),
            coverage: share(self.covered, self.classrooms),
            interaction: share(self.interactive, self.delivered),
            fault_minutes: self.fault_s as f64 / 60.0,
        }
    }
}

/// What is summed, by the name of its column, and what it is of one delivery in SQL.
pub(crate) const SUMMED: [(&str, &str); 17] = [
    ("planned", "1"),
    ("delivered", "delivered"),
    ("attended", "CASE WHEN first_join_ms IS NULL THEN 0 ELSE 1 END"),
    ("punctual", "punctual"),
    ("cancelled", "CASE WHEN cause = 'cancelled' THEN 1 ELSE 0 END"),
    ("power", "CASE WHEN cause = 'power' THEN 1 ELSE 0 END"),
    ("network", "CASE WHEN cause = 'network' THEN 1 ELSE 0 END"),
    ("absent", "CASE WHEN cause = 'absent' THEN 1 ELSE 0 END"),
    ("host", "CASE WHEN cause = 'host' THEN 1 ELSE 0 END"),
    ("interactive", "CASE WHEN delivered = 1 AND (hands + calls + answers > 0 OR speech_s >= 10) THEN 1 ELSE 0 END"),
    ("hands", "hands"),
    ("calls", "calls"),
    ("answers", "answers"),
    ("planned_s", "planned_s"),
    ("fault_s", "fault_s"),
    ("speech_s", "speech_s"),
    ("headcount", "CASE WHEN delivered = 1 THEN COALESCE(headcount, 0) ELSE 0 END"),
];

/// The same of one delivery here, in the order of [`SUMMED`].
fn summed(delivery: &Delivery) -> [i64; 17] {
    let delivered = delivery.is_delivered();
    let interactive = delivered && (delivery.hands > 0 || delivery.calls > 0 || delivery.answers > 0 || delivery.speech_s >= 10);
    let of = |cause| i64::from(delivery.cause == Some(cause));
    let headcount = if delivered { delivery.headcount.unwrap_or_default() } else { 0 };
    [
        1,
        i64::from(delivered),
        i64::from(delivery.first_join_ms.is_some()),
        i64::from(delivery.punctual),
        of(Cause::Cancelled),
        of(Cause::Power),
        of(Cause::Network),
        of(Cause::Absent),
        of(Cause::Host),
        i64::from(interactive),
        i64::from(delivery.hands),
        i64::from(delivery.calls),
        i64::from(delivery.answers),
        super::sql(delivery.planned_s),
        super::sql(delivery.fault_s),
        super::sql(delivery.speech_s),
        i64::from(headcount),
    ]
}

/// Term, school, subject, week, classroom, and the week's last day.
type Key = (String, String, String, u8, String, String);

/// What a transaction adds to the sums, and takes from them.
#[derive(Debug, Default)]
pub(crate) struct Part(BTreeMap<Key, [i64; 17]>);

impl Part {
    pub(crate) fn add(&mut self, delivery: &Delivery) {
        self.change(delivery, 1);
    }

    pub(crate) fn subtract(&mut self, delivery: &Delivery) {
        self.change(delivery, -1);
    }

    fn change(&mut self, delivery: &Delivery, sign: i64) {
        let Delivery { term, school, subject, week, classroom, week_end, .. } = delivery.clone();
        let sums = self.0.entry((term, school, subject, week, classroom, week_end)).or_default();
        sums.iter_mut().zip(summed(delivery)).for_each(|(sum, value)| *sum += sign * value);
    }
}

/// Adds it.
pub(crate) async fn add(db: &mut Db, part: Part) -> Result<(), Fault> {
    let names = SUMMED.map(|(name, _)| name);
    let text = format!(
        "INSERT INTO delivery_sums (term_id, school_id, subject, week, classroom_id, week_end, {}) VALUES ({}) \
         ON CONFLICT (term_id, school_id, subject, week, classroom_id) DO UPDATE SET {}",
        names.join(", "),
        places(1, 6 + names.len()),
        names.map(|name| format!("{name} = delivery_sums.{name} + excluded.{name}")).join(", ")
    );
    for ((term, school, subject, week, classroom, week_end), sums) in part.0 {
        if sums == [0; 17] {
            continue;
        }
        let query = sqlx::query(composed(text.clone())).bind(term).bind(school).bind(subject).bind(i64::from(week)).bind(classroom).bind(week_end);
        sums.into_iter().fold(query, sqlx::query::Query::bind).execute(&mut *db).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_of_what_they_say() {
        let sums = Sums { planned: 8, delivered: 6, attended: 7, punctual: 5, interactive: 3, classrooms: 4, covered: 3, fault_s: 90, ..Sums::default() };
        let rates = Rates { opening: Some(0.75), punctuality: Some(5.0 / 7.0), coverage: Some(0.75), interaction: Some(0.5), fault_minutes: 1.5 };
        assert_eq!(sums.rates(), rates);
        assert_eq!(Sums::default().rates(), Rates::default(), "of nothing there is no share");
    }
}
