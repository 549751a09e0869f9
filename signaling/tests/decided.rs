//! Nobody need ask whether lessons were delivered: a running server decides it, also of lessons that were over before it started.
#![allow(clippy::unwrap_used)]

mod support;

use protocol::{ClientMessage, ParticipantId, ParticipantStats, Role, ServerMessage};
use signaling::media::MediaEvent;
use signaling::statistics::decide_lessons;
use signaling::store::{Cause, Classroom, Delivery, Person, PlannedLesson, Receiver, Region, RegionLevel, School, SchoolKind, StatisticsBy, Term, unix_ms};
use signaling::{Claims, Database, Store};
use std::time::Duration;
use support::{Folder, Page, Running, now_s};
use timetable::{LessonKind, Zone};

async fn county(folder: &Folder) -> Store {
    let store = Store::open(&Database::Sqlite(folder.0.clone())).await.unwrap();
    store.create(&Region { id: "county".into(), parent: None, level: RegionLevel::County, name: "石门县".into(), version: 1 }, 1).await.unwrap();
    for school in ["city", "rural"] {
        store.create(&School { region: Some("county".into()), ..School::new(school, school, SchoolKind::Main) }, 1).await.unwrap();
        store.create(&Classroom::new(format!("{school}-1"), school, "三年级"), 1).await.unwrap();
    }
    let person = Person { id: "li".into(), login: "li".into(), name: "李老师".into(), school: None, region: None, closed_ms: None, version: 1 };
    store.create(&person, 1).await.unwrap();
    let term = Term {
        id: "term".into(),
        region: None,
        name: "学期".into(),
        first_day: day_of(unix_ms() - 30 * 86_400_000),
        last_day: day_of(unix_ms() + 30 * 86_400_000),
        days: Vec::new(),
        version: 1,
    };
    store.create(&term, 1).await.unwrap();
    store
}

fn day_of(ms: u64) -> String {
    Zone::default().wall(ms).unwrap().0.to_string()
}

/// One that no entry made: its term is found by its day.
fn lesson(id: &str, start_ms: u64, end_ms: u64) -> PlannedLesson {
    PlannedLesson {
        id: id.into(),
        title: "三年级美术".into(),
        state: protocol::LessonState::Open,
        entry: None,
        day: None,
        period: None,
        kind: Some(LessonKind::Dedicated),
        subject: Some("美术".into()),
        teacher: Some("li".into()),
        assistants: Vec::new(),
        host_classroom: Some("city-1".into()),
        receivers: vec![Receiver { classroom: "rural-1".into(), interactive: true }],
        start_ms,
        end_ms,
        reason: None,
        changed_by_hand: true,
        switches: None,
        version: 1,
    }
}

async fn decided(store: &Store, id: &str) -> Vec<Delivery> {
    for _ in 0..600 {
        let deliveries = store.deliveries(id).await.unwrap();
        if !deliveries.is_empty() {
            return deliveries;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("not decided within 15 s");
}

#[tokio::test]
async fn a_lesson_to_which_nobody_came_is_decided_by_itself() {
    let folder = Folder::new();
    let store = county(&folder).await;
    let (long_ago, now) = (unix_ms() - 2 * 3_600_000, unix_ms());
    store.create_lessons(&[lesson("past", long_ago, long_ago + 2_400_000), lesson("now", now, now + 2_400_000)], 1).await.unwrap();
    let server = Running::start(&folder.0).await;
    let past = decided(&store, "past").await.remove(0);
    assert_eq!((past.cause, past.classroom.as_str(), past.school.as_str(), past.term.as_str()), (Some(Cause::Host), "rural-1", "rural", "term"));
    assert_eq!(store.deliveries("now").await.unwrap(), [], "it goes on");
    server.stop().await;
}

/// The figures of the media plane become minutes, the minutes a delivery, the deliveries a line of statistics; so do a hand, a call and an answer of a class
/// that sits on stage.
#[tokio::test]
async fn media_that_flows_for_the_whole_of_a_short_lesson_delivers_it() {
    let folder = Folder::new();
    let store = county(&folder).await;
    let server = Running::start(&folder.0).await;
    // Four whole seconds, of which the first has begun.
    let start = unix_ms();
    store.create_lessons(&[lesson("short", start, start + 4_000)], 1).await.unwrap();
    let token = |role, classroom: Option<&str>, sub: &str| {
        let claims = Claims {
            lesson: "short".into(),
            role,
            name: sub.into(),
            classroom: classroom.map(str::to_owned),
            sub: sub.into(),
            exp: now_s() + 60,
            holder: None,
        };
        server.tokens.issue(&claims).unwrap()
    };
    let (mut teacher, host) = Page::join(&server, token(Role::Host, None, "li"), None).await;
    let (mut panel, class) = Page::join(&server, token(Role::Classroom, Some("rural-1"), "class"), None).await;
    assert_eq!((&class.stage, &class.floor), (&vec![class.you.id.clone()], &None));
    panel.say(&ClientMessage::Hand { raised: true }).await;
    teacher.find(|message| matches!(message, ServerMessage::Hands { participants } if participants.len() == 1).then_some(())).await;
    teacher.say(&ClientMessage::CallOn { participant: class.you.id.clone() }).await;
    panel.find(|message| matches!(message, ServerMessage::Stage { floor: Some(_), .. }).then_some(())).await;
    let figures = |id: &ParticipantId, down_bps, speech_ms| ParticipantStats {
        participant: Some(id.clone()),
        up_bps: 8_000,
        down_bps,
        speech_ms,
        ..ParticipantStats::default()
    };
    while unix_ms() < start + 5_500 {
        let participants = vec![figures(&host.you.id, 0, 0), figures(&class.you.id, 80_000, 100)];
        server.event(MediaEvent::Stats { lesson: "short".into(), participants }).await;
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    server.stop().await;
    decide_lessons(&store, &Zone::default(), start + 3_600_000).await.unwrap();
    let delivery = decided(&store, "short").await.remove(0);
    assert!(delivery.is_delivered() && delivery.punctual, "{delivery:?}");
    assert_eq!((delivery.hands, delivery.calls, delivery.answers), (1, 1, 1));
    let rows = store.statistics("term", StatisticsBy::School, &Default::default()).await.unwrap();
    assert_eq!(rows.iter().map(|row| (row.name.as_str(), row.sums.planned, row.sums.delivered)).collect::<Vec<_>>(), [("rural", 1, 1)]);
}
