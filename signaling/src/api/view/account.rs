//! Signing in, people, roles.

use crate::store::{Grant, Person, PersonRole, Scope};
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

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

/// A person as the list of people tells of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct PersonView {
    /// The person.
    #[serde(flatten)]
    pub person: Person,
    /// What it may, where `grants=true` was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub grants: Option<Vec<GrantView>>,
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
