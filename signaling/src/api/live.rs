//! `/api/v1/live`: running lessons as operators watch them, and what they order in them.
//!
//! Who signed in watches the lessons of one's places; a board on a wall, or a program, with a lesson token of the role `operator`. Orders are for who signed in:
//! the audit log must name a person.

use super::Caller;
use super::caller::Who;
use super::extract::{Body, Ids, json};
use super::problem::{not_found, say};
use super::route::{Doc, Routes, Rule};
use crate::access::{Action, Place};
use crate::http::Problem;
use crate::hub::Hub;
use crate::lesson::{Deed, Outsider, view_of};
use crate::record::LessonRow;
use crate::refusal::Refusal;
use crate::store::StoreError;
use crate::tokens::ALL_LESSONS;
use axum::extract::State;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use protocol::{ErrorCode, LessonAction, LessonList, LessonOverview, Sending, SwitchChange};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

const TAG: &str = "live";
const WATCH: Rule = Rule::OperatorOr(Action::WatchLessons);
const ORDER: Rule = Rule::May(Action::ManageLive);

pub(super) fn routes(routes: &mut Routes) {
    let doc = |summary, what| Doc::new(TAG, summary).media(&["application/json"], what);
    let all = doc("The lessons that are open, live or paused, with participants and figures.", "`LessonList` of docs/protocol.md.");
    routes.add(Method::GET, "/live", WATCH, all, list);
    routes.add(Method::GET, "/live/{id}", WATCH, doc("A lesson in any state, as in the list.", "`LessonOverview` of docs/protocol.md."), show);
    let act = doc("Pauses a lesson, lets it go on, or shuts it down at once.", "The lesson, as it is then: `LessonView` of docs/protocol.md.");
    routes.add(Method::POST, "/live/{id}/action", ORDER, act.body::<LessonOrder>().refusals(&[409]), act_on);
    let switch = doc("Allows and forbids in a lesson; what is missing stays.", "The lesson, as it is then: `LessonView` of docs/protocol.md.");
    routes.add(Method::POST, "/live/{id}/switches", ORDER, switch.body::<SwitchOrder>().refusals(&[409]), switch_in);
}

/// What is to be done to a lesson.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct LessonOrder {
    action: OrderedAction,
}

/// What may be ordered.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum OrderedAction {
    /// Of a live lesson: nothing is forwarded, until it goes on.
    Pause,
    /// Of a paused lesson.
    Resume,
    /// Everybody is sent away, and the lesson is over.
    ShutDown,
}

/// Switches to change: true is allowed.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct SwitchOrder {
    /// The classes' cameras.
    video: Option<bool>,
    /// The classes' microphones.
    voice: Option<bool>,
    /// Ink of the classes on the board.
    annotation: Option<bool>,
    /// The host's courseware.
    screen: Option<bool>,
    /// Files of the classes.
    file: Option<bool>,
    /// Chat of everybody but the host.
    text: Option<bool>,
    /// Anything at all from the participants.
    interaction: Option<bool>,
    /// Which classes send: `everybody`, `marked`, `called` or `nobody`.
    #[schema(value_type = Option<String>)]
    sending: Option<Sending>,
}

async fn list(State(hub): State<Arc<Hub>>, caller: Caller) -> Result<Response, Problem> {
    let rows = hub.store.current_lessons().await.map_err(|error| unavailable(&hub, &error))?;
    let mut lessons = Vec::with_capacity(rows.len());
    for row in rows.into_iter().filter(|row| watches(&caller, row)) {
        lessons.push(overview(&hub, &caller, row).await);
    }
    Ok(json(LessonList { lessons }))
}

async fn show(State(hub): State<Arc<Hub>>, caller: Caller, Ids(id): Ids<String>) -> Result<Response, Problem> {
    if let Who::Operator(claims) = &caller.who
        && claims.lesson != ALL_LESSONS
        && claims.lesson != id
    {
        return Err(Problem::forbidden(format!("the token is for lesson {:?}; use one for this lesson", claims.lesson)));
    }
    let row = watched(&hub, &caller, &id).await?;
    Ok(json(overview(&hub, &caller, row).await))
}

async fn act_on(State(hub): State<Arc<Hub>>, caller: Caller, Ids(id): Ids<String>, Body(order): Body<LessonOrder>) -> Result<Response, Problem> {
    let action = match order.action {
        OrderedAction::Pause => LessonAction::Pause,
        OrderedAction::Resume => LessonAction::Resume,
        OrderedAction::ShutDown => LessonAction::ShutDown,
    };
    order_in(&hub, &caller, &id, Deed::Act(action)).await
}

async fn switch_in(State(hub): State<Arc<Hub>>, caller: Caller, Ids(id): Ids<String>, Body(order): Body<SwitchOrder>) -> Result<Response, Problem> {
    let SwitchOrder { video, voice, annotation, screen, file, text, interaction, sending } = order;
    order_in(&hub, &caller, &id, Deed::Switch(SwitchChange { video, voice, annotation, screen, file, text, interaction, sending })).await
}

/// Has the lesson do it, which notes it and tells everybody.
async fn order_in(hub: &Arc<Hub>, caller: &Caller, id: &str, deed: Deed) -> Result<Response, Problem> {
    let row = watched(hub, caller, id).await?;
    caller.change(Action::WatchLessons, Action::ManageLive, &home(&row))?;
    let person = &caller.person()?.person;
    let by = Outsider { sub: person.id.clone(), name: person.name.clone(), from: Some(caller.address) };
    let view = hub.order(id, by, deed).await.map_err(|refusal| match refusal.code {
        ErrorCode::WrongState => {
            let detail = say(caller.language, "课堂现在的状态不能这样操作", &refusal.message);
            Problem::named(StatusCode::CONFLICT, "wrong_state", "not in this state", detail)
        }
        _ => refusal.into(),
    })?;
    Ok(json(view))
}

/// Where it is watched from: its host's classroom.
fn home(row: &LessonRow) -> Place<'_> {
    row.host_classroom.as_deref().map_or(Place::Everywhere, Place::Classroom)
}

fn watches(caller: &Caller, row: &LessonRow) -> bool {
    match &caller.who {
        Who::Operator(claims) => claims.lesson == ALL_LESSONS || claims.lesson == row.id,
        _ => caller.may(Action::WatchLessons, &home(row)),
    }
}

/// A lesson that the caller may watch.
async fn watched(hub: &Hub, caller: &Caller, id: &str) -> Result<LessonRow, Problem> {
    let row = hub.store.lesson(id).await.map_err(|error| unavailable(hub, &error))?;
    row.filter(|row| watches(caller, row)).ok_or_else(|| not_found(caller.language))
}

async fn overview(hub: &Hub, caller: &Caller, row: LessonRow) -> LessonOverview {
    let school = row.host_classroom.as_deref().and_then(|host| caller.geography.school_of(host));
    let host_school = school.and_then(|school| caller.geography.name(&Place::School(school))).map(str::to_owned);
    match hub.overview(&row.id).await {
        Some(overview) => LessonOverview { host_school, ..overview },
        None => LessonOverview { lesson: view_of(row), host_school, participants: Vec::new(), stats: Vec::new() },
    }
}

fn unavailable(hub: &Hub, error: &StoreError) -> Problem {
    hub.metrics.writer.errors.with_label_values(&[error.kind()]).inc();
    tracing::error!(%error, "lessons could not be read");
    Refusal::new(ErrorCode::StoreUnavailable, "the store could not be read; try again in a moment").retry_after(2_000).into()
}
