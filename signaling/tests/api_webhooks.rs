//! Events of lessons arrive at another service: signed, once each, also after the server was killed.
#![allow(clippy::unwrap_used)]

mod support;

use aws_lc_rs::hmac;
use protocol::{ClientMessage, LessonAction, Role};
use serde_json::{Value, json};
use signaling::store::{Attempt, DeliveryState, PersonRole};
use signaling::{Claims, NewLesson, WebhookTargets};
use std::collections::HashMap;
use std::path::Path;
use support::county;
use support::{Folder, Page, Reply, Running, now_s};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// What came: the headers in small letters, and the body.
struct Told {
    headers: HashMap<String, String>,
    body: String,
}

impl Told {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// As a receiver checks it.
    fn is_signed_with(&self, secret: &str) -> bool {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let hex = self.headers["tongke-signature"].strip_prefix("v1=").unwrap();
        let tag: Vec<u8> = (0..hex.len() / 2).map(|index| u8::from_str_radix(&hex[2 * index..2 * index + 2], 16).unwrap()).collect();
        hmac::verify(&key, format!("{}.{}", self.headers["tongke-timestamp"], self.body).as_bytes(), &tag).is_ok()
    }
}

/// Another service: answers with this status, and passes on what came.
async fn portal(status: u16) -> (String, mpsc::UnboundedReceiver<Told>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let (sender, told) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut bytes = Vec::new();
            while !bytes.ends_with(b"}") && stream.read_buf(&mut bytes).await.unwrap_or_default() > 0 {}
            let answer = format!("HTTP/1.1 {status} Said\r\nContent-Length: 0\r\n\r\n");
            let _ = stream.write_all(answer.as_bytes()).await;
            let text = String::from_utf8(bytes).unwrap();
            let (head, body) = text.split_once("\r\n\r\n").unwrap();
            let headers = head.lines().filter_map(|line| line.split_once(": ")).map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
            let _ = sender.send(Told { headers, body: body.to_owned() });
        }
    });
    (url, told)
}

async fn start(data: &Path, targets: WebhookTargets) -> Running {
    Running::start_with(data, |config| config.webhook_targets = targets).await
}

/// The county's operator, on a server.
struct Operator<'a> {
    server: &'a Running,
    session: (&'static str, String),
}

impl<'a> Operator<'a> {
    async fn of(server: &'a Running, person: &str) -> Self {
        Self { server, session: county::session(&server.store, person, true).await }
    }

    async fn send(&self, head: &str, body: Value, tag: &str) -> Reply {
        let headers = [(self.session.0, self.session.1.as_str()), ("Accept-Language", "zh-CN"), ("Content-Type", "application/json"), ("If-Match", tag)];
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.server.request(head, &headers, &body).await
    }

    /// Makes one: its id and secret.
    async fn webhook(&self, url: &str, region: Option<&str>, events: &[&str]) -> (String, String) {
        let body = json!({ "url": url, "region": region, "events": events, "active": true });
        let reply = self.send("POST /api/v1/webhooks", body, "").await;
        assert_eq!(reply.status, 201, "{reply:?}");
        let made: Value = serde_json::from_str(&reply.body).unwrap();
        (made["webhook"]["id"].as_str().unwrap().to_owned(), made["secret"].as_str().unwrap().to_owned())
    }

    async fn log(&self, webhook: &str) -> Vec<Value> {
        let reply = self.send(&format!("GET /api/v1/webhooks/{webhook}/deliveries"), Value::Null, "").await;
        assert_eq!(reply.status, 200, "{reply:?}");
        serde_json::from_str::<Value>(&reply.body).unwrap()["items"].as_array().unwrap().clone()
    }

    /// The log once it says so of its latest line: an attempt is noted a moment after it was answered.
    async fn logged(&self, webhook: &str, fits: impl Fn(&Value) -> bool) -> Vec<Value> {
        for _ in 0..400 {
            let log = self.log(webhook).await;
            if log.first().is_some_and(&fits) {
                return log;
            }
            tokio::time::sleep(std::time::Duration::from_millis(25)).await;
        }
        panic!("{:?}", self.log(webhook).await)
    }
}

/// A lesson of the near county's recording room, open now.
async fn lesson(server: &Running) {
    server.store.create_lesson(&NewLesson { host_classroom: Some("near-room".into()), ..NewLesson::open_now("near-now", "三年级美术") }).await.unwrap();
}

async fn join(server: &Running, role: Role, classroom: Option<&str>) -> Page {
    let (lesson, name, sub) = ("near-now".to_owned(), "n".to_owned(), format!("{role:?}"));
    let claims = Claims { lesson, role, name, classroom: classroom.map(str::to_owned), sub, exp: now_s() + 600, holder: None };
    Page::join(server, server.tokens.issue(&claims).unwrap(), None).await.0
}

async fn next(told: &mut mpsc::UnboundedReceiver<Told>) -> Told {
    tokio::time::timeout(std::time::Duration::from_secs(10), told.recv()).await.expect("something is told within 10 s").unwrap()
}

#[tokio::test]
async fn a_portal_is_told_what_happens_in_its_lessons() {
    let folder = Folder::new();
    let server = start(&folder.0, WebhookTargets::Any).await;
    county::counties(&server.store).await;
    lesson(&server).await;
    let (person, _) = county::operator(&server.store).await;
    let operator = Operator::of(&server, &person).await;
    let (url, mut told) = portal(204).await;
    let (elsewhere, mut nothing) = portal(204).await;
    let events = ["lesson.opened", "lesson.live", "lesson.ended", "classroom.joined", "classroom.lost"];
    let (webhook, secret) = operator.webhook(&url, Some("near-region"), &events).await;
    operator.webhook(&elsewhere, Some("far-region"), &events).await;
    operator.webhook(&elsewhere, None, &["lesson.opened"]).await;

    let mut host = join(&server, Role::Host, None).await;
    let class = join(&server, Role::Classroom, Some("near-receiver")).await;
    let joined = next(&mut told).await;
    assert!(joined.is_signed_with(&secret) && !joined.is_signed_with("another"));
    assert_eq!((joined.headers["tongke-event"].as_str(), joined.headers["content-type"].as_str()), ("classroom.joined", "application/json"));
    let body = joined.json();
    assert_eq!((&body["lesson"]["id"], &body["lesson"]["title"]), (&json!("near-now"), &json!("三年级美术")));
    assert_eq!((&body["lesson"]["host"]["school_name"], &body["classroom"]["classroom"]), (&json!("near小学"), &json!("near-receiver")));
    host.say(&ClientMessage::Lesson { action: LessonAction::Start }).await;
    assert_eq!(next(&mut told).await.json()["event"], "lesson.live");
    drop(class);
    let lost = next(&mut told).await.json();
    assert_eq!((&lost["event"], &lost["classroom"]["name"]), (&json!("classroom.lost"), &json!("三年级")));
    host.say(&ClientMessage::Lesson { action: LessonAction::End }).await;
    let ended = next(&mut told).await;
    assert_eq!(ended.json()["event"], "lesson.ended");

    let log = operator.logged(&webhook, |latest| latest["state"] == "delivered").await;
    assert_eq!(
        log.iter().map(|line| line["event"].as_str().unwrap()).collect::<Vec<_>>(),
        ["lesson.ended", "classroom.lost", "lesson.live", "classroom.joined"]
    );
    assert_eq!(
        (&log[0]["id"], &log[0]["status"], &log[0]["attempts"], &log[0]["next_ms"]),
        (&json!(ended.headers["tongke-delivery"]), &json!(204), &json!(1), &Value::Null)
    );
    assert!(server.metric("tongke_webhook_deliveries_total{outcome=\"delivered\"} 4").await);
    assert!(nothing.try_recv().is_err(), "another county's, or not asked for");
}

#[tokio::test]
async fn what_was_not_taken_is_told_again_after_the_server_was_killed() {
    let folder = Folder::new();
    let server = start(&folder.0, WebhookTargets::Any).await;
    county::counties(&server.store).await;
    lesson(&server).await;
    let (person, _) = county::operator(&server.store).await;
    let (url, mut told) = portal(503).await;
    let operator = Operator::of(&server, &person).await;
    let (webhook, secret) = operator.webhook(&url, None, &["classroom.joined"]).await;
    let class = join(&server, Role::Classroom, Some("near-receiver")).await;
    let first = next(&mut told).await;
    let log = operator.logged(&webhook, |latest| latest["attempts"] == 1).await;
    assert_eq!((&log[0]["state"], &log[0]["status"], &log[0]["error"]), (&json!("waiting"), &json!(503), &json!("answered 503 instead of 200 to 299")));
    assert!(log[0]["next_ms"].as_u64().unwrap() >= log[0]["at_ms"].as_u64().unwrap() + 5_000, "not at once");
    drop(class);
    server.kill();

    let server = start(&folder.0, WebhookTargets::Any).await;
    // Nobody waits for the pause here: it is due now.
    let due = Attempt { state: DeliveryState::Waiting, status: Some(503), error: None, next_ms: 1 };
    server.store.note_attempt(&first.headers["tongke-delivery"], &due, 1).await.unwrap();
    let again = next(&mut told).await;
    assert_eq!((&again.body, &again.headers["tongke-delivery"]), (&first.body, &first.headers["tongke-delivery"]));
    assert!(again.is_signed_with(&secret));
}

#[tokio::test]
async fn an_operator_makes_changes_and_removes_a_webhook() {
    let folder = Folder::new();
    let server = start(&folder.0, WebhookTargets::Public).await;
    county::counties(&server.store).await;
    let (person, _) = county::somebody(&server.store, PersonRole::CountyOperator).await;
    let operator = Operator::of(&server, &person).await;
    let body = |url: &str, region: Value| json!({ "url": url, "region": region, "events": ["lesson.live", "lesson.live"], "active": true });
    for (url, region, status) in [
        ("https://portal.example/hook", json!("near-region"), 201),
        ("https://portal.example/hook", json!("far-region"), 404),
        ("https://portal.example/hook", Value::Null, 404),
        ("http://portal.example/hook", json!("near-region"), 422),
        ("https://127.0.0.1/hook", json!("near-region"), 422),
        ("https://localhost/hook", json!("near-region"), 422),
        ("https://[::ffff:10.0.0.1]/hook", json!("near-region"), 422),
        ("https://user:word@portal.example/", json!("near-region"), 422),
        ("javascript:alert(1)", json!("near-region"), 422),
    ] {
        let reply = operator.send("POST /api/v1/webhooks", body(url, region), "").await;
        assert_eq!(reply.status, status, "{url}: {reply:?}");
    }
    let listed = operator.send("GET /api/v1/webhooks", Value::Null, "").await;
    let listed: Value = serde_json::from_str(&listed.body).unwrap();
    let all = listed["items"].as_array().unwrap();
    // Another one is there from the beginning.
    let made = all.iter().find(|webhook| webhook["id"] != "near-webhook").unwrap();
    assert_eq!((all.len(), &made["events"]), (2, &json!(["lesson.live"])), "each event once");
    assert!(!listed.to_string().contains("secret"));
    let path = format!("/api/v1/webhooks/{}", made["id"].as_str().unwrap());
    let changed = operator.send(&format!("PUT {path}"), body("https://portal.example/other", json!("near-region")), "\"1\"").await;
    assert_eq!((changed.status, changed.header("etag")), (200, Some("\"2\"")), "{changed:?}");
    let inside = operator.send(&format!("PUT {path}"), body("https://10.0.0.1/", json!("near-region")), "\"2\"").await;
    assert_eq!((inside.status, inside.problem().detail.as_str()), (422, "不能通知本机或内网地址，除非运维在配置中放开（webhook-targets）"));
    assert_eq!(operator.send(&format!("PUT {path}"), body("https://portal.example/", json!("far-region")), "\"2\"").await.status, 404);
    assert_eq!(operator.send(&format!("DELETE {path}"), Value::Null, "\"1\"").await.status, 412);
    assert_eq!(operator.send(&format!("DELETE {path}"), Value::Null, "\"2\"").await.status, 204);
    assert_eq!(operator.send(&format!("GET {path}"), Value::Null, "").await.status, 404);
}
