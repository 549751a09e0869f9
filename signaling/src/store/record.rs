//! Everything a server needs to go on with a lesson, and the writes of a running one.

use super::{Store, StoreError, number, sql};
use crate::lesson::CHAT_KEPT;
use crate::record::{LessonRecord, ParticipantRow, Write};
use crate::resume::ResumeHash;
use protocol::{ChatLine, ParticipantId, Role};
use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

impl Store {
    /// Reads a lesson with everybody who had a place in it and the last lines of chat.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Unreadable`].
    pub async fn load(&self, id: &str) -> Result<Option<LessonRecord>, StoreError> {
        let Some(lesson) = self.lesson(id).await? else { return Ok(None) };
        let text = "SELECT id, place, sub, role, name, classroom, resume_hash, present, stage_order, hand_order, muted FROM participants \
                    WHERE lesson_id = $1 ORDER BY place";
        let rows = sqlx::query(text).bind(id).fetch_all(&self.read).await.map_err(self.failed())?;
        let participants = rows.iter().map(|row| self.participant_row(row)).collect::<Result<_, _>>()?;
        let text = "SELECT seq, participant_id, name, text, at_ms FROM chat WHERE lesson_id = $1 ORDER BY seq DESC LIMIT $2";
        let lines: Vec<(i64, String, String, String, i64)> =
            sqlx::query_as(text).bind(id).bind(CHAT_KEPT as i64).fetch_all(&self.read).await.map_err(self.failed())?;
        let line = |(seq, from, name, text, at): (i64, String, String, String, i64)| ChatLine {
            seq: number(seq),
            from: ParticipantId(from),
            name,
            text,
            at_ms: number(at),
        };
        Ok(Some(LessonRecord { lesson, participants, chat: lines.into_iter().rev().map(line).collect() }))
    }

    fn participant_row(&self, row: &SqliteRow) -> Result<ParticipantRow, StoreError> {
        let failed = self.failed();
        let id: String = row.try_get("id").map_err(&failed)?;
        let role: String = row.try_get("role").map_err(&failed)?;
        let known = Role::ALL.into_iter().find(|known| known.name() == role);
        let role = known.ok_or_else(|| StoreError::Unreadable { thing: "participant", id: id.clone(), value: role })?;
        let order = |column: &str| Ok::<_, StoreError>(row.try_get::<Option<i64>, _>(column).map_err(&failed)?.map(number));
        let resume: Option<String> = row.try_get("resume_hash").map_err(&failed)?;
        Ok(ParticipantRow {
            id: ParticipantId(id),
            place: number(row.try_get("place").map_err(&failed)?),
            sub: row.try_get("sub").map_err(&failed)?,
            role,
            name: row.try_get("name").map_err(&failed)?,
            classroom: row.try_get("classroom").map_err(&failed)?,
            resume: resume.as_deref().and_then(from_hex),
            present: row.try_get::<i64, _>("present").map_err(&failed)? != 0,
            stage: order("stage_order")?,
            hand: order("hand_order")?,
            muted: row.try_get::<i64, _>("muted").map_err(&failed)? != 0,
        })
    }
}

/// Carries out one write. All of them may be repeated.
pub(super) async fn execute(connection: &mut SqliteConnection, write: &Write) -> Result<(), sqlx::Error> {
    match write {
        Write::Lesson { id, state, live_since_ms, ended_ms } => {
            let query = sqlx::query("UPDATE lessons SET state = $2, live_since_ms = $3, ended_ms = $4 WHERE id = $1");
            query.bind(id).bind(state.name()).bind(live_since_ms.map(sql)).bind(ended_ms.map(sql)).execute(connection).await
        }
        Write::Participant { lesson, row } => {
            let text = "INSERT INTO participants (lesson_id, id, place, sub, role, name, classroom, resume_hash, present, stage_order, hand_order, muted) \
                        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (lesson_id, id) DO UPDATE SET sub = excluded.sub, \
                        role = excluded.role, name = excluded.name, classroom = excluded.classroom, resume_hash = excluded.resume_hash, \
                        present = excluded.present, stage_order = excluded.stage_order, hand_order = excluded.hand_order, muted = excluded.muted";
            let query = sqlx::query(text).bind(lesson).bind(&row.id.0).bind(sql(row.place)).bind(&row.sub).bind(row.role.name()).bind(&row.name);
            let query = query.bind(&row.classroom).bind(row.resume.as_ref().map(to_hex)).bind(i64::from(row.present));
            query.bind(row.stage.map(sql)).bind(row.hand.map(sql)).bind(i64::from(row.muted)).execute(connection).await
        }
        Write::Enter { lesson, participant, joined_ms } => {
            let text = "INSERT INTO memberships (lesson_id, participant_id, joined_ms) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
            sqlx::query(text).bind(lesson).bind(&participant.0).bind(sql(*joined_ms)).execute(connection).await
        }
        Write::Exit { lesson, participant, joined_ms, left_ms } => {
            let text = "UPDATE memberships SET left_ms = $4 WHERE lesson_id = $1 AND participant_id = $2 AND joined_ms = $3";
            sqlx::query(text).bind(lesson).bind(&participant.0).bind(sql(*joined_ms)).bind(sql(*left_ms)).execute(connection).await
        }
        Write::Chat { lesson, line } => {
            let text = "INSERT INTO chat (lesson_id, seq, participant_id, name, text, at_ms) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
            let query = sqlx::query(text).bind(lesson).bind(sql(line.seq)).bind(&line.from.0).bind(&line.name).bind(&line.text);
            query.bind(sql(line.at_ms)).execute(connection).await
        }
        Write::Heartbeat { now_ms } => {
            let text = "INSERT INTO meta (name, value) VALUES ('heartbeat_ms', $1) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
            sqlx::query(text).bind(now_ms.to_string()).execute(connection).await
        }
    }
    .map(drop)
}

fn to_hex(hash: &ResumeHash) -> String {
    use std::fmt::Write;
    hash.iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// None for anything but 64 hexadecimal digits: such a token resumes nothing.
fn from_hex(text: &str) -> Option<ResumeHash> {
    let mut hash = [0u8; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (index, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * index..2 * index + 2], 16).ok()?;
    }
    Some(hash)
}
