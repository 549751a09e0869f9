//! People, their roles, and how they come in again when they have forgotten their password.

use super::Caller;
use super::extract::{Body, Ids, IfMatch, Query, json, tagged};
use super::problem::{invalid, not_found, not_hashed, not_permitted, say};
use super::resource::{self, Asked, Resource, pages_of, seen, stored};
use super::route::{Doc, Routes, Rule, id_schema, truth};
use super::session::RESET;
use super::view::{GrantView, NewGrant, NewPerson, NewPersonView, Page, PersonName, PersonView, ResetView};
use crate::access::{Action, Geography, Place, place_of, stands_above};
use crate::account::{login, password, secret};
use crate::http::Problem;
use crate::hub::Hub;
use crate::store::{Grant, PasswordReset, Person, PersonRole, Scope};
use crate::tokens::Holder;
use axum::extract::State;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

const TAG: &str = "people";
const READ: Rule = Rule::May(Action::ReadPeople);
const WRITE: Rule = Rule::May(Action::ManagePeople);

pub(super) fn routes(routes: &mut Routes) {
    let doc = |summary| Doc::new(TAG, summary);
    let all = doc("A page of people, in the order of their ids.").answer::<Page<PersonView>>(200, "A page.").page();
    let all = all.query("school", "Only those of this school.", id_schema()).query("closed", "Also closed ones.", truth());
    let all = all.query("grants", "With all grants that hold now.", truth());
    routes.add(Method::GET, "/people", READ, all, list);
    let new = doc("Makes a person, who comes in with the token that is answered.").body::<NewPerson>();
    routes.add(Method::POST, "/people", WRITE, new.answer::<NewPersonView>(201, "It was made.").refusals(&[404, 409]), create);
    routes.add(Method::GET, "/people/{id}", READ, doc("A person.").answer::<Person>(200, "It."), resource::get::<Person>);
    let change = doc("Changes login, name or school.").body::<Person>().answer::<Person>(200, "It was changed.").if_match().refusals(&[409]);
    routes.add(Method::PUT, "/people/{id}", WRITE, change, update);
    let close = doc("Closes a person, unless something to come needs it: it comes in no more.").empty(204, "It is closed.").if_match().refusals(&[409]);
    routes.add(Method::DELETE, "/people/{id}", WRITE, close, close_person);
    let assistants = doc("Who may assist in a classroom: the people of its school who teach or assist there, by name alone.");
    let assistants = assistants.answer::<Page<PersonName>>(200, "All of them.");
    routes.add(Method::GET, "/classrooms/{id}/assistants", Rule::May(Action::ReadAssistants), assistants, list_assistants);
    let reopen = doc("Takes the closing back: the person comes in again, with the password and the roles it had.");
    let reopen = reopen.answer::<Person>(200, "It is open again.").if_match();
    routes.add(Method::POST, "/people/{id}/reopen", WRITE, reopen, reopen_person);
    let grants = doc("What a person may.").answer::<Page<GrantView>>(200, "All grants that hold now.");
    routes.add(Method::GET, "/people/{id}/grants", READ, grants, list_grants);
    let give = doc("Gives a person a role somewhere.").body::<NewGrant>().answer::<GrantView>(201, "It is given.");
    routes.add(Method::POST, "/people/{id}/grants", WRITE, give, give_grant);
    let end = doc("Ends a grant.").empty(204, "It has ended.");
    routes.add(Method::DELETE, "/people/{id}/grants/{grant}", WRITE, end, end_grant);
    let reset = doc("Makes a token with which the person sets a new password.").answer::<ResetView>(200, "The token, shown this once.");
    routes.add(Method::POST, "/people/{id}/reset", WRITE, reset, reset_password);
    let factor = doc("Takes the second factor away, for a person that lost its phone.").empty(204, "It is gone.");
    routes.add(Method::DELETE, "/people/{id}/second-factor", WRITE, factor, remove_second_factor);
}

impl Resource for Person {
    const PATH: &'static str = "/people";
    const TAG: &'static str = TAG;
    const READ: Action = Action::ReadPeople;
    const WRITE: Action = Action::ManagePeople;
    const OF: (&'static str, &'static str) = ("school", "Only those of this school.");

    fn places<'a>(&'a self, geography: &'a Geography) -> Vec<Place<'a>> {
        vec![self.place(geography)]
    }
    fn place<'a>(&'a self, _: &'a Geography) -> Place<'a> {
        match (&self.school, &self.region) {
            (Some(school), _) => Place::School(school),
            (None, Some(region)) => Place::Region(region),
            (None, None) => Place::Everywhere,
        }
    }
    fn identify(&mut self, id: String, version: u64) {
        (self.id, self.version) = (id, version);
    }
}

/// Whether the caller stands above everything that the person is.
async fn above(hub: &Hub, caller: &Caller, person: &Person) -> Result<(), Problem> {
    caller.change(Action::ReadPeople, Action::ManagePeople, &person.place(&caller.geography))?;
    let mine = &caller.person()?.active;
    let grants = hub.store.grants(&person.id, Some(caller.now_ms)).await.map_err(|error| caller.refused(error))?;
    let below = |grant: &Grant| stands_above(&caller.geography, mine, grant.role, &place_of(grant.scope, grant.scope_id.as_deref()));
    if grants.iter().all(below) { Ok(()) } else { Err(not_permitted(caller.language)) }
}

/// Refuses a region that is not the school's: a person of a school is where the school is. What is there already may stay: the school was moved since.
fn placed(caller: &Caller, person: &Person, old: Option<&Person>) -> Result<(), Problem> {
    let (Some(school), Some(region)) = (&person.school, &person.region) else { return Ok(()) };
    let stays = old.is_some_and(|old| (&old.school, &old.region) == (&person.school, &person.region));
    if stays || caller.geography.schools_in(&Place::Region(region)).contains(school.as_str()) {
        return Ok(());
    }
    Err(invalid(say(
        caller.language,
        "学校不在这个地区里；有学校的人不必填地区",
        "the school is not in this region; leave out the region of a school's person",
    )))
}

/// Nobody takes from oneself what one comes in with: a slip would lock the last operator out, and a stolen session would become an account of its own.
fn another(caller: &Caller, person: &Person) -> Result<(), Problem> {
    if caller.person()?.person.id != person.id {
        return Ok(());
    }
    let detail = say(caller.language, "不能对自己这样做；请由另一位管理员操作", "not to oneself; ask another administrator");
    Err(Problem::named(StatusCode::FORBIDDEN, "not_permitted", "not permitted", detail))
}

/// A grant that the caller may give.
fn grantable(caller: &Caller, person: &str, new: NewGrant) -> Result<Grant, Problem> {
    let wanted = place_of(new.scope, new.scope_id.as_deref());
    if (new.scope == Scope::Everything) != new.scope_id.is_none() {
        return Err(invalid(say(caller.language, "除“全部”以外，范围须指明是哪一个", "give the id of the scope, except for everything")));
    }
    let signed = caller.person()?;
    if !stands_above(&caller.geography, &signed.active, new.role, &wanted) {
        return Err(not_permitted(caller.language));
    }
    if new.scope != Scope::Everything && caller.geography.name(&wanted).is_none() {
        return Err(not_found(caller.language));
    }
    Ok(Grant {
        id: secret::id(),
        person: person.to_owned(),
        role: new.role,
        scope: new.scope,
        scope_id: new.scope_id,
        from_ms: caller.now_ms,
        to_ms: None,
        granted_by: Some(signed.person.id.clone()),
    })
}

async fn list(State(hub): State<Arc<Hub>>, caller: Caller, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let Page { items, next } = resource::page::<Person>(&hub, &caller, &asked).await?;
    if !asked.grants.unwrap_or(false) {
        return Ok(json(Page { items, next }));
    }
    let ids: Vec<String> = items.iter().map(|person| person.id.clone()).collect();
    let mut held = hub.store.grants_of(&ids, caller.now_ms).await.map_err(|error| caller.refused(error))?;
    let with_grants = |person: Person| {
        let grants = held.remove(&person.id).unwrap_or_default();
        PersonView { grants: Some(grants.into_iter().map(|grant| named(&caller, grant)).collect()), person }
    };
    Ok(json(Page { items: items.into_iter().map(with_grants).collect(), next }))
}

async fn list_assistants(State(hub): State<Arc<Hub>>, caller: Caller, Ids(id): Ids<String>) -> Result<Response, Problem> {
    let here = Place::Classroom(&id);
    caller.see(Action::ReadAssistants, &[here])?;
    let school = caller.geography.school_of(&id).ok_or_else(|| not_found(caller.language))?;
    let people: Vec<Person> = pages_of(&hub, &caller, Some(school)).await?;
    let ids: Vec<String> = people.iter().map(|person| person.id.clone()).collect();
    let held = hub.store.grants_of(&ids, caller.now_ms).await.map_err(|error| caller.refused(error))?;
    let works = |grant: &Grant| matches!(grant.role, PersonRole::Teacher | PersonRole::Assistant) && caller.geography.covers(grant, &here);
    let may_assist = |person: &Person| held.get(&person.id).is_some_and(|grants| grants.iter().any(works));
    let items = people.into_iter().filter(may_assist).map(|Person { id, name, .. }| PersonName { id, name }).collect();
    Ok(json(Page { items, next: None }))
}

fn named(caller: &Caller, grant: Grant) -> GrantView {
    let scope_name = caller.geography.name(&place_of(grant.scope, grant.scope_id.as_deref())).map(str::to_owned);
    GrantView { grant, scope_name }
}

/// A new login, as it is kept.
fn usable_login(caller: &Caller, typed: &str) -> Result<String, Problem> {
    let folded = login::fold(typed);
    match login::fault(&folded) {
        Some((chinese, english)) => Err(invalid(say(caller.language, chinese, english))),
        None => Ok(folded),
    }
}

async fn create(State(hub): State<Arc<Hub>>, caller: Caller, Body(new): Body<NewPerson>) -> Result<Response, Problem> {
    let id = new.id.filter(|id| !id.is_empty()).unwrap_or_else(secret::id);
    let person = Person { id, login: usable_login(&caller, &new.login)?, name: new.name, school: new.school, region: new.region, closed_ms: None, version: 1 };
    caller.change(Action::ReadPeople, Action::ManagePeople, &person.place(&caller.geography))?;
    placed(&caller, &person, None)?;
    let grants = new.grants.into_iter().map(|grant| grantable(&caller, &person.id, grant)).collect::<Result<Vec<_>, _>>()?;
    // Nobody knows this one: the first password is set with the token.
    let hash = password::hash(secret::token()).await.ok_or_else(|| not_hashed(caller.language))?;
    hub.store.create_person(&person, &hash, false, caller.now_ms).await.map_err(|error| caller.refused(error))?;
    for grant in &grants {
        hub.store.give(grant).await.map_err(|error| caller.refused(error))?;
    }
    let reset = make_reset(&hub, &caller, &person.id).await?;
    let detail = serde_json::json!({ "person": person, "grants": grants }).to_string();
    caller.audit(&hub, "create", "person", &person.id, detail).await;
    Ok(tagged(StatusCode::CREATED, 1, NewPersonView { person, reset }))
}

async fn update(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Ids(id): Ids<String>,
    IfMatch(version): IfMatch,
    Body(mut person): Body<Person>,
) -> Result<Response, Problem> {
    let old: Person = seen(&hub, &caller, &id).await?;
    above(&hub, &caller, &old).await?;
    person.identify(id, version);
    if person.login != old.login {
        person.login = usable_login(&caller, &person.login)?;
    }
    caller.change(Action::ReadPeople, Action::ManagePeople, &person.place(&caller.geography))?;
    placed(&caller, &person, Some(&old))?;
    hub.store.update(&person).await.map_err(|error| caller.refused(error))?;
    // Lists of lessons name their teachers.
    hub.api.register_changed();
    let person: Person = stored(&hub, &caller, &person.id).await?;
    caller.audit(&hub, "update", "person", &person.id, serde_json::to_string(&person).unwrap_or_default()).await;
    Ok(tagged(StatusCode::OK, person.version, person))
}

async fn close_person(State(hub): State<Arc<Hub>>, caller: Caller, Ids(id): Ids<String>, IfMatch(version): IfMatch) -> Result<Response, Problem> {
    let old: Person = seen(&hub, &caller, &id).await?;
    another(&caller, &old)?;
    above(&hub, &caller, &old).await?;
    hub.store.close_row::<Person>(&id, version, caller.now_ms).await.map_err(|error| caller.refused(error))?;
    hub.store.end_sessions(&id, None).await.map_err(|error| caller.refused(error))?;
    hub.review_holder(&Holder::Person(id.clone())).await;
    caller.audit(&hub, "close", "person", &id, "").await;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn reopen_person(State(hub): State<Arc<Hub>>, caller: Caller, Ids(id): Ids<String>, IfMatch(version): IfMatch) -> Result<Response, Problem> {
    let old: Person = seen(&hub, &caller, &id).await?;
    above(&hub, &caller, &old).await?;
    hub.store.reopen_row::<Person>(&id, version).await.map_err(|error| caller.refused(error))?;
    caller.audit(&hub, "reopen", "person", &id, "").await;
    let person: Person = stored(&hub, &caller, &id).await?;
    Ok(tagged(StatusCode::OK, person.version, person))
}

async fn list_grants(State(hub): State<Arc<Hub>>, caller: Caller, Ids(id): Ids<String>) -> Result<Response, Problem> {
    let person: Person = seen(&hub, &caller, &id).await?;
    let grants = hub.store.grants(&person.id, Some(caller.now_ms)).await.map_err(|error| caller.refused(error))?;
    Ok(json(Page { items: grants.into_iter().map(|grant| named(&caller, grant)).collect(), next: None }))
}

async fn give_grant(State(hub): State<Arc<Hub>>, caller: Caller, Ids(id): Ids<String>, Body(new): Body<NewGrant>) -> Result<Response, Problem> {
    let person: Person = seen(&hub, &caller, &id).await?;
    caller.change(Action::ReadPeople, Action::ManagePeople, &person.place(&caller.geography))?;
    let grant = grantable(&caller, &person.id, new)?;
    hub.store.give(&grant).await.map_err(|error| caller.refused(error))?;
    caller.audit(&hub, "grant", "person", &person.id, serde_json::to_string(&grant).unwrap_or_default()).await;
    Ok((StatusCode::CREATED, json(named(&caller, grant))).into_response())
}

async fn end_grant(State(hub): State<Arc<Hub>>, caller: Caller, Ids((id, grant)): Ids<(String, String)>) -> Result<Response, Problem> {
    let person: Person = seen(&hub, &caller, &id).await?;
    another(&caller, &person)?;
    caller.change(Action::ReadPeople, Action::ManagePeople, &person.place(&caller.geography))?;
    let grants = hub.store.grants(&person.id, Some(caller.now_ms)).await.map_err(|error| caller.refused(error))?;
    let found = grants.into_iter().find(|found| found.id == grant).ok_or_else(|| not_found(caller.language))?;
    let place = place_of(found.scope, found.scope_id.as_deref());
    if !stands_above(&caller.geography, &caller.person()?.active, found.role, &place) {
        return Err(not_permitted(caller.language));
    }
    hub.store.end_grant(&found.id, caller.now_ms).await.map_err(|error| caller.refused(error))?;
    hub.review_holder(&Holder::Person(person.id.clone())).await;
    caller.audit(&hub, "end grant", "person", &person.id, serde_json::to_string(&found).unwrap_or_default()).await;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn make_reset(hub: &Hub, caller: &Caller, person: &str) -> Result<ResetView, Problem> {
    let token = secret::spoken();
    let expires_ms = caller.now_ms + u64::try_from(RESET.as_millis()).unwrap_or_default();
    let made_by = caller.person().ok().map(|signed| signed.person.id.clone());
    let reset = PasswordReset { token_hash: secret::hash(&secret::heard(&token)), person: person.to_owned(), expires_ms, made_by };
    hub.store.create_password_reset(&reset).await.map_err(|error| caller.refused(error))?;
    Ok(ResetView { token, expires_ms })
}

async fn reset_password(State(hub): State<Arc<Hub>>, caller: Caller, Ids(id): Ids<String>) -> Result<Response, Problem> {
    let person: Person = seen(&hub, &caller, &id).await?;
    another(&caller, &person)?;
    above(&hub, &caller, &person).await?;
    let view = make_reset(&hub, &caller, &person.id).await?;
    caller.audit(&hub, "make reset", "person", &person.id, "").await;
    Ok(json(view))
}

async fn remove_second_factor(State(hub): State<Arc<Hub>>, caller: Caller, Ids(id): Ids<String>) -> Result<Response, Problem> {
    let person: Person = seen(&hub, &caller, &id).await?;
    another(&caller, &person)?;
    above(&hub, &caller, &person).await?;
    hub.store.set_totp(&person.id, None, None).await.map_err(|error| caller.refused(error))?;
    hub.store.end_sessions(&person.id, None).await.map_err(|error| caller.refused(error))?;
    caller.audit(&hub, "remove second factor", "person", &person.id, "").await;
    Ok(StatusCode::NO_CONTENT.into_response())
}
