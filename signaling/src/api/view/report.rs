//! What lessons were: attendance and statistics.

use super::{PersonName, Place};
use crate::store::InteractionKind;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

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

/// What became of the lessons planned for one region, alliance, school, host school, subject, teacher or week. A lesson counts once for each classroom that receives it.
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
    /// Not delivered: the classroom went dark.
    pub power: u64,
    /// Not delivered: the classroom's line failed.
    pub network: u64,
    /// Not delivered: the classroom did not come, or was there for too short a time.
    pub absent: u64,
    /// Not delivered: the host was at fault.
    pub host: u64,
    /// Minutes lost to faults of power, network or host.
    pub fault_minutes: u64,
    /// Pupils' heads counted in the delivered lessons.
    pub headcount: u64,
    /// Different classrooms something was planned for.
    pub classrooms: u64,
    /// Those of them that got at least one delivery.
    pub covered: u64,
    /// Different lessons, whatever the number of their classrooms; only where it is asked who taught: by teacher or host school, or of one.
    pub lessons: Option<u64>,
}

/// A row of `GET /deliveries`: a lesson as one classroom received it, or did not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct DeliveryLine {
    /// The lesson's id.
    pub lesson: String,
    /// Its title.
    pub title: String,
    /// When it was planned to begin, in milliseconds since 1970 (UTC).
    pub start_ms: u64,
    /// The period of the host's school.
    pub period: Option<u8>,
    /// Where it was taught.
    pub host: Option<Place>,
    /// Where it was to be received.
    pub place: Place,
    /// Who taught.
    pub teacher: Option<PersonName>,
    /// What was at fault: `power`, `network`, `absent`, `host` or `cancelled`; none: it was delivered.
    pub cause: Option<String>,
    /// The period, in seconds, as are the others.
    pub planned_s: u64,
    /// How long the host's media came to the classroom.
    pub received_s: u64,
    /// How long the classroom's media came to the server.
    pub sent_s: u64,
}
