//! What is made, read, changed and closed alike.

use super::support::{Fresh, on_both_engines};
use super::world::{county, entry, lesson, person};
use crate::RegionLevel::{City, County, Province};
use crate::{
    Alliance, BellPeriod, BellPlan, Classroom, Device, DeviceCode, Entry, Grant, LessonKind, List, Member, MemberRole, Pairing, Person, PersonRole,
    PlannedLesson, Region, Removable, School, SchoolKind, Scope, Store, StoreError, Term, TermDay, TermDayKind,
};
use timetable::{Language, Tell};

on_both_engines! {
    the_register_takes_the_same_entry_twice
    what_was_read_before_a_change_cannot_overwrite_it
    a_term_is_read_as_it_is_whoever_changed_it
    lists_are_read_page_by_page
    rows_come_back_with_their_lists
    what_refers_to_nothing_or_is_taken_is_refused
    values_that_are_not_usable_are_named
    a_bell_plan_can_be_removed
    the_bells_of_a_school_stand_beside_each_other
    a_region_lies_in_a_larger_one
    what_was_entered_by_mistake_is_removed
    terms_of_a_region_share_no_day
    a_membership_without_lessons_is_told
    the_alliances_a_school_stays_in_are_told
    nothing_comes_into_what_is_closed
    a_pairing_has_a_subject_as_an_entry_has
}

async fn the_register_takes_the_same_entry_twice(fresh: Fresh) {
    let store = fresh.open().await;
    for _ in 0..2 {
        store.put_school(&School::new("s1", "First", SchoolKind::Point)).await.unwrap();
        for id in ["r1", "r2"] {
            store.put_classroom(&Classroom::new(id, "s1", id)).await.unwrap();
        }
        let pairing = pairing();
        store.put_pairing(&pairing).await.unwrap();
        assert_eq!(store.get::<Pairing>("x").await.unwrap().unwrap().receiving_classroom, "r2");
    }
    assert_eq!(store.list::<Classroom>(&List::default()).await.unwrap().len(), 2);
    assert_eq!(store.get::<School>("s1").await.unwrap().unwrap().version, 2);
    assert!(matches!(store.put_classroom(&Classroom::new("r3", "nowhere", "x")).await, Err(error) if error.kind() == "constraint"));
}

fn pairing() -> Pairing {
    let (host_classroom, receiving_classroom) = ("r1".into(), "r2".into());
    Pairing { id: "x".into(), host_classroom, receiving_classroom, subject: "art".into(), term: "2026".into(), from_day: None, to_day: None, version: 1 }
}

async fn what_was_read_before_a_change_cannot_overwrite_it(fresh: Fresh) {
    let store = fresh.open().await;
    county(&store, 1).await;
    let mut mine = store.get::<School>("s").await.unwrap().unwrap();
    let mut yours = mine.clone();
    mine.name = "我的".into();
    assert_eq!(store.update(&mine).await.unwrap(), 2);
    yours.name = "你的".into();
    let error = store.update(&yours).await.unwrap_err();
    assert!(matches!(&error, StoreError::Changed { id, version: 1, .. } if id == "s"), "{error}");
    let there = store.get::<School>("s").await.unwrap().unwrap();
    assert_eq!((there.name.as_str(), there.version, there.uplink_kbit), ("我的", 2, Some(100_000)));
    yours.id = "nowhere".into();
    assert!(matches!(store.update(&yours).await, Err(StoreError::Missing { .. })));

    assert!(matches!(store.close_row::<School>("s", 1, 77).await, Err(StoreError::Changed { .. })));
    assert_eq!(store.close_row::<School>("s", 2, 77).await.unwrap(), 3);
    assert_eq!(store.close_row::<School>("s", 3, 88).await.unwrap(), 4);
    assert_eq!(store.get::<School>("s").await.unwrap().unwrap().closed_ms, Some(77));
    assert_eq!(store.list::<School>(&List::default()).await.unwrap(), []);
    assert_eq!(store.list::<School>(&List { closed: true, ..List::default() }).await.unwrap().len(), 1);
}

async fn a_term_is_read_as_it_is_whoever_changed_it(fresh: Fresh) {
    let (server, beside) = (fresh.open().await, fresh.open().await);
    county(&server, 1).await;
    let read = async |id: &str| server.get::<Term>(id).await.unwrap();
    let own = read("term").await.unwrap();
    let mut term = Term { id: "mistaken".into(), region: None, ..own };
    for store in [&server, &beside] {
        assert_eq!(read("mistaken").await, None);
        store.create(&Term { version: 1, ..term.clone() }, 1).await.unwrap();
        assert_eq!(read("mistaken").await.unwrap().days, term.days);
        term = Term { name: "2027 春".into(), days: Vec::new(), version: 1, ..term };
        store.update(&term).await.unwrap();
        assert_eq!(read("mistaken").await, Some(Term { version: 2, ..term.clone() }));
        store.remove_row::<Term>("mistaken", 2, 1).await.unwrap();
        assert_eq!(read("mistaken").await, None);
    }
}

async fn lists_are_read_page_by_page(fresh: Fresh) {
    let store = fresh.open().await;
    county(&store, 7).await;
    store.create(&School::new("other", "Other", SchoolKind::Point), 1).await.unwrap();
    store.create(&Classroom::new("r3a", "other", "x"), 1).await.unwrap();
    let mut seen = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let page: Vec<Classroom> = store.list(&List { of: Some("s"), after: after.as_deref(), limit: 3, closed: false }).await.unwrap();
        let Some(last) = page.last() else { break };
        assert!(page.len() <= 3);
        after = Some(last.id.clone());
        seen.extend(page.into_iter().map(|classroom| classroom.id));
    }
    assert_eq!(seen, ["r0", "r1", "r2", "r3", "r4", "r5", "r6"]);
}

async fn rows_come_back_with_their_lists(fresh: Fresh) {
    let store = fresh.open().await;
    county(&store, 3).await;
    let (one, two) = (entry("e1"), Entry { assistants: Vec::new(), weekday: 5, ..entry("e2") });
    for entry in [&one, &two] {
        store.create(entry, 1).await.unwrap();
    }
    assert_eq!(store.list::<Entry>(&List { of: Some("term"), ..List::default() }).await.unwrap(), [one.clone(), two]);
    let mut less = one;
    less.receivers.pop();
    store.update(&less).await.unwrap();
    less.version = 2;
    assert_eq!(store.get::<Entry>("e1").await.unwrap(), Some(less));

    let member = |role, from: &str, to: Option<&str>| Member { school: "s".into(), role, from_day: from.into(), to_day: to.map(str::to_owned) };
    let members = vec![member(MemberRole::Paired, "2025-09-01", Some("2026-08-31")), member(MemberRole::Lead, "2026-09-01", None)];
    let alliance = Alliance { id: "a".into(), region: "county".into(), name: "第一联盟".into(), members, closed_ms: None, version: 1 };
    store.create(&alliance, 1).await.unwrap();
    assert_eq!(store.get::<Alliance>("a").await.unwrap(), Some(alliance));

    let mut term = store.get::<Term>("term").await.unwrap().unwrap();
    assert_eq!(term.days[0].name, "国庆节");
    term.days.push(TermDay { day: "2026-10-10".into(), kind: TermDayKind::MakeUp, weekday: Some(5), week: Some(6), name: "补课".into() });
    term.version = store.update(&term).await.unwrap();
    assert_eq!(store.get::<Term>("term").await.unwrap(), Some(term));
}

async fn what_refers_to_nothing_or_is_taken_is_refused(fresh: Fresh) {
    let store = fresh.open().await;
    county(&store, 3).await;
    let error = store.create(&Entry { teacher: "nobody".into(), ..entry("e") }, 1).await.unwrap_err();
    assert!(matches!(error, StoreError::Reference { .. }), "{error}");
    assert_eq!(store.get::<Entry>("e").await.unwrap(), None, "undone as a whole");
    let error = store.create(&Entry { receivers: vec![entry("e").receivers[0].clone(); 2], ..entry("e") }, 1).await.unwrap_err();
    assert!(matches!(error, StoreError::Rule { thing: "entry", .. }), "{error}");
    assert!(matches!(store.create(&School::new("s", "Again", SchoolKind::Main), 1).await, Err(StoreError::Exists { .. })));
    let namesake = Person { login: "login-t0".into(), ..person("t9") };
    let error = store.create(&namesake, 1).await.unwrap_err();
    assert!(matches!(&error, StoreError::Exists { thing: "login", id } if id == "login-t0"), "{error}");
}

async fn values_that_are_not_usable_are_named(fresh: Fresh) {
    let store = fresh.open().await;
    county(&store, 3).await;
    let refused = |error: StoreError| assert!(matches!(error, StoreError::Invalid { .. } | StoreError::Rule { .. }), "{error}");
    refused(store.create(&School::new("a b", "X", SchoolKind::Main), 1).await.unwrap_err());
    refused(store.create(&School::new("x", "X\0", SchoolKind::Main), 1).await.unwrap_err());
    refused(store.create(&Entry { weekday: 8, ..entry("e") }, 1).await.unwrap_err());
    for day in ["2026-9-1", "2026-02-31", "20260901", "2026-09-01T00:00"] {
        refused(store.create(&Entry { from_day: Some(day.into()), ..entry("e") }, 1).await.unwrap_err());
    }
    refused(store.create(&Entry { weeks: "夏天".into(), ..entry("e") }, 1).await.unwrap_err());
    refused(store.create(&Entry { from_day: Some("2027-01-01".into()), ..entry("e") }, 1).await.unwrap_err());
    let overlapping = vec![BellPeriod { number: 1, start_min: 480, end_min: 520 }, BellPeriod { number: 2, start_min: 510, end_min: 570 }];
    let plan = BellPlan { id: "b".into(), school: "s".into(), name: "夏季".into(), from_day: None, to_day: None, periods: overlapping, version: 1 };
    refused(store.create(&plan, 1).await.unwrap_err());
    let mut term = store.get::<Term>("term").await.unwrap().unwrap();
    term.days[0].day = "2026-08-31".into();
    refused(store.update(&term).await.unwrap_err());
    let county = store.get::<Region>("county").await.unwrap().unwrap();
    refused(store.update(&Region { parent: Some("county".into()), ..county }).await.unwrap_err());
}

async fn a_region_lies_in_a_larger_one(fresh: Fresh) {
    let store = fresh.open().await;
    let region = |id: &str, parent: Option<&str>, level| Region { id: id.into(), parent: parent.map(Into::into), level, name: id.into(), version: 1 };
    let refused = |error: StoreError| {
        assert!(matches!(error, StoreError::Invalid { thing: "level of a region", .. }), "{error}");
        error.tell(Language::Chinese)
    };
    for one in [region("p", None, Province), region("y", Some("p"), City), region("c", Some("y"), County), region("d", Some("p"), County)] {
        store.create(&one, 1).await.unwrap();
    }
    let told = refused(store.create(&region("in-c", Some("c"), County), 1).await.unwrap_err());
    assert_eq!(told, "区划级别“county”不可用：请更正级别，或选另一个上级区划");
    refused(store.create(&region("in-y", Some("y"), City), 1).await.unwrap_err());
    // Neither into a smaller one, nor smaller than what lies in it.
    refused(store.update(&region("y", Some("d"), City)).await.unwrap_err());
    refused(store.update(&region("y", Some("p"), County)).await.unwrap_err());
    refused(store.update(&region("p", None, City)).await.unwrap_err());
    assert_eq!(store.update(&region("d", Some("y"), County)).await.unwrap(), 2);
    // What an earlier version let in keeps its place under another name.
    let mut connection = store.write.acquire().await.unwrap();
    sqlx::query("INSERT INTO regions (id, parent_id, level, name) VALUES ('old', 'c', 'county', '开发区')").execute(&mut *connection).await.unwrap();
    drop(connection);
    assert_eq!(store.update(&Region { name: "高新区".into(), ..region("old", Some("c"), County) }).await.unwrap(), 2);
    refused(store.update(&Region { version: 2, ..region("old", Some("d"), County) }).await.unwrap_err());
    assert_eq!(store.update(&Region { version: 2, ..region("old", Some("y"), County) }).await.unwrap(), 3);
}

async fn terms_of_a_region_share_no_day(fresh: Fresh) {
    let store = fresh.open().await;
    county(&store, 1).await;
    let own = store.get::<Term>("term").await.unwrap().unwrap();
    let of = |id: &str, region: Option<&str>, first_day: &str, last_day: &str| Term {
        id: id.into(),
        region: region.map(Into::into),
        first_day: first_day.into(),
        last_day: last_day.into(),
        days: Vec::new(),
        ..own.clone()
    };
    let error = store.create(&of("spring", Some("county"), "2027-01-15", "2027-07-01"), 1).await.unwrap_err();
    let told = error.tell(Language::Chinese);
    assert!(matches!(error, StoreError::Invalid { .. }) && told.starts_with("学期的日期“2027-01-15–2027-07-01”不可用："), "{told}");
    store.create(&of("spring", Some("county"), "2027-01-16", "2027-07-01"), 1).await.unwrap();
    assert!(store.update(&Term { last_day: "2027-01-16".into(), ..own.clone() }).await.is_err());
    store.update(&Term { last_day: "2027-01-10".into(), ..own.clone() }).await.unwrap();
    // Of all counties, beside those of each.
    store.create(&of("all", None, "2026-09-01", "2027-07-01"), 1).await.unwrap();
    assert!(store.create(&of("all-2", None, "2027-07-01", "2027-08-01"), 1).await.is_err());
}

/// What a removal is refused for.
async fn referred<K: Removable>(store: &Store, id: &str, version: u64) -> (Vec<(&'static str, u64)>, String) {
    let error = store.remove_row::<K>(id, version, 1).await.unwrap_err();
    let told = error.tell(Language::Chinese);
    let StoreError::Referred { by, .. } = error else { panic!("{error}") };
    (by, told)
}

async fn what_was_entered_by_mistake_is_removed(fresh: Fresh) {
    let store = fresh.open().await;
    county(&store, 3).await;
    store.create(&pairing(), 1).await.unwrap();
    store.create(&Region { id: "c2".into(), parent: None, level: County, name: "误".into(), version: 1 }, 1).await.unwrap();
    let term = Term { id: "t2".into(), region: Some("c2".into()), ..store.get::<Term>("term").await.unwrap().unwrap() };
    store.create(&term, 1).await.unwrap();
    let grant = |to_ms| Grant {
        id: "g".into(),
        person: "t0".into(),
        role: PersonRole::CountyOperator,
        scope: Scope::Region,
        scope_id: Some("c2".into()),
        from_ms: 0,
        to_ms,
        granted_by: None,
    };
    store.give(&grant(None)).await.unwrap();
    let (by, told) = referred::<Region>(&store, "c2", 1).await;
    assert_eq!(by, [("terms", 1), ("roles", 1)]);
    assert_eq!(told, "还有 1 个学期、1 项权限用到这项区划；请先移到别处、删除或结束它们");
    assert_eq!(referred::<Region>(&store, "county", 1).await.0, [("schools", 1), ("terms", 1)]);

    assert!(matches!(store.remove_row::<Term>("t2", 9, 1).await, Err(StoreError::Changed { version: 9, .. })));
    assert!(matches!(store.remove_row::<Term>("none", 1, 1).await, Err(StoreError::Missing { .. })));
    assert_eq!(store.get::<Term>("t2").await.unwrap().unwrap().days.len(), 1, "nothing of it is gone");
    store.remove_row::<Term>("t2", 1, 1).await.unwrap();
    assert_eq!(store.get::<Term>("t2").await.unwrap(), None);
    store.create(&term, 1).await.unwrap();
    assert_eq!(store.get::<Term>("t2").await.unwrap(), Some(term), "its days were removed with it");
    store.remove_row::<Term>("t2", 1, 1).await.unwrap();
    store.end_grant("g", 2).await.unwrap();
    store.remove_row::<Region>("c2", 1, 3).await.unwrap();

    let mistaken = pairing();
    // Pairings are of a classroom, a subject and a term: what is taught as one says refers to it.
    let pairing = |id: &str, receiver: &str, subject: &str| Pairing {
        id: id.into(),
        host_classroom: "r0".into(),
        receiving_classroom: receiver.into(),
        subject: subject.into(),
        term: "term".into(),
        ..mistaken.clone()
    };
    for one in [pairing("used", "r1", "美术"), pairing("other", "r1", "音乐"), pairing("late", "r2", "美术")] {
        store.create(&one, 1).await.unwrap();
    }
    let art = entry("art");
    store.create(&art, 1).await.unwrap();
    let lesson = |day: &str| PlannedLesson { entry: Some("art".into()), day: Some(day.into()), ..lesson(&format!("art-{day}"), 1_000_000, 0, 1, 0) };
    store.create_lessons(&[lesson("2026-09-07")], 1).await.unwrap();
    let (by, told) = referred::<Pairing>(&store, "used", 1).await;
    assert_eq!(by, [("lessons", 1), ("entries", 1)]);
    assert_eq!(told, "还有 1 节课、1 个课表条目用到这项结对；可以填写结对的最后一天");
    assert_eq!(referred::<Pairing>(&store, "late", 1).await.0, [("entries", 1)]);
    assert_eq!(referred::<Term>(&store, "term", 1).await.0, [("entries", 1), ("pairings", 3)]);
    store.close_row::<Entry>("art", 1, 2).await.unwrap();
    for id in ["other", "late"] {
        store.remove_row::<Pairing>(id, 1, 1).await.unwrap();
    }
    assert_eq!(referred::<Pairing>(&store, "used", 1).await.0, [("lessons", 1)]);
    store.cancel_lesson("art-2026-09-07", 1, "误", true).await.unwrap();
    store.remove_row::<Pairing>("used", 1, 1).await.unwrap();
    assert_eq!(referred::<Term>(&store, "term", 1).await.0, [("entries", 1)], "also a closed one");
}

async fn a_membership_without_lessons_is_told(fresh: Fresh) {
    let store = fresh.open().await;
    county(&store, 3).await;
    store.create(&School::new("other", "Other", SchoolKind::Main), 1).await.unwrap();
    store.create_lessons(&[lesson("one", 1_000_000, 0, 1, 0), lesson("two", 9_000_000, 2, 1, 1)], 1).await.unwrap();
    let member = |school: &str| Member { school: school.into(), role: MemberRole::Paired, from_day: "2026-09-01".into(), to_day: None };
    let count = async |school: &str, from, until| store.member_lessons(&member(school), from, until).await.unwrap();
    assert_eq!((count("s", 0, 10_000_000).await, count("s", 0, 9_000_000).await, count("s", 1_000_001, 9_000_000).await), (2, 1, 0));
    assert_eq!(count("other", 0, u64::MAX).await, 0);
    store.cancel_lesson("two", 1, "大雪停课", true).await.unwrap();
    assert_eq!(count("s", 0, u64::MAX).await, 1);
}

async fn the_alliances_a_school_stays_in_are_told(fresh: Fresh) {
    let store = fresh.open().await;
    county(&store, 1).await;
    let member = |from: &str, to: Option<&str>| Member { school: "s".into(), role: MemberRole::Lead, from_day: from.into(), to_day: to.map(str::to_owned) };
    let of = [
        ("a", member("2020-09-01", None)),
        ("b", member("2020-09-01", Some("2026-11-27"))),
        ("c", member("2027-09-01", Some("2028-06-30"))),
        ("d", member("2020-09-01", None)),
    ];
    for (id, member) in of {
        let alliance = Alliance { id: id.into(), region: "county".into(), name: id.into(), members: vec![member], closed_ms: None, version: 1 };
        store.create(&alliance, 1).await.unwrap();
    }
    store.close_row::<Alliance>("d", 1, 2).await.unwrap();
    let beyond = async |school, day| store.alliances_beyond(school, day).await.unwrap().into_iter().map(|alliance| alliance.id).collect::<Vec<_>>();
    assert_eq!((beyond("s", "2026-11-27").await, beyond("s", "2026-11-26").await), (vec!["a".into(), "c".into()], vec!["a".into(), "b".into(), "c".into()]));
    assert_eq!(beyond("other", "2026-11-26").await, [""; 0]);
}

async fn a_bell_plan_can_be_removed(fresh: Fresh) {
    let store = fresh.open().await;
    county(&store, 1).await;
    let periods = vec![BellPeriod { number: 1, start_min: 480, end_min: 520 }, BellPeriod { number: 2, start_min: 530, end_min: 570 }];
    let plan = BellPlan { id: "b".into(), school: "s".into(), name: "夏季".into(), from_day: None, to_day: None, periods, version: 1 };
    store.create(&plan, 1).await.unwrap();
    assert_eq!(store.list::<BellPlan>(&List { of: Some("s"), ..List::default() }).await.unwrap(), std::slice::from_ref(&plan));
    assert!(matches!(store.remove_row::<BellPlan>("b", 2, 1).await, Err(StoreError::Changed { .. })));
    assert_eq!(store.get::<BellPlan>("b").await.unwrap().unwrap().periods.len(), 2);
    // Lessons of an entry on two days to come, of which another plan has one.
    store.create(&Entry { receivers: Vec::new(), kind: LessonKind::FamousTeacher, assistants: Vec::new(), ..entry("e") }, 1).await.unwrap();
    let of_entry = |id: &str, day: &str, start_ms: u64| PlannedLesson {
        entry: Some("e".into()),
        day: Some(day.into()),
        receivers: Vec::new(),
        ..lesson(id, start_ms, 0, 1, 0)
    };
    let lessons = [of_entry("one", "2026-09-07", 1_000_000), of_entry("two", "2026-09-14", 10_000_000), of_entry("hand", "2026-09-21", 20_000_000)];
    store.create_lessons(&lessons, 1).await.unwrap();
    store.update_lessons(&[PlannedLesson { changed_by_hand: true, ..lessons[2].clone() }]).await.unwrap();
    let lost = async |now_ms| match store.remove_row::<BellPlan>("b", 1, now_ms).await.unwrap_err() {
        StoreError::Referred { by, .. } => by[0].1,
        other => panic!("{other}"),
    };
    assert_eq!((lost(1).await, lost(2_000_000).await), (2, 1), "what is changed by hand has a time of its own");
    let autumn = BellPlan { id: "autumn".into(), name: "秋季".into(), from_day: Some("2026-09-14".into()), ..plan.clone() };
    store.create(&autumn, 1).await.unwrap();
    assert_eq!(lost(1).await, 1);
    let told = store.remove_row::<BellPlan>("b", 1, 1).await.unwrap_err().tell(Language::Chinese);
    assert_eq!(told, "还有 1 节未上的课（当天没有别的作息）用到这项作息；请先为这些日子设置别的作息，或直接修改这份作息");
    store.update(&BellPlan { from_day: Some("2026-09-07".into()), ..autumn }).await.unwrap();
    store.remove_row::<BellPlan>("b", 1, 1).await.unwrap();
    assert_eq!(store.get::<BellPlan>("b").await.unwrap(), None);
}

async fn the_bells_of_a_school_stand_beside_each_other(fresh: Fresh) {
    let store = fresh.open().await;
    county(&store, 1).await;
    let plan = |id: &str, name: &str, from: Option<&str>, to: Option<&str>| BellPlan {
        id: id.into(),
        school: "s".into(),
        name: name.into(),
        from_day: from.map(Into::into),
        to_day: to.map(Into::into),
        periods: vec![BellPeriod { number: 1, start_min: 480, end_min: 520 }],
        version: 1,
    };
    let chinese = |error: StoreError| match error {
        StoreError::Rule { thing: "bell plan", reason, .. } => reason.tell(Language::Chinese),
        other => panic!("{other}"),
    };
    store.create(&plan("year", "全年", None, None), 1).await.unwrap();
    store.create(&plan("winter", "冬季作息", Some("2026-12-01"), Some("2027-02-28")), 1).await.unwrap();
    let twice = store.create(&plan("cold", "寒冬", Some("2027-02-28"), None), 1).await.unwrap_err();
    assert_eq!(chinese(twice), "作息“冬季作息”与“寒冬”在 2027-02-28 都有效：请更正起止日期");
    let undated = store.update(&plan("winter", "冬季作息", None, None)).await.unwrap_err();
    assert_eq!(chinese(undated), "作息“全年”与“冬季作息”都全年有效：请给其中一份填写起止日期");
    assert_eq!(store.update(&plan("winter", "冬季作息", Some("2026-11-15"), Some("2027-02-28"))).await.unwrap(), 2);
    assert_eq!(store.list::<BellPlan>(&List { of: Some("s"), ..List::default() }).await.unwrap().len(), 2);
}

fn closed(error: StoreError) -> (&'static str, String) {
    match error {
        StoreError::Closed { thing, id, .. } => (thing, id),
        other => panic!("{other}"),
    }
}

async fn nothing_comes_into_what_is_closed(fresh: Fresh) {
    let store = fresh.open().await;
    county(&store, 4).await;
    let pairing = |id: &str, host: &str, receiving: &str| Pairing {
        id: id.into(),
        host_classroom: host.into(),
        receiving_classroom: receiving.into(),
        term: id.into(),
        ..pairing()
    };
    let panel = |id: &str, room: &str| Device {
        id: id.into(),
        classroom: room.into(),
        name: "大屏".into(),
        token_hash: id.into(),
        bound_ms: 1,
        bound_by: None,
        revoked_ms: None,
        seen_ms: None,
    };
    store.create(&pairing("x", "r0", "r1"), 1).await.unwrap();
    store.bind_device(&panel("there", "r1")).await.unwrap();
    store.close_row::<Classroom>("r1", 1, 5).await.unwrap();
    let r1 = ("classroom", "r1".to_owned());
    assert_eq!(closed(store.create(&pairing("y", "r2", "r1"), 1).await.unwrap_err()), r1);
    assert_eq!(closed(store.bind_device(&panel("new", "r1")).await.unwrap_err()), r1);
    let code = DeviceCode { id: "c".into(), code_hash: "code".into(), poll_hash: "poll".into(), expires_ms: 100, confirmed_device: None, tries: 0 };
    assert!(store.create_device_code(&code, 10, 1).await.unwrap());
    assert_eq!(closed(store.confirm_device_code("code", &panel("new", "r1"), 2).await.unwrap_err()), r1);
    // The panel that is there is let in no more, until its room is open again; the pairing that is there is ended.
    assert_eq!(store.device_by_token("there").await.unwrap(), None);
    let ended = Pairing { to_day: Some("2026-10-01".into()), ..pairing("x", "r0", "r1") };
    assert_eq!(store.update(&ended).await.unwrap(), 2);
    store.create(&pairing("z", "r0", "r2"), 1).await.unwrap();
    assert_eq!(closed(store.update(&pairing("z", "r0", "r1")).await.unwrap_err()), r1);
    store.reopen_row::<Classroom>("r1", 2).await.unwrap();
    assert_eq!(store.device_by_token("there").await.unwrap().map(|device| device.id).as_deref(), Some("there"));

    store.create(&School::new("other", "白水小学", SchoolKind::Point), 1).await.unwrap();
    store.create(&Classroom::new("q", "other", "三年级"), 1).await.unwrap();
    store.close_row::<School>("s", 1, 5).await.unwrap();
    let s = ("school", "s".to_owned());
    assert_eq!(closed(store.create(&Classroom::new("r9", "s", "四年级"), 1).await.unwrap_err()), s);
    assert_eq!(closed(store.update(&Classroom::new("q", "s", "三年级")).await.unwrap_err()), s, "moved into it");
    let error = store.create(&person("new"), 1).await.unwrap_err();
    assert_eq!(error.tell(Language::Chinese), "学校“中心小学”已停用：请换一所，或先恢复");
    assert_eq!(error.to_string(), "the school \"中心小学\" (s) is closed; choose another, or reopen it");
    assert_eq!(store.device_by_token("there").await.unwrap(), None, "of a closed school");
    store.update(&Classroom::new("r0", "s", "另一个名字")).await.unwrap();
    store.update(&Person { name: "王老师".into(), ..person("t0") }).await.unwrap();
}

async fn a_pairing_has_a_subject_as_an_entry_has(fresh: Fresh) {
    let store = fresh.open().await;
    county(&store, 2).await;
    let of = |subject: &str| Pairing { host_classroom: "r0".into(), receiving_classroom: "r1".into(), subject: subject.into(), ..pairing() };
    for subject in ["", " ", "美\n术", &"课".repeat(41)] {
        let error = store.create(&of(subject), 1).await.unwrap_err();
        assert!(matches!(&error, StoreError::Rule { thing: "pairing", .. }), "{subject:?}: {error}");
    }
    store.create(&of(&"课".repeat(40)), 1).await.unwrap();
}
