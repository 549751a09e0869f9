//! Switches, kinds, removing and blocking.
use super::*;
use crate::record::BlockRow;
use crate::store::{LessonKind, Receiver};
use protocol::Sending;

fn allowed_to_send(world: &World) -> Vec<Source> {
    let request = world.effects.iter().find_map(|effect| match effect {
        Effect::Offer { request, .. } => Some(request.may_send.clone()),
        _ => None,
    });
    request.unwrap()
}

#[test]
fn voice_and_video_off_silence_and_hide_the_classes_and_not_the_host() {
    let mut world = World::new(LessonState::Live);
    let host = world.come(Role::Host, "h", 3, 4);
    let one = world.come(Role::Classroom, "one", 2, 4);
    let two = world.come(Role::Classroom, "two", 2, 4);
    world.call_on(host, one);
    assert_eq!(world.plan().audible, [world.id(host), world.id(one)]);
    world.say(host, off(|change| change.voice = Some(false)));
    assert_eq!(world.plan().audible, [world.id(host)]);
    assert!(matches!(world.heard(two)[..], [ServerMessage::Lesson { lesson }] if !lesson.switches.voice), "everybody is told");
    assert_eq!(world.shown(two), ["p1", "p1:screen", "p2", "-"], "the picture stays");
    world.say(host, off(|change| change.video = Some(false)));
    assert_eq!(world.shown(two), ["p1", "p1:screen", "-", "-"]);
    assert_eq!(world.shown(host), ["-", "-", "-", "-"], "not even the host sees a class");
    // A class that ignores the switch gets no further.
    let class = world.id(one);
    world.apply(Command::Publishing { participant: class.clone(), source: Source::Microphone, active: true });
    world.say(one, ClientMessage::Sources { on: vec![Source::Microphone, Source::Camera] });
    world.connect(one, 2, 4);
    assert_eq!(world.plan().audible, [world.id(host)]);
    assert!(world.plan().views.iter().flat_map(|view| view.video.iter().flatten()).all(|shown| shown.participant != class));
    world.say(host, off(|change| (change.video, change.voice) = (Some(true), Some(true))));
    assert_eq!((world.plan().audible.len(), world.shown(two)[2].as_str()), (2, "p2"), "and back again");
}

#[test]
fn the_screen_switch_is_for_the_hosts_courseware() {
    let mut world = World::new(LessonState::Live);
    let host = world.come(Role::Host, "h", 3, 4);
    let class = world.come(Role::Classroom, "c", 2, 4);
    world.say(host, off(|change| change.screen = Some(false)));
    assert_eq!(world.shown(class), ["p1", "-", "-", "-"]);
    assert!(world.heard(host).contains(&&ServerMessage::Demand { camera: Some(2), screen: None }));
}

#[test]
fn text_off_refuses_chat_of_everybody_but_the_host() {
    let mut world = World::new(LessonState::Live);
    let host = world.join(Role::Host, "h");
    let class = world.join(Role::Classroom, "c");
    let observer = world.join(Role::Observer, "o");
    world.say(host, off(|change| change.text = Some(false)));
    for who in [class, observer] {
        world.say(who, ClientMessage::Chat { text: "x".into() });
        assert_eq!(world.refusal(), Some(ErrorCode::SwitchedOff));
    }
    world.say(host, ClientMessage::Chat { text: "x".into() });
    assert_eq!(world.refusal(), None);
}

#[test]
fn forbidding_interaction_empties_the_stage_and_lets_nothing_through() {
    let mut world = World::new(LessonState::Live);
    let host = world.come(Role::Host, "h", 3, 4);
    let one = world.come(Role::Classroom, "one", 2, 4);
    let two = world.come(Role::Classroom, "two", 2, 4);
    world.call_on(host, one);
    world.say(two, ClientMessage::Hand { raised: true });
    world.say(host, off(|change| change.interaction = Some(false)));
    assert!(world.lesson.stage.is_empty() && world.lesson.hands.is_empty());
    assert_eq!((world.plan().audible.clone(), world.shown(host)), (vec![world.id(host)], vec!["-".to_owned(); 4]));
    assert_eq!(world.shown(two), ["p1", "p1:screen", "-", "-"], "the lesson goes on");
    for message in [ClientMessage::Hand { raised: true }, ClientMessage::Chat { text: "x".into() }] {
        world.say(two, message);
        assert_eq!(world.refusal(), Some(ErrorCode::SwitchedOff));
    }
    world.call_on(host, one);
    assert_eq!(world.refusal(), Some(ErrorCode::SwitchedOff));
    world.say(host, off(|change| change.interaction = Some(true)));
    world.call_on(host, one);
    assert_eq!(world.lesson.stage.len(), 1);
}

#[test]
fn switches_are_written_once_for_each_change_and_survive_a_restart() {
    let mut world = World::new(LessonState::Live);
    let host = world.join(Role::Host, "h");
    world.say(host, off(|change| change.voice = Some(false)));
    let [Write::Switches { switches, .. }] = &world.writes()[..] else { panic!("{:?}", world.writes()) };
    assert_eq!(switches, r#"{"voice":false}"#);
    world.say(host, off(|change| change.voice = Some(false)));
    assert!(world.effects.is_empty(), "nothing changed");
    world.say(host, off(|change| change.text = Some(false)));
    let Write::Switches { switches, .. } = world.writes()[0].clone() else { panic!() };
    let mut stored = record(LessonState::Live);
    stored.lesson.switches = Some(switches);
    let mut world = World::with(stored, LIMITS);
    let class = world.join(Role::Classroom, "c");
    let switches = world.welcome(class).lesson.switches;
    assert!(!switches.voice && !switches.text && switches.video);
}

#[test]
fn a_dedicated_lesson_brings_its_interactive_classes_on_stage() {
    let mut world = of_kind(LessonKind::Dedicated, LessonState::Live);
    let host = world.come(Role::Host, "h", 3, 4);
    let one = come_in(&mut world, "one");
    let three = come_in(&mut world, "three");
    let two = come_in(&mut world, "two");
    assert_eq!(world.lesson.ids(&world.lesson.stage), [world.id(one), world.id(two)]);
    assert_eq!(world.shown(host), ["p2", "p4", "-", "-"], "who listens is not shown");
    assert_eq!(world.lesson.participants.values().map(|p| p.publish).collect::<Vec<_>>(), [Publish::Now, Publish::Now, Publish::Called, Publish::Now]);
    world.call_on(host, three);
    assert_eq!(world.shown(one), ["p1", "p1:screen", "p4", "p3"], "but may be called on");
    world.say(host, ClientMessage::Dismiss { participant: world.id(one) });
    world.apply(Command::Disconnected { connection: one });
    come_in(&mut world, "one");
    assert!(!world.lesson.stage.contains(&2), "who was dismissed comes back as it was");
}

#[test]
fn the_stage_of_a_dedicated_lesson_takes_four() {
    let mut planned = record(LessonState::Live);
    planned.lesson.kind = Some(LessonKind::Dedicated);
    planned.receivers = (0..6).map(|n| Receiver { classroom: format!("c{n}"), interactive: true }).collect();
    let mut world = World::with(planned, LIMITS);
    for n in 0..6 {
        world.join_as(room(&format!("c{n}")), Access::Socket, None);
        assert_eq!(world.refusal(), None);
    }
    assert_eq!(world.lesson.stage.len(), 4);
}

#[test]
fn in_a_famous_teachers_lesson_nobody_sends_unless_called() {
    let mut world = of_kind(LessonKind::FamousTeacher, LessonState::Live);
    let host = world.come(Role::Host, "h", 3, 4);
    let one = come_in(&mut world, "one");
    world.say(one, ClientMessage::Hand { raised: true });
    assert_eq!((world.shown(host)[0].as_str(), world.lesson.stage.len()), ("-", 0));
    world.call_on(host, one);
    assert_eq!((world.shown(host)[0].as_str(), world.plan().audible.len()), ("p2", 2));
}

#[test]
fn a_famous_schools_lesson_asks_for_no_upstream() {
    let mut world = of_kind(LessonKind::FamousSchool, LessonState::Live);
    let host = world.come(Role::Host, "h", 3, 4);
    let one = world.join_as(room("one"), Access::Socket, None);
    assert_eq!(world.welcome(one).you.publish, Publish::Never);
    world.offer(one, 1);
    assert_eq!(allowed_to_send(&world), [], "sending m-lines are answered inactive");
    let ticket = world.ticket().unwrap();
    world.answer(one, ticket, 2, 4);
    assert!(world.shown(host).iter().all(|shown| shown == "-"));
    for message in [(one, ClientMessage::Hand { raised: true }), (host, ClientMessage::CallOn { participant: world.id(one) })] {
        world.say(message.0, message.1);
        assert_eq!(world.refusal(), Some(ErrorCode::SwitchedOff));
    }
    world.say(host, off(|change| change.sending = Some(Sending::Called)));
    let told = |message: &&&ServerMessage| matches!(message, ServerMessage::Participant { participant } if participant.publish == Publish::Called);
    assert_eq!(world.heard(one).iter().filter(told).count(), 1, "the page is told to offer anew");
    world.offer(one, 2);
    assert_eq!(allowed_to_send(&world), [Source::Microphone, Source::Camera]);
    let ticket = world.ticket().unwrap();
    world.answer(one, ticket, 2, 4);
    world.call_on(host, one);
    assert_eq!(world.shown(host)[0], "p2");
    world.say(host, off(|change| change.sending = Some(Sending::Nobody)));
    assert!(world.lesson.stage.is_empty() && world.shown(host)[0] == "-");
}

#[test]
fn a_removed_class_is_sent_away_and_may_come_back() {
    let mut world = World::new(LessonState::Live);
    let host = world.come(Role::Host, "h", 3, 4);
    let class = world.come(Role::Classroom, "c", 2, 4);
    world.call_on(host, class);
    let id = world.id(class);
    world.say(host, ClientMessage::Remove { participant: id.clone() });
    assert_eq!(world.goodbyes(), [(class, GoodbyeReason::Removed)]);
    assert!(world.effects.contains(&Effect::Remove(id.clone())) && world.lesson.stage.is_empty());
    assert!(world.heard(host).contains(&&ServerMessage::Left { participant: id.clone() }));
    world.say(host, ClientMessage::Remove { participant: id.clone() });
    assert_eq!(world.refusal(), Some(ErrorCode::ParticipantUnknown));
    let back = world.join(Role::Classroom, "c");
    assert_eq!((world.refusal(), world.id(back)), (None, id));
    let me = world.id(host);
    for message in [ClientMessage::Remove { participant: me.clone() }, ClientMessage::Block { participant: me }] {
        world.say(host, message);
        assert_eq!(world.refusal(), Some(ErrorCode::Forbidden), "a host cannot be sent away");
    }
}

#[test]
fn whoever_is_blocked_stays_out_by_identity_and_by_classroom() {
    let mut world = World::new(LessonState::Live);
    let host = world.join(Role::Host, "h");
    let panel = world.join_as(Identity { sub: "panel".into(), ..room("one") }, Access::Socket, None);
    let player = world.join_as(Identity { sub: "player".into(), ..room("one") }, Access::Whep(Source::Camera), None);
    let other = world.join_as(room("two"), Access::Socket, None);
    let id = world.id(panel);
    world.say(host, ClientMessage::Block { participant: id.clone() });
    assert_eq!(world.goodbyes(), [(panel, GoodbyeReason::Blocked), (player, GoodbyeReason::Blocked)]);
    let Some(ServerMessage::Blocks { blocks }) = world.heard(host).last().copied() else { panic!("{:?}", world.heard(host)) };
    assert_eq!((blocks.len(), &blocks[0].participant), (1, &id));
    assert!(world.heard(other).iter().all(|message| message.name() != "blocks"), "whom is blocked is the host's to know");
    let row = world.writes().into_iter().find_map(|write| match write {
        Write::Block { row, .. } => Some(row.clone()),
        _ => None,
    });
    let row: BlockRow = row.unwrap();
    // The same after a restart.
    let mut world = World::with(LessonRecord { blocks: vec![row], ..record(LessonState::Live) }, LIMITS);
    let host = world.join(Role::Host, "h");
    assert_eq!(world.welcome(host).blocks.len(), 1);
    let tries = [
        (Identity { sub: "panel".into(), ..identity(Role::Classroom, "x") }, Access::Socket),
        (Identity { sub: "new".into(), ..room("one") }, Access::Socket),
        (Identity { sub: "new".into(), ..room("one") }, Access::Whip),
        (Identity { sub: "new".into(), ..room("one") }, Access::Whep(Source::Camera)),
        (Identity { sub: "panel".into(), ..identity(Role::Observer, "x") }, Access::Socket),
    ];
    for (who, access) in tries {
        world.join_as(who, access, None);
        assert_eq!(world.refusal(), Some(ErrorCode::Blocked));
    }
    world.join_as(room("two"), Access::Socket, None);
    assert_eq!(world.refusal(), None);
    world.say(host, ClientMessage::Unblock { participant: ParticipantId("p9".into()) });
    assert_eq!(world.refusal(), Some(ErrorCode::ParticipantUnknown));
    world.say(host, ClientMessage::Unblock { participant: id });
    assert_eq!(world.writes().len(), 1);
    world.join_as(Identity { sub: "panel".into(), ..room("one") }, Access::Socket, None);
    assert_eq!(world.refusal(), None);
}

#[test]
fn every_act_leaves_a_line_that_names_whom_and_from_where() {
    let mut world = World::new(LessonState::Live);
    let host = world.join(Role::Host, "h");
    let one = world.join(Role::Classroom, "one");
    let two = world.join(Role::Classroom, "two");
    let (one, two) = (world.id(one), world.id(two));
    let rows = [
        (off(|change| change.file = Some(false)), "lesson.switch", r#"{"switches":{"file":false},"by":"name of h"}"#),
        (ClientMessage::MuteAll, "lesson.mute_all", r#"{"by":"name of h"}"#),
        (ClientMessage::Remove { participant: one }, "lesson.remove", r#"{"participant":"p2","name":"name of one","by":"name of h"}"#),
        (ClientMessage::Block { participant: two.clone() }, "lesson.block", r#"{"participant":"p3","name":"name of two","classroom":null,"by":"name of h"}"#),
        (ClientMessage::Unblock { participant: two }, "lesson.unblock", r#"{"participant":"p3","name":"name of two","by":"name of h"}"#),
    ];
    for (message, act, detail) in rows {
        world.say(host, message);
        let noted: Vec<_> = world.effects.iter().filter_map(|effect| if let Effect::Acted(act) = effect { Some(act) } else { None }).collect();
        let [noted] = noted[..] else { panic!("{noted:?}") };
        assert_eq!((noted.act, noted.sub.as_deref(), noted.from, noted.at_ms), (act, Some("h"), Some(from(host)), 1_000_000));
        let parsed = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(parsed(&noted.detail), parsed(detail));
    }
}
