//! Lists of lessons. Everybody asks for the same ones: each is read once, and kept until something changes.

use super::Caller;
use super::extract::{Paging, Query, json_page};
use super::lessons::views;
use super::problem::bad_request;
use super::written::Written;
use crate::http::Problem;
use crate::hub::Hub;
use crate::store::{Grant, LessonList, LessonMark, PlannedLesson, Scope};
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

/// A day of milliseconds.
const DAY_MS: u64 = 24 * 3_600 * 1_000;

#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    cursor: Option<String>,
    limit: Option<u32>,
    from_ms: Option<u64>,
    to_ms: Option<u64>,
    school: Option<String>,
    classroom: Option<String>,
    teacher: Option<String>,
    entry: Option<String>,
}

pub(super) async fn list(State(hub): State<Arc<Hub>>, caller: Caller, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let limit = Paging { cursor: None, limit: asked.limit }.limit()?;
    // An entry's lessons are few: without times they are all told.
    let every = asked.entry.is_some();
    let from_ms = asked.from_ms.unwrap_or_else(|| if every { 0 } else { caller.now_ms.saturating_sub(DAY_MS) });
    let to_ms = asked.to_ms.unwrap_or_else(|| if every { i64::MAX as u64 } else { from_ms.saturating_add(8 * DAY_MS) });
    let after = asked.cursor.as_deref().map(cursor).transpose()?;
    let me = caller.person().ok().map(|signed| signed.person.id.as_str());
    let Asked { classroom, teacher, entry, .. } = asked;
    let roles: &[Grant] = caller.person().map(|signed| signed.active.as_slice()).unwrap_or_default();
    // Who has no role sees nothing but what is their own.
    let teacher = teacher.or_else(|| me.filter(|_| roles.is_empty()).map(str::to_owned));
    // Who has one school need not look through the county's, but for what one teaches oneself.
    let own_week = me.is_some() && teacher.as_deref() == me;
    let school = asked.school.or_else(|| only_school(if own_week { &[] } else { roles }));
    // One more than a page shows whether there is another. Whoever sees little of what is there needs to look further.
    let first = u32::try_from(limit + 1).unwrap_or(u32::MAX);
    let mut question = Question { from_ms, to_ms, school, classroom, teacher, entry, after, limit: first };
    // Before the answers are read: what changes meanwhile makes them old at once.
    let version = hub.store.lessons_version().await.map_err(|error| caller.refused(error))?;
    let version = format!("{version}, register {}", caller.geography.generation);
    let mut found: Vec<Arc<Written>> = Vec::new();
    let next = loop {
        let rows = hub.api.lessons.get(question.clone(), version.clone(), answer(&hub, &caller, &question)).await?;
        found.extend(rows.iter().filter(|lesson| lesson.is_seen_by(&caller, me)).cloned());
        if found.len() > limit {
            found.truncate(limit);
            break found.last().map(|lesson| format!("{}.{}", lesson.start_ms, lesson.id));
        }
        let Some(last) = rows.last().filter(|_| rows.len() == question.limit as usize) else { break None };
        question.after = Some((last.start_ms, last.id.clone()));
        question.limit = 1_000;
    };
    Ok(json_page(found.iter().map(|lesson| &*lesson.json), next))
}

/// What a list is asked for, whoever asks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Question {
    from_ms: u64,
    to_ms: u64,
    school: Option<String>,
    classroom: Option<String>,
    teacher: Option<String>,
    entry: Option<String>,
    after: Option<(u64, String)>,
    limit: u32,
}

/// All of it, whoever may see it.
async fn answer(hub: &Hub, caller: &Caller, question: &Question) -> Result<Vec<Arc<Written>>, Problem> {
    let list = LessonList {
        school: question.school.as_deref(),
        classroom: question.classroom.as_deref(),
        person: question.teacher.as_deref(),
        entry: question.entry.as_deref(),
        after: question.after.as_ref().map(|(start_ms, id)| (*start_ms, id.as_str())),
        limit: question.limit,
        ..LessonList::between(question.from_ms, question.to_ms)
    };
    let now = Instant::now();
    let marks = hub.store.planned_marks(&list).await.map_err(|error| caller.refused(error))?;
    let mut written = written(hub, caller, &marks, now).await?;
    Ok(marks.iter().filter_map(|mark| written.remove(&mark.id)).collect())
}

/// Lessons by id: as they are known, or else read and written now.
async fn written(hub: &Hub, caller: &Caller, marks: &[LessonMark], now: Instant) -> Result<HashMap<String, Arc<Written>>, Problem> {
    let (known, register) = (&hub.api.written, caller.geography.generation);
    let found = known.find(marks, register, now);
    if found.len() == marks.len() {
        return Ok(found);
    }
    let _turn = hub.store.long_turn().await;
    // Whoever had a turn before may have read some.
    let mut found = known.find(marks, register, now);
    let unknown: Vec<String> = marks.iter().filter(|mark| !found.contains_key(&mark.id)).map(|mark| mark.id.clone()).collect();
    if unknown.is_empty() {
        return Ok(found);
    }
    let lessons = hub.store.planned_lessons_of(&unknown).await.map_err(|error| caller.refused(error))?;
    let read: Vec<LessonMark> = lessons.iter().map(PlannedLesson::mark).collect();
    let unwritable = |error| Problem::unavailable(format!("a lesson cannot be written as JSON: {error}"), 5);
    let lessons = views(hub, caller, lessons).await?.into_iter().map(|lesson| Written::new(lesson).map(Arc::new));
    let lessons: Vec<Arc<Written>> = lessons.collect::<Result<_, _>>().map_err(unwritable)?;
    found.extend(lessons.iter().map(|lesson| (lesson.id.clone(), lesson.clone())));
    known.keep(read.into_iter().zip(lessons), register, now);
    Ok(found)
}

/// The school of who has grants in one school alone.
fn only_school(grants: &[Grant]) -> Option<String> {
    let first = grants.first().filter(|grant| grant.scope == Scope::School)?;
    grants.iter().all(|grant| grant.scope == first.scope && grant.scope_id == first.scope_id).then(|| first.scope_id.clone()).flatten()
}

fn cursor(text: &str) -> Result<(u64, String), Problem> {
    let parts = text.split_once('.').and_then(|(start, id)| Some((start.parse::<u64>().ok().filter(|start| i64::try_from(*start).is_ok())?, id.to_owned())));
    parts.ok_or_else(|| bad_request("cursor: give `next` of the page before"))
}
