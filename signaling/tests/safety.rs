//! The bell, switches, removing and blocking over real connections, and what the store keeps of them.
#![allow(clippy::unwrap_used)]

mod support;

use protocol::{ClientMessage, ErrorCode, GoodbyeReason, Join, LessonState, Publish, Role, ServerMessage, Source, SwitchChange};
use signaling::media::MediaEvent;
use signaling::store::{AuditLine, AuditList, LessonKind, unix_ms};
use signaling::{NewLesson, Store};
use sqlx::Connection;
use std::time::Duration;
use support::{Folder, Page, Running, now_s};

const MINUTE: u64 = 60_000;

async fn planned(server: &Running, id: &str, state: LessonState, start_ms: u64, end_ms: u64) {
    let lesson = NewLesson { id: id.into(), title: id.into(), state, host_classroom: None, planned_start_ms: Some(start_ms), planned_end_ms: Some(end_ms) };
    server.store.create_lesson(&lesson).await.unwrap();
}

/// Waits until a lesson is written to be in a state.
async fn comes_to_be(store: &Store, id: &str, state: LessonState) {
    for _ in 0..600 {
        if store.lesson(id).await.unwrap().unwrap().state == state {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("{id} is {:?} after 15 s, not {state:?}", store.lesson(id).await.unwrap());
}

async fn acts(store: &Store, lesson: &str) -> Vec<AuditLine> {
    let mut lines = store.audit(&AuditList { thing_id: Some(lesson), limit: 100, ..AuditList::default() }).await.unwrap();
    lines.reverse();
    lines
}

async fn joins(server: &Running, lesson: &str, role: Role, name: &str) -> (Page, protocol::Welcome) {
    Page::join(server, server.token_for(lesson, role, name, now_s() + 600), None).await
}

#[tokio::test]
async fn lessons_open_and_end_by_themselves() {
    let folder = Folder::new();
    let server = Running::start(&folder.0).await;
    let now = unix_ms();
    planned(&server, "soon", LessonState::Scheduled, now + 5 * MINUTE, now + 45 * MINUTE).await;
    planned(&server, "later", LessonState::Scheduled, now + 60 * MINUTE, now + 100 * MINUTE).await;
    planned(&server, "forgotten", LessonState::Live, now - 60 * MINUTE, now - 20 * MINUTE).await;
    planned(&server, "overrun", LessonState::Live, now - 60 * MINUTE, now - 5 * MINUTE).await;
    comes_to_be(&server.store, "soon", LessonState::Open).await;
    comes_to_be(&server.store, "forgotten", LessonState::Ended).await;
    for (id, state) in [("later", LessonState::Scheduled), ("overrun", LessonState::Live), ("maths", LessonState::Open)] {
        assert_eq!(server.store.lesson(id).await.unwrap().unwrap().state, state, "{id}");
    }
    assert!(server.metric("tongke_lesson_acts_total{act=\"lesson.open\"} 1").await);
    let store = server.store.clone();
    server.stop().await;
    let lines = acts(&store, "forgotten").await;
    assert_eq!((lines.len(), lines[0].act.as_str(), lines[0].detail.as_str()), (1, "lesson.end", r#"{"by":"bell"}"#));
}

#[tokio::test]
async fn a_lesson_begins_when_the_teacher_sends_after_the_bell() {
    let folder = Folder::new();
    let server = Running::start(&folder.0).await;
    let now = unix_ms();
    planned(&server, "now", LessonState::Scheduled, now - 1_000, now + 40 * MINUTE).await;
    comes_to_be(&server.store, "now", LessonState::Open).await;
    let (mut class, class_is) = joins(&server, "now", Role::Classroom, "one").await;
    assert_eq!((class_is.lesson.planned_start_ms, class_is.lesson.planned_end_ms), (Some(now - 1_000), Some(now + 40 * MINUTE)));
    let (_host, host_is) = joins(&server, "now", Role::Host, "Ms Li").await;
    let participant = host_is.you.id;
    server.event(MediaEvent::Publishing { lesson: "now".into(), participant, source: Source::Camera, active: true }).await;
    class.find(|message| matches!(message, ServerMessage::Lesson { lesson } if lesson.state == LessonState::Live).then_some(())).await;
    server.stop().await;
}

#[tokio::test]
async fn switches_blocks_and_what_was_done_survive_a_restart() {
    let folder = Folder::new();
    let server = Running::start(&folder.0).await;
    let (mut host, host_is) = server.page(Role::Host, "Ms Li").await;
    let (mut one, one_is) = server.page(Role::Classroom, "one").await;
    let (mut two, two_is) = server.page(Role::Classroom, "two").await;
    let change = SwitchChange { voice: Some(false), text: Some(false), ..SwitchChange::default() };
    one.say(&ClientMessage::Switches(change)).await;
    assert_eq!(one.error().await, ErrorCode::Forbidden, "a class switches nothing");
    host.say(&ClientMessage::Switches(change)).await;
    let switched = |message: &ServerMessage| matches!(message, ServerMessage::Lesson { lesson } if !lesson.switches.voice).then_some(());
    two.find(switched).await;
    two.say(&ClientMessage::Chat { text: "hello".into() }).await;
    assert_eq!(two.error().await, ErrorCode::SwitchedOff);
    host.say(&ClientMessage::Remove { participant: one_is.you.id.clone() }).await;
    assert_eq!(one.goodbye().await, (GoodbyeReason::Removed, None));
    host.say(&ClientMessage::Block { participant: two_is.you.id.clone() }).await;
    assert_eq!(two.goodbye().await, (GoodbyeReason::Blocked, None));
    let host_token = server.token(Role::Host, "Ms Li");
    server.stop().await;

    let server = Running::start(&folder.0).await;
    let (_one, welcome) = server.page(Role::Classroom, "one").await;
    assert!(!welcome.lesson.switches.voice && !welcome.lesson.switches.text && welcome.lesson.switches.video);
    let mut two = Page::connect(server.address).await;
    let join = |token| ClientMessage::Join(Join { version: protocol::VERSION, token, resume: Some(two_is.resume.clone()), lesson: None });
    two.say(&join(server.token(Role::Classroom, "two"))).await;
    assert_eq!(two.error().await, ErrorCode::Blocked);
    assert_eq!(two.goodbye().await.0, GoodbyeReason::Refused);
    let reply = server
        .request(
            "POST /whip/maths",
            &[("Authorization", &format!("Bearer {}", server.token(Role::Classroom, "two"))), ("Content-Type", "application/sdp")],
            "v=0",
        )
        .await;
    assert_eq!((reply.status, reply.problem().kind.as_str()), (403, "urn:tongke:problem:blocked"));
    let (mut host, welcome) = Page::join(&server, host_token, Some(host_is.resume)).await;
    assert_eq!(welcome.blocks.iter().map(|block| &block.participant).collect::<Vec<_>>(), [&two_is.you.id]);
    host.say(&ClientMessage::Unblock { participant: two_is.you.id.clone() }).await;
    host.find(|message| matches!(message, ServerMessage::Blocks { blocks } if blocks.is_empty()).then_some(())).await;
    server.page(Role::Classroom, "two").await;
    let store = server.store.clone();
    server.stop().await;
    let lines = acts(&store, "maths").await;
    let done: Vec<_> = lines.iter().map(|line| line.act.as_str()).collect();
    assert_eq!(done, ["lesson.switch", "lesson.remove", "lesson.block", "lesson.unblock"]);
    assert!(lines.iter().all(|line| line.person.is_none() && line.detail.contains("Ms Li")), "nobody of the register: the name is in the detail");
    assert!(lines.iter().all(|line| line.address == "127.0.0.1"), "{lines:?}");
}

#[tokio::test]
async fn a_lesson_of_the_timetable_says_its_kind_and_who_sends() {
    let folder = Folder::new();
    let server = Running::start(&folder.0).await;
    // The register and the timetable have tests of their own: here the row alone counts.
    let mut database = sqlx::SqliteConnection::connect(&format!("sqlite://{}", folder.0.join("tongke.db").display())).await.unwrap();
    sqlx::query("UPDATE lessons SET kind = 'famous_school' WHERE id = 'maths'").execute(&mut database).await.unwrap();
    let (mut class, welcome) = server.page(Role::Classroom, "one").await;
    assert_eq!((welcome.lesson.kind.map(protocol::LessonKind::name), welcome.you.publish), (Some(LessonKind::FamousSchool.code()), Publish::Never));
    class.offer().await;
    assert!(server.notes.offers.lock().unwrap()[0].may_send.is_empty());
    server.stop().await;
}

#[tokio::test]
async fn a_lesson_that_is_cancelled_sends_home_who_waits() {
    let folder = Folder::new();
    let server = Running::start(&folder.0).await;
    let now = unix_ms();
    planned(&server, "snow", LessonState::Scheduled, now + 5 * MINUTE, now + 45 * MINUTE).await;
    comes_to_be(&server.store, "snow", LessonState::Open).await;
    let (mut class, _) = joins(&server, "snow", Role::Classroom, "one").await;
    let version = server.store.planned_lesson("snow").await.unwrap().unwrap().version;
    server.store.cancel_lesson("snow", version, "大雪停课", true).await.unwrap();
    class.find(|message| matches!(message, ServerMessage::Lesson { lesson } if lesson.state == LessonState::Cancelled).then_some(())).await;
    assert_eq!(class.goodbye().await, (GoodbyeReason::LessonEnded, None));
    server.stop().await;
}
