//! The register keeps what refers to it whole: what is refused, to whom, and in which words.
#![allow(clippy::unwrap_used)]

mod support;

use serde_json::{Value, json};
use signaling::store::{PersonRole, School, SchoolKind};
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

/// Members as the interface takes them.
fn members(list: &[(&str, &str, &str, Option<&str>)]) -> Value {
    let member = |(school, role, from, to): &(&str, &str, &str, Option<&str>)| json!({ "school": school, "role": role, "from_day": from, "to_day": to });
    json!({ "region": "near-region", "name": "联盟", "members": list.iter().map(member).collect::<Vec<_>>() })
}

/// Another school of the near county.
async fn neighbour(office: &Office) {
    let school = School { region: Some("near-region".into()), ..School::new("near-other", "邻校", SchoolKind::Point) };
    office.server.store.create(&school, 1).await.unwrap();
}

#[tokio::test]
async fn an_alliances_administrator_makes_nobody_a_member() {
    const PUT: &str = "PUT /alliances/near-alliance";
    let office = Office::of(PersonRole::AllianceAdmin).await;
    neighbour(&office).await;
    let own = ("near-school", "lead", "2020-09-01", None);
    let words = "只有管理这些学校的县级运维可以加入成员或延长其期限；联盟管理员可以结束成员关系或更改角色";
    let joined = members(&[own, ("near-other", "paired", "2099-01-01", None)]);
    assert_eq!(refusal(&office.send(PUT, 1, &joined).await), (422, "invalid".into(), words.into()));
    assert!(refusal(&office.ask(PUT, "en", 1, &joined.to_string()).await).2.starts_with("only who manages a school makes it a member"));
    // Roles and ends are its own to change, but what it ended it does not bring back.
    assert_eq!(office.send(PUT, 1, &members(&[("near-school", "paired", "2020-09-01", Some("2099-06-30"))])).await.status, 200);
    assert_eq!(office.send(PUT, 2, &members(&[("near-school", "lead", "2020-09-01", Some("2099-05-31"))])).await.status, 200);
    for later in [Some("2099-06-30"), None] {
        assert_eq!(office.send(PUT, 3, &members(&[("near-school", "lead", "2020-09-01", later)])).await.status, 422, "{later:?}");
    }

    let office = Office::of(PersonRole::CountyOperator).await;
    neighbour(&office).await;
    assert_eq!(office.send(PUT, 1, &joined).await.status, 200);
    let far = members(&[own, ("far-school", "paired", "2099-01-01", None)]);
    assert_eq!(refusal(&office.send(PUT, 2, &far).await).2, "成员学校必须属于联盟所在的地区");
}
