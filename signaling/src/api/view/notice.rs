//! Calendar feeds, webhooks, the audit log.

use super::{PersonName, Place};
use crate::store::{DeliveryState, LessonKind, Webhook, WebhookEvent};
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

/// `POST /calendars/…/{id}/token`: shown once.
#[derive(Clone, Deserialize, Serialize, ToSchema, TS)]
pub struct FeedTokenView {
    /// Where the feed is, on this server.
    pub path: String,
    /// The password that calendar programs give, with any user name.
    pub token: String,
}

/// `POST /webhooks`: a webhook that was made.
#[derive(Clone, Deserialize, Serialize, ToSchema, TS)]
pub struct NewWebhookView {
    /// The webhook.
    pub webhook: Webhook,
    /// What is told is signed with it; shown this once.
    pub secret: String,
}

/// What a webhook is told: the body of each request to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct WebhookMessage {
    /// The event's id: the same for every webhook and every attempt.
    pub id: String,
    /// What happened.
    pub event: WebhookEvent,
    /// When, in milliseconds since 1970 (UTC).
    pub at_ms: u64,
    /// In which lesson.
    pub lesson: WebhookLesson,
    /// Which classroom came or went.
    pub classroom: Option<Place>,
}

/// A lesson as a webhook is told of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct WebhookLesson {
    /// The id.
    pub id: String,
    /// The title.
    pub title: String,
    /// The subject.
    pub subject: Option<String>,
    /// One of the three classrooms; none for a lesson outside of the timetable.
    pub kind: Option<LessonKind>,
    /// Planned, in milliseconds since 1970 (UTC).
    pub start_ms: Option<u64>,
    /// Planned, in milliseconds since 1970 (UTC).
    pub end_ms: Option<u64>,
    /// The id of who teaches.
    pub teacher: Option<String>,
    /// Where it is taught.
    pub host: Option<Place>,
    /// Where it is received.
    pub receivers: Vec<Place>,
}

/// A row of `GET /webhooks/{id}/deliveries`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct WebhookDeliveryView {
    /// Its id, as in the header `Tongke-Delivery`.
    pub id: String,
    /// What happened.
    pub event: WebhookEvent,
    /// When, in milliseconds since 1970 (UTC).
    pub at_ms: u64,
    /// What became of it.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: u32,
    /// The status that the last attempt was answered with.
    pub status: Option<u16>,
    /// Why the last attempt did not succeed.
    pub error: Option<String>,
    /// When it is tried next, while it waits; in milliseconds since 1970 (UTC).
    pub next_ms: Option<u64>,
    /// When it was taken or given up, in milliseconds since 1970 (UTC).
    pub done_ms: Option<u64>,
}

/// A row of the audit log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct AuditView {
    /// Its id.
    pub id: String,
    /// When, in milliseconds since 1970 (UTC).
    pub at_ms: u64,
    /// Who; none: the machine's operator, or a device.
    pub person: Option<PersonName>,
    /// From which address.
    pub address: String,
    /// What: `create`, `update`, `close`, …
    pub act: String,
    /// To what kind of thing.
    pub thing: String,
    /// To which.
    pub thing_id: String,
    /// In words.
    pub detail: String,
}
