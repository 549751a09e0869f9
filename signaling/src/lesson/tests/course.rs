//! The lesson's states by the bell, in virtual time.
use super::*;
use crate::refusal::Refusal;
use crate::store::{LessonKind, Receiver};

const MINUTE: u64 = 60_000;
/// The bell, on the world's clock.
const START_MS: u64 = 20 * MINUTE;
const END_MS: u64 = START_MS + 40 * MINUTE;

/// A lesson of the timetable that begins 20 minutes from now.
fn planned(state: LessonState) -> World {
    let mut planned = record(state);
    planned.lesson.planned_start_ms = Some(1_000_000 + START_MS);
    planned.lesson.planned_end_ms = Some(1_000_000 + END_MS);
    World::with(planned, LIMITS)
}

fn bell_at(world: &mut World, ms: u64) -> LessonState {
    world.ms = ms;
    world.apply(Command::Bell { may_end: true });
    world.lesson.state()
}

fn acts(world: &World) -> Vec<&'static str> {
    let acts = world.effects.iter().filter_map(|effect| match effect {
        Effect::Acted(act) => Some(act.act),
        _ => None,
    });
    acts.collect()
}

fn publishes(world: &mut World, connection: ConnectionId, source: Source) {
    let participant = world.id(connection);
    world.apply(Command::Publishing { participant, source, active: true });
}

#[test]
fn it_opens_by_itself_and_goes_live_with_the_teachers_picture() {
    let mut world = planned(LessonState::Scheduled);
    world.join(Role::Host, "h");
    assert_eq!(world.refusal(), Some(ErrorCode::LessonClosed));
    assert_eq!(bell_at(&mut world, START_MS - 10 * MINUTE - 1), LessonState::Scheduled);
    assert!(world.effects.is_empty());
    assert_eq!(bell_at(&mut world, START_MS - 10 * MINUTE), LessonState::Open);
    assert_eq!(acts(&world), ["lesson.open"]);
    assert!(matches!(world.writes()[..], [Write::Lesson { state: LessonState::Open, .. }]));
    let host = world.come(Role::Host, "h", 3, 4);
    let class = world.come(Role::Classroom, "c", 2, 4);
    publishes(&mut world, host, Source::Camera);
    assert_eq!(world.lesson.state(), LessonState::Open, "the bell has not rung");
    assert_eq!(bell_at(&mut world, START_MS - 1), LessonState::Open);
    assert_eq!(bell_at(&mut world, START_MS), LessonState::Live);
    assert!(world.heard(class).iter().any(|message| matches!(message, ServerMessage::Lesson { lesson } if lesson.state == LessonState::Live)));
    assert_eq!(world.lesson.view().live_since_ms, Some(1_000_000 + START_MS));
    assert_eq!(world.shown(class), ["p1", "p1:screen", "-", "-"]);
    assert_eq!(bell_at(&mut world, START_MS + 1), LessonState::Live);
    assert!(world.effects.is_empty(), "the bell says nothing twice");
}

#[test]
fn a_teacher_who_is_late_begins_with_the_first_packet() {
    for access in [Access::Socket, Access::Whip] {
        let mut world = planned(LessonState::Open);
        let host = world.join_as(identity(Role::Host, "h"), access, None);
        publishes(&mut world, host, Source::Microphone);
        assert_eq!(world.lesson.state(), LessonState::Open, "an encoder too waits for the bell");
        world.ms = START_MS + 5 * MINUTE;
        publishes(&mut world, host, Source::Microphone);
        assert_eq!((world.lesson.state(), acts(&world)), (LessonState::Live, vec!["lesson.start"]));
    }
    let mut world = planned(LessonState::Open);
    world.ms = START_MS + MINUTE;
    let class = world.join(Role::Classroom, "c");
    publishes(&mut world, class, Source::Camera);
    assert_eq!(world.lesson.state(), LessonState::Open, "a class begins no lesson");
}

#[test]
fn it_ends_ten_minutes_after_the_last_of_end_and_leaving() {
    let mut world = planned(LessonState::Live);
    let host = world.join(Role::Host, "h");
    let class = world.join(Role::Classroom, "c");
    assert_eq!(bell_at(&mut world, END_MS + 60 * MINUTE), LessonState::Live, "overrunning is the teacher's affair");
    world.apply(Command::Disconnected { connection: host });
    assert_eq!(bell_at(&mut world, END_MS + 70 * MINUTE - 1), LessonState::Live);
    world.join(Role::Host, "h");
    assert_eq!(bell_at(&mut world, END_MS + 75 * MINUTE), LessonState::Live, "back again");
    let host = *world.lesson.connections.keys().max().unwrap();
    world.say(host, ClientMessage::Leave);
    assert_eq!(bell_at(&mut world, END_MS + 85 * MINUTE - 1), LessonState::Live);
    world.apply(Command::Bell { may_end: false });
    world.ms += 1;
    world.apply(Command::Bell { may_end: false });
    assert_eq!(world.lesson.state(), LessonState::Live, "a clock that is doubted ends nothing");
    world.apply(Command::Bell { may_end: true });
    assert_eq!((world.lesson.state(), acts(&world)), (LessonState::Ended, vec!["lesson.end"]));
    assert_eq!(world.goodbyes(), [(class, GoodbyeReason::LessonEnded)]);
}

#[test]
fn a_restart_remembers_when_the_teacher_left() {
    let mut stored = record(LessonState::Live);
    stored.lesson.planned_start_ms = Some(1_000_000 + START_MS);
    stored.lesson.planned_end_ms = Some(1_000_000 + END_MS);
    stored.host_left_ms = Some(1_000_000 + END_MS + 3 * MINUTE);
    let mut world = World::with(stored, LIMITS);
    assert_eq!(bell_at(&mut world, END_MS + 13 * MINUTE - 1), LessonState::Live);
    assert_eq!(bell_at(&mut world, END_MS + 13 * MINUTE), LessonState::Ended);
}

#[test]
fn a_lesson_that_nobody_planned_is_left_to_its_people() {
    let mut world = World::new(LessonState::Open);
    let host = world.join(Role::Host, "h");
    publishes(&mut world, host, Source::Camera);
    assert_eq!(bell_at(&mut world, 10_000 * MINUTE), LessonState::Open);
    world.say(host, ClientMessage::Leave);
    assert_eq!(bell_at(&mut world, 20_000 * MINUTE), LessonState::Open);
}

#[test]
fn what_the_host_does_is_noted() {
    let mut world = World::new(LessonState::Open);
    let host = world.join(Role::Host, "h");
    for (action, act) in [
        (LessonAction::Start, "lesson.start"),
        (LessonAction::Pause, "lesson.pause"),
        (LessonAction::Resume, "lesson.resume"),
        (LessonAction::ShutDown, "lesson.shut_down"),
    ] {
        world.act(host, action);
        assert_eq!(acts(&world), [act]);
        let noted = world.effects.iter().find_map(|effect| match effect {
            Effect::Acted(act) => Some(act.clone()),
            _ => None,
        });
        let noted = noted.unwrap();
        assert_eq!((noted.sub.as_deref(), noted.detail.as_str()), (Some("h"), r#"{"by":"name of h"}"#));
    }
    assert_eq!(world.lesson.state(), LessonState::Ended);
    assert_eq!(world.goodbyes(), [(host, GoodbyeReason::LessonEnded)]);
    let mut world = World::new(LessonState::Open);
    let host = world.join(Role::Host, "h");
    world.act(host, LessonAction::Pause);
    assert!(acts(&world).is_empty(), "what was refused was not done");
}

#[test]
fn the_welcome_says_what_kind_of_lesson_it_is_and_when() {
    let mut planned = record(LessonState::Open);
    planned.lesson.kind = Some(LessonKind::FamousSchool);
    planned.lesson.planned_start_ms = Some(5);
    planned.lesson.planned_end_ms = Some(6);
    let mut world = World::with(planned, LIMITS);
    let class = world.join(Role::Classroom, "c");
    let welcome = world.welcome(class);
    assert_eq!(welcome.lesson.kind, Some(protocol::LessonKind::FamousSchool));
    assert_eq!((welcome.lesson.planned_start_ms, welcome.lesson.planned_end_ms), (Some(5), Some(6)));
    assert_eq!(welcome.you.publish, Publish::Never);
}

fn plan(state: LessonState, start_ms: u64) -> Plan {
    let LessonRow { title, kind, .. } = record(state).lesson;
    Plan { title, state, kind, receivers: Vec::new(), start_ms: Some(start_ms), end_ms: Some(start_ms + 40 * MINUTE), version: 2 }
}

#[test]
fn one_that_has_not_begun_follows_its_plan() {
    let mut world = planned(LessonState::Open);
    let class = world.join(Role::Classroom, "c");
    let moved = Command::Planned(plan(LessonState::Scheduled, 7));
    world.apply(moved.clone());
    assert!(matches!(world.heard(class)[..], [ServerMessage::Lesson { lesson }] if lesson.planned_start_ms == Some(7) && lesson.state == LessonState::Open));
    world.apply(moved);
    assert!(world.effects.is_empty(), "told once");
    world.apply(Command::Planned(plan(LessonState::Cancelled, 7)));
    assert_eq!((world.lesson.state(), world.goodbyes()), (LessonState::Cancelled, vec![(class, GoodbyeReason::LessonEnded)]));
    assert!(!world.writes().iter().any(|write| matches!(write, Write::Lesson { .. })), "it is written already");
    world.apply(Command::Planned(Plan { version: 1, ..plan(LessonState::Scheduled, 7) }));
    assert_eq!(world.lesson.state(), LessonState::Cancelled, "what was read before is old");
    world.apply(Command::Planned(Plan { version: 3, ..plan(LessonState::Scheduled, 7) }));
    assert_eq!(world.lesson.state(), LessonState::Scheduled, "taken back");
}

/// Whoever cancels or moves a lesson in the moment in which it begins is told that it is done: the store takes it as not begun.
#[test]
fn one_that_began_while_it_was_cancelled_or_moved_did_not_begin() {
    let begun = || {
        let mut world = planned(LessonState::Open);
        let host = world.join(Role::Host, "h");
        world.act(host, LessonAction::Start);
        assert_eq!(world.lesson.state(), LessonState::Live);
        (world, host)
    };
    let start_ms = 1_000_000 + START_MS;
    let (mut world, _) = begun();
    world.apply(Command::Planned(plan(LessonState::Open, start_ms)));
    assert_eq!((world.lesson.state(), world.writes().len()), (LessonState::Live, 0), "the store is about to hear of it");
    let (mut world, host) = begun();
    world.apply(Command::Planned(plan(LessonState::Cancelled, start_ms)));
    assert_eq!((world.lesson.state(), world.goodbyes()), (LessonState::Cancelled, vec![(host, GoodbyeReason::LessonEnded)]));
    world.act(host, LessonAction::Start);
    assert_eq!(world.lesson.state(), LessonState::Cancelled);
    let (mut world, host) = begun();
    world.apply(Command::Planned(plan(LessonState::Open, start_ms + 60 * MINUTE)));
    assert_eq!((world.lesson.state(), world.lesson.view().live_since_ms), (LessonState::Scheduled, None));
    assert_eq!(world.goodbyes(), [(host, GoodbyeReason::Refused)]);
    // By so little that it may have begun: what the store did not take is written anew.
    let (mut world, _) = begun();
    world.apply(Command::Planned(plan(LessonState::Open, start_ms - 15 * MINUTE)));
    let written = world.writes().into_iter().find_map(|write| match write {
        Write::Lesson { state, planned_start_ms, .. } => Some((*state, *planned_start_ms)),
        _ => None,
    });
    assert_eq!(written, Some((LessonState::Live, Some(start_ms - 15 * MINUTE))));
}

#[test]
fn an_open_lesson_takes_over_kind_title_and_who_is_interactive() {
    let mut world = planned(LessonState::Open);
    let room = |name: &str| Identity { classroom: Some(name.into()), ..identity(Role::Classroom, name) };
    let one = world.join_as(room("one"), Access::Socket, None);
    let two = world.join_as(room("two"), Access::Socket, None);
    let start_ms = 1_000_000 + START_MS;
    let marked = |name: &str| {
        let receiver = |classroom: &str| Receiver { classroom: classroom.into(), interactive: classroom == name };
        let receivers = vec![receiver("one"), receiver("two")];
        Command::Planned(Plan { title: "新课".into(), kind: Some(LessonKind::Dedicated), receivers, ..plan(LessonState::Open, start_ms) })
    };
    world.apply(marked("one"));
    assert!(world.heard(two).iter().any(|message| matches!(message, ServerMessage::Lesson { lesson }
        if lesson.title == "新课" && lesson.kind == Some(protocol::LessonKind::Dedicated))));
    let places = |world: &World| world.lesson.ids(&world.lesson.stage);
    assert_eq!(places(&world), [world.id(one)]);
    world.apply(marked("two"));
    assert_eq!(places(&world), [world.id(two)], "the seat is another's");
    world.apply(marked("two"));
    assert!(world.effects.is_empty(), "told once");
}

#[test]
fn one_that_is_moved_away_while_open_sends_everybody_home_until_it_opens_again() {
    let mut world = planned(LessonState::Open);
    let host = world.join(Role::Host, "h");
    let class = world.join(Role::Classroom, "c");
    world.ms = START_MS - 5 * MINUTE;
    world.apply(Command::Planned(plan(LessonState::Open, 1_000_000 + START_MS + 60 * MINUTE)));
    assert_eq!((world.lesson.state(), acts(&world)), (LessonState::Scheduled, vec!["lesson.postpone"]));
    assert_eq!(world.goodbyes(), [(host, GoodbyeReason::Refused), (class, GoodbyeReason::Refused)]);
    assert!(world.heard(class).iter().any(|message| matches!(message, ServerMessage::Error(notice) if notice.code == ErrorCode::LessonClosed)));
    assert!(world.writes().iter().any(|write| matches!(write, Write::Lesson { state: LessonState::Scheduled, .. })));
    assert_eq!(bell_at(&mut world, START_MS + 50 * MINUTE), LessonState::Open);
    world.ms = START_MS;
    world.apply(Command::Bell { may_end: false });
    assert_eq!(world.lesson.state(), LessonState::Open, "a clock that is doubted shuts nothing");
    assert_eq!(bell_at(&mut world, START_MS), LessonState::Scheduled);
}

#[test]
fn who_is_put_out_is_told_why_and_the_others_stay() {
    let mut world = planned(LessonState::Live);
    let host = world.join(Role::Host, "h");
    let class = world.join(Role::Classroom, "c");
    let refusal = Refusal::new(ErrorCode::TokenInvalid, "holds no more");
    world.apply(Command::PutOut { connection: host, refusal: refusal.clone() });
    assert!(matches!(world.heard(host)[..], [ServerMessage::Error(notice), ..] if notice.code == ErrorCode::TokenInvalid));
    assert_eq!(world.goodbyes(), [(host, GoodbyeReason::Refused)]);
    world.join(Role::Host, "other");
    assert_eq!(world.refusal(), None, "the place is free");
    assert!(world.lesson.connections.contains_key(&class));
    world.apply(Command::PutOut { connection: host, refusal });
    assert!(matches!(world.effects[..], [Effect::Dropped(DropReason::StaleConnection)]));
}
