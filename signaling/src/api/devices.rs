//! Panels: bound once with a code that an administrator confirms, then known by a token that can be revoked.

use super::Caller;
use super::caller::language;
use super::extract::{Body, Ids, Paging, Query, json};
use super::lessons::place;
use super::problem::{not_found, say, sign_in_needed, too_many, unavailable};
use super::route::{Doc, Routes, Rule, id_schema};
use super::view::{BindDevice, DeviceCodeView, DeviceView, NewDeviceCode, Page};
use crate::access::{Action, Place};
use crate::account::secret;
use crate::http::{Problem, bearer};
use crate::hub::Hub;
use crate::store::{Device, DeviceCode, List, StoreError};
use crate::tokens::Holder;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::sync::Arc;
use std::time::Instant;

const TAG: &str = "devices";

/// A code is shown so long; then the panel asks for another one.
const CODE_MS: u64 = 10 * 60 * 1_000;
/// Codes that wait at once.
const CODES: u32 = 1_000;

pub(super) fn routes(routes: &mut Routes) {
    let doc = |summary| Doc::new(TAG, summary);
    let code = doc("A code for a panel to show until an administrator confirms it.").answer::<NewDeviceCode>(201, "The code.");
    routes.add(Method::POST, "/device-codes", Rule::Public, code, new_code);
    let poll = doc("Whether the code was confirmed; asked with its `poll_token` as bearer.").answer::<DeviceCodeView>(200, "Whether.");
    routes.add(Method::GET, "/device-codes/{id}", Rule::Public, poll.refusals(&[401]), poll_code);
    let all = doc("A page of devices, in the order of their ids.").answer::<Page<DeviceView>>(200, "A page.").page();
    let all = all.query("school", "Only those of this school.", id_schema()).query("classroom", "Only those of this classroom.", id_schema());
    routes.add(Method::GET, "/devices", Rule::May(Action::ReadDevices), all, list);
    let bind = doc("Binds the panel that shows a code to a classroom.").body::<BindDevice>().answer::<DeviceView>(201, "It is bound.");
    routes.add(Method::POST, "/devices", Rule::May(Action::ManageDevices), bind.refusals(&[404, 409, 429]), bind_device);
    let revoke = doc("Revokes a device's token.").empty(204, "It lets nobody in any more.");
    routes.add(Method::DELETE, "/devices/{id}", Rule::May(Action::ManageDevices), revoke, revoke_device);
}

async fn new_code(State(hub): State<Arc<Hub>>, caller: Caller) -> Result<Response, Problem> {
    hub.api.codes.attempt(caller.address, Instant::now()).map_err(|wait| too_many(caller.language, wait))?;
    let expires_ms = caller.now_ms + CODE_MS;
    // Of 1,000 waiting codes among a million, one in a thousand is taken: a few attempts are enough.
    for _ in 0..5 {
        let (id, code, poll_token) = (secret::id(), secret::digits(), secret::token());
        let (code_hash, poll_hash) = (secret::hash(&code), secret::hash(&poll_token));
        let row = DeviceCode { id: id.clone(), code_hash, poll_hash, expires_ms, confirmed_device: None, tries: 0 };
        match hub.store.create_device_code(&row, CODES, caller.now_ms).await {
            Ok(true) => return Ok((StatusCode::CREATED, json(NewDeviceCode { id, code, poll_token, expires_ms })).into_response()),
            Ok(false) => break,
            Err(StoreError::Duplicate { .. }) => {}
            Err(error) => return Err(caller.refused(error)),
        }
    }
    let (chinese, english) = ("等待绑定的大屏太多，请一分钟后再试", "too many panels wait for their codes to be confirmed; try again in a minute");
    Err(unavailable(caller.language, chinese, english, 60))
}

async fn poll_code(State(hub): State<Arc<Hub>>, caller: Caller, Ids(id): Ids<String>, headers: HeaderMap) -> Result<Response, Problem> {
    let language = language(&headers);
    let token = bearer(&headers).map_err(|_| sign_in_needed(language))?;
    let found = hub.store.device_code_by_poll(&secret::hash(token), caller.now_ms).await.map_err(|error| caller.refused(error))?;
    let code = found.filter(|code| code.id == id).ok_or_else(|| not_found(language))?;
    let Some(device) = code.confirmed_device else { return Ok(json(DeviceCodeView { confirmed: false, token: None, place: None })) };
    let device = hub.store.device(&device).await.map_err(|error| caller.refused(error))?.filter(|device| device.revoked_ms.is_none());
    let device = device.ok_or_else(|| not_found(language))?;
    let geography = hub.api.geography(&hub.store, &caller.zone, caller.now_ms).await.map_err(|error| caller.refused(error))?;
    // The panel proved that it is the one with the code: its poll token becomes the device's.
    Ok(json(DeviceCodeView { confirmed: true, token: Some(token.to_owned()), place: Some(place(&geography, &device.classroom)) }))
}

#[derive(Debug, Default, Deserialize)]
struct Asked {
    cursor: Option<String>,
    limit: Option<u32>,
    school: Option<String>,
    classroom: Option<String>,
}

fn shown(caller: &Caller, device: Device) -> DeviceView {
    DeviceView {
        place: place(&caller.geography, &device.classroom),
        id: device.id,
        name: device.name,
        bound_ms: device.bound_ms,
        revoked_ms: device.revoked_ms,
        seen_ms: device.seen_ms,
    }
}

async fn list(State(hub): State<Arc<Hub>>, caller: Caller, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let limit = Paging { cursor: None, limit: asked.limit }.limit()?;
    let (mut items, mut after): (Vec<DeviceView>, Option<String>) = (Vec::new(), asked.cursor);
    let next = loop {
        let wanted = List { of: asked.classroom.as_deref(), after: after.as_deref(), limit: 1_000, closed: true };
        let rows = hub.store.devices(&wanted).await.map_err(|error| caller.refused(error))?;
        let whole = rows.len() == 1_000;
        after = rows.last().map(|device| device.id.clone());
        let here = |device: &Device| asked.school.as_deref().is_none_or(|school| caller.geography.school_of(&device.classroom) == Some(school));
        let visible = |device: &Device| here(device) && caller.may(Action::ReadDevices, &Place::Classroom(&device.classroom));
        items.extend(rows.into_iter().filter(visible).map(|device| shown(&caller, device)));
        if items.len() > limit {
            items.truncate(limit);
            break items.last().map(|device| device.id.clone());
        }
        if !whole {
            break None;
        }
    };
    Ok(json(Page { items, next }))
}

async fn bind_device(State(hub): State<Arc<Hub>>, caller: Caller, Body(bind): Body<BindDevice>) -> Result<Response, Problem> {
    // Six digits are guessed in a million attempts.
    hub.api.codes.attempt(caller.address, Instant::now()).map_err(|wait| too_many(caller.language, wait))?;
    caller.change(Action::ReadDevices, Action::ManageDevices, &Place::Classroom(&bind.classroom))?;
    let bound_by = Some(caller.person()?.person.id.clone());
    let device = Device {
        id: secret::id(),
        classroom: bind.classroom,
        name: bind.name,
        // Replaced by the panel's own when the code is confirmed.
        token_hash: secret::hash(&secret::token()),
        bound_ms: caller.now_ms,
        bound_by,
        revoked_ms: None,
        seen_ms: None,
    };
    let confirmed = hub.store.confirm_device_code(&secret::hash(bind.code.trim()), &device, caller.now_ms).await.map_err(|error| caller.refused(error))?;
    if confirmed.is_none() {
        let detail =
            say(caller.language, "没有面板在显示这个绑定码，或它已过期、已用过", "no panel shows this code, or it is used or expired; look at the panel again");
        return Err(Problem::named(StatusCode::NOT_FOUND, "not_found", "no such code", detail));
    }
    caller.audit(&hub, "bind", "device", &device.id, format!("classroom {}", device.classroom)).await;
    Ok((StatusCode::CREATED, json(shown(&caller, device))).into_response())
}

async fn revoke_device(State(hub): State<Arc<Hub>>, caller: Caller, Ids(id): Ids<String>) -> Result<Response, Problem> {
    let found = hub.store.device(&id).await.map_err(|error| caller.refused(error))?;
    let device = found.filter(|device| caller.may(Action::ReadDevices, &Place::Classroom(&device.classroom)));
    let device = device.ok_or_else(|| not_found(caller.language))?;
    caller.change(Action::ReadDevices, Action::ManageDevices, &Place::Classroom(&device.classroom))?;
    hub.store.revoke_device(&id, caller.now_ms).await.map_err(|error| caller.refused(error))?;
    hub.review_holder(&Holder::Device(id.clone())).await;
    caller.audit(&hub, "revoke", "device", &id, format!("classroom {}", device.classroom)).await;
    Ok(StatusCode::NO_CONTENT.into_response())
}
