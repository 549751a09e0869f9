//! Two counties that know nothing of each other, `near` and `far`, alike in everything, and the people of the near one.
//!
//! Each has a school with two classrooms, bells, a term in 2099 with one entry, a lesson tomorrow, and a teacher who is nobody else.
#![allow(clippy::unwrap_used, dead_code, unreachable_pub)]

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use protocol::LessonState;
use signaling::Store;
use signaling::access::Geography;
use signaling::store::{
    Alliance, BellPeriod, BellPlan, Classroom, ClassroomKind, Device, Entry, Grant, LessonKind, List, Member, MemberRole, Pairing, Person, PersonRole,
    PlannedLesson, Receiver, Region, RegionLevel, School, SchoolKind, Scope, Session, Term, Webhook, WebhookEvent, unix_ms,
};
use std::sync::atomic::{AtomicU64, Ordering};

/// One of the two counties.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Near,
    Far,
}

impl Side {
    /// What the ids of everything in it begin with.
    pub fn name(self) -> &'static str {
        match self {
            Self::Near => "near",
            Self::Far => "far",
        }
    }

    /// The id of something in it: `near-school`.
    pub fn id(self, thing: &str) -> String {
        format!("{}-{thing}", self.name())
    }
}

/// A number that no other call got.
pub fn unique() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// What the service keeps of a token.
pub fn hash(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, token.as_bytes()))
}

/// Writes both counties.
pub async fn counties(store: &Store) {
    for side in [Side::Near, Side::Far] {
        places(store, side).await;
        timetable(store, side).await;
    }
}

async fn places(store: &Store, side: Side) {
    let (region, school) = (side.id("region"), side.id("school"));
    store.create(&Region { id: region.clone(), parent: None, level: RegionLevel::City, name: format!("{}县", side.name()), version: 1 }, 1).await.unwrap();
    let row = School { region: Some(region.clone()), ..School::new(&school, format!("{}小学", side.name()), SchoolKind::Main) };
    store.create(&row, 1).await.unwrap();
    let host = Classroom { kind: ClassroomKind::Recording, ..Classroom::new(side.id("room"), &school, "录播教室") };
    store.create(&host, 1).await.unwrap();
    store.create(&Classroom::new(side.id("receiver"), &school, "三年级"), 1).await.unwrap();
    let member = Member { school: school.clone(), role: MemberRole::Lead, from_day: "2020-09-01".into(), to_day: None };
    let alliance = Alliance { id: side.id("alliance"), region, name: "联盟".into(), members: vec![member], closed_ms: None, version: 1 };
    store.create(&alliance, 1).await.unwrap();
    person(store, &side.id("person"), side, "李老师").await;
    store.give(&grant(&side.id("person"), PersonRole::Teacher, Scope::School, Some(school))).await.unwrap();
}

async fn timetable(store: &Store, side: Side) {
    let pairing = Pairing {
        id: side.id("pairing"),
        host_classroom: side.id("room"),
        receiving_classroom: side.id("receiver"),
        subject: "美术".into(),
        term: side.id("term"),
        from_day: None,
        to_day: None,
        version: 1,
    };
    store.create(&pairing, 1).await.unwrap();
    let periods = (1..=3).map(|number| BellPeriod { number, start_min: 430 + 50 * u16::from(number), end_min: 470 + 50 * u16::from(number) }).collect();
    let bells = BellPlan { id: side.id("bells"), school: side.id("school"), name: "夏季".into(), from_day: None, to_day: None, periods, version: 1 };
    store.create(&bells, 1).await.unwrap();
    let term = Term {
        id: side.id("term"),
        region: Some(side.id("region")),
        name: "2099 秋".into(),
        first_day: "2099-09-07".into(),
        last_day: "2099-10-04".into(),
        days: Vec::new(),
        version: 1,
    };
    store.create(&term, 1).await.unwrap();
    store.create(&entry(side, "entry"), 1).await.unwrap();
    store.create_lessons(&[lesson(side, "lesson")], 1).await.unwrap();
    let webhook = Webhook {
        id: side.id("webhook"),
        region: Some(side.id("region")),
        url: "https://portal.example/hook".into(),
        events: vec![WebhookEvent::LessonEnded],
        active: false,
        version: 1,
    };
    assert!(store.create_webhook(&webhook, "secret", 100, 1).await.unwrap());
}

/// A person of a county's school.
pub async fn person(store: &Store, id: &str, side: Side, name: &str) {
    let person =
        Person { id: id.into(), login: id.to_lowercase(), name: name.into(), school: Some(side.id("school")), region: None, closed_ms: None, version: 1 };
    store.create(&person, 1).await.unwrap();
}

/// A grant that holds.
pub fn grant(person: &str, role: PersonRole, scope: Scope, scope_id: Option<String>) -> Grant {
    Grant { id: format!("grant-{}", unique()), person: person.into(), role, scope, scope_id, from_ms: 1, to_ms: None, granted_by: None }
}

/// Mondays, second period.
pub fn entry(side: Side, thing: &str) -> Entry {
    Entry {
        id: side.id(thing),
        term: side.id("term"),
        weekday: 1,
        period: 2,
        subject: "美术".into(),
        title: "三年级美术".into(),
        teacher: side.id("person"),
        assistants: Vec::new(),
        host_classroom: side.id("room"),
        receivers: vec![Receiver { classroom: side.id("receiver"), interactive: true }],
        kind: LessonKind::Dedicated,
        weeks: "全".into(),
        from_day: None,
        to_day: None,
        closed_ms: None,
        version: 1,
    }
}

/// Tomorrow at this time, for 40 minutes.
pub fn lesson(side: Side, thing: &str) -> PlannedLesson {
    let start_ms = unix_ms() + 24 * 3_600_000;
    PlannedLesson {
        id: side.id(thing),
        title: "三年级音乐".into(),
        state: LessonState::Scheduled,
        entry: None,
        day: None,
        period: Some(2),
        kind: Some(LessonKind::Dedicated),
        subject: Some("音乐".into()),
        teacher: Some(side.id("person")),
        assistants: Vec::new(),
        host_classroom: Some(side.id("room")),
        receivers: vec![Receiver { classroom: side.id("receiver"), interactive: true }],
        start_ms,
        end_ms: start_ms + 40 * 60_000,
        reason: None,
        changed_by_hand: false,
        switches: None,
        version: 1,
    }
}

/// Somebody of the near county with one role, in the scope that such a role has there.
pub async fn somebody(store: &Store, role: PersonRole) -> (String, Grant) {
    let id = format!("near-{}", role.name());
    person(store, &id, Side::Near, "王老师").await;
    let (scope, of) = match role {
        PersonRole::CountyOperator => (Scope::Region, "region"),
        PersonRole::AllianceAdmin => (Scope::Alliance, "alliance"),
        _ => (Scope::School, "school"),
    };
    let grant = grant(&id, role, scope, Some(Side::Near.id(of)));
    store.give(&grant).await.unwrap();
    (id, grant)
}

/// Somebody without any role.
pub async fn nobody(store: &Store) -> String {
    person(store, "near-nobody", Side::Near, "李老师").await;
    "near-nobody".to_owned()
}

/// Somebody who operates everything.
pub async fn operator(store: &Store) -> (String, Grant) {
    person(store, "near-operator", Side::Near, "市电教馆").await;
    let grant = grant("near-operator", PersonRole::CountyOperator, Scope::Everything, None);
    store.give(&grant).await.unwrap();
    ("near-operator".to_owned(), grant)
}

/// A new session of a person, with or without a second factor: the header that carries it.
pub async fn session(store: &Store, person: &str, second_factor: bool) -> (&'static str, String) {
    let (token, now_ms) = (format!("session-{}", unique()), unix_ms());
    let session = Session {
        token_hash: hash(&token),
        person: person.into(),
        made_ms: now_ms,
        seen_ms: now_ms,
        expires_ms: now_ms + 3_600_000,
        second_factor_ms: second_factor.then_some(now_ms),
        address: "127.0.0.1".into(),
        agent: "test".into(),
    };
    store.begin_session(&session).await.unwrap();
    ("Cookie", format!("tongke={token}"))
}

/// A new panel in a county's receiving classroom: its id, and the header that carries its token.
pub async fn panel(store: &Store, side: Side) -> (String, (&'static str, String)) {
    let (id, token) = (side.id(&format!("device-{}", unique())), format!("panel-{}", unique()));
    let device = Device {
        id: id.clone(),
        classroom: side.id("receiver"),
        name: "一体机".into(),
        token_hash: hash(&token),
        bound_ms: 1,
        bound_by: None,
        revoked_ms: None,
        seen_ms: None,
    };
    store.bind_device(&device).await.unwrap();
    (id, ("Authorization", format!("Bearer {token}")))
}

/// The register as the guard sees it.
pub async fn geography(store: &Store) -> Geography {
    let all = List::default();
    let (regions, schools) = (store.list(&all).await.unwrap(), store.list(&all).await.unwrap());
    Geography::new(regions, schools, store.list(&all).await.unwrap(), store.list(&all).await.unwrap(), "2026-11-25")
}
