//! People come in, prove who they are, and do what their roles permit.
#![allow(clippy::unwrap_used)]

mod support;

use serde_json::{Value, json};
use signaling::account::admin::create_operator;
use signaling::store::AuditList;
use support::portal::{PASSWORD, Portal};
use support::{Folder, Reply, Running, now_s};
use totp_rs::{Builder, Secret};

/// As a server is unless it is told otherwise.
async fn strict(folder: &Folder) -> Running {
    Running::start(&folder.0).await
}

/// Without second factors, where a test is about something else.
async fn lenient(folder: &Folder) -> Running {
    Running::start_with(&folder.0, |config| config.second_factor = false).await
}

fn code(secret: &str, steps: u64) -> String {
    let totp = Builder::new().with_secret(Secret::try_from_base32(secret).unwrap()).with_account_name("x".to_owned()).build().unwrap();
    totp.generate(now_s() + 30 * steps).to_string()
}

fn value(reply: &Reply) -> Value {
    serde_json::from_str(&reply.body).unwrap()
}

fn problem(reply: &Reply) -> String {
    reply.problem().kind.trim_start_matches("urn:tongke:problem:").to_owned()
}

#[tokio::test]
async fn an_administrator_does_nothing_before_the_second_factor() {
    let folder = Folder::new();
    let server = strict(&folder).await;
    let mut operator = Portal::operator(&server).await;
    let session = value(&operator.get("/session").await);
    assert_eq!((&session["second_factor"], &session["grants"][0]["role"]), (&json!("to_be_set_up"), &json!("county_operator")));
    let refused = operator.get("/schools").await;
    assert_eq!((refused.status, problem(&refused)), (403, "second_factor_to_be_set_up".into()));
    let secret = value(&operator.send("POST /session/second-factor", Value::Null, None).await)["secret"].as_str().unwrap().to_owned();
    let wrong = operator.send("PUT /session/second-factor", json!({ "code": "000000" }), None).await;
    assert_eq!(wrong.status, 401);
    let first = code(&secret, 0);
    let proven = operator.send("PUT /session/second-factor", json!({ "code": first }), None).await;
    assert_eq!((proven.status, &value(&proven)["second_factor"]), (200, &json!("given")));
    assert_eq!(operator.get("/schools").await.status, 200);
    // Another browser needs a code, and not one that was used.
    let mut other = Portal::new(&server);
    assert_eq!(problem(&other.sign_in("operator", PASSWORD, None).await), "second_factor_needed");
    assert_eq!(problem(&other.sign_in("operator", PASSWORD, Some(&first)).await), "wrong_credentials");
    assert_eq!(other.sign_in("operator", PASSWORD, Some(&code(&secret, 1))).await.status, 200);
    assert_eq!(other.get("/schools").await.status, 200);
    // Nobody moves it to another phone.
    assert_eq!(other.send("POST /session/second-factor", Value::Null, None).await.status, 409);
    operator.cookie = None;
    assert_eq!(problem(&operator.get("/schools").await), "sign_in_needed");
}

/// Sets up the second factor of who is signed in, and returns its secret.
async fn with_second_factor(portal: &Portal<'_>) -> String {
    let secret = value(&portal.send("POST /session/second-factor", Value::Null, None).await)["secret"].as_str().unwrap().to_owned();
    assert_eq!(portal.send("PUT /session/second-factor", json!({ "code": code(&secret, 0) }), None).await.status, 200);
    secret
}

#[tokio::test]
async fn secrets_of_codes_lie_locked_and_open_with_the_key_of_their_directory_alone() {
    let folder = Folder::new();
    let server = strict(&folder).await;
    let secret = with_second_factor(&Portal::operator(&server).await).await;
    let (person, locked) = server.store.totp_secrets().await.unwrap().remove(0);
    assert!(locked.starts_with("v1.") && !locked.contains(&secret), "{locked}");
    let store = server.store.clone();
    server.stop().await;
    // As an older version left it.
    store.rewrite_totp(&person, &locked, &secret).await.unwrap();
    let server = strict(&folder).await;
    let again = server.store.totp_secrets().await.unwrap().remove(0).1;
    assert!(again.starts_with("v1.") && again != locked, "{again}");
    assert_eq!(Portal::new(&server).sign_in("operator", PASSWORD, Some(&code(&secret, 1))).await.status, 200);
    server.stop().await;

    std::fs::write(folder.0.join("secret.key"), [1; 32]).unwrap();
    let server = strict(&folder).await;
    let mut operator = Portal::new(&server);
    assert_eq!(problem(&operator.sign_in("operator", "wrong-password", None).await), "wrong_credentials", "told to whom knows the password");
    let lost = operator.sign_in("operator", PASSWORD, Some("123456")).await;
    assert_eq!((lost.status, problem(&lost)), (403, "second_factor_unreadable".into()));
    // The remedy: somebody who is made on the machine resets it.
    create_operator(&server.store, "rescue", "县运维", Some(PASSWORD.into()), now_s() * 1_000).await.unwrap();
    let mut rescue = Portal::new(&server);
    assert_eq!(rescue.sign_in("rescue", PASSWORD, None).await.status, 200);
    with_second_factor(&rescue).await;
    assert_eq!(rescue.send(&format!("DELETE /people/{person}/second-factor"), Value::Null, None).await.status, 204);
    assert_eq!(operator.sign_in("operator", PASSWORD, None).await.status, 200);
    with_second_factor(&operator).await;
    assert_eq!(operator.get("/schools").await.status, 200);
}

#[tokio::test]
async fn wrong_passwords_lock_the_account_and_tell_nothing() {
    let folder = Folder::new();
    let server = lenient(&folder).await;
    let _ = Portal::operator(&server).await;
    let mut stranger = Portal::new(&server);
    for attempt in 1..=6 {
        let unknown = stranger.sign_in(["nobody", " Ｎobody"][attempt % 2], "wrong-password", None).await;
        let known = stranger.sign_in("operator", "wrong-password", None).await;
        assert_eq!((known.status, &known.body), (unknown.status, &unknown.body), "the same words for both");
        let expected = if attempt < 5 { (401, "wrong_credentials", None) } else { (429, "locked", Some("60")) };
        for reply in [&known, &unknown] {
            assert_eq!((reply.status, problem(reply).as_str(), reply.header("retry-after")), expected, "attempt {attempt}");
        }
    }
    assert_eq!(problem(&stranger.sign_in("operator", PASSWORD, None).await), "locked", "also the right one");
    assert_eq!(problem(&stranger.sign_in("another", PASSWORD, None).await), "wrong_credentials", "each login is counted for itself");
    let (person, _) = server.store.person_by_login("operator").await.unwrap().unwrap();
    server.store.lock_person(&person.id, None).await.unwrap();
    assert_eq!(stranger.sign_in(" Operator ", PASSWORD, None).await.status, 200, "as people type it");
    let log = server.store.audit(&AuditList { thing: Some("person"), limit: 10, ..AuditList::default() }).await.unwrap();
    assert!(log.iter().any(|line| line.act == "lock"), "{log:?}");
}

#[tokio::test]
async fn nobody_has_a_login_that_passes_for_another() {
    let folder = Folder::new();
    let server = lenient(&folder).await;
    let operator = Portal::operator(&server).await;
    operator.county().await;
    operator.person("wang-li", Some("s1"), "teacher", "school", Some("s1")).await;
    let make = async |login: &str| operator.send("POST /people", json!({ "login": login, "name": "王丽", "school": "s1", "grants": [] }), None).await.status;
    for same in ["Wang-Li", "ｗａｎｇ－ｌｉ", "\u{3000}wang-li "] {
        assert_eq!(make(same).await, 409, "{same:?}");
    }
    for odd in ["wаng-li", "wang\u{200b}-li", "wang -li", "wang-li\u{202e}"] {
        assert_eq!(make(odd).await, 422, "{odd:?}");
    }
    assert_eq!(Portal::new(&server).sign_in("ＷＡＮＧ－ＬＩ", PASSWORD, None).await.status, 200, "as an input method writes it");
    // As an older version left them: one that only needs another form, one that is taken for another's.
    operator.person("zhao", Some("s1"), "teacher", "school", Some("s1")).await;
    let (chief, _) = server.store.person_by_login("operator").await.unwrap().unwrap();
    for (person, from, to) in [(chief.id.as_str(), "operator", "ｏperator"), ("zhao", "zhao", "ｗang-li")] {
        assert!(server.store.rewrite_login(person, from, to).await.unwrap());
    }
    server.stop().await;
    let server = lenient(&folder).await;
    for (typed, whose) in [("operator", chief.id.as_str()), ("wang-li", "wang-li"), ("ｗang-li", "zhao"), ("ｗａng-li", "wang-li")] {
        let reply = Portal::new(&server).sign_in(typed, PASSWORD, None).await;
        assert_eq!((reply.status, value(&reply)["person"]["id"].as_str()), (200, Some(whose)), "{typed}");
    }
    // A change of the name leaves it as it is; a change of the login does not.
    let mut operator = Portal::new(&server);
    operator.sign_in("operator", PASSWORD, None).await;
    let mut person = value(&operator.get("/people/zhao").await);
    person["name"] = json!("赵静");
    let renamed = operator.send("PUT /people/zhao", person.clone(), person["version"].as_u64()).await;
    assert_eq!((renamed.status, &value(&renamed)["login"]), (200, &json!("ｗang-li")));
    person["login"] = json!("WANG-LI");
    assert_eq!(operator.send("PUT /people/zhao", person, value(&renamed)["version"].as_u64()).await.status, 409);
}

/// As through a proxy on this machine, or one that is named.
#[tokio::test]
async fn attempts_are_counted_and_noted_by_the_address_that_the_proxy_names() {
    let folder = Folder::new();
    let server = Running::start_with(&folder.0, |config| {
        config.second_factor = false;
        config.trusted_proxies = vec!["10.20.0.0/16".parse().unwrap()];
    })
    .await;
    let _ = Portal::operator(&server).await;
    let attempt = async |chain: &str, login: &str| {
        let headers = [("Content-Type", "application/json"), ("X-Forwarded-For", chain)];
        server.request("POST /api/v1/session", &headers, &json!({ "login": login, "password": PASSWORD }).to_string()).await.status
    };
    assert_eq!(attempt("8.8.8.8, 2001:db8::7, 10.20.0.1", "operator").await, 200);
    let line = &server.store.audit(&AuditList { limit: 1, ..AuditList::default() }).await.unwrap()[0];
    let (person, _) = server.store.person_by_login("operator").await.unwrap().unwrap();
    let session = &server.store.sessions(&person.id, now_s() * 1_000).await.unwrap()[0];
    assert_eq!([line.act.as_str(), &line.address, &session.address], ["sign in", "2001:db8::7", "2001:db8::7"]);
    for spoofed in 0..20 {
        assert_eq!(attempt(&format!("8.8.8.{spoofed}, 203.0.113.7"), &format!("nobody{spoofed}")).await, 401);
    }
    assert_eq!(attempt("8.8.8.99, 203.0.113.7", "nobody").await, 429, "whatever the sender wrote before");
    assert_eq!(attempt("203.0.113.8", "nobody").await, 401, "its neighbour");
}

#[tokio::test]
async fn a_password_is_set_with_a_token_once() {
    let folder = Folder::new();
    let server = lenient(&folder).await;
    let operator = Portal::operator(&server).await;
    operator.county().await;
    let apart = json!({ "login": "apart", "name": "x", "school": "s1", "region": "d", "grants": [] });
    let apart = operator.send("POST /people", apart, None).await;
    assert_eq!((apart.status, problem(&apart)), (422, "invalid".into()), "s1 lies in another region");
    let made = operator.make("/people", json!({ "login": "Wang.Li", "name": "王丽<b>", "school": "s1", "grants": [] })).await;
    assert_eq!((&made["person"]["login"], &made["person"]["name"]), (&json!("wang.li"), &json!("王丽<b>")));
    let token = made["reset"]["token"].clone();
    let stranger = Portal::new(&server);
    let weak = stranger.send("POST /password-resets", json!({ "token": token, "password": "short" }), None).await;
    assert_eq!(weak.status, 422);
    let login = stranger.send("POST /password-resets", json!({ "token": token, "password": "wang.li-2026!" }), None).await;
    assert_eq!((login.status, problem(&login)), (422, "invalid".into()), "the login in it");
    assert_eq!(stranger.send("POST /password-resets", json!({ "token": token, "password": PASSWORD }), None).await.status, 204);
    let replayed = stranger.send("POST /password-resets", json!({ "token": token, "password": "another password" }), None).await;
    assert_eq!((replayed.status, problem(&replayed)), (401, "wrong_credentials".into()));
    let mut wang = Portal::new(&server);
    assert_eq!(wang.sign_in("wang.li", PASSWORD, None).await.status, 200);
    assert_eq!(wang.get("/schools").await.status, 403, "no role, nothing to see");
    let id = made["person"]["id"].as_str().unwrap();
    let reset = operator.make(&format!("/people/{id}/reset"), json!({})).await;
    let changed = wang.send("PUT /session/password", json!({ "old": PASSWORD, "new": "ein ganz anderes Wort" }), None).await;
    assert_eq!(changed.status, 204, "{changed:?}");
    assert_eq!(wang.get("/session").await.status, 200, "this session goes on");
    let late = stranger.send("POST /password-resets", json!({ "token": reset["token"], "password": "another password" }), None).await;
    assert_eq!((late.status, problem(&late)), (401, "wrong_credentials".into()), "made before the password was changed");
    // Closed, nobody comes in any more.
    let person = operator.get(&format!("/people/{id}")).await;
    let version = value(&person)["version"].as_u64();
    assert_eq!(operator.send(&format!("DELETE /people/{id}"), Value::Null, version).await.status, 204);
    assert_eq!(wang.get("/session").await.status, 401);
}

#[tokio::test]
async fn nobody_gives_more_than_it_has() {
    let folder = Folder::new();
    let server = lenient(&folder).await;
    let operator = Portal::operator(&server).await;
    operator.county().await;
    let admin = operator.person("admin", Some("s1"), "school_admin", "school", Some("s1")).await;
    let person = |id: &str, school: &str, role: &str, scope_id: &str| json!({ "id": id, "login": id, "name": id, "school": school, "grants": [{ "role": role, "scope": "school", "scope_id": scope_id }] });
    assert_eq!(admin.send("POST /people", person("ok", "s1", "teacher", "s1"), None).await.status, 201);
    for (id, school, role, scope) in [("x1", "s1", "school_admin", "s1"), ("x2", "s1", "county_operator", "s1"), ("x3", "s1", "teacher", "s2")] {
        assert_eq!(admin.send("POST /people", person(id, school, role, scope), None).await.status, 403, "{role} in {scope}");
    }
    assert_eq!(admin.send("POST /people", person("x4", "s3", "teacher", "s3"), None).await.status, 404, "another county's school is not there");
    let (chief, _) = server.store.person_by_login("operator").await.unwrap().unwrap();
    assert_eq!(admin.send(&format!("POST /people/{}/reset", chief.id), Value::Null, None).await.status, 404);
    // An alliance's administrator cannot make a school its own.
    let league = operator.person("league", None, "alliance_admin", "alliance", Some("a")).await;
    let alliance = value(&league.get("/alliances/a").await);
    let mut grabbing = alliance.clone();
    grabbing["members"].as_array_mut().unwrap().push(json!({ "school": "s3", "role": "paired", "from_day": "2020-01-01", "to_day": null }));
    assert_eq!(league.send("PUT /alliances/a", grabbing, alliance["version"].as_u64()).await.status, 422);
}

#[tokio::test]
async fn two_who_change_the_same_are_told_apart() {
    let folder = Folder::new();
    let server = lenient(&folder).await;
    let operator = Portal::operator(&server).await;
    operator.county().await;
    let read = operator.get("/schools/s1").await;
    assert_eq!(read.header("etag"), Some("\"1\""));
    let mut school = value(&read);
    school["name"] = json!("一小'; DROP TABLE schools; --");
    assert_eq!(problem(&operator.send("PUT /schools/s1", school.clone(), None).await), "if_match_needed");
    let changed = operator.send("PUT /schools/s1", school.clone(), Some(1)).await;
    assert_eq!((changed.status, changed.header("etag")), (200, Some("\"2\"")));
    let late = operator.send("PUT /schools/s1", school, Some(1)).await;
    assert_eq!((late.status, problem(&late)), (412, "changed".into()));
    assert_eq!(value(&operator.get("/schools/s1").await)["name"], json!("一小'; DROP TABLE schools; --"));
    // What is listed comes in pages.
    let first = value(&operator.get("/schools?limit=2").await);
    let second = value(&operator.get(&format!("/schools?limit=2&cursor={}", first["next"].as_str().unwrap())).await);
    let ids = |page: &Value| page["items"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!((ids(&first), ids(&second), &second["next"]), (vec!["s1".into(), "s2".into()], vec!["s3".to_owned()], &Value::Null));
    for path in ["/schools?limit=0", "/schools?limit=x", "/lessons?cursor=rubbish", "/lessons?from_ms=x"] {
        assert_eq!(operator.get(path).await.status, 400, "{path}");
    }
    assert_eq!(operator.get("/schools/%2e%2e").await.status, 404);
}

#[tokio::test]
async fn a_page_of_another_site_does_nothing_with_the_cookie() {
    let folder = Folder::new();
    let server = lenient(&folder).await;
    let operator = Portal::operator(&server).await;
    let cookie = operator.cookie.clone().unwrap();
    let body = r#"{"level":"county","name":"x"}"#;
    let headers = [("Cookie", cookie.as_str()), ("Content-Type", "application/json"), ("Origin", "https://evil.example")];
    assert_eq!(server.request("POST /api/v1/regions", &headers, body).await.status, 403);
    let reply = Portal::new(&server).sign_in("operator", PASSWORD, None).await;
    let set = reply.header("set-cookie").unwrap();
    assert!(set.contains("HttpOnly") && set.contains("SameSite=Lax") && set.contains("Path=/"), "{set}");
}

#[tokio::test]
async fn a_panel_is_bound_once_and_comes_into_its_lessons() {
    let folder = Folder::new();
    let server = lenient(&folder).await;
    let operator = Portal::operator(&server).await;
    operator.county().await;
    let admin = operator.person("admin", Some("s2"), "school_admin", "school", Some("s2")).await;
    let code = Portal::new(&server).make("/device-codes", Value::Null).await;
    let (id, token) = (code["id"].as_str().unwrap(), code["poll_token"].as_str().unwrap());
    let panel = Portal::device(&server, token);
    let waiting = value(&panel.get(&format!("/device-codes/{id}")).await);
    assert_eq!(waiting["confirmed"], json!(false));
    assert_eq!(panel.get("/today").await.status, 401, "not bound yet");
    let bind = |classroom: &str| json!({ "code": code["code"], "classroom": classroom, "name": "墙上的大屏" });
    assert_eq!(admin.send("POST /devices", bind("s3-q"), None).await.status, 404, "another school's room");
    let device = admin.make("/devices", bind("s2-q")).await;
    assert_eq!(admin.send("POST /devices", bind("s2-q"), None).await.status, 404, "a code is used once");
    let bound = value(&panel.get(&format!("/device-codes/{id}")).await);
    assert_eq!((&bound["confirmed"], &bound["token"], &bound["place"]["school_name"]), (&json!(true), &json!(token), &json!("学校s2")));

    let start_ms = now_s() * 1_000 + 60_000;
    let teacher = operator.person("teacher", Some("s1"), "teacher", "school", Some("s1")).await;
    let draft = json!({ "title": "画画", "subject": "美术", "start_ms": start_ms, "end_ms": start_ms + 2_400_000, "host_classroom": "s1-r",
        "teacher": "teacher", "receivers": [{ "classroom": "s2-q", "interactive": true }] });
    let lesson = operator.make("/lessons", draft.clone()).await;
    let clash = operator.send("POST /lessons?dry_run=true", draft, None).await;
    assert_eq!((clash.status, problem(&clash)), (409, "clash".into()));
    let words = clash.problem().detail;
    assert!(words.matches("“画画”").count() == 2 && words.contains("is taken on"), "both lessons are named: {words}");
    let today = value(&panel.get("/today").await);
    assert_eq!((&today["place"]["classroom"], &today["lessons"][0]["title"]), (&json!("s2-q"), &json!("画画")));
    let path = format!("/lessons/{}/join", lesson["id"].as_str().unwrap());
    let seat = panel.make(&path, Value::Null).await;
    assert_eq!((&seat["role"], &seat["page"]), (&json!("classroom"), &json!("/panel")));
    let host = teacher.make(&path, Value::Null).await;
    assert_eq!(host["role"], json!("host"));
    let observer = admin.make(&path, Value::Null).await;
    assert_eq!(observer["role"], json!("observer"), "its class receives it");
    let stranger = operator.person("stranger", Some("s3"), "teacher", "school", Some("s3")).await;
    assert_eq!(stranger.send(&format!("POST {path}"), Value::Null, None).await.status, 404);
    assert_eq!(admin.send(&format!("DELETE /devices/{}", device["id"].as_str().unwrap()), Value::Null, None).await.status, 204);
    assert_eq!(panel.get("/today").await.status, 401, "revoked");
}

#[tokio::test]
async fn a_lesson_by_hand_keeps_the_rules_of_the_timetable() {
    let folder = Folder::new();
    let server = lenient(&folder).await;
    let operator = Portal::operator(&server).await;
    operator.county().await;
    operator.person("teacher", Some("s1"), "teacher", "school", Some("s1")).await;
    let start_ms = now_s() * 1_000 + 3_600_000;
    let draft =
        json!({ "title": "补课", "subject": "美术", "start_ms": start_ms, "end_ms": start_ms + 2_400_000, "host_classroom": "s1-r", "teacher": "teacher" });
    let but = |changes: Value| {
        let mut draft = draft.clone();
        draft.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        draft
    };
    for (changes, word) in [
        (json!({ "receivers": [{ "classroom": "s1-r", "interactive": false }] }), "s1-r"),
        (json!({ "kind": "famous_school", "receivers": [{ "classroom": "s2-q", "interactive": true }] }), "receive-only"),
        (json!({ "assistants": ["teacher"] }), "twice"),
        (json!({ "subject": "课".repeat(5_000) }), "40 characters"),
        (json!({ "subject": "" }), "40 characters"),
        (json!({ "subject": "a\nb" }), "40 characters"),
        (json!({ "reason": "因".repeat(5_000) }), "200 characters"),
        (json!({ "end_ms": start_ms + 1 }), "shorter than a minute"),
        (json!({ "start_ms": 1u64 << 62, "end_ms": (1u64 << 62) + 2_400_000 }), "before the year 10000"),
    ] {
        let refused = operator.send("POST /lessons", but(changes.clone()), None).await;
        assert_eq!((refused.status, problem(&refused)), (422, "invalid".into()), "{changes}");
        assert!(refused.problem().detail.contains(word), "{}", refused.problem().detail);
    }
    let made = operator.make("/lessons", draft).await;
    let put = format!("PUT /lessons/{}", made["id"].as_str().unwrap());
    let long_ago = json!({ "start_ms": start_ms - 30 * 86_400_000, "end_ms": start_ms - 30 * 86_400_000 + 2_400_000 });
    let refused = operator.send(&put, long_ago, Some(1)).await;
    assert_eq!((refused.status, problem(&refused)), (422, "invalid".into()));
    assert_eq!(operator.send(&put, json!({ "assistants": ["teacher"] }), Some(1)).await.status, 422);
    assert_eq!(operator.send(&put, json!({ "reason": "换课" }), Some(1)).await.status, 200);
}

#[tokio::test]
async fn an_entry_makes_its_lessons_or_is_refused() {
    let folder = Folder::new();
    let server = lenient(&folder).await;
    let operator = Portal::operator(&server).await;
    operator.county().await;
    let admin = operator.person("admin", Some("s1"), "school_admin", "school", Some("s1")).await;
    operator.person("teacher", Some("s1"), "teacher", "school", Some("s1")).await;
    let entry = |id: &str, weekday: u8, receiver: &str| {
        json!({ "id": id, "term": "t", "weekday": weekday, "period": 3, "subject": "音乐", "title": "三年级音乐", "teacher": "teacher", "assistants": [],
            "host_classroom": "s1-r", "receivers": [{ "classroom": receiver, "interactive": true }], "kind": "dedicated", "weeks": "all" })
    };
    let made = admin.send("POST /entries", entry("e1", 3, "s2-q"), None).await;
    assert_eq!(made.status, 201, "{made:?}");
    let lessons = value(&admin.get(&format!("/lessons?entry=e1&to_ms={}", (now_s() + 90 * 86_400) * 1_000)).await);
    let count = lessons["items"].as_array().unwrap().len();
    assert!((7..=9).contains(&count), "one a week for 60 days: {count}");
    assert_eq!(lessons["items"][0]["receivers"][0]["school_name"], json!("学校s2"));
    let clash = admin.send("POST /entries", entry("e2", 3, "s2-r"), None).await;
    assert_eq!((clash.status, problem(&clash)), (409, "clash".into()));
    assert_eq!(admin.get("/entries/e2").await.status, 404, "nothing is left of it");
    assert_eq!(admin.send("POST /entries", entry("e3", 4, "s3-q"), None).await.status, 422, "a school that is no ally");
    assert_eq!(admin.send("POST /entries?dry_run=true", entry("e4", 4, "s2-q"), None).await.status, 200);
    assert_eq!(admin.get("/entries/e4").await.status, 404);
    let moved = admin.send("PUT /entries/e1", entry("e1", 5, "s2-q"), Some(1)).await;
    assert_eq!(moved.status, 200, "{moved:?}");
    assert_eq!(admin.send("DELETE /entries/e1", Value::Null, Some(2)).await.status, 200);
    let lessons = value(&admin.get(&format!("/lessons?entry=e1&to_ms={}", (now_s() + 90 * 86_400) * 1_000)).await);
    assert!(lessons["items"].as_array().unwrap().iter().all(|lesson| lesson["state"] == json!("cancelled")));
}

#[tokio::test]
async fn lessons_follow_bells_and_holidays_at_once() {
    let folder = Folder::new();
    let server = lenient(&folder).await;
    let operator = Portal::operator(&server).await;
    operator.county().await;
    let admin = operator.person("admin", Some("s1"), "school_admin", "school", Some("s1")).await;
    // Not today's: of these, some may be past.
    let in_days = |days: u64| timetable::Zone::default().wall((now_s() + days * 86_400) * 1_000).unwrap().0.weekday().to_monday_one_offset();
    for (id, school, receiver, weekday) in [("e1", "s1", "s2-q", in_days(2)), ("e3", "s3", "s3-q", in_days(3))] {
        operator.person(school, Some(school), "teacher", "school", Some(school)).await;
        let receivers = json!([{ "classroom": receiver, "interactive": true }]);
        operator
            .make(
                "/entries",
                json!({ "id": id, "term": "t", "weekday": weekday, "period": 3, "subject": "音乐", "title": "音乐", "teacher": school, "assistants": [],
                    "host_classroom": format!("{school}-r"), "receivers": receivers, "kind": "dedicated", "weeks": "all" }),
            )
            .await;
    }
    let lessons = async |entry: &str| value(&operator.get(&format!("/lessons?entry={entry}&to_ms={}", (now_s() + 90 * 86_400) * 1_000)).await)["items"].clone();
    let (own, others) = (lessons("e1").await, lessons("e3").await);
    let count = own.as_array().unwrap().len();

    // The third period begins an hour later; the other school's lessons stay.
    let plan = json!({ "school": "s1", "name": "全年", "periods": [{ "number": 3, "start_min": 660, "end_min": 700 }] });
    let saved = value(&admin.send("PUT /bell-plans/s1-b", plan, Some(1)).await);
    assert_eq!((&saved["name"], &saved["version"], &saved["lessons"]["updated"]), (&json!("全年"), &json!(2), &json!(count)));
    assert_eq!(lessons("e1").await[0]["start_ms"], json!(own[0]["start_ms"].as_u64().unwrap() + 3_600_000));
    assert_eq!(lessons("e3").await, others);

    // A dated plan without that period, and away with it.
    let day = own[1]["day"].as_str().unwrap();
    let short = json!({ "id": "short", "school": "s1", "name": "半天", "from_day": day, "to_day": day, "periods": [{ "number": 1, "start_min": 480, "end_min": 520 }] });
    assert_eq!(admin.make("/bell-plans", short).await["lessons"]["cancelled"], json!(1));
    assert_eq!(lessons("e1").await[1]["state"], json!("cancelled"));
    let removed = admin.send("DELETE /bell-plans/short", Value::Null, Some(1)).await;
    assert_eq!((removed.status, &value(&removed)["lessons"]["updated"]), (200, &json!(1)));
    assert_eq!(lessons("e1").await[1]["state"], json!("scheduled"));
    // The plan of the whole year is all that the lessons to come have; one that nothing stands on goes without a word.
    let needed = admin.send("DELETE /bell-plans/s1-b", Value::Null, Some(2)).await;
    assert_eq!((needed.status, problem(&needed)), (409, "in_use".into()));
    let detail = needed.problem().detail;
    assert!(detail.contains("lessons to come on days without other bells: ") && detail.contains("make other bells"), "{detail}");
    assert_eq!(lessons("e1").await.as_array().unwrap().len(), count);
    assert_eq!(operator.send("DELETE /bell-plans/s2-b", Value::Null, Some(1)).await.status, 204);

    // A holiday.
    let mut term = value(&operator.get("/terms/t").await);
    term["days"] = json!([{ "day": day, "kind": "holiday", "name": "校庆" }]);
    assert_eq!(value(&operator.send("PUT /terms/t", term, Some(1)).await)["lessons"]["cancelled"], json!(1));
    assert_eq!(lessons("e1").await[1]["reason"], json!("放假：校庆"));

    // A school makes its own lessons, nobody else's.
    let made = value(&admin.send("POST /terms/t/lessons?school=s1", Value::Null, None).await);
    assert_eq!((&made["created"], &made["updated"], &made["failed"]), (&json!(0), &json!(0), &json!([])));
    assert_eq!(admin.send("POST /terms/t/lessons?school=s3", Value::Null, None).await.status, 404);
    assert_eq!(admin.send("POST /terms/t/lessons?school=s2", Value::Null, None).await.status, 403, "an ally's");
    assert_eq!(admin.send("POST /terms/t/lessons", Value::Null, None).await.status, 404);
}

#[tokio::test]
async fn a_list_of_lessons_is_each_ones_own_and_as_it_is_now() {
    let folder = Folder::new();
    let server = lenient(&folder).await;
    let operator = Portal::operator(&server).await;
    operator.county().await;
    let ally = operator.person("ally", Some("s2"), "school_admin", "school", Some("s2")).await;
    let stranger = operator.person("stranger", Some("s3"), "school_admin", "school", Some("s3")).await;
    operator.person("teacher", Some("s1"), "teacher", "school", Some("s1")).await;
    let start_ms = now_s() * 1_000 + 3_600_000;
    let draft = |hours: u64| {
        let start_ms = start_ms + hours * 3_600_000;
        json!({ "title": format!("课{hours}"), "start_ms": start_ms, "end_ms": start_ms + 2_400_000, "host_classroom": "s1-r", "teacher": "teacher",
            "receivers": [{ "classroom": "s2-q", "interactive": true }] })
    };
    let path = |limit: usize| format!("/lessons?from_ms={start_ms}&to_ms={}&limit={limit}", start_ms + 86_400_000);
    let titles = |page: &Value| page["items"].as_array().unwrap().iter().map(|lesson| lesson["title"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    let list = async |portal: &Portal<'_>| value(&portal.get(&path(200)).await);
    assert_eq!(titles(&list(&operator).await), [""; 0]);
    let first = operator.make("/lessons", draft(0)).await;
    assert_eq!(titles(&list(&operator).await), ["课0"], "made just now");
    let second = operator.make("/lessons", draft(1)).await;
    operator.make("/lessons", draft(2)).await;
    assert_eq!(titles(&list(&operator).await), ["课0", "课1", "课2"]);
    assert_eq!(titles(&list(&ally).await), ["课0", "课1", "课2"]);
    assert_eq!(titles(&list(&stranger).await), [""; 0], "what others were answered is not for everybody");
    let mut pages = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = value(&operator.get(&format!("{}{cursor}", path(1))).await);
        pages.extend(titles(&page));
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(pages, ["课0", "课1", "课2"]);
    let teacher = value(&operator.get("/people/teacher").await);
    let renamed = json!({ "id": "teacher", "login": "teacher", "name": "欧阳老师", "school": "s1" });
    assert_eq!(operator.send("PUT /people/teacher", renamed, teacher["version"].as_u64()).await.status, 200);
    assert_eq!(list(&ally).await["items"][0]["teacher"]["name"], json!("欧阳老师"));
    let cancel = format!("POST /lessons/{}/cancel", first["id"].as_str().unwrap());
    assert_eq!(operator.send(&cancel, json!({ "reason": "停电" }), first["version"].as_u64()).await.status, 200);
    assert_eq!(list(&ally).await["items"][0]["state"], json!("cancelled"));
    // A list that is asked for the first time has nothing old of another one.
    let change = format!("PUT /lessons/{}", second["id"].as_str().unwrap());
    assert_eq!(operator.send(&change, json!({ "title": "换课" }), Some(1)).await.status, 200);
    assert_eq!(titles(&value(&operator.get(&format!("{}&school=s2", path(200))).await)), ["课0", "换课", "课2"]);
    // Whose role was ended has no lessons but the own ones from then on; whose session was, is refused.
    let grants = server.store.grants("ally", None).await.unwrap();
    server.store.end_grant(&grants[0].id, now_s() * 1_000).await.unwrap();
    assert_eq!(list(&ally).await["items"], json!([]));
    server.store.end_sessions("ally", None).await.unwrap();
    assert_eq!(ally.get(&path(200)).await.status, 401);
}
