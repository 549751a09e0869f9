//! Switches, blocks and audit lines of a running lesson, and which lessons the bell is for.

use super::support::{Fresh, on_both_engines, write};
use super::world::person;
use crate::record::{BlockRow, ParticipantRow, Write};
use crate::{AuditLine, AuditList, DueLesson, NewLesson, Person, Store};
use protocol::{LessonState, ParticipantId, Role};

on_both_engines! {
    switches_and_blocks_are_read_again
    a_line_names_a_person_where_the_register_knows_it
    the_bell_is_for_lessons_at_their_times
    the_hosts_leaving_is_remembered
    a_cancelled_lesson_is_not_revived
}

fn block(participant: &str, at_ms: u64) -> BlockRow {
    BlockRow { participant: ParticipantId(participant.into()), sub: format!("sub {participant}"), classroom: None, name: "三年级".into(), at_ms }
}

async fn switches_and_blocks_are_read_again(fresh: Fresh) {
    let store = fresh.open().await;
    store.create_lesson(&NewLesson::open_now("maths", "Maths")).await.unwrap();
    write(&store, Write::Switches { id: "maths".into(), switches: r#"{"voice":false}"#.into() }).await;
    let late = BlockRow { classroom: Some("r1".into()), ..block("p2", 9) };
    for row in [late.clone(), block("p3", 5), block("p3", 7)] {
        write(&store, Write::Block { lesson: "maths".into(), row }).await;
    }
    let record = store.load("maths").await.unwrap().unwrap();
    assert_eq!((record.lesson.switches.as_deref(), record.lesson.kind), (Some(r#"{"voice":false}"#), None));
    assert_eq!(record.blocks, [block("p3", 7), late.clone()], "the later of two about the same, first blocked first");
    for _ in 0..2 {
        write(&store, Write::Unblock { lesson: "maths".into(), participant: ParticipantId("p3".into()) }).await;
    }
    assert_eq!(store.load("maths").await.unwrap().unwrap().blocks, [late]);
    let unblock = Write::Unblock { lesson: "maths".into(), participant: ParticipantId("p3".into()) };
    assert_eq!(unblock.key(), Write::Block { lesson: "maths".into(), row: block("p3", 1) }.key(), "the later of the two counts");
}

async fn a_line_names_a_person_where_the_register_knows_it(fresh: Fresh) {
    let store = fresh.open().await;
    store.create(&Person { school: None, ..person("wang") }, 1).await.unwrap();
    for (id, who) in [("1", Some("wang")), ("2", Some("a panel")), ("3", None)] {
        let line = AuditLine {
            id: id.into(),
            at_ms: 5,
            person: who.map(str::to_owned),
            address: String::new(),
            act: "lesson.pause".into(),
            thing: "lesson".into(),
            thing_id: "maths".into(),
            detail: "{}".into(),
        };
        for _ in 0..2 {
            write(&store, Write::Audit { line: line.clone() }).await;
        }
    }
    let lines = store.audit(&AuditList { thing_id: Some("maths"), limit: 10, ..AuditList::default() }).await.unwrap();
    let people: Vec<_> = lines.iter().map(|line| line.person.as_deref()).collect();
    assert_eq!(people, [None, None, Some("wang")]);
}

async fn lesson(store: &Store, id: &str, state: LessonState, start_ms: u64, end_ms: Option<u64>) {
    let lesson = NewLesson { id: id.into(), title: id.into(), state, host_classroom: None, planned_start_ms: Some(start_ms), planned_end_ms: end_ms };
    store.create_lesson(&lesson).await.unwrap();
}

async fn the_bell_is_for_lessons_at_their_times(fresh: Fresh) {
    let store = fresh.open().await;
    const HOUR: u64 = 3_600_000;
    let now = 1_000 * HOUR;
    let rows = [
        ("soon", LessonState::Scheduled, now + 10, Some(now + HOUR), true),
        ("later", LessonState::Scheduled, now + 11, Some(now + HOUR), false),
        ("begun", LessonState::Scheduled, now - HOUR, Some(now + 1), true),
        ("missed", LessonState::Scheduled, now - HOUR, Some(now), false),
        ("endless", LessonState::Scheduled, now - HOUR, None, true),
        ("forgotten", LessonState::Scheduled, now - 24 * HOUR, None, false),
        ("cancelled", LessonState::Cancelled, now, Some(now + HOUR), false),
        ("over", LessonState::Live, now - HOUR, Some(now - 10), true),
        ("nearly over", LessonState::Live, now - HOUR, Some(now - 9), false),
        ("never begun", LessonState::Open, now - 100 * HOUR, Some(now - 99 * HOUR), true),
        ("paused", LessonState::Paused, now - HOUR, Some(now - 10), true),
        ("ended", LessonState::Ended, now - HOUR, Some(now - 10), false),
        ("unplanned end", LessonState::Live, now - HOUR, None, false),
    ];
    for (id, state, start_ms, end_ms, _) in rows {
        lesson(&store, &id.replace(' ', "-"), state, start_ms, end_ms).await;
    }
    store.create_lesson(&NewLesson::open_now("unplanned", "x")).await.unwrap();
    let due = store.due_lessons(now, now + 10, now - 10, 100).await.unwrap();
    let mut found: Vec<_> = due.iter().map(|lesson| lesson.id.replace('-', " ")).collect();
    let mut wanted: Vec<_> = rows.iter().filter(|row| row.4).map(|row| row.0.to_owned()).collect();
    assert_eq!(found[0], "never begun", "the earliest first");
    found.sort();
    wanted.sort();
    assert_eq!(found, wanted);
    assert_eq!(store.due_lessons(now, now + 10, now - 10, 2).await.unwrap().len(), 2);
}

async fn the_hosts_leaving_is_remembered(fresh: Fresh) {
    let store = fresh.open().await;
    lesson(&store, "maths", LessonState::Live, 1, Some(2)).await;
    let row = |place: u64, role| ParticipantRow {
        id: ParticipantId(format!("p{place}")),
        place,
        sub: format!("sub{place}"),
        role,
        name: "n".into(),
        classroom: None,
        resume: None,
        present: true,
        stage: None,
        hand: None,
        muted: false,
    };
    let enter = |place: u64, joined_ms| Write::Enter { lesson: "maths".into(), participant: ParticipantId(format!("p{place}")), joined_ms };
    let exit = |place: u64, joined_ms, left_ms| Write::Exit {
        lesson: "maths".into(),
        participant: ParticipantId(format!("p{place}")),
        joined_ms,
        left_ms,
        goodbye: true,
    };
    let due = async || -> DueLesson { store.due_lessons(10, 0, 10, 10).await.unwrap().remove(0) };
    assert_eq!((due().await.host_here, due().await.host_left_ms), (false, None));
    for (place, role) in [(1, Role::Host), (2, Role::Classroom)] {
        write(&store, Write::Participant { lesson: "maths".into(), row: row(place, role) }).await;
        write(&store, enter(place, 100)).await;
    }
    write(&store, exit(2, 100, 900)).await;
    assert_eq!((due().await.host_here, due().await.host_left_ms), (true, None), "a class's leaving is not the host's");
    write(&store, exit(1, 100, 300)).await;
    write(&store, enter(1, 400)).await;
    assert_eq!((due().await.host_here, due().await.host_left_ms), (true, Some(300)));
    write(&store, exit(1, 400, 500)).await;
    assert_eq!((due().await.host_here, due().await.host_left_ms), (false, Some(500)));
    let record = store.load("maths").await.unwrap().unwrap();
    assert_eq!((record.host_left_ms, record.left_ms.get(&ParticipantId("p1".into()))), (Some(500), Some(&500)));
}

async fn a_cancelled_lesson_is_not_revived(fresh: Fresh) {
    let store = fresh.open().await;
    lesson(&store, "maths", LessonState::Scheduled, 1_000, Some(2_000)).await;
    let version = store.planned_lesson("maths").await.unwrap().unwrap().version;
    store.cancel_lesson("maths", version, "snow", true).await.unwrap();
    let begun = Write::Lesson { id: "maths".into(), state: LessonState::Live, planned_start_ms: Some(1_000), live_since_ms: Some(1_000), ended_ms: None };
    write(&store, begun).await;
    assert_eq!(store.lesson("maths").await.unwrap().unwrap().state, LessonState::Cancelled);
}
