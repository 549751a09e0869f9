//! The people and classrooms that a sheet may name.

use super::super::Caller;
use super::super::resource::pages_of;
use crate::access::{Action, Place};
use crate::http::Problem;
use crate::hub::Hub;
use crate::store::{Classroom, Person};
use std::collections::HashMap;
use timetable::sheet::{Found, Register, What};

/// What a text means: an id before a name of the own school, that before a name with its school, that before a name of another school.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Own,
    Qualified,
    Other,
}

/// One that can be named.
#[derive(Clone, Debug)]
struct One {
    id: String,
    /// From the shortest to the one that tells it from all others.
    names: Vec<String>,
}

/// Names of one kind and whose they are.
#[derive(Debug, Default)]
struct Index {
    ones: Vec<One>,
    ids: HashMap<String, usize>,
    named: HashMap<String, Vec<(Rank, usize)>>,
}

impl Index {
    fn add(&mut self, one: One, own: bool) {
        let number = self.ones.len();
        for (position, name) in one.names.iter().enumerate() {
            let rank = match (position, own) {
                (0, true) => Rank::Own,
                (0, false) => Rank::Other,
                _ => Rank::Qualified,
            };
            self.named.entry(folded(name)).or_default().push((rank, number));
        }
        self.ids.insert(one.id.clone(), number);
        self.ones.push(one);
    }

    fn find(&self, text: &str) -> Found {
        if self.ids.contains_key(text) {
            return Found::One(text.to_owned());
        }
        let meant = self.named.get(&folded(text)).map(Vec::as_slice).unwrap_or_default();
        let best = meant.iter().map(|(rank, _)| *rank).min();
        let mut numbers: Vec<usize> = meant.iter().filter(|(rank, _)| Some(*rank) == best).map(|(_, number)| *number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let found: Vec<&One> = numbers.into_iter().filter_map(|number| self.ones.get(number)).collect();
        match found.as_slice() {
            [] => Found::Nobody,
            [one] => Found::One(one.id.clone()),
            several => Found::Several(several.iter().map(|one| self.telling(one)).collect()),
        }
    }

    /// A name that is this one's alone; its id where it has none.
    fn telling(&self, one: &One) -> String {
        let own = |name: &&String| self.find_one(name).is_some_and(|found| found == one.id);
        one.names.iter().find(own).cloned().unwrap_or_else(|| one.id.clone())
    }

    fn find_one(&self, text: &str) -> Option<String> {
        let meant = self.named.get(&folded(text))?;
        let best = meant.iter().map(|(rank, _)| *rank).min()?;
        let mut found = meant.iter().filter(|(rank, _)| *rank == best).map(|(_, number)| *number);
        let first = found.next()?;
        found.all(|number| number == first).then(|| self.ones.get(first).map(|one| one.id.clone())).flatten()
    }

    fn name(&self, id: &str) -> String {
        self.ids.get(id).and_then(|number| self.ones.get(*number)).map_or_else(|| id.to_owned(), |one| self.telling(one))
    }
}

/// As names are compared: without spaces, brackets of either width alike.
fn folded(name: &str) -> String {
    let half = |sign: char| match sign {
        '（' => '(',
        '）' => ')',
        sign => sign,
    };
    name.chars().filter(|sign| !sign.is_whitespace()).map(half).collect()
}

/// Everybody and every classroom that the caller sees, as a sheet of one school names them.
#[derive(Debug, Default)]
pub(super) struct Roster {
    people: Index,
    classrooms: Index,
}

impl Roster {
    /// Reads the register.
    pub(super) async fn load(hub: &Hub, caller: &Caller, school: &str) -> Result<Self, Problem> {
        let mut roster = Self::default();
        let sees = |place: &Place<'_>| caller.may(Action::ReadRegister, place);
        let called = |school: &str| caller.geography.name(&Place::School(school)).unwrap_or_default().to_owned();
        let people: Vec<Person> = pages_of(hub, caller, None).await?;
        for person in people {
            let home = person.school.as_deref();
            if !home.is_some_and(|home| sees(&Place::School(home))) {
                continue;
            }
            let home_name = home.map(called).unwrap_or_default();
            roster.add_person(&person, &home_name, home == Some(school));
        }
        let classrooms: Vec<Classroom> = pages_of(hub, caller, None).await?;
        for room in classrooms.into_iter().filter(|room| sees(&Place::School(&room.school))) {
            roster.add_classroom(&room, &called(&room.school), room.school == school);
        }
        Ok(roster)
    }

    fn add_person(&mut self, person: &Person, school: &str, own: bool) {
        let name = &person.name;
        let names = vec![name.clone(), format!("{name}（{school}）"), format!("{name}（{}）", person.login)];
        self.people.add(One { id: person.id.clone(), names }, own);
    }

    fn add_classroom(&mut self, room: &Classroom, school: &str, own: bool) {
        let name = &room.name;
        let names = vec![name.clone(), format!("{school}{name}"), format!("{name}（{school}）")];
        self.classrooms.add(One { id: room.id.clone(), names }, own);
    }

    fn of(&self, what: What) -> &Index {
        match what {
            What::Person => &self.people,
            What::Classroom => &self.classrooms,
        }
    }
}

impl Register for Roster {
    fn find(&self, what: What, text: &str) -> Found {
        self.of(what).find(text.trim())
    }

    fn name(&self, what: What, id: &str) -> String {
        self.of(what).name(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(id: &str, name: &str, school: &str) -> Person {
        Person { id: id.into(), login: format!("{id}.login"), name: name.into(), school: Some(school.into()), region: None, closed_ms: None, version: 1 }
    }

    /// 石门小学 (own): 李老师, 王老师 twice, 三年级. 白水小学: 李老师, 赵老师, 三年级, 四年级.
    fn roster() -> Roster {
        let mut roster = Roster::default();
        for (id, name, school) in [
            ("li", "李老师", "石门小学"),
            ("wang", "王老师", "石门小学"),
            ("wang2", "王老师", "石门小学"),
            ("li2", "李老师", "白水小学"),
            ("zhao", "赵老师", "白水小学"),
        ] {
            roster.add_person(&person(id, name, school), school, school == "石门小学");
        }
        for (id, name, school) in [("s-3", "三年级", "石门小学"), ("b-3", "三年级", "白水小学"), ("b-4", "四年级", "白水小学")] {
            roster.add_classroom(&Classroom::new(id, school, name), school, school == "石门小学");
        }
        roster
    }

    fn one(id: &str) -> Found {
        Found::One(id.into())
    }

    #[test]
    fn a_name_is_the_own_school_s_first() {
        let roster = roster();
        let person = |text| roster.find(What::Person, text);
        assert_eq!((person("李老师"), person(" 李 老师 "), person("li")), (one("li"), one("li"), one("li")));
        assert_eq!((person("李老师（白水小学）"), person("李老师(白水小学)"), person("赵老师")), (one("li2"), one("li2"), one("zhao")));
        assert_eq!(person("孙老师"), Found::Nobody);
        assert_eq!(person(""), Found::Nobody);
        let room = |text| roster.find(What::Classroom, text);
        assert_eq!((room("三年级"), room("白水小学三年级"), room("白水小学 三年级"), room("四年级")), (one("s-3"), one("b-3"), one("b-3"), one("b-4")));
    }

    #[test]
    fn several_of_a_name_are_told_apart() {
        let roster = roster();
        let Found::Several(candidates) = roster.find(What::Person, "王老师") else { panic!("two bear it") };
        assert_eq!(candidates, ["王老师（wang.login）", "王老师（wang2.login）"]);
        assert_eq!(roster.find(What::Person, &candidates[1]), one("wang2"));
    }

    #[test]
    fn every_name_that_is_written_reads_back() {
        let roster = roster();
        for index in [&roster.people, &roster.classrooms] {
            for known in &index.ones {
                assert_eq!(index.find(&index.name(&known.id)), one(&known.id), "{known:?}");
            }
        }
        assert_eq!(roster.name(What::Person, "gone"), "gone");
    }
}
