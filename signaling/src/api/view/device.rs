//! Panels, and the day they show.

use super::{Place, PlannedLessonView};
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

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
