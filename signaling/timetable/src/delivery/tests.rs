use super::*;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

const MINUTE: u64 = 60_000;
/// The period: minutes 100 to 140.
const PLANNED: Interval = Interval::new(100 * MINUTE, 140 * MINUTE);

/// Minutes of media.
fn minutes(spans: &[(u64, u64)]) -> Intervals {
    spans.iter().map(|&(from, to)| Interval::new(from * MINUTE, to * MINUTE)).collect()
}

fn there(from: u64, to: u64, goodbye: bool) -> Presence {
    Presence { interval: Interval::new(from * MINUTE, to * MINUTE), goodbye }
}

/// An interactive classroom's dedicated lesson; the host sends all the time, the classroom sends while it receives.
fn verdict(received: &[(u64, u64)], presences: &[Presence]) -> Delivery {
    let (host_sent, received) = (minutes(&[(95, 145)]), minutes(received));
    let (kind, interactive, planned, cancelled) = (LessonKind::Dedicated, true, PLANNED, false);
    judge(&Evidence { kind, interactive, planned, cancelled, host_sent: &host_sent, received: &received, sent: &received, presences })
}

fn fault(received: &[(u64, u64)], presences: &[Presence]) -> Cause {
    match verdict(received, presences) {
        Delivery::Not { cause, .. } => cause,
        delivered => panic!("{delivered:?}"),
    }
}

#[test]
fn four_fifths_of_the_period_are_enough() {
    let all_along = [there(90, 145, true)];
    assert_eq!(verdict(&[(90, 145)], &all_along), Delivery::Delivered { share: 1.0 });
    assert_eq!(verdict(&[(100, 110), (118, 140)], &all_along), Delivery::Delivered { share: 0.8 });
    assert_eq!(verdict(&[(100, 110), (119, 140)], &all_along), Delivery::Not { cause: Cause::Network, share: 0.775 });
}

#[test]
fn both_directions_count_where_both_are_asked_for() {
    let (all, down_only) = (minutes(&[(100, 140)]), minutes(&[]));
    let judged = |kind, interactive| {
        let presences = &[there(100, 140, true)];
        judge(&Evidence { kind, interactive, planned: PLANNED, cancelled: false, host_sent: &all, received: &all, sent: &down_only, presences })
    };
    assert_eq!(judged(LessonKind::Dedicated, true), Delivery::Not { cause: Cause::Network, share: 0.0 });
    assert_eq!(judged(LessonKind::Dedicated, false), Delivery::Delivered { share: 1.0 });
    assert_eq!(judged(LessonKind::FamousSchool, true), Delivery::Delivered { share: 1.0 });
}

#[test]
fn cancelled_and_host_come_first() {
    let (all, half) = (minutes(&[(100, 140)]), minutes(&[(100, 131)]));
    let judged = |cancelled, host_sent, presences: &[Presence]| {
        let (kind, interactive, planned) = (LessonKind::Dedicated, true, PLANNED);
        judge(&Evidence { kind, interactive, planned, cancelled, host_sent, received: &half, sent: &all, presences })
    };
    assert_eq!(judged(true, &all, &[there(100, 140, true)]), Delivery::Not { cause: Cause::Cancelled, share: 0.0 });
    assert_eq!(judged(false, &half, &[there(100, 140, true)]), Delivery::Not { cause: Cause::Host, share: 0.775 });
    assert_eq!(judged(false, &minutes(&[]), &[]), Delivery::Not { cause: Cause::Host, share: 0.775 }, "nobody could have come");
}

#[test]
fn who_never_came_is_absent() {
    assert_eq!(fault(&[], &[]), Cause::Absent);
    assert_eq!(fault(&[], &[there(80, 100, true), there(140, 150, true)]), Cause::Absent, "beside the period");
    assert_eq!(fault(&[(120, 140)], &[there(120, 140, true)]), Cause::Absent, "came late");
    assert_eq!(fault(&[(100, 120)], &[there(100, 120, true)]), Cause::Absent, "left early, politely");
    assert_eq!(fault(&[], &[there(80, 90, false)]), Cause::Absent, "vanished before the bell");
}

#[test]
fn who_vanished_for_good_lost_power() {
    assert_eq!(fault(&[(100, 120)], &[there(95, 120, false)]), Cause::Power);
    assert_eq!(fault(&[(100, 120)], &[there(95, 130, false)]), Cause::Power, "as much was missing before it vanished as after");
    assert_eq!(fault(&[(100, 105), (106, 120)], &[there(95, 105, false), there(106, 120, false)]), Cause::Power);
}

#[test]
fn who_is_there_without_media_has_a_bad_line() {
    assert_eq!(fault(&[(100, 120)], &[there(95, 145, true)]), Cause::Network);
    let flapping = [there(95, 110, false), there(115, 120, false), there(126, 145, true)];
    assert_eq!(fault(&[(100, 110), (115, 120), (126, 140)], &flapping), Cause::Network, "gaps until it came back");
    assert_eq!(fault(&[(100, 110)], &[there(95, 130, false)]), Cause::Network, "more was missing before it vanished than after");
    let taken_over = [there(95, 121, false), there(120, 140, true)];
    assert_eq!(fault(&[(100, 115)], &taken_over), Cause::Network, "came back before it was missed");
}

#[test]
fn punctual_is_a_minute_after_the_bell() {
    let at = |from_ms: u64| Presence { interval: Interval::new(from_ms, 140 * MINUTE), goodbye: true };
    assert_eq!(punctual(&[], PLANNED), None);
    assert_eq!(punctual(&[there(90, 100, true)], PLANNED), None, "gone before the bell");
    assert_eq!(punctual(&[at(0)], PLANNED), Some(true));
    assert_eq!(punctual(&[at(101 * MINUTE)], PLANNED), Some(true));
    assert_eq!(punctual(&[at(101 * MINUTE + 1)], PLANNED), Some(false));
}

#[test]
fn a_period_without_length_is_not_delivered() {
    let none = minutes(&[]);
    let planned = Interval::new(5, 5);
    let (kind, host_sent) = (LessonKind::Dedicated, &none);
    let judged = judge(&Evidence { kind, interactive: true, planned, cancelled: false, host_sent, received: &none, sent: &none, presences: &[] });
    assert_eq!(judged, Delivery::Not { cause: Cause::Host, share: 0.0 });
}

fn spans() -> impl Strategy<Value = Intervals> {
    prop::collection::vec((95u64..145, 1u64..30), 0..5)
        .prop_map(|all| all.into_iter().map(|(from, length)| Interval::new(from * MINUTE, (from + length) * MINUTE)).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, rng_seed: RngSeed::Fixed(7), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn delivered_is_four_fifths_and_no_less(host_sent in spans(), received in spans(), sent in spans(), ends in prop::collection::vec((95u64..145, 1u64..30, prop::bool::ANY), 0..4)) {
        let presences: Vec<Presence> = ends.into_iter().map(|(from, length, goodbye)| there(from, from + length, goodbye)).collect();
        let (kind, interactive, planned) = (LessonKind::Dedicated, true, PLANNED);
        let evidence = Evidence { kind, interactive, planned, cancelled: false, host_sent: &host_sent, received: &received, sent: &sent, presences: &presences };
        let both = (100..140).filter(|&minute| [&received, &sent].iter().all(|set| !set.within(Interval::new(minute * MINUTE, (minute + 1) * MINUTE)).is_empty())).count();
        match judge(&evidence) {
            Delivery::Delivered { share } => prop_assert!(both >= 32 && (share - both as f64 / 40.0).abs() < 1e-9),
            Delivery::Not { share, .. } => prop_assert!(both < 32 && (share - both as f64 / 40.0).abs() < 1e-9),
        }
    }
}

#[test]
fn minutes_at_fault_are_those_somebody_can_answer_for() {
    let (host_sent, received, nothing) = (minutes(&[(102, 140)]), minutes(&[(110, 120), (122, 140)]), minutes(&[]));
    let judged = |host_sent: &Intervals, received: &Intervals, cancelled, presences: &[Presence]| {
        let (kind, interactive, planned) = (LessonKind::Dedicated, false, PLANNED);
        let evidence = Evidence { kind, interactive, planned, cancelled, host_sent, received, sent: &nothing, presences };
        let delivery = judge(&evidence);
        (delivery, evidence.fault_ms(delivery) / MINUTE)
    };
    // It came late, which is nobody's fault; two minutes were lost while it was there. Not delivered by a hair.
    let (delivery, fault) = judged(&host_sent, &received, false, &[there(109, 145, true)]);
    assert_eq!((delivery, fault), (Delivery::Not { cause: Cause::Absent, share: 0.7 }, 0));
    let (delivery, fault) = judged(&host_sent, &received, false, &[there(95, 145, true)]);
    assert_eq!((delivery, fault), (Delivery::Not { cause: Cause::Network, share: 0.7 }, 10), "ten minutes in which the host sent");
    let (delivery, fault) = judged(&host_sent, &minutes(&[(103, 140)]), false, &[there(103, 145, true)]);
    assert_eq!((delivery, fault), (Delivery::Delivered { share: 0.925 }, 0));
    assert_eq!(judged(&minutes(&[(120, 140)]), &received, false, &[there(95, 145, true)]).1, 20, "the host's");
    assert_eq!(judged(&host_sent, &received, true, &[there(95, 145, true)]).1, 0);
    assert_eq!(judged(&host_sent, &nothing, false, &[there(95, 110, false)]).1, 38, "in the dark until the end");
}
