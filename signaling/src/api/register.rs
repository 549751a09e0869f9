//! Regions, schools, classrooms, alliances, pairings, terms and bells.

use super::Caller;
use super::problem::invalid;
use super::resource::{self, Followers, Resource};
use super::route::Routes;
use crate::access::{Action, Geography, Place};
use crate::http::Problem;
use crate::hub::Hub;
use crate::store::{Alliance, BellPlan, Classroom, Member, Pairing, Region, School, Term};
use axum::http::StatusCode;
use timetable::{Date, Language};

const TAG: &str = "register";

pub(super) fn routes(routes: &mut Routes) {
    resource::removing_routes::<Region>(routes);
    resource::closing_routes::<School>(routes);
    resource::closing_routes::<Classroom>(routes);
    resource::closing_routes::<Alliance>(routes);
    resource::removing_routes::<Pairing>(routes);
    resource::removing_routes::<Term>(routes);
    resource::removing_routes::<BellPlan>(routes);
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
    fn moves<'a>(&'a self, old: &'a Self) -> Vec<Place<'a>> {
        // Nobody takes a region out of the hands of who is above.
        if old.parent == self.parent { Vec::new() } else { vec![region(old.parent.as_ref()), region(self.parent.as_ref())] }
    }
    fn fault(&self, caller: &Caller, _: Option<&Self>) -> Option<(&'static str, &'static str)> {
        let inside = self.parent.as_deref().is_some_and(|parent| caller.geography.region_within(parent, &self.id));
        inside.then_some(("上级区划不能是它自己，也不能在它里面", "a region lies neither in itself nor in what lies in it; choose another parent"))
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
    async fn past_fault(&self, hub: &Hub, caller: &Caller, old: &Self) -> Result<(), Problem> {
        if self.region == old.region {
            return Ok(());
        }
        // An alliance's administrator reaches its members: nobody is to reach a school of another region so.
        let today = caller.zone.wall(caller.now_ms).map(|(day, _)| day.to_string()).unwrap_or_default();
        let mut alliances = hub.store.alliances_beyond(&self.id, &today).await.map_err(|error| caller.refused(error))?;
        alliances.retain(|alliance| !self.region.as_deref().is_some_and(|region| caller.geography.region_within(region, &alliance.region)));
        if alliances.is_empty() {
            return Ok(());
        }
        let names = alliances.iter().map(|alliance| caller.language.pick(format!("“{}”", alliance.name), format!("{:?}", alliance.name)));
        let names = names.collect::<Vec<_>>().join(caller.language.pick("、", ", "));
        let chinese = format!("这所学校还是联盟{names}的成员，新的地区不在联盟所在的地区里；请先在联盟里把它的结束日期设为今天");
        let english = format!("the school is a member of {names}, and the new region is not within the alliance's; end its membership, today, first");
        Err(Problem::named(StatusCode::CONFLICT, "in_use", "still needed", caller.language.pick(chinese, english)))
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
    fn fault(&self, caller: &Caller, old: Option<&Self>) -> Option<(&'static str, &'static str)> {
        if old.is_some_and(|old| old.region != self.region) {
            return Some(("联盟不能换到别的地区，请在那里新建", "an alliance stays in its region; make a new one there"));
        }
        // Who is in it already may have been moved elsewhere: that is ended here.
        let before = old.map_or(&[][..], |old| &old.members);
        let added: Vec<&Member> = self.members.iter().filter(|member| !before.iter().any(|other| member.is_within(other))).collect();
        let schools = caller.geography.schools_in(&Place::Region(&self.region));
        if added.iter().any(|member| !schools.contains(member.school.as_str())) {
            return Some(("成员学校必须属于联盟所在的地区", "the member schools must be in the alliance's region"));
        }
        if self.twice().is_some() {
            return Some(("同一所学校的成员期限不能重叠；请先结束前一段", "a school's memberships must not overlap; end the one before the next begins"));
        }
        let today = caller.zone.wall(caller.now_ms).map(|(day, _)| day.to_string()).unwrap_or_default();
        if old.is_some_and(|old| !self.keeps_past(old, &today)) {
            return Some(("已经开始的成员关系只能把结束日期设为今天或以后", "a membership that has begun is given a last day, today or later"));
        }
        // An alliance's administrator reaches its members: it must not be able to make anybody one, nor keep one for longer.
        if added.iter().any(|member| !caller.may(Action::ManageSchools, &Place::School(&member.school))) {
            return Some((
                "只有管理这些学校的县级运维可以加入成员或延长其期限；联盟管理员可以结束成员关系或更改角色",
                "only who manages a school makes it a member, or one for longer; an alliance's administrator ends memberships and changes roles",
            ));
        }
        None
    }
    async fn past_fault(&self, hub: &Hub, caller: &Caller, old: &Self) -> Result<(), Problem> {
        for member in self.left_out(old) {
            let refers = lessons_until_now(hub, caller, member).await?;
            if refers == 0 {
                continue;
            }
            let (school, from) = (caller.geography.name(&Place::School(&member.school)).unwrap_or_default(), &member.from_day);
            return Err(invalid(match caller.language {
                Language::Chinese => format!("“{school}”自 {from} 起的成员关系里已有 {refers} 节课，不能删除，也不能改开始日期；可以把结束日期设为今天或以后"),
                Language::English => format!(
                    "there were {refers} lessons of {school} since its membership began on {from}: it is not removed and keeps its first day; give it a last day, today or later"
                ),
            }));
        }
        Ok(())
    }
    fn identify(&mut self, id: String, version: u64) {
        (self.id, self.version) = (id, version);
    }
}

/// How many lessons of a member's school are told as the alliance's.
async fn lessons_until_now(hub: &Hub, caller: &Caller, member: &Member) -> Result<u64, Problem> {
    let begins = |day: Option<Date>| day.and_then(|day| caller.zone.instant(day, 0));
    let day = |text: &str| text.parse::<Date>().ok();
    let from_ms = begins(day(&member.from_day)).unwrap_or_default();
    let ended = member.to_day.as_deref().and_then(day).and_then(|day| day.tomorrow().ok());
    let until_ms = begins(ended).unwrap_or(u64::MAX).min(caller.now_ms);
    hub.store.member_lessons(member, from_ms, until_ms).await.map_err(|error| caller.refused(error))
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
    fn fault(&self, caller: &Caller, _: Option<&Self>) -> Option<(&'static str, &'static str)> {
        // The same words for one that is not there: nobody finds out by asking.
        let seen = caller.may(Self::READ, &Place::Classroom(&self.receiving_classroom));
        (!seen).then_some(("接收教室不存在，或不在您能看到的学校里", "the receiving classroom is not there, or not in a school you see"))
    }
    fn term(&self) -> Option<&str> {
        Some(&self.term)
    }
    fn identify(&mut self, id: String, version: u64) {
        (self.id, self.version) = (id, version);
    }
    fn tidy(&mut self) {
        self.subject = self.subject.trim().to_owned();
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
