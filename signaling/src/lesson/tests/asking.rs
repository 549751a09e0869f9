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
