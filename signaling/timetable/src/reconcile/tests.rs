#![allow(clippy::unwrap_used)]

use super::*;
use crate::entry::tests::art;
use jiff::civil::date;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// Day `day` begins at `day * DAY`.
const DAY: u64 = 1000;

fn day(number: u64) -> Date {
    date(2026, 9, i8::try_from(number).unwrap())
}

fn desired(entry: &str, number: u64, content: &Arc<Content>) -> Desired {
    let (start_ms, end_ms) = (number * DAY, number * DAY + 40);
    Desired { occurrence: Occurrence { entry: entry.into(), date: day(number), week: 1, period: 2, start_ms, end_ms }, content: Arc::clone(content) }
}

fn made(desired: &Desired) -> Existing {
    let Occurrence { entry, date, start_ms, end_ms, .. } = desired.occurrence.clone();
    let content = Arc::clone(&desired.content);
    let (state, changed_by_hand, has_attendance) = (LessonState::Scheduled, false, false);
    Existing { id: format!("{entry}-{date}"), entry, date, start_ms, end_ms, state, changed_by_hand, has_attendance, content }
}

fn content(title: &str) -> Arc<Content> {
    Arc::new(Content { title: title.into(), ..Content::from(&art()) })
}

fn all() -> RangeInclusive<Date> {
    Date::MIN..=Date::MAX
}

fn against(desired: &[Desired], existing: &[Existing], now_ms: u64) -> Changes {
    reconcile(desired, &[], existing, &all(), now_ms)
}

#[test]
fn what_is_missing_is_created_unless_it_is_past() {
    let art = content("美术");
    let wanted = [desired("art", 1, &art), desired("art", 2, &art), desired("art", 3, &art)];
    let changes = against(&wanted, &[made(&wanted[1])], 2 * DAY);
    assert_eq!((changes.create.as_slice(), changes.past), (&wanted[2..], 1));
    assert_eq!(changes.unchanged, ["art-2026-09-02"]);
    assert_eq!(against(&wanted[..1], &[], DAY).create.len(), 1, "begins just now");
}

#[test]
fn what_differs_is_updated_with_its_difference() {
    let wanted = desired("art", 2, &content("美术"));
    let moved = Existing { start_ms: 2 * DAY - 5, content: content("画"), ..made(&wanted) };
    let changes = against(std::slice::from_ref(&wanted), std::slice::from_ref(&moved), DAY);
    assert_eq!(changes.update, [Update { id: moved.id, desired: wanted, difference: vec![Field::Times, Field::Title] }]);
}

#[test]
fn what_is_not_planned_is_cancelled_with_its_reason() {
    let (one, other) = (made(&desired("art", 2, &content("美术"))), made(&desired("art", 3, &content("美术"))));
    let why = Why::Holiday("国庆节".into());
    let skipped = [Skipped { entry: "art".into(), date: day(2), why: why.clone() }];
    let changes = reconcile(&[], &skipped, &[one.clone(), other.clone()], &all(), DAY);
    let expected = [Cancel { id: one.id, reason: CancelReason::Skipped(why) }, Cancel { id: other.id, reason: CancelReason::NotPlanned }];
    assert_eq!(changes.cancel, expected);
    assert_eq!(changes.cancel[0].reason.tell(Language::Chinese), "放假：国庆节");
}

#[test]
fn what_was_cancelled_with_the_timetable_comes_back_with_it() {
    let wanted = desired("art", 2, &content("美术"));
    let cancelled = Existing { state: LessonState::Cancelled, ..made(&wanted) };
    let changes = against(std::slice::from_ref(&wanted), std::slice::from_ref(&cancelled), DAY);
    assert_eq!(changes.update[0].difference, [Field::State]);
    assert_eq!(against(&[], std::slice::from_ref(&cancelled), DAY).unchanged.len(), 1);
    let by_hand = Existing { changed_by_hand: true, ..cancelled };
    assert_eq!(against(&[wanted], &[by_hand], DAY).keep[0].reason, KeepReason::ChangedByHand);
}

#[test]
fn what_somebody_changed_or_attended_is_kept_and_reported() {
    let wanted = desired("art", 2, &content("美术"));
    let other = Existing { content: content("画"), ..made(&wanted) };
    let by_hand = Existing { changed_by_hand: true, ..other.clone() };
    let attended = Existing { has_attendance: true, ..other };
    let slice = std::slice::from_ref(&wanted);
    for (lesson, reason) in [(by_hand, KeepReason::ChangedByHand), (attended, KeepReason::HasAttendance)] {
        let kept = against(slice, std::slice::from_ref(&lesson), DAY);
        let expected = Keep { id: lesson.id.clone(), reason, desired: Some(wanted.clone()), difference: vec![Field::Title] };
        assert_eq!((kept.keep.as_slice(), kept.is_empty()), ([expected].as_slice(), true));
        let gone = against(&[], &[lesson], DAY);
        assert_eq!((gone.keep[0].reason, gone.keep[0].difference.as_slice(), gone.is_empty()), (reason, [Field::State].as_slice(), true));
    }
    let same = Existing { changed_by_hand: true, ..made(&wanted) };
    assert_eq!(against(slice, &[same], DAY).unchanged.len(), 1, "nothing to report");
}

#[test]
fn what_has_begun_or_is_past_is_left_alone() {
    let wanted = desired("art", 2, &content("美术"));
    for state in [LessonState::Open, LessonState::Live, LessonState::Paused, LessonState::Ended] {
        let lesson = Existing { state, content: content("画"), ..made(&wanted) };
        assert_eq!(against(&[], std::slice::from_ref(&lesson), DAY).unchanged, [lesson.id]);
    }
    let past = made(&wanted);
    assert_eq!(against(&[], std::slice::from_ref(&past), 2 * DAY + 1).unchanged.len(), 1);
    assert_eq!(against(&[], &[past], 2 * DAY).cancel.len(), 1, "begins just now, nobody is in it");
}

#[test]
fn nothing_is_moved_into_the_past() {
    let wanted = desired("art", 2, &content("美术"));
    let later = Existing { start_ms: 2 * DAY + 500, end_ms: 2 * DAY + 540, ..made(&wanted) };
    let changes = against(&[wanted], &[later], 2 * DAY + 100);
    assert_eq!((changes.keep[0].reason, changes.is_empty()), (KeepReason::WouldBePast, true));
}

#[test]
fn other_days_are_ignored() {
    let art = content("美术");
    let (monday, friday) = (desired("art", 7, &art), desired("art", 11, &art));
    let changes = reconcile(&[monday], &[], &[made(&friday)], &(day(1)..=day(6)), 0);
    assert_eq!(changes, Changes::default());
}

#[test]
fn of_two_lessons_for_a_day_the_one_that_takes_place_counts() {
    let wanted = desired("art", 2, &content("美术"));
    let cancelled = Existing { id: "a".into(), state: LessonState::Cancelled, ..made(&wanted) };
    let (second, third) = (Existing { id: "b".into(), ..made(&wanted) }, Existing { id: "c".into(), ..made(&wanted) });
    let changes = against(&[wanted], &[cancelled, second, third], DAY);
    assert_eq!((changes.unchanged, changes.cancel.len()), (vec!["b".to_owned(), "a".to_owned()], 1));
}

/// Does what the changes say.
fn apply(existing: &mut Vec<Existing>, changes: &Changes) {
    for update in &changes.update {
        let lesson = existing.iter_mut().find(|lesson| lesson.id == update.id).unwrap();
        *lesson = Existing { id: update.id.clone(), has_attendance: lesson.has_attendance, changed_by_hand: lesson.changed_by_hand, ..made(&update.desired) };
    }
    for cancel in &changes.cancel {
        existing.iter_mut().find(|lesson| lesson.id == cancel.id).unwrap().state = LessonState::Cancelled;
    }
    existing.extend(changes.create.iter().map(made));
}

fn any_desired() -> impl Strategy<Value = Vec<Desired>> {
    let one = (0usize..3, 1u64..8, prop::bool::ANY);
    prop::collection::vec(one, 0..16).prop_map(|picks| {
        let mut seen = HashSet::new();
        let new = picks.into_iter().filter(|&(entry, day, _)| seen.insert((entry, day)));
        new.map(|(entry, day, other)| desired(["art", "music", "chess"][entry], day, &content(if other { "甲" } else { "乙" }))).collect()
    })
}

fn any_existing() -> impl Strategy<Value = Vec<Existing>> {
    let state = prop::sample::select(vec![LessonState::Scheduled, LessonState::Scheduled, LessonState::Cancelled, LessonState::Live, LessonState::Ended]);
    let one = (any_desired(), prop::collection::vec((state, prop::bool::weighted(0.2), prop::bool::weighted(0.2), prop::bool::ANY), 16));
    one.prop_map(|(desired, ways)| {
        let changed = |(desired, (state, changed_by_hand, has_attendance, moved)): (&Desired, (LessonState, bool, bool, bool))| {
            let lesson = made(desired);
            Existing { state, changed_by_hand, has_attendance, start_ms: lesson.start_ms + u64::from(moved) * 600, ..lesson }
        };
        desired.iter().zip(ways).map(changed).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, rng_seed: RngSeed::Fixed(7), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn asking_again_gives_nothing(wanted in any_desired(), existing in any_existing(), now in 0u64..9 * DAY) {
        let changes = against(&wanted, &existing, now);
        let mut after = existing.clone();
        apply(&mut after, &changes);
        let again = against(&wanted, &after, now);
        prop_assert!(again.is_empty(), "{:?}", again);
        prop_assert_eq!((&again.keep, again.past), (&changes.keep, changes.past));

        for (before, after) in existing.iter().zip(&after) {
            let is_sacred = before.is_begun(now) || before.changed_by_hand || before.has_attendance;
            prop_assert!(!is_sacred || before == after);
        }
        // Everything that is wanted and not protected or past is there.
        let stays = |key: Key<'_>| existing.iter().any(|e| (e.entry.as_str(), e.date) == key && (e.is_begun(now) || e.protection(None, now).is_some()));
        for desired in wanted.iter().filter(|desired| !desired.is_past(now) && !stays(desired.key())) {
            prop_assert!(after.iter().any(|lesson| *lesson == made(desired)));
        }
        // Every lesson is accounted for once.
        let accounted = changes.update.len() + changes.cancel.len() + changes.keep.len() + changes.unchanged.len();
        prop_assert_eq!(accounted, existing.len());
    }
}
