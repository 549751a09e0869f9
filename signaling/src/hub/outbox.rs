//! The queue towards one WebSocket. Never blocks the lesson: state notices replace earlier ones about the same thing, the others are counted, and a page
//! that leaves too many unread is sent away.

use axum::extract::ws::Utf8Bytes;
use protocol::{GoodbyeReason, ParticipantId, ServerMessage};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// Messages that cannot be replaced (answers, chat, errors) that may wait.
const LIMIT: usize = 256;

/// Bytes that may wait, of all kinds.
const LIMIT_BYTES: usize = 4 * 1024 * 1024;

/// What a state notice is about; the latest about the same thing is enough. As many keys as participants can wait at most.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Participant(ParticipantId),
    Lesson,
    Stage,
    Hands,
    Blocks,
    Slots,
    Demand,
    Speakers,
    Stats,
    Pong,
}

fn key(message: &ServerMessage) -> Option<Key> {
    Some(match message {
        ServerMessage::Participant { participant } => Key::Participant(participant.id.clone()),
        ServerMessage::Left { participant } => Key::Participant(participant.clone()),
        ServerMessage::Lesson { .. } => Key::Lesson,
        ServerMessage::Stage { .. } => Key::Stage,
        ServerMessage::Hands { .. } => Key::Hands,
        ServerMessage::Blocks { .. } => Key::Blocks,
        ServerMessage::Slots { .. } => Key::Slots,
        ServerMessage::Demand { .. } => Key::Demand,
        ServerMessage::Speakers { .. } => Key::Speakers,
        ServerMessage::Stats { .. } => Key::Stats,
        ServerMessage::Pong { .. } => Key::Pong,
        ServerMessage::Welcome(_)
        | ServerMessage::Answer(_)
        | ServerMessage::Ordered { .. }
        | ServerMessage::Chat { .. }
        | ServerMessage::MediaLost { .. }
        | ServerMessage::Error(_)
        | ServerMessage::Goodbye { .. } => return None,
    })
}

/// A message written once for many.
#[derive(Clone, Debug)]
pub(crate) struct Letter {
    key: Option<Key>,
    text: Utf8Bytes,
}

impl Letter {
    /// Writes it.
    pub(crate) fn new(message: &ServerMessage) -> Self {
        // Our own types serialize: no maps with odd keys, no failing implementations.
        let text = serde_json::to_string(message).unwrap_or_default();
        Self { key: key(message), text: text.into() }
    }
}

/// The queue.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    queue: Mutex<Queue>,
    wake: Notify,
    overflow: Notify,
}

#[derive(Debug, Default)]
struct Queue {
    next: u64,
    letters: BTreeMap<u64, Letter>,
    latest: HashMap<Key, u64>,
    unkeyed: usize,
    bytes: usize,
    closing: Option<GoodbyeReason>,
}

/// What is to be written now.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) texts: Vec<Utf8Bytes>,
    /// The last text is a `goodbye`.
    pub(crate) closing: Option<GoodbyeReason>,
}

impl Outbox {
    /// Queues a message; after a `goodbye` nothing more is taken. Says whether it was queued.
    pub(crate) fn put(&self, letter: Letter) -> bool {
        let mut queue = self.lock();
        if queue.closing.is_some() {
            return false;
        }
        let too_many = letter.key.is_none() && queue.unkeyed >= LIMIT;
        if too_many || queue.bytes + letter.text.len() > LIMIT_BYTES {
            queue.letters.clear();
            drop(queue);
            self.goodbye(GoodbyeReason::TooSlow, Some(1_000));
            self.overflow.notify_one();
            return false;
        }
        queue.push(letter);
        drop(queue);
        self.wake.notify_one();
        true
    }

    /// Queues a message.
    pub(crate) fn say(&self, message: &ServerMessage) -> bool {
        self.put(Letter::new(message))
    }

    /// Says goodbye after what is queued, and closes. The first goodbye stands.
    pub(crate) fn goodbye(&self, reason: GoodbyeReason, retry_ms: Option<u64>) {
        let mut queue = self.lock();
        if queue.closing.is_none() {
            queue.push(Letter::new(&ServerMessage::Goodbye { reason, retry_ms }));
            queue.closing = Some(reason);
        }
        drop(queue);
        self.wake.notify_one();
    }

    /// Whether a goodbye was said.
    pub(crate) fn is_closing(&self) -> bool {
        self.lock().closing.is_some()
    }

    /// Waits for something to write.
    pub(crate) async fn next(&self) -> Batch {
        loop {
            if let Some(batch) = self.take() {
                return batch;
            }
            self.wake.notified().await;
        }
    }

    /// Waits until too much is unread: what is being written will not be read either.
    pub(crate) async fn overflowed(&self) {
        self.overflow.notified().await;
    }

    fn take(&self) -> Option<Batch> {
        let mut queue = self.lock();
        if queue.letters.is_empty() {
            return None;
        }
        queue.latest.clear();
        queue.unkeyed = 0;
        queue.bytes = 0;
        let texts = std::mem::take(&mut queue.letters).into_values().map(|letter| letter.text).collect();
        Some(Batch { texts, closing: queue.closing })
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    fn push(&mut self, letter: Letter) {
        let slot = self.next;
        self.next += 1;
        match &letter.key {
            Some(key) => {
                let earlier = self.latest.insert(key.clone(), slot).and_then(|earlier| self.letters.remove(&earlier));
                self.bytes -= earlier.map_or(0, |earlier| earlier.text.len());
            }
            None => self.unkeyed += 1,
        }
        self.bytes += letter.text.len();
        self.letters.insert(slot, letter);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn stage(ids: &[&str]) -> ServerMessage {
        ServerMessage::Stage { participants: ids.iter().map(|id| ParticipantId((*id).into())).collect(), floor: None }
    }

    fn lost(reason: &str) -> ServerMessage {
        ServerMessage::MediaLost { reason: reason.into() }
    }

    #[test]
    fn state_notices_replace_earlier_ones_and_keep_the_order_of_the_latest() {
        let outbox = Outbox::default();
        outbox.say(&stage(&["p1"]));
        outbox.say(&lost("x"));
        outbox.say(&stage(&["p2"]));
        let texts = outbox.take().unwrap().texts;
        assert_eq!(texts.len(), 2);
        assert!(texts[0].contains("media_lost") && texts[1].contains("p2"));
        assert!(outbox.take().is_none());
    }

    #[test]
    fn any_number_of_state_notices_fits() {
        let outbox = Outbox::default();
        for _ in 0..10_000 {
            assert!(outbox.say(&stage(&["p1"])));
        }
        let batch = outbox.take().unwrap();
        assert_eq!((batch.texts.len(), batch.closing), (1, None));
    }

    #[test]
    fn few_but_long_messages_are_too_much_too() {
        let outbox = Outbox::default();
        let long = lost(&"x".repeat(LIMIT_BYTES / 4));
        assert!(outbox.say(&long) && outbox.say(&long) && outbox.say(&long));
        assert!(!outbox.say(&long));
        assert_eq!(outbox.take().unwrap().closing, Some(GoodbyeReason::TooSlow));
    }

    #[test]
    fn too_much_unread_ends_in_one_goodbye() {
        let outbox = Outbox::default();
        for number in 0..=LIMIT {
            assert_eq!(outbox.say(&lost("x")), number < LIMIT);
        }
        assert!(!outbox.say(&lost("later")));
        outbox.goodbye(GoodbyeReason::Shutdown, None);
        let batch = outbox.take().unwrap();
        assert_eq!((batch.texts.len(), batch.closing), (1, Some(GoodbyeReason::TooSlow)));
        assert!(batch.texts[0].contains("too_slow"));
    }
}
