//! Nobody need ask whether lessons were delivered: a running server decides it, also of lessons that were over before it started.
#![allow(clippy::unwrap_used)]

mod support;

use protocol::{ClientMessage, LessonState, ParticipantId, ParticipantStats, Role, ServerMessage};
use signaling::media::MediaEvent;
use signaling::statistics::decide_lessons;
use signaling::store::{
    Alliance, Cause, Classroom, Delivery, Person, PlannedLesson, Receiver, Region, RegionLevel, School, SchoolKind, StatisticsBy, Term, unix_ms,
};
use signaling::{Claims, Database, Store};
use std::time::Duration;
use support::portal::Portal;
use support::{Folder, Page, Running, now_s};
use timetable::{LessonKind, Zone};

async fn county(folder: &Folder) -> Store {
    let store = Store::open(&Database::Sqlite(folder.0.clone())).await.unwrap();
    store.create(&Region { id: "county".into(), parent: None, level: RegionLevel::County, name: "石门县".into(), version: 1 }, 1).await.unwrap();
    for school in ["city", "rural"] {
        store.create(&School { region: Some("county".into()), ..School::new(school, school, SchoolKind::Main) }, 1).await.unwrap();
        store.create(&Classroom::new(format!("{school}-1"), school, "三年级"), 1).await.unwrap();
    }
    let person = Person { id: "li".into(), login: "li".into(), name: "李老师".into(), school: None, region: None, closed_ms: None, version: 1 };
    store.create(&person, 1).await.unwrap();
    let term = Term {
        id: "term".into(),
        region: None,
        name: "学期".into(),
        first_day: day_of(unix_ms() - 30 * 86_400_000),
        last_day: day_of(unix_ms() + 30 * 86_400_000),
        days: Vec::new(),
        version: 1,
    };
    store.create(&term, 1).await.unwrap();
    store
}

fn day_of(ms: u64) -> String {
    Zone::default().wall(ms).unwrap().0.to_string()
}

/// One that no entry made: its term is found by its day.
fn lesson(id: &str, start_ms: u64, end_ms: u64) -> PlannedLesson {
    PlannedLesson {
        id: id.into(),
        title: "三年级美术".into(),
        state: LessonState::Open,
        entry: None,
        day: None,
        period: None,
        kind: Some(LessonKind::Dedicated),
        subject: Some("美术".into()),
        teacher: Some("li".into()),
        assistants: Vec::new(),
        host_classroom: Some("city-1".into()),
        receivers: vec![Receiver { classroom: "rural-1".into(), interactive: true }],
        start_ms,
        end_ms,
        reason: None,
        changed_by_hand: true,
        switches: None,
        version: 1,
    }
}

async fn decided(store: &Store, id: &str) -> Vec<Delivery> {
    // The bell may end it first: then its last writes may be on their way for 15 s.
    for _ in 0..1_200 {
        let deliveries = store.deliveries(id).await.unwrap();
        if !deliveries.is_empty() {
            return deliveries;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("not decided within 30 s");
}

#[tokio::test]
async fn a_lesson_to_which_nobody_came_is_decided_by_itself() {
    let folder = Folder::new();
    let store = county(&folder).await;
    let (long_ago, now) = (unix_ms() - 2 * 3_600_000, unix_ms());
    store.create_lessons(&[lesson("past", long_ago, long_ago + 2_400_000), lesson("now", now, now + 2_400_000)], 1).await.unwrap();
    let server = Running::start(&folder.0).await;
    let past = decided(&store, "past").await.remove(0);
    assert_eq!((past.cause, past.classroom.as_str(), past.school.as_str(), past.term.as_str()), (Some(Cause::Host), "rural-1", "rural", "term"));
    assert_eq!(store.deliveries("now").await.unwrap(), [], "it goes on");
    server.stop().await;
}

/// The figures of the media plane become minutes, the minutes a delivery, the deliveries a line of statistics; so do a hand, a call and an answer of a class
/// that sits on stage.
#[tokio::test]
async fn media_that_flows_for_the_whole_of_a_short_lesson_delivers_it() {
    let folder = Folder::new();
    let store = county(&folder).await;
    let server = Running::start(&folder.0).await;
    // Four whole seconds, of which the first has begun.
    let start = unix_ms();
    store.create_lessons(&[lesson("short", start, start + 4_000)], 1).await.unwrap();
    let token = |role, classroom: Option<&str>, sub: &str| {
        let claims = Claims {
            lesson: "short".into(),
            role,
            name: sub.into(),
            classroom: classroom.map(str::to_owned),
            sub: sub.into(),
            exp: now_s() + 60,
            holder: None,
        };
        server.tokens.issue(&claims).unwrap()
    };
    let (mut teacher, host) = Page::join(&server, token(Role::Host, None, "li"), None).await;
    let (mut panel, class) = Page::join(&server, token(Role::Classroom, Some("rural-1"), "class"), None).await;
    assert_eq!((&class.stage, &class.floor), (&vec![class.you.id.clone()], &None));
    panel.say(&ClientMessage::Hand { raised: true }).await;
    teacher.find(|message| matches!(message, ServerMessage::Hands { participants } if participants.len() == 1).then_some(())).await;
    teacher.say(&ClientMessage::CallOn { participant: class.you.id.clone() }).await;
    panel.find(|message| matches!(message, ServerMessage::Stage { floor: Some(_), .. }).then_some(())).await;
    let figures = |id: &ParticipantId, down_bps, speech_ms| ParticipantStats {
        participant: Some(id.clone()),
        up_bps: 8_000,
        down_bps,
        speech_ms,
        ..ParticipantStats::default()
    };
    while unix_ms() < start + 5_500 {
        let participants = vec![figures(&host.you.id, 0, 0), figures(&class.you.id, 80_000, 100)];
        server.event(MediaEvent::Stats { lesson: "short".into(), participants }).await;
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    server.stop().await;
    decide_lessons(&store, &Zone::default(), start + 3_600_000).await.unwrap();
    let delivery = decided(&store, "short").await.remove(0);
    assert!(delivery.is_delivered() && delivery.punctual, "{delivery:?}");
    assert_eq!((delivery.hands, delivery.calls, delivery.answers), (1, 1, 1));
    let rows = store.statistics("term", StatisticsBy::School, &Default::default()).await.unwrap().rows;
    assert_eq!(rows.iter().map(|row| (row.name.as_str(), row.sums.planned, row.sums.delivered)).collect::<Vec<_>>(), [("rural", 1, 1)]);
}

/// A lead school's lessons, of which one school in another county and one of its alliance received.
#[tokio::test]
async fn a_lead_school_sees_what_it_taught_and_of_others_no_more_than_their_names() {
    let folder = Folder::new();
    let server = Running::start_with(&folder.0, |config| config.second_factor = false).await;
    let operator = Portal::operator(&server).await;
    operator.county().await;
    let lead = operator.person("lead", Some("s1"), "school_admin", "school", Some("s1")).await;
    let ally = operator.person("ally", Some("s2"), "school_admin", "school", Some("s2")).await;
    operator.person("li", Some("s1"), "teacher", "school", Some("s1")).await;
    operator.person("wu", Some("s2"), "teacher", "school", Some("s2")).await;
    let receivers = |rooms: &[&str]| rooms.iter().map(|room| Receiver { classroom: (*room).into(), interactive: true }).collect::<Vec<_>>();
    let past = |days: u64| unix_ms() - days * 86_400_000;
    let taught = |id: &str, days, rooms: &[&str]| PlannedLesson {
        host_classroom: Some("s1-r".into()),
        receivers: receivers(rooms),
        ..lesson(id, past(days), past(days) + 2_400_000)
    };
    let theirs = PlannedLesson { host_classroom: Some("s2-r".into()), teacher: Some("wu".into()), ..taught("theirs", 9, &["s1-q", "s3-q"]) };
    let lessons = [taught("both", 1, &["s2-q", "s3-q"]), taught("far", 8, &["s3-q"]), theirs];
    server.store.create_lessons(&lessons, 1).await.unwrap();
    let mut weeks = Vec::new();
    for lesson in &lessons {
        let mut decided = server.store.decide_lessons(&[&lesson.id], &Zone::default(), unix_ms()).await.unwrap();
        // As if media had flowed to the allied school.
        decided.iter_mut().filter(|delivery| delivery.school == "s2").for_each(|delivery| delivery.cause = None);
        weeks.push(decided[0].week);
        server.store.put_deliveries(&[&lesson.id], &decided, unix_ms()).await.unwrap();
    }
    let asked = async |portal: &Portal<'_>, query: &str| {
        let reply = portal.get(&format!("/statistics?term=t&{query}")).await;
        assert_eq!(reply.status, 200, "{query}: {reply:?}");
        let view: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
        let row =
            |row: &serde_json::Value| format!("{} {}/{} of {:?}", row["name"].as_str().unwrap(), row["delivered"], row["planned"], row["lessons"].as_u64());
        view["rows"].as_array().unwrap().iter().map(row).collect::<Vec<_>>()
    };
    assert_eq!(asked(&lead, "by=school&host_school=s1").await, ["学校s2 1/1 of Some(1)", "学校s3 0/2 of Some(2)"]);
    assert_eq!(asked(&lead, "by=term&host_school=s1").await, [" 1/3 of Some(2)"], "two lessons, three times received");
    assert_eq!(asked(&lead, "by=teacher&host_school=s1&school=s3").await, ["li 0/2 of Some(2)"]);
    assert_eq!(asked(&lead, "by=subject&host_school=s1&teacher=li").await, ["美术 1/3 of Some(2)"]);
    assert_eq!(asked(&lead, "by=term&host_school=s1&teacher=wu").await, [""; 0]);
    let (early, late) = (weeks[1], weeks[0]);
    assert_eq!(asked(&lead, &format!("by=week&host_school=s1&last_week={early}")).await, [format!("{early} 0/1 of Some(1)")]);
    assert_eq!(asked(&lead, &format!("by=week&host_school=s1&first_week={late}&last_week=255")).await, [format!("{late} 1/2 of Some(1)")]);
    assert_eq!(asked(&lead, "by=host_school").await, ["学校s2 0/1 of Some(1)"], "by whom it was taught itself");
    assert_eq!(asked(&lead, "by=school").await, ["学校s1 0/1 of None"], "without a host school everything is what was received");
    assert_eq!(asked(&operator, "by=host_school").await, ["学校s1 1/3 of Some(2)", "学校s2 0/2 of Some(1)"]);
    // Of an alliance: what those received who were its members in that week. s1 left it yesterday.
    let mut alliance = server.store.get::<Alliance>("a").await.unwrap().unwrap();
    alliance.members.iter_mut().filter(|member| member.school == "s1").for_each(|member| member.to_day = Some(day_of(past(1))));
    server.store.update(&alliance).await.unwrap();
    assert_eq!(asked(&operator, "by=school&alliance=a").await, ["学校s1 0/1 of None", "学校s2 1/1 of None"]);
    assert_eq!(asked(&operator, "by=school&alliance=a&host_school=s2").await, ["学校s1 0/1 of Some(1)"]);
    assert_eq!(asked(&operator, "by=term&alliance=a&school=s3").await, [""; 0], "never a member");
    // Neither another's lessons, nor where a receiver lies and with whom it is allied.
    for (portal, query, status) in [
        (&ally, "by=term&host_school=s1", 404),
        (&lead, "by=term&host_school=s3", 404),
        (&lead, "by=term&host_school=none", 404),
        (&lead, "by=term&school=s3", 404),
        (&lead, "by=term&school=s1&alliance=none", 404),
        (&lead, "by=term&host_school=s1&school=s2&alliance=none", 404),
        (&operator, "by=term&school=s1&alliance=none", 404),
        (&lead, "by=region&host_school=s1", 400),
        (&lead, "by=alliance&host_school=s1", 400),
        (&lead, "by=week&first_week=0", 400),
        (&lead, "by=week&last_week=256", 400),
    ] {
        assert_eq!(portal.get(&format!("/statistics?term=t&{query}")).await.status, status, "{query}");
    }
    let sheet = lead.get("/statistics/export?term=t&by=school&host_school=s1&first_week=1").await;
    assert_eq!((sheet.status, sheet.body.contains("学校s3,2,0,0.0")), (200, true), "{sheet:?}");

    // The lessons behind these figures, for whoever may see them.
    let behind = async |portal: &Portal<'_>, query: &str| {
        let reply = portal.get(&format!("/deliveries?term=t&{query}")).await;
        assert_eq!(reply.status, 200, "{query}: {reply:?}");
        let view: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
        let row = |row: &serde_json::Value| format!("{} {} {}", row["lesson"].as_str().unwrap(), row["place"]["classroom"].as_str().unwrap(), row["cause"]);
        (view["items"].as_array().unwrap().iter().map(row).collect::<Vec<_>>(), view["next"].as_str().map(str::to_owned))
    };
    let missed = "host_school=s1&cause=any&limit=1";
    let (first, next) = behind(&lead, missed).await;
    assert_eq!(first, [r#"both s3-q "host""#]);
    let (second, next) = behind(&lead, &format!("{missed}&cursor={}", next.unwrap())).await;
    assert_eq!((second, next), (vec![r#"far s3-q "host""#.to_owned()], None));
    let all = [r#"both s3-q "host""#, "both s2-q null", r#"far s3-q "host""#, r#"theirs s3-q "host""#, r#"theirs s1-q "host""#];
    assert_eq!(behind(&operator, "").await.0, all, "delivered or not");
    assert_eq!(behind(&lead, "").await.0, all[4..], "what was received");
    assert_eq!(behind(&operator, "teacher=wu&school=s3").await.0, all[3..4]);
    assert_eq!(behind(&operator, "alliance=a&cause=host").await.0, all[4..]);
    assert_eq!(behind(&operator, &format!("last_week={early}&cause=host&subject=美术")).await.0, all[2..]);
    assert_eq!(behind(&operator, "cause=network").await, (vec![], None));
    // What another school taught one's own: a row of one's own figures.
    assert_eq!(asked(&ally, "by=term&host_school=s1&school=s2").await, [" 1/1 of Some(1)"]);
    assert_eq!(behind(&ally, "host_school=s1&school=s2").await.0, all[1..2]);
    let one: serde_json::Value = serde_json::from_str(&lead.get("/deliveries?term=t&host_school=s1&limit=1").await.body).unwrap();
    let one = &one["items"][0];
    let told = [&one["title"], &one["host"]["school_name"], &one["place"]["school_name"], &one["teacher"]["name"]];
    assert_eq!(told, ["三年级美术", "学校s1", "学校s3", "li"], "{one}");
    assert_eq!((one["start_ms"].as_u64(), one["planned_s"].as_u64()), (Some(lessons[0].start_ms), Some(2_400)));
    for (portal, query, status) in [
        (&ally, "term=t&host_school=s1", 404),
        (&ally, "term=t&host_school=s1&school=s3", 404),
        (&lead, "term=t&school=s3", 404),
        (&lead, "term=none", 404),
        (&lead, "cause=any", 400),
        (&lead, "term=t&cause=weather", 400),
        (&lead, "term=t&cursor=1.both", 400),
        (&lead, "term=t&limit=1001", 400),
        (&lead, "term=t&first_week=0", 400),
    ] {
        assert_eq!(portal.get(&format!("/deliveries?{query}")).await.status, status, "{query}");
    }
}

/// What was planned stays planned: a school does not take its missed and cancelled lessons out of the statistics.
#[tokio::test]
async fn a_lesson_whose_time_is_over_is_only_moved_to_a_later_one() {
    let folder = Folder::new();
    let server = Running::start_with(&folder.0, |config| config.second_factor = false).await;
    let operator = Portal::operator(&server).await;
    operator.county().await;
    let admin = operator.person("admin", Some("s1"), "school_admin", "school", Some("s1")).await;
    let long_ago = unix_ms() - 2 * 3_600_000;
    let of = |id: &str, start_ms| PlannedLesson {
        state: LessonState::Scheduled,
        teacher: None,
        host_classroom: Some("s1-r".into()),
        receivers: vec![Receiver { classroom: "s2-q".into(), interactive: true }],
        ..lesson(id, start_ms, start_ms + 2_400_000)
    };
    server.store.create_lessons(&[of("missed", long_ago), of("cancelled", long_ago - 3_600_000)], 1).await.unwrap();
    server.store.cancel_lesson("cancelled", 1, "停电", true).await.unwrap();
    let start_ms = unix_ms() + 3_600_000;
    for (head, body, version) in [
        ("PUT /lessons/missed", serde_json::json!({ "receivers": [] }), 1),
        ("PUT /lessons/missed", serde_json::json!({ "end_ms": start_ms }), 1),
        ("PUT /lessons/missed?dry_run=true", serde_json::json!({ "title": "别的" }), 1),
        ("POST /lessons/missed/cancel", serde_json::json!({ "reason": "停电" }), 1),
        ("POST /lessons/cancelled/reinstate", serde_json::Value::Null, 2),
    ] {
        let reply = admin.send(head, body, Some(version)).await;
        let problem = reply.problem();
        assert_eq!((reply.status, problem.kind.as_str()), (409, "urn:tongke:problem:lesson_closed"), "{head}: {reply:?}");
        assert!(problem.detail.starts_with("the time of this lesson is past: "), "{head}: {}", problem.detail);
    }
    let later = serde_json::json!({ "start_ms": start_ms, "end_ms": start_ms + 2_400_000 });
    assert_eq!(admin.send("PUT /lessons/missed", later, Some(1)).await.status, 200);
    server.stop().await;
}
