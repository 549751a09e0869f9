//! Sessions of people and links that reset a password. Of a token only the hash is kept.

use super::counters::{Counter, count};
use super::error::Fault;
use super::row::Columns;
use super::transaction::{reading, writing};
use super::{Grant, Person, Store, StoreError, people, sql};
use sqlx::any::AnyRow;

/// A person who is logged in somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The hash of its token, as the caller encodes it.
    pub token_hash: String,
    /// Whose.
    pub person: String,
    /// When it began, in milliseconds since 1970 (UTC).
    pub made_ms: u64,
    /// When it was used last, to about a minute.
    pub seen_ms: u64,
    /// When it ends.
    pub expires_ms: u64,
    /// When a second factor was shown; none: not yet.
    pub second_factor_ms: Option<u64>,
    /// From which address it began.
    pub address: String,
    /// What the browser calls itself, shortened by the caller.
    pub agent: String,
}

/// A session and who is signed in by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionHolder {
    /// The session.
    pub session: Session,
    /// The person.
    pub person: Person,
    /// Whether the person is to set another password before anything else.
    pub must_change: bool,
    /// The person's grants that hold now.
    pub grants: Vec<Grant>,
}

/// A link that lets a person set a new password once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordReset {
    /// The hash of its token.
    pub token_hash: String,
    /// Whose.
    pub person: String,
    /// Until when, in milliseconds since 1970 (UTC).
    pub expires_ms: u64,
    /// Who made it; none: the operator of the machine.
    pub made_by: Option<String>,
}

fn session(row: &AnyRow) -> Result<Session, Fault> {
    Ok(Session {
        token_hash: row.text("token_hash")?,
        person: row.text("person_id")?,
        made_ms: row.count("made_ms")?,
        seen_ms: row.count("seen_ms")?,
        expires_ms: row.count("expires_ms")?,
        second_factor_ms: row.count_or_none("second_factor_ms")?,
        address: row.text("address")?,
        agent: row.text("agent")?,
    })
}

impl Store {
    /// Begins a session.
    ///
    /// # Errors
    /// [`StoreError::Reference`], [`StoreError::Database`].
    pub async fn begin_session(&self, session: &Session) -> Result<(), StoreError> {
        let text = "INSERT INTO sessions (token_hash, person_id, made_ms, seen_ms, expires_ms, second_factor_ms, address, agent) \
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        writing!(self, |db| {
            let query = sqlx::query(text).bind(&session.token_hash).bind(&session.person).bind(sql(session.made_ms)).bind(sql(session.seen_ms));
            let query = query.bind(sql(session.expires_ms)).bind(session.second_factor_ms.map(sql)).bind(&session.address).bind(&session.agent);
            Ok(query.execute(db).await.map(drop)?)
        })
    }

    /// Whose the session of a token is, if it has not ended and its person is not closed, and which grants the person has now.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Unreadable`].
    pub async fn session_holder(&self, token_hash: &str, now_ms: u64) -> Result<Option<SessionHolder>, StoreError> {
        // Before the session is read: what is changed meanwhile makes it old at once.
        let version = self.as_of(&[Counter::Accounts]).await?;
        let Some(mut holder) = self.memory.sessions.one(token_hash.to_owned(), version, self.read_holder(token_hash)).await? else { return Ok(None) };
        holder.grants.retain(|grant| grant.holds(now_ms));
        Ok((holder.session.expires_ms > now_ms).then_some(holder))
    }

    /// With all grants that there ever were, ended or not.
    async fn read_holder(&self, token_hash: &str) -> Result<Option<SessionHolder>, StoreError> {
        let text = "SELECT s.token_hash, s.person_id, s.made_ms, s.seen_ms, s.expires_ms, s.second_factor_ms, s.address, s.agent, \
                    p.id, p.login, p.name, p.school_id, p.region_id, p.closed_ms, p.version, p.must_change \
                    FROM sessions s JOIN people p ON p.id = s.person_id WHERE s.token_hash = $1 AND p.closed_ms IS NULL";
        reading!(self, |db| {
            let Some(row) = sqlx::query(text).bind(token_hash).fetch_optional(&mut *db).await? else { return Ok(None) };
            let (session, person, must_change) = (session(&row)?, people::person(&row)?, row.truth("must_change")?);
            let grants = people::read_grants(db, &person.id, None).await?;
            Ok(Some(SessionHolder { session, person, must_change, grants }))
        })
    }

    /// The sessions of a person that have not ended, the latest first.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn sessions(&self, person: &str, now_ms: u64) -> Result<Vec<Session>, StoreError> {
        let text = "SELECT token_hash, person_id, made_ms, seen_ms, expires_ms, second_factor_ms, address, agent FROM sessions \
                    WHERE person_id = $1 AND expires_ms > $2 ORDER BY seen_ms DESC, token_hash LIMIT 1000";
        reading!(self, |db| sqlx::query(text).bind(person).bind(sql(now_ms)).fetch_all(db).await?.iter().map(session).collect())
    }

    /// Notes that a session is used, and until when it lasts now.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn touch_session(&self, token_hash: &str, seen_ms: u64, expires_ms: u64) -> Result<(), StoreError> {
        let text = "UPDATE sessions SET seen_ms = $2, expires_ms = $3 WHERE token_hash = $1";
        writing!(self, |db| Ok(sqlx::query(text).bind(token_hash).bind(sql(seen_ms)).bind(sql(expires_ms)).execute(db).await.map(drop)?))?;
        // Not counted, which would have all sessions read again.
        self.memory.sessions.forget(token_hash).await;
        Ok(())
    }

    /// Notes that a second factor was shown.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn note_second_factor(&self, token_hash: &str, now_ms: u64) -> Result<(), StoreError> {
        let text = "UPDATE sessions SET second_factor_ms = $2 WHERE token_hash = $1";
        writing!(self, |db| {
            sqlx::query(text).bind(token_hash).bind(sql(now_ms)).execute(&mut *db).await?;
            Ok(count(db, Counter::Accounts).await?)
        })
    }

    /// Ends a session.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn end_session(&self, token_hash: &str) -> Result<(), StoreError> {
        writing!(self, |db| {
            sqlx::query("DELETE FROM sessions WHERE token_hash = $1").bind(token_hash).execute(&mut *db).await?;
            Ok(count(db, Counter::Accounts).await?)
        })
    }

    /// Ends all sessions of a person but one, and returns how many. After a change of password or grants.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn end_sessions(&self, person: &str, but: Option<&str>) -> Result<u64, StoreError> {
        let text = "DELETE FROM sessions WHERE person_id = $1 AND token_hash <> $2";
        writing!(self, |db| {
            let ended = sqlx::query(text).bind(person).bind(but.unwrap_or_default()).execute(&mut *db).await?.rows_affected();
            count(db, Counter::Accounts).await?;
            Ok(ended)
        })
    }

    /// Removes what has ended by itself: sessions, links and codes. Now and then; returns how many sessions.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn remove_expired(&self, now_ms: u64) -> Result<u64, StoreError> {
        writing!(self, |db| {
            for text in ["DELETE FROM password_resets WHERE expires_ms <= $1", "DELETE FROM device_codes WHERE expires_ms <= $1"] {
                sqlx::query(text).bind(sql(now_ms)).execute(&mut *db).await?;
            }
            Ok(sqlx::query("DELETE FROM sessions WHERE expires_ms <= $1").bind(sql(now_ms)).execute(db).await?.rows_affected())
        })
    }

    /// Makes a link that resets a password; earlier ones of the person are good no more.
    ///
    /// # Errors
    /// [`StoreError::Reference`], [`StoreError::Database`].
    pub async fn create_password_reset(&self, reset: &PasswordReset) -> Result<(), StoreError> {
        let text = "INSERT INTO password_resets (token_hash, person_id, expires_ms, made_by) VALUES ($1, $2, $3, $4)";
        writing!(self, |db| {
            sqlx::query("DELETE FROM password_resets WHERE person_id = $1").bind(&reset.person).execute(&mut *db).await?;
            let query = sqlx::query(text).bind(&reset.token_hash).bind(&reset.person).bind(sql(reset.expires_ms)).bind(&reset.made_by);
            Ok(query.execute(db).await.map(drop)?)
        })
    }

    /// The login of whom a link is for; none where the link is unknown, used or too old, or the person closed.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn password_reset_login(&self, token_hash: &str, now_ms: u64) -> Result<Option<String>, StoreError> {
        let text = "SELECT p.login FROM password_resets r JOIN people p ON p.id = r.person_id \
                    WHERE r.token_hash = $1 AND r.used_ms IS NULL AND r.expires_ms > $2 AND p.closed_ms IS NULL";
        reading!(self, |db| {
            let row = sqlx::query(text).bind(token_hash).bind(sql(now_ms)).fetch_optional(db).await?;
            row.map(|row| row.text("login")).transpose()
        })
    }

    /// Uses up a link: sets the password, ends all sessions, and returns whose it was; none where the link is unknown, used or too old, or the person closed.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn reset_password(&self, token_hash: &str, password_hash: &str, now_ms: u64) -> Result<Option<String>, StoreError> {
        let take = "UPDATE password_resets SET used_ms = $2 WHERE token_hash = $1 AND used_ms IS NULL AND expires_ms > $2 \
                    AND person_id IN (SELECT id FROM people WHERE closed_ms IS NULL)";
        let set = "UPDATE people SET password_hash = $2, must_change = 0, failed = 0, locked_until_ms = NULL WHERE id = $1";
        writing!(self, |db| {
            if sqlx::query(take).bind(token_hash).bind(sql(now_ms)).execute(&mut *db).await?.rows_affected() == 0 {
                return Ok(None);
            }
            let row = sqlx::query("SELECT person_id FROM password_resets WHERE token_hash = $1").bind(token_hash).fetch_one(&mut *db).await?;
            let person = row.text("person_id")?;
            sqlx::query(set).bind(&person).bind(password_hash).execute(&mut *db).await?;
            sqlx::query("DELETE FROM sessions WHERE person_id = $1").bind(&person).execute(&mut *db).await?;
            count(db, Counter::Accounts).await?;
            Ok(Some(person))
        })
    }
}
