//! Operators of a place, and administrators of the host's school, watch its running lessons and order in them; nobody else does.
#![allow(clippy::unwrap_used)]

mod support;

use protocol::{ErrorCode, GoodbyeReason, LessonAction, LessonList, LessonState, LessonView, Role, ServerMessage, SwitchChange};
use signaling::store::{AuditList, PersonRole};
use signaling::{NewLesson, Store};
use support::county::{self, Side};
use support::{Folder, Page, Reply, Running, now_s};

/// A running lesson in each county's room, beside `maths`, which is in none.
async fn running(store: &Store) {
    county::counties(store).await;
    for side in [Side::Near, Side::Far] {
        let lesson = NewLesson { host_classroom: Some(side.id("room")), state: LessonState::Live, ..NewLesson::open_now(side.id("now"), "三年级音乐") };
        store.create_lesson(&lesson).await.unwrap();
    }
}

async fn ask(server: &Running, person: &str, head: &str, body: &str) -> Reply {
    let (name, value) = county::session(&server.store, person, true).await;
    server.request(head, &[(name, &value), ("Content-Type", "application/json"), ("X-Forwarded-For", "203.0.113.7")], body).await
}

#[tokio::test]
async fn an_operator_pauses_forbids_and_shuts_down_and_all_are_told() {
    let folder = Folder::new();
    let server = Running::start(&folder.0).await;
    running(&server.store).await;
    let (operator, _) = county::somebody(&server.store, PersonRole::CountyOperator).await;
    let join = async |role, name: &str| Page::join(&server, server.token_for("near-now", role, name, now_s() + 600), None).await.0;
    let (mut host, mut class) = (join(Role::Host, "Ms Li").await, join(Role::Classroom, "one").await);
    let paused = ask(&server, &operator, "POST /api/v1/live/near-now/action", r#"{"action":"pause"}"#).await;
    let view: LessonView = serde_json::from_str(&paused.body).unwrap();
    assert_eq!((paused.status, view.state), (200, LessonState::Paused));
    for page in [&mut host, &mut class] {
        page.find(|message| matches!(message, ServerMessage::Lesson { lesson } if lesson.state == LessonState::Paused).then_some(())).await;
        let ordered = |message: &ServerMessage| match message {
            ServerMessage::Ordered { by, action, .. } => Some((by.clone(), *action)),
            _ => None,
        };
        assert_eq!(page.find(ordered).await, ("王老师".to_owned(), Some(LessonAction::Pause)));
    }
    let again = ask(&server, &operator, "POST /api/v1/live/near-now/action", r#"{"action":"pause"}"#).await;
    assert_eq!((again.status, again.problem().kind.as_str()), (409, "urn:tongke:problem:wrong_state"));
    let switched = ask(&server, &operator, "POST /api/v1/live/near-now/switches", r#"{"interaction":false,"sending":"called"}"#).await;
    let view: LessonView = serde_json::from_str(&switched.body).unwrap();
    assert!(switched.status == 200 && !view.switches.interaction && view.switches.text, "{switched:?}");
    let change = SwitchChange { interaction: Some(false), sending: Some(protocol::Sending::Called), ..SwitchChange::default() };
    host.find(|message| matches!(message, ServerMessage::Ordered { switches, .. } if *switches == Some(change)).then_some(())).await;
    class.say(&protocol::ClientMessage::Hand { raised: true }).await;
    assert_eq!(class.error().await, ErrorCode::SwitchedOff);
    assert_eq!(ask(&server, &operator, "POST /api/v1/live/near-now/switches", r#"{"sending":"loud"}"#).await.status, 422);
    assert_eq!(ask(&server, &operator, "POST /api/v1/live/near-now/action", r#"{"action":"start"}"#).await.status, 422, "not theirs to begin");
    assert_eq!(ask(&server, &operator, "POST /api/v1/live/near-now/action", r#"{"action":"shut_down"}"#).await.status, 200);
    assert_eq!(host.goodbye().await, (GoodbyeReason::LessonEnded, None));
    assert_eq!(class.goodbye().await, (GoodbyeReason::LessonEnded, None));
    let store = server.store.clone();
    server.stop().await;
    assert_eq!(store.lesson("near-now").await.unwrap().unwrap().state, LessonState::Ended);
    let lines = store.audit(&AuditList { thing_id: Some("near-now"), limit: 10, ..AuditList::default() }).await.unwrap();
    let acts: Vec<&str> = lines.iter().rev().map(|line| line.act.as_str()).collect();
    assert_eq!(acts, ["lesson.pause", "lesson.switch", "lesson.shut_down"]);
    assert!(lines.iter().all(|line| line.person.as_deref() == Some(&operator) && line.address == "203.0.113.7"), "{lines:?}");
}

#[tokio::test]
async fn a_lesson_that_nobody_is_in_is_ordered_too() {
    let folder = Folder::new();
    let server = Running::start(&folder.0).await;
    running(&server.store).await;
    let (admin, _) = county::somebody(&server.store, PersonRole::SchoolAdmin).await;
    assert_eq!(ask(&server, &admin, "POST /api/v1/live/near-now/switches", r#"{"voice":false}"#).await.status, 200);
    assert_eq!(ask(&server, &admin, "POST /api/v1/live/near-now/action", r#"{"action":"pause"}"#).await.status, 200);
    let (_host, welcome) = Page::join(&server, server.token_for("near-now", Role::Host, "Ms Li", now_s() + 600), None).await;
    assert!(welcome.lesson.state == LessonState::Paused && !welcome.lesson.switches.voice);
}

#[tokio::test]
async fn one_watches_and_orders_in_the_lessons_of_ones_places() {
    let folder = Folder::new();
    let server = Running::start(&folder.0).await;
    running(&server.store).await;
    let (operator, _) = county::somebody(&server.store, PersonRole::CountyOperator).await;
    let (admin, _) = county::somebody(&server.store, PersonRole::SchoolAdmin).await;
    let (alliance, _) = county::somebody(&server.store, PersonRole::AllianceAdmin).await;
    let (everything, _) = county::operator(&server.store).await;
    let watched = async |person: &str| {
        let reply = ask(&server, person, "GET /api/v1/live", "").await;
        let list: LessonList = serde_json::from_str(&reply.body).unwrap();
        let mut ids: Vec<String> = list.lessons.into_iter().map(|overview| overview.lesson.id).collect();
        ids.sort_unstable();
        ids
    };
    assert_eq!((watched(&operator).await, watched(&admin).await), (vec!["near-now".to_owned()], vec!["near-now".to_owned()]));
    assert_eq!(watched(&everything).await, ["far-now", "maths", "near-now"]);
    // Whether somebody is in it or not, and also for a board: whose lesson it is.
    let schools = async |reply: Reply| {
        let list: LessonList = serde_json::from_str(&reply.body).unwrap();
        let mut schools: Vec<Option<String>> = list.lessons.into_iter().map(|overview| overview.host_school).collect();
        schools.sort_unstable();
        schools
    };
    let all = [None, Some("far小学".to_owned()), Some("near小学".to_owned())];
    let _class = Page::join(&server, server.token_for("near-now", Role::Classroom, "one", now_s() + 600), None).await;
    assert_eq!(schools(ask(&server, &everything, "GET /api/v1/live", "").await).await, all);
    let board = format!("Bearer {}", server.token_for("*", Role::Operator, "board", now_s() + 600));
    assert_eq!(schools(server.request("GET /api/v1/live", &[("Authorization", &board)], "").await).await, all);
    const PAUSE: &str = r#"{"action":"pause"}"#;
    for (person, lesson, status) in [
        (&operator, "far-now", 404),
        (&operator, "maths", 404),
        (&operator, "none", 404),
        (&admin, "far-now", 404),
        (&alliance, "near-now", 403),
        (&"near-person".to_owned(), "near-now", 403),
        (&everything, "far-now", 200),
    ] {
        assert_eq!(ask(&server, person, &format!("POST /api/v1/live/{lesson}/action"), PAUSE).await.status, status, "{person} {lesson}");
    }
    assert_eq!(ask(&server, &operator, "GET /api/v1/live/far-now", "").await.status, 404);
    // A token watches, and orders nothing.
    let token = format!("Bearer {}", server.token_for("near-now", Role::Operator, "board", now_s() + 600));
    let auth = [("Authorization", token.as_str()), ("Content-Type", "application/json")];
    assert_eq!(server.request("GET /api/v1/live/near-now", &auth, "").await.status, 200);
    assert_eq!(server.request("POST /api/v1/live/near-now/action", &auth, PAUSE).await.status, 401);
    let mut board = Page::join(&server, server.token_for("near-now", Role::Operator, "board", now_s() + 600), None).await.0;
    board.say(&protocol::ClientMessage::Lesson { action: LessonAction::Pause }).await;
    assert_eq!(board.error().await, ErrorCode::Forbidden);
}
