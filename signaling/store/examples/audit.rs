//! Measures what a page of the audit log takes for whoever may read only what is in a place: of two million lines, half of which are about a county's 120,000
//! lessons, fifty are about one small school, spread over the whole time; another school has its share, the county nearly all.
//!
//! `cargo run --release -p tongke-store --example audit [LINES]`, on SQLite in a temporary directory, or on the PostgreSQL of `TONGKE_TEST_POSTGRES`.
#![allow(clippy::unwrap_used)]

use sqlx::AssertSqlSafe;
use std::time::Instant;
use store::{AuditList, AuditPlaces, Database, Store, StoreError};

/// A statement that makes rows with `n` from 0.
fn rows(table: &str, columns: &str, count: u64, values: &str) -> String {
    format!(
        "INSERT INTO {table} ({columns}) WITH RECURSIVE r (n) AS (SELECT CAST(0 AS BIGINT) UNION ALL SELECT n + 1 FROM r WHERE n + 1 < {count}) SELECT {values} FROM r"
    )
}

/// The number as text, for the end of an id.
fn id(number: &str) -> String {
    format!("CAST({number} AS TEXT)")
}

fn statements(lines: u64) -> Vec<String> {
    // Neighbouring lines are about things far from each other.
    let (any, rare) = ("(n * 7919 + n / 120000 * 31)", format!("n % {} = 1", lines / 50));
    let thing = |few: &str, lesson: &str, entry: &str, person: &str, room: &str| {
        format!("CASE WHEN {rare} THEN {few} WHEN n % 20 < 11 THEN {lesson} WHEN n % 20 < 15 THEN {entry} WHEN n % 20 < 19 THEN {person} ELSE {room} END")
    };
    let kinds = thing("'lesson'", "'lesson'", "'entry'", "'person'", "'classroom'");
    let of = |letter: &str, count: u64| format!("'{letter}' || {}", id(&format!("({any} % {count})")));
    let few = format!("'few' || {}", id("(n % 20)"));
    let things = thing(&few, &of("l", 120_000), &of("e", 6_000), &of("p", 2_000), &of("r", 400));
    let receiver = |nth: u64| format!("'r' || {}", id(&format!("((n * 13 + {nth} * 97 + 1) % 400)")));
    let host = format!("'r' || {}", id("((n * 13) % 400)"));
    let mut all = vec![
        "INSERT INTO regions (id, parent_id, level, name) VALUES ('province', NULL, 'province', '省'), ('county', 'province', 'county', '县'), \
         ('other', 'province', 'county', '邻县')"
            .to_owned(),
        "INSERT INTO terms (id, region_id, name, first_day, last_day) VALUES ('t', 'county', '学期', '2026-09-01', '2027-01-15')".to_owned(),
        rows("schools", "id, name, kind, created_ms, region_id", 40, &format!("'s' || {}, '学校', 'main', 0, 'county'", id("n"))),
        "INSERT INTO schools (id, name, kind, created_ms, region_id) VALUES ('small', '教学点', 'point', 0, 'other')".to_owned(),
        rows("classrooms", "id, school_id, name, created_ms", 400, &format!("'r' || {}, 's' || {}, '教室', 0", id("n"), id("(n / 10)"))),
        "INSERT INTO classrooms (id, school_id, name, created_ms) VALUES ('small-r', 'small', '教室', 0)".to_owned(),
        rows("people", "id, login, name, school_id, created_ms", 2_000, &format!("'p' || {0}, 'p' || {0}, '老师', 's' || {1}, 0", id("n"), id("(n % 40)"))),
        rows(
            "lessons",
            "id, title, state, host_classroom_id, planned_start_ms, planned_end_ms, created_ms",
            120_000,
            &format!("'l' || {}, '课', 'ended', {host}, n * 60000, n * 60000 + 2400000, 0", id("n")),
        ),
        rows(
            "lessons",
            "id, title, state, host_classroom_id, planned_start_ms, planned_end_ms, created_ms",
            20,
            &format!("'few' || {}, '课', 'ended', 'r1', n * 60000, n * 60000 + 2400000, 0", id("n")),
        ),
        rows("lesson_receivers", "lesson_id, classroom_id, interactive, start_ms", 20, &format!("'few' || {}, 'small-r', 1, n * 60000", id("n"))),
        rows(
            "entries",
            "id, term_id, weekday, period, subject, title, teacher_id, host_classroom_id, kind, weeks",
            6_000,
            &format!("'e' || {}, 't', n % 5 + 1, n % 8 + 1, '美术', '美术', 'p' || {}, {host}, 'dedicated', ''", id("n"), id("(n % 2000)")),
        ),
    ];
    for nth in 0..4 {
        let values = format!("'l' || {}, {}, 1, n * 60000", id("n"), receiver(nth));
        all.push(rows("lesson_receivers", "lesson_id, classroom_id, interactive, start_ms", 120_000, &values));
        all.push(rows("entry_receivers", "entry_id, classroom_id, interactive", 6_000, &format!("'e' || {}, {}, 1", id("n"), receiver(nth))));
    }
    let detail = "'{\"title\":\"as long as what is written of a change of a lesson commonly is, so that a line has its size\"}'";
    let values = format!("'line-of-the-log-' || {}, n * 5000, 'p' || {}, '10.0.0.1', 'update', {kinds}, {things}, {detail}", id("n"), id("(n * 7 % 2000)"));
    all.push(rows("audit", "id, at_ms, person_id, address, act, thing, thing_id, detail", lines, &values));
    all.push("ANALYZE".to_owned());
    all
}

#[tokio::main]
async fn main() -> Result<(), StoreError> {
    let lines: u64 = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(2_000_000);
    let folder = std::env::temp_dir().join(format!("tongke-audit-{}", std::process::id()));
    let (database, url) = match std::env::var("TONGKE_TEST_POSTGRES") {
        Ok(url) => (Database::Postgres(url.parse().unwrap()), url),
        Err(_) => (Database::Sqlite(folder.clone()), format!("sqlite://{}", folder.join("tongke.db").display())),
    };
    let store = Store::open(&database).await?;
    println!("{}", store.place());
    let pool = sqlx::any::AnyPoolOptions::new().max_connections(1).connect(&url).await.unwrap();
    let is_sqlite = url.starts_with("sqlite");
    let begun = Instant::now();
    // The server never analyses SQLite's tables: measured without.
    for statement in statements(lines).into_iter().filter(|statement| !is_sqlite || statement != "ANALYZE") {
        sqlx::query(AssertSqlSafe(statement.clone())).execute(&pool).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
    println!("{lines} lines: {:.0} s", begun.elapsed().as_secs_f64());
    let owned = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
    let places = |regions: &[&str], schools: &[&str]| Some(AuditPlaces { regions: owned(regions), schools: owned(schools) });
    for (who, within) in [
        ("everything", None),
        ("the county", places(&["county"], &[])),
        ("a school", places(&[], &["s7"])),
        ("the small school", places(&[], &["small"])),
        ("the county beside", places(&["other"], &[])),
        ("a county without anything", places(&["none"], &[])),
    ] {
        for (what, person, thing) in [("", None, None), (", lessons", None, Some("lesson")), (", of one person", Some("p77"), None)] {
            let list = AuditList { within: within.as_ref(), person, thing, limit: 50, ..AuditList::default() };
            let mut took = Vec::new();
            let mut found = Vec::new();
            for _ in 0..3 {
                let begun = Instant::now();
                found = store.audit(&list).await?;
                took.push(begun.elapsed().as_secs_f64() * 1_000.0);
            }
            let before = found.last().map_or((u64::MAX, ""), |line| (line.at_ms, line.id.as_str()));
            let begun = Instant::now();
            let next = store.audit(&AuditList { before: Some(before), ..list }).await?.len();
            let then = begun.elapsed().as_secs_f64() * 1_000.0;
            println!("{who}{what}: {} lines in {:.0}, {:.0}, {:.0} ms; the page after, {next} lines, in {then:.0} ms", found.len(), took[0], took[1], took[2]);
        }
    }
    store.close().await;
    let _ = std::fs::remove_dir_all(&folder);
    Ok(())
}
