//! Tokens of the timetable are good for whom the lesson is, and only for as long.
#![allow(clippy::unwrap_used)]

mod support;

use protocol::{ClientMessage, ErrorCode, GoodbyeReason, Join, LessonAction, LessonState, Role, ServerMessage};
use serde_json::{Value, json};
use support::portal::Portal;
use support::{Folder, Page, Running, now_s};

/// A lesson of two schools that begins in a minute, its two teachers, and a panel: the device's id and its portal.
struct World<'a> {
    operator: Portal<'a>,
    one: Portal<'a>,
    other: Portal<'a>,
    panel: Portal<'a>,
    device: String,
    lesson: String,
}

async fn lenient(folder: &Folder) -> Running {
    Running::start_with(&folder.0, |config| config.second_factor = false).await
}

fn draft(start_ms: u64) -> Value {
    json!({ "title": "画画", "start_ms": start_ms, "end_ms": start_ms + 2_400_000, "host_classroom": "s1-r", "teacher": "one",
        "receivers": [{ "classroom": "s2-q", "interactive": true }] })
}

async fn world(server: &Running) -> World<'_> {
    let operator = Portal::operator(server).await;
    operator.county().await;
    let one = operator.person("one", Some("s1"), "teacher", "school", Some("s1")).await;
    let other = operator.person("other", Some("s1"), "teacher", "school", Some("s1")).await;
    let code = Portal::new(server).make("/device-codes", Value::Null).await;
    let device = operator.make("/devices", json!({ "code": code["code"], "classroom": "s2-q", "name": "大屏" })).await;
    let panel = Portal::device(server, code["poll_token"].as_str().unwrap());
    let lesson = operator.make("/lessons", draft(now_s() * 1_000 + 60_000)).await["id"].as_str().unwrap().to_owned();
    World { operator, one, other, panel, device: device["id"].as_str().unwrap().to_owned(), lesson }
}

impl World<'_> {
    async fn token(&self, portal: &Portal<'_>) -> String {
        portal.make(&format!("/lessons/{}/join", self.lesson), Value::Null).await["token"].as_str().unwrap().to_owned()
    }

    async fn give_to(&self, teacher: &str) {
        let path = format!("/lessons/{}", self.lesson);
        let version = serde_json::from_str::<Value>(&self.operator.get(&path).await.body).unwrap()["version"].as_u64();
        let given = self.operator.send(&format!("PUT {path}"), json!({ "teacher": teacher }), version).await;
        assert_eq!(given.status, 200, "{given:?}");
    }
}

async fn refused(server: &Running, token: &str) -> ErrorCode {
    let mut page = Page::connect(server.address).await;
    page.say(&ClientMessage::Join(Join { version: protocol::VERSION, token: token.to_owned(), resume: None, lesson: None })).await;
    page.error().await
}

async fn put_out(page: &mut Page) {
    assert_eq!(page.error().await, ErrorCode::TokenInvalid);
    assert_eq!(page.goodbye().await, (GoodbyeReason::Refused, Some(1_000)));
}

#[tokio::test]
async fn who_gives_the_lesson_away_hosts_it_no_more() {
    let folder = Folder::new();
    let server = lenient(&folder).await;
    let world = world(&server).await;
    let old = world.token(&world.one).await;
    let (mut console, welcome) = Page::join(&server, old.clone(), None).await;
    assert_eq!(welcome.you.role, Role::Host);
    world.give_to("other").await;
    put_out(&mut console).await;
    assert_eq!(refused(&server, &old).await, ErrorCode::TokenInvalid);
    let bearer = format!("Bearer {old}");
    let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/sdp")];
    assert_eq!(server.request(&format!("POST /whip/{}", world.lesson), &headers, "v=0").await.status, 401);
    let (mut console, welcome) = Page::join(&server, world.token(&world.other).await, None).await;
    assert_eq!(welcome.you.role, Role::Host);
    console.say(&ClientMessage::Ping).await;
    console.find(|message| matches!(message, ServerMessage::Pong { .. }).then_some(())).await;
}

/// What the answer says holds when it is there: nobody begins the lesson a moment later.
#[tokio::test]
async fn an_open_lesson_that_is_cancelled_or_moved_cannot_be_begun() {
    let folder = Folder::new();
    let server = lenient(&folder).await;
    let world = world(&server).await;
    let path = format!("/lessons/{}", world.lesson);
    let shown = async || serde_json::from_str::<Value>(&world.operator.get(&path).await.body).unwrap();
    let in_a_day = draft(now_s() * 1_000 + 86_400_000);
    let changes = [(format!("POST {path}/cancel"), json!({ "reason": "停电" }), "cancelled"), (format!("PUT {path}"), in_a_day, "scheduled")];
    for (head, body, state) in changes {
        let (mut console, welcome) = Page::join(&server, world.token(&world.one).await, None).await;
        assert_eq!((welcome.you.role, welcome.lesson.state), (Role::Host, LessonState::Open));
        let reply = world.operator.send(&head, body, shown().await["version"].as_u64()).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        console.say(&ClientMessage::Lesson { action: LessonAction::Start }).await;
        let reason = if state == "cancelled" { GoodbyeReason::LessonEnded } else { GoodbyeReason::Refused };
        assert_eq!(console.goodbye().await.0, reason);
        let began = |message: &ServerMessage| matches!(message, ServerMessage::Lesson { lesson } if lesson.state == LessonState::Live);
        assert!(!console.seen.iter().any(began), "{:?}", console.seen);
        while shown().await["state"] != state {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        let live: Value = serde_json::from_str(&world.operator.get("/live").await.body).unwrap();
        assert_eq!(live["lessons"].as_array().unwrap().iter().filter(|live| live["lesson"]["id"] == world.lesson.as_str()).count(), 0, "{live}");
        if state == "cancelled" {
            let back = world.operator.send(&format!("POST {path}/reinstate"), Value::Null, shown().await["version"].as_u64()).await;
            assert_eq!(back.status, 200, "{back:?}");
            while shown().await["state"] != "open" {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        }
    }
}

#[tokio::test]
async fn who_is_closed_or_loses_the_role_is_put_out() {
    let folder = Folder::new();
    let server = lenient(&folder).await;
    let world = world(&server).await;
    for login in ["closed", "demoted"] {
        let observer = world.operator.person(login, Some("s2"), "observer", "school", Some("s2")).await;
        let (mut page, welcome) = Page::join(&server, world.token(&observer).await, None).await;
        assert_eq!(welcome.you.role, Role::Observer);
        let head = if login == "closed" {
            format!("DELETE /people/{login}")
        } else {
            let grants: Value = serde_json::from_str(&world.operator.get(&format!("/people/{login}/grants")).await.body).unwrap();
            format!("DELETE /people/{login}/grants/{}", grants["items"][0]["id"].as_str().unwrap())
        };
        let version = serde_json::from_str::<Value>(&world.operator.get(&format!("/people/{login}")).await.body).unwrap()["version"].as_u64();
        assert_eq!(world.operator.send(&head, Value::Null, version).await.status, 204);
        put_out(&mut page).await;
    }
}

#[tokio::test]
async fn a_panel_that_is_revoked_is_put_out_and_stays_out() {
    let folder = Folder::new();
    let server = lenient(&folder).await;
    let world = world(&server).await;
    let token = world.token(&world.panel).await;
    let (mut page, welcome) = Page::join(&server, token.clone(), None).await;
    assert_eq!(welcome.you.role, Role::Classroom);
    // What was issued by hand is not asked after.
    let (mut by_hand, _) = Page::join(&server, server.token_for(&world.lesson, Role::Observer, "x", now_s() + 60), None).await;
    assert_eq!(world.operator.send(&format!("DELETE /devices/{}", world.device), Value::Null, None).await.status, 204);
    put_out(&mut page).await;
    assert_eq!(refused(&server, &token).await, ErrorCode::TokenInvalid);
    by_hand.say(&ClientMessage::Ping).await;
    by_hand.find(|message| matches!(message, ServerMessage::Pong { .. }).then_some(())).await;
}

#[tokio::test]
async fn a_token_is_given_from_half_an_hour_before_on() {
    let folder = Folder::new();
    let server = lenient(&folder).await;
    let world = world(&server).await;
    for (minutes, status) in [(32, 409), (90, 409), (150, 409)] {
        let lesson = world.operator.make("/lessons", draft(now_s() * 1_000 + minutes * 60_000 + 2_400_000)).await;
        let path = format!("POST /lessons/{}/join", lesson["id"].as_str().unwrap());
        for portal in [&world.one, &world.panel, &world.operator] {
            let reply = portal.send(&path, Value::Null, None).await;
            assert_eq!((reply.status, reply.problem().kind.as_str()), (status, "urn:tongke:problem:too_early"));
        }
        assert_eq!(world.other.send(&path, Value::Null, None).await.status, 403, "whoever may never is told so at once");
    }
}
