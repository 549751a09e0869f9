//! A client of `/api/v1`: what a district's portal or one of our pages does.
#![allow(clippy::unwrap_used, dead_code)]

use super::{Reply, Running, now_s};
use serde_json::{Value, json};
use signaling::account::admin::create_operator;

/// The password of everybody here.
pub(crate) const PASSWORD: &str = "三个课堂二零二六年秋";

/// A browser, or something like it: it keeps its cookie.
pub(crate) struct Portal<'a> {
    pub(crate) server: &'a Running,
    pub(crate) cookie: Option<String>,
    pub(crate) bearer: Option<String>,
}

impl<'a> Portal<'a> {
    pub(crate) fn new(server: &'a Running) -> Self {
        Self { server, cookie: None, bearer: None }
    }

    pub(crate) fn device(server: &'a Running, token: &str) -> Self {
        Self { server, cookie: None, bearer: Some(token.to_owned()) }
    }

    /// The county's operator, made on the machine, signed in; its second factor is not asked for by these servers.
    pub(crate) async fn operator(server: &'a Running) -> Self {
        create_operator(&server.store, "operator", "县运维", Some(PASSWORD.into()), now_s() * 1_000).await.unwrap();
        let mut portal = Self::new(server);
        assert_eq!(portal.sign_in("operator", PASSWORD, None).await.status, 200);
        portal
    }

    pub(crate) async fn sign_in(&mut self, login: &str, password: &str, code: Option<&str>) -> Reply {
        let reply = self.send("POST /session", json!({ "login": login, "password": password, "code": code }), None).await;
        if let Some(cookie) = reply.header("set-cookie") {
            self.cookie = cookie.split(';').next().map(str::to_owned);
        }
        reply
    }

    /// `head` is `METHOD /path` below `/api/v1`.
    pub(crate) async fn send(&self, head: &str, body: Value, version: Option<u64>) -> Reply {
        let (method, path) = head.split_once(' ').unwrap();
        let tag = version.map(|version| format!("\"{version}\""));
        let mut headers = vec![("Accept-Language", "en")];
        if let Some(cookie) = &self.cookie {
            headers.push(("Cookie", cookie));
        }
        let bearer = self.bearer.as_ref().map(|token| format!("Bearer {token}"));
        if let Some(bearer) = &bearer {
            headers.push(("Authorization", bearer));
        }
        if let Some(tag) = &tag {
            headers.push(("If-Match", tag));
        }
        let length;
        let text = if body.is_null() { String::new() } else { body.to_string() };
        if !text.is_empty() {
            headers.push(("Content-Type", "application/json"));
            if method == "PUT" || method == "DELETE" {
                length = text.len().to_string();
                headers.push(("Content-Length", &length));
            }
        }
        self.server.request(&format!("{method} /api/v1{path}"), &headers, &text).await
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send(&format!("GET {path}"), Value::Null, None).await
    }

    /// Makes something, which must succeed.
    pub(crate) async fn make(&self, path: &str, body: Value) -> Value {
        let reply = self.send(&format!("POST {path}"), body, None).await;
        assert!(reply.status == 201 || reply.status == 200, "{path}: {reply:?}");
        serde_json::from_str(&reply.body).unwrap()
    }

    /// Makes a person with a role, and signs it in.
    pub(crate) async fn person(&self, login: &str, school: Option<&str>, role: &str, scope: &str, scope_id: Option<&str>) -> Portal<'a> {
        let grants = json!([{ "role": role, "scope": scope, "scope_id": scope_id }]);
        let made = self.make("/people", json!({ "id": login, "login": login, "name": login, "school": school, "grants": grants })).await;
        let reset = self.send("POST /password-resets", json!({ "token": made["reset"]["token"], "password": PASSWORD }), None).await;
        assert_eq!(reset.status, 204, "{reset:?}");
        let mut portal = Portal::new(self.server);
        assert_eq!(portal.sign_in(login, PASSWORD, None).await.status, 200);
        portal
    }

    /// A county `c` with the schools `s1`, `s2` (allied) and a county `d` with `s3`; each school has a room `SCHOOL-r` and bells.
    pub(crate) async fn county(&self) {
        self.make("/regions", json!({ "id": "p", "level": "province", "name": "省" })).await;
        for region in ["c", "d"] {
            self.make("/regions", json!({ "id": region, "parent": "p", "level": "county", "name": region })).await;
        }
        for (school, region) in [("s1", "c"), ("s2", "c"), ("s3", "d")] {
            self.make("/schools", json!({ "id": school, "name": format!("学校{school}"), "kind": "main", "region": region })).await;
            self.make("/classrooms", json!({ "id": format!("{school}-r"), "school": school, "name": "录播教室", "kind": "recording" })).await;
            self.make("/classrooms", json!({ "id": format!("{school}-q"), "school": school, "name": "三年级", "kind": "ordinary" })).await;
            let periods: Vec<Value> = (1..=8).map(|number| json!({ "number": number, "start_min": 420 + 60 * number, "end_min": 460 + 60 * number })).collect();
            self.make("/bell-plans", json!({ "id": format!("{school}-b"), "school": school, "name": "全年", "periods": periods })).await;
        }
        let members = json!([{ "school": "s1", "role": "lead", "from_day": "2020-01-01" }, { "school": "s2", "role": "paired", "from_day": "2020-01-01" }]);
        self.make("/alliances", json!({ "id": "a", "region": "c", "name": "联盟", "members": members })).await;
        // A term around today, whenever that is.
        let day = |days: i64| {
            let ms = (i64::try_from(now_s()).unwrap() + days * 86_400) * 1_000;
            timetable::Zone::default().wall(u64::try_from(ms).unwrap()).unwrap().0.to_string()
        };
        self.make("/terms", json!({ "id": "t", "region": null, "name": "学期", "first_day": day(-30), "last_day": day(60), "days": [] })).await;
    }
}
