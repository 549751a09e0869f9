//! Tokens of calendar feeds. Of a token only the hash is kept.

use super::error::Fault;
use super::row::{Columns, words};
use super::transaction::{reading, writing};
use super::{Store, StoreError, sql};
use sqlx::any::AnyRow;

words! {
    /// Whose lessons a feed has.
    FeedKind {
        /// Those a person teaches or assists.
        People = "people",
        /// Those in a classroom.
        Classrooms = "classrooms",
        /// Those of a school's classrooms.
        Schools = "schools",
    }
}

/// A token that reads one feed, as the person who made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedToken {
    /// The hash of the token, as the caller encodes it.
    pub token_hash: String,
    /// Of what kind of feed.
    pub kind: FeedKind,
    /// Of whose.
    pub thing: String,
    /// Who made it.
    pub person: String,
    /// When, in milliseconds since 1970 (UTC).
    pub made_ms: u64,
}

fn token(row: &AnyRow) -> Result<FeedToken, Fault> {
    Ok(FeedToken {
        token_hash: row.text("token_hash")?,
        kind: row.word("feed token", "kind")?,
        thing: row.text("thing_id")?,
        person: row.text("person_id")?,
        made_ms: row.count("made_ms")?,
    })
}

impl Store {
    /// Makes a token; an earlier one of the same person for the same feed is good no more.
    ///
    /// # Errors
    /// [`StoreError::Reference`], [`StoreError::Database`].
    pub async fn create_feed_token(&self, token: &FeedToken) -> Result<(), StoreError> {
        let text = "INSERT INTO feed_tokens (token_hash, kind, thing_id, person_id, made_ms) VALUES ($1, $2, $3, $4, $5) \
                    ON CONFLICT (person_id, kind, thing_id) DO UPDATE SET token_hash = excluded.token_hash, made_ms = excluded.made_ms";
        writing!(self, |db| {
            let query = sqlx::query(text).bind(&token.token_hash).bind(token.kind.name()).bind(&token.thing).bind(&token.person);
            Ok(query.bind(sql(token.made_ms)).execute(db).await.map(drop)?)
        })
    }

    /// The token of a hash.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn feed_token(&self, token_hash: &str) -> Result<Option<FeedToken>, StoreError> {
        let text = "SELECT token_hash, kind, thing_id, person_id, made_ms FROM feed_tokens WHERE token_hash = $1";
        reading!(self, |db| sqlx::query(text).bind(token_hash).fetch_optional(db).await?.as_ref().map(token).transpose())
    }

    /// Revokes a person's token of a feed: whether there was one.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn revoke_feed_token(&self, person: &str, kind: FeedKind, thing: &str) -> Result<bool, StoreError> {
        let text = "DELETE FROM feed_tokens WHERE person_id = $1 AND kind = $2 AND thing_id = $3";
        writing!(self, |db| Ok(sqlx::query(text).bind(person).bind(kind.name()).bind(thing).execute(db).await?.rows_affected() > 0))
    }
}
