//! The register keeps what refers to it whole: what is refused, to whom, and in which words.
#![allow(clippy::unwrap_used)]

mod support;

use serde_json::Value;
use signaling::store::PersonRole;
use support::county;
use support::{Folder, Reply, Running};

/// A server with both counties, and somebody signed in with a second factor.
struct Office {
    server: Running,
    cookie: (&'static str, String),
    _folder: Folder,
}

impl Office {
    async fn of(role: PersonRole) -> Self {
        let folder = Folder::new();
        let server = Running::start(&folder.0).await;
        county::counties(&server.store).await;
        let (id, _) = county::somebody(&server.store, role).await;
        let cookie = county::session(&server.store, &id, true).await;
        Self { server, cookie, _folder: folder }
    }

    async fn ask(&self, head: &str, language: &str, version: u64, body: &str) -> Reply {
        let (method, path) = head.split_once(' ').unwrap();
        let tag = format!("\"{version}\"");
        let headers = [(self.cookie.0, self.cookie.1.as_str()), ("Content-Type", "application/json"), ("Accept-Language", language), ("If-Match", &tag)];
        self.server.request(&format!("{method} /api/v1{path}"), &headers, body).await
    }

    async fn send(&self, head: &str, version: u64, body: &Value) -> Reply {
        self.ask(head, "zh-CN", version, &body.to_string()).await
    }

    async fn get(&self, path: &str) -> Value {
        serde_json::from_str(&self.ask(&format!("GET {path}"), "zh-CN", 0, "").await.body).unwrap()
    }
}

/// Status, kind and words of a refusal.
fn refusal(reply: &Reply) -> (u16, String, String) {
    let problem = reply.problem();
    (reply.status, problem.kind.trim_start_matches("urn:tongke:problem:").to_owned(), problem.detail)
}

#[tokio::test]
async fn a_zero_character_is_refused_wherever_it_stands() {
    let office = Office::of(PersonRole::CountyOperator).await;
    let chinese = "内容中有不可用的空字符（U+0000），请删去";
    let english = "a text has the zero character (U+0000), which cannot be kept; leave it out";
    for path in ["/lessons?school=%00", "/lessons?cursor=1.%00", "/entries?term=a%00", "/statistics?term=%00&by=term", "/schools?region=%00&limit=1"] {
        let head = format!("GET {path}");
        assert_eq!(refusal(&office.ask(&head, "zh-CN", 0, "").await), (400, "bad_request".into(), chinese.into()), "{path}");
        assert_eq!(refusal(&office.ask(&head, "en", 0, "").await), (400, "bad_request".into(), english.into()), "{path}");
    }
    assert_eq!(office.ask("GET /lessons?school=%2500", "en", 0, "").await.status, 200, "an escaped percent sign");
    assert_eq!(office.ask("GET /schools/%00", "en", 0, "").await.status, 404);
    let login = r#"{"login":"a\u0000","password":"x"}"#;
    let stranger = office.server.request("POST /api/v1/session", &[("Content-Type", "application/json")], login).await;
    assert_eq!(refusal(&stranger), (422, "invalid".into(), chinese.into()));
    let school = |name: &str| format!(r#"{{"name":"{name}","kind":"main","region":"near-region","uplink_kbit":null}}"#);
    for name in [r"\u0000", r"a\u0000b", r"\\\u0000"] {
        let refused = office.ask("POST /schools", "en", 0, &school(name)).await;
        assert_eq!(refusal(&refused), (422, "invalid".into(), english.into()), "{name}");
    }
    assert_eq!(office.ask("POST /schools", "en", 0, &school(r"\\u0000")).await.status, 201, "a backslash is not the beginning of an escape");
}
