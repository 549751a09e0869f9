//! The lessons of the day, for a panel on the wall or a teacher.

use super::Caller;
use super::caller::Who;
use super::extract::json;
use super::lessons::{place, views};
use super::problem::unavailable;
use super::route::{Doc, Routes, Rule};
use super::view::Today;
use crate::access::Action;
use crate::http::Problem;
use crate::hub::Hub;
use crate::store::LessonList;
use axum::extract::State;
use axum::http::Method;
use axum::response::Response;
use std::sync::Arc;

pub(super) fn routes(routes: &mut Routes) {
    let doc = Doc::new("lessons", "Today's lessons: of the device's classroom, or those the person teaches or assists.").answer::<Today>(200, "The day.");
    routes.add(Method::GET, "/today", Rule::DeviceOr(Action::ReadTimetable), doc, today);
}

async fn today(State(hub): State<Arc<Hub>>, caller: Caller) -> Result<Response, Problem> {
    let zone = &caller.zone;
    let day = zone.wall(caller.now_ms).map(|(day, _)| day);
    let bounds = day.and_then(|day| Some((zone.instant(day, 0)?, zone.instant(day, 1_440)?)));
    let (Some(day), Some((from_ms, to_ms))) = (day, bounds) else {
        return Err(unavailable(caller.language, "服务器的时钟不对，请联系县级运维人员", "the clock shows no day; set it", 60));
    };
    let (classroom, person) = match &caller.who {
        Who::Device(device) => (Some(device.classroom.as_str()), None),
        _ => (None, Some(caller.person()?.person.id.as_str())),
    };
    let list = LessonList { classroom, person, ..LessonList::between(from_ms, to_ms) };
    let lessons = hub.store.planned_lessons(&list).await.map_err(|error| caller.refused(error))?;
    let lessons = views(&hub, &caller, lessons).await?;
    let place = classroom.map(|classroom| place(&caller.geography, classroom));
    Ok(json(Today { place, day: day.to_string(), now_ms: caller.now_ms, time_zone: zone.name().to_owned(), lessons }))
}
