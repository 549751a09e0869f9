//! Answers that are kept: at the beginning of a day and of a week everybody asks for the same, and an answer changes only when something is written.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Rows kept at once, of all answers together: some 40 MB.
const ROWS: usize = 40_000;

/// After so long an answer is asked for anew: another process may have changed what is named in it.
const FRESH: Duration = Duration::from_secs(30);

/// Rows that answered a question, shared by all who asked it.
pub type Rows<R> = Arc<[R]>;

/// The answers to questions of one kind. Their number is bounded by the rows in them.
pub struct Answers<Q, R>(Mutex<Known<Q, R>>);

struct Known<Q, R> {
    answers: HashMap<Q, Place<R>>,
    rows: usize,
}

/// Where the answer to one question is kept. Whoever finds it locked waits for whoever asks the database: it is asked once.
type Place<R> = Arc<tokio::sync::Mutex<Option<Answer<R>>>>;

/// An answer, and as of which state of what is stored.
struct Answer<R> {
    version: String,
    since: Instant,
    rows: Rows<R>,
}

impl<Q, R> fmt::Debug for Answers<Q, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answers({} rows)", self.known().rows)
    }
}

impl<Q, R> Default for Answers<Q, R> {
    fn default() -> Self {
        Self(Mutex::new(Known { answers: HashMap::new(), rows: 0 }))
    }
}

impl<Q, R> Answers<Q, R> {
    fn known(&self) -> MutexGuard<'_, Known<Q, R>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<Q: Eq + Hash, R> Answers<Q, R> {
    /// The answer to a question: the one that is kept if it is of this `version`, which the caller read before, else what `ask` finds.
    ///
    /// # Errors
    /// Those of `ask`; nothing is kept then.
    pub async fn get<E>(&self, question: Q, version: String, ask: impl Future<Output = Result<Vec<R>, E>>) -> Result<Rows<R>, E> {
        let place = self.place(question);
        let mut kept = place.lock().await;
        if let Some(answer) = kept.as_ref().filter(|answer| answer.holds(&version, Instant::now())) {
            return Ok(answer.rows.clone());
        }
        let rows: Rows<R> = ask.await?.into();
        self.make_room(kept.take().map_or(0, |answer| answer.rows.len()), rows.len());
        *kept = Some(Answer { version, since: Instant::now(), rows: rows.clone() });
        Ok(rows)
    }

    /// The one row that answers a question, as [`Answers::get`]. Where there is none, nothing is kept.
    ///
    /// # Errors
    /// Those of `ask`.
    pub async fn one<E>(&self, question: Q, version: String, ask: impl Future<Output = Result<Option<R>, E>>) -> Result<Option<R>, E>
    where
        R: Clone,
    {
        let ask = async { Ok(vec![ask.await.map_err(Some)?.ok_or(None)?]) };
        match self.get(question, version, ask).await {
            Ok(rows) => Ok(rows.first().cloned()),
            Err(None) => Ok(None),
            Err(Some(error)) => Err(error),
        }
    }

    /// Has a question asked anew, also where it is being asked now.
    pub async fn forget<B: Eq + Hash + ?Sized>(&self, question: &B)
    where
        Q: Borrow<B>,
    {
        let place = self.known().answers.get(question).cloned();
        let Some(place) = place else { return };
        let rows = place.lock().await.take().map_or(0, |answer| answer.rows.len());
        self.make_room(rows, 0);
    }

    /// A question counts as a row, answered or not.
    fn place(&self, question: Q) -> Place<R> {
        let mut known = self.known();
        if let Some(place) = known.answers.get(&question) {
            return place.clone();
        }
        known.make_room(0, 1);
        known.answers.entry(question).or_default().clone()
    }

    fn make_room(&self, before: usize, after: usize) {
        self.known().make_room(before, after);
    }
}

impl<Q, R> Known<Q, R> {
    /// Counts rows in the place of others; forgets all where they have become too many.
    fn make_room(&mut self, before: usize, after: usize) {
        self.rows = self.rows.saturating_sub(before) + after;
        if self.rows > ROWS {
            self.answers.clear();
            self.rows = 0;
        }
    }
}

impl<R> Answer<R> {
    fn holds(&self, version: &str, now: Instant) -> bool {
        self.version == version && now.saturating_duration_since(self.since) < FRESH
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::convert::Infallible;

    #[test]
    fn an_answer_holds_until_something_is_written_or_it_is_old() {
        let now = Instant::now();
        let answer = Answer::<u8> { version: "7".into(), since: now, rows: Arc::default() };
        assert!(answer.holds("7", now + FRESH / 2));
        assert!(!answer.holds("8", now) && !answer.holds("7", now + FRESH));
    }

    #[tokio::test]
    async fn what_is_known_is_not_asked_again() {
        let answers = Answers::<&str, u8>::default();
        let ask = |question, version: &str, rows: Vec<u8>| answers.get(question, version.to_owned(), async { Ok::<_, Infallible>(rows) });
        assert_eq!(*ask("a", "1", vec![1]).await.unwrap(), [1]);
        assert_eq!(*ask("a", "1", vec![2]).await.unwrap(), [1], "kept");
        assert_eq!(*ask("b", "1", vec![3]).await.unwrap(), [3], "another question");
        assert_eq!(*ask("a", "2", vec![4]).await.unwrap(), [4], "something was written");
        let failed = answers.get("c", "1".into(), async { Err::<Vec<u8>, _>("no") }).await;
        assert_eq!(failed.unwrap_err(), "no");
        assert_eq!(*ask("c", "1", vec![5]).await.unwrap(), [5], "an error is not kept");
        answers.forget("b").await;
        assert_eq!(*ask("b", "1", vec![6]).await.unwrap(), [6], "forgotten");
        let one = |row| answers.one("d", "1".into(), async move { Ok::<_, Infallible>(row) });
        assert_eq!((one(None).await.unwrap(), one(Some(7)).await.unwrap(), one(None).await.unwrap()), (None, Some(7), Some(7)), "nothing is not kept");
    }

    #[tokio::test]
    async fn no_more_rows_are_kept_than_the_bound() {
        let answers = Answers::<usize, u8>::default();
        for question in 0..100 {
            for version in ["1", "2"] {
                let rows = answers.get(question, version.into(), async { Ok::<_, Infallible>(vec![0; ROWS / 10]) }).await.unwrap();
                assert_eq!(rows.len(), ROWS / 10);
                assert!(answers.known().rows <= ROWS && answers.known().answers.len() <= 10, "{answers:?}");
            }
        }
        for question in 0..ROWS * 2 {
            answers.get(question, "1".into(), async { Ok::<_, Infallible>(Vec::new()) }).await.unwrap();
        }
        assert!(answers.known().answers.len() <= ROWS);
    }
}
