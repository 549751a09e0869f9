//! Coming in, coming back, leaving.
use super::*;

#[test]
fn a_new_participant_is_welcomed_and_written_down() {
    let mut world = World::new(LessonState::Open);
    let host = world.join(Role::Host, "h");
    let welcome = world.welcome(host);
    assert_eq!((welcome.you.role, welcome.resumed, welcome.resume.as_str()), (Role::Host, false, "secret1"));
    assert!(matches!(world.writes()[0], Write::Participant { row, .. } if row.present && row.resume.is_some()));
    assert!(matches!(world.writes()[1], Write::Enter { joined_ms: 1_000_000, .. }), "after the row by which it can come back");
}

#[test]
fn only_open_lessons_take_anybody() {
    for (state, taken) in [
        (LessonState::Scheduled, false),
        (LessonState::Open, true),
        (LessonState::Live, true),
        (LessonState::Paused, true),
        (LessonState::Ended, false),
        (LessonState::Cancelled, false),
    ] {
        let mut world = World::new(state);
        world.join(Role::Classroom, "c");
        assert_eq!(world.refusal(), (!taken).then_some(ErrorCode::LessonClosed), "{state:?}");
    }
}

#[test]
fn the_resume_token_gives_the_same_place_and_sends_the_older_connection_away() {
    let mut world = World::new(LessonState::Live);
    let host = world.join(Role::Host, "h");
    let first = world.join(Role::Classroom, "c");
    let secret = world.welcome(first).resume;
    let id = world.id(first);
    world.call_on(host, first);
    let second = world.join_as(identity(Role::Classroom, "c"), Access::Socket, Some(&secret));
    let welcome = world.welcome(second);
    assert_eq!((welcome.you.id, welcome.resumed, welcome.resume, welcome.stage), (id.clone(), true, secret, vec![id]));
    assert_eq!(world.goodbyes(), [(first, GoodbyeReason::Replaced)]);
    world.say(first, ClientMessage::Hand { raised: true });
    assert_eq!(world.effects, [Effect::Dropped(DropReason::StaleConnection)], "the replaced connection has no say any more");
    world.apply(Command::Disconnected { connection: first });
    assert!(world.lesson.participants[&2].online(), "its end does not touch the new one");
}

#[test]
fn a_resume_token_of_another_identity_is_worth_nothing() {
    let mut world = World::new(LessonState::Live);
    let first = world.join(Role::Classroom, "c");
    let secret = world.welcome(first).resume;
    let other = world.join_as(identity(Role::Classroom, "d"), Access::Socket, Some(&secret));
    assert_ne!(world.id(other), world.id(first));
    assert!(!world.welcome(other).resumed && world.goodbyes().is_empty());
}

#[test]
fn a_panel_that_lost_its_storage_takes_its_place_with_a_new_secret() {
    let mut world = World::new(LessonState::Live);
    let first = world.join(Role::Classroom, "c");
    let (id, old) = (world.id(first), world.welcome(first).resume);
    let second = world.join(Role::Classroom, "c");
    assert_eq!(world.id(second), id);
    assert_ne!(world.welcome(second).resume, old);
    assert_eq!(world.goodbyes(), [(first, GoodbyeReason::Replaced)]);
}

#[test]
fn a_second_host_is_told_why_while_the_first_is_there() {
    let mut world = World::new(LessonState::Live);
    let first = world.join(Role::Host, "h");
    for sub in ["h", "other"] {
        world.join(Role::Host, sub);
        assert_eq!(world.refusal(), Some(ErrorCode::HostPresent), "{sub}");
        assert!(world.goodbyes().is_empty());
    }
    world.apply(Command::Disconnected { connection: first });
    let second = world.join(Role::Host, "h");
    assert_eq!((world.refusal(), world.id(second).0.as_str()), (None, "p1"), "the same identity takes over at once");
    world.apply(Command::Disconnected { connection: second });
    let third = world.join(Role::Host, "other");
    assert_eq!((world.refusal(), world.id(third).0.as_str()), (None, "p2"), "a substitute takes over from a lost host");
    assert!(world.effects.contains(&Effect::Remove(ParticipantId("p1".into()))));
    world.join_as(identity(Role::Host, "h"), Access::Socket, Some("secret1"));
    assert_eq!(world.refusal(), Some(ErrorCode::HostPresent), "also with a resume token");
}

#[test]
fn a_lost_place_is_kept_for_the_resume_window_and_then_given_up() {
    let mut world = World::new(LessonState::Live);
    let host = world.join(Role::Host, "h");
    let class = world.join(Role::Classroom, "c");
    let secret = world.welcome(class).resume;
    world.call_on(host, class);
    world.say(host, ClientMessage::MuteAll);
    world.pass(1_000);
    world.apply(Command::Disconnected { connection: class });
    assert!(world.writes().iter().any(|write| matches!(write, Write::Exit { joined_ms: 1_000_000, left_ms: 1_001_000, .. })), "{:?}", world.writes());
    assert_eq!(world.lesson.deadline(), Some(world.now().at + LIMITS.resume));
    world.pass(59_999);
    world.apply(Command::Expire);
    assert!(world.heard(host).is_empty() && world.lesson.stage.len() == 1, "still kept");
    world.pass(1);
    world.apply(Command::Expire);
    assert_eq!(world.names_heard(host), ["left", "stage"]);
    assert!(world.effects.contains(&Effect::Remove(ParticipantId("p2".into()))));
    // Much later: the same id, off the stage, and still muted.
    let back = world.join_as(identity(Role::Classroom, "c"), Access::Socket, Some(&secret));
    let welcome = world.welcome(back);
    assert_eq!((welcome.you.id.0.as_str(), welcome.you.muted, welcome.resumed, welcome.stage.len()), ("p2", true, false, 0));
}

#[test]
fn after_a_restart_everything_is_as_it_was() {
    let mut world = World::new(LessonState::Live);
    let host = world.join(Role::Host, "h");
    let one = world.join(Role::Classroom, "one");
    let secret = world.welcome(one).resume;
    let two = world.join(Role::Classroom, "two");
    let three = world.join(Role::Classroom, "three");
    world.say(three, ClientMessage::Hand { raised: true });
    world.say(two, ClientMessage::Hand { raised: true });
    world.call_on(host, one);
    world.say(host, ClientMessage::Mute { participant: ParticipantId("p2".into()), muted: true });
    world.say(two, ClientMessage::Chat { text: "hello".into() });

    let mut world = world.restarted();
    let back = world.join_as(identity(Role::Classroom, "one"), Access::Socket, Some(&secret));
    let welcome = world.welcome(back);
    let ids = |ids: &[&str]| ids.iter().map(|id| ParticipantId((*id).into())).collect::<Vec<_>>();
    assert!(welcome.resumed && welcome.you.muted);
    assert_eq!((welcome.you.id.0.as_str(), welcome.stage, welcome.hands), ("p2", ids(&["p2"]), ids(&["p4", "p3"])));
    assert_eq!(welcome.floor, Some(welcome.you.id));
    assert_eq!(welcome.chat[0].text, "hello");
    let new = world.join(Role::Observer, "o");
    assert_eq!(world.id(new).0, "p5", "ids are never reused");
}

#[test]
fn who_leaves_is_gone_for_good() {
    let mut world = World::new(LessonState::Live);
    let host = world.join(Role::Host, "h");
    let class = world.join(Role::Classroom, "c");
    let secret = world.welcome(class).resume;
    world.say(class, ClientMessage::Hand { raised: true });
    world.say(class, ClientMessage::Leave);
    assert_eq!(world.goodbyes(), [(class, GoodbyeReason::Left)]);
    assert_eq!(world.names_heard(host), ["left", "hands"]);
    assert!(world.writes().iter().any(|write| matches!(write, Write::Participant { row, .. } if !row.present && row.resume.is_none())));
    let back = world.join_as(identity(Role::Classroom, "c"), Access::Socket, Some(&secret));
    assert!(!world.welcome(back).resumed);
}

#[test]
fn a_full_lesson_refuses_by_name_and_keeps_room_for_those_who_come_back() {
    let mut world = World::new(LessonState::Live);
    let classes: Vec<_> = (0..LIMITS.participants).map(|n| world.join(Role::Classroom, &format!("c{n}"))).collect();
    world.join(Role::Classroom, "late");
    assert_eq!(world.refusal(), Some(ErrorCode::Full));
    world.apply(Command::Disconnected { connection: classes[0] });
    world.join(Role::Classroom, "late");
    assert_eq!(world.refusal(), Some(ErrorCode::Full), "a lost class keeps its place");
    world.join(Role::Classroom, "c0");
    assert_eq!(world.refusal(), None);
    world.say(classes[1], ClientMessage::Leave);
    world.join(Role::Classroom, "late");
    world.join(Role::Classroom, "c1");
    assert_eq!(world.refusal(), Some(ErrorCode::Full), "who left gave its place up");
}

#[test]
fn observers_with_one_token_sit_side_by_side_and_are_not_remembered() {
    let mut world = World::new(LessonState::Live);
    let first = world.join(Role::Observer, "o");
    let second = world.join(Role::Observer, "o");
    assert_ne!(world.id(first), world.id(second));
    world.say(first, ClientMessage::Leave);
    world.say(second, ClientMessage::Leave);
    assert!(world.lesson.participants.is_empty() && world.lesson.is_empty());
}

/// What [`Write::Enter`] and [`Write::Exit`] of a lesson say, in milliseconds from the beginning.
fn intervals(world: &World) -> Vec<(u64, Option<u64>)> {
    let interval = |write: &Write| match write {
        Write::Enter { joined_ms, .. } => Some((joined_ms - 1_000_000, None)),
        Write::Exit { joined_ms, left_ms, .. } => Some((joined_ms - 1_000_000, Some(left_ms - 1_000_000))),
        _ => None,
    };
    world.writes().into_iter().filter_map(interval).collect()
}

#[test]
fn a_clock_that_is_set_back_makes_no_intervals_that_overlap() {
    let mut world = World::new(LessonState::Live);
    world.ms = 60_000;
    let mut class = world.join(Role::Classroom, "c");
    world.ms = 90_000;
    world.say(class, ClientMessage::Leave);
    assert_eq!(intervals(&world), [(60_000, Some(90_000))]);
    world.ms = 70_000;
    class = world.join(Role::Classroom, "c");
    assert_eq!(intervals(&world), [(90_001, None)]);
    world.ms = 75_000;
    world.say(class, ClientMessage::Leave);
    assert_eq!(intervals(&world), [(90_001, Some(90_001))]);
    world.ms = 76_000;
    world.join(Role::Classroom, "c");
    assert_eq!(intervals(&world), [(90_002, None)], "another row");

    let mut stored = world.stored.clone();
    let row = world.lesson.participants.values().next().unwrap().row();
    stored.left_ms = HashMap::from([(row.id.clone(), 1_090_002)]);
    stored.participants = vec![row];
    let mut world = World::with(stored, LIMITS);
    world.join(Role::Classroom, "c");
    assert_eq!(intervals(&world), [(90_003, None)], "nor after a restart");
}
