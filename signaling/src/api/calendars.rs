//! Lessons as calendar feeds (RFC 5545): of a person, of a classroom, of a school.
//!
//! A page reads a feed with its session. Calendar programs know no session: they send a token as the password of HTTP Basic (RFC 7617), with any user name.
//! A token reads one feed, as the person who made it and for as long as that person may see it.

use super::caller::{Caller, Who};
use super::extract::{Ids, json};
use super::lessons::{place, views};
use super::problem::{not_found, say};
use super::route::{Doc, Routes, Rule};
use super::view::{FeedTokenView, Place as Shown, PlannedLessonView};
use crate::access::{Action, Place};
use crate::account::secret;
use crate::http::Problem;
use crate::hub::Hub;
use crate::store::{FeedKind, FeedToken, LessonList, Person};
use axum::extract::State;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use protocol::LessonState;
use std::sync::Arc;
use timetable::{Event, Language, feed};

const TAG: &str = "calendars";
const MEDIA: &str = "text/calendar";

/// A feed has what ended at most so long ago, and begins at most so long from now: a term and a bit.
const BACK_MS: u64 = 35 * 24 * 3_600_000;
const AHEAD_MS: u64 = 200 * 24 * 3_600_000;
/// Lessons of a feed; a school with many classrooms has the nearest ones.
const MOST: u32 = 5_000;

pub(super) fn routes(routes: &mut Routes) {
    of::<People>(routes, "The lessons a person teaches or assists, as a calendar.");
    of::<Classrooms>(routes, "The lessons in a classroom, as a calendar.");
    of::<Schools>(routes, "The lessons in the classrooms of a school, as a calendar.");
}

/// Whose lessons a route is about.
trait Kind: Send + Sync + 'static {
    const KIND: FeedKind;
}

struct People;
struct Classrooms;
struct Schools;

impl Kind for People {
    const KIND: FeedKind = FeedKind::People;
}
impl Kind for Classrooms {
    const KIND: FeedKind = FeedKind::Classrooms;
}
impl Kind for Schools {
    const KIND: FeedKind = FeedKind::Schools;
}

fn of<K: Kind>(routes: &mut Routes, about: &'static str) {
    let path = format!("/calendars/{}/{{id}}", K::KIND.name());
    let token = format!("{path}/token");
    let read = Doc::new(TAG, about).media(&[MEDIA], "The feed; also with a token of it as the password of HTTP Basic.");
    routes.add(Method::GET, &path, Rule::FeedOr(Action::ReadTimetable), read, show::<K>);
    let new = Doc::new(TAG, "Makes a token with which a calendar program reads this feed, in place of an earlier one.");
    let new = new.answer::<FeedTokenView>(201, "The token, shown this once.");
    routes.add(Method::POST, &token, Rule::OwnOr(Action::ReadTimetable), new, make_token::<K>);
    let revoke = Doc::new(TAG, "Revokes one's token of this feed.").empty(204, "It reads nothing any more.");
    routes.add(Method::DELETE, &token, Rule::OwnOr(Action::ReadTimetable), revoke, revoke_token::<K>);
}

/// What a feed is called, where the caller may see it.
async fn named(hub: &Hub, caller: &Caller, kind: FeedKind, id: &str) -> Result<String, Problem> {
    let geography = &caller.geography;
    let known = |place: Place<'_>| geography.name(&place).map(str::to_owned).ok_or_else(|| not_found(caller.language));
    match kind {
        FeedKind::People => {
            let person: Option<Person> = hub.store.get(id).await.map_err(|error| caller.refused(error))?;
            let person = person.filter(|person| person.closed_ms.is_none()).ok_or_else(|| not_found(caller.language))?;
            let school = person.school.as_deref().map_or(Place::Everywhere, Place::School);
            if caller.acts_for() != Some(id) {
                caller.see(Action::ReadPeople, &[school])?;
            }
            Ok(person.name)
        }
        FeedKind::Classrooms => {
            caller.see(Action::ReadTimetable, &[Place::Classroom(id)])?;
            let school = geography.school_of(id).and_then(|school| geography.name(&Place::School(school))).unwrap_or_default().to_owned();
            Ok(format!("{school} {}", known(Place::Classroom(id))?))
        }
        FeedKind::Schools => {
            caller.see(Action::ReadTimetable, &[Place::School(id)])?;
            known(Place::School(id))
        }
    }
}

async fn show<K: Kind>(State(hub): State<Arc<Hub>>, caller: Caller, Ids(id): Ids<String>) -> Result<Response, Problem> {
    if let Who::Feed(feed) = &caller.who
        && (feed.token.kind != K::KIND || feed.token.thing != id)
    {
        return Err(not_found(caller.language));
    }
    let name = named(&hub, &caller, K::KIND, &id).await?;
    // A calendar program that has an event hears that it is cancelled.
    let list =
        LessonList { withdrawn: true, limit: MOST, ..LessonList::between(caller.now_ms.saturating_sub(BACK_MS), caller.now_ms.saturating_add(AHEAD_MS)) };
    let list = match K::KIND {
        FeedKind::People => LessonList { person: Some(&id), ..list },
        FeedKind::Classrooms => LessonList { classroom: Some(&id), ..list },
        FeedKind::Schools => LessonList { school: Some(&id), ..list },
    };
    let lessons = hub.store.planned_lessons(&list).await.map_err(|error| caller.refused(error))?;
    let lessons = views(&hub, &caller, lessons).await?;
    let here = (K::KIND == FeedKind::Classrooms).then(|| place(&caller.geography, &id));
    let events: Vec<Event> = lessons.iter().map(|lesson| event(lesson, here.as_ref(), caller.paper_language)).collect();
    let title = match caller.paper_language {
        Language::Chinese => format!("{name} 课表"),
        Language::English => format!("{name}: lessons"),
    };
    let text = feed(&title, caller.now_ms, &events);
    let media = HeaderValue::from_static("text/calendar; charset=utf-8");
    Ok(([(header::CONTENT_TYPE, media), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], text).into_response())
}

fn event(lesson: &PlannedLessonView, here: Option<&Shown>, language: Language) -> Event {
    Event {
        // Ids are random or of such an entry: no two lessons have the same.
        uid: format!("{}@lessons.tongke", lesson.id),
        sequence: u32::try_from(lesson.version).unwrap_or(u32::MAX),
        start_ms: lesson.start_ms,
        end_ms: lesson.end_ms,
        cancelled: lesson.state == LessonState::Cancelled,
        summary: lesson.title.clone(),
        location: here.or(lesson.host.as_ref()).map(room).unwrap_or_default(),
        description: description(lesson, language),
    }
}

fn room(place: &Shown) -> String {
    format!("{} {}", place.school_name, place.name)
}

/// Who teaches, who assists, where it is taught and received, and why it is not as planned; a line each.
fn description(lesson: &PlannedLessonView, language: Language) -> String {
    let between = say(language, "、", ", ");
    let listed = |names: Vec<String>| (!names.is_empty()).then(|| names.join(between));
    let lines = [
        ("主讲教师", "lead teacher", lesson.teacher.as_ref().map(|teacher| teacher.name.clone())),
        ("助教", "assistants", listed(lesson.assistants.iter().map(|person| person.name.clone()).collect())),
        ("主讲教室", "taught in", lesson.host.as_ref().map(room)),
        ("听讲教室", "received in", listed(lesson.receivers.iter().map(|receiver| room(&receiver.place)).collect())),
        ("说明", "note", lesson.reason.clone()),
    ];
    let told = |(chinese, english, value): (&str, &str, Option<String>)| match language {
        Language::Chinese => value.map(|value| format!("{chinese}：{value}")),
        Language::English => value.map(|value| format!("{english}: {value}")),
    };
    lines.into_iter().filter_map(told).collect::<Vec<_>>().join("\n")
}

async fn make_token<K: Kind>(State(hub): State<Arc<Hub>>, caller: Caller, Ids(id): Ids<String>) -> Result<Response, Problem> {
    named(&hub, &caller, K::KIND, &id).await?;
    let (token, person) = (secret::token(), caller.person()?.person.id.clone());
    let row = FeedToken { token_hash: secret::hash(&token), kind: K::KIND, thing: id.clone(), person, made_ms: caller.now_ms };
    hub.store.create_feed_token(&row).await.map_err(|error| caller.refused(error))?;
    caller.audit(&hub, "make feed token", K::KIND.name(), &id, "").await;
    let path = format!("{}/calendars/{}/{id}", super::route::BASE, K::KIND.name());
    Ok((StatusCode::CREATED, json(FeedTokenView { path, token })).into_response())
}

async fn revoke_token<K: Kind>(State(hub): State<Arc<Hub>>, caller: Caller, Ids(id): Ids<String>) -> Result<Response, Problem> {
    // Whoever may see a feed no more may still take its token back.
    let person = &caller.person()?.person.id;
    if !hub.store.revoke_feed_token(person, K::KIND, &id).await.map_err(|error| caller.refused(error))? {
        return Err(not_found(caller.language));
    }
    caller.audit(&hub, "revoke feed token", K::KIND.name(), &id, "").await;
    Ok(StatusCode::NO_CONTENT.into_response())
}
