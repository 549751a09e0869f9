//! Measures a county's term: 40 schools in 12 alliances, 300 classrooms, 1,200 teachers, 3,000 entries over 20 weeks, which is 60,000 lessons; half of
//! them are over and decided. Then 50 clients ask over HTTP at once, each for one thing after another, of any week, school and day.
//!
//! `cargo run --release -p signaling --example county`, on SQLite in a temporary directory, or on the PostgreSQL of `TONGKE_TEST_POSTGRES`.
#![allow(clippy::unwrap_used)]

#[path = "../tests/support/mod.rs"]
mod support;

use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use signaling::Store;
use signaling::schedule::{Only, make_lessons};
use signaling::store::{
    Alliance, BellPeriod, BellPlan, Cause, Classroom, Database, Delivery, Entry, LessonKind, LessonList, Member, MemberRole, Person, PersonRole, PlannedLesson,
    Receiver, Region, RegionLevel, School, SchoolKind, Scope, Term, unix_ms,
};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use support::{Folder, Running, county};
use timetable::Zone;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const SCHOOLS: usize = 40;
const ALLIANCES: usize = 12;
const CLASSROOMS: usize = 300;
const TEACHERS: usize = 1_200;
/// Host and two receiving classrooms, together all week.
const GROUPS: usize = CLASSROOMS / (1 + RECEIVERS);
const RECEIVERS: usize = 2;
/// Lessons of a group each week, out of 5 days of 8 periods.
const WEEKLY: usize = 30;
const SUBJECTS: [&str; 5] = ["美术", "音乐", "英语", "科学", "信息技术"];
const DAY_MS: u64 = 86_400_000;
const WEEK_MS: u64 = 7 * DAY_MS;
/// A Monday, 2026-09-07 in Shanghai.
const A_MONDAY_MS: u64 = 1_788_710_400_000;
/// Weeks of the term that are over and decided. The next is the one that everybody looks at.
const WEEKS_OVER: u64 = 10;
const CLIENTS: usize = 50;
/// People read what they asked for.
const PAUSE: Duration = Duration::from_millis(2_000);

/// The first Monday of a term whose weeks that are over end with the present one: nothing is left that the server would decide by itself.
fn first_monday_ms() -> u64 {
    A_MONDAY_MS + (unix_ms().saturating_sub(A_MONDAY_MS).div_ceil(WEEK_MS)).saturating_sub(WEEKS_OVER) * WEEK_MS
}

/// A day of the term, by its number.
fn day(number: u64) -> String {
    Zone::default().wall(first_monday_ms() + number * DAY_MS + DAY_MS / 2).unwrap().0.to_string()
}

#[tokio::main]
async fn main() {
    let folder = Folder::new();
    let database = match std::env::var("TONGKE_TEST_POSTGRES") {
        Ok(url) => Database::Postgres(url.parse().unwrap()),
        Err(_) => Database::Sqlite(folder.0.clone()),
    };
    // Before the server runs, which would decide what is not decided yet.
    let store = Store::open(&database).await.unwrap();
    println!("{}", store.place());
    let before = first_monday_ms() - 30 * DAY_MS;
    timed("register and entries", register(&store, &mut StdRng::seed_from_u64(7))).await;
    let report = timed("lessons made and booked", make_lessons(&store, "autumn", &Zone::default(), before, Only::All)).await.unwrap();
    println!("{} lessons", report.created);
    let again = timed("compared again", make_lessons(&store, "autumn", &Zone::default(), before, Only::All)).await.unwrap();
    assert_eq!((again.created, again.updated, again.cancelled), (0, 0, 0));
    timed("half of them decided", decide_half(&store, &mut StdRng::seed_from_u64(8))).await;
    let cookie = operator(&store).await;
    store.close().await;
    let server = Running::start_on(&folder.0, database, |_| {}).await;
    let mut client = Client { address: server.address, cookie, reply: Vec::new(), seen: Arc::default() };
    for question in Question::ALL {
        let (bytes, time) = client.ask(&question.path(Weeks::Any, &mut StdRng::seed_from_u64(1))).await;
        println!("{question:?}, asked alone: {bytes} bytes, {:.1} ms", time.as_secs_f64() * 1e3);
    }
    for (weeks, pause) in [(Weeks::Now, Duration::ZERO), (Weeks::Now, PAUSE), (Weeks::Any, Duration::ZERO), (Weeks::Any, PAUSE)] {
        ask_at_once(&client, weeks, pause).await;
    }
    client.check(&server.store).await;
    server.stop().await;
}

/// Somebody who sees everything: the cookie of a session.
async fn operator(store: &Store) -> String {
    let person = Person { id: "op".into(), login: "op".into(), name: "陈运维".into(), school: None, region: None, closed_ms: None, version: 1 };
    store.create(&person, 1).await.unwrap();
    store.give(&county::grant("op", PersonRole::CountyOperator, Scope::Everything, None)).await.unwrap();
    county::session(store, "op", true).await.1
}

/// Of which weeks.
#[derive(Clone, Copy, Debug)]
enum Weeks {
    /// The one that all look at.
    Now,
    /// Each client another one, each time.
    Any,
}

/// What a client asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Question {
    WeekOfASchool,
    DayOfTheCounty,
    BySchool,
    BySubject,
}

impl Question {
    const ALL: [Self; 4] = [Self::WeekOfASchool, Self::DayOfTheCounty, Self::BySchool, Self::BySubject];

    /// Any school's, any day's.
    fn path(self, weeks: Weeks, rng: &mut StdRng) -> String {
        let week = match weeks {
            Weeks::Now => WEEKS_OVER,
            Weeks::Any => rng.random_range(0..20),
        };
        let monday = first_monday_ms() + week * WEEK_MS;
        match self {
            Self::WeekOfASchool => {
                format!("/lessons?limit=1000&school=s{}&from_ms={monday}&to_ms={}", rng.random_range(0..SCHOOLS), monday + WEEK_MS)
            }
            Self::DayOfTheCounty => {
                let day = monday + rng.random_range(0..5) * DAY_MS;
                format!("/lessons?limit=1000&from_ms={day}&to_ms={}", day + DAY_MS)
            }
            Self::BySchool => "/statistics?term=autumn&by=school".into(),
            Self::BySubject => "/statistics?term=autumn&by=subject".into(),
        }
    }
}

/// Who asks.
#[derive(Clone)]
struct Client {
    address: SocketAddr,
    cookie: String,
    /// Room for a reply, so that asking costs little beside answering.
    reply: Vec<u8>,
    /// The answer to each question that any client asked.
    seen: Arc<Mutex<HashMap<String, Vec<u8>>>>,
}

impl Client {
    /// The bytes of the answer, and how long it took. Nothing changes meanwhile: whoever asks the same is told the same, to the byte.
    async fn ask(&mut self, path: &str) -> (usize, Duration) {
        let head = format!("GET /api/v1{path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nCookie: {}\r\n\r\n", self.address, self.cookie);
        self.reply.clear();
        let begun = Instant::now();
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.read_to_end(&mut self.reply).await.unwrap();
        let took = begun.elapsed();
        let end = self.reply.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
        let (head, body) = self.reply.split_at(end);
        let head = std::str::from_utf8(head).unwrap().to_ascii_lowercase();
        let whole = head.starts_with("http/1.1 200 ") && head.contains(&format!("content-length: {}\r\n", body.len()));
        assert!(whole, "{path}: {head}{}", String::from_utf8_lossy(body));
        let mut seen = self.seen.lock().unwrap();
        match seen.get(path) {
            Some(first) => assert!(first == body, "{path} was told otherwise than before"),
            None => drop(seen.insert(path.to_owned(), body.to_vec())),
        }
        (body.len(), took)
    }

    /// Looks into the answers: each is what the store has.
    async fn check(&self, store: &Store) {
        let seen = self.seen.lock().unwrap().clone();
        for (path, body) in &seen {
            let answer: serde_json::Value = serde_json::from_slice(body).unwrap();
            let Some(asked) = path.strip_prefix("/lessons?") else {
                assert_eq!(answer["total"]["planned"], (WEEKS_OVER as usize * GROUPS * WEEKLY * RECEIVERS) as u64, "{path}");
                continue;
            };
            let asked: HashMap<&str, &str> = asked.split('&').filter_map(|part| part.split_once('=')).collect();
            let time = |name: &str| asked[name].parse().unwrap();
            let list = LessonList { school: asked.get("school").copied(), ..LessonList::between(time("from_ms"), time("to_ms")) };
            let stored = store.planned_lessons(&list).await.unwrap();
            let told = answer["items"].as_array().unwrap().iter().map(|lesson| lesson["id"].as_str().unwrap());
            assert!(!stored.is_empty() && told.eq(stored.iter().map(|lesson| lesson.id.as_str())), "{path}");
        }
        println!("{} different answers, each as it should be", seen.len());
    }
}

/// Fifty clients, each asking everything in its own order, ten times, with a pause of up to `pause` in between.
async fn ask_at_once(client: &Client, weeks: Weeks, pause: Duration) {
    let one = |number: usize| {
        let mut client = client.clone();
        tokio::spawn(async move {
            let mut rng = StdRng::seed_from_u64(number as u64);
            let mut took = Vec::new();
            for _ in 0..10 {
                let mut questions = Question::ALL;
                questions.shuffle(&mut rng);
                for question in questions {
                    tokio::time::sleep(pause.mul_f64(rng.random())).await;
                    took.push((question, client.ask(&question.path(weeks, &mut rng)).await.1));
                }
            }
            took
        })
    };
    let clients: Vec<_> = (0..CLIENTS).map(one).collect();
    let mut took = Vec::new();
    for client in clients {
        took.extend(client.await.unwrap());
    }
    println!("{CLIENTS} clients at once, weeks: {weeks:?}, pauses of {} ms:", pause.as_millis() / 2);
    for question in Question::ALL {
        let mut times: Vec<Duration> = took.iter().filter(|(asked, _)| *asked == question).map(|(_, time)| *time).collect();
        times.sort_unstable();
        let at = |percent: usize| times[(times.len() - 1) * percent / 100].as_secs_f64() * 1e3;
        println!("  {question:?}: p50 {:.1} ms, p95 {:.1} ms, longest {:.1} ms", at(50), at(95), at(100));
    }
}

/// Deliveries of the first ten weeks, nine of ten delivered.
async fn decide_half(store: &Store, rng: &mut StdRng) {
    for week in 0..WEEKS_OVER {
        let monday = first_monday_ms() + week * WEEK_MS;
        let list = LessonList { limit: 10_000, ..LessonList::between(monday, monday + WEEK_MS) };
        let lessons = store.planned_lessons(&list).await.unwrap();
        let deliveries: Vec<Delivery> = lessons
            .iter()
            .flat_map(|lesson| lesson.receivers.iter().map(move |receiver| (lesson, receiver)))
            .map(|(lesson, receiver)| delivery(lesson, &receiver.classroom, week as u8 + 1, rng))
            .collect();
        let ids: Vec<&str> = lessons.iter().map(|lesson| lesson.id.as_str()).collect();
        store.put_deliveries(&ids, &deliveries, unix_ms()).await.unwrap();
    }
}

fn delivery(lesson: &PlannedLesson, classroom: &str, week: u8, rng: &mut StdRng) -> Delivery {
    let delivered = rng.random_bool(0.9);
    let room: usize = classroom[1..].parse().unwrap();
    Delivery {
        lesson: lesson.id.clone(),
        classroom: classroom.into(),
        term: "autumn".into(),
        week,
        week_end: day(u64::from(week) * 7 - 1),
        school: format!("s{}", room % SCHOOLS),
        host_school: lesson.host_classroom.as_ref().map(|room| format!("s{}", room[1..].parse::<usize>().unwrap() % SCHOOLS)).unwrap(),
        subject: lesson.subject.clone().unwrap(),
        teacher: lesson.teacher.clone().unwrap(),
        start_ms: lesson.start_ms,
        cause: (!delivered).then_some(if rng.random_bool(0.5) { Cause::Network } else { Cause::Absent }),
        planned_s: 2_400,
        received_s: if delivered { 2_390 } else { 1_000 },
        sent_s: if delivered { 2_390 } else { 1_000 },
        fault_s: rng.random_range(0..60),
        first_join_ms: Some(lesson.start_ms),
        punctual: rng.random_bool(0.95),
        hands: rng.random_range(0..4),
        calls: rng.random_range(0..3),
        answers: rng.random_range(0..3),
        speech_s: rng.random_range(0..200),
        headcount: Some(rng.random_range(8..45)),
    }
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
            Member { school: format!("s{school}"), role, from_day: "2020-09-01".into(), to_day: None }
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
    let (first_day, last_day) = (day(0), day(20 * 7 - 1));
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
        host_classroom: format!("r{}", group * (1 + RECEIVERS)),
        receivers: (1..=RECEIVERS).map(|room| Receiver { classroom: format!("r{}", group * (1 + RECEIVERS) + room), interactive: true }).collect(),
        kind: LessonKind::Dedicated,
        weeks: "全".into(),
        from_day: None,
        to_day: None,
        closed_ms: None,
        version: 1,
    }
}
