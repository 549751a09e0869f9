//! Events of lessons, told to other services.
//!
//! ```text
//! hub.event ─► writer ─► store: lesson_events ──hand out──► webhook_deliveries ──attempts──► the other service
//! ```
//!
//! A lesson never waits: it hands an event over like every other write. From the store on nothing is lost with the process: a delivery waits there until it
//! was taken, or for a day. Several processes may do this with one database.

mod message;
mod post;
mod target;

pub(crate) use target::Target;
pub use target::WebhookTargets;

use crate::access::{Geography, Place};
use crate::account::secret;
use crate::api::place;
use crate::hub::Hub;
use crate::record::Write;
use crate::schedule::pages;
use crate::store::{Attempt, DeliveryState, LessonEvent, StoreError, Webhook, WebhookDelivery, WebhookEvent, unix_ms};
use message::{About, GIVEN_UP_MS, body, pause, signature};
use post::{Message, Poster};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;

/// Webhooks of one service.
pub(crate) const MOST: u32 = 100;

/// Deliveries that wait for one webhook; further events are not told to it.
const MOST_WAITING: u32 = 10_000;

/// Attempts at once to one webhook: one that does not answer keeps no other waiting.
const AT_ONCE: usize = 2;

/// Events taken at once.
const EVENTS: u32 = 200;

/// How often it is looked whether there is something to do.
const LOOK: Duration = Duration::from_millis(500);
/// The same while there are no webhooks.
const LOOK_FOR_ANY: Duration = Duration::from_secs(5);

/// Nobody else tries a delivery for so long after it was taken: longer than an attempt takes.
const TAKEN_MS: u64 = 60_000;

/// What was delivered or given up is shown for so long.
const SHOWN_MS: u64 = 30 * 24 * 3_600 * 1_000;
/// How often it is forgotten.
const FORGET: Duration = Duration::from_secs(3_600);

/// What the hub keeps of them.
#[derive(Debug)]
pub(crate) struct Webhooks {
    /// Whether there are any; until it is known, as if there were.
    any: AtomicBool,
    changed: tokio::sync::Notify,
}

impl Default for Webhooks {
    fn default() -> Self {
        Self { any: AtomicBool::new(true), changed: tokio::sync::Notify::new() }
    }
}

impl Webhooks {
    /// A webhook was made or changed.
    pub(crate) fn changed(&self) {
        self.any.store(true, Ordering::Relaxed);
        self.changed.notify_one();
    }

    /// Whether anybody is told anything.
    pub(crate) fn are_any(&self) -> bool {
        self.any.load(Ordering::Relaxed)
    }
}

impl Hub {
    /// Something happened in a lesson that other services may want to know.
    pub(crate) fn event(&self, event: WebhookEvent, lesson: &str, classroom: Option<&str>) {
        if self.webhooks.are_any() {
            let (lesson, classroom) = (lesson.to_owned(), classroom.map(str::to_owned));
            self.writer.put(Write::Event { event: LessonEvent { id: secret::id(), at_ms: unix_ms(), event, lesson, classroom } }, None);
        }
    }
}

/// Hands out and delivers, for ever.
pub(crate) async fn run(hub: Arc<Hub>) {
    let poster = match Poster::new(hub.config.webhook_targets).await {
        Ok(poster) => poster,
        Err(error) => {
            hub.webhooks.any.store(false, Ordering::Relaxed);
            return tracing::error!(error, "webhooks are not told anything: there is no TLS");
        }
    };
    let mut courier = Courier { hub: hub.clone(), poster, running: JoinSet::new(), busy: HashMap::new() };
    let mut forget = tokio::time::interval(FORGET);
    let mut wait = Duration::ZERO;
    loop {
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = hub.webhooks.changed.notified() => {}
            Some(done) = courier.running.join_next() => courier.free(&done.unwrap_or_default()),
            _ = forget.tick() => courier.forget().await,
        }
        wait = match courier.look().await {
            Ok(true) => LOOK,
            Ok(false) => LOOK_FOR_ANY,
            Err(error) => {
                tracing::warn!(%error, "webhooks could not be looked after; it is tried again");
                LOOK_FOR_ANY
            }
        };
    }
}

struct Courier {
    hub: Arc<Hub>,
    poster: Poster,
    /// Each ends with the id of its webhook.
    running: JoinSet<String>,
    /// Attempts at this moment, by webhook.
    busy: HashMap<String, usize>,
}

impl Courier {
    /// Does what there is to do. Whether there are webhooks.
    async fn look(&mut self) -> Result<bool, StoreError> {
        let store = &self.hub.store;
        let mut webhooks: Vec<Webhook> = pages(store, None, false).await?;
        webhooks.retain(|webhook| webhook.active);
        let any = !webhooks.is_empty();
        self.hub.webhooks.any.store(any, Ordering::Relaxed);
        let events = store.lesson_events(EVENTS).await?;
        if !events.is_empty() {
            let geography = self.hub.api.geography(store, &self.hub.config.zone, unix_ms()).await?;
            for event in events {
                self.hand_out(&geography, &webhooks, event).await?;
            }
        }
        for webhook in webhooks {
            self.deliver(webhook).await?;
        }
        Ok(any)
    }

    /// Makes an event into deliveries.
    async fn hand_out(&self, geography: &Geography, webhooks: &[Webhook], event: LessonEvent) -> Result<(), StoreError> {
        let (about, mut rooms) = self.about(geography, &event.lesson).await?;
        rooms.extend(event.classroom.clone());
        let wanted = webhooks.iter().filter(|webhook| wants(geography, webhook, event.event, &rooms));
        let text = body(&event, about, event.classroom.as_deref().map(|classroom| place(geography, classroom)));
        let deliveries: Vec<WebhookDelivery> = wanted.map(|webhook| delivery(webhook, &event, &text)).collect();
        let made = self.hub.store.hand_out(&event.id, &deliveries, MOST_WAITING).await?;
        let lost = deliveries.len().saturating_sub(made);
        if lost > 0 {
            self.hub.metrics.webhooks.with_label_values(&["dropped"]).inc_by(lost as u64);
        }
        Ok(())
    }

    /// What is known of a lesson, and its classrooms; little of one that is not in the timetable.
    async fn about(&self, geography: &Geography, lesson: &str) -> Result<(About, Vec<String>), StoreError> {
        let Some(planned) = self.hub.store.planned_lesson(lesson).await? else {
            let Some(row) = self.hub.store.lesson(lesson).await? else { return Ok(<_>::default()) };
            let host = row.host_classroom.as_deref().map(|room| place(geography, room));
            return Ok((About { title: row.title, host, ..About::default() }, row.host_classroom.into_iter().collect()));
        };
        let receivers = planned.receivers.iter().map(|receiver| receiver.classroom.clone());
        let rooms = planned.host_classroom.clone().into_iter().chain(receivers).collect();
        let about = About {
            host: planned.host_classroom.as_deref().map(|room| place(geography, room)),
            receivers: planned.receivers.iter().map(|receiver| place(geography, &receiver.classroom)).collect(),
            title: planned.title,
            subject: planned.subject,
            kind: planned.kind,
            start_ms: Some(planned.start_ms),
            end_ms: Some(planned.end_ms),
            teacher: planned.teacher,
        };
        Ok((about, rooms))
    }

    /// Begins the attempts that are due, as many as may run at once.
    async fn deliver(&mut self, webhook: Webhook) -> Result<(), StoreError> {
        let busy = self.busy.get(&webhook.id).copied().unwrap_or_default();
        let free = u32::try_from(AT_ONCE.saturating_sub(busy)).unwrap_or_default();
        if free == 0 {
            return Ok(());
        }
        let now_ms = unix_ms();
        for due in self.hub.store.due_deliveries(&webhook.id, now_ms, free).await? {
            if self.hub.store.take_delivery(&due, now_ms + TAKEN_MS).await? {
                *self.busy.entry(webhook.id.clone()).or_default() += 1;
                let (hub, poster, webhook) = (self.hub.clone(), self.poster.clone(), webhook.clone());
                self.running.spawn(async move {
                    attempt(&hub, &poster, &webhook, &due).await;
                    webhook.id
                });
            }
        }
        Ok(())
    }

    /// An attempt has ended.
    fn free(&mut self, webhook: &str) {
        if let Some(busy) = self.busy.get_mut(webhook) {
            *busy = busy.saturating_sub(1);
        }
        self.busy.retain(|_, busy| *busy > 0);
    }

    async fn forget(&self) {
        let now_ms = unix_ms();
        let store = &self.hub.store;
        let gone = async {
            store.give_up_deliveries(now_ms.saturating_sub(GIVEN_UP_MS), now_ms).await?;
            store.remove_deliveries(now_ms.saturating_sub(SHOWN_MS)).await
        };
        if let Err(error) = gone.await {
            tracing::warn!(%error, "old deliveries could not be removed; it is tried again in an hour");
        }
    }
}

/// Whether a webhook is told of an event in these classrooms.
fn wants(geography: &Geography, webhook: &Webhook, event: WebhookEvent, rooms: &[String]) -> bool {
    if !webhook.events.contains(&event) {
        return false;
    }
    let Some(region) = &webhook.region else { return true };
    let schools = geography.schools_in(&Place::Region(region));
    rooms.iter().any(|room| geography.school_of(room).is_some_and(|school| schools.contains(school)))
}

fn delivery(webhook: &Webhook, event: &LessonEvent, body: &str) -> WebhookDelivery {
    WebhookDelivery {
        id: secret::id(),
        webhook: webhook.id.clone(),
        event: event.event,
        at_ms: event.at_ms,
        body: body.to_owned(),
        state: DeliveryState::Waiting,
        attempts: 0,
        status: None,
        error: None,
        next_ms: event.at_ms,
        done_ms: None,
    }
}

/// Tries once, and notes what came of it.
async fn attempt(hub: &Hub, poster: &Poster, webhook: &Webhook, delivery: &WebhookDelivery) {
    let secret = match hub.store.webhook_secret(&webhook.id).await {
        Ok(Some(secret)) => secret,
        // Removed in the meantime, or the store does not answer: then it is due again.
        Ok(None) => return,
        Err(error) => return tracing::warn!(%error, "a webhook's secret could not be read"),
    };
    let timestamp_s = unix_ms() / 1_000;
    let headers = vec![
        ("tongke-event", delivery.event.name().to_owned()),
        ("tongke-delivery", delivery.id.clone()),
        ("tongke-timestamp", timestamp_s.to_string()),
        ("tongke-signature", signature(&secret, timestamp_s, &delivery.body)),
    ];
    let answer = poster.post(&webhook.url, Message { headers, body: delivery.body.clone() }).await;
    let now_ms = unix_ms();
    let outcome = judge(answer, delivery, now_ms);
    hub.metrics.webhooks.with_label_values(&[if outcome.state == DeliveryState::Waiting { "retried" } else { outcome.state.name() }]).inc();
    if let Err(error) = hub.store.note_attempt(&delivery.id, &outcome, now_ms).await {
        tracing::warn!(%error, "an attempt to tell a webhook could not be noted; it is made again");
    }
}

/// What becomes of a delivery.
fn judge(answer: Result<u16, String>, delivery: &WebhookDelivery, now_ms: u64) -> Attempt {
    let next_ms = now_ms + u64::try_from(pause(delivery.attempts + 1).as_millis()).unwrap_or(u64::MAX);
    let (status, error) = match answer {
        Ok(status @ 200..300) => return Attempt { state: DeliveryState::Delivered, status: Some(status), error: None, next_ms },
        Ok(status) => (Some(status), format!("answered {status} instead of 200 to 299")),
        Err(error) => (None, error),
    };
    // 410: the other side says that it wants no more of this.
    let over = status == Some(410) || next_ms > delivery.at_ms.saturating_add(GIVEN_UP_MS);
    let state = if over { DeliveryState::Failed } else { DeliveryState::Waiting };
    Attempt { state, status, error: Some(error.chars().take(300).collect()), next_ms }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(attempts: u32) -> WebhookDelivery {
        let webhook = Webhook { id: "w".into(), region: None, url: String::new(), events: vec![], active: true, version: 1 };
        let event = LessonEvent { id: "e".into(), at_ms: 1_000, event: WebhookEvent::LessonLive, lesson: "l".into(), classroom: None };
        WebhookDelivery { attempts, ..delivery(&webhook, &event, "{}") }
    }

    #[test]
    fn what_is_not_taken_is_tried_again_for_a_day() {
        let taken = judge(Ok(204), &waiting(3), 2_000);
        assert_eq!((taken.state, taken.status, taken.error), (DeliveryState::Delivered, Some(204), None));
        let refused = judge(Ok(302), &waiting(0), 2_000);
        assert_eq!((refused.state, refused.next_ms), (DeliveryState::Waiting, 7_000), "also what leads elsewhere");
        let unreachable = judge(Err("no answer".into()), &waiting(1), 2_000);
        assert_eq!(
            (unreachable.state, unreachable.status, unreachable.error.as_deref(), unreachable.next_ms),
            (DeliveryState::Waiting, None, Some("no answer"), 22_000)
        );
        assert_eq!(judge(Ok(500), &waiting(40), GIVEN_UP_MS - 1_000).state, DeliveryState::Failed, "the next attempt would come after a day");
        assert_eq!(judge(Ok(410), &waiting(0), 2_000).state, DeliveryState::Failed);
        assert_eq!(judge(Err("x".repeat(1_000)), &waiting(0), 2_000).error.map(|error| error.len()), Some(300));
    }
}
