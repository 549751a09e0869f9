//! Entries of the timetable. Their lessons are made with them, or nothing is changed.

use super::Caller;
use super::clash::{Hidden, scheduling};
use super::extract::{Body, Ids, IfMatch, Query, json, tagged};
use super::lessons::{bookable, receivable};
use super::problem::say;
use super::resource::{self, Followers, Resource, changeable, followed, seen};
use super::route::{Doc, Routes, Rule, id_schema, truth};
use super::view::{Followed, MakeReport, Page, Saved};
use crate::access::{Action, Geography, Place};
use crate::account::secret;
use crate::http::Problem;
use crate::hub::Hub;
use crate::schedule::{Failure, Only, Report, ScheduleError, make_lessons, pages, plan_entry};
use crate::store::{Entry, Receiver, StoreError, Term};
use axum::extract::State;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use std::sync::Arc;
use timetable::Tell;

const TAG: &str = "timetable";

/// Lines of a report that are told.
const TOLD: usize = 1_000;

pub(super) fn routes(routes: &mut Routes) {
    let doc = |summary| Doc::new(TAG, summary);
    let (read, write) = (Rule::May(Entry::READ), Rule::May(Entry::WRITE));
    let all = doc("A page of entries, in the order of their ids.").answer::<Page<Entry>>(200, "A page.").page();
    let all = all.query("term", "Only those of this term.", id_schema()).query("closed", "Also closed ones.", truth());
    routes.add(Method::GET, "/entries", read, all, resource::list::<Entry>);
    let dry = |doc: Doc| doc.query("dry_run", "Only say whether it clashes.", truth()).refusals(&[404, 409]);
    let new = dry(doc("Makes an entry and its lessons.").body::<Entry>().answer::<Saved<Entry>>(201, "It was made.")).answer::<Entry>(200, "It could be made.");
    routes.add(Method::POST, "/entries", write, new, create);
    routes.add(Method::GET, "/entries/{id}", read, doc("An entry.").answer::<Entry>(200, "It."), resource::get::<Entry>);
    let change =
        dry(doc("Replaces an entry, and its lessons that nobody changed by hand.").body::<Entry>().answer::<Saved<Entry>>(200, "It was changed, or could be."));
    routes.add(Method::PUT, "/entries/{id}", write, change.if_match(), update);
    let close = doc("Closes an entry and cancels its lessons to come, but for those that somebody changed by hand: these stay, and are named.");
    let close = close.answer::<Followed>(200, "It is closed; what became of its lessons.").empty(204, "It is closed, and had none to come.");
    let close = close.if_match().refusals(&[409]);
    routes.add(Method::DELETE, "/entries/{id}", write, close, close_entry);
    let make = doc("Makes the lessons of a term, and keeps them in step with its entries, holidays and bells.");
    let make = make.query("school", "Only those that this school hosts; its administrator may make these.", id_schema());
    let make = make.answer::<MakeReport>(200, "What was done.").refusals(&[409]);
    routes.add(Method::POST, "/terms/{id}/lessons", write, make, make_all);
}

impl Resource for Entry {
    const PATH: &'static str = "/entries";
    const TAG: &'static str = TAG;
    const READ: Action = Action::ReadTimetable;
    const WRITE: Action = Action::ManageTimetable;
    const OF: (&'static str, &'static str) = ("term", "Only those of this term.");

    fn places<'a>(&'a self, _: &'a Geography) -> Vec<Place<'a>> {
        let receivers = self.receivers.iter().map(|receiver| Place::Classroom(&receiver.classroom));
        std::iter::once(Place::Classroom(&self.host_classroom)).chain(receivers).collect()
    }
    fn place<'a>(&'a self, _: &'a Geography) -> Place<'a> {
        Place::Classroom(&self.host_classroom)
    }
    fn identify(&mut self, id: String, version: u64) {
        (self.id, self.version) = (id, version);
    }
    // A sheet does not keep the spaces either.
    fn tidy(&mut self) {
        (self.subject, self.title) = (self.subject.trim().to_owned(), self.title.trim().to_owned());
    }
}

#[derive(Debug, Default, Deserialize)]
struct Dry {
    #[serde(default)]
    dry_run: bool,
}

/// An entry is made by the host's administrator, for classrooms that this one may see.
fn reachable(caller: &Caller, entry: &Entry, before: &[Receiver]) -> Result<(), Problem> {
    caller.change(Entry::READ, Entry::WRITE, &entry.place(&caller.geography))?;
    receivable(caller, &entry.receivers, before)
}

/// Who teaches and assists.
fn people(entry: &Entry) -> Vec<String> {
    std::iter::once(&entry.teacher).chain(&entry.assistants).cloned().collect()
}

async fn create(State(hub): State<Arc<Hub>>, caller: Caller, Query(dry): Query<Dry>, Body(mut entry): Body<Entry>) -> Result<Response, Problem> {
    let id = if entry.id.is_empty() { secret::id() } else { entry.id.clone() };
    entry.identify(id, 1);
    entry.tidy();
    reachable(&caller, &entry, &[])?;
    bookable(&hub, &caller, &people(&entry)).await?;
    let zone = &hub.config.zone;
    scheduling(&hub, &caller, plan_entry(&hub.store, &entry, zone, caller.now_ms).await).await?;
    if dry.dry_run {
        return Ok(json(entry));
    }
    hub.store.create(&entry, caller.now_ms).await.map_err(|error| caller.refused(error))?;
    let report = match make_lessons(&hub.store, &entry.term, zone, caller.now_ms, Only::Entry(&entry.id)).await {
        Ok(report) => report,
        Err(error) => {
            // Somebody else was quicker: the entry does not stand without its lessons.
            let _ = hub.store.close_row::<Entry>(&entry.id, 1, caller.now_ms).await;
            return scheduling(&hub, &caller, Err(error)).await;
        }
    };
    caller.audit(&hub, "create", "entry", &entry.id, serde_json::to_string(&entry).unwrap_or_default()).await;
    let lessons = Some(told(&hub, &caller, report).await);
    Ok(tagged(StatusCode::CREATED, 1, Saved { row: entry, lessons }))
}

async fn update(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Ids(id): Ids<String>,
    IfMatch(version): IfMatch,
    Query(dry): Query<Dry>,
    Body(mut entry): Body<Entry>,
) -> Result<Response, Problem> {
    let old: Entry = changeable(&hub, &caller, &id).await?;
    entry.identify(id, version);
    entry.tidy();
    reachable(&caller, &entry, &old.receivers)?;
    let (before, mut new) = (people(&old), people(&entry));
    new.retain(|person| !before.contains(person));
    bookable(&hub, &caller, &new).await?;
    if entry.term != old.term {
        return Err(super::problem::invalid(say(caller.language, "课表项不能换学期，请在那个学期新建", "an entry stays in its term; make a new one there")));
    }
    let zone = &hub.config.zone;
    scheduling(&hub, &caller, plan_entry(&hub.store, &entry, zone, caller.now_ms).await).await?;
    if dry.dry_run {
        return Ok(tagged(StatusCode::OK, version, entry));
    }
    entry.version = hub.store.update(&entry).await.map_err(|error| caller.refused(error))?;
    let report = match make_lessons(&hub.store, &entry.term, zone, caller.now_ms, Only::Entry(&entry.id)).await {
        Ok(report) => report,
        Err(error) => {
            let _ = hub.store.update(&Entry { version: entry.version, ..old }).await;
            return scheduling(&hub, &caller, Err(error)).await;
        }
    };
    caller.audit(&hub, "update", "entry", &entry.id, serde_json::to_string(&entry).unwrap_or_default()).await;
    let lessons = Some(told(&hub, &caller, report).await);
    Ok(tagged(StatusCode::OK, entry.version, Saved { row: entry, lessons }))
}

async fn close_entry(State(hub): State<Arc<Hub>>, caller: Caller, Ids(id): Ids<String>, IfMatch(version): IfMatch) -> Result<Response, Problem> {
    let old: Entry = changeable(&hub, &caller, &id).await?;
    hub.store.close_row::<Entry>(&id, version, caller.now_ms).await.map_err(|error| caller.refused(error))?;
    let report = scheduling(&hub, &caller, make_lessons(&hub.store, &old.term, &hub.config.zone, caller.now_ms, Only::Entry(&id)).await).await?;
    caller.audit(&hub, "close", "entry", &id, "").await;
    Ok(followed(Some(told(&hub, &caller, report).await)))
}

#[derive(Debug, Default, Deserialize)]
struct OfSchool {
    school: Option<String>,
}

async fn make_all(State(hub): State<Arc<Hub>>, caller: Caller, Ids(id): Ids<String>, Query(of): Query<OfSchool>) -> Result<Response, Problem> {
    let term: Term = seen(&hub, &caller, &id).await?;
    // Everybody's term is made anew by who has everything, a school's lessons by who has the school.
    let (place, only) = match &of.school {
        Some(school) => (Place::School(school), Only::School(school)),
        None => (term.place(&caller.geography), Only::All),
    };
    caller.change(Action::ReadRegister, Action::ManageTimetable, &place)?;
    let report = scheduling(&hub, &caller, make_lessons(&hub.store, &id, &hub.config.zone, caller.now_ms, only).await).await?;
    let (thing, of) = of.school.as_deref().map_or(("term", id.as_str()), |school| ("school", school));
    note(&hub, &caller, thing, of, &report).await;
    Ok(json(told(&hub, &caller, report).await))
}

/// A line in the log.
async fn note(hub: &Hub, caller: &Caller, thing: &str, id: &str, report: &Report) {
    let Report { created, updated, cancelled, failed, .. } = report;
    let counts = format!("{created} made, {updated} changed, {cancelled} cancelled, {} failed", failed.len());
    caller.audit(hub, "make lessons", thing, id, counts).await;
}

/// Makes the lessons that follow a change which is stored already. None where nothing follows it; what cannot be made now is made at night.
pub(super) async fn follow(hub: &Hub, caller: &Caller, of: &[Followers<'_>]) -> Option<MakeReport> {
    let mut all: Option<Report> = None;
    for followers in of {
        let (thing, id, only) = match *followers {
            Followers::School(school) => ("school", school, Only::School(school)),
            Followers::Term(term) => ("term", term, Only::All),
        };
        match remake(hub, caller, *followers, only).await {
            Ok(report) => {
                note(hub, caller, thing, id, &report).await;
                all.get_or_insert_default().add(report);
            }
            Err(error) => tracing::warn!(%error, thing, id, "the lessons could not be made after a change; they are at night"),
        }
    }
    match all {
        Some(report) => Some(told(hub, caller, report).await),
        None => None,
    }
}

async fn remake(hub: &Hub, caller: &Caller, followers: Followers<'_>, only: Only<'_>) -> Result<Report, ScheduleError> {
    let terms = match followers {
        Followers::Term(term) => vec![term.to_owned()],
        Followers::School(_) => {
            let today = caller.zone.wall(caller.now_ms).map(|(day, _)| day.to_string()).unwrap_or_default();
            pages::<Term>(&hub.store, None, true).await?.into_iter().filter(|term| term.last_day >= today).map(|term| term.id).collect()
        }
    };
    let mut report = Report::default();
    for term in &terms {
        report.add(make_lessons(&hub.store, term, &hub.config.zone, caller.now_ms, only).await?);
    }
    Ok(report)
}

/// The report in words.
pub(super) async fn told(hub: &Hub, caller: &Caller, mut report: Report) -> MakeReport {
    let language = caller.language;
    report.failed.truncate(TOLD);
    let hidden = Hidden::of(hub, caller, &report.failed).await;
    let failed = |Failure { thing, why }| match why {
        ScheduleError::Store(error @ StoreError::Clash { .. }) => format!("{thing}: {}", hidden.detail(caller, &error, language)),
        why => format!("{thing}: {}", caller.unscheduled(why).detail()),
    };
    MakeReport {
        created: report.created,
        updated: report.updated,
        cancelled: report.cancelled,
        kept: report.kept.iter().take(TOLD).map(|kept| format!("{}: {}", kept.id, kept.reason.tell(language))).collect(),
        skipped: report.skipped.iter().take(TOLD).map(|skipped| format!("{} {}: {}", skipped.entry, skipped.date, skipped.why.tell(language))).collect(),
        past: report.past,
        failed: report.failed.into_iter().map(failed).collect(),
    }
}
