//! What lies in what: regions in regions, schools in regions and alliances, classrooms in schools; with their names.

use crate::store::{Alliance, Classroom, Grant, Region, School, Scope};
use std::collections::{HashMap, HashSet};

/// Where a thing is, by its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place<'a> {
    /// In no region: only who has a grant for everything reaches it.
    Everywhere,
    /// A region.
    Region(&'a str),
    /// An alliance.
    Alliance(&'a str),
    /// A school.
    School(&'a str),
    /// A classroom.
    Classroom(&'a str),
}

#[derive(Debug)]
struct Room {
    name: String,
    school: String,
}

#[derive(Debug)]
struct Site {
    name: String,
    region: Option<String>,
    alliances: Vec<String>,
}

#[derive(Debug)]
struct League {
    name: String,
    region: String,
    schools: Vec<String>,
}

/// A picture of the register, as it was when it was read.
#[derive(Debug, Default)]
pub struct Geography {
    /// Of which state of the register it is, as this process counts its changes.
    pub(crate) generation: u64,
    regions: HashMap<String, (String, Option<String>)>,
    schools: HashMap<String, Site>,
    alliances: HashMap<String, League>,
    classrooms: HashMap<String, Room>,
}

impl Geography {
    /// From the register's rows, also closed ones; `today` (`YYYY-MM-DD`) decides which memberships hold.
    pub fn new(regions: Vec<Region>, schools: Vec<School>, alliances: Vec<Alliance>, classrooms: Vec<Classroom>, today: &str) -> Self {
        let mut picture = Self {
            generation: 0,
            regions: regions.into_iter().map(|region| (region.id, (region.name, region.parent))).collect(),
            schools: schools.into_iter().map(|school| (school.id, Site { name: school.name, region: school.region, alliances: Vec::new() })).collect(),
            classrooms: classrooms.into_iter().map(|room| (room.id, Room { name: room.name, school: room.school })).collect(),
            alliances: HashMap::new(),
        };
        for alliance in alliances.into_iter() {
            let holds = |from: &str, to: Option<&str>| from <= today && to.is_none_or(|to| today <= to);
            let now = alliance.members.iter().filter(|member| holds(&member.from_day, member.to_day.as_deref()) && alliance.closed_ms.is_none());
            let schools: Vec<String> = now.map(|member| member.school.clone()).collect();
            for school in &schools {
                if let Some(site) = picture.schools.get_mut(school) {
                    site.alliances.push(alliance.id.clone());
                }
            }
            picture.alliances.insert(alliance.id, League { name: alliance.name, region: alliance.region, schools });
        }
        picture
    }

    /// Whether a place lies in the scope of a grant. What is not in the register lies nowhere.
    pub fn covers(&self, grant: &Grant, place: &Place<'_>) -> bool {
        let Some(id) = grant.scope_id.as_deref() else { return grant.scope == Scope::Everything };
        match (grant.scope, *place) {
            (Scope::Everything, _) => true,
            (_, Place::Everywhere) => false,
            (Scope::Region, Place::Region(region)) => self.region_within(region, id),
            (Scope::Region, Place::Alliance(alliance)) => self.alliances.get(alliance).is_some_and(|league| self.region_within(&league.region, id)),
            (Scope::Alliance, Place::Alliance(alliance)) => alliance == id,
            (Scope::Classroom, Place::Classroom(classroom)) => classroom == id,
            (Scope::Region | Scope::Alliance | Scope::School, Place::School(school)) => self.covers_school(grant.scope, id, school),
            (Scope::Region | Scope::Alliance | Scope::School, Place::Classroom(classroom)) => {
                self.school_of(classroom).is_some_and(|school| self.covers_school(grant.scope, id, school))
            }
            _ => false,
        }
    }

    fn covers_school(&self, scope: Scope, id: &str, school: &str) -> bool {
        let Some(site) = self.schools.get(school) else { return false };
        match scope {
            Scope::Region => site.region.as_deref().is_some_and(|region| self.region_within(region, id)),
            Scope::Alliance => site.alliances.iter().any(|alliance| alliance == id),
            Scope::School => school == id,
            Scope::Everything | Scope::Classroom => false,
        }
    }

    /// Whether a place is a partner of the school of a grant: in one of its alliances, or such an alliance, or a region above it.
    pub(crate) fn covers_partner(&self, grant: &Grant, place: &Place<'_>) -> bool {
        let home = match (grant.scope, grant.scope_id.as_deref()) {
            (Scope::School, Some(id)) => Some(id),
            (Scope::Classroom, Some(id)) => self.school_of(id),
            (Scope::Alliance, Some(id)) => return self.alliance_sees(id, place),
            (Scope::Region, Some(id)) => return matches!(*place, Place::Region(region) if self.region_within(id, region)),
            _ => None,
        };
        let Some((id, site)) = home.and_then(|id| Some((id, self.schools.get(id)?))) else { return false };
        let allied = |school: &str| {
            let other = self.schools.get(school);
            school == id || other.is_some_and(|other| other.alliances.iter().any(|alliance| site.alliances.contains(alliance)))
        };
        match *place {
            Place::Everywhere => false,
            Place::Region(region) => site.region.as_deref().is_some_and(|own| self.region_within(own, region)),
            Place::Alliance(alliance) => site.alliances.iter().any(|own| own == alliance),
            Place::School(school) => allied(school),
            Place::Classroom(classroom) => self.school_of(classroom).is_some_and(allied),
        }
    }

    fn alliance_sees(&self, alliance: &str, place: &Place<'_>) -> bool {
        match *place {
            Place::Region(region) => self.alliances.get(alliance).is_some_and(|league| self.region_within(&league.region, region)),
            _ => false,
        }
    }

    /// Whether a region is another one or lies in it.
    pub fn region_within(&self, region: &str, outer: &str) -> bool {
        let mut at = Some(region);
        // A circle of parents ends too.
        for _ in 0..=self.regions.len() {
            match at {
                Some(id) if id == outer => return self.regions.contains_key(id),
                Some(id) => at = self.regions.get(id).and_then(|(_, parent)| parent.as_deref()),
                None => return false,
            }
        }
        false
    }

    /// The ids of a region and of those within it.
    pub fn regions_in(&self, outer: &str) -> Vec<&str> {
        self.regions.keys().map(String::as_str).filter(|region| self.region_within(region, outer)).collect()
    }

    /// The ids of the schools that a place holds, for what is listed or counted by school.
    pub fn schools_in(&self, place: &Place<'_>) -> HashSet<&str> {
        let all = self.schools.iter();
        match *place {
            Place::Everywhere => all.map(|(id, _)| id.as_str()).collect(),
            Place::Region(outer) => {
                all.filter(|(_, site)| site.region.as_deref().is_some_and(|own| self.region_within(own, outer))).map(|(id, _)| id.as_str()).collect()
            }
            Place::Alliance(alliance) => self.alliances.get(alliance).into_iter().flat_map(|league| league.schools.iter().map(String::as_str)).collect(),
            Place::School(school) => self.schools.get_key_value(school).map(|(id, _)| id.as_str()).into_iter().collect(),
            Place::Classroom(classroom) => self.school_of(classroom).into_iter().collect(),
        }
    }

    /// The school of a classroom.
    pub fn school_of(&self, classroom: &str) -> Option<&str> {
        self.classrooms.get(classroom).map(|room| room.school.as_str())
    }

    /// The region of a school.
    pub fn region_of(&self, school: &str) -> Option<&str> {
        self.schools.get(school)?.region.as_deref()
    }

    /// The alliances that a school is in today.
    pub fn alliances_of(&self, school: &str) -> &[String] {
        self.schools.get(school).map_or(&[], |site| &site.alliances)
    }

    /// What a place is called.
    pub fn name(&self, place: &Place<'_>) -> Option<&str> {
        match *place {
            Place::Everywhere => None,
            Place::Region(id) => self.regions.get(id).map(|(name, _)| name.as_str()),
            Place::Alliance(id) => self.alliances.get(id).map(|league| league.name.as_str()),
            Place::School(id) => self.schools.get(id).map(|site| site.name.as_str()),
            Place::Classroom(id) => self.classrooms.get(id).map(|room| room.name.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::access::{Action, may};
    use crate::store::{Member, MemberRole, PersonRole, RegionLevel, SchoolKind};

    fn region(id: &str, parent: Option<&str>) -> Region {
        Region { id: id.into(), parent: parent.map(str::to_owned), level: RegionLevel::County, name: id.into(), version: 1 }
    }

    fn school(id: &str, region: &str) -> School {
        School { region: Some(region.into()), ..School::new(id, id, SchoolKind::Main) }
    }

    fn member(school: &str, from: &str, to: Option<&str>) -> Member {
        Member { school: school.into(), role: MemberRole::Paired, from_day: from.into(), to_day: to.map(str::to_owned) }
    }

    /// 省 p ⊃ 县 c1 (s1, s2, s3), c2 (s4); alliance a of s1, s2 and (until last year) s3.
    fn county() -> Geography {
        let members = vec![member("s1", "2025-09-01", None), member("s2", "2026-01-01", Some("2027-01-01")), member("s3", "2020-01-01", Some("2025-12-31"))];
        let alliance = Alliance { id: "a".into(), region: "c1".into(), name: "a".into(), members, closed_ms: None, version: 1 };
        let schools = vec![school("s1", "c1"), school("s2", "c1"), school("s3", "c1"), school("s4", "c2")];
        let rooms = ["s1", "s2", "s3", "s4"].map(|school| Classroom::new(format!("{school}-r"), school, "r"));
        let regions = vec![region("p", None), region("c1", Some("p")), region("c2", Some("p")), region("x", Some("y")), region("y", Some("x"))];
        Geography::new(regions, schools, vec![alliance], rooms.into(), "2026-11-25")
    }

    fn grant(role: PersonRole, scope: Scope, id: Option<&str>) -> Grant {
        Grant { id: "g".into(), person: "p".into(), role, scope, scope_id: id.map(str::to_owned), from_ms: 0, to_ms: None, granted_by: None }
    }

    #[test]
    fn a_scope_covers_what_lies_in_it_and_nothing_else() {
        let county = county();
        let covered = |scope, id: Option<&str>| {
            let grant = grant(PersonRole::CountyOperator, scope, id);
            let rooms = ["s1-r", "s2-r", "s3-r", "s4-r", "none"];
            rooms.into_iter().filter(|room| county.covers(&grant, &Place::Classroom(room))).collect::<Vec<_>>()
        };
        assert_eq!(covered(Scope::Region, Some("p")), ["s1-r", "s2-r", "s3-r", "s4-r"]);
        assert_eq!(covered(Scope::Region, Some("c1")), ["s1-r", "s2-r", "s3-r"]);
        assert_eq!(covered(Scope::Alliance, Some("a")), ["s1-r", "s2-r"], "s3 left last year");
        assert_eq!(covered(Scope::School, Some("s4")), ["s4-r"]);
        assert_eq!(covered(Scope::Classroom, Some("s4-r")), ["s4-r"]);
        assert_eq!(covered(Scope::Everything, None).len(), 5);
        assert!(covered(Scope::Region, Some("x")).is_empty(), "a circle of regions ends");
        let mut within = county.regions_in("p");
        within.sort_unstable();
        assert_eq!((within, county.regions_in("c1"), county.regions_in("none")), (vec!["c1", "c2", "p"], vec!["c1"], vec![]));
        assert!(!county.covers(&grant(PersonRole::CountyOperator, Scope::Region, Some("p")), &Place::Everywhere));
    }

    #[test]
    fn a_school_sees_its_allies_but_changes_only_itself() {
        let county = county();
        let admin = [grant(PersonRole::SchoolAdmin, Scope::School, Some("s1"))];
        let sees = |school| may(&county, &admin, Action::ReadRegister, &Place::School(school));
        assert!(sees("s1") && sees("s2") && !sees("s3") && !sees("s4"));
        assert!(may(&county, &admin, Action::ManageClassrooms, &Place::Classroom("s1-r")));
        assert!(!may(&county, &admin, Action::ManageClassrooms, &Place::Classroom("s2-r")));
        assert!(!may(&county, &admin, Action::ReadPeople, &Place::School("s2")), "people are not the register");
        let assist = |room| may(&county, &admin, Action::ReadAssistants, &Place::Classroom(room));
        assert!(assist("s1-r") && assist("s2-r") && !assist("s3-r") && !assist("s4-r"), "but who may assist is seen");
        let teacher = [grant(PersonRole::Teacher, Scope::School, Some("s1"))];
        assert!(!may(&county, &teacher, Action::ReadAssistants, &Place::Classroom("s1-r")), "by who plans lessons");
        assert!(may(&county, &admin, Action::ReadRegister, &Place::Region("p")) && !may(&county, &admin, Action::ReadRegister, &Place::Region("c2")));
    }
}
