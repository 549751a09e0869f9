//! Lessons of the timetable and what they book.

use super::support::{Fresh, on_both_engines, write};
use super::world::{MINUTE, county, entry, lesson};
use crate::record::Write;
use crate::{Classroom, Entry, LeftOut, LessonList, NewLesson, Person, PlannedLesson, School, Store, StoreError};
use protocol::LessonState;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::collections::HashMap;

on_both_engines! {
    a_clash_names_both_lessons_and_what_they_share
    a_lesson_moves_if_there_is_room
    a_cancelled_lesson_holds_nothing
    a_lesson_that_is_over_holds_nothing_any_more
    what_has_begun_is_left_alone
    what_was_moved_does_not_begin_by_its_old_plan
    many_lessons_are_made_or_none
    what_does_not_fit_is_left_out
    what_cannot_move_keeps_its_place
    who_is_put_out_puts_out_others
    an_entry_has_one_lesson_a_day
    what_is_needed_is_not_closed_and_what_is_closed_is_not_needed
    what_needs_somebody_closed_is_left_out_alone
    what_takes_place_again_does_so_as_it_is_to_be
    lessons_are_found_by_whom_they_concern
    a_lesson_by_hand_books_its_classroom
    administrators_at_once_never_book_twice
    each_change_of_a_lesson_is_another_version_of_all
}

const START: u64 = 1_788_742_800_000;

async fn with_county(fresh: &Fresh) -> Store {
    let store = fresh.open().await;
    county(&store, 6).await;
    store
}

async fn a_clash_names_both_lessons_and_what_they_share(fresh: Fresh) {
    let store = with_county(&fresh).await;
    store.create_lessons(&[lesson("one", START, 0, 1, 0)], 1).await.unwrap();
    // The same teacher, other rooms, 39 minutes later.
    let error = store.create_lessons(&[lesson("two", START + 39 * MINUTE, 2, 3, 0)], 1).await.unwrap_err();
    let StoreError::Clash { resource, lesson: wanted, other, other_title, other_start_ms, other_end_ms, .. } = &error else { panic!("{error}") };
    assert_eq!((resource.as_str(), wanted.as_str(), other.as_str(), &**other_title), ("person:t0", "two", "one", "课 one"));
    assert_eq!((*other_start_ms, *other_end_ms), (START, START + 40 * MINUTE));
    assert_eq!(store.planned_lesson("two").await.unwrap(), None);
    // A receiving classroom of one as the host's of another; an assistant who leads another.
    let error = store.create_lessons(&[lesson("two", START, 1, 3, 1)], 1).await.unwrap_err();
    assert!(matches!(&error, StoreError::Clash { resource, .. } if resource == "classroom:r1"), "{error}");
    let assistant = PlannedLesson { assistants: vec!["t0".into()], ..lesson("two", START, 2, 3, 1) };
    let error = store.create_lessons(&[assistant], 1).await.unwrap_err();
    assert!(matches!(&error, StoreError::Clash { resource, .. } if resource == "person:t0"), "{error}");
    // Among each other.
    let error = store.create_lessons(&[lesson("two", START, 2, 3, 2), lesson("three", START, 4, 5, 2)], 1).await.unwrap_err();
    assert!(matches!(&error, StoreError::Clash { lesson, other, .. } if lesson == "three" && other == "two"), "{error}");
    // Touching is not overlapping.
    store.create_lessons(&[lesson("two", START + 40 * MINUTE, 0, 1, 0), lesson("zero", START - 40 * MINUTE, 0, 1, 0)], 1).await.unwrap();
    assert_eq!(store.bookings(Some("person:t0"), 0, u64::MAX).await.unwrap().len(), 3);
    assert_eq!(store.bookings(None, START, START + MINUTE).await.unwrap().len(), 3);
}

async fn a_lesson_moves_if_there_is_room(fresh: Fresh) {
    let store = with_county(&fresh).await;
    let one = PlannedLesson { switches: Some("{\"chat\":false}".into()), ..lesson("one", START, 0, 1, 0) };
    store.create_lessons(&[one.clone(), lesson("two", START + 60 * MINUTE, 0, 1, 0)], 1).await.unwrap();
    assert_eq!(store.planned_lesson("one").await.unwrap(), Some(one.clone()));
    let moved = |start_ms| PlannedLesson { start_ms, end_ms: start_ms + 40 * MINUTE, changed_by_hand: true, ..one.clone() };
    assert!(matches!(store.update_lessons(&[moved(START + 30 * MINUTE)]).await, Err(StoreError::Clash { .. })));
    // Into its own time, which it leaves.
    store.update_lessons(&[moved(START + 10 * MINUTE)]).await.unwrap();
    assert!(matches!(store.update_lessons(&[moved(START)]).await, Err(StoreError::Changed { .. })));
    let there = store.planned_lesson("one").await.unwrap().unwrap();
    assert_eq!((there.start_ms, there.changed_by_hand, there.version), (START + 10 * MINUTE, true, 2));
    // Two lessons change places.
    let two = store.planned_lesson("two").await.unwrap().unwrap();
    let swap = |lesson: &PlannedLesson, with: &PlannedLesson| PlannedLesson { start_ms: with.start_ms, end_ms: with.end_ms, ..lesson.clone() };
    store.update_lessons(&[swap(&there, &two), swap(&two, &there)]).await.unwrap();
    assert_eq!(store.planned_lesson("two").await.unwrap().unwrap().start_ms, START + 10 * MINUTE);
    let wrong = PlannedLesson { end_ms: START, ..there.clone() };
    assert!(matches!(store.update_lessons(&[wrong]).await, Err(StoreError::Rule { .. })));
    let never = PlannedLesson { start_ms: 1 << 63, end_ms: (1 << 63) + 1, ..there };
    assert!(matches!(store.update_lessons(&[never]).await, Err(StoreError::Rule { .. })));
}

async fn a_cancelled_lesson_holds_nothing(fresh: Fresh) {
    let store = with_county(&fresh).await;
    store.create_lessons(&[lesson("one", START, 0, 1, 0)], 1).await.unwrap();
    assert!(matches!(store.cancel_lesson("one", 2, "停电", true).await, Err(StoreError::Changed { .. })));
    assert_eq!(store.cancel_lesson("one", 1, "停电", true).await.unwrap(), 2);
    let there = store.planned_lesson("one").await.unwrap().unwrap();
    assert_eq!((there.state, there.reason.as_deref(), there.changed_by_hand), (LessonState::Cancelled, Some("停电"), true));
    assert_eq!(store.bookings(None, 0, u64::MAX).await.unwrap(), []);
    store.create_lessons(&[lesson("two", START, 0, 1, 0)], 1).await.unwrap();
    assert!(matches!(store.reinstate_lesson("one", 2).await, Err(StoreError::Clash { .. })));
    assert_eq!(store.planned_lesson("one").await.unwrap().unwrap().state, LessonState::Cancelled);
    store.cancel_lesson("two", 1, "x", false).await.unwrap();
    assert_eq!(store.reinstate_lesson("one", 2).await.unwrap(), 3);
    assert_eq!(store.bookings(None, 0, u64::MAX).await.unwrap().len(), 3);
}

/// That `one` has begun.
fn live(planned_start_ms: u64) -> Write {
    Write::Lesson { id: "one".into(), state: LessonState::Live, planned_start_ms: Some(planned_start_ms), live_since_ms: Some(START), ended_ms: None }
}

async fn a_lesson_that_is_over_holds_nothing_any_more(fresh: Fresh) {
    let store = with_county(&fresh).await;
    store.create_lessons(&[lesson("one", START, 0, 1, 0), lesson("early", START + 60 * MINUTE, 2, 3, 1)], 1).await.unwrap();
    let ended = |id: &str, planned_start_ms, ended_ms| Write::Lesson {
        id: id.into(),
        state: LessonState::Ended,
        planned_start_ms: Some(planned_start_ms),
        live_since_ms: Some(START),
        ended_ms: Some(ended_ms),
    };
    for over in [ended("one", START, START + 10 * MINUTE), ended("early", START + 60 * MINUTE, START + 55 * MINUTE)] {
        write(&store, over).await;
    }
    // Somebody pressed the button too soon: the rest of the period is for another lesson.
    let error = store.create_lessons(&[lesson("two", START + 9 * MINUTE, 0, 1, 0)], 1).await.unwrap_err();
    assert!(matches!(error, StoreError::Clash { .. }), "{error}");
    store.create_lessons(&[lesson("two", START + 10 * MINUTE, 0, 1, 0), lesson("three", START + 60 * MINUTE, 2, 3, 1)], 1).await.unwrap();
}

async fn what_has_begun_is_left_alone(fresh: Fresh) {
    let store = with_county(&fresh).await;
    store.create_lessons(&[lesson("one", START, 0, 1, 0)], 1).await.unwrap();
    write(&store, live(START)).await;
    let error = store.update_lessons(&[lesson("one", START + MINUTE, 0, 1, 0)]).await.unwrap_err();
    assert!(matches!(&error, StoreError::Begun { state: LessonState::Live, .. }), "{error}");
    assert!(matches!(store.cancel_lesson("one", 1, "x", true).await, Err(StoreError::Begun { .. })));
    let there = store.planned_lesson("one").await.unwrap().unwrap();
    assert_eq!((there.state, there.start_ms), (LessonState::Live, START));
    assert_eq!(store.bookings(None, 0, u64::MAX).await.unwrap().len(), 3);
}

async fn what_was_moved_does_not_begin_by_its_old_plan(fresh: Fresh) {
    let store = with_county(&fresh).await;
    store.create_lessons(&[lesson("one", START, 0, 1, 0)], 1).await.unwrap();
    store.update_lessons(&[lesson("one", START + MINUTE, 0, 1, 0)]).await.unwrap();
    let row = async || store.lesson("one").await.unwrap().unwrap();
    write(&store, live(START)).await;
    assert_eq!((row().await.state, row().await.live_since_ms), (LessonState::Scheduled, None));
    write(&store, live(START + MINUTE)).await;
    assert_eq!((row().await.state, row().await.live_since_ms), (LessonState::Live, Some(START)));
}

/// More lessons than are asked for singly, and more rows than fit in a statement.
async fn many_lessons_are_made_or_none(fresh: Fresh) {
    let store = with_county(&fresh).await;
    let term: Vec<PlannedLesson> = (0..700).map(|number| lesson(&format!("l{number:04}"), START + number * 40 * MINUTE, 0, 1, 0)).collect();
    store.create_lessons(&[lesson("there", START + 300 * 40 * MINUTE + MINUTE, 5, 1, 5)], 1).await.unwrap();
    let error = store.create_lessons(&term, 1).await.unwrap_err();
    assert!(
        matches!(&error, StoreError::Clash { resource, other, other_title, .. } if resource == "classroom:r1" && other == "there" && &**other_title == "课 there"),
        "{error}"
    );
    assert_eq!(store.planned_lessons(&LessonList::between(0, u64::MAX)).await.unwrap().len(), 1);
    store.cancel_lesson("there", 1, "x", false).await.unwrap();
    store.create_lessons(&term, 1).await.unwrap();
    assert_eq!(store.bookings(None, 0, u64::MAX).await.unwrap().len(), 2_100);
    let page = LessonList { limit: 2, after: Some((term[9].start_ms, "l0009")), ..LessonList::between(START, START + 400 * MINUTE) };
    assert_eq!(store.planned_lessons(&page).await.unwrap(), []);
    let page = LessonList { limit: 2, ..LessonList::between(START + 39 * MINUTE, u64::MAX) };
    assert_eq!(store.planned_lessons(&page).await.unwrap(), term[..2]);
    let twice = [lesson("l0005", 0, 2, 3, 3)];
    assert!(matches!(store.create_lessons(&twice, 1).await, Err(StoreError::Duplicate { .. })));
}

/// The lessons that were left out, each with the other one of its clash.
fn clashes<'a>(left_out: &'a [LeftOut]) -> Vec<(&'a str, &'a str)> {
    let pair = |one: &'a LeftOut| match &one.why {
        StoreError::Clash { other, .. } => (one.lesson.as_str(), other.as_str()),
        why => panic!("{why}"),
    };
    left_out.iter().map(pair).collect()
}

async fn what_does_not_fit_is_left_out(fresh: Fresh) {
    let store = with_county(&fresh).await;
    store.create_lessons(&[lesson("one", START, 0, 1, 0)], 1).await.unwrap();
    let wanted = [
        lesson("two", START, 2, 3, 0),
        // What the one before it would have had.
        lesson("three", START, 2, 3, 1),
        lesson("four", START, 3, 4, 2),
        lesson("a b", START + 120 * MINUTE, 0, 1, 0),
        lesson("five", START + 60 * MINUTE, 0, 1, 0),
    ];
    let left_out = store.create_lessons_that_fit(&wanted, 1).await.unwrap();
    assert_eq!(clashes(&left_out[..2]), [("two", "one"), ("four", "three")]);
    assert!(matches!(&left_out[2..], [LeftOut { lesson, why: StoreError::Invalid { .. } }] if lesson == "a b"), "{left_out:?}");
    let StoreError::Clash { other_title, lesson_title, .. } = &left_out[0].why else { panic!("{left_out:?}") };
    assert_eq!((&**lesson_title, &**other_title), ("课 two", "课 one"));
    let there = store.planned_lessons(&LessonList::between(0, i64::MAX as u64)).await.unwrap();
    assert_eq!(there.iter().map(|lesson| lesson.id.as_str()).collect::<Vec<_>>(), ["one", "three", "five"]);
    assert_eq!(store.bookings(None, 0, u64::MAX).await.unwrap().len(), 9);
    assert_eq!(store.create_lessons_that_fit(&[], 1).await.unwrap().len(), 0);
}

async fn what_cannot_move_keeps_its_place(fresh: Fresh) {
    const HOUR: u64 = 60 * MINUTE;
    let store = with_county(&fresh).await;
    for (from, count) in [(0, 3), (100, 30)] {
        let row = |number: u64| lesson(&format!("l{number}"), START + number * HOUR, 0, 1, 0);
        let (row, last): (Vec<PlannedLesson>, u64) = ((from..from + count).map(row).collect(), from + count);
        let aside = lesson(&format!("aside{from}"), START + from * HOUR, 2, 3, 1);
        let foreign = lesson(&format!("foreign{from}"), START + last * HOUR, 0, 4, 2);
        store.create_lessons(&[row.as_slice(), &[aside.clone(), foreign.clone()]].concat(), 1).await.unwrap();
        // Each takes the place of the next, but for the last, which finds its own taken: one after the other stays.
        let later = |lesson: &PlannedLesson| PlannedLesson { start_ms: lesson.start_ms + HOUR, end_ms: lesson.end_ms + HOUR, ..lesson.clone() };
        let moved: Vec<PlannedLesson> = row.iter().chain([&aside]).map(later).collect();
        let left_out = store.update_lessons_that_fit(&moved).await.unwrap();
        let mut others: Vec<String> = (from + 1..last).map(|number| format!("l{number}")).collect();
        others.push(foreign.id.clone());
        let expected: Vec<(&str, &str)> = row.iter().map(|lesson| lesson.id.as_str()).zip(others.iter().map(String::as_str)).collect();
        assert_eq!(clashes(&left_out), expected);
        for lesson in &row {
            assert_eq!(store.planned_lesson(&lesson.id).await.unwrap().as_ref(), Some(lesson));
        }
        assert_eq!(store.planned_lesson(&aside.id).await.unwrap().unwrap().start_ms, aside.start_ms + HOUR);
        let booked = store.bookings(Some("person:t0"), START + from * HOUR, START + (last + 1) * HOUR).await.unwrap();
        let places: Vec<(&str, u64)> = booked.iter().map(|booking| (booking.lesson.as_str(), booking.start_ms)).collect();
        assert_eq!(places, row.iter().map(|lesson| (lesson.id.as_str(), lesson.start_ms)).collect::<Vec<_>>());
        assert!(matches!(store.update_lessons(&moved[..1]).await, Err(StoreError::Clash { .. })));

        store.cancel_lesson(&foreign.id, 1, "大雪停课", true).await.unwrap();
        let mut moved = moved[..row.len()].to_vec();
        let gone = PlannedLesson { id: "gone".into(), ..moved[0].clone() };
        moved.push(PlannedLesson { version: 9, ..later(&aside) });
        let left_out = store.update_lessons_that_fit(&[moved.as_slice(), &[gone]].concat()).await.unwrap();
        assert!(matches!(&left_out[..], [LeftOut { why: StoreError::Changed { .. }, .. }, LeftOut { why: StoreError::Missing { .. }, .. }]), "{left_out:?}");
        assert_eq!(store.planned_lesson(&moved[0].id).await.unwrap().unwrap().start_ms, moved[0].start_ms);
    }
}

async fn who_is_put_out_puts_out_others(fresh: Fresh) {
    let store = with_county(&fresh).await;
    let at = |lesson: &PlannedLesson, hour: u64| {
        let start_ms = START + hour * 60 * MINUTE;
        PlannedLesson { start_ms, end_ms: start_ms + 40 * MINUTE, ..lesson.clone() }
    };
    let bare = PlannedLesson { teacher: None, host_classroom: None, receivers: Vec::new(), ..lesson("bare", START, 0, 1, 0) };
    let stays = lesson("stays", START, 0, 1, 0);
    let (x, y, foreign) = (lesson("x", START, 2, 3, 3), lesson("y", START, 4, 5, 3), lesson("foreign", START, 0, 2, 2));
    store.create_lessons(&[stays.clone(), at(&x, 1), at(&y, 2), at(&bare, 5), at(&foreign, 9)], 1).await.unwrap();
    let wanted = [
        // Two that come where another one has to stay, one of which held nothing, and one that comes where one of them stays then.
        PlannedLesson { host_classroom: Some("r0".into()), ..at(&x, 0) },
        PlannedLesson { teacher: Some("t0".into()), ..at(&bare, 0) },
        at(&stays, 9),
        at(&y, 1),
    ];
    let left_out = store.update_lessons_that_fit(&wanted).await.unwrap();
    assert_eq!(clashes(&left_out), [("x", "stays"), ("bare", "stays"), ("stays", "foreign"), ("y", "x")]);
    let mut places: Vec<(String, u64)> =
        store.bookings(Some("person:t3"), 0, u64::MAX).await.unwrap().into_iter().map(|one| (one.lesson, one.start_ms)).collect();
    places.sort();
    assert_eq!(places, [("x".to_owned(), at(&x, 1).start_ms), ("y".to_owned(), at(&y, 2).start_ms)]);
}

async fn an_entry_has_one_lesson_a_day(fresh: Fresh) {
    let store = with_county(&fresh).await;
    store.create(&entry("e"), 1).await.unwrap();
    let of_entry = |id: &str, start: u64| PlannedLesson { entry: Some("e".into()), ..lesson(id, start, 0, 1, 0) };
    store.create_lessons(&[of_entry("one", START)], 1).await.unwrap();
    assert!(matches!(store.create_lessons(&[of_entry("two", START + 90 * MINUTE)], 1).await, Err(StoreError::Duplicate { .. })));
    let found = store.planned_lessons(&LessonList { entry: Some("e"), ..LessonList::between(0, u64::MAX) }).await.unwrap();
    assert_eq!(found, [of_entry("one", START)]);
    store.close_row::<Entry>("e", 1, 5).await.unwrap();
    assert_eq!(store.get::<Entry>("e").await.unwrap().unwrap().closed_ms, Some(5));
}

async fn what_is_needed_is_not_closed_and_what_is_closed_is_not_needed(fresh: Fresh) {
    let store = with_county(&fresh).await;
    store.create(&entry("e"), 1).await.unwrap();
    store.create_lessons(&[lesson("one", START, 0, 1, 0), lesson("two", START + 90 * MINUTE, 0, 1, 0)], 1).await.unwrap();
    let needed = |error: StoreError| match error {
        StoreError::InUse { lessons, next, entries, .. } => (lessons, next, entries),
        other => panic!("{other}"),
    };
    let first = || Some(("课 one".into(), START));
    assert_eq!(needed(store.close_row::<Person>("t0", 1, 5).await.unwrap_err()), (2, first(), 1));
    assert_eq!(needed(store.close_row::<Person>("t1", 1, 5).await.unwrap_err()), (0, None, 1), "assists in the entry");
    assert_eq!(needed(store.close_row::<Classroom>("r1", 1, 5).await.unwrap_err()), (2, first(), 1));
    assert_eq!(needed(store.close_row::<School>("s", 1, 5).await.unwrap_err()), (2, first(), 1));
    assert_eq!(store.get::<Person>("t0").await.unwrap().unwrap().closed_ms, None, "undone as a whole");
    // What is over, and an entry past its last day, need nothing.
    let later = START + 200 * 24 * 60 * MINUTE;
    assert_eq!(store.close_row::<Person>("t0", 1, later).await.unwrap(), 2);
    assert_eq!(store.close_row::<Classroom>("r1", 1, later).await.unwrap(), 2);
    let closed = |error: StoreError| match error {
        StoreError::Closed { id, .. } => id,
        other => panic!("{other}"),
    };
    let next = lesson("three", later, 0, 2, 0);
    assert_eq!(closed(store.create_lessons(std::slice::from_ref(&next), 1).await.unwrap_err()), "t0");
    assert_eq!(closed(store.update_lessons(&[lesson("two", later, 0, 1, 2)]).await.unwrap_err()), "r1");
    assert_eq!(closed(store.create(&entry("again"), 1).await.unwrap_err()), "t0");
    assert_eq!(store.reopen_row::<Person>("t0", 2).await.unwrap(), 3);
    assert!(matches!(store.reopen_row::<Person>("t0", 2).await, Err(StoreError::Changed { .. })));
    store.create_lessons(&[next], 1).await.unwrap();
    store.close_row::<School>("s", 1, later + 90 * MINUTE).await.unwrap();
    assert_eq!(closed(store.update_lessons(&[lesson("two", later, 0, 3, 2)]).await.unwrap_err()), "r0", "of a closed school");
}

async fn what_needs_somebody_closed_is_left_out_alone(fresh: Fresh) {
    let store = with_county(&fresh).await;
    store.create_lessons(&[lesson("one", START, 2, 3, 2), lesson("two", START, 4, 5, 4)], 1).await.unwrap();
    store.close_row::<Person>("t0", 1, 5).await.unwrap();
    store.close_row::<Classroom>("r1", 1, 5).await.unwrap();
    let closed = |left_out: &[LeftOut]| {
        let one = |one: &LeftOut| match &one.why {
            StoreError::Closed { id, .. } => (one.lesson.clone(), id.clone()),
            why => panic!("{why}"),
        };
        left_out.iter().map(one).collect::<Vec<_>>()
    };
    let pairs = |expected: &[(&str, &str)]| expected.iter().map(|(lesson, id)| ((*lesson).to_owned(), (*id).to_owned())).collect::<Vec<_>>();
    let later = START + 60 * MINUTE;
    let wanted = [lesson("three", later, 2, 3, 0), lesson("four", later, 2, 1, 1), lesson("five", later, 4, 5, 1)];
    assert_eq!(closed(&store.create_lessons_that_fit(&wanted, 1).await.unwrap()), pairs(&[("three", "t0"), ("four", "r1")]));
    assert_eq!(store.planned_lesson("three").await.unwrap(), None);
    assert!(store.planned_lesson("five").await.unwrap().is_some());
    let moved = [lesson("one", START, 2, 3, 0), lesson("two", START + MINUTE, 4, 5, 4)];
    assert_eq!(closed(&store.update_lessons_that_fit(&moved).await.unwrap()), pairs(&[("one", "t0")]));
    assert_eq!(store.planned_lesson("one").await.unwrap(), Some(lesson("one", START, 2, 3, 2)));
    assert_eq!(store.planned_lesson("two").await.unwrap().unwrap().start_ms, START + MINUTE);
    assert!(matches!(store.update_lessons(&moved[..1]).await, Err(StoreError::Closed { .. })));
}

async fn what_takes_place_again_does_so_as_it_is_to_be(fresh: Fresh) {
    let store = with_county(&fresh).await;
    let cancelled = ["one", "two", "three"].map(|id| lesson(id, START, 0, 1, 0));
    for lesson in &cancelled {
        store.create_lessons(std::slice::from_ref(lesson), 1).await.unwrap();
        store.cancel_lesson(&lesson.id, 1, "放假", false).await.unwrap();
    }
    // Who was to teach it is booked elsewhere, and closed where it may be: neither matters to who is to teach it now.
    store.create_lessons(&[lesson("there", START, 4, 5, 0)], 1).await.unwrap();
    store.close_row::<Classroom>("r1", 1, 5).await.unwrap();
    let back = |id: &str, host: usize, receiver: usize, teacher: usize| PlannedLesson { version: 2, ..lesson(id, START, host, receiver, teacher) };
    let wanted = [back("one", 0, 2, 1), back("two", 3, 2, 2), back("three", 3, 1, 3)];
    let left_out = store.update_lessons_that_fit(&wanted).await.unwrap();
    let why = |left_out: &LeftOut| (left_out.lesson.clone(), left_out.why.kind());
    assert_eq!(left_out.iter().map(why).collect::<Vec<_>>(), [("three".to_owned(), "closed"), ("two".to_owned(), "clash")]);
    let there = store.planned_lesson("one").await.unwrap().unwrap();
    assert_eq!(there, PlannedLesson { version: 3, ..wanted[0].clone() });
    assert_eq!(store.bookings(Some("person:t1"), 0, u64::MAX).await.unwrap().len(), 1);
    for id in ["two", "three"] {
        let stays = store.planned_lesson(id).await.unwrap().unwrap();
        assert_eq!((stays.state, stays.version, stays.reason.as_deref()), (LessonState::Cancelled, 2, Some("放假")), "{id}");
    }
    assert_eq!(store.bookings(Some("person:t2"), 0, u64::MAX).await.unwrap(), []);
    // Whoever only changes a cancelled one is told that it is cancelled.
    let changed = PlannedLesson { state: LessonState::Cancelled, ..back("two", 3, 2, 2) };
    assert!(matches!(store.update_lessons(&[changed]).await, Err(StoreError::Begun { state: LessonState::Cancelled, .. })));
}

async fn lessons_are_found_by_whom_they_concern(fresh: Fresh) {
    let store = with_county(&fresh).await;
    let helped = PlannedLesson { assistants: vec!["t5".into()], ..lesson("two", START, 2, 3, 2) };
    store.create_lessons(&[lesson("one", START, 0, 1, 0), helped], 1).await.unwrap();
    let all = LessonList::between(START, START + MINUTE);
    let found = async |list: LessonList<'_>| store.planned_lessons(&list).await.unwrap().into_iter().map(|lesson| lesson.id).collect::<Vec<_>>();
    assert_eq!(found(LessonList { classroom: Some("r1"), ..all }).await, ["one"]);
    assert_eq!(found(LessonList { classroom: Some("r2"), ..all }).await, ["two"]);
    assert_eq!(found(LessonList { person: Some("t5"), ..all }).await, ["two"]);
    assert_eq!(found(LessonList { person: Some("t0"), classroom: Some("r0"), ..all }).await, ["one"]);
    assert_eq!(found(LessonList { school: Some("s"), ..all }).await, ["one", "two"]);
    assert_eq!(found(LessonList { school: Some("nowhere"), ..all }).await, Vec::<String>::new());
    assert_eq!(found(LessonList::between(START + 40 * MINUTE, u64::MAX)).await, Vec::<String>::new());
}

async fn a_lesson_by_hand_books_its_classroom(fresh: Fresh) {
    let store = with_county(&fresh).await;
    store.create_lessons(&[lesson("one", START, 0, 1, 0)], 1).await.unwrap();
    let by_hand = |id: &str, start: u64| NewLesson {
        state: LessonState::Scheduled,
        host_classroom: Some("r1".into()),
        planned_start_ms: Some(start),
        planned_end_ms: Some(start + MINUTE),
        ..NewLesson::open_now(id, "x")
    };
    assert!(matches!(store.create_lesson(&by_hand("two", START)).await, Err(StoreError::Clash { .. })));
    assert_eq!(store.lesson("two").await.unwrap(), None);
    store.create_lesson(&by_hand("two", START + 50 * MINUTE)).await.unwrap();
    assert_eq!(store.bookings(Some("classroom:r1"), 0, u64::MAX).await.unwrap().len(), 2);
}

/// Twenty at once make, move and cancel lessons in the same six classrooms at random, in whatever order their transactions come.
async fn administrators_at_once_never_book_twice(fresh: Fresh) {
    let store = with_county(&fresh).await;
    let mut working = tokio::task::JoinSet::new();
    for administrator in 0..20_u64 {
        // Half of them by a process of their own.
        let store = if administrator % 10 == 0 { fresh.open().await } else { store.clone() };
        working.spawn(async move { administrate(&store, administrator).await });
    }
    let mut counts = HashMap::new();
    while let Some(done) = working.join_next().await {
        for kind in done.unwrap() {
            *counts.entry(kind).or_insert(0_u32) += 1;
        }
    }
    assert!(counts["done"] > 20 && counts["clash"] > 20, "{counts:?}");
    assert!(counts.keys().all(|kind| matches!(*kind, "done" | "clash" | "changed")), "{counts:?}");
    let bookings = store.bookings(None, 0, u64::MAX).await.unwrap();
    let mut until: HashMap<&str, (u64, &str)> = HashMap::new();
    for booking in &bookings {
        if let Some((end, other)) = until.insert(&booking.resource, (booking.end_ms, &booking.lesson)) {
            assert!(end <= booking.start_ms, "{} is in {other} and {} at once", booking.resource, booking.lesson);
        }
    }
    for lesson in store.planned_lessons(&LessonList::between(0, u64::MAX)).await.unwrap() {
        let held = bookings.iter().filter(|booking| booking.lesson == lesson.id && booking.start_ms == lesson.start_ms).count();
        let needed = if lesson.state == LessonState::Cancelled { 0 } else { 3 };
        assert_eq!(held, needed, "{lesson:?}");
    }
}

async fn administrate(store: &Store, administrator: u64) -> Vec<&'static str> {
    let mut chance = StdRng::seed_from_u64(administrator);
    let mut own: Vec<(String, u64)> = Vec::new();
    let mut kinds = Vec::new();
    for number in 0..12 {
        let (host, receiver) = (chance.random_range(0..6), chance.random_range(0..5));
        let receiver = if receiver >= host { receiver + 1 } else { receiver };
        let start = START + chance.random_range(0..40) * 10 * MINUTE;
        let done = match chance.random_range(0..4) {
            0 if !own.is_empty() => {
                let (id, version) = own.swap_remove(chance.random_range(0..own.len()));
                store.cancel_lesson(&id, version, "x", true).await.map(drop)
            }
            1 if !own.is_empty() => {
                let index = chance.random_range(0..own.len());
                let (id, version) = own[index].clone();
                let moved = PlannedLesson { version, ..lesson(&id, start, host, receiver, chance.random_range(0..6)) };
                let done = store.update_lessons(&[moved]).await;
                own[index].1 += u64::from(done.is_ok());
                done
            }
            _ => {
                let id = format!("a{administrator}-{number}");
                let done = store.create_lessons(&[lesson(&id, start, host, receiver, chance.random_range(0..6))], 1).await;
                own.extend(done.is_ok().then_some((id, 1)));
                done
            }
        };
        kinds.push(done.map_or_else(|error| error.kind(), |()| "done"));
    }
    kinds
}

async fn each_change_of_a_lesson_is_another_version_of_all(fresh: Fresh) {
    let store = with_county(&fresh).await;
    let mut seen = vec![store.lessons_version().await.unwrap()];
    let mut told = HashMap::new();
    for change in 0..9 {
        match change {
            0 => store.create_lessons(&[lesson("one", START, 0, 1, 0), lesson("two", START, 2, 3, 1)], 1).await.unwrap(),
            1 => store.update_lessons(&[lesson("one", START + MINUTE, 0, 1, 0)]).await.unwrap(),
            2 => drop(store.cancel_lesson("one", 2, "停电", true).await.unwrap()),
            3 => drop(store.reinstate_lesson("one", 3).await.unwrap()),
            4 => store.create_lesson(&NewLesson { planned_start_ms: Some(START), ..NewLesson::open_now("three", "课") }).await.unwrap(),
            5 => assert!(store.begin_lesson("three").await.unwrap()),
            6 => store.end_lessons(&["two"]).await.unwrap(),
            7 => write(&store, live(START + MINUTE)).await,
            _ => write(&store, Write::Switches { id: "one".into(), switches: "{}".into() }).await,
        }
        let now = store.lessons_version().await.unwrap();
        assert!(!seen.contains(&now), "change {change} left {now}");
        seen.push(now);
        let all = LessonList::between(0, u64::MAX);
        let (marks, lessons) = (store.planned_marks(&all).await.unwrap(), store.planned_lessons(&all).await.unwrap());
        assert_eq!(marks, lessons.iter().map(PlannedLesson::mark).collect::<Vec<_>>());
        for mut lesson in lessons {
            lesson.switches = None;
            let before = told.insert(format!("{:?}", lesson.mark()), lesson.clone());
            assert!(before.is_none_or(|before| before == lesson), "change {change} changed {lesson:?} behind its mark");
        }
    }
    // What was refused or is only read changes nothing.
    assert!(store.create_lessons(&[lesson("four", START + MINUTE, 0, 1, 0)], 1).await.is_err());
    let _ = store.planned_lessons(&LessonList::between(0, u64::MAX)).await.unwrap();
    assert_eq!(seen.last(), Some(&store.lessons_version().await.unwrap()));
}
