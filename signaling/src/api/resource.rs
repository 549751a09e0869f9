//! What is listed, read, made, changed and closed alike.

use super::Caller;
use super::entries::follow;
use super::extract::{Body, Ids, IfMatch, Paging, Query, json, tagged};
use super::problem::{bad_request, invalid, not_found, say};
use super::route::{Doc, Routes, Rule, id_schema, truth};
use super::view::{Followed, MakeReport, Page, Saved};
use crate::access::{Action, Geography, Place};
use crate::account::secret;
use crate::http::Problem;
use crate::hub::Hub;
use crate::store::{Closable, Kept, List, Removable, Term};
use axum::extract::State;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// A row of the register as the interface serves it.
pub(crate) trait Resource: Kept + Serialize + DeserializeOwned + ToSchema {
    /// What its routes begin with: `/schools`.
    const PATH: &'static str;
    /// The group in the document.
    const TAG: &'static str;
    /// What may be asked for to see it.
    const READ: Action;
    /// What may be asked for to change it.
    const WRITE: Action;
    /// The parameter that selects those of one owner, and what it is.
    const OF: (&'static str, &'static str);
    /// Whether there is anything in [`Resource::followed_by`].
    const FOLLOWED: bool = false;

    /// Where it is seen from: one of these places is enough.
    fn places<'a>(&'a self, geography: &'a Geography) -> Vec<Place<'a>>;
    /// Where it is changed.
    fn place<'a>(&'a self, geography: &'a Geography) -> Place<'a>;
    /// Where else one must be in charge to make this of `old`: what it is taken out of and put into, where [`Resource::place`] does not say.
    fn moves<'a>(&'a self, _old: &'a Self) -> Vec<Place<'a>> {
        Vec::new()
    }
    /// Whether everybody who may see anything may see it.
    fn is_common(&self) -> bool {
        false
    }
    /// What is wrong with it beside what the store sees, or that this caller may not do, in both languages; `old` is what it is to replace.
    fn fault(&self, _caller: &Caller, _old: Option<&Self>) -> Option<(&'static str, &'static str)> {
        None
    }
    /// What is wrong with replacing `old` by it that only what took place says.
    fn past_fault(&self, _hub: &Hub, _caller: &Caller, _old: &Self) -> impl Future<Output = Result<(), Problem>> + Send {
        std::future::ready(Ok(()))
    }
    /// The id of a term that is in it: there must be one that the caller may see.
    fn term(&self) -> Option<&str> {
        None
    }
    /// Whose lessons follow when it changes; the answers then tell what was done.
    fn followed_by(&self) -> Option<Followers<'_>> {
        None
    }
    /// Gives it its id and the version it is to replace.
    fn identify(&mut self, id: String, version: u64);
    /// Takes away the spaces around names that others are compared with: two that only differ in them look the same.
    fn tidy(&mut self) {}
}

/// Whose lessons follow a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Followers<'a> {
    /// Those that a school hosts, in the terms that are not over.
    School(&'a str),
    /// Those of a term.
    Term(&'a str),
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    #[serde(flatten)]
    paging: Paging2,
    region: Option<String>,
    school: Option<String>,
    parent: Option<String>,
    classroom: Option<String>,
    term: Option<String>,
    closed: Option<bool>,
    /// Of people: with their roles.
    pub(crate) grants: Option<bool>,
}

/// [`Paging`], in the shape that flattening needs: a query's values are texts.
#[derive(Debug, Default, Deserialize)]
struct Paging2 {
    cursor: Option<String>,
    limit: Option<String>,
}

impl Asked {
    fn of(&self, name: &str) -> Option<&str> {
        let of = match name {
            "region" => &self.region,
            "school" => &self.school,
            "parent" => &self.parent,
            "classroom" => &self.classroom,
            "term" => &self.term,
            _ => &None,
        };
        of.as_deref()
    }
}

/// Adds the routes of a resource that is never closed.
pub(crate) fn routes<R: Resource>(routes: &mut Routes) {
    let item = format!("{}/{{id}}", R::PATH);
    let (read, write) = (Rule::May(R::READ), Rule::May(R::WRITE));
    let doc = |summary| Doc::new(R::TAG, summary);
    let all = doc("A page of them, in the order of their ids.").answer::<Page<R>>(200, "A page.").page().query(R::OF.0, R::OF.1, id_schema());
    routes.add(Method::GET, R::PATH, read, all.query("closed", "Also closed ones.", truth()), list::<R>);
    let saved = |doc: Doc, status, what| if R::FOLLOWED { doc.answer::<Saved<R>>(status, what) } else { doc.answer::<R>(status, what) };
    let new = saved(doc("Makes one; without an id it is given one.").body::<R>(), 201, "It was made.").refusals(&[404, 409]);
    routes.add(Method::POST, R::PATH, write, new, create::<R>);
    routes.add(Method::GET, &item, read, doc("One of them.").answer::<R>(200, "It."), get::<R>);
    let change = saved(doc("Replaces it.").body::<R>(), 200, "It was changed.").if_match().refusals(&[409]);
    routes.add(Method::PUT, &item, write, change, update::<R>);
}

/// Adds also the routes that close one and take that back.
pub(crate) fn closing_routes<R: Resource + Closable>(all: &mut Routes) {
    routes::<R>(all);
    let doc = Doc::new(R::TAG, "Closes it, unless something to come needs it: what took place with it stays.");
    all.add(Method::DELETE, &format!("{}/{{id}}", R::PATH), Rule::May(R::WRITE), doc.empty(204, "It is closed.").if_match().refusals(&[409]), close::<R>);
    let doc = Doc::new(R::TAG, "Takes the closing back.").answer::<R>(200, "It is open again.").if_match();
    all.add(Method::POST, &format!("{}/{{id}}/reopen", R::PATH), Rule::May(R::WRITE), doc, reopen::<R>);
}

/// Adds also the route that removes one.
pub(crate) fn removing_routes<R: Resource + Removable>(all: &mut Routes) {
    routes::<R>(all);
    let doc = Doc::new(R::TAG, "Removes it, unless something refers to it or is lost with it: for what was entered by mistake.");
    let doc = if R::FOLLOWED { doc.answer::<Followed>(200, "It is removed; what became of the lessons, where something did.") } else { doc };
    all.add(Method::DELETE, &format!("{}/{{id}}", R::PATH), Rule::May(R::WRITE), doc.empty(204, "It is removed.").if_match().refusals(&[409]), remove::<R>);
}

fn visible<R: Resource>(caller: &Caller, row: &R) -> bool {
    row.is_common() || caller.may_at(R::READ, &row.places(&caller.geography))
}

pub(crate) async fn list<R: Resource>(State(hub): State<Arc<Hub>>, caller: Caller, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    Ok(json(page::<R>(&hub, &caller, &asked).await?))
}

/// The part of a list that is asked for, of what the caller may see.
pub(crate) async fn page<R: Resource>(hub: &Hub, caller: &Caller, asked: &Asked) -> Result<Page<R>, Problem> {
    let limit = match &asked.paging.limit {
        Some(limit) => Some(limit.parse().map_err(|_| bad_request("limit: use 1 to 1000"))?),
        None => None,
    };
    let paging = Paging { cursor: asked.paging.cursor.clone(), limit };
    let limit = paging.limit()?;
    let (mut items, mut after): (Vec<R>, Option<String>) = (Vec::new(), paging.cursor);
    let of = asked.of(R::OF.0);
    // What the caller may not see is left out, so a page may take several looks.
    let next = loop {
        let wanted = List { of, after: after.as_deref(), limit: 1_000, closed: asked.closed.unwrap_or(false) };
        let rows: Vec<R> = hub.store.list(&wanted).await.map_err(|error| caller.refused(error))?;
        let whole = rows.len() == 1_000;
        after = rows.last().map(|row| row.id().to_owned());
        items.extend(rows.into_iter().filter(|row| visible(caller, row)));
        if items.len() > limit {
            items.truncate(limit);
            break items.last().map(|row| row.id().to_owned());
        }
        if !whole {
            break None;
        }
    };
    Ok(Page { items, next })
}

/// A row that the caller may see.
pub(crate) async fn seen<R: Resource>(hub: &Hub, caller: &Caller, id: &str) -> Result<R, Problem> {
    let row: Option<R> = hub.store.get(id).await.map_err(|error| caller.refused(error))?;
    row.filter(|row| visible(caller, row)).ok_or_else(|| not_found(caller.language))
}

/// A row that the caller may change where it is.
pub(crate) async fn changeable<R: Resource>(hub: &Hub, caller: &Caller, id: &str) -> Result<R, Problem> {
    let row: R = seen(hub, caller, id).await?;
    caller.change(R::READ, R::WRITE, &row.place(&caller.geography))?;
    Ok(row)
}

pub(crate) async fn get<R: Resource>(State(hub): State<Arc<Hub>>, caller: Caller, Ids(id): Ids<String>) -> Result<Response, Problem> {
    let row: R = seen(&hub, &caller, &id).await?;
    Ok(tagged(StatusCode::OK, row.version(), row))
}

async fn create<R: Resource>(State(hub): State<Arc<Hub>>, caller: Caller, Body(mut row): Body<R>) -> Result<Response, Problem> {
    let id = if row.id().is_empty() { secret::id() } else { row.id().to_owned() };
    row.identify(id, 1);
    row.tidy();
    caller.change(R::READ, R::WRITE, &row.place(&caller.geography))?;
    sound(&hub, &caller, &row, None).await?;
    hub.store.create(&row, caller.now_ms).await.map_err(|error| caller.refused(error))?;
    done(&hub, &caller, "create", &row).await;
    let lessons = follow(&hub, &caller, row.followed_by().as_slice()).await;
    let row: R = stored(&hub, &caller, row.id()).await?;
    Ok(tagged(StatusCode::CREATED, row.version(), Saved { row, lessons }))
}

async fn update<R: Resource>(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Ids(id): Ids<String>,
    IfMatch(version): IfMatch,
    Body(mut row): Body<R>,
) -> Result<Response, Problem> {
    let old: R = changeable(&hub, &caller, &id).await?;
    row.identify(id, version);
    row.tidy();
    // Neither what is not the caller's, nor into what is not the caller's.
    caller.change(R::READ, R::WRITE, &row.place(&caller.geography))?;
    for place in row.moves(&old) {
        caller.change(R::READ, R::WRITE, &place)?;
    }
    sound(&hub, &caller, &row, Some(&old)).await?;
    hub.store.update(&row).await.map_err(|error| caller.refused(error))?;
    done(&hub, &caller, "update", &row).await;
    // Also whose it was before.
    let mut followers: Vec<Followers<'_>> = old.followed_by().into_iter().chain(row.followed_by()).collect();
    followers.dedup();
    let lessons = follow(&hub, &caller, &followers).await;
    let row: R = stored(&hub, &caller, row.id()).await?;
    Ok(tagged(StatusCode::OK, row.version(), Saved { row, lessons }))
}

async fn close<R: Resource + Closable>(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Ids(id): Ids<String>,
    IfMatch(version): IfMatch,
) -> Result<Response, Problem> {
    let old: R = changeable(&hub, &caller, &id).await?;
    hub.store.close_row::<R>(&id, version, caller.now_ms).await.map_err(|error| caller.refused(error))?;
    done(&hub, &caller, "close", &old).await;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn reopen<R: Resource + Closable>(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Ids(id): Ids<String>,
    IfMatch(version): IfMatch,
) -> Result<Response, Problem> {
    let old: R = changeable(&hub, &caller, &id).await?;
    hub.store.reopen_row::<R>(&id, version).await.map_err(|error| caller.refused(error))?;
    done(&hub, &caller, "reopen", &old).await;
    let row: R = stored(&hub, &caller, &id).await?;
    Ok(tagged(StatusCode::OK, row.version(), row))
}

async fn remove<R: Resource + Removable>(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Ids(id): Ids<String>,
    IfMatch(version): IfMatch,
) -> Result<Response, Problem> {
    let old: R = changeable(&hub, &caller, &id).await?;
    hub.store.remove_row::<R>(&id, version, caller.now_ms).await.map_err(|error| caller.refused(error))?;
    done(&hub, &caller, "remove", &old).await;
    // A term is only removed where it has no lessons.
    let followers = old.followed_by().filter(|followers| matches!(followers, Followers::School(_)));
    Ok(followed(follow(&hub, &caller, followers.as_slice()).await))
}

/// What became of the lessons, where something did.
pub(crate) fn followed(lessons: Option<MakeReport>) -> Response {
    match lessons.filter(MakeReport::tells) {
        Some(lessons) => json(Followed { lessons }),
        None => StatusCode::NO_CONTENT.into_response(),
    }
}

/// All rows of an owner that are not closed, whoever may see them.
pub(crate) async fn pages_of<K: Kept>(hub: &Hub, caller: &Caller, of: Option<&str>) -> Result<Vec<K>, Problem> {
    crate::schedule::pages(&hub.store, of, false).await.map_err(|error| caller.refused(error))
}

/// A row as it is now.
pub(crate) async fn stored<R: Resource>(hub: &Hub, caller: &Caller, id: &str) -> Result<R, Problem> {
    let row: Option<R> = hub.store.get(id).await.map_err(|error| caller.refused(error))?;
    row.ok_or_else(|| not_found(caller.language))
}

async fn sound<R: Resource>(hub: &Hub, caller: &Caller, row: &R, old: Option<&R>) -> Result<(), Problem> {
    if let Some((chinese, english)) = row.fault(caller, old) {
        return Err(invalid(say(caller.language, chinese, english)));
    }
    if let Some(old) = old {
        row.past_fault(hub, caller, old).await?;
    }
    let Some(id) = row.term() else { return Ok(()) };
    let term: Option<Term> = hub.store.get(id).await.map_err(|error| caller.refused(error))?;
    if term.is_some_and(|term| visible(caller, &term)) {
        return Ok(());
    }
    Err(invalid(say(caller.language, "没有这个学期，或您看不到它；请选另一个", "there is no such term, or none that you see; choose another")))
}

async fn done<R: Resource>(hub: &Hub, caller: &Caller, act: &str, row: &R) {
    hub.api.register_changed();
    caller.audit(hub, act, R::NAME, row.id(), serde_json::to_string(row).unwrap_or_default()).await;
}
