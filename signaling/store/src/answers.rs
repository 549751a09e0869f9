//! Statistics that were asked for already: at the beginning of a week everybody asks for the same, and the answer changes only when a lesson is decided.

use super::StatisticsBy;
use super::statistics::{StatisticsFilter, StatisticsRow};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Answers kept at once; the longest, of a county's teachers, takes some 300 kB.
const KEPT: usize = 64;

/// After so long an answer is asked for anew: a school may have been renamed, or have joined an alliance.
const FRESH: Duration = Duration::from_secs(30);

/// A question.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Question {
    term: String,
    by: StatisticsBy,
    schools: Option<Vec<String>>,
    subject: Option<String>,
    teacher: Option<String>,
    weeks: Option<(u8, u8)>,
}

impl Question {
    pub(crate) fn new(term: &str, by: StatisticsBy, filter: &StatisticsFilter<'_>) -> Self {
        Self {
            term: term.to_owned(),
            by,
            schools: filter.schools.map(<[String]>::to_vec),
            subject: filter.subject.map(str::to_owned),
            teacher: filter.teacher.map(str::to_owned),
            weeks: filter.weeks.as_ref().map(|weeks| (*weeks.start(), *weeks.end())),
        }
    }
}

/// An answer, and as of which count of decisions.
#[derive(Debug)]
pub(crate) struct Answer {
    version: String,
    since: Instant,
    rows: Vec<StatisticsRow>,
}

/// Where the answer to one question is kept. Whoever finds it locked waits for whoever asks the database: it is asked once.
pub(crate) type Kept = Arc<tokio::sync::Mutex<Option<Answer>>>;

/// The answers.
#[derive(Debug, Default)]
pub(crate) struct Answers(Mutex<HashMap<Question, Kept>>);

impl Answers {
    pub(crate) fn to(&self, question: Question) -> Kept {
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if answers.len() >= KEPT && !answers.contains_key(&question) {
            answers.clear();
        }
        answers.entry(question).or_default().clone()
    }
}

impl Answer {
    pub(crate) fn new(version: String, since: Instant, rows: Vec<StatisticsRow>) -> Self {
        Self { version, since, rows }
    }

    /// Its rows, if it still holds.
    pub(crate) fn as_of(&self, version: &str, now: Instant) -> Option<Vec<StatisticsRow>> {
        (self.version == version && now.saturating_duration_since(self.since) < FRESH).then(|| self.rows.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_holds_until_something_is_decided_or_it_is_old() {
        let now = Instant::now();
        let answer = Answer::new("7".into(), now, Vec::new());
        assert_eq!(answer.as_of("7", now + FRESH / 2), Some(Vec::new()));
        assert_eq!((answer.as_of("8", now), answer.as_of("7", now + FRESH)), (None, None));
    }

    #[test]
    fn no_more_is_kept_than_the_bound() {
        let answers = Answers::default();
        for number in 0..KEPT * 2 {
            let _ = answers.to(Question::new(&number.to_string(), StatisticsBy::School, &StatisticsFilter::default()));
        }
        assert!(answers.0.lock().is_ok_and(|answers| answers.len() <= KEPT));
    }
}
