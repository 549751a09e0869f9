//! Webhooks: where events of lessons are told, and what became of telling them.

use super::Caller;
use super::extract::{Body, Ids, IfMatch, Paging, Query, json, tagged};
use super::problem::{bad_request, invalid, say};
use super::resource::{self, Resource, seen};
use super::route::{Doc, Routes, Rule, id_schema, truth};
use super::view::{NewWebhookView, Page, WebhookDeliveryView};
use crate::access::{Action, Geography, Place};
use crate::account::secret;
use crate::http::Problem;
use crate::hub::Hub;
use crate::store::Webhook;
use crate::webhooks::{MOST, Target};
use axum::extract::State;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::sync::Arc;
use timetable::Tell;

const TAG: &str = "webhooks";
const RULE: Rule = Rule::May(Action::ManageWebhooks);

pub(super) fn routes(routes: &mut Routes) {
    let doc = |summary| Doc::new(TAG, summary);
    let all = doc("A page of webhooks, in the order of their ids.").answer::<Page<Webhook>>(200, "A page.").page();
    let all = all.query("region", "Only those of this region.", id_schema()).query("closed", "Makes no difference.", truth());
    routes.add(Method::GET, "/webhooks", RULE, all, resource::list::<Webhook>);
    let new = doc("Makes a webhook; without an id it is given one.").body::<Webhook>().answer::<NewWebhookView>(201, "It, and its secret, shown this once.");
    routes.add(Method::POST, "/webhooks", RULE, new.refusals(&[404, 409]), create);
    routes.add(Method::GET, "/webhooks/{id}", RULE, doc("A webhook.").answer::<Webhook>(200, "It."), resource::get::<Webhook>);
    let change = doc("Replaces a webhook; its secret stays.").body::<Webhook>().answer::<Webhook>(200, "It was changed.").if_match().refusals(&[409]);
    routes.add(Method::PUT, "/webhooks/{id}", RULE, change, update);
    let remove = doc("Removes a webhook, with what was still to be told.").empty(204, "It is gone.").if_match();
    routes.add(Method::DELETE, "/webhooks/{id}", RULE, remove, remove_webhook);
    let log = doc("A page of what was told to a webhook in the last 30 days, the latest first.").answer::<Page<WebhookDeliveryView>>(200, "A page.").page();
    routes.add(Method::GET, "/webhooks/{id}/deliveries", RULE, log, deliveries);
}

impl Resource for Webhook {
    const PATH: &'static str = "/webhooks";
    const TAG: &'static str = TAG;
    const READ: Action = Action::ManageWebhooks;
    const WRITE: Action = Action::ManageWebhooks;
    const OF: (&'static str, &'static str) = ("region", "Only those of this region.");

    fn places<'a>(&'a self, geography: &'a Geography) -> Vec<Place<'a>> {
        vec![self.place(geography)]
    }
    fn place<'a>(&'a self, _: &'a Geography) -> Place<'a> {
        self.region.as_deref().map_or(Place::Everywhere, Place::Region)
    }
    fn identify(&mut self, id: String, version: u64) {
        (self.id, self.version) = (id, version);
    }
}

/// Whether the caller may have it as it is to be, and whether its URL may be called. Each event is told once.
fn sound(hub: &Hub, caller: &Caller, webhook: &mut Webhook) -> Result<(), Problem> {
    caller.change(Webhook::READ, Webhook::WRITE, &webhook.place(&caller.geography))?;
    webhook.events.sort_unstable();
    webhook.events.dedup();
    Target::parse(&webhook.url, hub.config.webhook_targets).map(drop).map_err(|error| invalid(error.tell(caller.language)))
}

/// What the audit log keeps: a URL may hold a key of the other service.
fn line(webhook: &Webhook) -> String {
    let host = Target::parse(&webhook.url, crate::WebhookTargets::Any).map(|target| target.authority).unwrap_or_default();
    let events: Vec<&str> = webhook.events.iter().map(|event| event.name()).collect();
    serde_json::json!({ "host": host, "region": webhook.region, "events": events, "active": webhook.active }).to_string()
}

async fn create(State(hub): State<Arc<Hub>>, caller: Caller, Body(mut webhook): Body<Webhook>) -> Result<Response, Problem> {
    let id = if webhook.id.is_empty() { secret::id() } else { webhook.id.clone() };
    webhook.identify(id, 1);
    sound(&hub, &caller, &mut webhook)?;
    let secret = secret::token();
    if !hub.store.create_webhook(&webhook, &secret, MOST, caller.now_ms).await.map_err(|error| caller.refused(error))? {
        let detail = say(caller.language, "通知已达 100 个，请先删去不用的", "there are 100 webhooks; remove one that is not needed");
        return Err(Problem::named(StatusCode::CONFLICT, "too_many", "too many", detail));
    }
    hub.webhooks.changed();
    caller.audit(&hub, "create", "webhook", &webhook.id, line(&webhook)).await;
    Ok(tagged(StatusCode::CREATED, 1, NewWebhookView { webhook, secret }))
}

async fn update(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Ids(id): Ids<String>,
    IfMatch(version): IfMatch,
    Body(mut webhook): Body<Webhook>,
) -> Result<Response, Problem> {
    let _: Webhook = seen(&hub, &caller, &id).await?;
    webhook.identify(id, version);
    sound(&hub, &caller, &mut webhook)?;
    webhook.version = hub.store.update(&webhook).await.map_err(|error| caller.refused(error))?;
    hub.webhooks.changed();
    caller.audit(&hub, "update", "webhook", &webhook.id, line(&webhook)).await;
    Ok(tagged(StatusCode::OK, webhook.version, webhook))
}

async fn remove_webhook(State(hub): State<Arc<Hub>>, caller: Caller, Ids(id): Ids<String>, IfMatch(version): IfMatch) -> Result<Response, Problem> {
    let webhook: Webhook = seen(&hub, &caller, &id).await?;
    hub.store.remove_webhook(&id, version).await.map_err(|error| caller.refused(error))?;
    hub.webhooks.changed();
    caller.audit(&hub, "remove", "webhook", &id, line(&webhook)).await;
    Ok(StatusCode::NO_CONTENT.into_response())
}

#[derive(Debug, Default, Deserialize)]
struct Asked {
    cursor: Option<String>,
    limit: Option<u32>,
}

async fn deliveries(State(hub): State<Arc<Hub>>, caller: Caller, Ids(id): Ids<String>, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let limit = Paging { cursor: None, limit: asked.limit }.limit()?;
    let webhook: Webhook = seen(&hub, &caller, &id).await?;
    let before = asked.cursor.as_deref().map(|cursor| {
        let parts = cursor.split_once('.').and_then(|(at, id)| Some((at.parse::<u64>().ok()?, id)));
        parts.ok_or_else(|| bad_request("cursor: give `next` of the page before"))
    });
    let most = u32::try_from(limit).unwrap_or(200);
    let rows = hub.store.webhook_deliveries(&webhook.id, before.transpose()?, most).await.map_err(|error| caller.refused(error))?;
    let next = (rows.len() == limit).then(|| rows.last().map(|row| format!("{}.{}", row.at_ms, row.id))).flatten();
    let items = rows.into_iter().map(|row| WebhookDeliveryView {
        next_ms: (row.done_ms.is_none()).then_some(row.next_ms),
        id: row.id,
        event: row.event,
        at_ms: row.at_ms,
        state: row.state,
        attempts: row.attempts,
        status: row.status,
        error: row.error,
        done_ms: row.done_ms,
    });
    Ok(json(Page { items: items.collect(), next }))
}
