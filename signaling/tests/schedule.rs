//! A term's lessons follow its timetable.
#![allow(clippy::unwrap_used)]

mod support;

use protocol::LessonState;
use signaling::Store;
use signaling::schedule::{Only, Report, ScheduleError, make_lessons, plan_entry};
use signaling::store::{
    BellPeriod, BellPlan, Classroom, Database, Entry, LessonKind, LessonList, Person, PlannedLesson, Receiver, Region, RegionLevel, School, SchoolKind,
    StoreError, Term, TermDay, TermDayKind,
};
use sqlx::Connection;
use support::Folder;
use timetable::{KeepReason, Zone};

/// Before the term, in milliseconds since 1970: 2026-08-01.
const BEFORE: u64 = 1_785_513_600_000;

/// A host school and a rural one, four weeks of term, bells, and one entry: Mondays, second period.
async fn county(folder: &Folder) -> Store {
    let store = Store::open(&Database::Sqlite(folder.0.clone())).await.unwrap();
    store.create(&Region { id: "county".into(), parent: None, level: RegionLevel::County, name: "石门县".into(), version: 1 }, 1).await.unwrap();
    for school in ["city", "rural"] {
        store.create(&School { region: Some("county".into()), ..School::new(school, school, SchoolKind::Main) }, 1).await.unwrap();
        for room in 1..=2 {
            store.create(&Classroom::new(format!("{school}-{room}"), school, "三年级"), 1).await.unwrap();
        }
    }
    for id in ["li", "wang"] {
        let person =
            Person { id: id.into(), login: id.into(), name: "李老师".into(), school: Some("city".into()), region: None, closed_ms: None, version: 1 };
        store.create(&person, 1).await.unwrap();
    }
    let periods = (1..=3).map(|number| BellPeriod { number, start_min: 430 + 50 * u16::from(number), end_min: 470 + 50 * u16::from(number) }).collect();
    let bells = BellPlan { id: "bells".into(), school: "city".into(), name: "夏季".into(), from_day: None, to_day: None, periods, version: 1 };
    store.create(&bells, 1).await.unwrap();
    let term = Term {
        id: "autumn".into(),
        region: Some("county".into()),
        name: "2026 秋".into(),
        first_day: "2026-09-07".into(),
        last_day: "2026-10-04".into(),
        days: vec![holiday("2026-09-21")],
        version: 1,
    };
    store.create(&term, 1).await.unwrap();
    store.create(&entry("art", "li", 1), 1).await.unwrap();
    store
}

fn holiday(day: &str) -> TermDay {
    TermDay { day: day.into(), kind: TermDayKind::Holiday, weekday: None, week: None, name: "中秋节".into() }
}

fn entry(id: &str, teacher: &str, room: u8) -> Entry {
    Entry {
        id: id.into(),
        term: "autumn".into(),
        weekday: 1,
        period: 2,
        subject: "美术".into(),
        title: "三年级美术".into(),
        teacher: teacher.into(),
        assistants: Vec::new(),
        host_classroom: format!("city-{room}"),
        receivers: vec![Receiver { classroom: format!("rural-{room}"), interactive: true }],
        kind: LessonKind::Dedicated,
        weeks: "全".into(),
        from_day: None,
        to_day: None,
        closed_ms: None,
        version: 1,
    }
}

async fn lessons(store: &Store) -> Vec<PlannedLesson> {
    store.planned_lessons(&LessonList { withdrawn: true, ..LessonList::between(0, i64::MAX as u64) }).await.unwrap()
}

async fn days(store: &Store) -> Vec<(String, LessonState)> {
    lessons(store).await.into_iter().map(|lesson| (lesson.day.unwrap(), lesson.state)).collect()
}

fn scheduled(days: &[&str]) -> Vec<(String, LessonState)> {
    days.iter().map(|day| ((*day).to_owned(), LessonState::Scheduled)).collect()
}

#[tokio::test]
async fn lessons_appear_by_the_timetable_and_follow_it() {
    let folder = Folder::new();
    let store = county(&folder).await;
    let zone = Zone::default();
    let report = make_lessons(&store, "autumn", &zone, BEFORE, Only::All).await.unwrap();
    assert_eq!((report.created, report.skipped.len()), (3, 1), "the holiday has none");
    assert_eq!(days(&store).await, scheduled(&["2026-09-07", "2026-09-14", "2026-09-28"]));
    let first = lessons(&store).await.remove(0);
    // The second period begins at 08:50 in Shanghai, which is 00:50 UTC.
    assert_eq!((first.start_ms, first.end_ms), (1_788_742_200_000, 1_788_744_600_000));
    assert_eq!(first.id, "art-20260907");
    let again = make_lessons(&store, "autumn", &zone, BEFORE, Only::All).await.unwrap();
    assert_eq!((again.created, again.updated, again.cancelled, again.kept), (0, 0, 0, vec![]));

    // The host switched something off beforehand. The holiday moves by a week, and the teacher changes.
    let quiet = PlannedLesson { switches: Some(r#"{"voice":false}"#.into()), ..first };
    store.update_lessons(std::slice::from_ref(&quiet)).await.unwrap();
    let mut term = store.get::<Term>("autumn").await.unwrap().unwrap();
    term.days = vec![holiday("2026-09-14")];
    store.update(&term).await.unwrap();
    let art = store.get::<Entry>("art").await.unwrap().unwrap();
    store.update(&Entry { teacher: "wang".into(), ..art }).await.unwrap();
    let report = make_lessons(&store, "autumn", &zone, BEFORE, Only::All).await.unwrap();
    assert_eq!((report.created, report.updated, report.cancelled), (1, 2, 1));
    let all = lessons(&store).await;
    assert_eq!(all.iter().map(|lesson| lesson.state == LessonState::Cancelled).collect::<Vec<_>>(), [false, true, false, false]);
    assert_eq!(all[1].reason.as_deref(), Some("放假：中秋节"));
    assert!(all.iter().filter(|lesson| lesson.state == LessonState::Scheduled).all(|lesson| lesson.teacher.as_deref() == Some("wang")));
    assert_eq!(all[0].switches, quiet.switches);

    // And back: what the timetable cancelled takes place again.
    let mut term = store.get::<Term>("autumn").await.unwrap().unwrap();
    term.days.clear();
    store.update(&term).await.unwrap();
    assert_eq!(make_lessons(&store, "autumn", &zone, BEFORE, Only::All).await.unwrap().updated, 1);
    assert_eq!(days(&store).await, scheduled(&["2026-09-07", "2026-09-14", "2026-09-21", "2026-09-28"]));
    assert_eq!(lessons(&store).await[1].reason, None);
}

#[tokio::test]
async fn a_term_that_becomes_shorter_loses_the_lessons_outside_of_it() {
    let folder = Folder::new();
    let store = county(&folder).await;
    let zone = Zone::default();
    make_lessons(&store, "autumn", &zone, BEFORE, Only::All).await.unwrap();
    let between = async |first: &str, last: &str| {
        let term = store.get::<Term>("autumn").await.unwrap().unwrap();
        store.update(&Term { first_day: first.into(), last_day: last.into(), days: Vec::new(), ..term }).await.unwrap();
    };
    between("2026-09-08", "2026-09-20").await;
    // 2026-09-10: the first lesson is past, and stays.
    let report = make_lessons(&store, "autumn", &zone, 1_788_998_400_000, Only::All).await.unwrap();
    assert_eq!((report.created, report.updated, report.cancelled), (0, 0, 1));
    assert_eq!(lessons(&store).await[2].reason.as_deref(), Some("课表中已没有这节课"));
    let shown = store.planned_lessons(&LessonList::between(0, i64::MAX as u64)).await.unwrap();
    assert_eq!(shown.iter().map(|lesson| lesson.id.as_str()).collect::<Vec<_>>(), ["art-20260907", "art-20260914"], "what is withdrawn is not shown");
    between("2026-09-15", "2026-09-20").await;
    let report = make_lessons(&store, "autumn", &zone, 1_788_998_400_000, Only::Entry("art")).await.unwrap();
    assert_eq!(report.cancelled, 1);
    let states: Vec<LessonState> = lessons(&store).await.iter().map(|lesson| lesson.state).collect();
    assert_eq!(states, [LessonState::Scheduled, LessonState::Cancelled, LessonState::Cancelled]);
    // And back.
    between("2026-09-07", "2026-10-04").await;
    let report = make_lessons(&store, "autumn", &zone, 1_788_998_400_000, Only::All).await.unwrap();
    assert_eq!((report.created, report.updated), (1, 2), "without its holiday");
}

#[tokio::test]
async fn what_a_person_changed_stays_and_is_reported() {
    let folder = Folder::new();
    let store = county(&folder).await;
    let zone = Zone::default();
    make_lessons(&store, "autumn", &zone, BEFORE, Only::All).await.unwrap();
    let moved = lessons(&store).await.remove(0);
    let moved = PlannedLesson { start_ms: moved.start_ms + 3_600_000, end_ms: moved.end_ms + 3_600_000, changed_by_hand: true, ..moved };
    store.update_lessons(std::slice::from_ref(&moved)).await.unwrap();
    let art = store.get::<Entry>("art").await.unwrap().unwrap();
    store.close_row::<Entry>("art", art.version, 2).await.unwrap();
    let report = make_lessons(&store, "autumn", &zone, BEFORE, Only::All).await.unwrap();
    assert_eq!((report.cancelled, report.kept.len()), (2, 1), "the entry is gone");
    assert_eq!((report.kept[0].id.as_str(), report.kept[0].reason), ("art-20260907", KeepReason::ChangedByHand));
    assert_eq!(lessons(&store).await[0].start_ms, moved.start_ms);
}

#[tokio::test]
async fn what_a_person_put_back_on_a_holiday_takes_place() {
    let folder = Folder::new();
    let store = county(&folder).await;
    without_holiday(&store).await;
    make_lessons(&store, "autumn", &Zone::default(), BEFORE, Only::All).await.unwrap();
    let term = store.get::<Term>("autumn").await.unwrap().unwrap();
    store.update(&Term { days: vec![holiday("2026-09-14")], ..term }).await.unwrap();
    assert_eq!(make_lessons(&store, "autumn", &Zone::default(), BEFORE, Only::All).await.unwrap().cancelled, 1);
    let gone = lessons(&store).await.remove(1);
    store.reinstate_lesson(&gone.id, gone.version).await.unwrap();
    let report = make_lessons(&store, "autumn", &Zone::default(), BEFORE, Only::All).await.unwrap();
    assert_eq!((report.cancelled, report.kept.len()), (0, 1), "{report:?}");
    let back = lessons(&store).await.remove(1);
    assert_eq!((back.state, back.changed_by_hand, back.reason), (LessonState::Scheduled, true, None));
}

#[tokio::test]
async fn of_one_entry_a_clash_names_both_lessons_and_makes_none() {
    let folder = Folder::new();
    let store = county(&folder).await;
    let zone = Zone::default();
    make_lessons(&store, "autumn", &zone, BEFORE, Only::All).await.unwrap();
    store.create(&entry("music", "li", 2), 1).await.unwrap();
    let error = make_lessons(&store, "autumn", &zone, BEFORE, Only::Entry("music")).await.unwrap_err();
    let ScheduleError::Store(StoreError::Clash { resource, lesson, other, .. }) = &error else { panic!("{error}") };
    assert_eq!((resource.as_str(), lesson.as_str(), other.as_str()), ("person:li", "music-20260907", "art-20260907"));
    assert_eq!(lessons(&store).await.len(), 3);
    assert!(matches!(make_lessons(&store, "spring", &zone, BEFORE, Only::All).await, Err(ScheduleError::NoTerm(_))));
}

/// What could not be done.
fn things(report: &Report) -> Vec<&str> {
    report.failed.iter().map(|failure| failure.thing.as_str()).collect()
}

#[tokio::test]
async fn a_lesson_that_clashes_does_not_stop_the_others() {
    let folder = Folder::new();
    let store = county(&folder).await;
    let zone = Zone::default();
    store.create(&entry("music", "wang", 2), 1).await.unwrap();
    make_lessons(&store, "autumn", &zone, BEFORE, Only::All).await.unwrap();
    // A lesson by hand lies where the bells are moved to, on one of the days.
    let first = lessons(&store).await.into_iter().find(|lesson| lesson.id == "art-20260914").unwrap();
    let by_hand = PlannedLesson { id: "by-hand".into(), entry: None, day: None, start_ms: first.end_ms, end_ms: first.end_ms + 600_000, ..first };
    store.create_lessons(&[by_hand], 1).await.unwrap();
    let mut bells = store.get::<BellPlan>("bells").await.unwrap().unwrap();
    bells.periods = vec![BellPeriod { number: 2, start_min: 540, end_min: 580 }];
    store.update(&bells).await.unwrap();
    let mut term = store.get::<Term>("autumn").await.unwrap().unwrap();
    term.days.push(TermDay { kind: TermDayKind::MakeUp, weekday: Some(1), ..holiday("2026-09-19") });
    store.update(&term).await.unwrap();
    let report = make_lessons(&store, "autumn", &zone, BEFORE, Only::All).await.unwrap();
    assert_eq!((report.created, report.updated, things(&report)), (2, 5, vec!["art-20260914"]));
    let again = make_lessons(&store, "autumn", &zone, BEFORE, Only::All).await.unwrap();
    assert_eq!((again.created, again.updated, things(&again)), (0, 0, vec!["art-20260914"]));
    let error = make_lessons(&store, "autumn", &zone, BEFORE, Only::Entry("art")).await.unwrap_err();
    assert!(matches!(error, ScheduleError::Store(StoreError::Clash { .. })), "{error}");
}

/// The holiday of the term goes.
async fn without_holiday(store: &Store) {
    let term = store.get::<Term>("autumn").await.unwrap().unwrap();
    store.update(&Term { days: Vec::new(), ..term }).await.unwrap();
}

#[tokio::test]
async fn a_lesson_that_takes_place_again_needs_only_who_is_in_it_now() {
    let folder = Folder::new();
    let store = county(&folder).await;
    let zone = Zone::default();
    without_holiday(&store).await;
    make_lessons(&store, "autumn", &zone, BEFORE, Only::All).await.unwrap();
    let term = store.get::<Term>("autumn").await.unwrap().unwrap();
    store.update(&Term { days: vec![holiday("2026-09-21")], ..term }).await.unwrap();
    assert_eq!(make_lessons(&store, "autumn", &zone, BEFORE, Only::All).await.unwrap().cancelled, 1);
    // The entry goes to somebody else; who was in the cancelled lesson is closed.
    let art = store.get::<Entry>("art").await.unwrap().unwrap();
    store.update(&Entry { teacher: "wang".into(), ..art }).await.unwrap();
    make_lessons(&store, "autumn", &zone, BEFORE, Only::Entry("art")).await.unwrap();
    store.close_row::<Person>("li", 1, BEFORE).await.unwrap();
    without_holiday(&store).await;
    let art = store.get::<Entry>("art").await.unwrap().unwrap();
    plan_entry(&store, &art, &zone, BEFORE).await.unwrap();
    let report = make_lessons(&store, "autumn", &zone, BEFORE, Only::All).await.unwrap();
    assert_eq!((report.updated, things(&report)), (1, vec![]));
    let again = lessons(&store).await.remove(2);
    assert_eq!((again.day.as_deref(), again.state, again.teacher.as_deref()), (Some("2026-09-21"), LessonState::Scheduled, Some("wang")));
}

#[tokio::test]
async fn somebody_who_is_closed_stops_no_other_lessons() {
    let folder = Folder::new();
    let store = county(&folder).await;
    let zone = Zone::default();
    store.create(&entry("music", "wang", 2), 1).await.unwrap();
    make_lessons(&store, "autumn", &zone, BEFORE, Only::All).await.unwrap();
    // 2026-10-10: the term is over when somebody is closed, and is then prolonged by two weeks.
    let over = 1_791_590_400_000;
    store.close_row::<Person>("li", 1, over).await.unwrap();
    let term = store.get::<Term>("autumn").await.unwrap().unwrap();
    store.update(&Term { last_day: "2026-10-25".into(), ..term }).await.unwrap();
    let report = make_lessons(&store, "autumn", &zone, over, Only::All).await.unwrap();
    assert_eq!((report.created, things(&report)), (2, vec!["art-20261012", "art-20261019"]));
    assert!(matches!(report.failed[0].why, ScheduleError::Store(StoreError::Closed { .. })), "{report:?}");
    let error = make_lessons(&store, "autumn", &zone, over, Only::Entry("art")).await.unwrap_err();
    assert!(matches!(error, ScheduleError::Store(StoreError::Closed { .. })), "{error}");
}

#[tokio::test]
async fn a_school_with_unusable_bells_does_not_stop_the_others() {
    let folder = Folder::new();
    let store = county(&folder).await;
    let zone = Zone::default();
    let rural =
        Entry { host_classroom: "rural-2".into(), receivers: vec![Receiver { classroom: "city-2".into(), interactive: true }], ..entry("music", "wang", 2) };
    store.create(&rural, 1).await.unwrap();
    let bells = store.get::<BellPlan>("bells").await.unwrap().unwrap();
    store.create(&BellPlan { id: "rural".into(), school: "rural".into(), ..bells }, 1).await.unwrap();
    make_lessons(&store, "autumn", &zone, BEFORE, Only::All).await.unwrap();
    // As an earlier version could leave it.
    let mut database = sqlx::SqliteConnection::connect(&format!("sqlite://{}", folder.0.join("tongke.db").display())).await.unwrap();
    sqlx::query("INSERT INTO bell_plans (id, school_id, name) VALUES ('other', 'city', '冬季')").execute(&mut database).await.unwrap();
    let mut term = store.get::<Term>("autumn").await.unwrap().unwrap();
    term.days.clear();
    store.update(&term).await.unwrap();
    let report = make_lessons(&store, "autumn", &zone, BEFORE, Only::All).await.unwrap();
    assert_eq!((report.created, report.cancelled, things(&report)), (1, 0, vec!["city"]));
    assert!(make_lessons(&store, "autumn", &zone, BEFORE, Only::Entry("art")).await.is_err());
    assert_eq!(lessons(&store).await.iter().filter(|lesson| lesson.id.starts_with("art")).count(), 3, "what was there stays");
}

#[tokio::test]
async fn nothing_is_made_in_the_past() {
    let folder = Folder::new();
    let store = county(&folder).await;
    // 2026-09-20.
    let report = make_lessons(&store, "autumn", &Zone::default(), 1_789_833_600_000, Only::All).await.unwrap();
    assert_eq!((report.created, report.past), (1, 2));
    assert_eq!(days(&store).await, scheduled(&["2026-09-28"]));
}
