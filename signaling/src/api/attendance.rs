//! Who was in a lesson and what reached whom, classroom by classroom; and the count of pupils.

use super::Caller;
use super::caller::Who;
use super::extract::{Body, Ids, json};
use super::lessons::{own, place, places, seen};
use super::problem::{invalid, not_permitted, say};
use super::route::{Doc, Routes, Rule};
use super::view::{AttendanceView, DeliveryView, Headcount, InteractionView, Interval, MinuteView, Page};
use crate::access::{Action, Place};
use crate::http::Problem;
use crate::hub::Hub;
use crate::record::ParticipantRow;
use crate::store::{self, Delivery, Interaction, MediaMinute, Membership};
use axum::extract::State;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use protocol::LessonState;
use std::collections::HashSet;
use std::sync::Arc;

pub(super) fn routes(routes: &mut Routes) {
    let doc = |summary| Doc::new("attendance", summary);
    let rule = Rule::OwnOr(Action::ReadTimetable);
    let all = doc("What each receiving classroom got of a lesson: presence, pupils, interaction, media minute by minute, and whether it was delivered.");
    routes.add(Method::GET, "/lessons/{id}/attendance", rule, all.answer::<Page<AttendanceView>>(200, "By classroom."), show);
    let count = doc("Says how many pupils are there; the latest count holds.").body::<Headcount>().empty(204, "It is counted.").refusals(&[409]);
    routes.add(Method::PUT, "/lessons/{id}/headcount", Rule::DeviceOr(Action::ReadTimetable), count, put_headcount);
}

async fn put_headcount(State(hub): State<Arc<Hub>>, caller: Caller, Ids(id): Ids<String>, Body(count): Body<Headcount>) -> Result<Response, Problem> {
    let lesson = seen(&hub, &caller, &id).await?;
    let receives = |classroom: &str| lesson.receivers.iter().any(|receiver| receiver.classroom == classroom);
    let (classroom, by) = match &caller.who {
        Who::Device(device) => (device.classroom.clone(), format!("device:{}", device.id)),
        _ => (count.classroom.unwrap_or_default(), caller.person()?.person.id.clone()),
    };
    if !receives(&classroom) {
        return Err(invalid(say(caller.language, "请指明听讲教室（classroom）", "give `classroom`: one that receives the lesson")));
    }
    // A panel counts its own room; a person those it looks after, or all of a lesson it teaches or assists.
    let counts = matches!(caller.who, Who::Device(_)) || own(&caller, &lesson) || caller.may(Action::CountPupils, &Place::Classroom(&classroom));
    if !counts {
        return Err(not_permitted(caller.language));
    }
    if matches!(lesson.state, LessonState::Scheduled | LessonState::Cancelled) {
        let detail = say(caller.language, "课还没开始或已取消，不能填人数", "the lesson has not begun or is cancelled");
        return Err(Problem::named(StatusCode::CONFLICT, "lesson_closed", "not in this state", detail));
    }
    let row = store::Headcount { classroom, pupils: count.count, at_ms: caller.now_ms, by };
    hub.store.put_headcount(&id, &row).await.map_err(|error| caller.refused(error))?;
    let detail = serde_json::json!({ "classroom": row.classroom, "count": row.pupils, "by": row.by });
    caller.audit(&hub, "headcount", "lesson", &id, detail.to_string()).await;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn show(State(hub): State<Arc<Hub>>, caller: Caller, Ids(id): Ids<String>) -> Result<Response, Problem> {
    let lesson = seen(&hub, &caller, &id).await?;
    let failed = |error| caller.refused(error);
    let record = hub.store.load(&id).await.map_err(failed)?;
    let people = record.map(|record| record.participants).unwrap_or_default();
    let memberships = hub.store.memberships(&id).await.map_err(failed)?;
    let (headcounts, interactions) = (hub.store.headcounts(&id).await.map_err(failed)?, hub.store.interactions(&id).await.map_err(failed)?);
    let (minutes, deliveries) = (hub.store.media_minutes(&id).await.map_err(failed)?, hub.store.deliveries(&id).await.map_err(failed)?);
    // A school sees its own classrooms' presence; the host's and the county's administrators see all, and so does the teacher, from whichever school.
    let teaches = caller.person().is_ok_and(|signed| lesson.teacher.as_ref() == Some(&signed.person.id));
    let all = teaches || places(&lesson).first().is_some_and(|host| caller.may(Action::ReadTimetable, host));
    let items = lesson.receivers.iter().filter(|receiver| all || caller.may(Action::ReadTimetable, &Place::Classroom(&receiver.classroom))).map(|receiver| {
        let classroom = &receiver.classroom;
        let here = ids_of(&people, classroom);
        AttendanceView {
            place: place(&caller.geography, classroom),
            intervals: intervals(memberships.iter().filter(|row| here.contains(row.participant.0.as_str()))),
            headcount: headcounts.iter().rfind(|row| row.classroom == *classroom).map(|row| row.pupils),
            interactions: interactions.iter().filter(|row| here.contains(row.participant.0.as_str())).map(interaction).collect(),
            minutes: minutes.iter().filter(|row| here.contains(row.participant.0.as_str())).map(minute).collect(),
            delivery: deliveries.iter().find(|row| row.classroom == *classroom).map(delivery),
        }
    });
    Ok(json(Page { items: items.collect(), next: None }))
}

/// The participants that were a classroom.
fn ids_of<'a>(people: &'a [ParticipantRow], classroom: &str) -> HashSet<&'a str> {
    people.iter().filter(|row| row.classroom.as_deref() == Some(classroom)).map(|row| row.id.0.as_str()).collect()
}

/// When a classroom was there: that its panel, an encoder and a player are there at once is one interval, which ends as the last of them does.
fn intervals<'a>(memberships: impl Iterator<Item = &'a Membership>) -> Vec<Interval> {
    let mut rows: Vec<_> = memberships.collect();
    rows.sort_by_key(|row| row.joined_ms);
    let mut intervals: Vec<Interval> = Vec::new();
    for row in rows {
        let next = Interval { joined_ms: row.joined_ms, left_ms: row.left_ms, goodbye: row.goodbye };
        let end = |interval: &Interval| interval.left_ms.unwrap_or(u64::MAX);
        match intervals.last_mut() {
            Some(last) if next.joined_ms < end(last) => {
                if end(&next) > end(last) {
                    (last.left_ms, last.goodbye) = (next.left_ms, next.goodbye);
                }
            }
            _ => intervals.push(next),
        }
    }
    intervals
}

fn interaction(row: &Interaction) -> InteractionView {
    InteractionView { kind: row.kind, at_ms: row.at_ms, until_ms: row.until_ms, speech_ms: row.speech_ms }
}

fn minute(row: &MediaMinute) -> MinuteView {
    MinuteView {
        minute_ms: row.minute_ms,
        received_s: row.received.count(),
        sent_s: row.sent.count(),
        received_bps: row.received_bps(),
        sent_bps: row.sent_bps(),
        received_loss: f64::from(row.received_loss_ppm) / 1e6,
        sent_loss: f64::from(row.sent_loss_ppm) / 1e6,
        rtt_ms: row.rtt_ms,
        freeze_ms: row.freeze_ms,
        speech_ms: row.speech_ms,
    }
}

fn delivery(row: &Delivery) -> DeliveryView {
    DeliveryView {
        delivered: row.is_delivered(),
        cause: row.cause.map(|cause| cause.code().to_owned()),
        planned_s: row.planned_s,
        received_s: row.received_s,
        sent_s: row.sent_s,
        fault_s: row.fault_s,
        punctual: row.punctual,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::ParticipantId;

    #[test]
    fn devices_of_one_classroom_are_there_together() {
        let stay = |participant: &str, joined_ms, left_ms: Option<u64>, goodbye| Membership {
            participant: ParticipantId(participant.into()),
            joined_ms,
            left_ms,
            goodbye,
        };
        let rows = [
            stay("encoder", 10, Some(50), true),
            stay("encoder", 60, Some(70), true),
            stay("player", 20, Some(55), false),
            stay("player", 65, None, false),
            stay("panel", 30, Some(40), true),
            stay("panel", 55, Some(58), true),
        ];
        let found = intervals(rows.iter());
        let found: Vec<_> = found.iter().map(|interval| (interval.joined_ms, interval.left_ms, interval.goodbye)).collect();
        assert_eq!(found, [(10, Some(55), false), (55, Some(58), true), (60, None, false)]);
    }
}
