//! Bodies of `/api/v1` that are not rows of the store as they stand.

use crate::store::{DeliveryState, Grant, InteractionKind, LessonKind, Person, PersonRole, Receiver, Scope, Webhook, WebhookEvent};
use protocol::LessonState;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use ts_rs::TS;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, SchemaType, Type};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

/// A part of a list, in a fixed order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Give it as `cursor` for the next page; none: this is the last.
    pub next: Option<String>,
}

// Written out: the macro gives the pages of all types one name.
impl<T: ToSchema> PartialSchema for Page<T> {
    fn schema() -> RefOr<Schema> {
        let items = ArrayBuilder::new().items(Ref::from_schema_name(T::name())).description(Some("The rows."));
        let next = ObjectBuilder::new().schema_type(SchemaType::from_iter([Type::String, Type::Null]));
        let next = next.description(Some("Give it as `cursor` for the next page; none: this is the last."));
        let page = ObjectBuilder::new().description(Some("A part of a list, in a fixed order."));
        page.property("items", items).property("next", next).required("items").required("next").into()
    }
}

impl<T: ToSchema> ToSchema for Page<T> {
    fn name() -> Cow<'static, str> {
        format!("PageOf{}", T::name()).into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((T::name().into_owned(), T::schema()));
        T::schemas(schemas);
    }
}

/// `POST /session`.
#[derive(Clone, Deserialize, Serialize, ToSchema, TS)]
pub struct SignIn {
    /// The person's login.
    #[schema(max_length = 64)]
    pub login: String,
    /// The password.
    #[schema(max_length = 256)]
    pub password: String,
    /// The 6 digits of the second factor; asked for with the problem `second_factor_needed`.
    #[serde(default)]
    #[ts(optional)]
    pub code: Option<String>,
}

/// Whether a person has a second factor, and whether this session proved it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
#[serde(rename_all = "snake_case")]
pub enum SecondFactor {
    /// No role of the person's asks for one, and none is set up.
    NotNeeded,
    /// It is to be set up before the administrator's roles hold; where it is set up, only to be given: the person came through an identity provider that did
    /// not ask for one.
    ToBeSetUp,
    /// It was given.
    Given,
}

/// Who is signed in: `GET /session`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct SessionView {
    /// The person.
    pub person: Person,
    /// The name of the person's school.
    pub school_name: Option<String>,
    /// What the person may; an administrator's role does not hold before the second factor.
    pub grants: Vec<GrantView>,
    /// The password is to be changed before anything else.
    pub must_change_password: bool,
    /// The second factor.
    pub second_factor: SecondFactor,
    /// The server's clock, in milliseconds since 1970 (UTC).
    pub now_ms: u64,
    /// The IANA name of the time zone that days and bells are in.
    pub time_zone: String,
}

/// `GET /oidc`: whether one can sign in through the district's identity provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct OidcView {
    /// What the button that leads to `/api/v1/oidc/start` says; none: there is no provider.
    pub name: Option<String>,
}

/// A grant with the name of where it holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct GrantView {
    /// The grant.
    #[serde(flatten)]
    pub grant: Grant,
    /// The name of the region, alliance, school or classroom.
    pub scope_name: Option<String>,
}

/// `PUT /session/password`.
#[derive(Clone, Deserialize, Serialize, ToSchema, TS)]
pub struct ChangePassword {
    /// The present one.
    #[schema(max_length = 256)]
    pub old: String,
    /// The new one: 10 to 256 characters.
    #[schema(min_length = 10, max_length = 256)]
    pub new: String,
}

/// `POST /session/second-factor`: a new secret, which holds once a code of it was given.
#[derive(Clone, Deserialize, Serialize, ToSchema, TS)]
pub struct SecondFactorSecret {
    /// In base 32, to be typed.
    pub secret: String,
    /// `otpauth://…`, to be shown as a QR code.
    pub uri: String,
}

/// `PUT /session/second-factor`.
#[derive(Clone, Deserialize, Serialize, ToSchema, TS)]
pub struct SecondFactorCode {
    /// 6 digits.
    #[schema(pattern = "^[0-9]{6}$")]
    pub code: String,
}

/// `POST /people`: a person, and a first password that is to be changed.
#[derive(Clone, Deserialize, Serialize, ToSchema, TS)]
pub struct NewPerson {
    /// Given by the service where it is missing.
    #[serde(default)]
    #[schema(pattern = "^[A-Za-z0-9_-]{0,64}$")]
    #[ts(optional)]
    pub id: Option<String>,
    /// What the person signs in with; 1 to 64 characters without spaces.
    #[schema(min_length = 1, max_length = 64)]
    pub login: String,
    /// The name on screen.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// The school it belongs to.
    #[serde(default)]
    pub school: Option<String>,
    /// The region it belongs to.
    #[serde(default)]
    pub region: Option<String>,
    /// Roles to begin with.
    #[serde(default)]
    pub grants: Vec<NewGrant>,
}

/// A person that was made, and how it comes in for the first time.
#[derive(Clone, Deserialize, Serialize, ToSchema, TS)]
pub struct NewPersonView {
    /// The person.
    pub person: Person,
    /// Shown this once: with it the person sets its password.
    pub reset: ResetView,
}

/// `POST /people/{id}/grants`.
#[derive(Clone, Deserialize, Serialize, ToSchema, TS)]
pub struct NewGrant {
    /// As what.
    pub role: PersonRole,
    /// Where.
    pub scope: Scope,
    /// The region, alliance, school or classroom; none for everything.
    #[serde(default)]
    pub scope_id: Option<String>,
}

/// `POST /people/{id}/reset`: shown once.
#[derive(Clone, Deserialize, Serialize, ToSchema, TS)]
pub struct ResetView {
    /// To be told to the person; holds once.
    pub token: String,
    /// Until when, in milliseconds since 1970 (UTC).
    pub expires_ms: u64,
}

/// `POST /password-resets`.
#[derive(Clone, Deserialize, Serialize, ToSchema, TS)]
pub struct UseReset {
    /// What the administrator told.
    #[schema(max_length = 100)]
    pub token: String,
    /// The new password: 10 to 256 characters.
    #[schema(min_length = 10, max_length = 256)]
    pub password: String,
}

/// A classroom with the names a person knows it by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct Place {
    /// The classroom's id.
    pub classroom: String,
    /// Its name.
    pub name: String,
    /// Its school's id.
    pub school: String,
    /// Its school's name.
    pub school_name: String,
}

/// A classroom that receives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct ReceiverView {
    /// Which.
    #[serde(flatten)]
    pub place: Place,
    /// Whether it may be called on and is heard.
    pub interactive: bool,
}

/// A person by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct PersonName {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
}

/// A lesson of the timetable, with names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct PlannedLessonView {
    /// The id.
    pub id: String,
    /// The title.
    pub title: String,
    /// The subject.
    pub subject: Option<String>,
    /// One of the three classrooms.
    pub kind: Option<LessonKind>,
    /// Where it stands.
    pub state: LessonState,
    /// The day of the entry it stands for, as `YYYY-MM-DD`.
    pub day: Option<String>,
    /// The period of the host's school.
    pub period: Option<u8>,
    /// Planned, in milliseconds since 1970 (UTC).
    pub start_ms: u64,
    /// Planned, in milliseconds since 1970 (UTC).
    pub end_ms: u64,
    /// Who teaches.
    pub teacher: Option<PersonName>,
    /// Who assists.
    pub assistants: Vec<PersonName>,
    /// Where it is taught.
    pub host: Option<Place>,
    /// Who receives it.
    pub receivers: Vec<ReceiverView>,
    /// Why it is cancelled or not as planned.
    pub reason: Option<String>,
    /// Whether a person changed it, so that the timetable does so no more.
    pub changed_by_hand: bool,
    /// The entry it came from.
    pub entry: Option<String>,
    /// For `If-Match`.
    pub version: u64,
}

/// `POST /lessons` and `PUT /lessons/{id}`: a lesson outside the timetable, or changed by hand. On a change what is missing stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
#[serde(default)]
pub struct LessonDraft {
    /// 1 to 200 characters.
    #[ts(optional)]
    pub title: Option<String>,
    /// The subject.
    #[ts(optional)]
    pub subject: Option<String>,
    /// One of the three classrooms.
    #[ts(optional)]
    pub kind: Option<LessonKind>,
    /// In milliseconds since 1970 (UTC).
    #[ts(optional)]
    pub start_ms: Option<u64>,
    /// In milliseconds since 1970 (UTC); after the beginning, within a day of it.
    #[ts(optional)]
    pub end_ms: Option<u64>,
    /// The lead teacher's id.
    #[ts(optional)]
    pub teacher: Option<String>,
    /// The assisting teachers' ids.
    #[ts(optional)]
    pub assistants: Option<Vec<String>>,
    /// The host's classroom.
    #[ts(optional)]
    pub host_classroom: Option<String>,
    /// Who receives it.
    #[ts(optional)]
    pub receivers: Option<Vec<Receiver>>,
    /// Why it is not as planned.
    #[ts(optional)]
    pub reason: Option<String>,
}

/// `POST /lessons/{id}/cancel`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct CancelLesson {
    /// Why: 1 to 200 characters.
    #[schema(min_length = 1, max_length = 200)]
    pub reason: String,
}

/// `POST /lessons/{id}/join`: how to come into the lesson over the WebSocket.
#[derive(Clone, Deserialize, Serialize, ToSchema, TS)]
pub struct JoinView {
    /// The token for `join`; holds for the lesson, until a while after its end.
    pub token: String,
    /// What one is in the lesson: `host`, `classroom`, `observer` or `operator`.
    pub role: String,
    /// The page to open; the token goes behind `#token=`.
    pub page: String,
}

/// `POST /terms/{id}/lessons`: what making the lessons of a term did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct MakeReport {
    /// Lessons made.
    pub created: usize,
    /// Lessons changed.
    pub updated: usize,
    /// Lessons cancelled.
    pub cancelled: usize,
    /// Lessons that differ from the timetable and stay, with the reason, in the language asked for; the first 1,000.
    pub kept: Vec<String>,
    /// Dates on which an entry is not taught, with the reason; the first 1,000.
    pub skipped: Vec<String>,
    /// Dates that got no lesson because their time is past.
    pub past: usize,
}

/// `POST /terms/{id}/import`: what was read. Nothing is stored where there is an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct ImportReport {
    /// Entries made.
    pub created: usize,
    /// Entries that were there already, with the same content.
    pub unchanged: usize,
    /// What is wrong, by row; empty when all was stored.
    pub errors: Vec<RowError>,
    /// What making the lessons did; none where nothing was stored.
    pub lessons: Option<MakeReport>,
}

/// A bad cell or row of a sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct RowError {
    /// From 1, as the sheet counts.
    pub row: Option<usize>,
    /// As the sheet names it: `C`.
    pub column: Option<String>,
    /// Names the value and the remedy, in the language asked for.
    pub message: String,
}

/// A time in which two schools' periods overlap (会合时段).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct WindowView {
    /// The receiving classroom.
    pub place: Place,
    /// Minutes that the host's period and a period of the receiver have in common.
    pub common_min: u32,
    /// Fewer than 30 minutes.
    pub short: bool,
    /// In words, in the language asked for.
    pub message: String,
}

/// `POST /device-codes`: what a panel shows until somebody confirms it.
#[derive(Clone, Deserialize, Serialize, ToSchema, TS)]
pub struct NewDeviceCode {
    /// Its id.
    pub id: String,
    /// 6 digits, to be shown.
    pub code: String,
    /// The bearer token the panel asks `GET /device-codes/{id}` with; not to be shown.
    pub poll_token: String,
    /// Until when, in milliseconds since 1970 (UTC).
    pub expires_ms: u64,
}

/// `GET /device-codes/{id}`.
#[derive(Clone, Deserialize, Serialize, ToSchema, TS)]
pub struct DeviceCodeView {
    /// Whether an administrator confirmed it.
    pub confirmed: bool,
    /// The device's token, told once with the confirmation; the panel keeps it.
    pub token: Option<String>,
    /// Where the panel is.
    pub place: Option<Place>,
}

/// `POST /devices`: an administrator confirms the code that a panel shows.
#[derive(Clone, Deserialize, Serialize, ToSchema, TS)]
pub struct BindDevice {
    /// 6 digits.
    #[schema(pattern = "^[0-9]{6}$")]
    pub code: String,
    /// Where the panel is.
    pub classroom: String,
    /// What to call it: 1 to 200 characters.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
}

/// A bound device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct DeviceView {
    /// Its id.
    pub id: String,
    /// Where it is.
    pub place: Place,
    /// What it is called.
    pub name: String,
    /// In milliseconds since 1970 (UTC).
    pub bound_ms: u64,
    /// Since when its token lets nobody in.
    pub revoked_ms: Option<u64>,
    /// When it was last heard of.
    pub seen_ms: Option<u64>,
}

/// `GET /today`, with a device's token or by a person who teaches or assists: the lessons of the day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct Today {
    /// Where the panel is; none for a person.
    pub place: Option<Place>,
    /// As `YYYY-MM-DD`, in the service's time zone.
    pub day: String,
    /// The server's clock, in milliseconds since 1970 (UTC).
    pub now_ms: u64,
    /// The IANA name of the time zone.
    pub time_zone: String,
    /// By beginning.
    pub lessons: Vec<PlannedLessonView>,
}

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

/// `PUT /lessons/{id}/headcount`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct Headcount {
    /// Pupils, 0 to 500.
    #[schema(maximum = 500)]
    pub count: u32,
    /// The receiving classroom; a device's own where it is missing.
    #[serde(default)]
    #[ts(optional)]
    pub classroom: Option<String>,
}

/// A time in which a classroom was connected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct Interval {
    /// In milliseconds since 1970 (UTC).
    pub joined_ms: u64,
    /// In milliseconds since 1970 (UTC); none while connected.
    pub left_ms: Option<u64>,
    /// It left by itself, or the lesson ended with it; otherwise it vanished, or is there.
    pub goodbye: bool,
}

/// A raised hand, a call or an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct InteractionView {
    /// Which.
    pub kind: InteractionKind,
    /// In milliseconds since 1970 (UTC).
    pub at_ms: u64,
    /// In milliseconds since 1970 (UTC); none while it lasts.
    pub until_ms: Option<u64>,
    /// How long it spoke in that time, in milliseconds.
    pub speech_ms: u64,
}

/// What passed between the server and a classroom in one minute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct MinuteView {
    /// Its beginning, in milliseconds since 1970 (UTC).
    pub minute_ms: u64,
    /// Seconds in which media came to the classroom.
    pub received_s: u32,
    /// Seconds in which media came from the classroom.
    pub sent_s: u32,
    /// Bits per second to the classroom, over those seconds.
    pub received_bps: u64,
    /// Bits per second from the classroom, over those seconds.
    pub sent_bps: u64,
    /// Share of packets lost on the way to the classroom, 0 to 1.
    pub received_loss: f64,
    /// Share of packets lost on the way from the classroom, 0 to 1.
    pub sent_loss: f64,
    /// Mean round trip, in milliseconds.
    pub rtt_ms: Option<u32>,
    /// How long nothing came although the host sent, in milliseconds.
    pub freeze_ms: u32,
    /// How long the class spoke, in milliseconds.
    pub speech_ms: u32,
}

/// Whether a lesson was delivered to a classroom, once that is decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct DeliveryView {
    /// Media flowed for 80 % of the period.
    pub delivered: bool,
    /// What was at fault: `power`, `network`, `absent`, `cancelled` or `host`.
    pub cause: Option<String>,
    /// The period, in seconds, as are the others.
    pub planned_s: u64,
    /// How long the host's media came to the classroom.
    pub received_s: u64,
    /// How long the classroom's media came to the server.
    pub sent_s: u64,
    /// How long something was at fault.
    pub fault_s: u64,
    /// There within a minute of the bell.
    pub punctual: bool,
}

/// What a receiving classroom got of a lesson.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct AttendanceView {
    /// Which.
    pub place: Place,
    /// When it was connected, in the order of joining.
    pub intervals: Vec<Interval>,
    /// Pupils, as counted last.
    pub headcount: Option<u32>,
    /// In the order of time.
    pub interactions: Vec<InteractionView>,
    /// In the order of time; a minute in which the server was started anew has two.
    pub minutes: Vec<MinuteView>,
    /// None before it is decided.
    pub delivery: Option<DeliveryView>,
}

/// `GET /statistics`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct StatisticsView {
    /// All rows together.
    pub total: StatisticsLine,
    /// By what was asked for, in the order of names (weeks: of numbers).
    pub rows: Vec<StatisticsLine>,
}

/// What became of the lessons planned for one region, alliance, school, subject, teacher or week. A lesson counts once for each classroom that receives it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema, TS)]
#[ts(rename = "StatisticsRow")]
pub struct StatisticsLine {
    /// The id, subject or week's number; empty for the total.
    pub key: String,
    /// Its name on screen.
    pub name: String,
    /// Deliveries planned until now.
    pub planned: u64,
    /// Deliveries during which media flowed for 80 % of the period.
    pub delivered: u64,
    /// `delivered ÷ planned` (开课率), 0 to 1; none where nothing was planned.
    pub opening_rate: Option<f64>,
    /// Share of the deliveries that began on time, 0 to 1.
    pub punctuality: Option<f64>,
    /// Share of the planned classrooms that got at least one delivery, 0 to 1.
    pub coverage: Option<f64>,
    /// Share of the deliveries in which the class was called on or raised its hand, 0 to 1.
    pub interaction: Option<f64>,
    /// Cancelled.
    pub cancelled: u64,
    /// Minutes lost to faults of power, network or host.
    pub fault_minutes: u64,
    /// Pupils' heads counted in the delivered lessons.
    pub headcount: u64,
}
