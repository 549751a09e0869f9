//! The lessons behind a figure of the statistics, each as one classroom received it or did not.

use super::Caller;
use super::extract::{Paging, Query, json};
use super::lessons::place;
use super::problem::bad_request;
use super::resource::seen;
use super::route::{Doc, Routes, Rule, one_of};
use super::statistics::{Asked, filters, schools};
use super::view::{DeliveryLine, Page, PersonName};
use crate::access::Action;
use crate::http::Problem;
use crate::hub::Hub;
use crate::store::{Cause, DeliveryList, Outcome, StatisticsBy, Term};
use axum::extract::State;
use axum::http::Method;
use axum::response::Response;
use std::sync::Arc;

const CAUSES: [Cause; 5] = [Cause::Power, Cause::Network, Cause::Absent, Cause::Host, Cause::Cancelled];
const ANY: &str = "any";

pub(super) fn routes(routes: &mut Routes) {
    let doc = Doc::new("statistics", "The lessons behind a figure, once for each receiving classroom, the newest first.");
    let about = "Only those that were not delivered: for this cause, or for `any`. All, where it is missing.";
    let doc = filters(doc).query("cause", about, one_of(CAUSES.map(Cause::code).into_iter().chain([ANY])));
    let doc = doc.answer::<Page<DeliveryLine>>(200, "A page.").page();
    routes.add(Method::GET, "/deliveries", Rule::May(Action::ReadStatistics), doc, list);
}

fn outcome(cause: Option<&str>) -> Result<Outcome, Problem> {
    match cause {
        None => Ok(Outcome::Any),
        Some(ANY) => Ok(Outcome::Missed),
        Some(code) => {
            let found = CAUSES.into_iter().find(|cause| cause.code() == code).map(Outcome::Of);
            found.ok_or_else(|| bad_request("cause: use power, network, absent, host, cancelled or any"))
        }
    }
}

/// Beginning, lesson and classroom of the last row of the page before. No id has a point in it.
fn cursor(text: &str) -> Result<(u64, &str, &str), Problem> {
    let mut parts = text.splitn(3, '.');
    let start = parts.next().and_then(|start| start.parse().ok()).filter(|start| i64::try_from(*start).is_ok());
    let found = start.zip(parts.next()).zip(parts.next()).map(|((start, lesson), classroom)| (start, lesson, classroom));
    found.ok_or_else(|| bad_request("cursor: give `next` of the page before"))
}

async fn list(State(hub): State<Arc<Hub>>, caller: Caller, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let limit = Paging { cursor: None, limit: asked.limit }.limit()?;
    let outcome = outcome(asked.cause.as_deref())?;
    let after = asked.cursor.as_deref().map(cursor).transpose()?;
    let _: Term = seen(&hub, &caller, &asked.term).await?;
    let schools = schools(&caller, StatisticsBy::Term, &asked)?;
    let filter = asked.filter(schools.as_deref())?;
    // One more than a page shows whether there is another.
    let most = u32::try_from(limit + 1).unwrap_or(u32::MAX);
    let wanted = DeliveryList { term: &asked.term, filter: &filter, outcome, after, limit: most };
    let mut rows = hub.store.listed_deliveries(&wanted).await.map_err(|error| caller.refused(error))?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let last = rows.last().map(|row| format!("{}.{}.{}", row.delivery.start_ms, row.delivery.lesson, row.delivery.classroom));
    let mut people: Vec<String> = rows.iter().map(|row| row.delivery.teacher.clone()).filter(|id| !id.is_empty()).collect();
    people.sort_unstable();
    people.dedup();
    let names = hub.store.person_names(&people).await.map_err(|error| caller.refused(error))?;
    let items = rows.into_iter().map(|row| {
        let delivery = row.delivery;
        let named = |id: String| PersonName { name: names.get(&id).cloned().unwrap_or_default(), id };
        DeliveryLine {
            title: row.title,
            start_ms: delivery.start_ms,
            period: row.period,
            host: row.host_classroom.map(|host| place(&caller.geography, &host)),
            place: place(&caller.geography, &delivery.classroom),
            teacher: Some(delivery.teacher).filter(|id| !id.is_empty()).map(named),
            cause: delivery.cause.map(|cause| cause.code().to_owned()),
            planned_s: delivery.planned_s,
            received_s: delivery.received_s,
            sent_s: delivery.sent_s,
            lesson: delivery.lesson,
        }
    });
    Ok(json(Page { items: items.collect(), next: last.filter(|_| more) }))
}
