//! Alliances of schools and who is in them.

use super::StoreError;
use super::error::Fault;
use super::kept::{Closable, Kept, Part, Stored, check_days, check_name};
use super::listing::Listed;
use super::row::{Columns, words};
use super::value::Value;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

words! {
    /// What a school is in an alliance.
    MemberRole {
        /// Leads (牵头).
        Lead = "lead",
        /// Works with it (协作).
        Collaborating = "collaborating",
        /// Is paired (对子).
        Paired = "paired",
    }
}

/// A school in an alliance, for a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct Member {
    /// The school's id.
    pub school: String,
    /// As what.
    pub role: MemberRole,
    /// Its first day, as `YYYY-MM-DD`.
    pub from_day: String,
    /// Its last day, as `YYYY-MM-DD`; none while it lasts.
    pub to_day: Option<String>,
}

impl Member {
    /// Whether this is the same membership as another one, and lasts no longer.
    pub fn is_within(&self, other: &Self) -> bool {
        let no_longer = other.to_day.is_none() || self.to_day.as_ref().is_some_and(|day| other.to_day.as_ref().is_some_and(|other| day <= other));
        self.school == other.school && self.from_day == other.from_day && no_longer
    }
}

/// An alliance (联盟) of schools.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct Alliance {
    /// Its id.
    #[serde(default)]
    #[schema(pattern = "^[A-Za-z0-9_-]{1,64}$", required = true)]
    pub id: String,
    /// The region it is of.
    pub region: String,
    /// Its name on screen.
    pub name: String,
    /// Who is or was in it, by school and day.
    pub members: Vec<Member>,
    /// When it was closed, in milliseconds since 1970 (UTC).
    #[serde(default)]
    #[schema(read_only)]
    pub closed_ms: Option<u64>,
    /// Counted up with each change, also of members; 1 when made.
    #[serde(default)]
    #[schema(read_only, required = true)]
    pub version: u64,
}

impl Kept for Alliance {}
impl Closable for Alliance {}
impl Stored for Alliance {
    const NAME: &'static str = "alliance";
    const TABLE: &'static str = "alliances";
    const COLUMNS: &'static [&'static str] = &["region_id", "name"];
    const OWNER: &'static str = "region_id";
    const CLOSES: bool = true;
    const PARTS: &'static [Part] =
        &[Part { table: "alliance_members", owner: "alliance_id", columns: &["school_id", "role", "from_day", "to_day"], order: "school_id, from_day" }];

    fn id(&self) -> &str {
        &self.id
    }
    fn version(&self) -> u64 {
        self.version
    }
    fn check(&self) -> Result<(), StoreError> {
        check_name("name of an alliance", &self.name)?;
        self.members.iter().try_for_each(|member| check_days(Some(&member.from_day), member.to_day.as_deref()))
    }
    fn values(&self) -> Vec<Value> {
        vec![(&self.region).into(), (&self.name).into()]
    }
    fn of(row: &Listed<'_>) -> Result<Self, Fault> {
        Ok(Self {
            id: row.text("id")?,
            region: row.text("region_id")?,
            name: row.text("name")?,
            members: Vec::new(),
            closed_ms: row.count_or_none("closed_ms")?,
            version: row.count("version")?,
        })
    }
    fn parts(&self) -> Vec<Vec<Vec<Value>>> {
        let member = |member: &Member| vec![(&member.school).into(), member.role.name().into(), (&member.from_day).into(), (&member.to_day).into()];
        vec![self.members.iter().map(member).collect()]
    }
    fn take_part(&mut self, _part: usize, row: &Listed<'_>) -> Result<(), Fault> {
        self.members.push(Member {
            school: row.text("school_id")?,
            role: row.word("member", "role")?,
            from_day: row.text("from_day")?,
            to_day: row.text_or_none("to_day")?,
        });
        Ok(())
    }
}
