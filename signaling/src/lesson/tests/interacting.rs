//! What is written down of hands, calls, answers and media.

use super::*;
use crate::store::{Interaction, InteractionKind, MediaMinute};
use protocol::ParticipantStats;

fn acts(world: &World) -> Vec<Interaction> {
    let acts = world.writes().into_iter().filter_map(|write| match write {
        Write::Interaction { row, .. } => Some(row.clone()),
        _ => None,
    });
    acts.collect()
}

fn minutes(world: &World) -> Vec<MediaMinute> {
    let rows = world.writes().into_iter().filter_map(|write| match write {
        Write::Minute { row, .. } => Some((**row).clone()),
        _ => None,
    });
    rows.collect()
}

fn figures(world: &mut World, who: &[(ConnectionId, u64, u64, u32)]) {
    let participants = who.iter().map(|(connection, up_bps, down_bps, speech_ms)| ParticipantStats {
        participant: Some(world.id(*connection)),
        up_bps: *up_bps,
        down_bps: *down_bps,
        speech_ms: *speech_ms,
        ..ParticipantStats::default()
    });
    let participants = participants.collect();
    world.apply(Command::Stats { participants });
}

fn act(kind: InteractionKind, at_ms: u64, until_ms: Option<u64>, speech_ms: u64) -> Interaction {
    Interaction { participant: ParticipantId("p2".into()), kind, at_ms: 1_000_000 + at_ms, until_ms: until_ms.map(|ms| 1_000_000 + ms), speech_ms }
}

#[test]
fn a_hand_becomes_a_call_with_an_answer() {
    let mut world = World::new(LessonState::Live);
    let (host, class) = (world.come(Role::Host, "li", 2, 0), world.come(Role::Classroom, "a", 2, 4));
    world.say(class, ClientMessage::Hand { raised: true });
    assert_eq!(acts(&world), [act(InteractionKind::Hand, 0, None, 0)]);
    world.pass(5_000);
    world.call_on(host, class);
    assert_eq!(acts(&world), [act(InteractionKind::Hand, 0, Some(5_000), 0), act(InteractionKind::Call, 5_000, None, 0)]);
    world.pass(2_000);
    figures(&mut world, &[(class, 1, 1, 800)]);
    world.pass(1_000);
    figures(&mut world, &[(class, 1, 1, 1_000)]);
    assert_eq!(acts(&world), [act(InteractionKind::Call, 5_000, None, 1_800), act(InteractionKind::Answer, 6_200, Some(8_000), 1_800)]);
    // Silence, and another answer; then it leaves without a word, and the call is over.
    for _ in 0..12 {
        world.pass(1_000);
        figures(&mut world, &[(class, 1, 1, 0)]);
        assert_eq!(acts(&world), []);
    }
    world.pass(1_000);
    figures(&mut world, &[(class, 1, 1, 500)]);
    assert_eq!(acts(&world)[1], act(InteractionKind::Answer, 20_500, Some(21_000), 500));
    world.apply(Command::Disconnected { connection: class });
    world.pass(60_000);
    world.apply(Command::Expire);
    assert_eq!(acts(&world), [act(InteractionKind::Call, 5_000, Some(81_000), 2_300)]);
}

#[test]
fn speech_off_stage_is_no_answer_and_a_restart_begins_nothing_anew() {
    let mut world = World::new(LessonState::Live);
    let (host, class) = (world.come(Role::Host, "li", 2, 0), world.come(Role::Classroom, "a", 2, 4));
    figures(&mut world, &[(class, 1, 1, 1_000)]);
    assert_eq!(acts(&world), []);
    world.call_on(host, class);
    let mut again = world.restarted();
    let class = again.join(Role::Classroom, "a");
    assert!(again.lesson.stage.len() == 1 && again.lesson.floor.is_some());
    assert_eq!(acts(&again), []);
    figures(&mut again, &[(class, 1, 1, 1_000)]);
    assert_eq!(acts(&again), []);
    again.say(class, ClientMessage::Leave);
    assert_eq!(acts(&again), []);
}

#[test]
fn a_call_is_having_the_floor_and_sitting_on_stage_is_none() {
    let mut world = of_kind(LessonKind::Dedicated, LessonState::Live);
    let (host, one, two) = (world.come(Role::Host, "li", 2, 0), come_in(&mut world, "one"), come_in(&mut world, "two"));
    figures(&mut world, &[(one, 1, 1, 1_000)]);
    assert_eq!(acts(&world), [], "on stage, not called");
    world.say(one, ClientMessage::Hand { raised: true });
    world.pass(1_000);
    world.call_on(host, one);
    assert_eq!(acts(&world), [act(InteractionKind::Hand, 0, Some(1_000), 0), act(InteractionKind::Call, 1_000, None, 0)]);
    world.pass(1_000);
    figures(&mut world, &[(one, 1, 1, 500), (two, 1, 1, 500)]);
    assert_eq!(acts(&world), [act(InteractionKind::Call, 1_000, None, 500), act(InteractionKind::Answer, 1_500, Some(2_000), 500)]);
    // The floor goes to another: one call ends as the other begins, and speech is answers of the other.
    world.pass(1_000);
    world.call_on(host, two);
    let of_two = |kind, at_ms, until_ms, speech_ms| Interaction { participant: ParticipantId("p3".into()), ..act(kind, at_ms, until_ms, speech_ms) };
    assert_eq!(acts(&world), [act(InteractionKind::Call, 1_000, Some(3_000), 500), of_two(InteractionKind::Call, 3_000, None, 0)]);
    world.pass(1_000);
    figures(&mut world, &[(one, 1, 1, 500), (two, 1, 1, 500)]);
    assert_eq!(acts(&world), [of_two(InteractionKind::Call, 3_000, None, 500), of_two(InteractionKind::Answer, 3_500, Some(4_000), 500)]);
    // Dismissed from the floor it stays on stage, and is called again.
    world.dismiss(host, two);
    assert_eq!(acts(&world), [of_two(InteractionKind::Call, 3_000, Some(4_000), 500)]);
    world.pass(1_000);
    figures(&mut world, &[(two, 1, 1, 500)]);
    assert_eq!(acts(&world), []);
    world.call_on(host, two);
    assert_eq!(acts(&world), [of_two(InteractionKind::Call, 5_000, None, 0)]);
    world.dismiss(host, one);
    assert_eq!(acts(&world), [], "it had no call any more");
    world.act(host, LessonAction::End);
    assert_eq!(acts(&world), [of_two(InteractionKind::Call, 5_000, Some(5_000), 0)]);
}

#[test]
fn minutes_are_written_every_few_seconds_and_at_the_end() {
    let mut world = World::new(LessonState::Live);
    let (host, class) = (world.come(Role::Host, "li", 2, 0), world.come(Role::Classroom, "a", 2, 4));
    let watcher = world.come(Role::Observer, "w", 2, 4);
    let mut written = Vec::new();
    for _ in 0..10 {
        world.pass(1_000);
        figures(&mut world, &[(host, 8_000, 0, 0), (class, 800, 8_000, 100), (watcher, 0, 8_000, 0)]);
        written.push(minutes(&world).len());
    }
    assert_eq!(written, [0, 0, 0, 2, 0, 0, 0, 2, 0, 0], "host and class, no observer");
    world.apply(Command::Disconnected { connection: watcher });
    assert_eq!(minutes(&world).len(), 2, "somebody is gone");
    world.pass(1_000);
    figures(&mut world, &[(class, 800, 8_000, 100), (host, 8_000, 0, 0)]);
    assert_eq!(minutes(&world), []);
    world.act(host, LessonAction::End);
    let rows = minutes(&world);
    assert_eq!(rows.len(), 2);
    let row = rows.iter().find(|row| row.participant.0 == "p2").unwrap();
    assert_eq!((row.sent.count(), row.received.count(), row.sent_bytes, row.received_bytes, row.speech_ms), (11, 11, 1_100, 11_000, 1_100));
    assert!(world.lesson.minutes.due().is_none());
}

#[test]
fn who_leaves_says_goodbye_and_who_is_lost_does_not() {
    let mut world = World::new(LessonState::Live);
    let (one, two) = (world.join(Role::Classroom, "a"), world.join(Role::Classroom, "b"));
    let goodbyes = |world: &World| {
        let exits = world.writes().into_iter().filter_map(|write| match write {
            Write::Exit { goodbye, .. } => Some(*goodbye),
            _ => None,
        });
        exits.collect::<Vec<_>>()
    };
    world.say(one, ClientMessage::Leave);
    assert_eq!(goodbyes(&world), [true]);
    world.apply(Command::Disconnected { connection: two });
    assert_eq!(goodbyes(&world), [false]);
}
