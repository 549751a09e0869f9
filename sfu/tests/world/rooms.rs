//! What rooms must show, each with a fixed seed.

use crate::network::Line;
use crate::peer::{Peer, Seen, Shape};
use crate::world::{World, plan, video, watches};
use sfu::command::View;
use sfu::counters::DropReason;
use sfu::dtls::{HandshakeOutput, HandshakeProgress};
use sfu::event::{Event, LostReason};
use sfu::id::{Source, TransportId};
use std::collections::BTreeMap;
use std::time::Duration;

const LAYERS: &[&str] = &["l", "m", "h"];

fn host() -> Shape {
    Shape { name: "host", camera_layers: LAYERS, microphone: true, audio_slots: 3, video_slots: 2, ..Shape::default() }
}

fn class(name: &'static str) -> Shape {
    Shape { name, audio_slots: 3, video_slots: 2, ..Shape::default() }
}

fn speaking_class(name: &'static str) -> Shape {
    Shape { camera_layers: &["l"], microphone: true, ..class(name) }
}

fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// A host and classes on one worker, connected, the host seen by all in its largest layer.
fn lesson(seed: u64, classes: &[&'static str]) -> World {
    lesson_in(World::new(1, seed), classes)
}

fn lesson_in(mut world: World, classes: &[&'static str]) -> World {
    world.join(host(), 0);
    for name in classes {
        world.join(class(name), 0);
    }
    let views: Vec<(&str, View)> = classes.iter().map(|name| (*name, watches("host", 2))).collect();
    world.plan(&plan(&["host"], &views));
    world
}

/// Sequence numbers that are missing between the first and the last.
fn gaps(seen: &BTreeMap<u64, Seen>) -> Vec<u64> {
    let (Some(first), Some(last)) = (seen.keys().next(), seen.keys().next_back()) else { return Vec::new() };
    (*first..=*last).filter(|seq| !seen.contains_key(seq)).collect()
}

/// One stream to a decoder: no gap, picture ids that count on, timestamps that never go back, markers at frame ends.
fn assert_continuous(seen: &BTreeMap<u64, Seen>) {
    assert!(!seen.is_empty(), "nothing was received");
    assert_eq!(gaps(seen), Vec::<u64>::new());
    assert!(seen.values().next().unwrap().key_frame, "the first packet begins a key frame");
    let mut before: Option<&Seen> = None;
    for packet in seen.values() {
        if let Some(before) = before {
            let step = packet.timestamp.wrapping_sub(before.timestamp);
            assert!(step < 90_000 * 5, "the timestamp leaps from {} to {}", before.timestamp, packet.timestamp);
            let pictures = packet.picture_id.unwrap().wrapping_sub(before.picture_id.unwrap()) & 0x7fff;
            assert!(pictures <= 1, "the picture id leaps from {before:?} to {packet:?}");
            assert_eq!(pictures == 1, step > 0, "a picture has one timestamp: {before:?} {packet:?}");
        }
        before = Some(packet);
    }
}

#[test]
fn everybody_sees_the_host_without_a_gap() {
    let mut world = lesson(1, &["a", "b", "c"]);
    world.run(ms(3_000));
    for peer in &world.peers[1..] {
        assert_continuous(peer.got("v0"));
        assert!(peer.got("v0").len() > 300, "{} packets in 3 s", peer.got("v0").len());
        assert!(peer.got("a0").len() > 130);
        assert_eq!(gaps(peer.got("a0")), Vec::<u64>::new());
        assert!(peer.got("v0").values().next_back().unwrap().mark == 3, "the largest layer");
    }
    assert!(world.peers[0].got("a0").is_empty(), "the host does not hear itself");
    assert!(world.peers[0].twcc_seen > 10, "the host's bandwidth estimation is fed");
    let connected = world.events.iter().filter(|event| matches!(event, Event::Connected { .. })).count();
    assert_eq!(connected, 4);
    assert!(world.events.iter().any(|event| matches!(event, Event::Publishing { source: Source::Camera, active: true, .. })));
    assert!(world.runs.iter().any(|count| *count >= 5), "a frame's packets to one subscriber go as one run");
}

#[test]
fn more_than_the_arena_holds_goes_out_in_several_batches() {
    let names: Vec<&'static str> = (0..60).map(|nth| &*format!("class {nth}").leak()).collect();
    // It is raised to 128,000 bytes; a frame for all is three times as much as may be in it.
    let mut world = lesson_in(World::configured(1, 19, |config| config.arena_bytes = 1), &names);
    world.run(ms(2_000));
    for peer in &world.peers[1..] {
        assert_continuous(peer.got("v0"));
        assert!(peer.got("v0").len() > 200, "{} packets in 2 s", peer.got("v0").len());
        assert!(peer.got("a0").len() > 70);
        assert_eq!(gaps(peer.got("a0")), Vec::<u64>::new());
    }
    let counters = world.shards[0].counters();
    assert_eq!(counters.dropped(DropReason::ArenaFull), 0);
    let received: u64 = world.peers[1..].iter().map(|peer| (peer.got("v0").len() + peer.got("a0").len()) as u64).sum();
    assert!(counters.forwarded >= received && counters.forwarded - received < 60 * 10, "{} forwarded, {received} came", counters.forwarded);
    let batches = world.batches;
    assert!(batches > 100, "{batches} batches");
}

#[test]
fn media_does_not_wait_behind_an_arena_full_of_other_datagrams() {
    let mut world = lesson_in(World::configured(1, 21, |config| config.arena_bytes = 1), &["a"]);
    world.run(ms(1_500));
    let transport = world.peers[1].spec.id;
    let before = world.peers[1].got("v0").len();
    for _ in 0..500 {
        for _ in 0..40 {
            let kind = HandshakeProgress::Datagram(vec![22; 1_900].into());
            world.shards[0].handshake(world.now, HandshakeOutput { transport, kind });
        }
        // Every step looks whether the flushes left something.
        world.run(ms(1));
    }
    assert!(world.peers[1].got("v0").len() > before + 50);
}

#[test]
fn key_frames_are_asked_for_once_for_many() {
    let mut world = lesson(2, &["a", "b", "c", "d", "e", "f", "g", "h"]);
    world.run(ms(2_000));
    let asked = world.peers[0].plis_seen;
    assert!(asked <= 9, "{asked} key frame requests for 8 subscribers of 3 layers");
}

/// A lesson in which `late` joined but watches nothing yet.
fn lesson_with_one_to_come(seed: u64) -> World {
    let mut world = lesson(seed, &["a"]);
    world.join(class("late"), 0);
    world.run(ms(2_000));
    world
}

/// How long it takes until the latecomer's picture begins.
fn begins_after(world: &mut World) -> u64 {
    world.plan(&plan(&["host"], &[("a", watches("host", 2)), ("late", watches("host", 2))]));
    (1..300)
        .find(|_| {
            world.run(ms(10));
            !world.peers[2].got("v0").is_empty()
        })
        .map_or(u64::MAX, |steps| steps * 10)
}

#[test]
fn a_layer_that_its_sender_switched_off_is_not_waited_for() {
    let mut world = lesson_with_one_to_come(21);
    for layer in world.peers[0].sending.iter_mut().filter(|layer| matches!(layer.rid, Some("m" | "h"))) {
        layer.active = false;
    }
    world.run(ms(200));
    let after = begins_after(&mut world);
    assert!(after <= 200, "the small layer came after {after} ms");
    world.run(ms(600));
    assert_continuous(world.peers[1].got("v0"));
    assert_eq!(world.peers[1].got("v0").values().next_back().unwrap().mark, 1, "who watched the large one goes on with the small one");
    for layer in &mut world.peers[0].sending {
        layer.active = true;
    }
    world.run(ms(2_000));
    for peer in &world.peers[1..] {
        assert_continuous(peer.got("v0"));
        assert_eq!(peer.got("v0").values().next_back().unwrap().mark, 3, "and up again");
    }
}

#[test]
fn a_browser_that_answers_no_second_request_is_asked_as_soon_as_it_does() {
    let mut world = lesson_with_one_to_come(22);
    world.peers[0].deaf_to_plis = ms(300);
    world.plan(&plan(&["host"], &[("a", watches("host", 1)), ("late", View { video: Vec::new(), ..watches("host", 1) })]));
    world.run(ms(2_000));
    // The first request goes for the one who switches, the second would come too early.
    world.plan(&plan(&["host"], &[("a", watches("host", 2)), ("late", View { video: Vec::new(), ..watches("host", 1) })]));
    world.run(ms(60));
    let after = begins_after(&mut world);
    assert!((100..=340).contains(&after), "the picture came after {after} ms");
}

#[test]
fn loss_towards_a_subscriber_is_repaired() {
    let mut world = lesson(3, &["a", "b"]);
    world.down = Line { loss: 0.1, delay: ms(20), jitter: ms(5) };
    world.run(ms(5_000));
    world.down.loss = 0.0;
    world.run(ms(600));
    for peer in &world.peers[1..] {
        assert_eq!(gaps(peer.got("v0")), Vec::<u64>::new());
    }
    assert!(world.shards[0].counters().rtx_out > 50);
}

#[test]
fn loss_is_repaired_over_changes_of_layer() {
    for rtx in [true, false] {
        let mut world = World::new(1, 18);
        world.join(host(), 0);
        world.join(Shape { rtx, ..class("a") }, 0);
        world.plan(&plan(&["host"], &[("a", watches("host", 2))]));
        world.run(ms(2_000));
        world.down = Line { loss: 0.15, delay: ms(30), jitter: ms(0) };
        for spatial in [0, 2, 1, 0, 1, 2].into_iter().cycle().take(24) {
            world.plan(&plan(&["host"], &[("a", watches("host", spatial))]));
            world.run(ms(170));
        }
        world.down.loss = 0.0;
        world.run(ms(1_500));
        assert_continuous(world.peers[1].got("v0"));
        assert!(world.shards[0].counters().rtx_out > 50);
        let marks: Vec<u8> = world.peers[1].got("v0").values().map(|seen| seen.mark).collect();
        let changes = marks.windows(2).filter(|pair| pair[0] != pair[1]).count();
        assert!(changes >= 8, "{changes} changes of layer");
    }
}

/// One SRTP index seals one plaintext only, else the key stream shows (RFC 7714 §8.4); the world looks at every packet sent twice.
#[test]
fn what_is_sent_again_under_its_own_number_is_the_same_to_the_bit() {
    for (seed, rtx_for_others) in [(40, false), (41, false), (42, true), (43, true)] {
        let mut world = World::new(1, seed);
        world.join(host(), 0);
        for name in ["a", "b", "c"] {
            world.join(Shape { rtx: rtx_for_others, rtx_for_others, ..class(name) }, 0);
        }
        world.run(ms(500));
        world.up = Line { loss: 0.03, delay: ms(10), jitter: ms(20) };
        world.down = Line { loss: 0.1, delay: ms(30), jitter: ms(0) };
        for nth in 0..60 {
            let view = |which: usize| {
                let mut view = watches("host", [0, 2, 1, 0, 1, 2][nth * (which + 1) % 6]);
                view.video.iter_mut().flatten().for_each(|video| video.temporal = [3, 0, 1, 2][(nth + which) % 4]);
                view
            };
            world.plan(&plan(&["host"], &[("a", view(0)), ("b", view(1)), ("c", view(2))]));
            world.run(ms(130));
        }
        assert!(world.sent_twice > 50, "{} sent twice", world.sent_twice);
        assert_eq!(world.shards[0].counters().padding_out, 0);
    }
}

/// An encoder that begins again with another SSRC and other numbers: seen and heard again, its old packets not taken for new ones, on siblings too.
#[test]
fn a_source_that_changes_its_ssrc_goes_on() {
    // Below, so that they fall on the places of the old ones in a cache of 1,024; and above.
    for first_seq in [20_000 - 1_024, 30_000] {
        let mut world = World::new(2, 44);
        world.join(Shape { first_seq: 20_000, ..host() }, 0);
        world.join(class("near"), 0);
        world.join(class("far"), 1);
        world.plan(&plan(&["host"], &[("near", watches("host", 2)), ("far", watches("host", 2))]));
        world.run(ms(2_000));
        // Old packets come after new ones, and are asked for again.
        world.up = Line { loss: 0.05, delay: ms(10), jitter: ms(80) };
        world.run(ms(400));
        change_ssrc(&mut world, 7_000, first_seq);
        world.down = Line { loss: 0.05, delay: ms(20), jitter: ms(0) };
        assert_goes_on(&mut world);
        assert!(world.shards[0].counters().dropped(DropReason::TooOld) > 0, "old ones came late");
        // And back, after a pause.
        for active in [false, true] {
            world.peers[0].sending.iter_mut().for_each(|sending| sending.active = active);
            if active {
                change_ssrc(&mut world, 0_u32.wrapping_sub(7_000), 22_000);
                assert_goes_on(&mut world);
            } else {
                world.run(ms(1_700));
            }
        }
    }
}

fn change_ssrc(world: &mut World, by: u32, first_seq: u64) {
    for sending in &mut world.peers[0].sending {
        (sending.ssrc, sending.rtx_ssrc) = (sending.ssrc.wrapping_add(by), sending.rtx_ssrc.wrapping_add(by));
        (sending.seq, sending.key_frame) = (first_seq, sending.source == Source::Camera);
    }
}

/// Two seconds, after which nothing is missing but what the old SSRC lost at its end: nobody is asked for that.
fn assert_goes_on(world: &mut World) {
    let before: Vec<[usize; 2]> = world.peers.iter().map(|peer| ["v0", "a0"].map(|slot| peer.got(slot).len())).collect();
    world.run(ms(2_000));
    (world.up, world.down) = (Line { delay: ms(10), ..Line::default() }, Line { delay: ms(20), ..Line::default() });
    world.run(ms(600));
    for (peer, [video, audio]) in world.peers.iter().zip(before).skip(1) {
        let missing = gaps(peer.got("v0"));
        assert!(missing.len() < 20, "{} packets are missing", missing.len());
        assert!(peer.got("v0").len() > video + 250, "{} packets more are seen", peer.got("v0").len() - video);
        assert!(peer.got("a0").len() > audio + 90, "{} packets more are heard", peer.got("a0").len() - audio);
    }
}

#[test]
fn loss_and_reordering_from_the_publisher_are_repaired() {
    let mut world = lesson(4, &["a"]);
    world.up = Line { loss: 0.08, delay: ms(20), jitter: ms(12) };
    world.run(ms(6_000));
    world.up = Line { delay: ms(20), ..Line::default() };
    world.run(ms(600));
    assert_continuous(world.peers[1].got("v0"));
    assert!(world.peers[0].nacks_seen > 10);
    assert!(world.shards[0].counters().rtx_in > 10);
}

#[test]
fn a_changed_address_is_followed_at_its_first_check() {
    let mut world = lesson(5, &["a"]);
    world.run(ms(2_000));
    let before = world.peers[1].got("v0").len();
    world.peers[1].path.remote = "10.9.9.9:7777".parse().unwrap();
    world.peers[1].check_now(world.now);
    world.run(ms(500));
    let after = world.peers[1].got("v0").len();
    assert!(after > before + 40, "{before} packets before, {after} after");
    // Packets that were under way to the old address are asked for again at the new one.
    assert_continuous(world.peers[1].got("v0"));
}

#[test]
fn media_from_an_address_without_a_check_is_dropped() {
    let mut world = lesson(6, &["a"]);
    world.run(ms(1_000));
    let before = world.shards[0].counters().dropped(DropReason::UnknownPath);
    world.peers[0].path.remote = "10.8.8.8:8888".parse().unwrap();
    world.run(ms(300));
    assert!(world.shards[0].counters().dropped(DropReason::UnknownPath) > before);
}

#[test]
fn what_the_handshake_thread_drops_is_counted_also_of_a_transport_that_is_gone() {
    let mut world = lesson(6, &["a"]);
    for (transport, reason) in [(world.peers[0].spec.id, DropReason::DtlsMalformed), (TransportId(4711), DropReason::DtlsNoSession)] {
        world.shards[0].handshake(world.now, HandshakeOutput { transport, kind: HandshakeProgress::Dropped(reason) });
        assert_eq!(world.shards[0].counters().dropped(reason), 1);
    }
}

#[test]
fn layers_change_without_a_seam() {
    let mut world = lesson(7, &["a"]);
    world.run(ms(2_000));
    for spatial in [0, 1, 2, 0, 2] {
        world.plan(&plan(&["host"], &[("a", watches("host", spatial))]));
        world.run(ms(1_000));
        let last = world.peers[1].got("v0").values().next_back().unwrap().mark;
        assert_eq!(last, spatial + 1, "layer {spatial} is shown");
    }
    assert_continuous(world.peers[1].got("v0"));
}

#[test]
fn a_layer_that_ceases_gives_way() {
    let mut world = lesson(8, &["a"]);
    world.run(ms(2_000));
    world.peers[0].sending.retain(|sending| sending.rid != Some("h"));
    world.run(ms(3_000));
    assert_eq!(world.peers[1].got("v0").values().next_back().unwrap().mark, 2, "the middle layer is shown");
    assert_continuous(world.peers[1].got("v0"));
}

#[test]
fn calling_on_a_class_shows_it_to_all_within_500_ms() {
    let mut world = World::new(1, 9);
    world.join(host(), 0);
    for name in ["a", "b", "c"] {
        world.join(speaking_class(name), 0);
    }
    let view = || watches("host", 2);
    let before = plan(&["host"], &[("a", view()), ("b", view()), ("c", view())]);
    world.plan(&before);
    world.run(ms(2_000));
    assert!(world.peers[2].got("v1").is_empty() && world.peers[2].got("a1").is_empty(), "a class that was not called on is neither seen nor heard");
    assert!(world.shards[0].counters().dropped(DropReason::NotAudible) > 50);

    let with_b = || View { audio: true, video: vec![video("host", 2), video("b", 1)] };
    let host_view = View { audio: true, video: vec![video("b", 1)] };
    world.plan(&plan(&["host", "b"], &[("host", host_view), ("a", with_b()), ("b", view()), ("c", with_b())]));
    let called = world.now;
    world.run(ms(500));
    for (index, slot) in [(0, "v0"), (1, "v1"), (3, "v1")] {
        let first = world.peers[index].got(slot).values().next().expect("the called class is seen");
        assert!(first.key_frame && first.at - called < ms(500));
        assert!(world.peers[index].received.values().flat_map(|received| received.packets.values()).any(|seen| seen.mark == 3), "and heard");
    }
    world.plan(&before);
    world.run(ms(50));
    let count = world.peers[1].got("v1").len();
    world.run(ms(500));
    assert_eq!(world.peers[1].got("v1").len(), count, "a dismissed class is gone at once");
}

#[test]
fn what_the_plan_drops_is_not_forwarded_though_its_sender_goes_on() {
    let mut world = World::new(2, 31);
    world.join(host(), 0);
    for (name, worker) in [("loud", 0), ("near", 0), ("far", 1)] {
        world.join(if name == "loud" { speaking_class(name) } else { class(name) }, worker);
    }
    world.down = Line { loss: 0.1, delay: ms(15), jitter: ms(4) };
    let view = |camera| View { audio: true, video: vec![camera] };
    world.plan(&plan(&["host", "loud"], &[("near", view(video("loud", 2))), ("far", view(video("loud", 2)))]));
    world.run(ms(2_000));
    // The class is the second participant: its sound is marked so.
    let of_class = |world: &World, index: usize| {
        let sound = world.peers[index].received.values().flat_map(|received| received.packets.values()).filter(|seen| seen.picture_id.is_none());
        (sound.filter(|seen| seen.mark == 2).count(), world.peers[index].got("v0").len())
    };
    let before = [2, 3].map(|index| of_class(&world, index));
    assert!(before.iter().all(|(sound, picture)| *sound > 50 && *picture > 50), "{before:?}");

    world.plan(&plan(&["host"], &[("near", view(None)), ("far", view(None))]));
    // What was under way arrives.
    world.run(ms(50));
    let after = [2, 3].map(|index| of_class(&world, index));
    let sent: u64 = world.peers[1].sending.iter().map(|sending| sending.seq).sum();
    world.run(ms(3_000));
    assert_eq!([2, 3].map(|index| of_class(&world, index)), after, "not a packet more, retransmissions included, on either worker");
    assert!(world.peers[1].sending.iter().map(|sending| sending.seq).sum::<u64>() > sent + 200, "the class went on");
    assert!(world.peers[2].got("a0").len() > 150, "the host is still heard");
}

#[test]
fn the_loudest_are_heard_and_the_host_always() {
    let mut world = World::new(1, 10);
    world.join(host(), 0);
    for name in ["a", "b", "c", "d", "listener"] {
        world.join(speaking_class(name), 0);
    }
    world.peers[0].sending.iter_mut().for_each(|sending| sending.level = 90);
    for (index, level) in [(1, 20), (2, 25), (3, 70), (4, 80), (5, 100)] {
        world.peers[index].sending.iter_mut().for_each(|sending| sending.level = level);
    }
    world.plan(&plan(&["host", "a", "b", "c", "d"], &[("listener", watches("host", 2))]));
    world.run(ms(3_000));
    let tail = |world: &World, slot: &str| world.peers[5].got(slot).values().next_back().map(|seen| (seen.mark, world.now - seen.at));
    assert_eq!(tail(&world, "a0").unwrap().0, 1, "the host, though quiet");
    let mut heard = vec![tail(&world, "a1").unwrap().0, tail(&world, "a2").unwrap().0];
    heard.sort_unstable();
    assert_eq!(heard, [2, 3], "the two loudest");
    let figures = world.events.iter().rev().find_map(|event| match event {
        Event::Stats { transports, .. } => Some(transports),
        _ => None,
    });
    for figures in figures.unwrap() {
        let speaks = matches!(&*figures.participant.0, "a" | "b");
        let expected = if speaks { ms(900)..=ms(1_100) } else { ms(0)..=ms(0) };
        assert!(expected.contains(&figures.speech), "{figures:?}");
    }
    world.peers[4].sending.iter_mut().for_each(|sending| sending.level = 10);
    world.peers[1].sending.iter_mut().for_each(|sending| sending.level = 100);
    world.run(ms(4_000));
    let mut heard = vec![tail(&world, "a1").unwrap().0, tail(&world, "a2").unwrap().0];
    heard.sort_unstable();
    assert_eq!(heard, [3, 5], "the new loudest took the place of the silent one");
    for slot in ["a0", "a1", "a2"] {
        assert_eq!(gaps(world.peers[5].got(slot)), Vec::<u64>::new(), "one stream without a gap in {slot}");
    }
    assert!(world.events.iter().any(|event| matches!(event, Event::Speakers { .. })));
}

#[test]
fn sequence_numbers_wrap() {
    let mut world = World::new(1, 11);
    world.join(Shape { first_seq: 65_400, ..host() }, 0);
    world.join(class("a"), 0);
    world.plan(&plan(&["host"], &[("a", watches("host", 2))]));
    world.down = Line { loss: 0.03, delay: ms(15), jitter: ms(4) };
    world.up = Line { loss: 0.03, delay: ms(15), jitter: ms(4) };
    // 1,200 packets a second from somewhere in the lower half: the outgoing numbers wrap as well.
    world.peers[0].sending.iter_mut().filter(|sending| sending.rid == Some("h")).for_each(|sending| sending.packets_per_frame = 40);
    world.run(Duration::from_secs(52));
    (world.up, world.down) = (Line { delay: ms(15), ..Line::default() }, Line { delay: ms(15), ..Line::default() });
    world.run(ms(1_000));
    let seen = world.peers[1].got("v0");
    assert!(*seen.keys().next_back().unwrap() > 65_536, "the last is {:?}", seen.keys().next_back());
    let missing = gaps(seen).len();
    assert!(missing < 30, "{missing} of {} packets were never repaired", seen.len());
}

#[test]
fn a_room_spans_workers() {
    let mut world = World::new(2, 12);
    world.join(host(), 0);
    world.join(speaking_class("near"), 0);
    world.join(speaking_class("far"), 1);
    let view = || watches("host", 2);
    world.plan(&plan(&["host"], &[("near", view()), ("far", view())]));
    world.run(ms(3_000));
    for index in [1, 2] {
        assert_continuous(world.peers[index].got("v0"));
        assert!(world.peers[index].got("v0").len() > 300);
        assert_eq!(gaps(world.peers[index].got("a0")), Vec::<u64>::new());
        assert!(world.peers[index].reports.len() >= 2, "sender reports reach both");
    }
    // The far class is called on: its picture crosses the other way.
    let host_view = View { audio: true, video: vec![video("far", 2)] };
    world.plan(&plan(&["host", "far"], &[("host", host_view), ("near", view()), ("far", view())]));
    world.run(ms(600));
    assert_continuous(world.peers[0].got("v0"));
    assert!(!world.peers[0].got("a1").is_empty());
    world.down = Line { loss: 0.1, delay: ms(15), jitter: ms(3) };
    world.run(ms(3_000));
    world.down.loss = 0.0;
    world.run(ms(500));
    assert_eq!(gaps(world.peers[2].got("v0")), Vec::<u64>::new(), "retransmissions come from the near worker's cache");
}

#[test]
fn lips_and_voice_have_one_clock() {
    let mut world = lesson(13, &["a"]);
    world.run(ms(6_000));
    let peer = &world.peers[1];
    let at = |name: &str, rate: f64| {
        let ssrc = peer.slot(name);
        let (_, ntp, rtp) = *peer.reports.iter().rev().find(|report| report.0 == ssrc).expect("a sender report");
        let last = peer.got(name).values().next_back().unwrap();
        let ntp_ms = ntp as f64 / 4_294_967.296;
        // When the newest packet was captured, on the server's clock.
        (ntp_ms + f64::from(last.timestamp.wrapping_sub(rtp) as i32) * 1_000.0 / rate, last.at)
    };
    let ((video_captured, video_at), (sound_captured, sound_at)) = (at("v0", 90_000.0), at("a0", 48_000.0));
    let arrived = video_at.saturating_duration_since(sound_at).as_secs_f64() * 1_000.0 - sound_at.saturating_duration_since(video_at).as_secs_f64() * 1_000.0;
    let apart = (video_captured - sound_captured) - arrived;
    assert!(apart.abs() < 40.0, "picture and sound are {apart} ms apart");
}

#[test]
fn silence_ends_a_transport() {
    let mut world = lesson(14, &["a"]);
    world.run(ms(1_500));
    world.cut.push(1);
    world.run(Duration::from_secs(33));
    let lost = world.events.iter().find_map(|event| match event {
        Event::Lost { participant, reason, .. } => Some((participant.0.to_string(), reason.clone())),
        _ => None,
    });
    assert_eq!(lost, Some(("a".to_owned(), LostReason::ConsentExpired)));
    assert_eq!(world.shards[0].counters().transports, 1);
}

#[test]
fn without_a_plan_nothing_flows() {
    let mut world = World::new(1, 15);
    world.join(host(), 0);
    world.join(class("a"), 0);
    world.run(ms(1_000));
    assert!(world.peers[1].received.is_empty());
    assert_eq!(world.shards[0].counters().forwarded, 0);
}

#[test]
fn a_subscriber_without_rtx_is_repaired_too() {
    let mut world = World::new(1, 16);
    world.join(host(), 0);
    world.join(Shape { rtx: false, ..class("a") }, 0);
    world.plan(&plan(&["host"], &[("a", watches("host", 2))]));
    world.down = Line { loss: 0.1, delay: ms(20), jitter: ms(0) };
    world.run(ms(3_000));
    world.down.loss = 0.0;
    world.run(ms(600));
    assert_eq!(gaps(world.peers[1].got("v0")), Vec::<u64>::new());
    assert_eq!(world.shards[0].counters().padding_out, 0, "what may be sealed twice is never padded");
}

#[test]
fn an_offer_made_again_replaces_the_transport() {
    let mut world = lesson(17, &["a"]);
    world.run(ms(1_500));
    let mut again = Peer::new(crate::world::ROOM, 99, class("a"), 0, world.now);
    again.path.remote = "10.7.7.7:7070".parse().unwrap();
    world.shards[0].command(world.now, sfu::command::Command::AddTransport(Box::new(again.spec.clone())));
    world.peers.push(again);
    world.cut.push(1);
    world.run(ms(1_500));
    assert_continuous(world.peers[2].got("v0"));
    assert!(!world.events.iter().any(|event| matches!(event, Event::Lost { .. })), "a replaced transport is not a lost one");
}
