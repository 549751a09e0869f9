//! People: who they are, what they may, and how they prove it.

use super::counters::{Counter, count};
use super::error::Fault;
use super::kept::{Closable, Kept, Stored, check_name, find, insert};
use super::listing::{self, Listed, among, listed};
use super::needs::check_school_open;
use super::row::{Columns, words};
use super::transaction::{Db, reading, writing};
use super::value::Value;
use super::{Needed, Store, StoreError, kept, sql};
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use std::collections::HashMap;
use ts_rs::TS;
use utoipa::ToSchema;

words! {
    /// What a person may be.
    PersonRole {
        /// Lead teacher (主讲教师).
        Teacher = "teacher",
        /// Assisting teacher (助教).
        Assistant = "assistant",
        /// Observer (教研员、听课教师).
        Observer = "observer",
        /// Inspector (视导).
        Inspector = "inspector",
        /// School administrator.
        SchoolAdmin = "school_admin",
        /// Administrator of an alliance.
        AllianceAdmin = "alliance_admin",
        /// District or county operator (县/市运维).
        CountyOperator = "county_operator",
        /// Editor of the library.
        LibraryEditor = "library_editor",
    }
}

words! {
    /// Where a grant holds.
    Scope {
        /// Everywhere; it has no id.
        Everything = "everything",
        /// In a region and the regions and schools in it.
        Region = "region",
        /// In the schools of an alliance.
        Alliance = "alliance",
        /// In a school.
        School = "school",
        /// In a classroom.
        Classroom = "classroom",
    }
}

/// A person; what it proves itself with is a [`Credentials`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct Person {
    /// Its id; never given to another person.
    #[serde(default)]
    #[schema(pattern = "^[A-Za-z0-9_-]{1,64}$", required = true)]
    pub id: String,
    /// What it is called at login, as it is to be compared; no two have the same.
    pub login: String,
    /// Its name on screen.
    pub name: String,
    /// The school it belongs to.
    pub school: Option<String>,
    /// The region it belongs to.
    pub region: Option<String>,
    /// When it was closed, in milliseconds since 1970 (UTC); a closed person is not let in.
    #[serde(default)]
    #[schema(read_only)]
    pub closed_ms: Option<u64>,
    /// Counted up with each change of what is here; 1 when made.
    #[serde(default)]
    #[schema(read_only, required = true)]
    pub version: u64,
}

/// What a person proves itself with. Not a part of [`Person`], so that a change of the name cannot undo one of the password.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Credentials {
    /// The password's hash, in the form that names its own parameters; none: no password lets in.
    pub password_hash: Option<String>,
    /// Whether the password is to be changed before anything else.
    pub must_change: bool,
    /// The secret of the one-time codes, as the caller locks it.
    pub totp_secret: Option<String>,
    /// Since when the codes are asked for, in milliseconds since 1970 (UTC); none while they are being set up.
    pub totp_since_ms: Option<u64>,
    /// The last time step a code was taken of.
    pub totp_last_step: Option<u64>,
    /// Failed attempts since the last success.
    pub failed: u32,
    /// Until when nothing lets in, in milliseconds since 1970 (UTC).
    pub locked_until_ms: Option<u64>,
}

impl std::fmt::Debug for Credentials {
    /// Without the secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Credentials {{ must_change: {}, failed: {}, … }}", self.must_change, self.failed)
    }
}

/// What a person may, where and when. It is never changed, only ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct Grant {
    /// Its id.
    #[serde(default)]
    #[schema(pattern = "^[A-Za-z0-9_-]{1,64}$", required = true)]
    pub id: String,
    /// Whose.
    pub person: String,
    /// As what.
    pub role: PersonRole,
    /// Where.
    pub scope: Scope,
    /// The region, alliance, school or classroom; none for everything.
    pub scope_id: Option<String>,
    /// From when, in milliseconds since 1970 (UTC).
    pub from_ms: u64,
    /// Until when; none: until it is ended.
    pub to_ms: Option<u64>,
    /// Who gave it; none: the operator of the machine.
    pub granted_by: Option<String>,
}

impl Grant {
    /// Whether it holds at a time, in milliseconds since 1970 (UTC).
    pub(crate) fn holds(&self, at_ms: u64) -> bool {
        self.from_ms <= at_ms && self.to_ms.is_none_or(|to_ms| to_ms > at_ms)
    }
}

impl Kept for Person {}
impl Closable for Person {
    const NEEDED: Needed = Needed::ToTeach;
}
impl Stored for Person {
    const NAME: &'static str = "person";
    const TABLE: &'static str = "people";
    const COLUMNS: &'static [&'static str] = &["login", "name", "school_id", "region_id"];
    const OWNER: &'static str = "school_id";
    const CREATED: bool = true;
    const CLOSES: bool = true;
    const UNIQUE: Option<&'static str> = Some("login");
    const COUNTER: Option<Counter> = Some(Counter::Accounts);

    fn id(&self) -> &str {
        &self.id
    }
    fn version(&self) -> u64 {
        self.version
    }
    fn unique(&self) -> &str {
        &self.login
    }
    fn check(&self) -> Result<(), StoreError> {
        let usable = (1..=64).contains(&self.login.chars().count()) && !self.login.chars().any(|sign| sign.is_whitespace() || sign.is_control());
        if !usable {
            return Err(StoreError::invalid("login", &self.login, "use 1 to 64 characters without spaces"));
        }
        check_name("name of a person", &self.name)
    }
    async fn check_beside(&self, db: &mut Db) -> Result<(), Fault> {
        let old = find::<Self>(db, &self.id).await?;
        check_school_open(db, self.school.as_deref(), old.as_ref().and_then(|old| old.school.as_deref())).await
    }
    fn values(&self) -> Vec<Value> {
        vec![(&self.login).into(), (&self.name).into(), (&self.school).into(), (&self.region).into()]
    }
    fn of(row: &Listed<'_>) -> Result<Self, Fault> {
        person(row)
    }
}

pub(crate) fn person(row: &impl Columns) -> Result<Person, Fault> {
    Ok(Person {
        id: row.text("id")?,
        login: row.text("login")?,
        name: row.text("name")?,
        school: row.text_or_none("school_id")?,
        region: row.text_or_none("region_id")?,
        closed_ms: row.count_or_none("closed_ms")?,
        version: row.count("version")?,
    })
}

fn credentials(row: &AnyRow) -> Result<Credentials, Fault> {
    Ok(Credentials {
        password_hash: row.text_or_none("password_hash")?,
        must_change: row.truth("must_change")?,
        totp_secret: row.text_or_none("totp_secret")?,
        totp_since_ms: row.count_or_none("totp_since_ms")?,
        totp_last_step: row.count_or_none("totp_last_step")?,
        failed: row.small("failed")?,
        locked_until_ms: row.count_or_none("locked_until_ms")?,
    })
}

fn grant(row: &impl Columns) -> Result<Grant, Fault> {
    Ok(Grant {
        id: row.text("id")?,
        person: row.text("person_id")?,
        role: row.word("grant", "role")?,
        scope: row.word("grant", "scope")?,
        scope_id: row.text_or_none("scope_id")?,
        from_ms: row.count("from_ms")?,
        to_ms: row.count_or_none("to_ms")?,
        granted_by: row.text_or_none("granted_by")?,
    })
}

impl Store {
    /// Makes a person with a password that is to be changed at once or not.
    ///
    /// # Errors
    /// As [`Store::create`]; [`StoreError::Exists`] also where another person has the login.
    pub async fn create_person(&self, person: &Person, password_hash: &str, must_change: bool, now_ms: u64) -> Result<(), StoreError> {
        kept::check(person)?;
        writing!(self, |db| {
            insert(db, self.engine, person, now_ms).await?;
            let query = sqlx::query("UPDATE people SET password_hash = $2, must_change = $3 WHERE id = $1").bind(&person.id);
            query.bind(password_hash).bind(i64::from(must_change)).execute(db).await?;
            Ok(())
        })
    }

    /// The person of a login, also a closed one, with what it proves itself with.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn person_by_login(&self, login: &str) -> Result<Option<(Person, Credentials)>, StoreError> {
        reading!(self, |db| {
            let found = sqlx::query("SELECT id FROM people WHERE login = $1").bind(login).fetch_optional(&mut *db).await?;
            let Some(row) = found else { return Ok(None) };
            let id = row.text("id")?;
            let person = find::<Person>(db, &id).await?;
            Ok(person.zip(read_credentials(db, &id).await?))
        })
    }

    /// All logins, also of closed people, by the ids of their people.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn logins(&self) -> Result<Vec<(String, String)>, StoreError> {
        reading!(self, |db| {
            let rows = listed(db, &["id", "login"], "FROM people ORDER BY id", Vec::new()).await?;
            rows.iter().map(|row| Ok((row.text("id")?, row.text("login")?))).collect()
        })
    }

    /// Writes the same login in another form, unless it was changed since it was read, or somebody has it: whether it was written.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn rewrite_login(&self, person: &str, read: &str, written: &str) -> Result<bool, StoreError> {
        let text = "UPDATE people SET login = $3, version = version + 1 WHERE id = $1 AND login = $2 AND NOT EXISTS (SELECT 1 FROM people WHERE login = $3)";
        writing!(self, |db| {
            let written = sqlx::query(text).bind(person).bind(read).bind(written).execute(&mut *db).await?.rows_affected() > 0;
            count(db, Counter::Accounts).await?;
            Ok(written)
        })
    }

    /// The names of people, by their ids; of ids that nobody has there is none.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn person_names(&self, ids: &[String]) -> Result<HashMap<String, String>, StoreError> {
        reading!(self, |db| {
            let rest = format!("FROM people WHERE id {}", among(db));
            let rows = listed(db, &["id", "name"], &rest, vec![listing::ids(db, ids).as_str().into()]).await?;
            rows.iter().map(|row| Ok((row.text("id")?, row.text("name")?))).collect()
        })
    }

    /// What a person proves itself with.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn credentials(&self, person: &str) -> Result<Option<Credentials>, StoreError> {
        reading!(self, |db| read_credentials(db, person).await)
    }

    /// Sets the password; failed attempts and a lock are forgotten, and links that would reset it are good no more.
    ///
    /// # Errors
    /// [`StoreError::Missing`], [`StoreError::Database`].
    pub async fn set_password(&self, person: &str, password_hash: &str, must_change: bool) -> Result<(), StoreError> {
        let text = "UPDATE people SET password_hash = $2, must_change = $3, failed = 0, locked_until_ms = NULL WHERE id = $1";
        writing!(self, |db| {
            let query = sqlx::query(text).bind(person).bind(password_hash).bind(i64::from(must_change));
            there(query.execute(&mut *db).await?.rows_affected(), person)?;
            sqlx::query("DELETE FROM password_resets WHERE person_id = $1").bind(person).execute(&mut *db).await?;
            Ok(count(db, Counter::Accounts).await?)
        })
    }

    /// Sets, confirms (`since_ms`) or takes away the secret of the one-time codes.
    ///
    /// # Errors
    /// [`StoreError::Missing`], [`StoreError::Database`].
    pub async fn set_totp(&self, person: &str, secret: Option<&str>, since_ms: Option<u64>) -> Result<(), StoreError> {
        let text = "UPDATE people SET totp_secret = $2, totp_since_ms = $3, totp_last_step = NULL WHERE id = $1";
        writing!(self, |db| there(sqlx::query(text).bind(person).bind(secret).bind(since_ms.map(sql)).execute(db).await?.rows_affected(), person))
    }

    /// The secrets of all one-time codes as they are stored, by the ids of their people.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn totp_secrets(&self) -> Result<Vec<(String, String)>, StoreError> {
        let text = "SELECT id, totp_secret FROM people WHERE totp_secret IS NOT NULL ORDER BY id";
        reading!(self, |db| sqlx::query(text).fetch_all(db).await?.iter().map(|row| Ok((row.text("id")?, row.text("totp_secret")?))).collect())
    }

    /// Writes the same secret of one-time codes in another form, unless it was changed since it was read.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn rewrite_totp(&self, person: &str, read: &str, written: &str) -> Result<(), StoreError> {
        let text = "UPDATE people SET totp_secret = $3 WHERE id = $1 AND totp_secret = $2";
        writing!(self, |db| Ok(sqlx::query(text).bind(person).bind(read).bind(written).execute(db).await.map(drop)?))
    }

    /// Uses up a time step of the one-time codes: whether it is later than any used before. Of two who use the same one, one is told so.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn use_totp_step(&self, person: &str, step: u64) -> Result<bool, StoreError> {
        let text = "UPDATE people SET totp_last_step = $2 WHERE id = $1 AND (totp_last_step IS NULL OR totp_last_step < $2)";
        writing!(self, |db| Ok(sqlx::query(text).bind(person).bind(sql(step)).execute(db).await?.rows_affected() > 0))
    }

    /// Counts a failed attempt and returns how many there are since the last success.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn count_failure(&self, person: &str) -> Result<u32, StoreError> {
        writing!(self, |db| {
            sqlx::query("UPDATE people SET failed = failed + 1 WHERE id = $1").bind(person).execute(&mut *db).await?;
            Ok(read_credentials(db, person).await?.map_or(0, |credentials| credentials.failed))
        })
    }

    /// Lets nothing in until a time, or (none) forgets lock and failed attempts.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn lock_person(&self, person: &str, until_ms: Option<u64>) -> Result<(), StoreError> {
        let text = "UPDATE people SET locked_until_ms = $2, failed = CASE WHEN $3 = 1 THEN failed ELSE 0 END WHERE id = $1";
        writing!(self, |db| {
            let query = sqlx::query(text).bind(person).bind(until_ms.map(sql)).bind(i64::from(until_ms.is_some()));
            Ok(query.execute(db).await.map(drop)?)
        })
    }

    /// Gives a grant.
    ///
    /// # Errors
    /// [`StoreError::Exists`], [`StoreError::Invalid`], [`StoreError::Reference`], [`StoreError::Database`].
    pub async fn give(&self, grant: &Grant) -> Result<(), StoreError> {
        if (grant.scope == Scope::Everything) != grant.scope_id.is_none() {
            return Err(StoreError::invalid("scope of a grant", grant.scope.name(), "give an id, except for everything"));
        }
        let text = "INSERT INTO grants (id, person_id, role, scope, scope_id, from_ms, to_ms, granted_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
                    ON CONFLICT (id) DO NOTHING";
        writing!(self, |db| {
            let query = sqlx::query(text).bind(&grant.id).bind(&grant.person).bind(grant.role.name()).bind(grant.scope.name()).bind(&grant.scope_id);
            let query = query.bind(sql(grant.from_ms)).bind(grant.to_ms.map(sql)).bind(&grant.granted_by);
            match query.execute(&mut *db).await?.rows_affected() {
                0 => Err(StoreError::Exists { thing: "grant", id: grant.id.clone() }.into()),
                _ => Ok(count(db, Counter::Accounts).await?),
            }
        })
    }

    /// Ends a grant, unless it ended before.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn end_grant(&self, id: &str, now_ms: u64) -> Result<(), StoreError> {
        let text = "UPDATE grants SET to_ms = $2 WHERE id = $1 AND (to_ms IS NULL OR to_ms > $2)";
        writing!(self, |db| {
            sqlx::query(text).bind(id).bind(sql(now_ms)).execute(&mut *db).await?;
            Ok(count(db, Counter::Accounts).await?)
        })
    }

    /// The grants of a person that hold at a time; none: all there ever were.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Unreadable`].
    pub async fn grants(&self, person: &str, at_ms: Option<u64>) -> Result<Vec<Grant>, StoreError> {
        reading!(self, |db| read_grants(db, person, at_ms).await)
    }

    /// The grants of several people that hold at a time, by person; whoever has none is not there.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Unreadable`].
    pub async fn grants_of(&self, people: &[String], at_ms: u64) -> Result<HashMap<String, Vec<Grant>>, StoreError> {
        let columns = ["id", "person_id", "role", "scope", "scope_id", "from_ms", "to_ms", "granted_by"];
        reading!(self, |db| {
            let rest = format!("FROM grants WHERE person_id {} AND from_ms <= $2 AND (to_ms IS NULL OR to_ms > $2) ORDER BY from_ms, id", among(db));
            let mut found: HashMap<String, Vec<Grant>> = HashMap::new();
            for row in listed(db, &columns, &rest, vec![listing::ids(db, people).as_str().into(), at_ms.into()]).await? {
                let grant = grant(&row)?;
                found.entry(grant.person.clone()).or_default().push(grant);
            }
            Ok(found)
        })
    }
}

pub(crate) async fn read_grants(db: &mut Db, person: &str, at_ms: Option<u64>) -> Result<Vec<Grant>, Fault> {
    let text = "SELECT id, person_id, role, scope, scope_id, from_ms, to_ms, granted_by FROM grants \
                WHERE person_id = $1 AND ($2 < 0 OR (from_ms <= $2 AND (to_ms IS NULL OR to_ms > $2))) ORDER BY from_ms, id";
    let at = at_ms.map_or(-1, sql);
    sqlx::query(text).bind(person).bind(at).fetch_all(db).await?.iter().map(grant).collect()
}

async fn read_credentials(db: &mut Db, person: &str) -> Result<Option<Credentials>, Fault> {
    let text = "SELECT password_hash, must_change, totp_secret, totp_since_ms, totp_last_step, failed, locked_until_ms FROM people WHERE id = $1";
    sqlx::query(text).bind(person).fetch_optional(db).await?.as_ref().map(credentials).transpose()
}

fn there(rows: u64, person: &str) -> Result<(), Fault> {
    if rows == 0 {
        return Err(StoreError::Missing { thing: Person::NAME, id: person.to_owned() }.into());
    }
    Ok(())
}
