//! A small county to try things in.

use crate::{
    Classroom, ClassroomKind, Entry, LessonKind, Person, PlannedLesson, Receiver, Region, RegionLevel, School, SchoolKind, Store, Term, TermDay, TermDayKind,
};
use protocol::LessonState;

pub(super) const MINUTE: u64 = 60_000;

/// A county with a school of `rooms` classrooms (`r0` …), as many teachers (`t0` …), and a term.
pub(super) async fn county(store: &Store, rooms: usize) {
    let region = Region { id: "county".into(), parent: None, level: RegionLevel::County, name: "石门县".into(), version: 1 };
    store.create(&region, 1).await.unwrap();
    let school = School { region: Some("county".into()), uplink_kbit: Some(100_000), ..School::new("s", "中心小学", SchoolKind::Main) };
    store.create(&school, 1).await.unwrap();
    for number in 0..rooms {
        store.create(&Classroom { kind: ClassroomKind::Recording, ..Classroom::new(format!("r{number}"), "s", "三年级") }, 1).await.unwrap();
        store.create(&person(&format!("t{number}")), 1).await.unwrap();
    }
    let holiday = TermDay { day: "2026-10-01".into(), kind: TermDayKind::Holiday, weekday: None, week: None, name: "国庆节".into() };
    let term = Term {
        id: "term".into(),
        region: Some("county".into()),
        name: "2026 秋".into(),
        first_day: "2026-09-01".into(),
        last_day: "2027-01-15".into(),
        days: vec![holiday],
        version: 1,
    };
    store.create(&term, 1).await.unwrap();
}

pub(super) fn person(id: &str) -> Person {
    Person { id: id.into(), login: format!("login-{id}"), name: "李老师".into(), school: Some("s".into()), region: None, closed_ms: None, version: 1 }
}

pub(super) fn entry(id: &str) -> Entry {
    Entry {
        id: id.into(),
        term: "term".into(),
        weekday: 1,
        period: 2,
        subject: "美术".into(),
        title: "三年级美术".into(),
        teacher: "t0".into(),
        assistants: vec!["t1".into()],
        host_classroom: "r0".into(),
        receivers: vec![Receiver { classroom: "r1".into(), interactive: true }, Receiver { classroom: "r2".into(), interactive: false }],
        kind: LessonKind::Dedicated,
        weeks: "单".into(),
        from_day: None,
        to_day: Some("2026-12-31".into()),
        closed_ms: None,
        version: 1,
    }
}

/// A lesson of 40 minutes in a host's and a receiving classroom, without an entry.
pub(super) fn lesson(id: &str, start_ms: u64, host: usize, receiver: usize, teacher: usize) -> PlannedLesson {
    PlannedLesson {
        id: id.into(),
        title: format!("课 {id}"),
        state: LessonState::Scheduled,
        entry: None,
        day: Some("2026-09-07".into()),
        period: Some(1),
        kind: Some(LessonKind::Dedicated),
        subject: Some("美术".into()),
        teacher: Some(format!("t{teacher}")),
        assistants: Vec::new(),
        host_classroom: Some(format!("r{host}")),
        receivers: vec![Receiver { classroom: format!("r{receiver}"), interactive: true }],
        start_ms,
        end_ms: start_ms + 40 * MINUTE,
        reason: None,
        changed_by_hand: false,
        switches: None,
        version: 1,
    }
}
