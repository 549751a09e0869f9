//! Regions, schools, classrooms, alliances, pairings, terms and bells.

use super::entries::follow;
use super::extract::{Ids, IfMatch};
use super::resource::{self, Followers, Resource};
use super::route::{Doc, Routes, Rule};
use super::{Caller, resource::seen};
use crate::access::{Action, Geography, Place};
use crate::http::Problem;
use crate::hub::Hub;
use crate::store::{Alliance, BellPlan, Classroom, Pairing, Region, School, Term};
use axum::extract::State;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

const TAG: &str = "register";

pub(super) fn routes(routes: &mut Routes) {
    resource::routes::<Region>(routes);
    resource::closing_routes::<School>(routes);
    resource::closing_routes::<Classroom>(routes);
    resource::closing_routes::<Alliance>(routes);
    resource::routes::<Pairing>(routes);
    resource::routes::<Term>(routes);
    resource::routes::<BellPlan>(routes);
    let doc = Doc::new("timetable", "Removes a bell plan.").empty(204, "It is removed.").if_match().refusals(&[409]);
    routes.add(Method::DELETE, "/bell-plans/{id}", Rule::May(BellPlan::WRITE), doc, remove_bell_plan);
}

fn region(region: Option<&String>) -> Place<'_> {
    region.map_or(Place::Everywhere, |region| Place::Region(region))
}

impl Resource for Region {
    const PATH: &'static str = "/regions";
    const TAG: &'static str = TAG;
    const READ: Action = Action::ReadRegister;
    const WRITE: Action = Action::ManageRegions;
    const OF: (&'static str, &'static str) = ("parent", "Only those of this region.");

    fn places<'a>(&'a self, _: &'a Geography) -> Vec<Place<'a>> {
        vec![Place::Region(&self.id)]
    }
    fn place<'a>(&'a self, geography: &'a Geography) -> Place<'a> {
        // One that is there is changed by who is above it or in charge of it; a new one is made in its parent.
        if geography.name(&Place::Region(&self.id)).is_some() { Place::Region(&self.id) } else { region(self.parent.as_ref()) }
    }
    fn identify(&mut self, id: String, version: u64) {
        (self.id, self.version) = (id, version);
    }
}

impl Resource for School {
    const PATH: &'static str = "/schools";
    const TAG: &'static str = TAG;
    const READ: Action = Action::ReadRegister;
    const WRITE: Action = Action::ManageSchools;
    const OF: (&'static str, &'static str) = ("region", "Only those of this region.");

    fn places<'a>(&'a self, _: &'a Geography) -> Vec<Place<'a>> {
        vec![Place::School(&self.id)]
    }
    fn place<'a>(&'a self, _: &'a Geography) -> Place<'a> {
        region(self.region.as_ref())
    }
    fn identify(&mut self, id: String, version: u64) {
        (self.id, self.version) = (id, version);
    }
}

impl Resource for Classroom {
    const PATH: &'static str = "/classrooms";
    const TAG: &'static str = TAG;
    const READ: Action = Action::ReadRegister;
    const WRITE: Action = Action::ManageClassrooms;
    const OF: (&'static str, &'static str) = ("school", "Only those of this school.");

    fn places<'a>(&'a self, _: &'a Geography) -> Vec<Place<'a>> {
        vec![Place::School(&self.school), Place::Classroom(&self.id)]
    }
    fn place<'a>(&'a self, _: &'a Geography) -> Place<'a> {
        Place::School(&self.school)
    }
    fn identify(&mut self, id: String, version: u64) {
        (self.id, self.version) = (id, version);
    }
}

impl Resource for Alliance {
    const PATH: &'static str = "/alliances";
    const TAG: &'static str = TAG;
    const READ: Action = Action::ReadRegister;
    const WRITE: Action = Action::ManageAlliances;
    const OF: (&'static str, &'static str) = ("region", "Only those of this region.");

    fn places<'a>(&'a self, _: &'a Geography) -> Vec<Place<'a>> {
        vec![Place::Alliance(&self.id), Place::Region(&self.region)]
    }
    fn place<'a>(&'a self, geography: &'a Geography) -> Place<'a> {
        if geography.name(&Place::Alliance(&self.id)).is_some() { Place::Alliance(&self.id) } else { Place::Region(&self.region) }
    }
    fn fault(&self, geography: &Geography, old: Option<&Self>) -> Option<(&'static str, &'static str)> {
        // An alliance's administrator reaches its members: it must not be able to make anybody one.
        if old.is_some_and(|old| old.region != self.region) {
            return Some(("联盟不能换到别的地区，请在那里新建", "an alliance stays in its region; make a new one there"));
        }
        let schools = geography.schools_in(&Place::Region(&self.region));
        let outside = self.members.iter().any(|member| !schools.contains(member.school.as_str()));
        outside.then_some(("成员学校必须属于联盟所在的地区", "the member schools must be in the alliance's region"))
    }
    fn identify(&mut self, id: String, version: u64) {
        (self.id, self.version) = (id, version);
    }
}

impl Resource for Pairing {
    const PATH: &'static str = "/pairings";
    const TAG: &'static str = TAG;
    const READ: Action = Action::ReadRegister;
    const WRITE: Action = Action::ManagePairings;
    const OF: (&'static str, &'static str) = ("classroom", "Only those of this host classroom.");

    fn places<'a>(&'a self, _: &'a Geography) -> Vec<Place<'a>> {
        vec![Place::Classroom(&self.host_classroom), Place::Classroom(&self.receiving_classroom)]
    }
    fn place<'a>(&'a self, _: &'a Geography) -> Place<'a> {
        Place::Classroom(&self.host_classroom)
    }
    fn identify(&mut self, id: String, version: u64) {
        (self.id, self.version) = (id, version);
    }
}

impl Resource for Term {
    const PATH: &'static str = "/terms";
    const TAG: &'static str = "timetable";
    const READ: Action = Action::ReadRegister;
    const WRITE: Action = Action::ManageTerms;
    const OF: (&'static str, &'static str) = ("region", "Only those of this region.");
    const FOLLOWED: bool = true;

    fn places<'a>(&'a self, _: &'a Geography) -> Vec<Place<'a>> {
        vec![region(self.region.as_ref())]
    }
    fn place<'a>(&'a self, _: &'a Geography) -> Place<'a> {
        region(self.region.as_ref())
    }
    fn is_common(&self) -> bool {
        self.region.is_none()
    }
    fn followed_by(&self) -> Option<Followers<'_>> {
        Some(Followers::Term(&self.id))
    }
    fn identify(&mut self, id: String, version: u64) {
        (self.id, self.version) = (id, version);
    }
}

impl Resource for BellPlan {
    const PATH: &'static str = "/bell-plans";
    const TAG: &'static str = "timetable";
    const READ: Action = Action::ReadRegister;
    const WRITE: Action = Action::ManageClassrooms;
    const OF: (&'static str, &'static str) = ("school", "Only those of this school.");
    const FOLLOWED: bool = true;

    fn places<'a>(&'a self, _: &'a Geography) -> Vec<Place<'a>> {
        vec![Place::School(&self.school)]
    }
    fn place<'a>(&'a self, _: &'a Geography) -> Place<'a> {
        Place::School(&self.school)
    }
    fn followed_by(&self) -> Option<Followers<'_>> {
        Some(Followers::School(&self.school))
    }
    fn identify(&mut self, id: String, version: u64) {
        (self.id, self.version) = (id, version);
    }
}

async fn remove_bell_plan(State(hub): State<Arc<Hub>>, caller: Caller, Ids(id): Ids<String>, IfMatch(version): IfMatch) -> Result<Response, Problem> {
    let plan: BellPlan = seen(&hub, &caller, &id).await?;
    caller.change(BellPlan::READ, BellPlan::WRITE, &plan.place(&caller.geography))?;
    hub.store.remove_bell_plan(&id, version).await.map_err(|error| caller.refused(error))?;
    caller.audit(&hub, "remove", "bell plan", &id, serde_json::to_string(&plan).unwrap_or_default()).await;
    follow(&hub, &caller, plan.followed_by().as_slice()).await;
    Ok(StatusCode::NO_CONTENT.into_response())
}
