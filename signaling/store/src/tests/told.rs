//! Calendar feeds, webhooks, and many entries at once.

use super::support::{Fresh, on_both_engines};
use super::world::{county, entry, lesson, person};
use crate::record::Write;
use crate::{
    Attempt, DeliveryState, Entry, FeedKind, FeedToken, LessonEvent, List, Region, RegionLevel, Store, StoreError, Webhook, WebhookDelivery, WebhookEvent,
    running,
};

on_both_engines! {
    a_feed_has_one_token_of_each_person
    a_webhook_keeps_its_secret_and_takes_its_deliveries_along
    an_event_is_handed_out_once
    an_attempt_is_taken_once
    a_log_is_read_backwards_and_forgotten
    entries_come_with_their_lessons_or_not_at_all
}

async fn a_feed_has_one_token_of_each_person(fresh: Fresh) {
    let store = fresh.open().await;
    county(&store, 2).await;
    let token = |hash: &str, person: &str| FeedToken { token_hash: hash.into(), kind: FeedKind::Schools, thing: "s".into(), person: person.into(), made_ms: 5 };
    for (hash, person) in [("a", "t0"), ("b", "t1"), ("c", "t0")] {
        store.create_feed_token(&token(hash, person)).await.unwrap();
    }
    assert_eq!(store.feed_token("a").await.unwrap(), None, "the second is good in its place");
    assert_eq!(store.feed_token("c").await.unwrap(), Some(token("c", "t0")));
    assert!(!store.revoke_feed_token("t0", FeedKind::People, "s").await.unwrap());
    assert!(store.revoke_feed_token("t0", FeedKind::Schools, "s").await.unwrap());
    assert_eq!((store.feed_token("c").await.unwrap(), store.feed_token("b").await.unwrap()), (None, Some(token("b", "t1"))));
    assert!(matches!(store.create_feed_token(&token("d", "nobody")).await, Err(StoreError::Reference { .. })));
}

fn webhook(id: &str) -> Webhook {
    let events = vec![WebhookEvent::LessonLive, WebhookEvent::ClassroomLost];
    Webhook { id: id.into(), region: None, url: "https://portal.example/hook".into(), events, active: true, version: 1 }
}

fn delivery(id: &str, at_ms: u64) -> WebhookDelivery {
    WebhookDelivery {
        id: id.into(),
        webhook: "w".into(),
        event: WebhookEvent::LessonLive,
        at_ms,
        body: "{}".into(),
        state: DeliveryState::Waiting,
        attempts: 0,
        status: None,
        error: None,
        next_ms: at_ms,
        done_ms: None,
    }
}

/// Puts an event and hands it out as these deliveries.
async fn hand_out(store: &Store, event: &str, deliveries: &[WebhookDelivery]) -> usize {
    let event = LessonEvent { id: event.into(), at_ms: 10, event: WebhookEvent::LessonLive, lesson: "l".into(), classroom: None };
    let mut transaction = store.begin().await.unwrap();
    running::execute(&mut transaction, &Write::Event { event: event.clone() }).await.unwrap();
    transaction.commit().await.unwrap();
    store.hand_out(&event.id, deliveries, 3).await.unwrap()
}

async fn a_webhook_keeps_its_secret_and_takes_its_deliveries_along(fresh: Fresh) {
    let store = fresh.open().await;
    store.create(&Region { id: "r".into(), parent: None, level: RegionLevel::County, name: "县".into(), version: 1 }, 1).await.unwrap();
    assert!(store.create_webhook(&webhook("w"), "secret", 2, 1).await.unwrap());
    assert!(store.create_webhook(&Webhook { region: Some("r".into()), ..webhook("x") }, "other", 2, 1).await.unwrap());
    assert!(!store.create_webhook(&webhook("y"), "third", 2, 1).await.unwrap(), "there are enough");
    assert!(matches!(store.create_webhook(&webhook("w"), "again", 9, 1).await, Err(StoreError::Exists { .. })));
    assert!(matches!(store.create_webhook(&Webhook { events: vec![], ..webhook("z") }, "s", 9, 1).await, Err(StoreError::Invalid { .. })));
    let changed = Webhook { active: false, events: vec![WebhookEvent::LessonEnded], ..webhook("w") };
    assert_eq!(store.update(&changed).await.unwrap(), 2);
    assert_eq!(store.get::<Webhook>("w").await.unwrap(), Some(Webhook { version: 2, ..changed }));
    assert_eq!(store.webhook_secret("w").await.unwrap().as_deref(), Some("secret"), "a change leaves it");
    assert_eq!(store.list::<Webhook>(&List { of: Some("r"), ..List::default() }).await.unwrap().len(), 1);
    assert_eq!(hand_out(&store, "e", &[delivery("d", 10)]).await, 1);
    assert!(matches!(store.remove_webhook("w", 1).await, Err(StoreError::Changed { .. })));
    assert_eq!(store.webhook_deliveries("w", None, 9).await.unwrap().len(), 1, "nothing of it was done");
    store.remove_webhook("w", 2).await.unwrap();
    assert_eq!((store.webhook_deliveries("w", None, 9).await.unwrap(), store.webhook_secret("w").await.unwrap()), (vec![], None));
    assert_eq!(hand_out(&store, "f", &[delivery("g", 10)]).await, 0, "it is gone");
}

async fn an_event_is_handed_out_once(fresh: Fresh) {
    let store = fresh.open().await;
    store.create_webhook(&webhook("w"), "secret", 9, 1).await.unwrap();
    assert_eq!(hand_out(&store, "e", &[delivery("a", 10)]).await, 1);
    assert_eq!(store.hand_out("e", &[delivery("b", 10)], 3).await.unwrap(), 0, "another process was quicker");
    assert_eq!(store.lesson_events(9).await.unwrap(), []);
    assert_eq!(hand_out(&store, "f", &[delivery("c", 11), delivery("d", 12), delivery("e", 13)]).await, 2, "three may wait");
    let due = store.due_deliveries("w", 11, 9).await.unwrap();
    assert_eq!(due, [delivery("a", 10), delivery("c", 11)], "one is not due yet");
}

async fn an_attempt_is_taken_once(fresh: Fresh) {
    let store = fresh.open().await;
    store.create_webhook(&webhook("w"), "secret", 9, 1).await.unwrap();
    hand_out(&store, "e", &[delivery("d", 10)]).await;
    let due = store.due_deliveries("w", 10, 9).await.unwrap().remove(0);
    let (one, two) = tokio::join!(store.take_delivery(&due, 100), store.take_delivery(&due, 101));
    assert_eq!(usize::from(one.unwrap()) + usize::from(two.unwrap()), 1);
    assert_eq!(store.due_deliveries("w", 99, 9).await.unwrap(), []);
    // The process that took it was killed: it is due again.
    assert_eq!(store.due_deliveries("w", 101, 9).await.unwrap().len(), 1);
    let again = Attempt { state: DeliveryState::Waiting, status: Some(503), error: Some("503".into()), next_ms: 500 };
    store.note_attempt("d", &again, 20).await.unwrap();
    let waiting = store.webhook_deliveries("w", None, 9).await.unwrap().remove(0);
    assert_eq!((waiting.attempts, waiting.status, waiting.next_ms, waiting.done_ms), (1, Some(503), 500, None));
    store.note_attempt("d", &Attempt { state: DeliveryState::Delivered, status: Some(204), error: None, next_ms: 0 }, 30).await.unwrap();
    let done = store.webhook_deliveries("w", None, 9).await.unwrap().remove(0);
    assert_eq!((done.attempts, done.status, done.error, done.done_ms), (2, Some(204), None, Some(30)));
    assert_eq!(store.due_deliveries("w", 1_000, 9).await.unwrap(), []);
}

async fn a_log_is_read_backwards_and_forgotten(fresh: Fresh) {
    let store = fresh.open().await;
    store.create_webhook(&webhook("w"), "secret", 9, 1).await.unwrap();
    hand_out(&store, "e", &[delivery("a", 10), delivery("b", 20), delivery("c", 20)]).await;
    let ids = |page: Vec<WebhookDelivery>| page.into_iter().map(|one| one.id).collect::<Vec<_>>();
    assert_eq!(ids(store.webhook_deliveries("w", None, 2).await.unwrap()), ["c", "b"]);
    assert_eq!(ids(store.webhook_deliveries("w", Some((20, "b")), 2).await.unwrap()), ["a"]);
    store.note_attempt("a", &Attempt { state: DeliveryState::Failed, status: None, error: Some("refused".into()), next_ms: 0 }, 30).await.unwrap();
    assert_eq!(store.remove_deliveries(100).await.unwrap(), 1, "what waits is kept");
    assert_eq!(ids(store.webhook_deliveries("w", None, 9).await.unwrap()), ["c", "b"]);
    assert_eq!((store.give_up_deliveries(20, 90).await.unwrap(), store.give_up_deliveries(21, 90).await.unwrap()), (0, 2));
    let given_up = store.webhook_deliveries("w", None, 9).await.unwrap().remove(0);
    assert_eq!((given_up.state, given_up.done_ms), (DeliveryState::Failed, Some(90)));
}

async fn entries_come_with_their_lessons_or_not_at_all(fresh: Fresh) {
    let store = fresh.open().await;
    county(&store, 3).await;
    store.create(&person("other"), 1).await.unwrap();
    let of = |id: &str, entry: &str, start_ms| crate::PlannedLesson { entry: Some(entry.into()), ..lesson(id, start_ms, 0, 1, 0) };
    store.create_entries(&[entry("a")], &[of("a-1", "a", 1_000)], 1).await.unwrap();
    let clashing = store.create_entries(&[entry("b"), entry("c")], &[of("b-1", "b", 9_000_000), of("c-1", "c", 1_000)], 1).await;
    assert!(matches!(clashing, Err(StoreError::Clash { ref lesson, ref other, .. }) if lesson == "c-1" && other == "a-1"), "{clashing:?}");
    let twice = store.create_entries(&[entry("b"), entry("a")], &[], 1).await;
    assert!(matches!(twice, Err(StoreError::Exists { .. })));
    let all: Vec<Entry> = store.list(&List::default()).await.unwrap();
    assert_eq!(all.iter().map(|entry| entry.id.as_str()).collect::<Vec<_>>(), ["a"]);
    assert_eq!(store.planned_lesson("b-1").await.unwrap(), None);
}
