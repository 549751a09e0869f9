//! Regions, schools, classrooms and pairings.

use super::error::Fault;
use super::kept::{Closable, Kept, Referrer, Removable, Stored, check_days, check_name, find, find_all};
use super::listing::Listed;
use super::needs::{check_open, check_school_open};
use super::row::{Columns, words};
use super::rules::broken;
use super::transaction::{Db, writing};
use super::value::Value;
use super::{Needed, Store, StoreError, sql, unix_ms};
use serde::{Deserialize, Serialize};
use timetable::check_subject;
use ts_rs::TS;
use utoipa::ToSchema;

words! {
    /// How large a region is, from the largest on: one lies in a larger one only.
    RegionLevel {
        /// 省.
        Province = "province",
        /// 市.
        City = "city",
        /// 县, 区.
        County = "county",
    }
}

words! {
    /// What kind of school.
    SchoolKind {
        /// A main school.
        Main = "main",
        /// A teaching point (教学点).
        Point = "point",
    }
}

words! {
    /// What kind of classroom.
    ClassroomKind {
        /// A recording room (录播教室).
        Recording = "recording",
        /// Any other.
        Ordinary = "ordinary",
    }
}

/// A region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct Region {
    /// Its id.
    #[serde(default)]
    #[schema(pattern = "^[A-Za-z0-9_-]{1,64}$", required = true)]
    pub id: String,
    /// The region it is a part of.
    pub parent: Option<String>,
    /// How large it is.
    pub level: RegionLevel,
    /// Its name on screen.
    pub name: String,
    /// Counted up with each change; 1 when made.
    #[serde(default)]
    #[schema(read_only, required = true)]
    pub version: u64,
}

/// A school.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct School {
    /// Its id.
    #[serde(default)]
    #[schema(pattern = "^[A-Za-z0-9_-]{1,64}$", required = true)]
    pub id: String,
    /// Its name on screen.
    pub name: String,
    /// Main school or teaching point.
    pub kind: SchoolKind,
    /// The region it is in.
    pub region: Option<String>,
    /// What its line carries upwards, in kbit/s: a budget for all its classrooms.
    pub uplink_kbit: Option<u64>,
    /// When it was closed, in milliseconds since 1970 (UTC).
    #[serde(default)]
    #[schema(read_only)]
    pub closed_ms: Option<u64>,
    /// Counted up with each change; 1 when made.
    #[serde(default)]
    #[schema(read_only, required = true)]
    pub version: u64,
}

impl School {
    /// One of which no more is known.
    pub fn new(id: impl Into<String>, name: impl Into<String>, kind: SchoolKind) -> Self {
        Self { id: id.into(), name: name.into(), kind, region: None, uplink_kbit: None, closed_ms: None, version: 1 }
    }
}

/// A classroom of a school.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct Classroom {
    /// Its id.
    #[serde(default)]
    #[schema(pattern = "^[A-Za-z0-9_-]{1,64}$", required = true)]
    pub id: String,
    /// The school's id.
    pub school: String,
    /// Its name on screen.
    pub name: String,
    /// How it is equipped.
    pub kind: ClassroomKind,
    /// When it was closed, in milliseconds since 1970 (UTC).
    #[serde(default)]
    #[schema(read_only)]
    pub closed_ms: Option<u64>,
    /// Counted up with each change; 1 when made.
    #[serde(default)]
    #[schema(read_only, required = true)]
    pub version: u64,
}

impl Classroom {
    /// An ordinary one.
    pub fn new(id: impl Into<String>, school: impl Into<String>, name: impl Into<String>) -> Self {
        Self { id: id.into(), school: school.into(), name: name.into(), kind: ClassroomKind::Ordinary, closed_ms: None, version: 1 }
    }
}

/// A host classroom and one of its receiving classrooms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct Pairing {
    /// Its id.
    #[serde(default)]
    #[schema(pattern = "^[A-Za-z0-9_-]{1,64}$", required = true)]
    pub id: String,
    /// The host classroom's id.
    pub host_classroom: String,
    /// The receiving classroom's id.
    pub receiving_classroom: String,
    /// The subject.
    pub subject: String,
    /// The term, for example `2026-autumn`.
    pub term: String,
    /// Its first day, as `YYYY-MM-DD`; none: the term's.
    pub from_day: Option<String>,
    /// Its last day, as `YYYY-MM-DD`; none: the term's.
    pub to_day: Option<String>,
    /// Counted up with each change; 1 when made.
    #[serde(default)]
    #[schema(read_only, required = true)]
    pub version: u64,
}

impl Kept for Region {}
impl Stored for Region {
    const NAME: &'static str = "region";
    const TABLE: &'static str = "regions";
    const COLUMNS: &'static [&'static str] = &["parent_id", "level", "name"];
    const OWNER: &'static str = "parent_id";

    fn id(&self) -> &str {
        &self.id
    }
    fn version(&self) -> u64 {
        self.version
    }
    fn check(&self) -> Result<(), StoreError> {
        if self.parent.as_ref() == Some(&self.id) {
            return Err(StoreError::invalid("parent of a region", &self.id, "give a larger region"));
        }
        check_name("name of a region", &self.name)
    }
    async fn check_beside(&self, db: &mut Db) -> Result<(), Fault> {
        // Whoever changes the region above or one within waits for it, and sees what was done.
        let lock = "UPDATE regions SET version = version WHERE id = $1 OR id = $2";
        sqlx::query(lock).bind(&self.id).bind(&self.parent).execute(&mut *db).await?;
        let old = find::<Self>(db, &self.id).await?;
        // What earlier versions let in keeps its place, so that it can be given another name.
        if old.as_ref().is_some_and(|old| old.parent == self.parent && old.level == self.level) {
            return Ok(());
        }
        let above = match &self.parent {
            Some(parent) => find::<Self>(db, parent).await?,
            None => None,
        };
        let within = match old {
            Some(old) if old.level != self.level => find_all::<Self>(db, "parent_id = $1", vec![(&self.id).into()]).await?,
            _ => Vec::new(),
        };
        if above.is_some_and(|above| above.level >= self.level) || within.iter().any(|within| within.level <= self.level) {
            return Err(StoreError::invalid("level of a region", self.level.name(), "give the region another level, or another parent").into());
        }
        Ok(())
    }
    fn values(&self) -> Vec<Value> {
        vec![(&self.parent).into(), self.level.name().into(), (&self.name).into()]
    }
    fn of(row: &Listed<'_>) -> Result<Self, Fault> {
        Ok(Self {
            id: row.text("id")?,
            parent: row.text_or_none("parent_id")?,
            level: row.word("region", "level")?,
            name: row.text("name")?,
            version: row.count("version")?,
        })
    }
}

impl Removable for Region {
    const REFERRERS: &'static [Referrer] = &[
        Referrer { what: "regions in it", counted: "FROM regions WHERE parent_id = $1" },
        Referrer { what: "schools", counted: "FROM schools WHERE region_id = $1" },
        Referrer { what: "alliances", counted: "FROM alliances WHERE region_id = $1" },
        Referrer { what: "terms", counted: "FROM terms WHERE region_id = $1" },
        Referrer { what: "people", counted: "FROM people WHERE region_id = $1" },
        Referrer { what: "roles", counted: "FROM grants WHERE scope = 'region' AND scope_id = $1 AND (to_ms IS NULL OR to_ms > {now_ms})" },
        Referrer { what: "webhooks", counted: "FROM webhooks WHERE region_id = $1" },
    ];
}

impl Kept for School {}
impl Closable for School {
    const NEEDED: Needed = Needed::AsSchool;
}
impl Stored for School {
    const NAME: &'static str = "school";
    const TABLE: &'static str = "schools";
    const COLUMNS: &'static [&'static str] = &["name", "kind", "region_id", "uplink_kbit"];
    const OWNER: &'static str = "region_id";
    const CREATED: bool = true;
    const CLOSES: bool = true;

    fn id(&self) -> &str {
        &self.id
    }
    fn version(&self) -> u64 {
        self.version
    }
    fn check(&self) -> Result<(), StoreError> {
        check_name("name of a school", &self.name)
    }
    fn values(&self) -> Vec<Value> {
        vec![(&self.name).into(), self.kind.name().into(), (&self.region).into(), self.uplink_kbit.into()]
    }
    fn of(row: &Listed<'_>) -> Result<Self, Fault> {
        Ok(Self {
            id: row.text("id")?,
            name: row.text("name")?,
            kind: row.word("school", "kind")?,
            region: row.text_or_none("region_id")?,
            uplink_kbit: row.count_or_none("uplink_kbit")?,
            closed_ms: row.count_or_none("closed_ms")?,
            version: row.count("version")?,
        })
    }
}

impl Kept for Classroom {}
impl Closable for Classroom {
    const NEEDED: Needed = Needed::AsClassroom;
}
impl Stored for Classroom {
    const NAME: &'static str = "classroom";
    const TABLE: &'static str = "classrooms";
    const COLUMNS: &'static [&'static str] = &["school_id", "name", "kind"];
    const OWNER: &'static str = "school_id";
    const CREATED: bool = true;
    const CLOSES: bool = true;

    fn id(&self) -> &str {
        &self.id
    }
    fn version(&self) -> u64 {
        self.version
    }
    fn check(&self) -> Result<(), StoreError> {
        check_name("name of a classroom", &self.name)
    }
    async fn check_beside(&self, db: &mut Db) -> Result<(), Fault> {
        let old = find::<Self>(db, &self.id).await?;
        check_school_open(db, Some(&self.school), old.as_ref().map(|old| old.school.as_str())).await
    }
    fn values(&self) -> Vec<Value> {
        vec![(&self.school).into(), (&self.name).into(), self.kind.name().into()]
    }
    fn of(row: &Listed<'_>) -> Result<Self, Fault> {
        Ok(Self {
            id: row.text("id")?,
            school: row.text("school_id")?,
            name: row.text("name")?,
            kind: row.word("classroom", "kind")?,
            closed_ms: row.count_or_none("closed_ms")?,
            version: row.count("version")?,
        })
    }
}

impl Kept for Pairing {}
impl Stored for Pairing {
    const NAME: &'static str = "pairing";
    const TABLE: &'static str = "pairings";
    const COLUMNS: &'static [&'static str] = &["host_classroom_id", "receiving_classroom_id", "subject", "term", "from_day", "to_day"];
    const OWNER: &'static str = "host_classroom_id";
    const CREATED: bool = true;

    fn id(&self) -> &str {
        &self.id
    }
    fn version(&self) -> u64 {
        self.version
    }
    fn check(&self) -> Result<(), StoreError> {
        if self.host_classroom == self.receiving_classroom {
            return Err(StoreError::invalid("receiving classroom", &self.receiving_classroom, "give another one than the host's"));
        }
        check_subject(&self.subject).map_err(broken("pairing", &self.id))?;
        check_days(self.from_day.as_deref(), self.to_day.as_deref())
    }
    async fn check_beside(&self, db: &mut Db) -> Result<(), Fault> {
        // One whose classroom was closed since is still given a last day.
        let old = find::<Self>(db, &self.id).await?;
        let before = old.as_ref().map(|old| [&old.host_classroom, &old.receiving_classroom]);
        let mut rooms = vec![self.host_classroom.clone(), self.receiving_classroom.clone()];
        rooms.retain(|room| !before.is_some_and(|before| before.contains(&room)));
        check_open(db, Vec::new(), rooms).await
    }
    fn values(&self) -> Vec<Value> {
        let rooms = [&self.host_classroom, &self.receiving_classroom, &self.subject, &self.term].map(Value::from);
        rooms.into_iter().chain([(&self.from_day).into(), (&self.to_day).into()]).collect()
    }
    fn of(row: &Listed<'_>) -> Result<Self, Fault> {
        Ok(Self {
            id: row.text("id")?,
            host_classroom: row.text("host_classroom_id")?,
            receiving_classroom: row.text("receiving_classroom_id")?,
            subject: row.text("subject")?,
            term: row.text("term")?,
            from_day: row.text_or_none("from_day")?,
            to_day: row.text_or_none("to_day")?,
            version: row.count("version")?,
        })
    }
}

impl Removable for Pairing {
    /// What was or is to be taught as it says.
    const REFERRERS: &'static [Referrer] = &[
        Referrer {
            what: "lessons",
            counted: "FROM lessons JOIN pairings ON pairings.id = $1 JOIN entries ON entries.id = lessons.entry_id JOIN lesson_receivers ON lesson_receivers.lesson_id = lessons.id \
             WHERE entries.term_id = pairings.term AND lessons.host_classroom_id = pairings.host_classroom_id \
             AND lesson_receivers.classroom_id = pairings.receiving_classroom_id AND lessons.subject = pairings.subject AND lessons.state <> 'cancelled' \
             AND (pairings.from_day IS NULL OR lessons.day >= pairings.from_day) AND (pairings.to_day IS NULL OR lessons.day <= pairings.to_day)",
        },
        Referrer {
            what: "entries",
            counted: "FROM entries JOIN pairings ON pairings.id = $1 JOIN entry_receivers ON entry_receivers.entry_id = entries.id \
             WHERE entries.term_id = pairings.term AND entries.host_classroom_id = pairings.host_classroom_id \
             AND entry_receivers.classroom_id = pairings.receiving_classroom_id AND entries.subject = pairings.subject AND entries.closed_ms IS NULL",
        },
    ];
    const REMEDY: &'static str = "give the pairing a last day instead";
}

impl Store {
    /// Writes a school, for set-up that may be repeated: one of the same id gets the new name and kind, whatever its version.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn put_school(&self, school: &School) -> Result<(), StoreError> {
        let text = "INSERT INTO schools (id, name, kind, created_ms) VALUES ($1, $2, $3, $4) \
                    ON CONFLICT (id) DO UPDATE SET name = excluded.name, kind = excluded.kind, version = schools.version + 1";
        writing!(self, |db| {
            let query = sqlx::query(text).bind(&school.id).bind(&school.name).bind(school.kind.name()).bind(sql(unix_ms()));
            Ok(query.execute(db).await.map(drop)?)
        })
    }

    /// Writes a classroom, for set-up that may be repeated: one of the same id gets the new name and school, whatever its version.
    ///
    /// # Errors
    /// [`StoreError::Reference`] where the school is not in the register, [`StoreError::Database`].
    pub async fn put_classroom(&self, classroom: &Classroom) -> Result<(), StoreError> {
        let text = "INSERT INTO classrooms (id, school_id, name, kind, created_ms) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO UPDATE SET \
                    name = excluded.name, school_id = excluded.school_id, kind = excluded.kind, version = classrooms.version + 1";
        writing!(self, |db| {
            let query = sqlx::query(text).bind(&classroom.id).bind(&classroom.school).bind(&classroom.name);
            Ok(query.bind(classroom.kind.name()).bind(sql(unix_ms())).execute(db).await.map(drop)?)
        })
    }

    /// Writes a pairing, for set-up that may be repeated: one of the same id is replaced, whatever its version.
    ///
    /// # Errors
    /// [`StoreError::Reference`] where a classroom is not in the register, [`StoreError::Database`] also where the same pairing has another id.
    pub async fn put_pairing(&self, pairing: &Pairing) -> Result<(), StoreError> {
        let text = "INSERT INTO pairings (id, host_classroom_id, receiving_classroom_id, subject, term, created_ms) VALUES ($1, $2, $3, $4, $5, $6) \
                    ON CONFLICT (id) DO UPDATE SET host_classroom_id = excluded.host_classroom_id, \
                    receiving_classroom_id = excluded.receiving_classroom_id, subject = excluded.subject, term = excluded.term, \
                    version = pairings.version + 1";
        writing!(self, |db| {
            let query = sqlx::query(text).bind(&pairing.id).bind(&pairing.host_classroom).bind(&pairing.receiving_classroom);
            Ok(query.bind(&pairing.subject).bind(&pairing.term).bind(sql(unix_ms())).execute(db).await.map(drop)?)
        })
    }
}
