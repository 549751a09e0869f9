//! Who did what.

use super::Caller;
use super::extract::{Paging, Query, json};
use super::problem::bad_request;
use super::route::{Doc, Routes, Rule, id_schema, text};
use super::view::{AuditView, Page, PersonName};
use crate::access::{Action, Place, permits, place_of};
use crate::http::Problem;
use crate::hub::Hub;
use crate::store::{AuditList, AuditPlaces};
use axum::extract::State;
use axum::http::Method;
use axum::response::Response;
use serde::Deserialize;
use std::sync::Arc;

pub(super) fn routes(routes: &mut Routes) {
    let doc = Doc::new("audit", "A page of the audit log, the newest line first: of what is in the regions and schools one operates.")
        .answer::<Page<AuditView>>(200, "A page.")
        .page();
    let doc = doc.query("person", "Only what this person did.", id_schema()).query("thing", "Only about this kind of thing.", text(64));
    let doc = doc.query("thing_id", "Only about this thing.", text(128));
    routes.add(Method::GET, "/audit", Rule::May(Action::ReadAudit), doc, list);
}

#[derive(Debug, Default, Deserialize)]
struct Asked {
    cursor: Option<String>,
    limit: Option<u32>,
    person: Option<String>,
    thing: Option<String>,
    thing_id: Option<String>,
}

/// What the caller may read the lines about: none, where it is everything.
fn within(caller: &Caller) -> Result<Option<AuditPlaces>, Problem> {
    if caller.may(Action::ReadAudit, &Place::Everywhere) {
        return Ok(None);
    }
    let mut places = AuditPlaces::default();
    for grant in caller.person()?.active.iter().filter(|grant| permits(grant.role, Action::ReadAudit)) {
        match place_of(grant.scope, grant.scope_id.as_deref()) {
            Place::Region(region) => places.regions.extend(caller.geography.regions_in(region).into_iter().map(str::to_owned)),
            place @ (Place::Alliance(_) | Place::School(_)) => places.schools.extend(caller.geography.schools_in(&place).into_iter().map(str::to_owned)),
            // A room's lessons are its school's to look after.
            Place::Classroom(_) | Place::Everywhere => {}
        }
    }
    Ok(Some(places))
}

async fn list(State(hub): State<Arc<Hub>>, caller: Caller, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let limit = Paging { cursor: None, limit: asked.limit }.limit()?;
    let within = within(&caller)?;
    let before = asked.cursor.as_deref().map(|cursor| {
        let parts = cursor.split_once('.').and_then(|(at, id)| Some((at.parse::<u64>().ok()?, id)));
        parts.ok_or_else(|| bad_request("cursor: give `next` of the page before"))
    });
    let before = before.transpose()?;
    let most = u32::try_from(limit).unwrap_or(200);
    let (person, thing, thing_id) = (asked.person.as_deref(), asked.thing.as_deref(), asked.thing_id.as_deref());
    let list = AuditList { person, thing, thing_id, within: within.as_ref(), before, limit: most };
    let lines = hub.store.audit(&list).await.map_err(|error| caller.refused(error))?;
    let next = (lines.len() == limit).then(|| lines.last().map(|line| format!("{}.{}", line.at_ms, line.id))).flatten();
    let mut people: Vec<String> = lines.iter().filter_map(|line| line.person.clone()).collect();
    people.sort_unstable();
    people.dedup();
    let names = hub.store.person_names(&people).await.map_err(|error| caller.refused(error))?;
    let items = lines.into_iter().map(|line| AuditView {
        person: line.person.map(|id| PersonName { name: names.get(&id).cloned().unwrap_or_default(), id }),
        id: line.id,
        at_ms: line.at_ms,
        address: line.address,
        act: line.act,
        thing: line.thing,
        thing_id: line.thing_id,
        detail: line.detail,
    });
    Ok(json(Page { items: items.collect(), next }))
}
