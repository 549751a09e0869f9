//! Stage, hands, mutes, chat, and the lesson's states.
use super::*;

#[test]
fn called_classes_come_on_stage_in_order_and_their_hands_go_down() {
    let mut world = World::new(LessonState::Live);
    let host = world.join(Role::Host, "h");
    let one = world.join(Role::Classroom, "one");
    let two = world.join(Role::Classroom, "two");
    world.say(two, ClientMessage::Hand { raised: true });
    world.say(one, ClientMessage::Hand { raised: true });
    assert_eq!(world.heard(host), [&ServerMessage::Hands { participants: vec![world.id(two), world.id(one)] }]);
    world.call_on(host, two);
    let heard = world.heard(host);
    assert!(heard.contains(&&ServerMessage::Stage { participants: vec![world.id(two)], floor: Some(world.id(two)) }), "{heard:?}");
    assert!(heard.contains(&&ServerMessage::Hands { participants: vec![world.id(one)] }), "{heard:?}");
    world.call_on(host, two);
    assert!(world.effects.is_empty(), "calling twice changes nothing");
    world.say(two, ClientMessage::Hand { raised: true });
    assert_eq!(world.refusal(), Some(ErrorCode::WrongState));
    world.say(two, ClientMessage::Dismiss { participant: world.id(two) });
    assert!(world.lesson.stage.is_empty());
}

#[test]
fn the_stage_has_a_limit_and_takes_classes_only() {
    let mut world = World::new(LessonState::Live);
    let host = world.join(Role::Host, "h");
    let classes: Vec<_> = (0..5).map(|n| world.join(Role::Classroom, &format!("c{n}"))).collect();
    for class in &classes[..4] {
        world.call_on(host, *class);
        assert_eq!(world.refusal(), None);
    }
    world.call_on(host, classes[4]);
    assert_eq!(world.refusal(), Some(ErrorCode::Full));
    world.call_on(host, host);
    assert_eq!(world.refusal(), Some(ErrorCode::Forbidden));
    for unknown in ["p99", "p01", "nobody", "", "p18446744073709551616"] {
        world.say(host, ClientMessage::CallOn { participant: ParticipantId(unknown.into()) });
        assert_eq!(world.refusal(), Some(ErrorCode::ParticipantUnknown), "{unknown}");
    }
}

#[test]
fn mute_all_reaches_every_class_and_nobody_else() {
    let mut world = World::new(LessonState::Live);
    let host = world.join(Role::Host, "h");
    let class = world.join(Role::Classroom, "c");
    world.call_on(host, class);
    assert_eq!(world.plan().audible, [world.id(host), world.id(class)]);
    world.say(host, ClientMessage::MuteAll);
    assert_eq!(world.plan().audible, [world.id(host)]);
    assert!(matches!(world.heard(class)[0], ServerMessage::Participant { participant } if participant.muted), "the class is told");
    world.say(host, ClientMessage::Mute { participant: world.id(class), muted: false });
    assert_eq!(world.plan().audible.len(), 2);
}

#[test]
fn the_lesson_goes_its_way_and_no_other() {
    let mut world = World::new(LessonState::Open);
    let host = world.join(Role::Host, "h");
    for wrong in [LessonAction::Pause, LessonAction::Resume] {
        world.act(host, wrong);
        assert_eq!(world.refusal(), Some(ErrorCode::WrongState), "{wrong:?} while open");
    }
    world.pass(5);
    world.act(host, LessonAction::Start);
    assert_eq!((world.lesson.state(), world.lesson.view().live_since_ms), (LessonState::Live, Some(1_000_005)));
    world.pass(5);
    world.act(host, LessonAction::Pause);
    world.act(host, LessonAction::Start);
    assert_eq!(world.refusal(), Some(ErrorCode::WrongState));
    world.act(host, LessonAction::Resume);
    assert_eq!(world.lesson.view().live_since_ms, Some(1_000_005), "since it went live first");
}

#[test]
fn a_pause_forbids_interaction_and_stops_all_media() {
    let mut world = World::new(LessonState::Live);
    let host = world.come(Role::Host, "h", 3, 8);
    let class = world.come(Role::Classroom, "c", 2, 4);
    world.act(host, LessonAction::Pause);
    assert_eq!(world.plan(), &RoomPlan::default());
    let emptied = |message: &&&ServerMessage| matches!(message, ServerMessage::Slots { video } if video.iter().all(|slot| slot.participant.is_none()));
    assert_eq!(world.heard(class).iter().filter(emptied).count(), 1);
    assert_eq!(world.heard(class).last(), Some(&&ServerMessage::Demand { camera: None, screen: None }));
    world.say(class, ClientMessage::Hand { raised: true });
    assert_eq!(world.refusal(), Some(ErrorCode::WrongState));
    world.say(class, ClientMessage::Chat { text: "x".into() });
    assert_eq!(world.refusal(), Some(ErrorCode::WrongState));
    world.say(host, ClientMessage::Chat { text: "back in a minute".into() });
    assert_eq!(world.refusal(), None);
}

#[test]
fn the_end_sends_everybody_home() {
    let mut world = World::new(LessonState::Live);
    let host = world.come(Role::Host, "h", 3, 8);
    let class = world.come(Role::Classroom, "c", 2, 4);
    world.act(host, LessonAction::End);
    for connection in [host, class] {
        let ended = |message: &&ServerMessage| matches!(message, ServerMessage::Lesson { lesson } if lesson.state == LessonState::Ended);
        assert!(matches!(&world.effects[0], Effect::Notice { to, message } if to.contains(&connection) && ended(&&**message)), "told before the goodbye");
        assert!(world.goodbyes().contains(&(connection, GoodbyeReason::LessonEnded)));
    }
    assert!(world.effects.contains(&Effect::CloseRoom) && world.lesson.is_empty());
    assert!(!world.effects.iter().any(|effect| matches!(effect, Effect::Plan(_))), "a plan would open the room again");
    assert_eq!(world.writes().iter().filter(|write| matches!(write, Write::Exit { .. })).count(), 2);
    world.join(Role::Classroom, "c");
    assert_eq!(world.refusal(), Some(ErrorCode::LessonClosed));
}

#[test]
fn chat_has_what_can_be_read() {
    let mut world = World::new(LessonState::Live);
    let class = world.join(Role::Classroom, "c");
    for hidden in ['\0', '\u{1b}', '\r', '\u{7f}', '\u{9b}', '\u{202a}', '\u{202e}', '\u{2066}', '\u{2069}'] {
        world.say(class, ClientMessage::Chat { text: format!("三加四{hidden}得七") });
        assert_eq!(world.refusal(), Some(ErrorCode::TextInvalid), "{hidden:?}");
        let code = format!("U+{:04X}", u32::from(hidden));
        let told = |effect: &Effect| matches!(effect, Effect::Refused { refusal, .. } if refusal.notice().message.contains(&code));
        assert!(world.effects.iter().any(told), "{hidden:?}");
    }
    for read in ["三加四\n\t得七", "👩\u{200d}🏫❤\u{fe0f}🇨🇳", "نعم \u{200f}7", "𠮷野家"] {
        world.say(class, ClientMessage::Chat { text: read.into() });
        assert_eq!(world.refusal(), None, "{read:?}");
        assert_eq!(world.lesson.chat.back().map(|line| line.text.as_str()), Some(read));
    }
}

#[test]
fn chat_is_trimmed_bounded_and_kept_for_latecomers() {
    let mut world = World::new(LessonState::Live);
    let class = world.join(Role::Classroom, "c");
    for bad in ["", "   ", &"字".repeat(501)] {
        world.say(class, ClientMessage::Chat { text: bad.into() });
        assert_eq!(world.refusal(), Some(ErrorCode::TextInvalid));
    }
    world.say(class, ClientMessage::Chat { text: "字".repeat(500) });
    assert_eq!(world.refusal(), None);
    for number in 0..60 {
        world.say(class, ClientMessage::Chat { text: format!(" line {number} ") });
    }
    let late = world.join(Role::Observer, "o");
    let chat = world.welcome(late).chat;
    assert_eq!((chat.len(), chat[0].text.as_str(), chat[49].text.as_str(), chat[49].seq), (50, "line 10", "line 59", 61));
}
