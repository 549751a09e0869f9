//! Offers, the media plane's reports, WHIP and WHEP.
use super::*;
use crate::media::MediaError;

#[test]
fn an_offer_says_what_its_role_may_send_and_the_answer_comes_back() {
    let mut world = World::new(LessonState::Open);
    let class = world.join(Role::Classroom, "c");
    world.offer(class, 7);
    let Some(Effect::Offer { ticket, request }) = world.effects.iter().find(|effect| matches!(effect, Effect::Offer { .. })).cloned() else { panic!() };
    assert_eq!((request.lesson.as_str(), request.sdp.as_str(), request.infer_sources), ("maths", "offer 7", false));
    assert_eq!(request.may_send, [Source::Microphone, Source::Camera]);
    world.answer(class, ticket, 2, 4);
    assert!(matches!(world.heard(class)[0], ServerMessage::Answer(answer) if answer.id == 7 && answer.slots.len() == 6));
}

#[test]
fn a_refused_offer_is_named_with_its_id() {
    let mut world = World::new(LessonState::Open);
    let class = world.join(Role::Classroom, "c");
    world.offer(class, 7);
    let ticket = world.ticket().unwrap();
    let result = Err(MediaError::OfferInvalid("no a=fingerprint; offer one".into()));
    world.apply(Command::Answered { participant: world.id(class), ticket, result });
    let Effect::Refused { refusal, .. } = &world.effects[0] else { panic!("{:?}", world.effects) };
    assert_eq!((refusal.code, refusal.offer), (ErrorCode::OfferInvalid, Some(7)));
    assert!(refusal.message.contains("fingerprint"));
}

#[test]
fn offers_are_answered_one_after_the_other_and_the_last_one_counts() {
    let mut world = World::new(LessonState::Open);
    let class = world.join(Role::Classroom, "c");
    world.offer(class, 1);
    let first = world.ticket().unwrap();
    world.offer(class, 2);
    assert!(world.ticket().is_none(), "one at a time");
    world.offer(class, 3);
    assert!(matches!(&world.effects[0], Effect::Refused { refusal, .. } if refusal.offer == Some(2)));
    world.answer(class, first, 2, 4);
    let last = world.ticket().unwrap();
    world.answer(class, first, 9, 9);
    assert_eq!(world.effects, [Effect::Dropped(DropReason::StaleAnswer)]);
    world.answer(class, last, 2, 6);
    assert!(matches!(world.heard(class)[0], ServerMessage::Answer(answer) if answer.id == 3));
}

#[test]
fn an_answer_for_somebody_who_left_is_taken_down_again() {
    let mut world = World::new(LessonState::Open);
    let class = world.join(Role::Classroom, "c");
    let id = world.id(class);
    world.offer(class, 1);
    let ticket = world.ticket().unwrap();
    world.say(class, ClientMessage::Leave);
    world.apply(Command::Answered { participant: id.clone(), ticket, result: Err(MediaError::Busy("x".into())) });
    assert!(world.effects.contains(&Effect::Remove(id)));
}

#[test]
fn reports_of_the_media_plane_change_the_view() {
    let mut world = World::new(LessonState::Live);
    let host = world.join(Role::Host, "h");
    let class = world.come(Role::Classroom, "c", 2, 4);
    let id = world.id(class);
    world.offer(class, 2);
    let ticket = world.ticket().unwrap();
    world.pass(30);
    world.answer(class, ticket, 2, 4);
    world.pass(70);
    world.apply(Command::MediaConnected { participant: id.clone() });
    assert!(world.effects.contains(&Effect::MediaConnectTook(Duration::from_millis(100))));
    world.apply(Command::Publishing { participant: id.clone(), source: Source::Camera, active: true });
    assert!(matches!(world.heard(host)[..], [ServerMessage::Participant { participant }] if participant.media && participant.sources == [Source::Camera]));
    world.apply(Command::MediaLost { participant: id.clone(), reason: "consent expired".into() });
    assert!(matches!(
        world.heard(class)[..],
        [ServerMessage::Participant { .. }, ServerMessage::MediaLost { .. }] | [ServerMessage::MediaLost { .. }, ServerMessage::Participant { .. }]
    ));
    assert_eq!(world.shown(host), Vec::<String>::new(), "the host has no transport");
    world.apply(Command::MediaLost { participant: ParticipantId("p77".into()), reason: "x".into() });
    assert_eq!(world.effects, [Effect::Dropped(DropReason::StaleParticipant)]);
}

fn whip(world: &mut World, sub: &str) -> ConnectionId {
    let connection = world.join_as(identity(Role::Host, sub), Access::Whip, None);
    if world.refusal().is_none() {
        world.apply(Command::DirectAnswered { connection, slots: vec![] });
    }
    connection
}

#[test]
fn an_encoder_is_the_host_and_starts_the_lesson_with_its_first_packet() {
    let mut world = World::new(LessonState::Open);
    let class = world.come(Role::Classroom, "c", 2, 3);
    let encoder = whip(&mut world, "h");
    let id = world.id(encoder);
    world.apply(Command::Publishing { participant: id.clone(), source: Source::Camera, active: true });
    assert_eq!(world.lesson.state(), LessonState::Live);
    assert_eq!(world.shown(class)[0], id.0);
    world.join(Role::Host, "console");
    assert_eq!(world.refusal(), Some(ErrorCode::HostPresent));
    world.apply(Command::Publishing { participant: id.clone(), source: Source::Camera, active: false });
    let again = whip(&mut world, "h");
    assert_eq!((world.refusal(), world.id(again)), (None, id), "silent for 3 s: a restarted encoder takes its place");
}

#[test]
fn a_console_does_not_start_the_lesson_by_sending() {
    let mut world = World::new(LessonState::Open);
    let host = world.come(Role::Host, "h", 3, 4);
    world.apply(Command::Publishing { participant: world.id(host), source: Source::Camera, active: true });
    assert_eq!(world.lesson.state(), LessonState::Open);
}

#[test]
fn a_session_without_a_transport_is_given_up() {
    let mut world = World::new(LessonState::Open);
    let encoder = whip(&mut world, "h");
    whip(&mut world, "other");
    assert_eq!(world.refusal(), Some(ErrorCode::HostPresent), "it has only just come");
    world.pass(30_000);
    world.apply(Command::Expire);
    assert_eq!(world.goodbyes(), [(encoder, GoodbyeReason::TooSlow)]);
    assert!(world.lesson.is_empty());
    // And one whose transport is lost goes at once.
    let encoder = whip(&mut world, "h");
    let participant = world.id(encoder);
    world.apply(Command::MediaConnected { participant: participant.clone() });
    world.apply(Command::MediaLost { participant, reason: "consent expired".into() });
    assert!(world.lesson.is_empty());
}

#[test]
fn players_see_one_source_and_are_no_classes() {
    let mut world = World::new(LessonState::Live);
    let host = world.come(Role::Host, "h", 3, 4);
    let panel = world.come(Role::Classroom, "c", 2, 4);
    let slots = || ["a0", "v0"].map(|slot| SlotLine { slot: slot.into(), mid: slot.into() }).to_vec();
    let mut players = Vec::new();
    for source in [Source::Camera, Source::Screen] {
        let player = world.join_as(identity(Role::Classroom, "c"), Access::Whep(source), None);
        assert!(world.goodbyes().is_empty(), "the panel with the same token stays");
        world.apply(Command::DirectAnswered { connection: player, slots: slots() });
        players.push(player);
    }
    assert_eq!((world.shown(players[0]), world.shown(players[1])), (vec!["p1".to_owned()], vec!["p1:screen".to_owned()]));
    world.call_on(host, players[0]);
    assert_eq!(world.refusal(), Some(ErrorCode::Forbidden));
    for _ in 0..3 {
        world.join_as(identity(Role::Classroom, "c"), Access::Whep(Source::Camera), None);
    }
    assert_eq!(world.refusal(), Some(ErrorCode::Full), "four at most");
    world.apply(Command::DirectEnded { connection: players[0] });
    assert!(world.lesson.connections.contains_key(&panel));
}
