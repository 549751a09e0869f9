//! What is ordered from outside of the lesson.
use super::*;
use protocol::SwitchChange;

fn operator() -> Outsider {
    Outsider { sub: "op".into(), name: "县运维".into(), from: Some(IpAddr::from([10, 0, 0, 9])) }
}

const NOBODY: ConnectionId = ConnectionId(99);

fn order(world: &mut World, deed: Deed) {
    world.apply(Command::Ordered(Order { connection: NOBODY, by: operator(), deed }));
}

fn acts(world: &World) -> Vec<Act> {
    let acts = world.effects.iter().filter_map(|effect| match effect {
        Effect::Acted(act) => Some(act.clone()),
        _ => None,
    });
    acts.collect()
}

#[test]
fn a_pause_is_as_the_hosts_and_told_to_everybody_with_the_name() {
    let mut world = World::new(LessonState::Live);
    let host = world.come(Role::Host, "h", 3, 4);
    let class = world.come(Role::Classroom, "c", 2, 4);
    order(&mut world, Deed::Act(LessonAction::Pause));
    assert_eq!((world.refusal(), world.lesson.state()), (None, LessonState::Paused));
    assert!(world.shown(class).iter().all(|shown| shown == "-") && world.plan().audible.is_empty(), "nothing is forwarded");
    for who in [host, class] {
        let [ServerMessage::Lesson { lesson }, ServerMessage::Ordered { by, action, switches }, ..] = &world.heard(who)[..] else {
            panic!("{:?}", world.heard(who))
        };
        assert_eq!((lesson.state, by.as_str(), *action, *switches), (LessonState::Paused, "县运维", Some(LessonAction::Pause), None));
    }
    let [act] = &acts(&world)[..] else { panic!() };
    assert_eq!((act.act, act.sub.as_deref(), act.from, act.detail.as_str()), ("lesson.pause", Some("op"), operator().from, r#"{"by":"县运维"}"#));
    world.act(host, LessonAction::Resume);
    assert_eq!(world.lesson.state(), LessonState::Live, "the host may go on");
}

#[test]
fn shutting_down_sends_everybody_away_who_are_told_before() {
    let mut world = World::new(LessonState::Live);
    let host = world.join(Role::Host, "h");
    let class = world.join(Role::Classroom, "c");
    order(&mut world, Deed::Act(LessonAction::ShutDown));
    assert_eq!(world.goodbyes(), [(host, GoodbyeReason::LessonEnded), (class, GoodbyeReason::LessonEnded)]);
    assert_eq!(world.names_heard(class)[..2], ["lesson", "ordered"]);
    let at = |which: fn(&Effect) -> bool| world.effects.iter().position(which).unwrap();
    assert!(
        at(|effect| matches!(effect, Effect::Notice { message, .. } if message.name() == "ordered")) < at(|effect| matches!(effect, Effect::Goodbye { .. }))
    );
    assert_eq!(acts(&world)[0].act, "lesson.shut_down");
}

#[test]
fn switches_act_on_the_lesson_and_what_changes_nothing_is_not_told() {
    let mut world = World::new(LessonState::Live);
    let host = world.come(Role::Host, "h", 3, 4);
    let class = world.come(Role::Classroom, "c", 2, 4);
    world.call_on(host, class);
    let forbid = SwitchChange { interaction: Some(false), ..SwitchChange::default() };
    order(&mut world, Deed::Switch(forbid));
    assert!(world.lesson.stage.is_empty());
    let told = ServerMessage::Ordered { by: "县运维".into(), action: None, switches: Some(forbid) };
    assert!(world.heard(host).contains(&&told) && world.heard(class).contains(&&told));
    assert!(acts(&world)[0].act == "lesson.switch" && world.writes().iter().any(|write| matches!(write, Write::Switches { .. })));
    world.say(class, ClientMessage::Hand { raised: true });
    assert_eq!(world.refusal(), Some(ErrorCode::SwitchedOff));
    order(&mut world, Deed::Switch(forbid));
    assert!(world.effects.is_empty(), "{:?}", world.effects);
}

#[test]
fn what_does_not_apply_is_refused_to_whoever_ordered_it() {
    for (state, deed) in [
        (LessonState::Scheduled, Deed::Act(LessonAction::Pause)),
        (LessonState::Paused, Deed::Act(LessonAction::Pause)),
        (LessonState::Ended, Deed::Act(LessonAction::ShutDown)),
        (LessonState::Ended, Deed::Switch(SwitchChange { text: Some(false), ..SwitchChange::default() })),
        (LessonState::Cancelled, Deed::Switch(SwitchChange::default())),
    ] {
        let mut world = World::new(state);
        order(&mut world, deed);
        assert!(
            matches!(&world.effects[..], [Effect::Refused { connection: NOBODY, refusal }, ..] if refusal.code == ErrorCode::WrongState),
            "{state:?} {deed:?}: {:?}",
            world.effects
        );
        assert!(acts(&world).is_empty());
    }
    // Before it begins: it begins that way.
    let mut world = World::new(LessonState::Scheduled);
    order(&mut world, Deed::Switch(SwitchChange { voice: Some(false), ..SwitchChange::default() }));
    assert!(world.refusal().is_none() && !world.lesson.view().switches.voice);
}
