//! Events of lessons and whom they are told to: webhooks, and what is to be delivered to them.
//!
//! A running server writes an event like everything else that happens in a lesson; whoever delivers makes it into deliveries, one for each webhook that wants
//! it, in one transaction. Several processes may do so with one database: an event is taken once, and so is each attempt.

use super::error::Fault;
use super::kept::{Kept, Stored, insert};
use super::listing::Listed;
use super::row::{Columns, words};
use super::transaction::{Db, reading, writing};
use super::value::Value;
use super::{Store, StoreError, sql};
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use ts_rs::TS;
use utoipa::ToSchema;

words! {
    /// What is told.
    WebhookEvent {
        /// A lesson opened: its people may come in.
        LessonOpened = "lesson.opened",
        /// A lesson went live.
        LessonLive = "lesson.live",
        /// A lesson ended.
        LessonEnded = "lesson.ended",
        /// A classroom is connected.
        ClassroomJoined = "classroom.joined",
        /// A classroom is connected no more.
        ClassroomLost = "classroom.lost",
    }
}

words! {
    /// What became of a delivery.
    DeliveryState {
        /// It is tried, or tried again.
        Waiting = "waiting",
        /// It was taken.
        Delivered = "delivered",
        /// It was given up.
        Failed = "failed",
    }
}

/// Where events are told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct Webhook {
    /// Its id.
    #[serde(default)]
    #[schema(pattern = "^[A-Za-z0-9_-]{1,64}$", required = true)]
    pub id: String,
    /// Of whose schools events are told; none: of all.
    pub region: Option<String>,
    /// What is posted to: 1 to 500 characters.
    #[schema(min_length = 1, max_length = 500)]
    pub url: String,
    /// What is told; at least one.
    #[schema(min_items = 1, max_items = 5)]
    pub events: Vec<WebhookEvent>,
    /// Whether anything is told.
    pub active: bool,
    /// Counted up with each change; 1 when made.
    #[serde(default)]
    #[schema(read_only, required = true)]
    pub version: u64,
}

impl Kept for Webhook {}
impl Stored for Webhook {
    const NAME: &'static str = "webhook";
    const TABLE: &'static str = "webhooks";
    const COLUMNS: &'static [&'static str] = &["region_id", "url", "events", "active"];
    const OWNER: &'static str = "region_id";
    const CREATED: bool = true;

    fn id(&self) -> &str {
        &self.id
    }
    fn version(&self) -> u64 {
        self.version
    }
    fn check(&self) -> Result<(), StoreError> {
        if !(1..=500).contains(&self.url.chars().count()) || self.url.chars().any(char::is_control) {
            return Err(StoreError::invalid("url of a webhook", &self.url, "use 1 to 500 characters"));
        }
        if self.events.is_empty() || self.events.len() > WebhookEvent::ALL.len() {
            return Err(StoreError::invalid("events of a webhook", &self.events.len().to_string(), "give 1 to 5, each once"));
        }
        Ok(())
    }
    fn values(&self) -> Vec<Value> {
        let events = self.events.iter().map(|event| event.name()).collect::<Vec<_>>().join(",");
        vec![(&self.region).into(), (&self.url).into(), (&events).into(), self.active.into()]
    }
    fn of(row: &Listed<'_>) -> Result<Self, Fault> {
        let events = row.text("events")?;
        Ok(Self {
            id: row.text("id")?,
            region: row.text_or_none("region_id")?,
            url: row.text("url")?,
            events: events.split(',').filter_map(WebhookEvent::from_name).collect(),
            active: row.truth("active")?,
            version: row.count("version")?,
        })
    }
}

/// Something that happened in a lesson.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LessonEvent {
    /// Its id.
    pub id: String,
    /// When, in milliseconds since 1970 (UTC).
    pub at_ms: u64,
    /// What.
    pub event: WebhookEvent,
    /// In which lesson.
    pub lesson: String,
    /// Which classroom came or went.
    pub classroom: Option<String>,
}

/// An event on its way to one webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookDelivery {
    /// Its id.
    pub id: String,
    /// To which webhook.
    pub webhook: String,
    /// What happened.
    pub event: WebhookEvent,
    /// When it happened, in milliseconds since 1970 (UTC).
    pub at_ms: u64,
    /// What is posted.
    pub body: String,
    /// What became of it.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: u32,
    /// The status that the last attempt was answered with.
    pub status: Option<u16>,
    /// Why the last attempt did not succeed.
    pub error: Option<String>,
    /// When it is tried next, in milliseconds since 1970 (UTC).
    pub next_ms: u64,
    /// When it was taken or given up, in milliseconds since 1970 (UTC).
    pub done_ms: Option<u64>,
}

/// What an attempt came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// What becomes of the delivery.
    pub state: DeliveryState,
    /// The status that was answered.
    pub status: Option<u16>,
    /// Why it did not succeed.
    pub error: Option<String>,
    /// When it is tried next, where it waits; in milliseconds since 1970 (UTC).
    pub next_ms: u64,
}

const DELIVERY: &str = "SELECT id, webhook_id, event, at_ms, body, state, attempts, status, error, next_ms, done_ms FROM webhook_deliveries";

fn delivery(row: &AnyRow) -> Result<WebhookDelivery, Fault> {
    Ok(WebhookDelivery {
        id: row.text("id")?,
        webhook: row.text("webhook_id")?,
        event: row.word("delivery", "event")?,
        at_ms: row.count("at_ms")?,
        body: row.text("body")?,
        state: row.word("delivery", "state")?,
        attempts: row.small("attempts")?,
        status: row.small_or_none("status")?,
        error: row.text_or_none("error")?,
        next_ms: row.count("next_ms")?,
        done_ms: row.count_or_none("done_ms")?,
    })
}

/// Writes an event down.
pub(crate) async fn put_event(db: &mut Db, event: &LessonEvent) -> Result<sqlx::any::AnyQueryResult, sqlx::Error> {
    let text = "INSERT INTO lesson_events (id, at_ms, event, lesson_id, classroom_id) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
    let query = sqlx::query(text).bind(&event.id).bind(sql(event.at_ms)).bind(event.event.name()).bind(&event.lesson);
    query.bind(&event.classroom).execute(db).await
}

impl Store {
    /// Makes a webhook with its secret, unless there are `most` already: whether it was made.
    ///
    /// # Errors
    /// As [`Store::create`].
    pub async fn create_webhook(&self, webhook: &Webhook, secret: &str, most: u32, now_ms: u64) -> Result<bool, StoreError> {
        super::kept::check(webhook)?;
        writing!(self, |db| {
            let count = sqlx::query("SELECT COUNT(*) AS count FROM webhooks").fetch_one(&mut *db).await?.count("count")?;
            if count >= u64::from(most) {
                return Ok(false);
            }
            insert(db, self.engine, webhook, now_ms).await?;
            sqlx::query("UPDATE webhooks SET secret = $2 WHERE id = $1").bind(&webhook.id).bind(secret).execute(db).await?;
            Ok(true)
        })
    }

    /// The secret of a webhook.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn webhook_secret(&self, id: &str) -> Result<Option<String>, StoreError> {
        let text = "SELECT secret FROM webhooks WHERE id = $1";
        reading!(self, |db| sqlx::query(text).bind(id).fetch_optional(db).await?.map(|row| row.text("secret")).transpose())
    }

    /// Removes a webhook, if it still has this version, with everything that was to be delivered to it.
    ///
    /// # Errors
    /// [`StoreError::Changed`], [`StoreError::Missing`], [`StoreError::Database`].
    pub async fn remove_webhook(&self, id: &str, version: u64) -> Result<(), StoreError> {
        writing!(self, |db| {
            sqlx::query("DELETE FROM webhook_deliveries WHERE webhook_id = $1").bind(id).execute(&mut *db).await?;
            let query = sqlx::query("DELETE FROM webhooks WHERE id = $1 AND version = $2").bind(id).bind(sql(version));
            let rows = query.execute(&mut *db).await?.rows_affected();
            super::kept::replaced::<Webhook>(db, rows, id, version).await.map(drop)
        })
    }

    /// Events that were not yet made into deliveries, the oldest first.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Unreadable`].
    pub async fn lesson_events(&self, limit: u32) -> Result<Vec<LessonEvent>, StoreError> {
        let text = "SELECT id, at_ms, event, lesson_id, classroom_id FROM lesson_events ORDER BY at_ms, id LIMIT $1";
        let event = |row: &AnyRow| {
            Ok(LessonEvent {
                id: row.text("id")?,
                at_ms: row.count("at_ms")?,
                event: row.word("event", "event")?,
                lesson: row.text("lesson_id")?,
                classroom: row.text_or_none("classroom_id")?,
            })
        };
        reading!(self, |db| sqlx::query(text).bind(i64::from(limit)).fetch_all(db).await?.iter().map(event).collect())
    }

    /// Makes an event into deliveries, unless another process did. A webhook for which `most` wait already gets no more. Returns how many were made.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn hand_out(&self, event: &str, deliveries: &[WebhookDelivery], most: u32) -> Result<usize, StoreError> {
        let text = "INSERT INTO webhook_deliveries (id, webhook_id, event, at_ms, body, state, attempts, next_ms) VALUES ($1, $2, $3, $4, $5, $6, 0, $7)";
        let waiting = "SELECT COUNT(*) AS count FROM webhook_deliveries WHERE webhook_id = $1 AND state = 'waiting'";
        writing!(self, |db| {
            if sqlx::query("DELETE FROM lesson_events WHERE id = $1").bind(event).execute(&mut *db).await?.rows_affected() == 0 {
                return Ok(0);
            }
            let mut made = 0;
            for one in deliveries {
                let there = sqlx::query("SELECT id FROM webhooks WHERE id = $1").bind(&one.webhook).fetch_optional(&mut *db).await?.is_some();
                let count = sqlx::query(waiting).bind(&one.webhook).fetch_one(&mut *db).await?.count("count")?;
                if !there || count >= u64::from(most) {
                    continue;
                }
                let query = sqlx::query(text).bind(&one.id).bind(&one.webhook).bind(one.event.name()).bind(sql(one.at_ms)).bind(&one.body);
                query.bind(one.state.name()).bind(sql(one.next_ms)).execute(&mut *db).await?;
                made += 1;
            }
            Ok(made)
        })
    }

    /// The deliveries to one webhook that are due, the longest due first.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Unreadable`].
    pub async fn due_deliveries(&self, webhook: &str, now_ms: u64, limit: u32) -> Result<Vec<WebhookDelivery>, StoreError> {
        let text = format!("{DELIVERY} WHERE state = 'waiting' AND webhook_id = $1 AND next_ms <= $2 ORDER BY next_ms, at_ms, id LIMIT $3");
        reading!(self, |db| {
            let query = sqlx::query(super::value::composed(text)).bind(webhook).bind(sql(now_ms)).bind(i64::from(limit));
            query.fetch_all(db).await?.iter().map(delivery).collect()
        })
    }

    /// Takes a delivery for an attempt, so that no other process does until `until_ms`: whether it was to be had.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn take_delivery(&self, delivery: &WebhookDelivery, until_ms: u64) -> Result<bool, StoreError> {
        let text = "UPDATE webhook_deliveries SET next_ms = $3 WHERE id = $1 AND next_ms = $2 AND state = 'waiting'";
        writing!(self, |db| {
            let query = sqlx::query(text).bind(&delivery.id).bind(sql(delivery.next_ms)).bind(sql(until_ms));
            Ok(query.execute(db).await?.rows_affected() > 0)
        })
    }

    /// Notes what an attempt came to.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn note_attempt(&self, delivery: &str, attempt: &Attempt, now_ms: u64) -> Result<(), StoreError> {
        let text = "UPDATE webhook_deliveries SET attempts = attempts + 1, state = $2, status = $3, error = $4, next_ms = $5, done_ms = $6 WHERE id = $1";
        let done = (attempt.state != DeliveryState::Waiting).then(|| sql(now_ms));
        writing!(self, |db| {
            let query = sqlx::query(text).bind(delivery).bind(attempt.state.name()).bind(attempt.status.map(i64::from)).bind(&attempt.error);
            Ok(query.bind(sql(attempt.next_ms)).bind(done).execute(db).await.map(drop)?)
        })
    }

    /// A page of the deliveries to a webhook, the latest first; `before`: time and id of the last of the page before.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Unreadable`].
    pub async fn webhook_deliveries(&self, webhook: &str, before: Option<(u64, &str)>, limit: u32) -> Result<Vec<WebhookDelivery>, StoreError> {
        let text = format!("{DELIVERY} WHERE webhook_id = $1 AND (at_ms < $2 OR (at_ms = $2 AND id < $3)) ORDER BY at_ms DESC, id DESC LIMIT $4");
        let (at, id) = before.unwrap_or((u64::MAX, ""));
        reading!(self, |db| {
            let query = sqlx::query(super::value::composed(text)).bind(webhook).bind(sql(at)).bind(id).bind(i64::from(limit.clamp(1, 1_000)));
            query.fetch_all(db).await?.iter().map(delivery).collect()
        })
    }

    /// Gives up what still waits of events before a time, also where nobody tries it any more. Returns how many.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn give_up_deliveries(&self, before_ms: u64, now_ms: u64) -> Result<u64, StoreError> {
        let text = "UPDATE webhook_deliveries SET state = 'failed', done_ms = $2 WHERE state = 'waiting' AND at_ms < $1";
        writing!(self, |db| Ok(sqlx::query(text).bind(sql(before_ms)).bind(sql(now_ms)).execute(db).await?.rows_affected()))
    }

    /// Forgets what was delivered or given up before a time. Returns how many.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn remove_deliveries(&self, before_ms: u64) -> Result<u64, StoreError> {
        let text = "DELETE FROM webhook_deliveries WHERE state <> 'waiting' AND at_ms < $1";
        writing!(self, |db| Ok(sqlx::query(text).bind(sql(before_ms)).execute(db).await?.rows_affected()))
    }
}
