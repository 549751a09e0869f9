//! Lessons of the timetable: listed, made by hand, moved, given to others, cancelled, entered.

use super::caller::Who;
use super::extract::{Body, Ids, IfMatch, Query, json, tagged};
use super::problem::{invalid, not_found, not_permitted, say, unavailable};
use super::resource::Resource as _;
use super::route::{Doc, Routes, Rule, id_schema, moment, truth};
use super::view::{self, CancelLesson, JoinView, LessonDraft, Page, PersonName, PlannedLessonView, ReceiverView, WindowView};
use super::{Caller, clash, lesson_list};
use crate::access::{Action, Geography, Place};
use crate::account::secret;
use crate::http::Problem;
use crate::hub::Hub;
use crate::schedule::{ScheduleError, bells_of};
use crate::store::{LessonKind, Person, PlannedLesson, Receiver, StoreError};
use crate::tokens::{Claims, Holder};
use axum::extract::State;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use protocol::{LessonState, Role};
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::Arc;
use timetable::{Bells, Date, LessonError, SHORTEST_MS, Tell, meeting};

const TAG: &str = "lessons";
const READ: Rule = Rule::OwnOr(Action::ReadTimetable);
const WRITE: Rule = Rule::May(Action::ManageTimetable);

/// A token for a lesson is given from so long before its planned beginning on.
const TOKEN_BEFORE_MS: u64 = 30 * 60 * 1_000;
/// A token for a lesson holds so long past its planned end.
const TOKEN_AFTER_MS: u64 = 2 * 3_600 * 1_000;
/// One for a lesson without a planned end.
const TOKEN_MS: u64 = 12 * 3_600 * 1_000;

pub(super) fn routes(routes: &mut Routes) {
    let doc = |summary| Doc::new(TAG, summary);
    let all = doc("A page of lessons, by beginning, also cancelled ones, but not those to come that the timetable has no more.")
        .answer::<Page<PlannedLessonView>>(200, "A page.")
        .page();
    let all = all.query("from_ms", "Only those that end after this; where it is missing, a day ago, or with `entry` the beginning.", moment());
    let all = all.query("to_ms", "Only those that begin before this; where it is missing, 8 days after `from_ms`, or with `entry` the end.", moment());
    let all = all.query("school", "Only those with a classroom of this school.", id_schema());
    let all = all.query("classroom", "Only those with this classroom.", id_schema());
    let all = all.query("teacher", "Only those that this person teaches or assists.", id_schema());
    routes.add(Method::GET, "/lessons", READ, all.query("entry", "Only those of this entry.", id_schema()), lesson_list::list);
    let dry = |doc: Doc| doc.query("dry_run", "Only say whether it clashes.", truth()).refusals(&[404, 409]);
    let new = doc("Makes a lesson outside of the timetable.").body::<LessonDraft>().answer::<PlannedLessonView>(201, "It was made.");
    routes.add(Method::POST, "/lessons", WRITE, dry(new).answer::<PlannedLessonView>(200, "It could be made."), create);
    routes.add(Method::GET, "/lessons/{id}", READ, doc("A lesson.").answer::<PlannedLessonView>(200, "It."), show);
    let change = doc("Moves a lesson or gives it to others; what is missing stays.").body::<LessonDraft>();
    let change = change.answer::<PlannedLessonView>(200, "It was changed, or could be.");
    routes.add(Method::PUT, "/lessons/{id}", WRITE, dry(change).if_match(), update);
    let cancel = doc("Cancels a lesson.").body::<CancelLesson>().answer::<PlannedLessonView>(200, "It is cancelled.").if_match().refusals(&[409]);
    routes.add(Method::POST, "/lessons/{id}/cancel", WRITE, cancel, cancel_lesson);
    let back = doc("Takes the cancelling back.").answer::<PlannedLessonView>(200, "It takes place.").if_match().refusals(&[409]);
    routes.add(Method::POST, "/lessons/{id}/reinstate", WRITE, back, reinstate);
    let windows = doc("How the period fits the bells of each receiving school.").answer::<Page<WindowView>>(200, "By receiver.");
    routes.add(Method::GET, "/lessons/{id}/windows", READ, windows, windows_of);
    let join = doc("A token to come into the lesson with: as its host, as a receiving classroom, or to observe.");
    let join = join.answer::<JoinView>(200, "The token.").refusals(&[409]);
    routes.add(Method::POST, "/lessons/{id}/join", Rule::DeviceOr(Action::ReadTimetable), join, join_lesson);
}

/// Where a lesson is seen from.
pub(crate) fn places(lesson: &PlannedLesson) -> Vec<Place<'_>> {
    let receivers = lesson.receivers.iter().map(|receiver| Place::Classroom(&receiver.classroom));
    lesson.host_classroom.iter().map(|host| Place::Classroom(host)).chain(receivers).collect()
}

/// Where it is changed.
fn home(lesson: &PlannedLesson) -> Place<'_> {
    lesson.host_classroom.as_deref().map_or(Place::Everywhere, Place::Classroom)
}

/// A classroom with its names.
pub(crate) fn place(geography: &Geography, classroom: &str) -> view::Place {
    let school = geography.school_of(classroom).unwrap_or_default();
    let name = |place: Place<'_>| geography.name(&place).unwrap_or_default().to_owned();
    view::Place {
        classroom: classroom.to_owned(),
        name: name(Place::Classroom(classroom)),
        school: school.to_owned(),
        school_name: name(Place::School(school)),
    }
}

/// Lessons with names.
pub(super) async fn views(hub: &Hub, caller: &Caller, lessons: Vec<PlannedLesson>) -> Result<Vec<PlannedLessonView>, Problem> {
    let mut people: Vec<String> = lessons.iter().flat_map(|lesson| lesson.teacher.iter().chain(&lesson.assistants).cloned()).collect();
    people.sort_unstable();
    people.dedup();
    let names = hub.store.person_names(&people).await.map_err(|error| caller.refused(error))?;
    Ok(lessons.into_iter().map(|lesson| named(&caller.geography, &names, lesson)).collect())
}

async fn one(hub: &Hub, caller: &Caller, lesson: PlannedLesson) -> Result<PlannedLessonView, Problem> {
    let mut views = views(hub, caller, vec![lesson]).await?;
    views.pop().ok_or_else(|| not_found(caller.language))
}

fn named(geography: &Geography, names: &HashMap<String, String>, lesson: PlannedLesson) -> PlannedLessonView {
    let person = |id: String| PersonName { name: names.get(&id).cloned().unwrap_or_default(), id };
    let receiver = |receiver: Receiver| ReceiverView { place: place(geography, &receiver.classroom), interactive: receiver.interactive };
    PlannedLessonView {
        id: lesson.id,
        title: lesson.title,
        subject: lesson.subject,
        kind: lesson.kind,
        state: lesson.state,
        day: lesson.day,
        period: lesson.period,
        start_ms: lesson.start_ms,
        end_ms: lesson.end_ms,
        teacher: lesson.teacher.map(person),
        assistants: lesson.assistants.into_iter().map(person).collect(),
        host: lesson.host_classroom.as_deref().map(|host| place(geography, host)),
        receivers: lesson.receivers.into_iter().map(receiver).collect(),
        reason: lesson.reason,
        changed_by_hand: lesson.changed_by_hand,
        entry: lesson.entry,
        version: lesson.version,
    }
}

/// A lesson that the caller may see.
pub(super) async fn seen(hub: &Hub, caller: &Caller, id: &str) -> Result<PlannedLesson, Problem> {
    let found = hub.store.planned_lesson(id).await.map_err(|error| caller.refused(error))?;
    found.filter(|lesson| visible(caller, lesson)).ok_or_else(|| not_found(caller.language))
}

/// Whether the caller may see a lesson.
pub(super) fn visible(caller: &Caller, lesson: &PlannedLesson) -> bool {
    match &caller.who {
        Who::Device(device) => lesson.receivers.iter().any(|receiver| receiver.classroom == device.classroom),
        _ => caller.may_at(Action::ReadTimetable, &places(lesson)) || own(caller, lesson),
    }
}

/// Whether the caller teaches or assists it.
pub(super) fn own(caller: &Caller, lesson: &PlannedLesson) -> bool {
    let Ok(signed) = caller.person() else { return false };
    let me = &signed.person.id;
    lesson.teacher.as_ref() == Some(me) || lesson.assistants.contains(me)
}

async fn show(State(hub): State<Arc<Hub>>, caller: Caller, Ids(id): Ids<String>) -> Result<Response, Problem> {
    let lesson = seen(&hub, &caller, &id).await?;
    Ok(tagged(StatusCode::OK, lesson.version, one(&hub, &caller, lesson).await?))
}

#[derive(Debug, Default, Deserialize)]
struct Dry {
    #[serde(default)]
    dry_run: bool,
}

/// What a draft makes of a lesson.
fn apply(lesson: &mut PlannedLesson, draft: LessonDraft) {
    let keep = |old: &mut Option<String>, new: Option<String>| {
        if new.is_some() {
            *old = new;
        }
    };
    // Subjects that only differ in the spaces around them are one.
    let trimmed = |text: String| text.trim().to_owned();
    lesson.title = draft.title.map_or_else(|| std::mem::take(&mut lesson.title), trimmed);
    keep(&mut lesson.subject, draft.subject.map(trimmed));
    keep(&mut lesson.teacher, draft.teacher);
    keep(&mut lesson.host_classroom, draft.host_classroom);
    keep(&mut lesson.reason, draft.reason);
    lesson.kind = draft.kind.or(lesson.kind);
    lesson.start_ms = draft.start_ms.unwrap_or(lesson.start_ms);
    lesson.end_ms = draft.end_ms.unwrap_or(lesson.end_ms);
    if let Some(mut assistants) = draft.assistants {
        assistants.sort_unstable();
        assistants.dedup();
        lesson.assistants = assistants;
    }
    if let Some(mut receivers) = draft.receivers {
        receivers.sort();
        receivers.dedup_by(|one, other| one.classroom == other.classroom);
        lesson.receivers = receivers;
    }
}

/// Whether the caller may have the lesson as it is to be: in a classroom it manages, for classrooms it sees.
fn reachable(caller: &Caller, lesson: &PlannedLesson, before: &[Receiver]) -> Result<(), Problem> {
    caller.change(Action::ReadTimetable, Action::ManageTimetable, &home(lesson))?;
    receivable(caller, &lesson.receivers, before)
}

/// Whether the caller may have these receivers: it sees the classrooms, or they were there `before`, as those of a school that left an alliance.
pub(super) fn receivable(caller: &Caller, receivers: &[Receiver], before: &[Receiver]) -> Result<(), Problem> {
    let was_there = |classroom: &str| before.iter().any(|receiver| receiver.classroom == classroom);
    let sees = |classroom: &str| caller.may(Action::ReadRegister, &Place::Classroom(classroom));
    if receivers.iter().all(|receiver| was_there(&receiver.classroom) || sees(&receiver.classroom)) {
        return Ok(());
    }
    Err(invalid(say(caller.language, "接收教室不存在，或不在您能看到的学校里", "a receiving classroom is not there, or not in a school you see")))
}

/// Lets through who may change a lesson that it sees: a receiving school is told that it is the host's to change.
fn changeable(caller: &Caller, lesson: &PlannedLesson) -> Result<(), Problem> {
    if caller.may(Action::ManageTimetable, &home(lesson)) { Ok(()) } else { Err(not_permitted(caller.language)) }
}

/// What became of a lesson stays when its time is over.
fn past(detail: &str) -> Problem {
    Problem::named(StatusCode::CONFLICT, "lesson_closed", "the lesson is over", detail)
}

fn not_past(caller: &Caller, lesson: &PlannedLesson) -> Result<(), Problem> {
    if caller.now_ms < lesson.end_ms {
        return Ok(());
    }
    Err(past(say(caller.language, "这节课的时间已过，不能再停课或恢复", "the time of this lesson is past: it can be neither cancelled nor reinstated")))
}

/// Who teaches and assists.
fn people(lesson: &PlannedLesson) -> Vec<String> {
    lesson.teacher.iter().chain(&lesson.assistants).cloned().collect()
}

async fn refusing<T>(hub: &Hub, caller: &Caller, done: Result<T, StoreError>) -> Result<T, Problem> {
    match done {
        Ok(done) => Ok(done),
        Err(error) => Err(clash::refused(hub, caller, error).await),
    }
}

/// Whether the caller may have these people in a lesson: they are where it sees the register. The same words for who is not there.
pub(super) async fn bookable(hub: &Hub, caller: &Caller, people: &[String]) -> Result<(), Problem> {
    for id in people {
        let person: Option<Person> = hub.store.get(id).await.map_err(|error| caller.refused(error))?;
        if !person.is_some_and(|person| caller.may(Action::ReadRegister, &person.place(&caller.geography))) {
            return Err(invalid(say(caller.language, "教师不存在，或不在您能看到的学校里", "a teacher is not there, or not in a school you see")));
        }
    }
    Ok(())
}

/// Whether somebody may put a lesson there.
fn to_come(caller: &Caller, start_ms: u64, end_ms: u64) -> Result<(), Problem> {
    let error = if end_ms <= caller.now_ms { LessonError::Past } else { LessonError::Short };
    let refused = error == LessonError::Past || end_ms.saturating_sub(start_ms) < SHORTEST_MS;
    if refused { Err(invalid(error.tell(caller.language))) } else { Ok(()) }
}

async fn create(State(hub): State<Arc<Hub>>, caller: Caller, Query(dry): Query<Dry>, Body(draft): Body<LessonDraft>) -> Result<Response, Problem> {
    let (Some(title), Some(start_ms), Some(end_ms), Some(_)) = (&draft.title, draft.start_ms, draft.end_ms, &draft.host_classroom) else {
        return Err(invalid(say(caller.language, "请填写课题、开始和结束时间、主讲教室", "give title, start_ms, end_ms and host_classroom")));
    };
    to_come(&caller, start_ms, end_ms)?;
    let mut lesson = PlannedLesson {
        id: secret::id(),
        title: title.clone(),
        state: LessonState::Scheduled,
        entry: None,
        day: None,
        period: None,
        kind: Some(LessonKind::Dedicated),
        subject: None,
        teacher: None,
        assistants: Vec::new(),
        host_classroom: None,
        receivers: Vec::new(),
        start_ms,
        end_ms,
        reason: None,
        changed_by_hand: true,
        switches: None,
        version: 1,
    };
    apply(&mut lesson, draft);
    reachable(&caller, &lesson, &[])?;
    bookable(&hub, &caller, &people(&lesson)).await?;
    let lessons = std::slice::from_ref(&lesson);
    if dry.dry_run {
        refusing(&hub, &caller, hub.store.try_lessons(lessons, false).await).await?;
        return Ok(json(one(&hub, &caller, lesson).await?));
    }
    refusing(&hub, &caller, hub.store.create_lessons(lessons, caller.now_ms).await).await?;
    let view = one(&hub, &caller, lesson).await?;
    caller.audit(&hub, "create", "lesson", &view.id, serde_json::to_string(&view).unwrap_or_default()).await;
    Ok(tagged(StatusCode::CREATED, 1, view))
}

async fn update(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Ids(id): Ids<String>,
    IfMatch(version): IfMatch,
    Query(dry): Query<Dry>,
    Body(draft): Body<LessonDraft>,
) -> Result<Response, Problem> {
    let mut lesson = seen(&hub, &caller, &id).await?;
    changeable(&caller, &lesson)?;
    let (before, receivers) = (people(&lesson), lesson.receivers.clone());
    let times = (lesson.start_ms, lesson.end_ms);
    let is_past = matches!(lesson.state, LessonState::Scheduled | LessonState::Open) && lesson.end_ms <= caller.now_ms;
    apply(&mut lesson, draft);
    if is_past && lesson.start_ms <= times.0 {
        return Err(past(say(caller.language, "这节课的时间已过，只能改到以后的时间", "the time of this lesson is past: it can only be moved to a later one")));
    }
    if times != (lesson.start_ms, lesson.end_ms) {
        to_come(&caller, lesson.start_ms, lesson.end_ms)?;
    }
    (lesson.version, lesson.changed_by_hand) = (version, true);
    reachable(&caller, &lesson, &receivers)?;
    let mut new = people(&lesson);
    new.retain(|person| !before.contains(person));
    bookable(&hub, &caller, &new).await?;
    let lessons = std::slice::from_ref(&lesson);
    if dry.dry_run {
        refusing(&hub, &caller, hub.store.try_lessons(lessons, true).await).await?;
        return Ok(tagged(StatusCode::OK, version, one(&hub, &caller, lesson).await?));
    }
    refusing(&hub, &caller, hub.store.update_lessons(lessons).await).await?;
    changed(&hub, &caller, &id, "update").await
}

/// The lesson as it is now, which whoever runs it knows, and a line in the log.
async fn changed(hub: &Hub, caller: &Caller, id: &str, act: &str) -> Result<Response, Problem> {
    hub.follow_plan(id).await;
    let lesson = seen(hub, caller, id).await?;
    let version = lesson.version;
    let view = one(hub, caller, lesson).await?;
    caller.audit(hub, act, "lesson", id, serde_json::to_string(&view).unwrap_or_default()).await;
    Ok(tagged(StatusCode::OK, version, view))
}

async fn cancel_lesson(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Ids(id): Ids<String>,
    IfMatch(version): IfMatch,
    Body(why): Body<CancelLesson>,
) -> Result<Response, Problem> {
    let lesson = seen(&hub, &caller, &id).await?;
    changeable(&caller, &lesson)?;
    if matches!(lesson.state, LessonState::Scheduled | LessonState::Open) {
        not_past(&caller, &lesson)?;
    }
    hub.store.cancel_lesson(&id, version, &why.reason, true).await.map_err(|error| caller.refused(error))?;
    changed(&hub, &caller, &id, "cancel").await
}

async fn reinstate(State(hub): State<Arc<Hub>>, caller: Caller, Ids(id): Ids<String>, IfMatch(version): IfMatch) -> Result<Response, Problem> {
    let lesson = seen(&hub, &caller, &id).await?;
    changeable(&caller, &lesson)?;
    not_past(&caller, &lesson)?;
    let done = hub.store.reinstate_lesson(&id, version).await;
    if matches!(done, Err(StoreError::Changed { .. })) && version == lesson.version && lesson.state != LessonState::Cancelled {
        let detail = say(caller.language, "这节课没有停课，不需要恢复", "the lesson is not cancelled");
        return Err(Problem::named(StatusCode::CONFLICT, "wrong_state", "not in this state", detail));
    }
    refusing(&hub, &caller, done).await?;
    changed(&hub, &caller, &id, "reinstate").await
}

async fn windows_of(State(hub): State<Arc<Hub>>, caller: Caller, Ids(id): Ids<String>) -> Result<Response, Problem> {
    let lesson = seen(&hub, &caller, &id).await?;
    let (host, period) = (lesson.host_classroom.as_deref().and_then(|host| caller.geography.school_of(host)), lesson.period);
    let day = caller.zone.wall(lesson.start_ms).map(|(day, _)| day);
    let (Some(host), Some(period), Some(day)) = (host, period, day) else { return Ok(json(Page::<WindowView> { items: Vec::new(), next: None })) };
    let items = windows(&hub, &caller, host, period, day, &lesson).await?;
    Ok(json(Page { items, next: None }))
}

async fn windows(hub: &Hub, caller: &Caller, host: &str, period: u8, day: Date, lesson: &PlannedLesson) -> Result<Vec<WindowView>, Problem> {
    let mut bells = HashMap::from([(host.to_owned(), bells_to_tell(hub, caller, host).await?)]);
    let mut items = Vec::with_capacity(lesson.receivers.len());
    for receiver in &lesson.receivers {
        let place = place(&caller.geography, &receiver.classroom);
        if !bells.contains_key(&place.school) {
            bells.insert(place.school.clone(), bells_to_tell(hub, caller, &place.school).await?);
        }
        let (Some(teaching), Some(receiving)) = (bells.get(host), bells.get(&place.school)) else { continue };
        let (common_min, short, message) = match (teaching, receiving) {
            (Ok(teaching), Ok(receiving)) => {
                let meeting = meeting(teaching, receiving, day, period);
                let common_min = meeting.window().map_or(0, |window| u32::try_from(window.minutes).unwrap_or(u32::MAX));
                (common_min, meeting.is_warning(), meeting.tell(caller.language))
            }
            (Err(why), _) | (_, Err(why)) => (0, true, why.clone()),
        };
        items.push(WindowView { place, common_min, short, message });
    }
    Ok(items)
}

/// The bells of a school; where they are not usable, which school's it is and why, in words.
async fn bells_to_tell(hub: &Hub, caller: &Caller, school: &str) -> Result<Result<Bells, String>, Problem> {
    match bells_of(&hub.store, school, &caller.zone).await {
        Ok(bells) => Ok(Ok(bells)),
        Err(error @ (ScheduleError::Bells { .. } | ScheduleError::Store(StoreError::Rule { .. } | StoreError::Invalid { .. }))) => {
            let name = caller.geography.name(&Place::School(school)).unwrap_or(school);
            Ok(Err(format!("{name}{}{}", say(caller.language, "：", ": "), error.tell(caller.language))))
        }
        Err(error) => Err(caller.unscheduled(error)),
    }
}

async fn join_lesson(State(hub): State<Arc<Hub>>, caller: Caller, Ids(id): Ids<String>) -> Result<Response, Problem> {
    let lesson = seen(&hub, &caller, &id).await?;
    let (role, holder, name, classroom) = seat(&caller, &lesson)?;
    if matches!(lesson.state, LessonState::Ended | LessonState::Cancelled) {
        let detail = say(caller.language, "这节课已经结束或取消", "the lesson has ended or is cancelled");
        return Err(Problem::named(StatusCode::CONFLICT, "lesson_closed", "the lesson is over", detail));
    }
    let is_ahead = matches!(lesson.state, LessonState::Scheduled | LessonState::Open) && caller.now_ms + TOKEN_BEFORE_MS < lesson.start_ms;
    if is_ahead {
        let detail =
            say(caller.language, "上课前 30 分钟起才能进入这节课", "the lesson can be entered from 30 minutes before its beginning on; try again then");
        return Err(Problem::named(StatusCode::CONFLICT, "too_early", "too early", detail));
    }
    let sub = match &holder {
        // The classroom's place, not the device's: a panel that is bound anew comes back to it.
        Holder::Device(_) => format!("classroom:{}", classroom.as_deref().unwrap_or_default()),
        Holder::Person(id) => id.clone(),
    };
    let until_ms = (lesson.end_ms + TOKEN_AFTER_MS).max(caller.now_ms + if lesson.end_ms < caller.now_ms { TOKEN_MS } else { 0 });
    let (lesson_id, name) = (lesson.id.clone(), name.chars().take(80).collect());
    let claims = Claims { lesson: lesson_id, role, name, classroom, sub, exp: until_ms / 1_000, holder: Some(holder) };
    let not_issued = |english: String| unavailable(caller.language, "暂时不能进入这节课，请再试一次", &english, 5);
    let token = hub.tokens.issue(&claims).map_err(|error| not_issued(error.to_string()))?;
    let page = match role {
        Role::Host => "/console",
        Role::Classroom | Role::Observer => "/panel",
        Role::Operator => "/operator",
    };
    caller.audit(&hub, "join", "lesson", &lesson.id, role.name()).await;
    Ok(json(JoinView { token, role: role.name().to_owned(), page: page.to_owned() }))
}

/// What the caller is in a lesson: role, who it is, name and classroom.
fn seat(caller: &Caller, lesson: &PlannedLesson) -> Result<(Role, Holder, String, Option<String>), Problem> {
    match &caller.who {
        Who::Device(device) => {
            let place = place(&caller.geography, &device.classroom);
            let name = format!("{} {}", place.school_name, place.name);
            Ok((Role::Classroom, Holder::Device(device.id.clone()), name, Some(device.classroom.clone())))
        }
        Who::Person(signed) => {
            let person = &signed.person;
            let role = if lesson.teacher.as_ref() == Some(&person.id) {
                Role::Host
            } else if own(caller, lesson) || caller.may_at(Action::ObserveLessons, &places(lesson)) {
                Role::Observer
            } else {
                return Err(not_permitted(caller.language));
            };
            Ok((role, Holder::Person(person.id.clone()), person.name.clone(), None))
        }
        Who::Nobody | Who::Feed(_) | Who::Operator(_) => Err(not_permitted(caller.language)),
    }
}
