//! The register and its people over `/api/v1`: what a district's portal and the pages of county and school do with them.
#![allow(clippy::unwrap_used)]

mod support;

use protocol::LessonState;
use serde_json::{Value, json};
use signaling::store::PlannedLesson;
use sqlx::Connection;
use support::portal::Portal;
use support::{Folder, Reply, Running};

async fn open(folder: &Folder) -> Running {
    Running::start_with(&folder.0, |config| config.second_factor = false).await
}

#[tokio::test]
async fn a_region_is_moved_by_who_is_above_it_and_never_into_itself() {
    let folder = Folder::new();
    let server = open(&folder).await;
    let operator = Portal::operator(&server).await;
    operator.county().await;
    let county = operator.person("county", None, "county_operator", "region", Some("c")).await;
    let region = |parent: Option<&str>, name: &str| json!({ "parent": parent, "level": "county", "name": name });
    let change = async |portal: &Portal<'_>, id: &str, body, version| {
        let reply = portal.send(&format!("PUT /regions/{id}"), body, Some(version)).await;
        (reply.status, reply.body)
    };
    assert_eq!(change(&county, "c", region(Some("p"), "苍江县"), 1).await.0, 200, "its own name");
    for parent in [None, Some("d")] {
        assert_eq!(change(&county, "c", region(parent, "苍江县"), 2).await.0, 403, "{parent:?}: out of the province's hands");
    }
    let inside = county.send("POST /regions", region(Some("c"), "开发区"), None).await;
    assert_eq!((inside.status, inside.problem().detail.contains("another level")), (422, true), "a county in a county: {inside:?}");
    assert_eq!(county.send("POST /regions", region(None, "别处"), None).await.status, 404, "beside what it has");
    operator.make("/regions", json!({ "id": "y", "parent": "p", "level": "city", "name": "云岭市" })).await;
    for (id, parent, version) in [("c", "c", 2), ("c", "d", 2), ("p", "y", 1), ("y", "y", 1)] {
        let (status, body) = change(&operator, id, region(Some(parent), "圈"), version).await;
        assert_eq!(status, 422, "{id} into {parent}: {body}");
    }
    assert_eq!(change(&operator, "c", region(Some("y"), "苍江县"), 2).await.0, 200);
    assert_eq!(operator.get("/regions?parent=y").await.body.matches("苍江县").count(), 1);
}

#[tokio::test]
async fn what_was_entered_by_mistake_is_removed_and_what_is_needed_stays() {
    let folder = Folder::new();
    let server = open(&folder).await;
    let operator = Portal::operator(&server).await;
    operator.county().await;
    operator.make("/regions", json!({ "id": "x", "parent": "p", "level": "county", "name": "误" })).await;
    operator.make("/terms", json!({ "id": "u", "region": "x", "name": "误", "first_day": "2026-09-01", "last_day": "2026-12-31", "days": [] })).await;
    let pairing =
        json!({ "id": "q", "host_classroom": "s1-r", "receiving_classroom": "s2-r", "subject": "英语", "term": "u", "from_day": null, "to_day": null });
    operator.make("/pairings", pairing).await;
    let remove = async |path: &str, version| operator.send(&format!("DELETE {path}"), Value::Null, version).await;
    for (path, by) in [("/regions/x", "terms: 1"), ("/terms/u", "pairings: 1"), ("/regions/c", "schools: 2, alliances: 1")] {
        let refused = remove(path, Some(1)).await;
        let problem = refused.problem();
        assert_eq!((refused.status, problem.kind.as_str()), (409, "urn:tongke:problem:in_use"), "{path}");
        assert!(problem.detail.contains(by), "{path}: {problem:?}");
    }
    assert_eq!((remove("/pairings/q", None).await.status, remove("/pairings/q", Some(2)).await.status), (428, 412));
    for path in ["/pairings/q", "/terms/u", "/regions/x"] {
        assert_eq!(remove(path, Some(1)).await.status, 204, "{path}");
        assert_eq!(operator.get(path).await.status, 404, "{path}");
    }
    let acts = operator.get("/audit").await.body;
    for thing in ["region", "term", "pairing"] {
        assert!(acts.contains(&format!(r#""act":"remove","thing":"{thing}""#)), "{thing}: {acts}");
    }
}

#[tokio::test]
async fn a_membership_that_was_a_mistake_is_taken_back_where_no_lesson_was() {
    let folder = Folder::new();
    let server = open(&folder).await;
    let operator = Portal::operator(&server).await;
    operator.county().await;
    let member = |school: &str, from: &str| json!({ "school": school, "role": "paired", "from_day": from, "to_day": null });
    let change =
        async |members: Value, version| operator.send("PUT /alliances/a", json!({ "region": "c", "name": "联盟", "members": members }), Some(version)).await;
    let planned = PlannedLesson {
        id: "held".into(),
        title: "美术".into(),
        state: LessonState::Scheduled,
        host_classroom: Some("s1-r".into()),
        start_ms: 1_600_000_000_000,
        end_ms: 1_600_002_400_000,
        entry: None,
        day: None,
        period: None,
        kind: None,
        subject: None,
        teacher: None,
        assistants: Vec::new(),
        receivers: Vec::new(),
        reason: None,
        changed_by_hand: true,
        switches: None,
        version: 1,
    };
    server.store.create_lessons(&[planned], 1).await.unwrap();
    // A lesson of 2020: of both schools the memberships began before, of s2 there was none.
    let (one, two) = (member("s1", "2020-01-01"), member("s2", "2020-01-01"));
    let refused = change(json!([two]), 1).await;
    assert_eq!(refused.status, 422);
    assert!(refused.problem().detail.contains("1 lessons of 学校s1 since its membership began on 2020-01-01"), "{refused:?}");
    assert_eq!(change(json!([member("s1", "2020-06-01"), two]), 1).await.status, 422, "another beginning");
    assert_eq!(change(json!([one, member("s2", "2021-09-01")]), 1).await.status, 200);
    assert_eq!(change(json!([one]), 2).await.status, 200);
    assert_eq!(operator.get("/alliances/a").await.body.matches("from_day").count(), 1);
}

#[tokio::test]
async fn a_school_with_unusable_bells_is_named_and_the_others_are_answered() {
    let folder = Folder::new();
    let server = open(&folder).await;
    let operator = Portal::operator(&server).await;
    operator.county().await;
    operator.person("li", Some("s1"), "teacher", "school", Some("s1")).await;
    let receivers = json!([{ "classroom": "s1-q", "interactive": true }, { "classroom": "s2-r", "interactive": true }]);
    let entry = json!({ "id": "e", "term": "t", "weekday": 3, "period": 2, "subject": "美术", "title": "美术", "teacher": "li", "assistants": [],
        "host_classroom": "s1-r", "receivers": receivers, "kind": "dedicated", "weeks": "全", "from_day": null, "to_day": null });
    operator.make("/entries", entry).await;
    let lessons: Value = serde_json::from_str(&operator.get("/lessons?entry=e").await.body).unwrap();
    let path = format!("/lessons/{}/windows", lessons["items"][0]["id"].as_str().unwrap());
    let windows = async || {
        let reply = operator.get(&path).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        let windows: Value = serde_json::from_str(&reply.body).unwrap();
        let window = |window: &Value| (window["common_min"].as_u64().unwrap(), window["message"].as_str().unwrap().to_owned());
        windows["items"].as_array().unwrap().iter().map(window).collect::<Vec<_>>()
    };
    assert_eq!(windows().await.iter().map(|(minutes, _)| *minutes).collect::<Vec<_>>(), [40, 40]);
    // As an earlier version could leave them.
    let mut database = sqlx::SqliteConnection::connect(&format!("sqlite://{}", folder.0.join("tongke.db").display())).await.unwrap();
    sqlx::query("INSERT INTO bell_plans (id, school_id, name) VALUES ('other', 's2', '冬季')").execute(&mut database).await.unwrap();
    let found = windows().await;
    assert_eq!((found[0].0, found[1].0), (40, 0));
    assert!(found[1].1.starts_with("学校s2: ") && found[1].1.contains("冬季"), "{found:?}");
    sqlx::query("UPDATE bell_plans SET school_id = 's1' WHERE id = 'other'").execute(&mut database).await.unwrap();
    let found = windows().await;
    assert!(found.iter().all(|(minutes, message)| *minutes == 0 && message.starts_with("学校s1: ")), "{found:?}");
}

#[tokio::test]
async fn the_list_of_people_tells_their_roles_where_that_is_asked_for() {
    let folder = Folder::new();
    let server = open(&folder).await;
    let operator = Portal::operator(&server).await;
    operator.county().await;
    operator.person("li", Some("s1"), "teacher", "school", Some("s1")).await;
    operator.make("/people/li/grants", json!({ "role": "assistant", "scope": "classroom", "scope_id": "s1-q" })).await;
    let ended = operator.make("/people/li/grants", json!({ "role": "observer", "scope": "region", "scope_id": "c" })).await;
    operator.send(&format!("DELETE /people/li/grants/{}", ended["id"].as_str().unwrap()), Value::Null, None).await;
    operator.make("/people", json!({ "id": "wang", "login": "wang", "name": "王老师", "school": "s1" })).await;
    let admin = operator.person("admin", Some("s1"), "school_admin", "school", Some("s1")).await;
    let people = |reply: Reply| serde_json::from_str::<Value>(&reply.body).unwrap()["items"].as_array().unwrap().clone();
    for plain in people(admin.get("/people?school=s1").await) {
        assert_eq!(plain.get("grants"), None, "{plain}");
    }
    let roles = people(admin.get("/people?school=s1&grants=true").await).into_iter().map(|person| {
        let grants = person["grants"].as_array().unwrap().iter().map(|grant| (grant["role"].clone(), grant["scope_name"].clone()));
        (person["id"].as_str().unwrap().to_owned(), grants.collect::<Vec<_>>())
    });
    let mut roles: Vec<_> = roles.collect();
    roles.iter_mut().for_each(|(_, grants)| grants.sort_by_key(|(role, _)| role.to_string()));
    let expected = [("admin", vec![("school_admin", "学校s1")]), ("li", vec![("assistant", "三年级"), ("teacher", "学校s1")]), ("wang", vec![])];
    let expected = expected.map(|(id, grants)| (id.to_owned(), grants.into_iter().map(|(role, scope)| (json!(role), json!(scope))).collect()));
    assert_eq!(roles, expected);
}

#[tokio::test]
async fn who_may_assist_is_told_to_allied_schools_by_name_alone() {
    let folder = Folder::new();
    let server = open(&folder).await;
    let operator = Portal::operator(&server).await;
    operator.county().await;
    let here = |id: &str, role: &str, scope: &str, of: &str| json!({ "id": id, "login": format!("login-{id}"), "name": format!("{id}老师"), "school": "s2", "grants": [{ "role": role, "scope": scope, "scope_id": of }] });
    for person in [
        here("assistant", "assistant", "school", "s2"),
        here("teacher", "teacher", "classroom", "s2-q"),
        here("elsewhere", "teacher", "classroom", "s2-r"),
        here("inspector", "inspector", "school", "s2"),
        here("left", "assistant", "school", "s2"),
    ] {
        operator.make("/people", person).await;
    }
    assert_eq!(operator.send("DELETE /people/left", Value::Null, Some(1)).await.status, 204);
    let admin = operator.person("admin", Some("s1"), "school_admin", "school", Some("s1")).await;
    let found = admin.get("/classrooms/s2-q/assistants").await;
    let expected = json!({ "items": [{ "id": "assistant", "name": "assistant老师" }, { "id": "teacher", "name": "teacher老师" }], "next": null });
    assert_eq!(serde_json::from_str::<Value>(&found.body).unwrap(), expected);
    assert_eq!(admin.get("/people?school=s2").await.body, r#"{"items":[],"next":null}"#, "nothing else of them is seen");
    for room in ["s3-q", "none"] {
        assert_eq!(admin.get(&format!("/classrooms/{room}/assistants")).await.status, 404, "{room}");
    }
    let teacher = operator.person("li", Some("s1"), "teacher", "school", Some("s1")).await;
    assert_eq!(teacher.get("/classrooms/s2-q/assistants").await.status, 403);
    assert_eq!(operator.send("DELETE /alliances/a", Value::Null, Some(1)).await.status, 204);
    assert_eq!(admin.get("/classrooms/s2-q/assistants").await.status, 404, "the alliance ended");
    assert_eq!(admin.get("/classrooms/s1-q/assistants").await.status, 200, "its own it sees all the same");
}

fn art(id: &str, teacher: &str, change: Value) -> Value {
    let mut entry = json!({ "id": id, "term": "t", "weekday": 3, "period": 2, "subject": "美术", "title": "三年级美术", "teacher": teacher, "assistants": [],
        "host_classroom": "s1-r", "receivers": [{ "classroom": "s2-q", "interactive": true }], "kind": "dedicated", "weeks": "全" });
    entry.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    entry
}

fn value(reply: &Reply) -> Value {
    serde_json::from_str(&reply.body).unwrap()
}

#[tokio::test]
async fn an_entry_says_what_became_of_its_lessons() {
    let folder = Folder::new();
    let server = open(&folder).await;
    let operator = Portal::operator(&server).await;
    operator.county().await;
    let admin = operator.person("admin", Some("s1"), "school_admin", "school", Some("s1")).await;
    for teacher in ["li", "wang"] {
        operator.person(teacher, Some("s1"), "teacher", "school", Some("s1")).await;
    }
    // What would never be taught is refused, and says why.
    for (change, why) in [
        (json!({ "period": 9 }), "“全年” have no period 9"),
        (json!({ "weeks": "40" }), "no day of the term has its weekday, weeks and dates"),
        (json!({ "from_day": "2019-01-01", "to_day": "2019-02-01" }), "no day of the term"),
    ] {
        for head in ["POST /entries", "POST /entries?dry_run=true"] {
            let refused = admin.send(head, art("never", "li", change.clone()), None).await;
            assert_eq!(refused.status, 422, "{head} {change}: {refused:?}");
            assert!(refused.problem().detail.contains(why), "{head} {change}: {refused:?}");
        }
    }
    assert_eq!(admin.get("/entries/never").await.status, 404);
    let made = admin.make("/entries", art("e", "li", json!({}))).await;
    let count = made["lessons"]["created"].as_u64().unwrap();
    assert!(count > 5 && made["lessons"]["past"].as_u64().unwrap() > 2, "{made}");
    let changed = admin.send("PUT /entries/e", art("e", "wang", json!({})), Some(1)).await;
    assert_eq!((changed.status, &value(&changed)["lessons"]["updated"]), (200, &json!(count)));
    assert_eq!(admin.send("PUT /entries/e", art("e", "wang", json!({ "weeks": "40" })), Some(2)).await.status, 422);

    // What a person changed stays when the entry is closed, and is named.
    let to_ms = (support::now_s() + 90 * 86_400) * 1_000;
    let lessons = value(&admin.get(&format!("/lessons?entry=e&to_ms={to_ms}")).await);
    let last = lessons["items"].as_array().unwrap().last().unwrap()["id"].as_str().unwrap().to_owned();
    assert_eq!(admin.send(&format!("PUT /lessons/{last}"), json!({ "teacher": "li" }), Some(2)).await.status, 200);
    let closed = admin.send("DELETE /entries/e", Value::Null, Some(2)).await;
    assert_eq!(closed.status, 200, "{closed:?}");
    let report = value(&closed)["lessons"].clone();
    assert_eq!((&report["cancelled"], report["kept"].as_array().unwrap().len()), (&json!(count - 1), 1));
    assert!(report["kept"][0].as_str().unwrap().starts_with(&format!("{last}: ")), "{report}");
    assert_eq!(value(&admin.get(&format!("/lessons/{last}")).await)["state"], json!("scheduled"));
    assert_eq!(admin.send("POST /entries", art("f", "wang", json!({ "weeks": "2" })), None).await.status, 201, "all past, which is told");
    assert_eq!(admin.send("DELETE /entries/f", Value::Null, Some(1)).await.status, 204, "nothing came of it");
}

#[tokio::test]
async fn lessons_and_entries_keep_the_receivers_of_a_school_that_left_the_alliance() {
    let folder = Folder::new();
    let server = open(&folder).await;
    let operator = Portal::operator(&server).await;
    operator.county().await;
    let admin = operator.person("admin", Some("s1"), "school_admin", "school", Some("s1")).await;
    for teacher in ["li", "wang"] {
        operator.person(teacher, Some("s1"), "teacher", "school", Some("s1")).await;
    }
    admin.make("/entries", art("e", "li", json!({}))).await;
    let members = json!([{ "school": "s1", "role": "lead", "from_day": "2020-01-01" }]);
    let left = operator.send("PUT /alliances/a", json!({ "region": "c", "name": "联盟", "members": members }), Some(1)).await;
    assert_eq!(left.status, 200, "{left:?}");
    let lessons = value(&admin.get(&format!("/lessons?entry=e&to_ms={}", (support::now_s() + 90 * 86_400) * 1_000)).await);
    let last = lessons["items"].as_array().unwrap().last().unwrap()["id"].as_str().unwrap().to_owned();
    let path = format!("PUT /lessons/{last}");
    let changed = admin.send(&path, json!({ "teacher": "wang" }), Some(1)).await;
    assert_eq!(changed.status, 200, "{changed:?}");
    let only = json!([{ "classroom": "s2-q", "interactive": false }]);
    assert_eq!(admin.send("PUT /entries/e", art("e", "wang", json!({ "receivers": only })), Some(1)).await.status, 200);
    // Nothing new from there.
    let more = json!([{ "classroom": "s2-q", "interactive": true }, { "classroom": "s2-r", "interactive": true }]);
    assert_eq!(admin.send(&path, json!({ "receivers": more }), Some(2)).await.status, 422);
    assert_eq!(admin.send("PUT /entries/e", art("e", "wang", json!({ "receivers": more })), Some(2)).await.status, 422);
    assert_eq!(admin.send("POST /entries", art("f", "wang", json!({ "weekday": 4 })), None).await.status, 422);
}

#[tokio::test]
async fn the_panel_of_a_closed_room_is_let_in_no_more() {
    let folder = Folder::new();
    let server = open(&folder).await;
    let operator = Portal::operator(&server).await;
    operator.county().await;
    let code = Portal::new(&server).make("/device-codes", Value::Null).await;
    let panel = Portal::device(&server, code["poll_token"].as_str().unwrap());
    let bind = |code: &Value| json!({ "code": code["code"], "classroom": "s2-q", "name": "大屏" });
    operator.make("/devices", bind(&code)).await;
    assert_eq!(panel.get("/today").await.status, 200);
    assert_eq!(operator.send("DELETE /classrooms/s2-q", Value::Null, Some(1)).await.status, 204);
    assert_eq!(panel.get("/today").await.status, 401);
    let another = Portal::new(&server).make("/device-codes", Value::Null).await;
    let refused = operator.send("POST /devices", bind(&another), None).await;
    assert_eq!((refused.status, refused.problem().kind.as_str()), (409, "urn:tongke:problem:closed"));
    assert_eq!(operator.send("POST /classrooms/s2-q/reopen", Value::Null, Some(2)).await.status, 200);
    assert_eq!(panel.get("/today").await.status, 200);
    operator.make("/devices", bind(&another)).await;
}

/// What is not usable, and how it is told: method and path, body, and a part of the Chinese and the English.
const REFUSED: [(&str, &str, &str, &str); 19] = [
    ("POST /regions", r#"{"id":"a b","parent":"c","level":"county","name":"区"}"#, "区划“a b”不可用：编号请用", "use 1 to 64 of"),
    (
        "POST /regions",
        r#"{"parent":"c","level":"county","name":" "}"#,
        "区划名称“ ”不可用：请填 1 至 200 个字，不含控制字符等看不见的字符",
        "use 1 to 200 characters, none of them hidden",
    ),
    (
        "POST /pairings",
        r#"{"host_classroom":"s1-r","receiving_classroom":"s2-r","subject":"英语","term":"t","from_day":"2026-10-01","to_day":"2026-09-01"}"#,
        "最后一天“2026-09-01”不可用：不能早于第一天",
        "give one that is not before the first",
    ),
    (
        "POST /pairings",
        r#"{"host_classroom":"s1-r","receiving_classroom":"s2-r","subject":"英语","term":"t","from_day":"2026-02-30","to_day":null}"#,
        "日期“2026-02-30”不可用：请填日历上有的日期",
        "give one of the calendar",
    ),
    (
        "POST /pairings",
        r#"{"host_classroom":"s1-r","receiving_classroom":"s1-r","subject":"英语","term":"t","from_day":null,"to_day":null}"#,
        "请选主讲教室以外的教室",
        "give another one than the host's",
    ),
    (
        "POST /pairings",
        r#"{"host_classroom":"s1-r","receiving_classroom":"s2-r","subject":" ","term":"t","from_day":null,"to_day":null}"#,
        "结对不可用：学科“”不可用：请填 1 至 40 个字",
        "use 1 to 40 characters",
    ),
    (
        "POST /entries",
        r#"{"term":"t","weekday":1,"period":9,"subject":"英语","title":"英语","teacher":"x","assistants":[],"host_classroom":"s1-r",
            "receivers":[{"classroom":"s2-r","interactive":true}],"kind":"dedicated","weeks":"全","from_day":null,"to_day":null}"#,
        "《英语》一节也排不出来：作息“全年”没有第 9 节；请更正节次，或先设置作息",
        "“英语” would never be taught: the bells “全年” have no period 9; correct the period, or set the bells first",
    ),
    ("POST /people", r#"{"login":"a b","name":"王老师","school":"s1"}"#, "用户名只能由", "a login consists of"),
    ("POST /people", r#"{"login":"operator","name":"王老师","school":"s1"}"#, "“operator”已经存在，请换一个", "exists already"),
    ("POST /terms", r#"{"region":"c","name":"学期","first_day":"2026-09-01","last_day":"2026-08-01","days":[]}"#, "学期", "term"),
    (
        "POST /bell-plans",
        r#"{"school":"s1","name":"作息","from_day":null,"to_day":null,"periods":[{"number":1,"start_min":500,"end_min":400}]}"#,
        "作息不可用：",
        "bell plan",
    ),
    (
        "POST /entries",
        r#"{"term":"t","weekday":8,"period":1,"subject":"英语","title":"英语","teacher":"x","assistants":[],"host_classroom":"s1-r","receivers":[],
            "kind":"dedicated","weeks":"全","from_day":null,"to_day":null}"#,
        "星期“8”不可用：请填 1（周一）至 7（周日）",
        "use 1 (Monday) to 7",
    ),
    (
        "POST /entries",
        r#"{"term":"t","weekday":1,"period":1,"subject":"英语","title":"英语","teacher":"x","assistants":[],"host_classroom":"s1-r","receivers":[],
            "kind":"dedicated","weeks":"每天","from_day":null,"to_day":null}"#,
        "课表条目不可用：",
        "entry",
    ),
    (
        "POST /entries",
        r#"{"term":"none","weekday":1,"period":1,"subject":"英语","title":"英语","teacher":"x","assistants":[],"host_classroom":"s1-r",
            "receivers":[{"classroom":"s2-r","interactive":true}],"kind":"dedicated","weeks":"全","from_day":null,"to_day":null}"#,
        "没有这个学期",
        "there is no term",
    ),
    (
        "POST /entries",
        r#"{"id":"e2345678901234567890123456789012345678901234567890123456","term":"t","weekday":1,"period":1,"subject":"英语","title":"英语","teacher":"x",
            "assistants":[],"host_classroom":"s1-r","receivers":[{"classroom":"s2-r","interactive":true}],"kind":"dedicated","weeks":"全","from_day":null,
            "to_day":null}"#,
        "太长：请用至多 55 个字符",
        "use at most 55 characters",
    ),
    ("POST /regions", r#"{"parent":"c","level":"city","name":"市"}"#, "区划级别“city”不可用：请更正级别", "give the region another level"),
    ("POST /entries", r#"{"term":"t","weekday":1,"period":300,"subject":"英语"}"#, "有一项内容读不出来，请检查填写的数字和日期", "invalid value"),
    ("POST /lessons", r#"{"title":"课","start_ms":2000000000000,"end_ms":1999999999999,"host_classroom":"s1-r"}"#, "请更正开始和结束时间", "correct"),
    ("POST /webhooks", r#"{"region":"c","url":"https://portal.example/hook","events":[],"active":true}"#, "请选 1 至 5 种", "give 1 to 5"),
];

#[tokio::test]
async fn refusals_are_told_in_the_language_that_is_asked_for_and_to_programs_in_english() {
    let folder = Folder::new();
    let server = open(&folder).await;
    let operator = Portal::operator(&server).await;
    operator.county().await;
    operator.person("x", Some("s1"), "teacher", "school", Some("s1")).await;
    let cookie = operator.cookie.clone().unwrap();
    let told = async |head: &str, language: Option<&str>, body: &str| {
        let (method, path) = head.split_once(' ').unwrap();
        let mut headers = vec![("Cookie", cookie.as_str()), ("Content-Type", "application/json")];
        headers.extend(language.map(|language| ("Accept-Language", language)));
        let reply = server.request(&format!("{method} /api/v1{path}"), &headers, body).await;
        assert!([409, 422].contains(&reply.status), "{head} {body}: {reply:?}");
        reply.problem().detail
    };
    for (head, body, chinese, english) in REFUSED {
        let detail = told(head, Some("zh-CN,zh;q=0.9,en;q=0.8"), body).await;
        assert!(detail.contains(chinese), "{head} {body}: {detail}");
        for language in [Some("en-GB,en;q=0.9"), Some("*"), None] {
            let detail = told(head, language, body).await;
            assert!(detail.contains(english), "{head} {body} in {language:?}: {detail}");
            assert!(!detail.contains("请"), "{head} {body} in {language:?}: {detail}");
        }
    }
}
