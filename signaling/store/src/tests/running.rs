//! What is written by a running lesson, and read again.

use super::support::{Fresh, on_both_engines};
use crate::record::{ParticipantRow, Write};
use crate::{Asker, Classroom, Database, NewLesson, Store, StoreError, Writer, WriterMetrics, database, schema};
use prometheus::{Histogram, HistogramOpts, IntCounterVec, IntGauge, Opts};
use protocol::{ChatLine, LessonState, ParticipantId, Role};
use sqlx::Executor;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

on_both_engines! {
    what_is_written_is_read_again
    intervals_left_open_end_at_the_last_heartbeat
    lessons_are_made_once_and_with_usable_names
    two_processes_may_open_a_new_store_at_once
    one_impossible_write_does_not_hold_up_the_others
    a_database_of_the_first_version_is_brought_up_to_date
    a_text_no_column_takes_is_dropped_alone
}

type Told = Arc<Mutex<Vec<(Asker, String)>>>;

fn writer(store: &Store) -> (Writer, Told, WriterMetrics) {
    let metrics = WriterMetrics {
        seconds: Histogram::with_opts(HistogramOpts::new("s", "s")).unwrap(),
        errors: IntCounterVec::new(Opts::new("e", "e"), &["kind"]).unwrap(),
        pending: IntGauge::new("p", "p").unwrap(),
    };
    let told = Told::default();
    let tell = told.clone();
    let failed = move |connection: Asker, kind: &str| tell.lock().unwrap().push((connection, kind.to_owned()));
    (Writer::start(store.clone(), metrics.clone(), Box::new(failed)), told, metrics)
}

fn row(place: u64, muted: bool) -> Write {
    let row = ParticipantRow {
        id: ParticipantId(format!("p{place}")),
        place,
        sub: format!("sub{place}"),
        role: Role::Classroom,
        name: "三年级一班".into(),
        classroom: Some("r1".into()),
        resume: Some([0xab; 32]),
        present: true,
        stage: Some(7),
        hand: None,
        muted,
    };
    Write::Participant { lesson: "maths".into(), row }
}

fn chat(seq: u64, text: &str) -> Write {
    let line = ChatLine { seq, from: ParticipantId("p1".into()), name: "n".into(), text: text.into(), at_ms: seq };
    Write::Chat { lesson: "maths".into(), line }
}

async fn with_lesson(fresh: &Fresh) -> Store {
    let store = fresh.open().await;
    store.create_lesson(&NewLesson::open_now("maths", "Maths")).await.unwrap();
    store
}

async fn what_is_written_is_read_again(fresh: Fresh) {
    let store = with_lesson(&fresh).await;
    let (writer, ..) = writer(&store);
    writer.put(row(1, false), None);
    writer.put(row(1, true), None);
    for seq in 1..=60 {
        writer.put(chat(seq, &format!("line {seq}")), None);
    }
    writer.put(Write::Lesson { id: "maths".into(), state: LessonState::Live, planned_start_ms: None, live_since_ms: Some(5), ended_ms: None }, None);
    let floor = |participant: Option<&str>| Write::Floor { id: "maths".into(), participant: participant.map(|id| ParticipantId(id.into())) };
    writer.put(floor(None), None);
    writer.put(floor(Some("p1")), None);
    writer.flush().await;
    store.close().await;
    let store = fresh.open().await;
    let record = store.load("maths").await.unwrap().unwrap();
    assert_eq!((record.lesson.state, record.lesson.live_since_ms), (LessonState::Live, Some(5)));
    let Write::Participant { row, .. } = row(1, true) else { unreachable!() };
    assert_eq!((record.participants, record.floor), (vec![row], Some(ParticipantId("p1".into()))));
    assert_eq!((record.chat.len(), record.chat[0].seq, record.chat[49].text.as_str()), (50, 11, "line 60"));
    assert_eq!(store.load("nothing").await.unwrap(), None);
    let (writer, ..) = self::writer(&store);
    writer.put(floor(None), None);
    writer.flush().await;
    assert_eq!(store.load("maths").await.unwrap().unwrap().floor, None);
}

async fn intervals_left_open_end_at_the_last_heartbeat(fresh: Fresh) {
    let store = with_lesson(&fresh).await;
    let (writer, ..) = writer(&store);
    let enter = |place: u64, joined_ms| Write::Enter { lesson: "maths".into(), participant: ParticipantId(format!("p{place}")), joined_ms };
    for (place, joined) in [(1, 100), (2, 200), (3, 900)] {
        writer.put(enter(place, joined), None);
    }
    writer.put(Write::Exit { lesson: "maths".into(), participant: ParticipantId("p1".into()), joined_ms: 100, left_ms: 150, goodbye: true }, None);
    writer.put(Write::Heartbeat { now_ms: 700 }, None);
    writer.put(Write::Heartbeat { now_ms: 800 }, None);
    writer.flush().await;
    assert_eq!(store.close_open_memberships().await.unwrap(), 2);
    let left: Vec<_> = store.memberships("maths").await.unwrap().iter().map(|membership| membership.left_ms).collect();
    assert_eq!(left, [Some(150), Some(800), Some(900)]);
}

async fn lessons_are_made_once_and_with_usable_names(fresh: Fresh) {
    let store = with_lesson(&fresh).await;
    assert!(matches!(store.create_lesson(&NewLesson::open_now("maths", "Again")).await, Err(StoreError::Exists { .. })));
    for id in ["", "a b", "a/b", "*", "课", &"x".repeat(65)] {
        assert!(matches!(store.create_lesson(&NewLesson::open_now(id, "T")).await, Err(StoreError::Invalid { .. })), "{id}");
    }
    assert!(matches!(store.create_lesson(&NewLesson::open_now("x", "  ")).await, Err(StoreError::Invalid { .. })));
    // Another process, while the server runs.
    let other = fresh.open().await;
    other.create_lesson(&NewLesson::open_now("art", "Art")).await.unwrap();
    let ids: Vec<_> = store.current_lessons().await.unwrap().into_iter().map(|lesson| lesson.id).collect();
    assert_eq!(ids, ["maths", "art"]);
    assert!(store.begin_lesson("art").await.unwrap() && !store.begin_lesson("art").await.unwrap() && !store.begin_lesson("nothing").await.unwrap());
    let begun = store.lesson("art").await.unwrap().unwrap();
    assert!(begun.state == LessonState::Live && begun.live_since_ms.is_some());
}

async fn two_processes_may_open_a_new_store_at_once(fresh: Fresh) {
    let (one, two) = tokio::join!(fresh.try_open(), fresh.try_open());
    one.unwrap();
    two.unwrap();
}

#[tokio::test]
async fn a_full_disk_is_reported_and_everything_is_written_when_there_is_room() {
    let fresh = Fresh::sqlite();
    let store = with_lesson(&fresh).await;
    let (writer, told, metrics) = writer(&store);
    let limit = |pages: u32| sqlx::query(sqlx::AssertSqlSafe(format!("PRAGMA max_page_count = {pages}"))).execute(&store.write);
    limit(1).await.unwrap();
    for seq in 1..=100 {
        writer.put(chat(seq, &"x".repeat(1_500)), Some(Asker(7)));
    }
    while writer.is_healthy() {
        tokio::task::yield_now().await;
    }
    limit(1_000_000).await.unwrap();
    writer.flush().await;
    assert!(writer.is_healthy());
    assert_eq!(store.load("maths").await.unwrap().unwrap().chat.len(), 50);
    assert!(told.lock().unwrap().contains(&(Asker(7), "full".to_owned())));
    assert!(metrics.errors.with_label_values(&["full"]).get() >= 1);
    assert_eq!(metrics.pending.get(), 0);
}

#[tokio::test]
async fn a_locked_database_is_reported_and_a_later_value_wins() {
    let fresh = Fresh::sqlite();
    let store = with_lesson(&fresh).await;
    let (writer, told, _) = writer(&store);
    let mut other = fresh.open().await.write.acquire().await.unwrap();
    other.execute("BEGIN EXCLUSIVE").await.unwrap();
    writer.put(row(1, false), Some(Asker(3)));
    while writer.is_healthy() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    writer.put(row(1, true), None);
    assert_eq!(*told.lock().unwrap(), [(Asker(3), "busy".to_owned())]);
    assert!(store.lesson("maths").await.unwrap().is_some(), "reading goes on");
    other.execute("COMMIT").await.unwrap();
    writer.flush().await;
    assert!(store.load("maths").await.unwrap().unwrap().participants[0].muted);
}

async fn one_impossible_write_does_not_hold_up_the_others(fresh: Fresh) {
    let store = with_lesson(&fresh).await;
    let (writer, told, _) = writer(&store);
    writer.put(
        Write::Chat {
            lesson: "no such lesson".into(),
            line: ChatLine { seq: 1, from: ParticipantId("p".into()), name: "n".into(), text: "t".into(), at_ms: 1 },
        },
        Some(Asker(1)),
    );
    writer.put(chat(1, "fine"), None);
    writer.flush().await;
    assert_eq!(*told.lock().unwrap(), [(Asker(1), "constraint".to_owned())]);
    assert_eq!(store.load("maths").await.unwrap().unwrap().chat.len(), 1);
    assert!(writer.is_healthy());
}

#[tokio::test]
async fn a_directory_that_cannot_be_made_is_named() {
    let error = Store::open(&Database::Sqlite(Path::new("/proc/tongke").into())).await.unwrap_err();
    assert!(matches!(error, StoreError::Directory { .. }) && error.to_string().contains("/proc/tongke"), "{error}");
}

/// What a damaged file is told as, and how long that takes.
async fn refused(fresh: &Fresh) -> String {
    let opening = tokio::time::timeout(Duration::from_secs(3), fresh.try_open());
    let error = opening.await.expect("told at once, not as the end of a wait").unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }) && error.kind() == "damaged", "{error}");
    error.to_string()
}

#[tokio::test]
async fn a_file_that_is_no_database_or_a_part_of_one_is_named_with_the_remedy() {
    let fresh = Fresh::sqlite();
    let Database::Sqlite(folder) = &fresh.database else { unreachable!("SQLite was asked for") };
    fresh.open().await.close().await;
    let file = folder.join("tongke.db");
    let whole = std::fs::read(&file).unwrap();
    let mut garbled = whole.clone();
    // The first page holds the names of all tables.
    garbled[100..4_096].fill(0x5a);
    for damaged in [&b"no database"[..], &[0xa5; 100_000], &whole[..whole.len() / 2], &whole[..1_000], &garbled] {
        std::fs::write(&file, damaged).unwrap();
        let said = refused(&fresh).await;
        let begins = format!("{} is not a database or is damaged (", file.display());
        assert!(said.starts_with(&begins) && said.contains("restore a backup") && said.contains("move the file away"), "{said}");
        assert_eq!(std::fs::read(&file).unwrap(), damaged, "left as it is, for who would mend it");
    }
    std::fs::write(&file, whole).unwrap();
    fresh.open().await.close().await;
}

#[tokio::test]
async fn what_hinders_the_opening_is_told_and_not_that_it_took_long() {
    // A table of that name is in the way of the first step.
    let fresh = Fresh::sqlite();
    let pool = database::bare(&fresh.database).await.unwrap();
    pool.execute("CREATE TABLE lessons (id TEXT)").await.unwrap();
    pool.close().await;
    let said = fresh.try_open().await.unwrap_err().to_string();
    assert!(said.contains("table lessons already exists") && !said.contains("timed out"), "{said}");
    let closed = Database::Postgres("postgres://tongke@127.0.0.1:1/tongke".parse().unwrap());
    let said = Store::open(&closed).await.unwrap_err().to_string();
    assert!(said.contains("refused") && said.contains("check that the server runs") && !said.contains("timed out"), "{said}");
}

#[cfg(unix)]
#[tokio::test]
async fn what_is_kept_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let fresh = Fresh::sqlite();
    let Database::Sqlite(folder) = &fresh.database else { unreachable!("SQLite was asked for") };
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let store = fresh.open().await;
    assert_eq!(mode(folder), 0o700);
    let modes = || {
        let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
        let mut modes: Vec<_> = files.map(|path| (path.file_name().unwrap().to_owned(), mode(&path))).collect();
        modes.sort();
        modes
    };
    let names = ["tongke.db", "tongke.db-shm", "tongke.db-wal", "tongke.db.lock"];
    assert_eq!(modes(), names.map(|name| (name.into(), 0o600)));
    // As an earlier version left it, and as somebody opened it to a group.
    for (was, becomes) in [(0o644, 0o600), (0o660, 0o660)] {
        for name in names {
            std::fs::set_permissions(folder.join(name), PermissionsExt::from_mode(was)).unwrap();
        }
        let second = fresh.open().await;
        assert_eq!(modes(), names.map(|name| (name.into(), becomes)));
        second.close().await;
    }
    store.close().await;
}

async fn a_database_of_the_first_version_is_brought_up_to_date(fresh: Fresh) {
    let pool = database::bare(&fresh.database).await.unwrap();
    schema::migrate_to(&pool, 1).await.unwrap();
    for text in [
        "INSERT INTO schools (id, name, kind, created_ms) VALUES ('s', 'Old', 'main', 1)",
        "INSERT INTO classrooms (id, school_id, name, created_ms) VALUES ('r', 's', 'Old', 1)",
        "INSERT INTO lessons (id, title, state, host_classroom_id, created_ms) VALUES ('maths', 'Maths', 'live', 'r', 1)",
        "INSERT INTO memberships (lesson_id, participant_id, joined_ms) VALUES ('maths', 'p', 5)",
    ] {
        pool.execute(text).await.unwrap();
    }
    pool.close().await;
    let store = fresh.open().await;
    assert_eq!(store.lesson("maths").await.unwrap().unwrap().state, LessonState::Live);
    assert_eq!(store.memberships("maths").await.unwrap().len(), 1);
    assert_eq!(store.get::<Classroom>("r").await.unwrap(), Some(Classroom::new("r", "s", "Old")));
    assert_eq!(store.planned_lesson("maths").await.unwrap(), None);
}

/// PostgreSQL has no text with a zero byte; SQLite has.
async fn a_text_no_column_takes_is_dropped_alone(fresh: Fresh) {
    let store = with_lesson(&fresh).await;
    let (writer, ..) = writer(&store);
    writer.put(chat(1, "a\0b"), None);
    writer.put(chat(2, "fine"), None);
    writer.flush().await;
    assert!(writer.is_healthy());
    let chat = store.load("maths").await.unwrap().unwrap().chat;
    assert_eq!(chat.last().unwrap().text, "fine");
    assert_eq!(chat.len(), if matches!(fresh.database, Database::Postgres(_)) { 1 } else { 2 });
}
