//! The register keeps what refers to it whole: what is refused, to whom, and in which words.
#![allow(clippy::unwrap_used)]

mod support;

use serde_json::{Value, json};
use signaling::store::{PersonRole, PlannedLesson, School, SchoolKind, unix_ms};
use support::county::{self, Side};
use support::{Folder, Reply, Running};
use timetable::Zone;

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
    assert_eq!(refusal(&stranger), (422, "invalid".into(), english.into()));
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

/// The operator of both counties; the school of the near one is in an alliance.
#[tokio::test]
async fn a_school_leaves_its_alliance_before_its_region() {
    const PUT: &str = "PUT /alliances/near-alliance";
    let office = Office::of(PersonRole::CountyOperator).await;
    let (top, _) = county::operator(&office.server.store).await;
    let office = Office { cookie: county::session(&office.server.store, &top, true).await, ..office };
    let moved = json!({ "name": "near小学", "kind": "main", "region": "far-region" });
    let words = "这所学校还是联盟“联盟”的成员，新的地区不在联盟所在的地区里；请先在联盟里把它的结束日期设为今天";
    assert_eq!(refusal(&office.send("PUT /schools/near-school", 1, &moved).await), (409, "in_use".into(), words.into()));
    let english = refusal(&office.ask("PUT /schools/near-school", "en", 1, &moved.to_string()).await).2;
    assert!(english.starts_with("the school is a member of \"联盟\", and the new region"), "{english}");
    let renamed = json!({ "name": "近小学", "kind": "main", "region": "near-region" });
    assert_eq!(version(&office.send("PUT /schools/near-school", 1, &renamed).await), 2, "in its region it may change");
    // One that was moved by an older version: its membership can be ended, not made longer.
    let school = office.server.store.get::<School>("near-school").await.unwrap().unwrap();
    office.server.store.update(&School { region: Some("far-region".into()), ..school }).await.unwrap();
    neighbour(&office).await;
    let today = Zone::default().wall(unix_ms()).unwrap().0.to_string();
    let ended = |to| members(&[("near-school", "paired", "2020-09-01", Some(to)), ("near-other", "lead", "2099-01-01", None)]);
    assert_eq!(office.send(PUT, 1, &ended("2099-06-30")).await.status, 200);
    let longer = members(&[("near-school", "paired", "2020-09-01", None)]);
    assert_eq!(refusal(&office.send(PUT, 2, &longer).await).2, "成员学校必须属于联盟所在的地区");
    assert_eq!(office.send("PUT /schools/near-school", 3, &json!({ "name": "x", "kind": "main", "region": null })).await.status, 409, "into none");
    assert_eq!(office.send(PUT, 2, &ended(&today)).await.status, 200);
    let elsewhere = office.send("PUT /schools/near-school", 3, &json!({ "name": "x", "kind": "main", "region": null })).await;
    assert_eq!(elsewhere.status, 200, "it is its last day: {elsewhere:?}");
}

#[tokio::test]
async fn the_history_of_an_alliance_stays() {
    const PUT: &str = "PUT /alliances/near-alliance";
    let office = Office::of(PersonRole::CountyOperator).await;
    neighbour(&office).await;
    // In November 2020.
    let held = PlannedLesson { start_ms: 1_605_000_000_000, end_ms: 1_605_002_400_000, ..county::lesson(Side::Near, "held") };
    office.server.store.create_lessons(&[held], 1).await.unwrap();
    let used = "“near小学”自 2020-09-01 起的成员关系里已有 1 节课，不能删除，也不能改开始日期；可以把结束日期设为今天或以后";
    let ended = "已经开始的成员关系只能把结束日期设为今天或以后";
    for (past, words) in
        [(&[][..], used), (&[("near-school", "lead", "2020-10-01", None)], used), (&[("near-school", "lead", "2020-09-01", Some("2021-01-01"))], ended)]
    {
        assert_eq!(refusal(&office.send(PUT, 1, &members(past)).await), (422, "invalid".into(), words.into()), "{past:?}");
    }
    let twice = members(&[("near-school", "lead", "2020-09-01", None), ("near-school", "paired", "2099-01-01", None)]);
    assert_eq!(refusal(&office.send(PUT, 1, &twice).await).2, "同一所学校的成员期限不能重叠；请先结束前一段");
    let english = refusal(&office.ask(PUT, "en", 1, &twice.to_string()).await).2;
    assert_eq!(english, "a school's memberships must not overlap; end the one before the next begins");
    let two = members(&[("near-other", "paired", "2098-01-01", None), ("near-other", "paired", "2099-01-01", None)]);
    let both = office.send("POST /alliances", 0, &two).await;
    assert_eq!(both.status, 422, "nor in a new one");
    let then = members(&[("near-school", "lead", "2020-09-01", Some("2098-12-31")), ("near-school", "paired", "2099-01-01", None)]);
    assert_eq!(office.send(PUT, 1, &then).await.status, 200);
    assert_eq!(office.send(PUT, 2, &members(&[("near-school", "lead", "2020-09-01", None)])).await.status, 200, "what has not begun may be left out");
}

/// Who is given a lesson in 2096.
fn lesson(teacher: Option<&str>, receiver: &str) -> Value {
    json!({ "title": "补课", "start_ms": 4_000_000_000_000_u64, "end_ms": 4_000_002_400_000_u64, "host_classroom": "near-room", "teacher": teacher,
            "receivers": [{ "classroom": receiver, "interactive": true }] })
}

fn version(reply: &Reply) -> u64 {
    assert!(reply.status < 300, "{reply:?}");
    serde_json::from_str::<Value>(&reply.body).unwrap()["version"].as_u64().unwrap()
}

#[tokio::test]
async fn what_lessons_and_entries_need_is_not_closed() {
    let office = Office::of(PersonRole::CountyOperator).await;
    let used = ["/people/near-person", "/classrooms/near-room", "/classrooms/near-receiver", "/schools/near-school"];
    for path in used {
        let (status, kind, detail) = refusal(&office.send(&format!("DELETE {path}"), 1, &Value::Null).await);
        assert_eq!((status, kind.as_str()), (409, "in_use"), "{path}: {detail}");
        assert!(detail.starts_with("还有 1 节未上的课（最近一节：20") && detail.contains("《三年级音乐》）和 1 个课表项"), "{path}: {detail}");
        let (_, _, detail) = refusal(&office.ask(&format!("DELETE {path}"), "en", 1, "").await);
        assert!(detail.starts_with("1 lessons to come (the next is “三年级音乐” on 20"), "{path}: {detail}");
    }
    assert_eq!(office.send("POST /lessons/near-lesson/cancel", 1, &json!({ "reason": "停电" })).await.status, 200);
    let (_, _, detail) = refusal(&office.send("DELETE /people/near-person", 1, &Value::Null).await);
    assert!(detail.starts_with("还有 0 节未上的课和 1 个课表项"), "the entry will have lessons: {detail}");
    assert_eq!(office.send("DELETE /entries/near-entry", 1, &Value::Null).await.status, 204);
    for path in used {
        assert_eq!(office.send(&format!("DELETE {path}"), 1, &Value::Null).await.status, 204, "{path}");
    }
}

#[tokio::test]
async fn what_is_closed_is_taken_into_nothing_until_it_is_reopened() {
    let office = Office::of(PersonRole::CountyOperator).await;
    assert_eq!(office.send("POST /lessons/near-lesson/cancel", 1, &json!({ "reason": "停电" })).await.status, 200);
    let entry = office.get("/entries/near-entry").await;
    assert_eq!(office.send("DELETE /entries/near-entry", 1, &Value::Null).await.status, 204);
    let refused = async |head: &str, version: u64, body: &Value, words: &str| {
        assert_eq!(refusal(&office.send(head, version, body).await), (409, "closed".into(), words.into()), "{head} {body}");
    };

    assert_eq!(office.send("DELETE /people/near-person", 1, &Value::Null).await.status, 204);
    let (teacher, words) = (lesson(Some("near-person"), "near-receiver"), "教师“李老师”已停用：请换一位，或先恢复");
    refused("POST /lessons", 0, &teacher, words).await;
    refused("POST /lessons?dry_run=true", 0, &teacher, words).await;
    refused("POST /lessons/near-lesson/reinstate", 2, &Value::Null, words).await;
    let mut again = entry.clone();
    again["id"] = json!("again");
    refused("POST /entries", 0, &again, words).await;
    let person = json!({ "login": "near-person", "name": "李老师", "school": "near-school", "region": null, "closed_ms": null });
    let changed = office.send("PUT /people/near-person", 2, &person).await;
    assert!(serde_json::from_str::<Value>(&changed.body).unwrap()["closed_ms"].is_u64(), "a change does not reopen, and does not say so: {changed:?}");
    let reopened = office.send("POST /people/near-person/reopen", 3, &Value::Null).await;
    assert_eq!((version(&reopened), reopened.header("etag")), (4, Some("\"4\"")));
    assert!(serde_json::from_str::<Value>(&reopened.body).unwrap()["closed_ms"].is_null());
    assert_eq!(office.send("POST /lessons?dry_run=true", 0, &teacher).await.status, 200);

    // A classroom, then its school.
    let plain = lesson(None, "near-receiver");
    assert_eq!(office.send("DELETE /classrooms/near-receiver", 1, &Value::Null).await.status, 204);
    refused("POST /lessons", 0, &plain, "教室“三年级”或其学校已停用：请换一间，或先恢复").await;
    version(&office.send("POST /classrooms/near-receiver/reopen", 2, &Value::Null).await);
    assert_eq!(office.send("DELETE /schools/near-school", 1, &Value::Null).await.status, 204);
    let (_, kind, words) = refusal(&office.ask("POST /lessons", "en", 0, &plain.to_string()).await);
    assert_eq!((kind.as_str(), words.ends_with("or its school is closed; choose another, or reopen it")), ("closed", true), "{words}");
    version(&office.send("POST /schools/near-school/reopen", 2, &Value::Null).await);
    assert_eq!(office.send("POST /lessons", 0, &plain).await.status, 201);
}

#[tokio::test]
async fn a_pairing_is_of_what_one_sees() {
    let office = Office::of(PersonRole::SchoolAdmin).await;
    let pairing = |receiver: &str, term: &str, subject: &str| json!({ "host_classroom": "near-room", "receiving_classroom": receiver, "subject": subject, "term": term, "from_day": null, "to_day": null });
    let room = (422, "invalid".to_owned(), "接收教室不存在，或不在您能看到的学校里".to_owned());
    let term = (422, "invalid".to_owned(), "没有这个学期，或您看不到它；请选另一个".to_owned());
    for (head, subject) in [("POST /pairings", "科学"), ("PUT /pairings/near-pairing", "美术")] {
        for receiver in ["far-receiver", "nowhere"] {
            assert_eq!(refusal(&office.send(head, 1, &pairing(receiver, "near-term", subject)).await), room, "{head} {receiver}");
        }
        for other in ["far-term", "nix"] {
            assert_eq!(refusal(&office.send(head, 1, &pairing("near-receiver", other, subject)).await), term, "{head} {other}");
        }
        let english = office.ask(head, "en", 1, &pairing("near-receiver", "nix", subject).to_string()).await;
        assert_eq!(refusal(&english).2, "there is no such term, or none that you see; choose another");
        let blank = refusal(&office.send(head, 1, &pairing("near-receiver", "near-term", " \u{3000}\t")).await);
        assert_eq!((blank.0, blank.1.as_str()), (422, "invalid"), "{head}: {}", blank.2);
        // Subjects that only differ in the spaces around them are one.
        let reply = office.send(head, 1, &pairing("near-receiver", "near-term", &format!(" {subject}\u{3000}"))).await;
        assert!(reply.status < 300, "{head}");
        assert_eq!(serde_json::from_str::<Value>(&reply.body).unwrap()["subject"], subject, "{head}");
    }
}
