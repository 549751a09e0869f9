//! `/api/v1/live`: what operators read of running lessons, with a lesson token.

use crate::http::{Problem, bearer, no_such_method};
use crate::hub::Hub;
use crate::lesson::view_of;
use crate::permit::{Action, permits};
use crate::record::LessonRow;
use crate::refusal::Refusal;
use crate::store::StoreError;
use crate::tokens::{ALL_LESSONS, Claims};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use axum::{Json, Router};
use protocol::{ErrorCode, LessonList, LessonOverview};
use std::sync::Arc;

/// `GET /api/v1/live`: those that are open, live or paused; with a token for one lesson, that one.
async fn lessons(State(hub): State<Arc<Hub>>, headers: HeaderMap) -> Result<Response, Problem> {
    let claims = operator(&hub, &headers)?;
    let rows = hub.store.current_lessons().await.map_err(|error| unavailable(&hub, &error))?;
    let mut lessons = Vec::with_capacity(rows.len());
    for row in rows.into_iter().filter(|row| claims.lesson == ALL_LESSONS || claims.lesson == row.id) {
        lessons.push(overview(&hub, row).await);
    }
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(LessonList { lessons })).into_response())
}

/// `GET /api/v1/live/{id}`, in any state.
async fn lesson(State(hub): State<Arc<Hub>>, Path(id): Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    let claims = operator(&hub, &headers)?;
    if claims.lesson != ALL_LESSONS && claims.lesson != id {
        return Err(Problem::forbidden(format!("the token is for lesson {:?}; use one for this lesson", claims.lesson)));
    }
    let row = hub.store.lesson(&id).await.map_err(|error| unavailable(&hub, &error))?;
    let shown: String = id.chars().take(64).collect();
    let row = row.ok_or_else(|| Refusal::new(ErrorCode::LessonUnknown, format!("there is no lesson {shown:?}")))?;
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(overview(&hub, row).await)).into_response())
}

/// Its routes. They are not in the list of routes: a lesson token opens them, not a person.
pub(super) fn router() -> Router<Arc<Hub>> {
    let read = |handler: MethodRouter<Arc<Hub>>| handler.fallback(no_such_method);
    Router::new().route("/api/v1/live", read(get(lessons))).route("/api/v1/live/{id}", read(get(lesson)))
}

fn operator(hub: &Hub, headers: &HeaderMap) -> Result<Claims, Problem> {
    let claims = hub.authenticate(bearer(headers)?)?;
    if !permits(claims.role, Action::Overview) {
        return Err(Problem::forbidden(format!("the role {:?} may not read lessons; use an operator's token", claims.role.name())));
    }
    Ok(claims)
}

async fn overview(hub: &Hub, row: LessonRow) -> LessonOverview {
    if let Some(overview) = hub.overview(&row.id).await {
        return overview;
    }
    LessonOverview { lesson: view_of(row), participants: Vec::new(), stats: Vec::new() }
}

fn unavailable(hub: &Hub, error: &StoreError) -> Problem {
    hub.metrics.writer.errors.with_label_values(&[error.kind()]).inc();
    tracing::error!(%error, "lessons could not be read");
    Refusal::new(ErrorCode::StoreUnavailable, "the store could not be read; try again in a moment").retry_after(2_000).into()
}
