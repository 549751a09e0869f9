//! When media is asked of a class, as the minutes keep it.
use super::*;
use protocol::{ParticipantStats, Sending, SwitchChange};

/// Whether the second that passes is one in which nothing is asked of the class.
fn is_excused(world: &mut World, class: ConnectionId) -> bool {
    world.pass(1_000);
    let figures = ParticipantStats { participant: Some(world.id(class)), down_bps: 1, ..ParticipantStats::default() };
    world.apply(Command::Stats { participants: vec![figures] });
    let second = ((1_000_000 + world.ms) / 1_000 % 60) as u8;
    world.pass(3_000);
    world.apply(Command::Expire);
    let writes = world.writes();
    let row = writes.iter().rev().find_map(|write| if let Write::Minute { row, .. } = write { Some(row) } else { None });
    row.unwrap().unasked.contains(second)
}

fn switch(world: &mut World, host: ConnectionId, change: SwitchChange) {
    world.say(host, ClientMessage::Switches(change));
    assert_eq!(world.refusal(), None);
}

#[test]
fn a_class_is_asked_while_it_is_to_send_and_somebody_may_have_it() {
    let mut world = World::new(LessonState::Live);
    let host = world.come(Role::Host, "h", 3, 4);
    let class = world.come(Role::Classroom, "c", 2, 4);
    let sending = |sending| SwitchChange { sending: Some(sending), ..SwitchChange::default() };
    assert!(!is_excused(&mut world, class), "everybody sends");
    switch(&mut world, host, sending(Sending::Called));
    assert!(is_excused(&mut world, class), "not called on");
    world.call_on(host, class);
    assert!(!is_excused(&mut world, class));
    switch(&mut world, host, sending(Sending::Nobody));
    assert!(is_excused(&mut world, class));
    switch(&mut world, host, sending(Sending::Everybody));
    switch(&mut world, host, SwitchChange { interaction: Some(false), ..SwitchChange::default() });
    assert!(is_excused(&mut world, class), "nobody gets anything of it");
    switch(&mut world, host, SwitchChange { interaction: Some(true), voice: Some(false), ..SwitchChange::default() });
    assert!(!is_excused(&mut world, class), "its picture is shown");
}

#[test]
fn a_player_counts_for_its_classroom_and_other_observers_for_none() {
    let mut world = World::new(LessonState::Live);
    let host = world.come(Role::Host, "h", 3, 4);
    let encoder = world.join_as(room("one"), Access::Whip, None);
    let player = world.join_as(Identity { sub: "player".into(), ..room("one") }, Access::Whep(Source::Camera), None);
    for direct in [encoder, player] {
        let participant = world.id(direct);
        world.apply(Command::MediaConnected { participant });
    }
    assert!(!is_excused(&mut world, player), "its classroom is to send");
    switch(&mut world, host, SwitchChange { sending: Some(Sending::Called), ..SwitchChange::default() });
    assert!(is_excused(&mut world, player), "its classroom is not called on");
    world.call_on(host, encoder);
    assert!(!is_excused(&mut world, player));
    let observer = world.join(Role::Observer, "o");
    world.writes();
    let up = |world: &World, connection, up_bps, down_bps| ParticipantStats {
        participant: Some(world.id(connection)),
        up_bps,
        down_bps,
        ..ParticipantStats::default()
    };
    let participants = vec![up(&world, host, 1, 0), up(&world, encoder, 1, 0), up(&world, player, 0, 1), up(&world, observer, 0, 1)];
    world.pass(60_000);
    world.apply(Command::Stats { participants });
    world.pass(3_000);
    world.apply(Command::Expire);
    let frozen = |connection| {
        let id = world.id(connection);
        world.writes().iter().rev().find_map(|write| match write {
            Write::Minute { row, .. } if row.participant == id => Some(row.freeze_ms),
            _ => None,
        })
    };
    assert_eq!([encoder, player, observer].map(frozen), [Some(0), Some(0), None], "an encoder is to receive nothing");
}
