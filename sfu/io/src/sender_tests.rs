#![allow(clippy::unwrap_used)]
use super::*;
use crate::testing::{Packing, udp};
use sfu::path::Path;
use std::collections::VecDeque;

/// Answers as told, then takes everything; remembers what it took.
#[derive(Default)]
struct Scripted {
    answers: VecDeque<Result<usize, i32>>,
    /// Segmented messages fail with it.
    no_segments: Option<i32>,
    room_after_wait: bool,
    calls: usize,
    waits: Vec<Duration>,
    /// First packet and number of packets of each message taken.
    taken: Vec<(u32, usize)>,
}

impl Wire for Scripted {
    fn transmit(&mut self, filling: &mut Filling<'_, '_>, from: usize) -> io::Result<usize> {
        self.calls += 1;
        let mut most = filling.messages() - from;
        if let Some(answer) = self.answers.pop_front() {
            most = answer.map_err(io::Error::from_raw_os_error)?;
        }
        for index in from..from + most {
            let (first, packets, _) = filling.entry(index);
            match self.no_segments {
                Some(code) if packets > 1 && index == from => return Err(io::Error::from_raw_os_error(code)),
                Some(_) if packets > 1 => return Ok(index - from),
                _ => self.taken.push((first, packets)),
            }
        }
        Ok(most)
    }

    fn wait_writable(&mut self, limit: Duration) -> bool {
        self.waits.push(limit);
        self.room_after_wait
    }
}

fn path() -> Path {
    udp("127.0.0.1:9".parse().unwrap())
}

/// Runs of so many packets of so many bytes.
fn runs(lengths: &[(usize, usize)]) -> Packing {
    let mut packing = Packing::default();
    for (count, bytes) in lengths {
        let packet = vec![0; *bytes];
        packing.run(path(), &vec![&packet[..]; *count]);
    }
    packing
}

fn send(wire: &mut Scripted, segmentation: &mut Segmentation, packing: &Packing) -> SendCounters {
    let mut counters = SendCounters::default();
    Sender::new().send(wire, segmentation, 0, &packing.batch(), &mut counters);
    counters
}

#[test]
fn a_run_is_one_message_and_a_flush_one_call() {
    let (mut wire, mut on) = (Scripted::default(), Segmentation::new(true));
    let counters = send(&mut wire, &mut on, &runs(&[(8, 1_200), (1, 90), (3, 700)]));
    assert_eq!(wire.taken, [(0, 8), (8, 1), (9, 3)]);
    assert_eq!((counters.calls, counters.messages, counters.segmented, counters.packets), (1, 3, 2, 12));
    assert_eq!(counters.bytes, 8 * 1_200 + 90 + 3 * 700);
}

#[test]
fn a_long_run_is_cut_at_the_limits_of_a_message() {
    let (mut wire, mut on) = (Scripted::default(), Segmentation::new(true));
    send(&mut wire, &mut on, &runs(&[(100, 1_200), (100, 100)]));
    assert_eq!(wire.taken, [(0, 54), (54, 46), (100, 64), (164, 36)]);
}

#[test]
fn more_messages_than_a_call_takes_go_in_several_in_order() {
    let (mut wire, mut on) = (Scripted::default(), Segmentation::new(true));
    let counters = send(&mut wire, &mut on, &runs(&[(8, 100); 300]));
    assert_eq!(wire.taken, (0..300).map(|run| (run * 8, 8)).collect::<Vec<_>>());
    assert_eq!((counters.packets, counters.calls as usize), (2_400, wire.calls));
    assert!(counters.packets / counters.calls >= 400, "{} calls", counters.calls);
}

#[test]
fn eio_turns_segmentation_off_and_nothing_is_lost() {
    let (mut wire, mut state) = (Scripted { no_segments: Some(libc::EIO), ..Scripted::default() }, Segmentation::new(true));
    let counters = send(&mut wire, &mut state, &runs(&[(1, 50), (3, 100), (2, 100)]));
    assert!(!state.on());
    assert_eq!(wire.taken, [(0, 1), (1, 1), (2, 1), (3, 1), (4, 1), (5, 1)]);
    assert_eq!((counters.segmentation_refused, counters.drops.total(), counters.packets), (2, 0, 6));
    wire.taken.clear();
    let counters = send(&mut wire, &mut state, &runs(&[(4, 100)]));
    assert_eq!(wire.taken, [(0, 1), (1, 1), (2, 1), (3, 1)]);
    assert_eq!((counters.segmentation_refused, counters.calls), (0, 1));
}

#[test]
fn one_path_that_refuses_segments_does_not_turn_them_off_for_all() {
    let mut state = Segmentation::new(true);
    for _ in 0..40 {
        let mut wire = Scripted { answers: [Err(libc::EINVAL)].into(), ..Scripted::default() };
        let counters = send(&mut wire, &mut state, &runs(&[(2, 1_400), (4, 1_200)]));
        assert_eq!(wire.taken, [(0, 1), (1, 1), (2, 4)]);
        assert_eq!((counters.segmentation_refused, counters.drops.total()), (1, 0));
    }
    assert!(state.on());
}

#[test]
fn a_row_of_refusals_turns_segmentation_off() {
    let (mut wire, mut state) = (Scripted { no_segments: Some(libc::EINVAL), ..Scripted::default() }, Segmentation::new(true));
    let counters = send(&mut wire, &mut state, &runs(&[(2, 100); 16]));
    assert!(!state.on());
    assert_eq!((counters.segmentation_refused, counters.packets, counters.drops.total()), (16, 32, 0));
}

#[test]
fn a_full_socket_is_waited_for_once_and_then_its_packets_are_dropped() {
    let full = || Scripted { answers: [Ok(1), Err(libc::EAGAIN)].into(), ..Scripted::default() };
    let mut wire = Scripted { room_after_wait: true, ..full() };
    let counters = send(&mut wire, &mut Segmentation::new(true), &runs(&[(2, 100), (3, 100)]));
    assert_eq!((wire.taken.as_slice(), counters.waits, counters.drops.total()), (&[(0, 2), (2, 3)][..], 1, 0));

    let mut wire = full();
    let counters = send(&mut wire, &mut Segmentation::new(true), &runs(&[(2, 100), (3, 100), (1, 100)]));
    assert_eq!((wire.taken.as_slice(), counters.drops.would_block, counters.packets), (&[(0, 2)][..], 4, 2));
    assert!(wire.waits.iter().sum::<Duration>() <= PATIENCE);
}

#[test]
fn a_socket_that_stays_full_costs_a_flush_no_more_than_its_patience() {
    let mut wire = Scripted { answers: vec![Err(libc::EAGAIN); 10_000_000].into(), room_after_wait: true, ..Scripted::default() };
    let began = Instant::now();
    let counters = send(&mut wire, &mut Segmentation::new(true), &runs(&[(8, 100); 300]));
    assert!(began.elapsed() >= PATIENCE, "given up before its time");
    assert!(wire.waits.iter().all(|limit| *limit <= PATIENCE));
    assert_eq!((counters.drops.would_block, counters.packets), (2_400, 0));
}

#[test]
fn a_peer_that_cannot_be_reached_costs_only_its_own_packets() {
    let mut wire = Scripted { answers: [Err(libc::ECONNREFUSED), Ok(1), Err(libc::EPERM), Err(libc::EINTR)].into(), ..Scripted::default() };
    let counters = send(&mut wire, &mut Segmentation::new(true), &runs(&[(2, 100), (1, 100), (3, 100), (1, 100)]));
    assert_eq!(wire.taken, [(2, 1), (6, 1)]);
    assert_eq!((counters.drops.refused, counters.drops.not_permitted, counters.drops.total()), (2, 3, 5));
}

#[test]
fn runs_of_other_links_are_left_to_them() {
    let mut packing = Packing::default();
    packing.run(Path { link: Link::Udp(1), ..path() }, &[b"other socket"]);
    packing.run(Path { link: Link::Tcp(0), ..path() }, &[b"connection"]);
    packing.run(path(), &[b"ours"]);
    let mut wire = Scripted::default();
    send(&mut wire, &mut Segmentation::new(true), &packing);
    assert_eq!(wire.taken, [(2, 1)]);
}
