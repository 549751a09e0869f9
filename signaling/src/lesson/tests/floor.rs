//! The floor: the class called on last, on stage or brought there.
use super::*;

/// A dedicated lesson with a host and two classes that sit on stage.
fn seated() -> (World, ConnectionId, ConnectionId, ConnectionId) {
    let mut world = of_kind(LessonKind::Dedicated, LessonState::Live);
    let host = world.come(Role::Host, "h", 3, 4);
    let (one, two) = (come_in(&mut world, "one"), come_in(&mut world, "two"));
    (world, host, one, two)
}

fn stage(world: &World) -> (Vec<u64>, Option<u64>) {
    (world.lesson.stage.clone(), world.lesson.floor)
}

#[test]
fn a_class_that_sits_on_stage_raises_its_hand_is_called_on_and_sits_down_again() {
    let (mut world, host, one, two) = seated();
    assert_eq!(stage(&world), (vec![2, 3], None), "joining is no call");
    world.say(one, ClientMessage::Hand { raised: true });
    assert_eq!((world.refusal(), world.lesson.hands.as_slice()), (None, [2].as_slice()));
    assert_eq!(world.shown(host), ["p2", "p3", "-", "-"], "shown once, on stage with its hand up");
    let (audible, shown) = (world.plan().audible.clone(), world.shown(two));

    world.call_on(host, one);
    let told = ServerMessage::Stage { participants: vec![world.id(one), world.id(two)], floor: Some(world.id(one)) };
    for connection in [host, one, two] {
        assert!(world.heard(connection).contains(&&told) && world.names_heard(connection).contains(&"hands"), "{:?}", world.heard(connection));
    }
    assert_eq!((&world.plan().audible, world.shown(two)), (&audible, shown), "the same are seen and heard, in the same slots");
    world.call_on(host, one);
    assert!(world.effects.is_empty(), "calling twice changes nothing");
    world.say(one, ClientMessage::Hand { raised: true });
    assert_eq!(world.refusal(), Some(ErrorCode::WrongState));
    world.say(two, ClientMessage::Hand { raised: true });
    assert_eq!(world.refusal(), None, "the others may");

    world.call_on(host, two);
    assert_eq!((stage(&world), world.lesson.hands.len()), ((vec![2, 3], Some(3)), 0));
    world.dismiss(host, two);
    assert_eq!(stage(&world), (vec![2, 3], None), "back in its seat");
    assert_eq!(world.heard(one), [&ServerMessage::Stage { participants: vec![world.id(one), world.id(two)], floor: None }]);
    world.call_on(host, one);
    world.dismiss(one, one);
    assert_eq!(stage(&world), (vec![2, 3], None), "by itself too");
    world.dismiss(host, one);
    assert_eq!(stage(&world), (vec![3], None), "without the floor it leaves the stage");
}

#[test]
fn whoever_is_called_on_is_heard_and_muted_again_afterwards() {
    let (mut world, host, one, two) = seated();
    let audible = |world: &World| world.plan().audible.clone();
    let (teacher, first, second) = (world.id(host), world.id(one), world.id(two));
    world.say(host, ClientMessage::MuteAll);
    world.call_on(host, one);
    assert_eq!(audible(&world), [teacher.clone(), first.clone()]);
    world.call_on(host, two);
    assert_eq!(audible(&world), [teacher.clone(), second.clone()], "the one before is muted again");
    world.dismiss(host, two);
    assert_eq!(audible(&world), std::slice::from_ref(&teacher));
    // What the host says meanwhile holds.
    world.call_on(host, one);
    world.say(host, ClientMessage::Mute { participant: first.clone(), muted: true });
    assert_eq!(audible(&world), std::slice::from_ref(&teacher));
    world.say(host, ClientMessage::Mute { participant: first.clone(), muted: false });
    world.dismiss(host, one);
    assert_eq!(audible(&world), [teacher.clone(), first]);
}

#[test]
fn a_class_without_a_seat_leaves_the_stage_when_dismissed() {
    let (mut world, host, one, _) = seated();
    let three = come_in(&mut world, "three");
    world.call_on(host, three);
    assert_eq!(stage(&world), (vec![2, 3, 4], Some(4)));
    world.call_on(host, one);
    assert_eq!(stage(&world), (vec![2, 3, 4], Some(2)), "who was called before stays on stage");
    world.say(three, ClientMessage::Hand { raised: true });
    assert_eq!(world.refusal(), None);
    world.call_on(host, three);
    world.dismiss(host, three);
    assert_eq!(stage(&world), (vec![2, 3], None));
    // Without a kind nobody has a seat.
    let mut world = World::new(LessonState::Live);
    let (host, one, two) = (world.join(Role::Host, "h"), world.join(Role::Classroom, "one"), world.join(Role::Classroom, "two"));
    world.call_on(host, one);
    world.call_on(host, two);
    assert_eq!(stage(&world), (vec![2, 3], Some(3)));
    world.dismiss(host, one);
    assert_eq!(stage(&world), (vec![3], Some(3)), "the floor stays where it is");
    world.dismiss(two, two);
    assert_eq!(stage(&world), (vec![], None));
}

#[test]
fn a_full_stage_takes_nobody_more_but_its_classes_are_called_on() {
    let mut planned = record(LessonState::Live);
    planned.lesson.kind = Some(LessonKind::Dedicated);
    planned.receivers = (0..5).map(|n| Receiver { classroom: format!("c{n}"), interactive: true }).collect();
    let mut world = World::with(planned, LIMITS);
    let host = world.join(Role::Host, "h");
    let classes: Vec<_> = (0..5).map(|n| world.join_as(room(&format!("c{n}")), Access::Socket, None)).collect();
    world.call_on(host, classes[3]);
    assert_eq!((world.refusal(), world.lesson.floor), (None, Some(5)));
    world.call_on(host, classes[4]);
    assert_eq!((world.refusal(), world.lesson.floor), (Some(ErrorCode::Full), Some(5)), "the floor stays where it is");
}

#[test]
fn whoever_leaves_the_stage_in_any_way_loses_the_floor() {
    let one = ParticipantId("p2".into());
    let by_host = [
        ClientMessage::Remove { participant: one.clone() },
        ClientMessage::Block { participant: one },
        off(|change| change.interaction = Some(false)),
        off(|change| change.sending = Some(protocol::Sending::Nobody)),
        ClientMessage::Lesson { action: LessonAction::End },
    ];
    for message in by_host {
        let (mut world, host, one, _) = seated();
        world.call_on(host, one);
        world.say(host, message.clone());
        assert_eq!((world.lesson.floor, &world.stored.floor), (None, &None), "{message:?}");
    }
    let (mut world, host, one, _) = seated();
    world.call_on(host, one);
    world.say(one, ClientMessage::Leave);
    assert!(world.heard(host).contains(&&ServerMessage::Stage { participants: vec![ParticipantId("p3".into())], floor: None }));
}

#[test]
fn a_lost_class_keeps_the_floor_while_it_keeps_its_place() {
    let (mut world, host, one, two) = seated();
    world.call_on(host, one);
    world.act(host, LessonAction::Pause);
    assert_eq!(world.lesson.floor, Some(2), "through a pause");
    world.act(host, LessonAction::Resume);
    world.apply(Command::Disconnected { connection: one });
    world.pass(59_999);
    let one = world.join_as(room("one"), Access::Socket, None);
    let welcome = world.welcome(one);
    assert_eq!((welcome.resumed, &welcome.floor), (true, &Some(welcome.you.id)));
    world.apply(Command::Disconnected { connection: one });
    world.pass(60_000);
    world.apply(Command::Expire);
    assert!(world.heard(two).contains(&&ServerMessage::Stage { participants: vec![world.id(two)], floor: None }));
    let one = world.join_as(room("one"), Access::Socket, None);
    assert_eq!((world.welcome(one).floor, stage(&world)), (None, (vec![3, 2], None)), "it sits on stage again, and was not called");
}

#[test]
fn the_floor_survives_a_restart_with_the_stage() {
    let (mut world, host, _, two) = seated();
    world.call_on(host, two);
    let mut again = world.restarted();
    assert_eq!(stage(&again), (vec![2, 3], Some(3)));
    let host = again.join(Role::Host, "h");
    assert_eq!(again.welcome(host).floor, Some(ParticipantId("p3".into())));
    again.say(host, ClientMessage::Dismiss { participant: ParticipantId("p3".into()) });
    assert_eq!(stage(&again), (vec![2, 3], None), "it still has its seat");
    assert_eq!(stage(&again.restarted()), (vec![2, 3], None));
    // Written, but for somebody who is not on stage: nobody.
    for floor in ["p1", "p9"] {
        again.stored.floor = Some(ParticipantId(floor.into()));
        assert_eq!(stage(&again.restarted()), (vec![2, 3], None));
    }
}

#[test]
fn a_seat_that_was_lost_is_taken_again_by_a_call() {
    let (mut world, host, one, _) = seated();
    world.say(host, off(|change| change.interaction = Some(false)));
    world.say(host, off(|change| change.interaction = Some(true)));
    assert_eq!(stage(&world), (vec![], None));
    world.call_on(host, one);
    world.dismiss(host, one);
    assert_eq!(stage(&world), (vec![2], None));
}
