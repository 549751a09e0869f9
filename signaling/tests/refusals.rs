//! Bad input, and what it gets.
#![allow(clippy::unwrap_used)]

mod support;

use futures_util::SinkExt;
use protocol::{ClientMessage, ErrorCode, GoodbyeReason, Join, Offer, Role, ServerMessage};
use signaling::media::MediaEvent;
use sqlx::Connection;
use support::{Folder, Page, Running, now_s};
use tokio::io::AsyncWriteExt;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

fn join(token: String) -> ClientMessage {
    ClientMessage::Join(Join { version: protocol::VERSION, token, resume: None, lesson: None })
}

#[tokio::test]
async fn tokens_that_are_not_good_here() {
    let folder = Folder::new();
    let (server, elsewhere) = (Running::start(&folder.0).await, Folder::new());
    let other = signaling::Tokens::open(&elsewhere.0).unwrap();
    let claims =
        signaling::Claims { lesson: "maths".into(), role: Role::Host, name: "x".into(), classroom: None, sub: "x".into(), exp: now_s() + 60, holder: None };
    let rows = [
        (server.token_for("maths", Role::Classroom, "late", now_s() - 1), None, ErrorCode::TokenExpired),
        (other.issue(&claims).unwrap(), None, ErrorCode::TokenInvalid),
        ("not a token".into(), None, ErrorCode::TokenInvalid),
        (server.token_for("physics", Role::Classroom, "c", now_s() + 60), None, ErrorCode::LessonUnknown),
        (server.token(Role::Classroom, "c"), Some("physics"), ErrorCode::TokenInvalid),
        (server.token_for("*", Role::Operator, "op", now_s() + 60), None, ErrorCode::TokenInvalid),
    ];
    for (token, lesson, code) in rows {
        let mut page = Page::connect(server.address).await;
        let lesson = lesson.map(str::to_owned);
        page.say(&ClientMessage::Join(Join { version: protocol::VERSION, token, resume: None, lesson })).await;
        assert_eq!(page.error().await, code);
        assert_eq!(page.goodbye().await.0, GoodbyeReason::Refused);
    }
    let mut page = Page::connect(server.address).await;
    let token = server.token_for("*", Role::Operator, "op", now_s() + 60);
    page.say(&ClientMessage::Join(Join { version: protocol::VERSION, token, resume: None, lesson: Some("maths".into()) })).await;
    page.find(|message| matches!(message, ServerMessage::Welcome(_)).then_some(())).await;
    let mut page = Page::connect(server.address).await;
    page.say(&ClientMessage::Join(Join { version: 99, token: server.token(Role::Host, "h"), resume: None, lesson: None })).await;
    assert_eq!(page.error().await, ErrorCode::Version);
}

#[tokio::test]
async fn messages_that_make_no_sense_are_named_and_the_connection_stays() {
    let folder = Folder::new();
    let server = Running::start(&folder.0).await;
    let mut page = Page::connect(server.address).await;
    page.text("hello").await;
    assert_eq!(page.error().await, ErrorCode::Malformed);
    page.say(&ClientMessage::Ping).await;
    assert_eq!(page.error().await, ErrorCode::JoinFirst);
    page.say(&join(server.token(Role::Classroom, "c"))).await;
    page.find(|message| matches!(message, ServerMessage::Welcome(_)).then_some(())).await;
    for (text, code) in [
        ("{", ErrorCode::Malformed),
        (r#"{"type":"call_on"}"#, ErrorCode::Malformed),
        (r#"{"type":"teleport"}"#, ErrorCode::UnknownType),
        (r#"{"type":"mute_all"}"#, ErrorCode::Forbidden),
        (r#"{"type":"watch_stats","on":true}"#, ErrorCode::Forbidden),
        (r#"{"type":"chat","text":""}"#, ErrorCode::TextInvalid),
        (r#"{"type":"dismiss","participant":"p99"}"#, ErrorCode::Forbidden),
    ] {
        page.text(text).await;
        assert_eq!(page.error().await, code, "{text}");
    }
    page.socket.send(Message::binary(vec![1, 2, 3])).await.unwrap();
    assert_eq!(page.error().await, ErrorCode::Malformed);
    page.say(&ClientMessage::Offer(Offer { id: 5, sdp: "rubbish".into(), sources: vec![] })).await;
    let notice = page.find(|message| match message {
        ServerMessage::Error(notice) => Some(notice.clone()),
        _ => None,
    });
    let notice = notice.await;
    assert_eq!((notice.code, notice.id), (ErrorCode::OfferInvalid, Some(5)));
    assert!(notice.message.contains("v=0"));
    page.say(&join(server.token(Role::Classroom, "c"))).await;
    assert_eq!(page.error().await, ErrorCode::WrongState);
}

#[tokio::test]
async fn too_long_and_too_many() {
    let folder = Folder::new();
    let server = Running::start(&folder.0).await;
    let (mut page, _) = server.page(Role::Classroom, "long").await;
    // A text frame's head alone, masked, that announces 1,000,000 bytes: refused by its length, which stands in front. The bytes are not sent, for
    // a server that closes with some of them unread resets the connection, and the reset may overtake what it said.
    let mut head = vec![0x81, 0x80 | 127];
    head.extend(1_000_000_u64.to_be_bytes());
    head.extend([0; 4]);
    page.socket.get_mut().write_all(&head).await.unwrap();
    assert_eq!(page.error().await, ErrorCode::Malformed);
    assert_eq!(page.goodbye().await.0, GoodbyeReason::Refused);
    let (mut page, _) = server.page(Role::Classroom, "many").await;
    for _ in 0..150 {
        let _ = page.socket.feed(Message::text(r#"{"type":"ping"}"#)).await;
    }
    let _ = page.socket.flush().await;
    assert_eq!(page.error().await, ErrorCode::RateLimited);
    assert_eq!(page.goodbye().await, (GoodbyeReason::Refused, Some(1_000)));
    assert!(server.metric("tongke_rate_limited_total 1").await);
}

#[tokio::test]
async fn a_second_host_is_told_why() {
    let folder = Folder::new();
    let server = Running::start(&folder.0).await;
    let (_host, _) = server.page(Role::Host, "Ms Li").await;
    let mut second = Page::connect(server.address).await;
    second.say(&join(server.token(Role::Host, "Mr Wang"))).await;
    let notice = second.find(|message| match message {
        ServerMessage::Error(notice) => Some(notice.clone()),
        _ => None,
    });
    let notice = notice.await;
    assert_eq!(notice.code, ErrorCode::HostPresent);
    assert!(notice.message.contains("Ms Li"), "{}", notice.message);
    assert_eq!(second.goodbye().await, (GoodbyeReason::Refused, None));
}

#[tokio::test]
async fn a_page_that_never_reads_is_sent_away_and_the_lesson_goes_on() {
    let folder = Folder::new();
    let server = Running::start(&folder.0).await;
    let (mut host, _) = server.page(Role::Host, "Ms Li").await;
    let (deaf, deaf_is) = server.page(Role::Classroom, "deaf").await;
    // More than the kernel's buffers and the queue hold.
    for _ in 0..600 {
        let event = MediaEvent::Lost { lesson: "maths".into(), participant: deaf_is.you.id.clone(), reason: "x".repeat(65_536) };
        server.event(event).await;
    }
    host.find(|message| matches!(message, ServerMessage::Participant { participant } if participant.id == deaf_is.you.id && !participant.online).then_some(()))
        .await;
    assert!(server.metric("tongke_websocket_closed_total{reason=\"too_slow\"} 1").await);
    host.say(&ClientMessage::Ping).await;
    host.find(|message| matches!(message, ServerMessage::Pong { .. }).then_some(())).await;
    drop(deaf);
    server.stop().await;
}

#[tokio::test]
async fn a_locked_store_is_told_and_the_lesson_goes_on() {
    let folder = Folder::new();
    let server = Running::start(&folder.0).await;
    let (mut host, _) = server.page(Role::Host, "Ms Li").await;
    let (mut class, class_is) = server.page(Role::Classroom, "one").await;
    let mut other = sqlx::SqliteConnection::connect(&format!("sqlite://{}", server.store.place())).await.unwrap();
    sqlx::query("BEGIN EXCLUSIVE").execute(&mut other).await.unwrap();
    host.say(&ClientMessage::CallOn { participant: class_is.you.id.clone() }).await;
    class.find(|message| matches!(message, ServerMessage::Stage { participants, .. } if participants.len() == 1).then_some(())).await;
    assert_eq!(host.error().await, ErrorCode::StoreUnavailable);
    assert_eq!(server.request("GET /readyz", &[], "").await.status, 503);
    assert_eq!(server.request("GET /healthz", &[], "").await.status, 200);
    let (_late, late_is) = server.page(Role::Classroom, "late").await;
    assert_eq!(late_is.stage, std::slice::from_ref(&class_is.you.id), "joining goes on too");
    sqlx::query("COMMIT").execute(&mut other).await.unwrap();
    while server.request("GET /readyz", &[], "").await.status != 200 {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    server.stop().await;
    let record = signaling::Store::open(&signaling::Database::Sqlite(folder.0.clone())).await.unwrap().load("maths").await.unwrap().unwrap();
    assert!(record.participants.iter().any(|row| row.id == class_is.you.id && row.stage.is_some()), "written when it could be");
    assert_eq!(record.participants.len(), 3);
}

#[tokio::test]
async fn pages_of_other_origins_may_not_connect() {
    let folder = Folder::new();
    let server = Running::start(&folder.0).await;
    let attempt = |origin: String| {
        let mut request = format!("ws://{}/ws", server.address).into_client_request().unwrap();
        request.headers_mut().insert("Origin", origin.parse().unwrap());
        tokio_tungstenite::connect_async(request)
    };
    assert!(attempt(format!("http://{}", server.address)).await.is_ok());
    assert!(attempt("https://evil.example".into()).await.is_err());
}
