//! Every route as everybody: each role, a panel, nobody; on what is their own county's and on what is another's.
//!
//! What is expected follows from the route's rule and the table of `access`: who is not permitted is told so (401, 403), what belongs to others does not exist
//! (404, never 403), and who is permitted gets exactly what the example says. A route without an example fails by its name.
#![allow(clippy::unwrap_used)]

mod support;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use protocol::LessonState;
use signaling::access::{Action, Geography, Place, may, may_somewhere};
use signaling::store::{AuditLine, DeviceCode, FeedKind, FeedToken, Grant, Person, PersonRole, PlannedLesson, Scope, unix_ms};
use std::collections::BTreeSet;
use support::county::{self, Side};
use support::{Folder, Reply, Running};

/// Where what a request is about belongs.
#[derive(Clone, Copy)]
enum At {
    /// Nowhere: a list, of which everybody gets what is theirs, or something of one's own.
    Own,
    Region,
    Alliance,
    School,
    Classroom,
}

/// How a route is tried. `{side}` stands for the county, `{n}` for a number that was not used before.
struct Example {
    route: &'static str,
    /// What its `{id}` is of.
    thing: &'static str,
    at: At,
    /// What decides, where it is not the rule's action.
    action: Option<Action>,
    query: &'static str,
    body: Option<&'static str>,
    media: &'static str,
    if_match: bool,
    /// The answers to who is permitted.
    then: &'static [u16],
}

impl Example {
    fn new(route: &'static str, at: At, then: &'static [u16]) -> Self {
        Self { route, thing: "", at, action: None, query: "", body: None, media: "application/json", if_match: false, then }
    }

    fn list(route: &'static str) -> Self {
        Self::new(route, At::Own, &[200])
    }

    fn of(self, thing: &'static str) -> Self {
        Self { thing, ..self }
    }

    fn body(self, body: &'static str) -> Self {
        Self { body: Some(body), ..self }
    }

    /// With the tag of a version that there never was: whoever passes is told so, and nothing is changed.
    fn stale(route: &'static str, at: At) -> Self {
        Self { if_match: true, ..Self::new(route, at, &[412]) }
    }
}

const REGION: &str = r#"{"parent":"{side}-region","level":"county","name":"新区"}"#;
const SCHOOL: &str = r#"{"name":"新校","kind":"main","region":"{side}-region","uplink_kbit":null}"#;
const CLASSROOM: &str = r#"{"school":"{side}-school","name":"新教室","kind":"ordinary"}"#;
const ALLIANCE: &str = r#"{"region":"{side}-region","name":"新联盟","members":[]}"#;
/// As the county has it: who has been a member stays one.
const ALLIANCE_OF_ONE: &str =
    r#"{"region":"{side}-region","name":"联盟","members":[{"school":"{side}-school","role":"lead","from_day":"2020-09-01","to_day":null}]}"#;
const PAIRING: &str =
    r#"{"host_classroom":"{side}-room","receiving_classroom":"{side}-receiver","subject":"学科{n}","term":"{side}-term","from_day":null,"to_day":null}"#;
const TERM: &str = r#"{"region":"{side}-region","name":"新学期","first_day":"2098-09-01","last_day":"2098-10-01","days":[]}"#;
const OTHER_TERM: &str = r#"{"region":"{side}-region","name":"改名","first_day":"2099-09-01","last_day":"2099-10-01","days":[]}"#;
/// The period ends before it begins: whoever may make bells is told so, and none are made.
const BELLS: &str = r#"{"school":"{side}-school","name":"新作息","from_day":null,"to_day":null,"periods":[{"number":1,"start_min":500,"end_min":400}]}"#;
const ENTRY: &str = r#"{"term":"{side}-term","weekday":3,"period":1,"subject":"科学","title":"科学","teacher":"{side}-person","assistants":[],
    "host_classroom":"{side}-room","receivers":[{"classroom":"{side}-receiver","interactive":true}],"kind":"dedicated","weeks":"全","from_day":null,"to_day":null}"#;
const COUNT: &str = r#"{"count":31,"classroom":"{side}-receiver"}"#;
const LESSON: &str = r#"{"title":"补课","start_ms":4000000000000,"end_ms":4000002400000,"host_classroom":"{side}-room"}"#;
const PERSON: &str = r#"{"login":"{side}-person","name":"改名","school":"{side}-school","region":null}"#;

fn register() -> Vec<Example> {
    vec![
        Example::list("GET /regions"),
        Example::new("POST /regions", At::Region, &[201]).body(REGION),
        Example::new("GET /regions/{id}", At::Region, &[200]).of("region"),
        Example::stale("PUT /regions/{id}", At::Region).of("region").body(r#"{"parent":null,"level":"city","name":"县"}"#),
        Example::stale("DELETE /regions/{id}", At::Region).of("region"),
        Example::list("GET /schools"),
        Example::new("POST /schools", At::Region, &[201]).body(SCHOOL),
        Example::new("GET /schools/{id}", At::School, &[200]).of("school"),
        Example::stale("PUT /schools/{id}", At::Region).of("school").body(SCHOOL),
        Example::stale("DELETE /schools/{id}", At::Region).of("school"),
        Example::stale("POST /schools/{id}/reopen", At::Region).of("school"),
        Example::list("GET /classrooms"),
        Example::new("POST /classrooms", At::School, &[201]).body(CLASSROOM),
        Example::new("GET /classrooms/{id}", At::Classroom, &[200]).of("room"),
        Example::stale("PUT /classrooms/{id}", At::School).of("room").body(CLASSROOM),
        Example::stale("DELETE /classrooms/{id}", At::School).of("room"),
        Example::stale("POST /classrooms/{id}/reopen", At::School).of("room"),
        Example::list("GET /alliances"),
        Example::new("POST /alliances", At::Region, &[201]).body(ALLIANCE),
        Example::new("GET /alliances/{id}", At::Alliance, &[200]).of("alliance"),
        Example::stale("PUT /alliances/{id}", At::Alliance).of("alliance").body(ALLIANCE_OF_ONE),
        Example::stale("DELETE /alliances/{id}", At::Alliance).of("alliance"),
        Example::stale("POST /alliances/{id}/reopen", At::Alliance).of("alliance"),
        Example::list("GET /pairings"),
        Example::new("POST /pairings", At::Classroom, &[201]).body(PAIRING),
        Example::new("GET /pairings/{id}", At::Classroom, &[200]).of("pairing"),
        Example::stale("PUT /pairings/{id}", At::Classroom).of("pairing").body(PAIRING),
        Example::stale("DELETE /pairings/{id}", At::Classroom).of("pairing"),
        Example::list("GET /terms"),
        // The second of them has the days of the first.
        Example::new("POST /terms", At::Region, &[201, 422]).body(TERM),
        Example::new("GET /terms/{id}", At::Region, &[200]).of("term"),
        Example::stale("PUT /terms/{id}", At::Region).of("term").body(OTHER_TERM),
        Example::stale("DELETE /terms/{id}", At::Region).of("term"),
        Example::list("GET /bell-plans"),
        Example::new("POST /bell-plans", At::School, &[422]).body(BELLS),
        Example::new("GET /bell-plans/{id}", At::School, &[200]).of("bells"),
        Example::stale("PUT /bell-plans/{id}", At::School)
            .of("bells")
            .body(r#"{"school":"{side}-school","name":"新作息","from_day":null,"to_day":null,"periods":[{"number":1,"start_min":400,"end_min":440}]}"#),
        Example::stale("DELETE /bell-plans/{id}", At::School).of("bells"),
    ]
}

fn people() -> Vec<Example> {
    vec![
        Example { query: "grants=true", ..Example::list("GET /people") },
        Example::new("POST /people", At::School, &[201]).body(r#"{"login":"new-{n}","name":"新教师","school":"{side}-school"}"#),
        Example::new("GET /people/{id}", At::School, &[200]).of("person"),
        Example::stale("PUT /people/{id}", At::School).of("person").body(PERSON),
        Example::stale("DELETE /people/{id}", At::School).of("person"),
        Example::stale("POST /people/{id}/reopen", At::School).of("person"),
        Example::new("GET /people/{id}/grants", At::School, &[200]).of("person"),
        Example::new("GET /classrooms/{id}/assistants", At::Classroom, &[200]).of("receiver"),
        Example::new("POST /people/{id}/grants", At::School, &[201]).of("person").body(r#"{"role":"assistant","scope":"school","scope_id":"{side}-school"}"#),
        Example::new("DELETE /people/{id}/grants/{grant}", At::School, &[204]).of("person"),
        Example::new("POST /people/{id}/reset", At::School, &[200]).of("person"),
        Example::new("DELETE /people/{id}/second-factor", At::School, &[204]).of("person"),
        Example::list("GET /devices"),
        Example::new("POST /devices", At::Classroom, &[201]).body(r#"{"code":"{code}","classroom":"{side}-receiver","name":"一体机"}"#),
        Example::new("DELETE /devices/{id}", At::Classroom, &[204]).of("device"),
        Example::list("GET /audit"),
        Example::new("GET /session", At::Own, &[200]),
        Example::new("DELETE /session", At::Own, &[204]),
        // Without what they need: nobody's password is changed, and nobody is counted as trying.
        Example::new("POST /session", At::Own, &[422]).body("{}"),
        Example::new("PUT /session/password", At::Own, &[422]).body("{}"),
        Example::new("PUT /session/second-factor", At::Own, &[422]).body("{}"),
        Example::new("POST /session/second-factor", At::Own, &[200]),
        Example::new("POST /password-resets", At::Own, &[422]).body("{}"),
        Example::new("GET /oidc", At::Own, &[200]),
        Example::new("GET /oidc/start", At::Own, &[303]),
        Example::new("GET /oidc/callback", At::Own, &[303]),
        Example::new("POST /device-codes", At::Own, &[201]),
        Example::new("GET /device-codes/{id}", At::Own, &[401, 404]).of("code"),
    ]
}

fn timetable() -> Vec<Example> {
    vec![
        Example::list("GET /entries"),
        Example { query: "dry_run=true", ..Example::new("POST /entries", At::Classroom, &[200]).body(ENTRY) },
        Example::new("GET /entries/{id}", At::Classroom, &[200]).of("entry"),
        Example::stale("PUT /entries/{id}", At::Classroom).of("entry").body(ENTRY),
        Example::stale("DELETE /entries/{id}", At::Classroom).of("entry"),
        Example::new("POST /terms/{id}/lessons", At::Region, &[200]).of("term"),
        Example { query: "school={side}-school", ..Example::new("POST /terms/{id}/import", At::School, &[422]).of("term").body("星期,节次") },
        Example { query: "school={side}-school", ..Example::new("GET /terms/{id}/export", At::School, &[200]).of("term") },
        Example::list("GET /lessons"),
        Example { query: "dry_run=true", ..Example::new("POST /lessons", At::Classroom, &[200]).body(LESSON) },
        Example::new("GET /lessons/{id}", At::Classroom, &[200]).of("lesson"),
        Example::stale("PUT /lessons/{id}", At::Classroom).of("lesson").body(LESSON),
        Example::stale("POST /lessons/{id}/cancel", At::Classroom).of("lesson").body(r#"{"reason":"停电"}"#),
        Example::stale("POST /lessons/{id}/reinstate", At::Classroom).of("lesson"),
        Example::new("GET /lessons/{id}/windows", At::Classroom, &[200]).of("lesson"),
        // Tomorrow's: whoever may enter is told that it is too early.
        Example { action: Some(Action::ObserveLessons), ..Example::new("POST /lessons/{id}/join", At::Classroom, &[409]).of("lesson") },
        Example::list("GET /live"),
        Example::new("GET /live/{id}", At::Classroom, &[200]).of("lesson"),
        // Not begun: whoever may is told so.
        Example::new("POST /live/{id}/action", At::Classroom, &[409]).of("lesson").body(r#"{"action":"pause"}"#),
        Example::new("POST /live/{id}/switches", At::Classroom, &[200]).of("lesson").body(r#"{"voice":false}"#),
        Example::list("GET /today"),
        Example::new("GET /lessons/{id}/attendance", At::Classroom, &[200]).of("lesson"),
        // Not begun: whoever may count is told so.
        Example { action: Some(Action::CountPupils), ..Example::new("PUT /lessons/{id}/headcount", At::Classroom, &[409]).of("lesson").body(COUNT) },
        Example { query: "term={side}-term&by=subject&school={side}-school", ..Example::new("GET /statistics", At::School, &[200]) },
        Example { query: "term={side}-term&by=subject&school={side}-school", ..Example::new("GET /statistics/export", At::School, &[200]) },
        Example { query: "term={side}-term&cause=any&school={side}-school", ..Example::new("GET /deliveries", At::School, &[200]) },
    ]
}

fn calendars() -> Vec<Example> {
    let read = |route, at, thing| Example::new(route, at, &[200]).of(thing);
    let make = |route, at, thing| Example::new(route, at, &[201]).of(thing);
    // Tried after they were made: whoever could make one revokes it.
    let revoke = |route, at, thing| Example::new(route, at, &[204]).of(thing);
    let people = |example: Example| Example { action: Some(Action::ReadPeople), ..example };
    vec![
        people(read("GET /calendars/people/{id}", At::School, "person")),
        people(make("POST /calendars/people/{id}/token", At::School, "person")),
        people(revoke("DELETE /calendars/people/{id}/token", At::School, "person")),
        read("GET /calendars/classrooms/{id}", At::Classroom, "room"),
        make("POST /calendars/classrooms/{id}/token", At::Classroom, "room"),
        revoke("DELETE /calendars/classrooms/{id}/token", At::Classroom, "room"),
        read("GET /calendars/schools/{id}", At::School, "school"),
        make("POST /calendars/schools/{id}/token", At::School, "school"),
        revoke("DELETE /calendars/schools/{id}/token", At::School, "school"),
    ]
}

const WEBHOOK: &str = r#"{"region":"{side}-region","url":"https://portal.example/hook","events":["lesson.live"],"active":true}"#;

fn webhooks() -> Vec<Example> {
    vec![
        Example::list("GET /webhooks"),
        Example::new("POST /webhooks", At::Region, &[201]).body(WEBHOOK),
        Example::new("GET /webhooks/{id}", At::Region, &[200]).of("webhook"),
        Example::stale("PUT /webhooks/{id}", At::Region).of("webhook").body(WEBHOOK),
        Example::stale("DELETE /webhooks/{id}", At::Region).of("webhook"),
        Example::new("GET /webhooks/{id}/deliveries", At::Region, &[200]).of("webhook"),
    ]
}

fn examples() -> Vec<Example> {
    [register(), people(), timetable(), calendars(), webhooks()].into_iter().flatten().collect()
}

/// The rule of a route, as the list names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    Public,
    Own,
    May(Action),
    OwnOr(Action),
    DeviceOr(Action),
    FeedOr(Action),
    OperatorOr(Action),
}

impl Rule {
    fn read(text: &str) -> Self {
        let action = |name: &str| Action::ALL.into_iter().find(|action| format!("{action:?}") == name).unwrap();
        let inner = text.split_once('(').map(|(kind, rest)| (kind, rest.trim_end_matches(')')));
        match (text, inner) {
            ("Public", _) => Self::Public,
            ("Own", _) => Self::Own,
            (_, Some(("May", name))) => Self::May(action(name)),
            (_, Some(("OwnOr", name))) => Self::OwnOr(action(name)),
            (_, Some(("DeviceOr", name))) => Self::DeviceOr(action(name)),
            (_, Some(("FeedOr", name))) => Self::FeedOr(action(name)),
            (_, Some(("OperatorOr", name))) => Self::OperatorOr(action(name)),
            _ => panic!("the rule {text} is not known here"),
        }
    }
}

/// Who asks.
enum Caller {
    Nobody,
    Panel,
    /// A calendar program, with the token of one feed: the school's.
    Calendar(String),
    Person {
        id: String,
        grants: Vec<Grant>,
    },
}

impl Caller {
    fn name(&self) -> &str {
        match self {
            Self::Nobody => "nobody",
            Self::Panel => "a panel",
            Self::Calendar(_) => "a calendar",
            Self::Person { id, .. } => id,
        }
    }

    fn has_everything(&self) -> bool {
        matches!(self, Self::Person { grants, .. } if grants.iter().any(|grant| grant.scope == Scope::Everything))
    }
}

fn place<'a>(at: At, ids: &'a [String; 4]) -> Option<Place<'a>> {
    let [region, alliance, school, classroom] = ids;
    Some(match at {
        At::Own => return None,
        At::Region => Place::Region(region),
        At::Alliance => Place::Alliance(alliance),
        At::School => Place::School(school),
        At::Classroom => Place::Classroom(classroom),
    })
}

/// What may be answered.
fn expected(geography: &Geography, rule: Rule, caller: &Caller, example: &Example, side: Side) -> Vec<u16> {
    let permitted = example.then.to_vec();
    let (action, grants) = match (rule, caller) {
        (Rule::Public, _) | (Rule::Own, Caller::Person { .. }) => return permitted,
        (_, Caller::Nobody) => return vec![401],
        (Rule::FeedOr(_), Caller::Calendar(_)) => return if example.thing == "school" && side == Side::Near { permitted } else { vec![404] },
        (_, Caller::Calendar(_)) => return vec![401],
        // Its token is none of a lesson.
        (Rule::OperatorOr(_), Caller::Panel) => return vec![401],
        (Rule::Own | Rule::OwnOr(_) | Rule::May(_) | Rule::FeedOr(_), Caller::Panel) => return vec![403],
        (Rule::DeviceOr(_), Caller::Panel) => return if side == Side::Near || matches!(example.at, At::Own) { permitted } else { vec![404] },
        // No lesson here is theirs, so that there is none for them.
        (Rule::OwnOr(_) | Rule::DeviceOr(_) | Rule::FeedOr(_), Caller::Person { grants, .. }) if grants.is_empty() => {
            return if matches!(example.at, At::Own) { permitted } else { vec![404] };
        }
        (Rule::May(action) | Rule::OwnOr(action) | Rule::DeviceOr(action) | Rule::FeedOr(action) | Rule::OperatorOr(action), Caller::Person { grants, .. }) => {
            (action, grants)
        }
    };
    if !may_somewhere(grants, action) {
        return vec![403];
    }
    let ids = ["region", "alliance", "school", "room"].map(|thing| side.id(thing));
    match place(example.at, &ids) {
        None => permitted,
        Some(place) if may(geography, grants, example.action.unwrap_or(action), &place) => permitted,
        Some(_) if side == Side::Near => vec![403, 404],
        Some(_) => vec![404],
    }
}

/// Asks once, with a new session or panel, about things that are there.
async fn ask(server: &Running, caller: &Caller, example: &Example, side: Side) -> Reply {
    let n = county::unique();
    let code = format!("{:06}", n % 1_000_000);
    let (method, path) = example.route.split_once(' ').unwrap();
    let thing = match example.thing {
        "device" => county::panel(&server.store, side).await.0,
        thing => side.id(thing),
    };
    let grant = county::grant(&side.id("person"), PersonRole::Assistant, Scope::School, Some(side.id("school")));
    if path.contains("{grant}") {
        server.store.give(&grant).await.unwrap();
    }
    if example.body.is_some_and(|body| body.contains("{code}")) {
        let (id, poll_hash) = (format!("code-{n}"), format!("poll-{n}"));
        let waiting = DeviceCode { id, code_hash: county::hash(&code), poll_hash, expires_ms: u64::MAX >> 1, confirmed_device: None, tries: 0 };
        assert!(server.store.create_device_code(&waiting, 10_000, 1).await.unwrap());
    }
    let fill = |text: &str| text.replace("{side}", side.name()).replace("{n}", &n.to_string()).replace("{code}", &code);
    let mut query = fill(example.query);
    if matches!(example.at, At::Own) && method == "GET" && side == Side::Far {
        query += &fill("&limit=1000&closed=true&region={side}-region&school={side}-school&classroom={side}-room&parent={side}-region&term={side}-term");
    }
    let head = format!("{method} /api/v1{}?{query}", path.replace("{id}", &thing).replace("{grant}", &grant.id));
    let mut headers = vec![("Accept-Language", "zh-CN".to_owned())];
    match caller {
        Caller::Nobody => {}
        Caller::Panel => headers.push(county::panel(&server.store, Side::Near).await.1),
        Caller::Calendar(password) => headers.push(("Authorization", format!("Basic {}", STANDARD.encode(format!("x:{password}"))))),
        Caller::Person { id, .. } => headers.push(county::session(&server.store, id, true).await),
    }
    if example.body.is_some() {
        headers.push(("Content-Type", example.media.to_owned()));
    }
    if example.if_match {
        headers.push(("If-Match", "\"999\"".to_owned()));
    }
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    server.request(&head, &headers, &fill(example.body.unwrap_or_default())).await
}

async fn everybody(server: &Running) -> Vec<Caller> {
    let token = FeedToken {
        token_hash: county::hash("calendar"),
        kind: FeedKind::Schools,
        thing: Side::Near.id("school"),
        person: Side::Near.id("person"),
        made_ms: 1,
    };
    server.store.create_feed_token(&token).await.unwrap();
    let mut callers = vec![Caller::Nobody, Caller::Panel, Caller::Calendar("calendar".to_owned())];
    for role in PersonRole::ALL {
        let (id, grant) = county::somebody(&server.store, *role).await;
        callers.push(Caller::Person { id, grants: vec![grant] });
    }
    let (id, grant) = county::operator(&server.store).await;
    callers.push(Caller::Person { id, grants: vec![grant] });
    callers.push(Caller::Person { id: county::nobody(&server.store).await, grants: Vec::new() });
    callers
}

#[tokio::test]
async fn whose_last_role_ended_still_teaches_the_own_lessons() {
    let folder = Folder::new();
    let server = Running::start(&folder.0).await;
    county::counties(&server.store).await;
    let teacher = county::nobody(&server.store).await;
    let start_ms = unix_ms() + 60_000;
    let own = PlannedLesson {
        id: "own".into(),
        title: "补课".into(),
        state: LessonState::Scheduled,
        entry: None,
        day: None,
        period: None,
        kind: None,
        subject: None,
        teacher: Some(teacher.clone()),
        assistants: Vec::new(),
        host_classroom: Some(Side::Far.id("room")),
        receivers: Vec::new(),
        start_ms,
        end_ms: start_ms + 2_400_000,
        reason: None,
        changed_by_hand: true,
        switches: None,
        version: 1,
    };
    server.store.create_lessons(&[own], 1).await.unwrap();
    let (name, value) = county::session(&server.store, &teacher, false).await;
    let ask = async |head: &str| server.request(head, &[(name, &value)], "").await;
    for head in ["GET /api/v1/today", "GET /api/v1/lessons"] {
        let reply = ask(head).await;
        assert!(reply.status == 200 && reply.body.contains(r#""own""#) && !reply.body.contains("near-lesson"), "{head}: {}", reply.body);
    }
    for (head, status) in [
        ("GET /api/v1/lessons/own", 200),
        ("GET /api/v1/lessons/own/attendance", 200),
        ("POST /api/v1/lessons/own/join", 200),
        ("GET /api/v1/lessons/near-lesson", 404),
        ("POST /api/v1/lessons/near-lesson/join", 404),
        ("GET /api/v1/calendars/people/near-nobody", 200),
        ("POST /api/v1/calendars/people/near-nobody/token", 201),
        ("GET /api/v1/calendars/people/near-person", 404),
        ("GET /api/v1/entries", 403),
    ] {
        assert_eq!(ask(head).await.status, status, "{head}");
    }
}

#[tokio::test]
async fn every_route_as_everybody() {
    let folder = Folder::new();
    let server = Running::start(&folder.0).await;
    county::counties(&server.store).await;
    let geography = county::geography(&server.store).await;
    let callers = everybody(&server).await;
    let examples = examples();
    let mut wrong = Vec::new();
    for (method, path, rule) in signaling::api::routes_for_tests() {
        let route = format!("{method} {}", path.trim_start_matches("/api/v1"));
        let Some(example) = examples.iter().find(|example| example.route == route) else {
            wrong.push(format!("{route}: the route has no example here; add one"));
            continue;
        };
        let rule = Rule::read(&rule);
        for caller in &callers {
            for side in [Side::Near, Side::Far] {
                let wanted = expected(&geography, rule, caller, example, side);
                let reply = ask(&server, caller, example, side).await;
                // Attempts are counted by address, and everybody here has the same.
                if !wanted.contains(&reply.status) && reply.status != 429 {
                    wrong.push(format!("{route} as {} on {side:?}: {} instead of {wanted:?}: {}", caller.name(), reply.status, reply.body));
                }
                if reply.status >= 400 && reply.header("content-type") != Some("application/json") {
                    let told = reply.problem().detail;
                    if !told.chars().any(|letter| ('一'..='鿿').contains(&letter)) {
                        wrong.push(format!("{route} as {} is refused to a Chinese page with: {told}", caller.name()));
                    }
                } else if matches!(example.at, At::Own) && !caller.has_everything() && reply.body.contains("far-") {
                    wrong.push(format!("{route} as {} shows what is the other county's: {}", caller.name(), reply.body));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_example_is_of_a_route() {
    let routes: BTreeSet<String> =
        signaling::api::routes_for_tests().into_iter().map(|(method, path, _)| format!("{method} {}", path.trim_start_matches("/api/v1"))).collect();
    let stale: Vec<&str> = examples().iter().map(|example| example.route).filter(|route| !routes.contains(*route)).collect();
    assert!(stale.is_empty(), "no such routes: {stale:?}");
}

#[tokio::test]
async fn what_has_no_rule_is_for_nobody() {
    let folder = Folder::new();
    let server = Running::start(&folder.0).await;
    county::counties(&server.store).await;
    let (operator, _) = county::operator(&server.store).await;
    let (name, value) = county::session(&server.store, &operator, true).await;
    let ask = async |head: &str| server.request(head, &[(name, &value)], "").await;
    let patched = ask("PATCH /api/v1/schools").await;
    assert_eq!((patched.status, patched.header("allow")), (405, Some("GET, POST")));
    assert_eq!(ask("DELETE /api/v1/lessons/near-lesson").await.status, 405);
    assert_eq!(ask("OPTIONS /api/v1/people").await.status, 405);
    for path in ["GET /api/v1", "GET /api/v1/nothing", "GET /api/v1/schools/near-school/secrets", "GET /api/v1/schools/", "GET /api/v1//schools"] {
        assert_eq!(ask(path).await.status, 404, "{path}");
    }
    let head = ask("HEAD /api/v1/schools").await;
    assert_eq!((head.status, head.body.as_str()), (200, ""), "a head is what a GET is without its body");
    assert_eq!(server.request("HEAD /api/v1/schools", &[], "").await.status, 401);
}

#[tokio::test]
async fn a_role_holds_only_while_everything_about_it_does() {
    let folder = Folder::new();
    let server = Running::start(&folder.0).await;
    county::counties(&server.store).await;
    let (admin, grant) = county::somebody(&server.store, PersonRole::SchoolAdmin).await;
    let schools = async |(name, value): (&str, String)| server.request("GET /api/v1/schools", &[(name, &value)], "").await;
    let proven = county::session(&server.store, &admin, true).await;
    assert_eq!(schools(proven.clone()).await.status, 200);
    let unproven = schools(county::session(&server.store, &admin, false).await).await;
    assert_eq!((unproven.status, unproven.problem().kind.as_str()), (403, "urn:tongke:problem:second_factor_to_be_set_up"));
    server.store.set_password(&admin, "hash", true).await.unwrap();
    let first = schools(proven.clone()).await;
    assert_eq!((first.status, first.problem().kind.as_str()), (403, "urn:tongke:problem:password_to_be_changed"));
    server.store.set_password(&admin, "hash", false).await.unwrap();
    // A page of another origin does not act with somebody's cookie.
    let (name, value) = (proven.0, proven.1.as_str());
    let foreign = server.request("DELETE /api/v1/session", &[(name, value), ("Origin", "https://evil.example")], "").await;
    assert_eq!(foreign.status, 403);
    server.store.end_grant(&grant.id, 2).await.unwrap();
    assert_eq!(schools(proven.clone()).await.status, 403, "the grant ended");
    server.store.close_row::<Person>(&admin, 1, 2).await.unwrap();
    assert_eq!(schools(proven).await.status, 401, "the person was closed");
    let (panel, (name, value)) = county::panel(&server.store, Side::Near).await;
    assert_eq!(server.request("GET /api/v1/today", &[(name, &value)], "").await.status, 200);
    server.store.revoke_device(&panel, 2).await.unwrap();
    assert_eq!(server.request("GET /api/v1/today", &[(name, &value)], "").await.status, 401, "the panel was revoked");
    assert_eq!(server.request("GET /api/v1/today", &[("Authorization", "Bearer nonsense")], "").await.status, 401);
}

#[tokio::test]
async fn nobody_takes_from_oneself_what_one_comes_in_with() {
    let folder = Folder::new();
    let server = Running::start(&folder.0).await;
    county::counties(&server.store).await;
    let (operator, grant) = county::operator(&server.store).await;
    let (name, value) = county::session(&server.store, &operator, true).await;
    let grant = format!("DELETE /api/v1/people/near-operator/grants/{}", grant.id);
    for head in [
        "DELETE /api/v1/people/near-operator",
        "DELETE /api/v1/people/near-operator/second-factor",
        // One's own password is changed with the old one.
        "POST /api/v1/people/near-operator/reset",
        &grant,
    ] {
        let refused = server.request(head, &[(name, &value), ("If-Match", "\"1\"")], "").await;
        assert_eq!((refused.status, refused.problem().kind.as_str()), (403, "urn:tongke:problem:not_permitted"), "{head}");
    }
    assert_eq!(server.request("GET /api/v1/session", &[(name, &value)], "").await.status, 200);
    let another = server.request("DELETE /api/v1/people/near-person/second-factor", &[(name, &value)], "").await;
    assert_eq!(another.status, 204);
}

/// Who reads which lines of the audit log, of two counties in each of which the same was done.
#[tokio::test]
async fn the_audit_log_is_read_by_whoever_operates_the_place() {
    let folder = Folder::new();
    let server = Running::start(&folder.0).await;
    county::counties(&server.store).await;
    for side in [Side::Near, Side::Far] {
        for (thing, id) in [("school", "school"), ("person", "person"), ("lesson", "lesson"), ("webhook", "webhook")] {
            let line = AuditLine {
                id: side.id(thing),
                at_ms: 5,
                person: None,
                address: "10.1.2.3".into(),
                act: "update".into(),
                thing: thing.into(),
                thing_id: side.id(id),
                detail: String::new(),
            };
            server.store.add_audit(&line).await.unwrap();
        }
    }
    let read = async |person: &str, query: &str| {
        let (name, value) = county::session(&server.store, person, true).await;
        let reply = server.request(&format!("GET /api/v1/audit?{query}"), &[(name, &value)], "").await;
        let page: serde_json::Value = serde_json::from_str(&reply.body).unwrap_or_default();
        let lines = page["items"].as_array().map(|items| items.iter().map(|line| line["id"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>());
        (reply.status, lines.unwrap_or_default(), page["next"].as_str().unwrap_or_default().to_owned())
    };
    let near = ["near-webhook", "near-school", "near-person", "near-lesson"];
    let (operator, _) = county::somebody(&server.store, PersonRole::CountyOperator).await;
    assert_eq!(read(&operator, "").await.1, near);
    let (_, first, next) = read(&operator, "limit=3").await;
    let (_, rest, end) = read(&operator, &format!("limit=3&cursor={next}")).await;
    assert_eq!(([first, rest].concat(), end.as_str()), (near.map(str::to_owned).to_vec(), ""), "pages are full");
    assert_eq!(read(&operator, "thing=lesson").await.1, ["near-lesson"]);
    assert_eq!(read(&operator, "thing_id=far-school").await.1, [""; 0]);
    let (everything, _) = county::operator(&server.store).await;
    assert_eq!(read(&everything, "").await.1.len(), 8);
    let (admin, _) = county::somebody(&server.store, PersonRole::SchoolAdmin).await;
    assert_eq!(read(&admin, "").await.0, 403);
}
