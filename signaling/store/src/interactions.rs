//! Raised hands, calls, answers.

use super::error::Fault;
use super::row::{Columns, words};
use super::transaction::{Db, reading};
use super::{Store, StoreError, sql};
use protocol::ParticipantId;
use sqlx::any::AnyRow;

words! {
    /// What somebody did in a lesson.
    InteractionKind {
        /// Raised the hand (举手), until it was called on or took it down.
        Hand = "hand",
        /// Had the floor, from being called on (点名) by the host on.
        Call = "call",
        /// Spoke while it was called on (回答), from its first word to its last.
        Answer = "answer",
    }
}

/// Something a participant did, for a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interaction {
    /// Who.
    pub participant: ParticipantId,
    /// What.
    pub kind: InteractionKind,
    /// From when, in milliseconds since 1970 (UTC).
    pub at_ms: u64,
    /// Until when; none while it lasts.
    pub until_ms: Option<u64>,
    /// How long it spoke in that time, in milliseconds.
    pub speech_ms: u64,
}

impl Store {
    /// What was done in a lesson, in the order of its beginnings.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Unreadable`].
    pub async fn interactions(&self, lesson: &str) -> Result<Vec<Interaction>, StoreError> {
        reading!(self, |db| read(db, lesson).await)
    }
}

pub(crate) async fn read(db: &mut Db, lesson: &str) -> Result<Vec<Interaction>, Fault> {
    let text = "SELECT participant_id, kind, at_ms, until_ms, speech_ms FROM interactions WHERE lesson_id = $1 ORDER BY at_ms, participant_id, kind";
    sqlx::query(text).bind(lesson).fetch_all(db).await?.iter().map(interaction).collect()
}

fn interaction(row: &AnyRow) -> Result<Interaction, Fault> {
    Ok(Interaction {
        participant: ParticipantId(row.text("participant_id")?),
        kind: row.word("interaction", "kind")?,
        at_ms: row.count("at_ms")?,
        until_ms: row.count_or_none("until_ms")?,
        speech_ms: row.count("speech_ms")?,
    })
}

/// Writes it as it is so far.
pub(crate) async fn write(db: &mut Db, lesson: &str, row: &Interaction) -> Result<(), sqlx::Error> {
    let text = "INSERT INTO interactions (lesson_id, participant_id, kind, at_ms, until_ms, speech_ms) VALUES ($1, $2, $3, $4, $5, $6) \
                ON CONFLICT (lesson_id, participant_id, kind, at_ms) DO UPDATE SET until_ms = excluded.until_ms, speech_ms = excluded.speech_ms";
    let query = sqlx::query(text).bind(lesson).bind(&row.participant.0).bind(row.kind.name()).bind(sql(row.at_ms));
    query.bind(row.until_ms.map(sql)).bind(sql(row.speech_ms)).execute(db).await.map(drop)
}
