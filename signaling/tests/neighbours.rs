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
