//! Who hears of whom.
use super::*;

fn ids(participants: &[protocol::ParticipantView]) -> Vec<&str> {
    participants.iter().map(|participant| participant.id.0.as_str()).collect()
}

#[test]
fn a_class_sees_the_host_the_stage_and_itself() {
    let mut world = World::new(LessonState::Live);
    let host = world.join(Role::Host, "h");
    let one = world.join(Role::Classroom, "one");
    let two = world.join(Role::Classroom, "two");
    assert_eq!(ids(&world.welcome(two).participants), ["p1", "p3"]);
    assert_eq!(world.names_heard(host), ["participant"]);
    assert!(world.heard(one).is_empty(), "classes do not hear of each other");

    world.call_on(host, one);
    assert_eq!(world.names_heard(two), ["participant", "stage"], "the called class comes into view");
    let three = world.join(Role::Classroom, "three");
    assert_eq!(ids(&world.welcome(three).participants), ["p1", "p2", "p4"]);

    world.say(host, ClientMessage::Dismiss { participant: world.id(one) });
    assert_eq!(world.names_heard(two), ["left", "stage"], "and goes out of it");
    assert_eq!(world.names_heard(one), ["stage"], "never out of its own");
    assert_eq!(world.names_heard(host), ["stage"]);
}

#[test]
fn observers_and_operators_see_everybody() {
    let mut world = World::new(LessonState::Live);
    world.join(Role::Classroom, "one");
    for role in [Role::Observer, Role::Operator] {
        let watcher = world.join(role, "w");
        assert!(ids(&world.welcome(watcher).participants).contains(&"p1"));
        world.join(Role::Classroom, &format!("after {role:?}"));
        assert_eq!(world.names_heard(watcher), ["participant"]);
    }
}

#[test]
fn a_change_on_stage_reaches_classes_once() {
    let mut world = World::new(LessonState::Live);
    let host = world.join(Role::Host, "h");
    let one = world.join(Role::Classroom, "one");
    let two = world.join(Role::Classroom, "two");
    world.call_on(host, one);
    world.apply(Command::Disconnected { connection: one });
    assert!(matches!(world.heard(two)[..], [ServerMessage::Participant { participant }] if !participant.online));
    assert_eq!(world.names_heard(host), ["participant"]);
}

#[test]
fn a_lost_host_stays_in_view_and_a_departed_one_does_not() {
    let mut world = World::new(LessonState::Live);
    let host = world.join(Role::Host, "h");
    let class = world.join(Role::Classroom, "c");
    world.apply(Command::Disconnected { connection: host });
    assert_eq!(world.names_heard(class), ["participant"]);
    world.pass(60_000);
    world.apply(Command::Expire);
    assert_eq!(world.names_heard(class), ["left"]);
    world.join(Role::Host, "substitute");
    assert_eq!(world.names_heard(class), ["participant"]);
}

#[test]
fn figures_are_merged_and_told_once_a_second_to_those_who_watch() {
    let mut world = World::new(LessonState::Live);
    let host = world.come(Role::Host, "h", 3, 8);
    let class = world.come(Role::Classroom, "c", 2, 4);
    world.say(host, ClientMessage::WatchStats { on: true });
    let figures = |id: &str, up_bps| protocol::ParticipantStats { participant: Some(ParticipantId(id.into())), up_bps, ..Default::default() };
    let mut told = Vec::new();
    for _ in 0..30 {
        world.apply(Command::Stats { participants: vec![figures("p1", 1), figures("p99", 9)] });
        world.pass(40);
        world.apply(Command::Stats { participants: vec![figures("p2", 2)] });
        for _ in 0..96 {
            world.pass(10);
            if world.lesson.deadline().is_some_and(|due| due <= world.now().at) {
                world.apply(Command::Expire);
                assert!(world.heard(class).is_empty());
                told.extend(world.heard(host).into_iter().cloned());
            }
        }
    }
    assert!((29..=30).contains(&told.len()), "{} notices in 30 s", told.len());
    let ServerMessage::Stats { participants, .. } = told.last().unwrap() else { panic!("{told:?}") };
    assert_eq!(participants.iter().map(|p| p.up_bps).collect::<Vec<_>>(), [1, 2], "both workers' figures, nobody who is not there");
    world.pass(10_000);
    world.apply(Command::Stats { participants: vec![figures("p2", 3)] });
    world.pass(100);
    world.apply(Command::Expire);
    assert!(matches!(world.heard(host)[..], [ServerMessage::Stats { participants, .. }] if participants.len() == 1), "old figures are dropped");
}
