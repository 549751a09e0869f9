//! Measures a county's term: 40 schools in 12 alliances, 300 classrooms, 1,200 teachers, 3,000 entries over 20 weeks, which is 60,000 lessons.
//!
//! `cargo run --release -p signaling --example county`, on SQLite in a temporary directory, or on the PostgreSQL of `TONGKE_TEST_POSTGRES`.
#![allow(clippy::unwrap_used)]

use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use signaling::Store;
use signaling::schedule::{Only, make_lessons};
use signaling::store::{
    Alliance, BellPeriod, BellPlan, Classroom, Database, Entry, LessonKind, LessonList, Member, MemberRole, Person, Receiver, Region, RegionLevel, School,
    SchoolKind, Term, unix_ms,
};
use std::time::Instant;
use timetable::Zone;

const SCHOOLS: usize = 40;
const ALLIANCES: usize = 12;
const CLASSROOMS: usize = 300;
const TEACHERS: usize = 1_200;
/// Host and two receiving classrooms, together all week.
const GROUPS: usize = CLASSROOMS / 3;
/// Lessons of a group each week, out of 5 days of 8 periods.
const WEEKLY: usize = 30;
const SUBJECTS: [&str; 5] = ["美术", "音乐", "英语", "科学", "信息技术"];
/// 2026-08-01, before the term.
const NOW_MS: u64 = 1_785_513_600_000;

#[tokio::main]
async fn main() {
    let folder = std::env::temp_dir().join(format!("tongke-county-{}", std::process::id()));
    let database = match std::env::var("TONGKE_TEST_POSTGRES") {
        Ok(url) => Database::Postgres(url.parse().unwrap()),
        Err(_) => Database::Sqlite(folder.clone()),
    };
    let store = Store::open(&database).await.unwrap();
    println!("{}", store.place());
    timed("register and entries", register(&store, &mut StdRng::seed_from_u64(7))).await;
    let report = timed("lessons made and booked", make_lessons(&store, "autumn", &Zone::default(), NOW_MS, Only::All)).await.unwrap();
    println!("{} lessons", report.created);
    let again = timed("compared again", make_lessons(&store, "autumn", &Zone::default(), NOW_MS, Only::All)).await.unwrap();
    assert_eq!((again.created, again.updated, again.cancelled), (0, 0, 0));
    let week = 7 * 86_400_000;
    let monday = 1_788_710_400_000;
    let grid = LessonList { school: Some("s1"), ..LessonList::between(monday, monday + week) };
    println!("{} lessons in a school's week", timed("read", store.planned_lessons(&grid)).await.unwrap().len());
    store.close().await;
    let _ = std::fs::remove_dir_all(&folder);
}

async fn timed<T>(what: &str, work: impl Future<Output = T>) -> T {
    let begun = Instant::now();
    let done = work.await;
    println!("{what}: {:.2} s", begun.elapsed().as_secs_f64());
    done
}

async fn register(store: &Store, rng: &mut StdRng) {
    let region = Region { id: "county".into(), parent: None, level: RegionLevel::County, name: "云岭县".into(), version: 1 };
    store.create(&region, unix_ms()).await.unwrap();
    for school in 0..SCHOOLS {
        let kind = if rng.random_bool(0.4) { SchoolKind::Point } else { SchoolKind::Main };
        let row = School { region: Some("county".into()), ..School::new(format!("s{school}"), format!("第{school}小学"), kind) };
        store.create(&row, 1).await.unwrap();
        let periods = (1..=8).map(|number| BellPeriod { number, start_min: 420 + 50 * u16::from(number), end_min: 460 + 50 * u16::from(number) }).collect();
        let id = format!("bells-{school}");
        let bells = BellPlan { id, school: format!("s{school}"), name: "夏季作息".into(), from_day: None, to_day: None, periods, version: 1 };
        store.create(&bells, 1).await.unwrap();
    }
    for alliance in 0..ALLIANCES {
        let schools = (0..SCHOOLS).filter(|school| school % ALLIANCES == alliance);
        let member = |(nth, school)| {
            let role = if nth == 0 { MemberRole::Lead } else { MemberRole::Paired };
            Member { school: format!("s{school}"), role, from_day: "2026-09-01".into(), to_day: None }
        };
        let members = schools.enumerate().map(member).collect();
        let row = Alliance { id: format!("a{alliance}"), region: "county".into(), name: format!("第{alliance}联盟"), members, closed_ms: None, version: 1 };
        store.create(&row, 1).await.unwrap();
    }
    for room in 0..CLASSROOMS {
        store.create(&Classroom::new(format!("r{room}"), format!("s{}", room % SCHOOLS), format!("{}年级", room % 6 + 1)), 1).await.unwrap();
    }
    for teacher in 0..TEACHERS {
        let (id, school) = (format!("t{teacher}"), Some(format!("s{}", teacher % SCHOOLS)));
        let person = Person { login: id.clone(), id, name: format!("{teacher}老师"), school, region: None, closed_ms: None, version: 1 };
        store.create(&person, 1).await.unwrap();
    }
    let (first_day, last_day) = ("2026-09-07".into(), "2027-01-24".into());
    let term = Term { id: "autumn".into(), region: Some("county".into()), name: "2026 秋".into(), first_day, last_day, days: Vec::new(), version: 1 };
    store.create(&term, 1).await.unwrap();
    for group in 0..GROUPS {
        let mut times: Vec<(u8, u8)> = (1..=5).flat_map(|weekday| (1..=8).map(move |period| (weekday, period))).collect();
        times.shuffle(rng);
        for (nth, (weekday, period)) in times.into_iter().take(WEEKLY).enumerate() {
            store.create(&entry(group, nth, weekday, period, rng), 1).await.unwrap();
        }
    }
}

fn entry(group: usize, nth: usize, weekday: u8, period: u8, rng: &mut StdRng) -> Entry {
    let subject = SUBJECTS[rng.random_range(0..SUBJECTS.len())];
    Entry {
        id: format!("e{group}-{nth}"),
        term: "autumn".into(),
        weekday,
        period,
        subject: subject.into(),
        title: format!("三年级{subject}"),
        // Twelve teachers a group, each of them in one place at a time.
        teacher: format!("t{}", group * (TEACHERS / GROUPS) + nth % (TEACHERS / GROUPS)),
        assistants: Vec::new(),
        host_classroom: format!("r{}", group * 3),
        receivers: (1..3).map(|room| Receiver { classroom: format!("r{}", group * 3 + room), interactive: true }).collect(),
        kind: LessonKind::Dedicated,
        weeks: "全".into(),
        from_day: None,
        to_day: None,
        closed_ms: None,
        version: 1,
    }
}
