//! Who did what.

use super::Caller;
use super::extract::{Paging, Query, json};
use super::problem::bad_request;
use super::route::{Doc, Routes, Rule, id_schema, text};
use super::view::{AuditView, Page, PersonName};
use crate::access::{Action, Place};
use crate::http::Problem;
use crate::hub::Hub;
use crate::store::AuditList;
use axum::extract::State;
use axum::http::Method;
use axum::response::Response;
use serde::Deserialize;
use std::sync::Arc;

pub(super) fn routes(routes: &mut Routes) {
    let doc = Doc::new("audit", "A page of the audit log, the newest line first.").answer::<Page<AuditView>>(200, "A page.").page();
    let doc = doc.query("person", "Only what this person did.", id_schema()).query("thing", "Only about this kind of thing.", text(64));
    let doc = doc.query("thing_id", "Only about this thing.", text(128)).refusals(&[404]);
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

async fn list(State(hub): State<Arc<Hub>>, caller: Caller, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let limit = Paging { cursor: None, limit: asked.limit }.limit()?;
    // A line has no place: who reads one reads all.
    caller.see(Action::ReadAudit, &[Place::Everywhere])?;
    let before = asked.cursor.as_deref().map(|cursor| {
        let parts = cursor.split_once('.').and_then(|(at, id)| Some((at.parse::<u64>().ok()?, id)));
        parts.ok_or_else(|| bad_request("cursor: give `next` of the page before"))
    });
    let before = before.transpose()?;
    let most = u32::try_from(limit).unwrap_or(200);
    let list = AuditList { person: asked.person.as_deref(), thing: asked.thing.as_deref(), thing_id: asked.thing_id.as_deref(), before, limit: most };
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
