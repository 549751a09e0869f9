//! How long a county's term takes: 1,500 entries of 20 weeks with four receiving classrooms each, twice a week.
//!
//! `cargo run -p tongke-timetable --example clashes`

#![allow(clippy::unwrap_used)]

use std::time::Instant;
use timetable::{
    BellPlan, Bells, Booked, Booking, Calendar, Date, Desired, Entry, Existing, LessonKind, Occurrence, Period, Receiver, Resource, Term, Weekday, Weeks, Zone,
    clashes, occurrences, reconcile,
};

const ENTRIES: usize = 3000;

fn entry(number: usize) -> Entry {
    let receiver = |n: usize| Receiver { classroom: format!("room-{}-{n}", number % 500), interactive: true };
    Entry {
        id: format!("entry-{number}"),
        term: "autumn".into(),
        weekday: Weekday::from_monday_zero_offset(i8::try_from(number % 5).unwrap()).unwrap(),
        period: u8::try_from(number / 5 % 8).unwrap() + 1,
        subject: "美术".into(),
        title: "三年级美术".into(),
        teacher: format!("teacher-{}", number % 700),
        assistants: vec![format!("assistant-{}", number % 900)],
        host_classroom: format!("host-{}", number % 300),
        receivers: (0..4).map(receiver).collect(),
        kind: LessonKind::Dedicated,
        weeks: Weeks::all(),
        from: None,
        to: None,
    }
}

fn bookings(desired: &Desired) -> impl Iterator<Item = Booking> + '_ {
    let Occurrence { entry, date, start_ms, end_ms, .. } = &desired.occurrence;
    let content = &desired.content;
    let rooms = content.receivers.iter().map(|receiver| &receiver.classroom).chain([&content.host_classroom]).cloned().map(Resource::Classroom);
    let people = content.assistants.iter().cloned().map(Resource::Assistant).chain([Resource::Teacher(content.teacher.clone())]);
    rooms.chain(people).map(move |what| Booking { lesson: format!("{entry}-{date}"), what, start_ms: *start_ms, end_ms: *end_ms })
}

fn existing(desired: &Desired) -> Existing {
    let Occurrence { entry, date, start_ms, end_ms, .. } = desired.occurrence.clone();
    let (state, changed_by_hand, has_attendance) = (protocol::LessonState::Scheduled, false, false);
    Existing { id: format!("{entry}-{date}"), entry, date, start_ms, end_ms, state, changed_by_hand, has_attendance, content: desired.content.clone() }
}

fn timed<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let done = work();
    println!("{what}: {:.0} ms", started.elapsed().as_secs_f64() * 1e3);
    done
}

fn main() {
    let (first_day, last_day) = (Date::constant(2026, 9, 1), Date::constant(2027, 1, 15));
    let calendar = Calendar::new(&Term { id: "autumn".into(), name: "秋".into(), first_day, last_day, exceptions: vec![] }).unwrap();
    let periods = (1..=8).map(|number| Period { number, start_min: 420 + 50 * u16::from(number), end_min: 460 + 50 * u16::from(number) }).collect();
    let plan = BellPlan { school: "city".into(), name: "作息".into(), from: None, to: None, periods };
    let bells = Bells::new("city", vec![plan], Zone::default()).unwrap();
    let entries: Vec<Entry> = (0..ENTRIES).map(entry).collect();
    let days = first_day..=last_day;

    let desired: Vec<Desired> = timed("occurrences", || entries.iter().flat_map(|e| Desired::all(e, occurrences(&calendar, &bells, e, &days).0)).collect());
    let lessons: Vec<Existing> = desired.iter().map(existing).collect();
    println!("{} occurrences", desired.len());
    let changes = timed("reconcile, all new", || reconcile(&desired, &[], &[], &days, 0));
    assert_eq!(changes.create.len(), desired.len());
    assert!(timed("reconcile, nothing to do", || reconcile(&desired, &[], &lessons, &days, 0)).is_empty());
    let wanted: Vec<Booking> = desired.iter().flat_map(bookings).collect();
    println!("{} bookings", wanted.len());
    println!("{} clashes", timed("clashes", || clashes(&wanted)).len());
    let booked = timed("index", || Booked::new(wanted.clone()));
    println!("{} clashes", timed("clashes of one lesson with all", || booked.clashes_with(&wanted[..7])).len());
}
