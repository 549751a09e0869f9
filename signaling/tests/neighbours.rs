//! What schools learn of each other where they meet: of people they do not know nothing, of lessons they receive the truth.
#![allow(clippy::unwrap_used)]

mod support;

use serde_json::{Value, json};
use support::portal::Portal;
use support::{Folder, Reply, Running, now_s};

async fn lenient(folder: &Folder) -> Running {
    Running::start_with(&folder.0, |config| config.second_factor = false).await
}

fn draft(teacher: &str, assistants: &[&str], room: &str) -> Value {
    let start_ms = (now_s() + 7_200) * 1_000;
    json!({ "title": "秘密的课", "start_ms": start_ms, "end_ms": start_ms + 2_400_000, "host_classroom": room, "teacher": teacher, "assistants": assistants })
}

fn told(reply: &Reply) -> (u16, String, String) {
    let problem = reply.problem();
    (reply.status, problem.kind, problem.detail)
}

#[tokio::test]
async fn people_of_other_schools_are_neither_booked_nor_found_out() {
    let folder = Folder::new();
    let server = lenient(&folder).await;
    let operator = Portal::operator(&server).await;
    operator.county().await;
    let admin = operator.person("admin", Some("s1"), "school_admin", "school", Some("s1")).await;
    for (login, school) in [("own", "s1"), ("ally", "s2"), ("stranger", "s3")] {
        operator.person(login, Some(school), "teacher", "school", Some(school)).await;
    }
    let entry = |teacher: &str| {
        json!({ "term": "t", "weekday": 3, "period": 3, "subject": "音乐", "title": "音乐", "teacher": teacher, "assistants": [],
            "host_classroom": "s1-r", "receivers": [{ "classroom": "s2-q", "interactive": true }], "kind": "dedicated", "weeks": "all" })
    };
    for path in ["POST /lessons?dry_run=true", "POST /lessons"] {
        let stranger = told(&admin.send(path, draft("stranger", &[], "s1-r"), None).await);
        assert_eq!(stranger, told(&admin.send(path, draft("nobody", &[], "s1-r"), None).await), "one answer for both");
        assert_eq!(stranger, told(&admin.send(path, draft("own", &["stranger"], "s1-r"), None).await));
        assert_eq!(stranger.0, 422);
    }
    let stranger = told(&admin.send("POST /entries?dry_run=true", entry("stranger"), None).await);
    assert_eq!(stranger, told(&admin.send("POST /entries?dry_run=true", entry("nobody"), None).await));
    assert_eq!(stranger.0, 422);
    // Who teaches elsewhere at this time is told to be taken, and no more.
    operator.make("/lessons", draft("ally", &[], "s2-r")).await;
    let mut own = draft("own", &["ally"], "s1-r");
    own["title"] = json!("画画");
    let clash = told(&admin.send("POST /lessons", own.clone(), None).await);
    assert_eq!((clash.0, clash.1.as_str()), (409, "urn:tongke:problem:clash"));
    assert!(clash.2.contains("画画") && !clash.2.contains("秘密") && !clash.2.contains(|sign: char| sign.is_ascii_digit()), "{}", clash.2);
    own["assistants"] = json!([]);
    let lesson = admin.make("/lessons", own).await;
    let change = format!("PUT /lessons/{}", lesson["id"].as_str().unwrap());
    assert_eq!(told(&admin.send(&change, json!({ "assistants": ["stranger"] }), Some(1)).await).0, 422);
    // Somebody whom the county gave stays, whatever else is changed.
    assert_eq!(operator.send(&change, json!({ "assistants": ["stranger"] }), Some(1)).await.status, 200);
    assert_eq!(admin.send(&change, json!({ "title": "再画画" }), Some(2)).await.status, 200);
}

#[tokio::test]
async fn a_receiving_school_is_told_that_the_lesson_is_not_its_own_to_change() {
    let folder = Folder::new();
    let server = lenient(&folder).await;
    let operator = Portal::operator(&server).await;
    operator.county().await;
    let ally = operator.person("ally", Some("s2"), "school_admin", "school", Some("s2")).await;
    let stranger = operator.person("stranger", Some("s3"), "school_admin", "school", Some("s3")).await;
    operator.person("own", Some("s1"), "teacher", "school", Some("s1")).await;
    let mut draft = draft("own", &[], "s1-r");
    draft["receivers"] = json!([{ "classroom": "s2-q", "interactive": true }]);
    let lesson = operator.make("/lessons", draft).await;
    let path = format!("/lessons/{}", lesson["id"].as_str().unwrap());
    assert_eq!(ally.get(&path).await.status, 200);
    for (head, body) in [
        (format!("PUT {path}"), json!({ "title": "x" })),
        (format!("POST {path}/cancel"), json!({ "reason": "停电" })),
        (format!("POST {path}/reinstate"), Value::Null),
    ] {
        let refused = ally.send(&head, body.clone(), Some(1)).await;
        assert_eq!((refused.status, refused.problem().kind.as_str()), (403, "urn:tongke:problem:not_permitted"), "{head}");
        assert_eq!(stranger.send(&head, body, Some(1)).await.status, 404, "{head}");
    }
}

/// A teacher of one school who teaches at another, for a third classroom.
#[tokio::test]
async fn who_teaches_elsewhere_finds_the_lesson_and_counts_in_it() {
    let folder = Folder::new();
    let server = lenient(&folder).await;
    let operator = Portal::operator(&server).await;
    operator.county().await;
    let guest = operator.person("guest", Some("s3"), "teacher", "school", Some("s3")).await;
    let assistant = operator.person("assistant", Some("s2"), "assistant", "school", Some("s2")).await;
    let teacher = operator.person("teacher", Some("s2"), "teacher", "school", Some("s2")).await;
    let editor = operator.person("editor", Some("s2"), "library_editor", "school", Some("s2")).await;
    let host = operator.person("host", Some("s1"), "school_admin", "school", Some("s1")).await;
    let mut draft = draft("guest", &[], "s1-r");
    let start_ms = now_s() * 1_000 + 60_000;
    (draft["start_ms"], draft["end_ms"]) = (json!(start_ms), json!(start_ms + 2_400_000));
    draft["receivers"] = json!([{ "classroom": "s2-q", "interactive": true }]);
    let lesson = operator.make("/lessons", draft).await["id"].as_str().unwrap().to_owned();
    let value = async |portal: &Portal<'_>, path: &str| serde_json::from_str::<Value>(&portal.get(path).await.body).unwrap();
    let listed = async |portal: &Portal<'_>, query: &str| value(portal, &format!("/lessons?{query}")).await["items"].as_array().unwrap().len();
    assert_eq!((listed(&guest, "teacher=guest").await, listed(&guest, "").await, listed(&guest, "school=s1").await), (1, 0, 1));
    assert_eq!((listed(&teacher, "teacher=guest").await, listed(&teacher, "teacher=teacher").await), (1, 0));
    while value(&guest, &format!("/lessons/{lesson}")).await["state"] != "open" {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    for (portal, count, status) in [(&editor, 49, 403), (&teacher, 48, 403), (&host, 47, 403), (&guest, 30, 204), (&assistant, 31, 204)] {
        let body = json!({ "classroom": "s2-q", "count": count });
        assert_eq!(portal.send(&format!("PUT /lessons/{lesson}/headcount"), body, None).await.status, status, "{count}");
    }
    let lines = value(&operator, "/audit?thing=lesson").await;
    let counted = lines["items"].as_array().unwrap().iter().filter(|line| line["act"] == "headcount");
    let counted: Vec<(&str, &str)> = counted.map(|line| (line["thing_id"].as_str().unwrap(), line["detail"].as_str().unwrap())).collect();
    let detail = |by: &str, count: u32| json!({ "classroom": "s2-q", "count": count, "by": by }).to_string();
    assert_eq!(counted, [(lesson.as_str(), detail("assistant", 31).as_str()), (lesson.as_str(), detail("guest", 30).as_str())]);
}
