//! Calendar feeds: what is in them, and who reads them with what.
#![allow(clippy::unwrap_used)]

mod support;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use signaling::api::view::FeedTokenView;
use signaling::store::{Person, PersonRole};
use support::county::{self, Side};
use support::{Folder, Reply, Running};

type Header = (&'static str, String);

struct County {
    server: Running,
    _folder: Folder,
}

impl County {
    async fn open() -> Self {
        let folder = Folder::new();
        let server = Running::start(&folder.0).await;
        county::counties(&server.store).await;
        Self { server, _folder: folder }
    }

    async fn get(&self, path: &str, (name, value): &Header) -> Reply {
        self.server.request(&format!("GET /api/v1{path}"), &[(name, value)], "").await
    }

    async fn token(&self, path: &str, (name, value): &Header) -> FeedTokenView {
        let reply = self.server.request(&format!("POST /api/v1{path}/token"), &[(name, value)], "").await;
        assert_eq!(reply.status, 201, "{reply:?}");
        serde_json::from_str(&reply.body).unwrap()
    }
}

fn basic(token: &str) -> Header {
    ("Authorization", format!("Basic {}", STANDARD.encode(format!("calendar:{token}"))))
}

#[tokio::test]
async fn a_feed_has_the_lessons_with_names() {
    let county = County::open().await;
    let teacher = county::session(&county.server.store, "near-person", false).await;
    let reply = county.get("/calendars/people/near-person", &teacher).await;
    assert_eq!((reply.status, reply.header("content-type")), (200, Some("text/calendar; charset=utf-8")), "{reply:?}");
    let lines: Vec<String> = reply.body.replace("\r\n ", "").split("\r\n").map(str::to_owned).collect();
    for line in [
        "X-WR-CALNAME:李老师 课表",
        "UID:near-lesson@lessons.tongke",
        "SEQUENCE:1",
        "STATUS:CONFIRMED",
        "SUMMARY:三年级音乐",
        "LOCATION:near小学 录播教室",
        "DESCRIPTION:主讲教师：李老师\\n主讲教室：near小学 录播教室\\n听讲教室：near小学 三年级",
    ] {
        assert!(lines.iter().any(|other| other == line), "{line} is not in {lines:#?}");
    }
    county.server.store.cancel_lesson("near-lesson", 1, "停电", true).await.unwrap();
    let room = county.get("/calendars/classrooms/near-receiver", &teacher).await.body;
    assert!(room.contains("STATUS:CANCELLED") && room.contains("SEQUENCE:2") && room.contains("LOCATION:near小学 三年级"), "{room}");
    assert!(room.replace("\r\n ", "").contains("说明：停电"), "{room}");
    let school = county.get("/calendars/schools/near-school", &teacher).await.body;
    assert!(school.contains("near-lesson@") && !school.contains("far-"), "{school}");
    for path in
        ["/calendars/people/far-person", "/calendars/people/nobody", "/calendars/classrooms/far-room", "/calendars/schools/far-school", "/calendars/devices/x"]
    {
        assert_eq!(county.get(path, &teacher).await.status, 404, "{path}");
    }
    let (head, (name, value)) = ("HEAD /api/v1/calendars/schools/near-school", &teacher);
    assert_eq!(county.server.request(head, &[(name, value)], "").await.status, 200);
}

#[tokio::test]
async fn a_token_reads_one_feed_until_it_is_revoked() {
    let county = County::open().await;
    let teacher = county::session(&county.server.store, "near-person", false).await;
    let path = "/calendars/schools/near-school";
    let first = county.token(path, &teacher).await;
    assert_eq!(first.path, "/api/v1/calendars/schools/near-school");
    assert_eq!(county.get(path, &basic(&first.token)).await.status, 200);
    // Another feed, another thing, another way.
    assert_eq!(county.get("/calendars/classrooms/near-room", &basic(&first.token)).await.status, 404);
    assert_eq!(county.get("/calendars/people/near-person", &basic(&first.token)).await.status, 404);
    assert_eq!(county.get("/schools", &basic(&first.token)).await.status, 401);
    assert_eq!(county.get(path, &("Authorization", format!("Bearer {}", first.token))).await.status, 401);
    assert_eq!(county.get(path, &("Cookie", format!("tongke={}", first.token))).await.status, 401);
    let second = county.token(path, &teacher).await;
    assert_eq!((county.get(path, &basic(&first.token)).await.status, county.get(path, &basic(&second.token)).await.status), (401, 200));
    let (name, value) = &teacher;
    let revoke = async || county.server.request(&format!("DELETE /api/v1{path}/token"), &[(name, value)], "").await.status;
    assert_eq!((revoke().await, revoke().await), (204, 404));
    let refused = county.get(path, &basic(&second.token)).await;
    assert_eq!((refused.status, refused.header("www-authenticate")), (401, Some("Basic realm=\"Tongke\", charset=\"UTF-8\"")));
    for rubbish in ["Basic", "Basic !!!", "Basic OnRva2Vu", "basic "] {
        let refused = county.get(path, &("Authorization", rubbish.to_owned())).await;
        assert_eq!((refused.status, refused.header("www-authenticate").is_some()), (401, true), "{rubbish}");
    }
}

#[tokio::test]
async fn a_token_reads_no_more_than_who_made_it() {
    let county = County::open().await;
    let store = &county.server.store;
    let (observer, grant) = county::somebody(store, PersonRole::Observer).await;
    let session = county::session(store, &observer, false).await;
    let path = "/calendars/classrooms/near-room";
    let feed = basic(&county.token(path, &session).await.token);
    assert_eq!(county.get(path, &feed).await.status, 200);
    store.end_grant(&grant.id, 2).await.unwrap();
    assert_eq!(county.get(path, &feed).await.status, 404, "the role has ended");
    store.give(&county::grant(&observer, PersonRole::Observer, grant.scope, Some(Side::Near.id("school")))).await.unwrap();
    assert_eq!(county.get(path, &feed).await.status, 200);
    store.close_row::<Person>(&observer, 1, 2).await.unwrap();
    assert_eq!(county.get(path, &feed).await.status, 401, "the person has gone");
}
