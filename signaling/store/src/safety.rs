//! What keeps a lesson safe, as a running one writes it: switches, blocks, and the lines of the audit log.

use super::audit::AuditLine;
use super::counters::{Counter, count};
use super::error::Fault;
use super::row::Columns;
use super::sql;
use super::transaction::Db;
use crate::record::BlockRow;
use protocol::ParticipantId;
use sqlx::any::{AnyQueryResult, AnyRow};

/// Who is blocked from a lesson, first blocked first.
pub(crate) async fn blocks(db: &mut Db, lesson: &str) -> Result<Vec<BlockRow>, Fault> {
    let text = "SELECT id, sub, classroom, name, at_ms FROM blocks WHERE lesson_id = $1 ORDER BY at_ms, id";
    sqlx::query(text).bind(lesson).fetch_all(db).await?.iter().map(block).collect()
}

fn block(row: &AnyRow) -> Result<BlockRow, Fault> {
    Ok(BlockRow {
        participant: ParticipantId(row.text("id")?),
        sub: row.text("sub")?,
        classroom: row.text_or_none("classroom")?,
        name: row.text("name")?,
        at_ms: row.count("at_ms")?,
    })
}

/// Writes the switches: a running lesson's are not counted as a change of its plan.
pub(crate) async fn write_switches(db: &mut Db, lesson: &str, switches: &str) -> Result<AnyQueryResult, sqlx::Error> {
    let done = sqlx::query("UPDATE lessons SET switches = $2 WHERE id = $1").bind(lesson).bind(switches).execute(&mut *db).await?;
    count(db, Counter::Lessons).await.map(|()| done)
}

/// Keeps somebody out.
pub(crate) async fn write_block(db: &mut Db, lesson: &str, row: &BlockRow) -> Result<AnyQueryResult, sqlx::Error> {
    let text = "INSERT INTO blocks (lesson_id, id, sub, classroom, name, at_ms) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (lesson_id, id) DO UPDATE \
                SET sub = excluded.sub, classroom = excluded.classroom, name = excluded.name, at_ms = excluded.at_ms";
    let query = sqlx::query(text).bind(lesson).bind(&row.participant.0).bind(&row.sub).bind(&row.classroom);
    query.bind(&row.name).bind(sql(row.at_ms)).execute(db).await
}

/// Lets somebody in again.
pub(crate) async fn remove_block(db: &mut Db, lesson: &str, participant: &ParticipantId) -> Result<AnyQueryResult, sqlx::Error> {
    sqlx::query("DELETE FROM blocks WHERE lesson_id = $1 AND id = $2").bind(lesson).bind(&participant.0).execute(db).await
}

/// Adds a line to the audit log. Its person is what a token says, and is kept only where the register knows it.
pub(crate) async fn write_audit(db: &mut Db, line: &AuditLine) -> Result<AnyQueryResult, sqlx::Error> {
    let text = "INSERT INTO audit (id, at_ms, person_id, address, act, thing, thing_id, detail) \
                VALUES ($1, $2, (SELECT id FROM people WHERE id = $3), $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING";
    let query = sqlx::query(text).bind(&line.id).bind(sql(line.at_ms)).bind(&line.person).bind(&line.address).bind(&line.act);
    query.bind(&line.thing).bind(&line.thing_id).bind(&line.detail).execute(db).await
}
