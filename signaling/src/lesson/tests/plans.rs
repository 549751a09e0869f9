//! Who sees and hears whom.
use super::*;
use protocol::{SlotState, SlotWant};

fn want(slot: &str, spatial: Option<u8>, temporal: Option<u8>) -> ClientMessage {
    ClientMessage::Want { slots: vec![SlotWant { slot: slot.into(), spatial, temporal }] }
}

#[test]
fn before_it_is_live_only_the_host_receives() {
    let mut world = World::new(LessonState::Open);
    let host = world.come(Role::Host, "h", 3, 4);
    let class = world.come(Role::Classroom, "c", 2, 4);
    let observer = world.come(Role::Observer, "o", 2, 4);
    assert_eq!(world.shown(host), ["p2", "-", "-", "-"]);
    assert!(world.view(class).is_none() && world.view(observer).is_none());
    world.act(host, LessonAction::Start);
    assert_eq!(world.shown(class), ["p1", "p1:screen", "-", "-"]);
    assert_eq!(world.shown(observer), ["p1", "p1:screen", "-", "-"]);
    assert!(world.view(class).unwrap().audio);
}

#[test]
fn a_called_class_is_shown_to_all_but_itself_without_an_offer() {
    let mut world = World::new(LessonState::Live);
    let host = world.come(Role::Host, "h", 3, 4);
    let one = world.come(Role::Classroom, "one", 2, 4);
    let two = world.come(Role::Classroom, "two", 2, 4);
    world.call_on(host, one);
    assert!(world.ticket().is_none());
    assert_eq!(world.shown(two), ["p1", "p1:screen", "p2", "-"]);
    assert_eq!(world.shown(one), ["p1", "p1:screen", "-", "-"]);
    assert_eq!(world.names_heard(two), ["participant", "stage", "slots"]);
    assert_eq!(world.names_heard(one), ["stage", "demand"], "its own view did not change");
    let Some(ServerMessage::Slots { video }) = world.heard(two).get(2).copied() else { panic!("no slots") };
    assert_eq!(video[2], SlotState { slot: "v2".into(), participant: Some(world.id(one)), source: Some(Source::Camera) });
}

#[test]
fn shown_pictures_keep_their_slots() {
    let mut world = World::new(LessonState::Live);
    let host = world.come(Role::Host, "h", 3, 3);
    let classes: Vec<_> = (0..5).map(|n| world.come(Role::Classroom, &format!("c{n}"), 2, 4)).collect();
    assert_eq!(world.shown(host), ["p2", "p3", "p4"], "in the order of joining");
    world.call_on(host, classes[4]);
    assert_eq!(world.shown(host), ["p2", "p3", "p6"], "the stage pushes the last one out, the others stay");
    world.say(classes[3], ClientMessage::Hand { raised: true });
    assert_eq!(world.shown(host), ["p2", "p5", "p6"], "a raised hand too");
    world.call_on(host, classes[2]);
    assert_eq!(world.shown(host), ["p4", "p5", "p6"]);
    assert_eq!(world.shown(classes[0]), ["p1", "p1:screen", "p6", "p4"], "the order of being called");
    let late = world.come(Role::Observer, "late", 2, 3);
    assert_eq!(world.shown(late), ["p1", "p1:screen", "p4"], "the floor before all others where there is one slot");
    world.call_on(host, classes[4]);
    assert_eq!(world.shown(late), ["p1", "p1:screen", "p6"]);
    assert_eq!(world.shown(classes[0]), ["p1", "p1:screen", "p6", "p4"], "and where there is room nobody moves");
    world.say(host, ClientMessage::Dismiss { participant: world.id(classes[4]) });
    assert_eq!(world.shown(classes[0]), ["p1", "p1:screen", "-", "p4"], "and nobody moves when one goes");
}

#[test]
fn layers_are_the_defaults_until_somebody_wants_others() {
    let mut world = World::new(LessonState::Live);
    let host = world.come(Role::Host, "h", 3, 2);
    let one = world.come(Role::Classroom, "one", 2, 3);
    let two = world.come(Role::Classroom, "two", 2, 3);
    world.call_on(host, one);
    let spatial =
        |world: &World, connection| world.view(connection).unwrap().video.iter().map(|view| view.as_ref().and_then(|view| view.spatial)).collect::<Vec<_>>();
    assert_eq!(spatial(&world, host), [Some(2), Some(0)], "the called class larger");
    assert_eq!(spatial(&world, two), [Some(2), Some(2), Some(2)]);
    world.call_on(host, two);
    assert_eq!((spatial(&world, host), spatial(&world, two)), (vec![Some(1), Some(2)], vec![Some(2), Some(2), Some(1)]), "the floor larger than the stage");
    world.say(two, want("v0", Some(0), Some(1)));
    assert_eq!(spatial(&world, two), [Some(0), Some(2), Some(1)]);
    assert_eq!(world.view(two).unwrap().video[0].as_ref().unwrap().temporal, 1);
    assert!(world.heard(two).is_empty(), "a layer is no news: the slot shows the same");
    world.say(two, want("v1", None, None));
    assert_eq!(spatial(&world, two), [Some(0), None, Some(1)]);
    for odd in ["v64", "a0", "v", "v-1", "", "v18446744073709551616"] {
        world.say(two, want(odd, Some(1), None));
        assert_eq!(world.refusal(), None);
    }
    world.connect(two, 2, 3);
    assert_eq!(spatial(&world, two), [Some(2), Some(2), Some(1)], "a new offer begins anew");
}

#[test]
fn switched_off_sources_are_neither_shown_nor_heard() {
    let mut world = World::new(LessonState::Live);
    let host = world.come(Role::Host, "h", 3, 2);
    let class = world.come(Role::Classroom, "c", 2, 3);
    world.call_on(host, class);
    world.say(class, ClientMessage::Sources { on: vec![Source::Camera] });
    assert_eq!(world.plan().audible, [world.id(host)]);
    world.say(class, ClientMessage::Sources { on: vec![Source::Microphone] });
    assert_eq!(world.plan().audible.len(), 2);
    assert_eq!(world.shown(host), ["-", "-"]);
    world.say(host, ClientMessage::Sources { on: vec![Source::Microphone, Source::Screen] });
    assert_eq!(world.shown(class), ["-", "p1:screen", "-"], "courseware keeps its slot");
}

#[test]
fn a_plan_goes_out_only_when_it_changed() {
    let mut world = World::new(LessonState::Live);
    let host = world.come(Role::Host, "h", 3, 2);
    let class = world.come(Role::Classroom, "c", 2, 3);
    assert!(world.effects.iter().any(|effect| matches!(effect, Effect::Plan(_))));
    world.say(class, ClientMessage::Chat { text: "x".into() });
    world.say(host, want("v0", Some(0), None));
    assert!(!world.effects.iter().any(|effect| matches!(effect, Effect::Plan(_))), "it is the default already");
}

#[test]
fn who_reconnects_is_told_its_slots_again() {
    let mut world = World::new(LessonState::Live);
    world.come(Role::Host, "h", 3, 2);
    let class = world.come(Role::Classroom, "c", 2, 3);
    world.apply(Command::Disconnected { connection: class });
    let back = world.join(Role::Classroom, "c");
    assert_eq!(world.names_heard(back), ["welcome", "slots", "demand"]);
    assert_eq!(world.shown(back), ["p1", "p1:screen", "-"]);
}

#[test]
fn who_sends_is_told_which_layers_somebody_gets() {
    let mut world = World::new(LessonState::Live);
    let host = world.come(Role::Host, "h", 3, 2);
    assert_eq!(world.heard(host).last(), Some(&&ServerMessage::Demand { camera: None, screen: None }), "nobody is there");
    let one = world.come(Role::Classroom, "one", 2, 3);
    assert_eq!(world.heard(host).last(), Some(&&ServerMessage::Demand { camera: Some(2), screen: Some(2) }));
    assert_eq!(world.heard(one).last(), Some(&&ServerMessage::Demand { camera: Some(0), screen: None }), "the host's tile");
    let two = world.come(Role::Classroom, "two", 2, 3);
    assert!(!world.names_heard(host).contains(&"demand") && !world.names_heard(one).contains(&"demand"), "told once");
    world.call_on(host, one);
    assert_eq!(world.heard(one).last(), Some(&&ServerMessage::Demand { camera: Some(2), screen: None }));
    world.say(host, want("v0", Some(0), None));
    world.say(two, want("v2", Some(1), None));
    assert_eq!(world.heard(one).last(), Some(&&ServerMessage::Demand { camera: Some(1), screen: None }));
    for connection in [one, two] {
        world.say(connection, ClientMessage::Want { slots: vec![SlotWant { slot: "v0".into(), spatial: None, temporal: None }] });
    }
    assert_eq!(world.heard(host).last(), Some(&&ServerMessage::Demand { camera: None, screen: Some(2) }), "all have paused it");
    world.connect(host, 3, 2);
    assert_eq!(world.heard(host).last(), Some(&&ServerMessage::Demand { camera: None, screen: Some(2) }), "a new transport is told again");
}

#[test]
fn operators_receive_nothing() {
    let mut world = World::new(LessonState::Live);
    world.come(Role::Host, "h", 3, 2);
    let operator = world.join(Role::Operator, "o");
    assert!(world.view(operator).is_none());
}
