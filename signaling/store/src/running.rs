//! Everything a server needs to go on with a lesson, and the writes of a running one.

use super::counters::{Counter, count};
use super::entries::receiver;
use super::error::Fault;
use super::row::Columns;
use super::transaction::{Db, reading};
use super::{Store, StoreError, bookings, deliveries, interactions, lessons, minutes, number, safety, sql, webhooks};
use crate::record::{CHAT_KEPT, LessonRecord, ParticipantRow, Write};
use crate::resume::ResumeHash;
use protocol::{ChatLine, LessonState, ParticipantId};
use sqlx::any::AnyRow;
use std::collections::HashMap;
use timetable::Receiver;

impl Store {
    /// Reads a lesson with everybody who had a place in it and the last lines of chat.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Unreadable`].
    pub async fn load(&self, id: &str) -> Result<Option<LessonRecord>, StoreError> {
        reading!(self, |db| {
            let Some(lesson) = lessons::read(db, id).await? else { return Ok(None) };
            Ok(Some(LessonRecord {
                lesson,
                floor: floor(db, id).await?,
                participants: participants(db, id).await?,
                chat: chat(db, id).await?,
                receivers: receivers(db, id).await?,
                blocks: safety::blocks(db, id).await?,
                host_left_ms: host_left(db, id).await?,
                left_ms: left(db, id).await?,
            }))
        })
    }
}

async fn floor(db: &mut Db, lesson: &str) -> Result<Option<ParticipantId>, Fault> {
    let row = sqlx::query("SELECT floor FROM lessons WHERE id = $1").bind(lesson).fetch_one(db).await?;
    Ok(row.text_or_none("floor")?.map(ParticipantId))
}

async fn participants(db: &mut Db, lesson: &str) -> Result<Vec<ParticipantRow>, Fault> {
    let text = "SELECT id, place, sub, role, name, classroom, resume_hash, present, stage_order, hand_order, muted FROM participants \
                WHERE lesson_id = $1 ORDER BY place";
    sqlx::query(text).bind(lesson).fetch_all(db).await?.iter().map(participant).collect()
}

async fn receivers(db: &mut Db, lesson: &str) -> Result<Vec<Receiver>, Fault> {
    let text = "SELECT classroom_id, interactive FROM lesson_receivers WHERE lesson_id = $1 ORDER BY classroom_id";
    sqlx::query(text).bind(lesson).fetch_all(db).await?.iter().map(receiver).collect()
}

async fn host_left(db: &mut Db, lesson: &str) -> Result<Option<u64>, Fault> {
    let text = "SELECT MAX(m.left_ms) AS left_ms FROM memberships m JOIN participants p ON p.lesson_id = m.lesson_id AND p.id = m.participant_id \
                WHERE m.lesson_id = $1 AND p.role = 'host'";
    sqlx::query(text).bind(lesson).fetch_one(db).await?.count_or_none("left_ms")
}

async fn left(db: &mut Db, lesson: &str) -> Result<HashMap<ParticipantId, u64>, Fault> {
    let text = "SELECT participant_id, MAX(left_ms) AS left_ms FROM memberships WHERE lesson_id = $1 AND left_ms IS NOT NULL GROUP BY participant_id";
    let one = |row: &AnyRow| Ok((ParticipantId(row.text("participant_id")?), row.count("left_ms")?));
    sqlx::query(text).bind(lesson).fetch_all(db).await?.iter().map(one).collect()
}

async fn chat(db: &mut Db, lesson: &str) -> Result<Vec<ChatLine>, Fault> {
    let text = "SELECT seq, participant_id, name, text, at_ms FROM chat WHERE lesson_id = $1 ORDER BY seq DESC LIMIT $2";
    let query = sqlx::query_as(text).bind(lesson).bind(CHAT_KEPT as i64);
    let lines: Vec<(i64, String, String, String, i64)> = query.fetch_all(db).await?;
    let line = |(seq, from, name, text, at): (i64, String, String, String, i64)| ChatLine {
        seq: number(seq),
        from: ParticipantId(from),
        name,
        text,
        at_ms: number(at),
    };
    Ok(lines.into_iter().rev().map(line).collect())
}

fn participant(row: &AnyRow) -> Result<ParticipantRow, Fault> {
    Ok(ParticipantRow {
        id: ParticipantId(row.text("id")?),
        place: row.count("place")?,
        sub: row.text("sub")?,
        role: row.word("participant", "role")?,
        name: row.text("name")?,
        classroom: row.text_or_none("classroom")?,
        resume: row.text_or_none("resume_hash")?.as_deref().and_then(from_hex),
        present: row.truth("present")?,
        stage: row.count_or_none("stage_order")?,
        hand: row.count_or_none("hand_order")?,
        muted: row.truth("muted")?,
    })
}

/// Carries out one write. All of them may be repeated.
pub(crate) async fn execute(connection: &mut Db, write: &Write) -> Result<(), sqlx::Error> {
    match write {
        Write::Lesson { id, state, planned_start_ms, live_since_ms, ended_ms } => {
            // Whoever cancelled or moved it meanwhile was told that it had not begun: that holds, and its server hears of it.
            // One that ends is decided again, and keeps until then what was decided when nobody was there any more.
            let text = "UPDATE lessons SET state = $2, live_since_ms = $3, ended_ms = $4, decided_ms = CASE WHEN $2 = 'ended' THEN NULL ELSE decided_ms END \
                        WHERE id = $1 AND state <> 'cancelled' AND COALESCE(planned_start_ms, -1) = $5";
            let query = sqlx::query(text).bind(id).bind(state.name()).bind(live_since_ms.map(sql)).bind(ended_ms.map(sql));
            let done = query.bind(planned_start_ms.map_or(-1, sql)).execute(&mut *connection).await?;
            if done.rows_affected() > 0 {
                match ended_ms {
                    Some(ended_ms) if *state == LessonState::Ended => bookings::shorten(connection, id, *ended_ms).await?,
                    _ => again(connection, id).await?,
                }
            }
            count(connection, Counter::Lessons).await.map(|()| done)
        }
        Write::Switches { id, switches } => safety::write_switches(connection, id, switches).await,
        Write::Floor { id, participant } => {
            let query = sqlx::query("UPDATE lessons SET floor = $2 WHERE id = $1");
            query.bind(id).bind(participant.as_ref().map(|participant| &participant.0)).execute(connection).await
        }
        Write::Block { lesson, row } => safety::write_block(connection, lesson, row).await,
        Write::Unblock { lesson, participant } => safety::remove_block(connection, lesson, participant).await,
        Write::Audit { line } => safety::write_audit(connection, line).await,
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
        Write::Exit { lesson, participant, joined_ms, left_ms, goodbye } => {
            let text = "UPDATE memberships SET left_ms = $4, goodbye = $5 WHERE lesson_id = $1 AND participant_id = $2 AND joined_ms = $3";
            let query = sqlx::query(text).bind(lesson).bind(&participant.0).bind(sql(*joined_ms));
            query.bind(sql(*left_ms)).bind(i64::from(*goodbye)).execute(connection).await
        }
        Write::Minute { lesson, row } => return minutes::write(connection, lesson, row).await,
        Write::Interaction { lesson, row } => return interactions::write(connection, lesson, row).await,
        Write::Chat { lesson, line } => {
            let text = "INSERT INTO chat (lesson_id, seq, participant_id, name, text, at_ms) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
            let query = sqlx::query(text).bind(lesson).bind(sql(line.seq)).bind(&line.from.0).bind(&line.name).bind(&line.text);
            query.bind(sql(line.at_ms)).execute(connection).await
        }
        Write::Event { event } => webhooks::put_event(connection, event).await,
        Write::Heartbeat { now_ms } => {
            let text = "INSERT INTO meta (name, value) VALUES ('heartbeat_ms', $1) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
            sqlx::query(text).bind(now_ms.to_string()).execute(connection).await
        }
    }
    .map(drop)
}

/// A lesson that goes on was not over, whatever the clock said when it was decided.
async fn again(connection: &mut Db, lesson: &str) -> Result<(), sqlx::Error> {
    match deliveries::undecide(connection, lesson).await {
        Err(Fault::Sql(error)) => Err(error),
        // A row that cannot be read is told by who decides again, and does not hold up the lesson.
        Ok(()) | Err(Fault::Store(_)) => Ok(()),
    }
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
