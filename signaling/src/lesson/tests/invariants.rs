//! What must hold after any sequence of commands, above all: a class that is not on stage is seen and heard by the host alone.
use super::*;
use crate::media::MediaError;
use crate::store::Receiver;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use protocol::{Sending, SlotWant, SwitchChange};
use std::collections::HashSet;

#[derive(Clone, Debug)]
enum Step {
    Join(Role, u8),
    Whep(u8),
    Say(u8, ClientMessage),
    Offer(u8, u8, u8),
    RefusedOffer(u8),
    Disconnect(u8),
    Lost(u8),
    Publishing(u8, Source, bool),
    Pass(u32),
}

fn someone() -> impl Strategy<Value = ParticipantId> {
    (1u64..12).prop_map(|place| ParticipantId(format!("p{place}")))
}

fn source() -> impl Strategy<Value = Source> {
    prop_oneof![Just(Source::Microphone), Just(Source::Camera), Just(Source::Screen)]
}

fn switches() -> impl Strategy<Value = SwitchChange> {
    let one = || prop::option::weighted(0.3, any::<bool>());
    let sending = prop_oneof![3 => Just(Sending::Everybody), 1 => Just(Sending::Marked), 2 => Just(Sending::Called), 1 => Just(Sending::Nobody)];
    let sending = prop::option::weighted(0.3, sending);
    (one(), one(), one(), one(), one(), sending).prop_map(|(video, voice, screen, text, interaction, sending)| SwitchChange {
        video,
        voice,
        screen,
        text,
        interaction,
        sending,
        ..SwitchChange::default()
    })
}

fn message() -> impl Strategy<Value = ClientMessage> {
    let action = prop_oneof![
        6 => Just(LessonAction::Start),
        2 => Just(LessonAction::Pause),
        2 => Just(LessonAction::Resume),
        1 => Just(LessonAction::End)
    ];
    prop_oneof![
        4 => someone().prop_map(|participant| ClientMessage::CallOn { participant }),
        2 => someone().prop_map(|participant| ClientMessage::Dismiss { participant }),
        2 => (someone(), any::<bool>()).prop_map(|(participant, muted)| ClientMessage::Mute { participant, muted }),
        1 => Just(ClientMessage::MuteAll),
        2 => any::<bool>().prop_map(|raised| ClientMessage::Hand { raised }),
        2 => prop::collection::vec(source(), 0..3).prop_map(|on| ClientMessage::Sources { on }),
        2 => (0u8..6, prop::option::of(0u8..4)).prop_map(|(slot, spatial)| ClientMessage::Want {
            slots: vec![SlotWant { slot: format!("v{slot}"), spatial, temporal: None }]
        }),
        2 => action.prop_map(|action| ClientMessage::Lesson { action }),
        2 => switches().prop_map(ClientMessage::Switches),
        1 => someone().prop_map(|participant| ClientMessage::Remove { participant }),
        1 => someone().prop_map(|participant| ClientMessage::Block { participant }),
        2 => someone().prop_map(|participant| ClientMessage::Unblock { participant }),
        1 => Just(ClientMessage::Leave),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let role = prop_oneof![2 => Just(Role::Host), 4 => Just(Role::Classroom), 1 => Just(Role::Observer), 1 => Just(Role::Operator)];
    prop_oneof![
        4 => (role, 0u8..5).prop_map(|(role, sub)| Step::Join(role, sub)),
        1 => (0u8..5).prop_map(Step::Whep),
        8 => (0u8..20, message()).prop_map(|(who, message)| Step::Say(who, message)),
        4 => (0u8..20, 0u8..3, 0u8..6).prop_map(|(who, audio, video)| Step::Offer(who, audio, video)),
        1 => (0u8..20).prop_map(Step::RefusedOffer),
        2 => (0u8..20).prop_map(Step::Disconnect),
        1 => (0u8..20).prop_map(Step::Lost),
        2 => (0u8..20, source(), any::<bool>()).prop_map(|(who, source, active)| Step::Publishing(who, source, active)),
        2 => (0u32..40_000).prop_map(Step::Pass),
    ]
}

fn pick(world: &World, who: u8) -> Option<ConnectionId> {
    let mut connections: Vec<_> = world.lesson.connections.keys().copied().collect();
    connections.sort_unstable();
    (!connections.is_empty()).then(|| connections[usize::from(who) % connections.len()])
}

fn take(world: &mut World, step: Step) {
    match step {
        Step::Join(role, sub) => {
            let classroom = Some(format!("Classroom{sub}"));
            let who = Identity { classroom, ..identity(role, &format!("{role:?}{sub}")) };
            world.join_as(who, Access::Socket, None);
        }
        Step::Whep(sub) => drop(world.join_as(identity(Role::Classroom, &format!("Classroom{sub}")), Access::Whep(Source::Camera), None)),
        Step::Pass(ms) => {
            world.pass(ms.into());
            world.apply(Command::Expire);
        }
        Step::Say(who, message) => {
            let Some(connection) = pick(world, who) else { return };
            let me = world.lesson.connections[&connection];
            let role = world.lesson.participants[&me].role();
            if crate::permit::authorize(role, &world.id(connection), &message).is_ok() {
                world.say(connection, message);
            }
        }
        Step::Offer(who, audio, video) => {
            let Some(connection) = pick(world, who) else { return };
            world.offer(connection, 1);
            if let Some(ticket) = world.ticket() {
                world.answer(connection, ticket, audio.into(), video.into());
            }
        }
        Step::RefusedOffer(who) => {
            let Some(connection) = pick(world, who) else { return };
            world.offer(connection, 1);
            if let Some(ticket) = world.ticket() {
                let participant = world.id(connection);
                world.apply(Command::Answered { participant, ticket, result: Err(MediaError::Busy("x".into())) });
            }
        }
        Step::Disconnect(who) => {
            let Some(connection) = pick(world, who) else { return };
            world.apply(Command::Disconnected { connection });
        }
        Step::Lost(who) => {
            let Some(connection) = pick(world, who) else { return };
            let participant = world.id(connection);
            world.apply(Command::MediaLost { participant, reason: "x".into() });
        }
        Step::Publishing(who, source, active) => {
            let Some(connection) = pick(world, who) else { return };
            let participant = world.id(connection);
            world.apply(Command::Publishing { participant, source, active });
        }
    }
}

fn check(world: &World) {
    let lesson = &world.lesson;
    let by_id = |id: &ParticipantId| lesson.participants.values().find(|p| p.id == *id).unwrap();
    let switches = lesson.policy.switches();
    assert!(switches.interaction || (lesson.stage.is_empty() && lesson.hands.is_empty()), "interaction is forbidden");
    assert!(lesson.present().all(|p| p.publish == lesson.policy.publish(&p.identity)), "somebody does not follow the switches");
    assert!(lesson.present().all(|p| lesson.welcomes(&p.identity).is_ok()), "somebody who is blocked is there");
    let flowing = matches!(lesson.state, LessonState::Open | LessonState::Live);
    assert!(flowing || world.plan() == &RoomPlan::default(), "media flows while {:?}", lesson.state);
    for id in &world.plan().audible {
        let heard = by_id(id);
        assert!(heard.role() == Role::Host || lesson.stage.contains(&heard.place), "{id:?} is heard off stage");
        assert!(heard.present() && !heard.muted && heard.on.contains(&Source::Microphone));
        assert!(heard.role() == Role::Host || (switches.voice && switches.interaction && heard.publish != Publish::Never), "{id:?} is switched off");
    }
    for view in &world.plan().views {
        let viewer = by_id(&view.participant);
        assert!(viewer.present() && viewer.role() != Role::Operator);
        assert!(lesson.state == LessonState::Live || viewer.role() == Role::Host, "{viewer:?} receives before the lesson is live");
        assert_eq!(view.video.len(), viewer.slots.unwrap().video);
        let mut seen = HashSet::new();
        for shown in view.video.iter().flatten() {
            let subject = by_id(&shown.participant);
            assert!(seen.insert((&shown.participant, shown.source)), "shown twice");
            assert!(subject.present() && subject.on.contains(&shown.source) && subject.place != viewer.place);
            let host = subject.role() == Role::Host;
            assert!(host || (switches.video && switches.interaction && subject.publish != Publish::Never), "{:?} is switched off", subject.id);
            assert!(host || subject.publish == Publish::Now || lesson.stage.contains(&subject.place), "{:?} was not called", subject.id);
            assert!(shown.source != Source::Screen || switches.screen);
            let public = subject.role() == Role::Host || lesson.stage.contains(&subject.place);
            assert!(public || viewer.role() == Role::Host, "{:?} sees {:?}, who is not on stage", viewer.id, subject.id);
            assert!(subject.role() != Role::Host || viewer.role() != Role::Host);
        }
    }
    assert!(lesson.stage.len() <= lesson.limits.stage && lesson.present().count() <= lesson.limits.participants);
    assert!(lesson.present().filter(|p| p.role() == Role::Host).count() <= 1, "two hosts");
    for (list, order) in [(&lesson.stage, (|p| p.stage) as fn(&Participant) -> Option<u64>), (&lesson.hands, |p| p.hand)] {
        let orders: Vec<_> = list.iter().map(|place| order(&lesson.participants[place]).unwrap()).collect();
        assert!(orders.is_sorted(), "the written order differs");
        assert_eq!(lesson.participants.values().filter(|p| order(p).is_some()).count(), list.len());
    }
    assert!(lesson.floor.is_none_or(|place| lesson.stage.contains(&place) && !lesson.hands.contains(&place)), "the floor is off stage, or asks for the floor");
    assert_eq!(world.stored.floor, lesson.floor_id(), "a change of the floor was not written");
    let calls: Vec<_> = lesson.interactions.called().collect();
    assert_eq!(calls, lesson.floor.as_slice(), "a call is not the floor");
    for participant in lesson.participants.values() {
        assert_eq!(participant.stored.as_ref(), Some(&participant.row()), "a change was not written");
        assert_eq!(participant.told, participant.present().then(|| participant.view()), "a change was not told");
        assert_eq!(participant.member_since.is_some(), participant.online(), "attendance differs from presence");
    }
    for (connection, place) in &lesson.connections {
        assert_eq!(lesson.participants[place].link().map(|link| link.connection), Some(*connection));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 160, rng_seed: RngSeed::Fixed(7), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn hold_after_any_sequence(steps in prop::collection::vec(step(), 1..60), dedicated in any::<bool>()) {
        let mut planned = record(LessonState::Live);
        planned.lesson.kind = dedicated.then_some(LessonKind::Dedicated);
        planned.receivers = (0..3).map(|n| Receiver { classroom: format!("Classroom{n}"), interactive: n < 2 }).collect();
        let mut world = World::with(planned, LIMITS);
        for step in steps {
            take(&mut world, step);
            check(&world);
        }
    }
}
