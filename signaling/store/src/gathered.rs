//! One question for all who wait: whoever comes while it is being asked waits for the next time, which is asked once for all who came until then. So an answer
//! is never older than who asked for it, and a crowd costs as little as one.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::Mutex;

/// A question that always is the same.
pub(crate) struct Gathered<T> {
    /// How many came.
    came: AtomicU64,
    /// The last answer. Whoever asks holds it locked.
    last: Mutex<Last<T>>,
}

struct Last<T> {
    /// So many came before it was asked.
    came: u64,
    /// None where asking failed.
    answer: Option<T>,
}

impl<T> Default for Gathered<T> {
    fn default() -> Self {
        Self { came: AtomicU64::new(0), last: Mutex::new(Last { came: 0, answer: None }) }
    }
}

impl<T> fmt::Debug for Gathered<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Gathered({} came)", self.came.load(Ordering::SeqCst))
    }
}

impl<T: Clone> Gathered<T> {
    /// What `ask` finds, asked by the caller or by another after the caller came.
    ///
    /// # Errors
    /// Those of `ask`. Where it failed, each who waited for it asks for itself: a database that is gone is not waited for one after another.
    pub(crate) async fn get<E>(&self, ask: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        let number = self.came.fetch_add(1, Ordering::SeqCst);
        let mut last = self.last.lock().await;
        if number < last.came {
            let answer = last.answer.clone();
            drop(last);
            return match answer {
                Some(answer) => Ok(answer),
                None => ask.await,
            };
        }
        let came = self.came.load(Ordering::SeqCst);
        let answer = ask.await;
        *last = Last { came, answer: answer.as_ref().ok().cloned() };
        answer
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::AtomicU8;
    use std::task::Poll;
    use tokio::sync::oneshot;

    type Answer = Result<u8, &'static str>;

    /// Asks, and answers with how often it was asked, once the gate opens.
    async fn one(shared: &(Gathered<u8>, AtomicU8), gate: Option<oneshot::Receiver<()>>, fails: bool) -> Answer {
        let ask = async {
            let nth = shared.1.fetch_add(1, Ordering::SeqCst) + 1;
            if let Some(gate) = gate {
                gate.await.unwrap();
            }
            if fails { Err("gone") } else { Ok(nth) }
        };
        shared.0.get(ask).await
    }

    /// The first asks until the gate opens; the others come meanwhile.
    async fn crowd(first_fails: bool, others: usize) -> Vec<Answer> {
        let shared = Arc::new((Gathered::default(), AtomicU8::new(0)));
        let (open, gate) = oneshot::channel();
        let mut first = Box::pin(one(&shared, Some(gate), first_fails));
        let mut waiting: Vec<_> = (0..others).map(|_| Box::pin(one(&shared, None, first_fails))).collect();
        // All have come before the gate opens.
        for asker in std::iter::once(&mut first as &mut (dyn Future<Output = Answer> + Unpin)).chain(waiting.iter_mut().map(|asker| asker as _)) {
            assert!(matches!(polled(asker).await, Poll::Pending));
        }
        open.send(()).unwrap();
        let mut answers = vec![first.await];
        for asker in waiting {
            answers.push(asker.await);
        }
        answers
    }

    /// Polls once.
    async fn polled(asker: &mut (dyn Future<Output = Answer> + Unpin)) -> Poll<Answer> {
        let mut asker = std::pin::Pin::new(asker);
        std::future::poll_fn(|context| Poll::Ready(asker.as_mut().poll(context))).await
    }

    #[tokio::test]
    async fn who_comes_while_it_is_asked_gets_the_next_answer_and_shares_it() {
        assert_eq!(crowd(false, 3).await, [Ok(1), Ok(2), Ok(2), Ok(2)]);
    }

    #[tokio::test]
    async fn who_waited_for_what_failed_asks_for_itself() {
        assert_eq!(crowd(true, 3).await, [Err("gone"); 4]);
    }

    #[tokio::test]
    async fn who_comes_later_asks_again_also_after_one_who_went_away() {
        let shared = (Gathered::default(), AtomicU8::new(0));
        assert_eq!((one(&shared, None, false).await, one(&shared, None, false).await), (Ok(1), Ok(2)));
        let (_open, gate) = oneshot::channel();
        let mut gone = Box::pin(one(&shared, Some(gate), false));
        assert!(matches!(polled(&mut gone).await, Poll::Pending));
        drop(gone);
        assert_eq!(one(&shared, None, false).await, Ok(4));
    }
}
