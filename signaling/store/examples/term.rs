//! Measures what a county's term takes: 1,500 entries, 40 lessons of each, 4 bookings a lesson, in one transaction; then the same once more, refused.
//!
//! `cargo run --release -p tongke-store --example term [ENTRIES]`, on SQLite in a temporary directory, or on the PostgreSQL of `TONGKE_TEST_POSTGRES`.
#![allow(clippy::unwrap_used)]

use std::time::Instant;
use store::{
    Classroom, Database, Entry, LessonKind, LessonList, Person, PlannedLesson, Receiver, Region, RegionLevel, School, SchoolKind, Store, StoreError, Term,
    unix_ms,
};

const LESSONS: u64 = 40;
const DAY: u64 = 86_400_000;

#[tokio::main]
async fn main() -> Result<(), StoreError> {
    let entries: u64 = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(1_500);
    let folder = std::env::temp_dir().join(format!("tongke-term-{}", std::process::id()));
    let database = match std::env::var("TONGKE_TEST_POSTGRES") {
        Ok(url) => Database::Postgres(url.parse().unwrap()),
        Err(_) => Database::Sqlite(folder.clone()),
    };
    let store = Store::open(&database).await?;
    println!("{}", store.place());
    let run = format!("{:x}", unix_ms());
    timed("register and entries", register(&store, &run, entries)).await?;
    let lessons: Vec<PlannedLesson> = (0..entries).flat_map(|number| (0..LESSONS).map(move |week| (number, week))).map(|at| lesson(&run, at)).collect();
    println!("{} lessons", lessons.len());
    timed("made and booked", store.create_lessons(&lessons, unix_ms())).await?;
    let again: Vec<PlannedLesson> = lessons.iter().cloned().map(|lesson| PlannedLesson { id: format!("again-{}", lesson.id), entry: None, ..lesson }).collect();
    let refused = timed("made again and refused", store.create_lessons(&again, unix_ms())).await;
    assert!(matches!(refused, Err(StoreError::Clash { .. })));
    let one = LessonList { classroom: Some(&format!("{run}-r0-0")), ..LessonList::between(0, 7 * DAY) };
    println!("{} lessons of a classroom in a week", timed("read", store.planned_lessons(&one)).await?.len());
    let whole = LessonList { limit: 10_000, ..LessonList::between(0, u64::MAX) };
    println!("{} lessons of the county", timed("read", store.planned_lessons(&whole)).await?.len());
    let moved = PlannedLesson { start_ms: 500 * DAY, end_ms: 500 * DAY + 2_400_000, ..lessons[0].clone() };
    timed("one moved", store.update_lessons(&[moved])).await?;
    store.close().await;
    let _ = std::fs::remove_dir_all(&folder);
    Ok(())
}

async fn timed<T>(what: &str, work: impl Future<Output = T>) -> T {
    let begun = Instant::now();
    let done = work.await;
    println!("{what}: {:.2} s", begun.elapsed().as_secs_f64());
    done
}

async fn register(store: &Store, run: &str, entries: u64) -> Result<(), StoreError> {
    let county = format!("{run}-county");
    store.create(&Region { id: county.clone(), parent: None, level: RegionLevel::County, name: "县".into(), version: 1 }, 1).await?;
    let term = Term {
        id: format!("{run}-term"),
        region: Some(county.clone()),
        name: "学期".into(),
        first_day: "2026-09-01".into(),
        last_day: "2027-01-15".into(),
        days: Vec::new(),
        version: 1,
    };
    store.create(&term, 1).await?;
    store.create(&School { region: Some(county), ..School::new(format!("{run}-s"), "小学", SchoolKind::Main) }, 1).await?;
    for number in 0..entries {
        for room in 0..3 {
            store.create(&Classroom::new(format!("{run}-r{number}-{room}"), format!("{run}-s"), "教室"), 1).await?;
        }
        let id = format!("{run}-t{number}");
        let person = Person { login: id.clone(), id, name: "老师".into(), school: None, region: None, closed_ms: None, version: 1 };
        store.create(&person, 1).await?;
        store.create(&entry(run, number), 1).await?;
    }
    Ok(())
}

fn entry(run: &str, number: u64) -> Entry {
    Entry {
        id: format!("{run}-e{number}"),
        term: format!("{run}-term"),
        weekday: 1,
        period: 1,
        subject: "美术".into(),
        title: "三年级美术".into(),
        teacher: format!("{run}-t{number}"),
        assistants: Vec::new(),
        host_classroom: format!("{run}-r{number}-0"),
        receivers: (1..3).map(|room| Receiver { classroom: format!("{run}-r{number}-{room}"), interactive: true }).collect(),
        kind: LessonKind::Dedicated,
        weeks: "全".into(),
        from_day: None,
        to_day: None,
        closed_ms: None,
        version: 1,
    }
}

fn lesson(run: &str, (number, week): (u64, u64)) -> PlannedLesson {
    let entry = entry(run, number);
    let start_ms = week * 3 * DAY;
    PlannedLesson {
        id: format!("{run}-l{number}-{week}"),
        title: entry.title,
        state: protocol::LessonState::Scheduled,
        entry: Some(entry.id),
        day: Some(format!("2026-{:02}-{:02}", 9 + week / 28, week % 28 + 1)),
        period: Some(1),
        kind: Some(LessonKind::Dedicated),
        subject: Some(entry.subject),
        teacher: Some(entry.teacher),
        assistants: Vec::new(),
        host_classroom: Some(entry.host_classroom),
        receivers: entry.receivers,
        start_ms,
        end_ms: start_ms + 2_400_000,
        reason: None,
        changed_by_hand: false,
        switches: None,
        version: 1,
    }
}
