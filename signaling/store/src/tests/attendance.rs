//! What a lesson leaves behind, what it was to each classroom, and the sums of that.

use super::support::{Fresh, on_both_engines};
use super::world::{MINUTE, county, entry, lesson};
use crate::record::{ParticipantRow, Write};
use crate::{
    Alliance, Cause, Classroom, Delivery, DeliveryList, Headcount, Interaction, InteractionKind, LessonList, MediaMinute, Member, MemberRole, Outcome,
    PlannedLesson, Region, RegionLevel, School, SchoolKind, Seconds, StatisticsBy, StatisticsFilter, StatisticsRow, Store, Sums, Term, database, running,
    schema, value,
};
use protocol::{LessonState, ParticipantId, Role};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use timetable::Zone;

on_both_engines! {
    what_happens_in_a_lesson_is_written_and_read_again
    a_lesson_with_media_both_ways_is_delivered
    what_was_not_asked_for_is_not_missing
    what_a_player_and_an_encoder_of_a_classroom_do_is_the_classrooms
    what_was_at_fault_is_found
    lessons_are_decided_when_they_are_over
    deciding_again_changes_nothing_and_a_late_count_is_taken
    a_lesson_that_is_moved_is_decided_anew
    a_lesson_that_begins_after_all_is_decided_anew
    what_the_timetable_takes_back_was_not_planned
    a_lesson_by_hand_lies_in_the_nearest_regions_term
    statistics_are_the_sums_of_deliveries
    the_deliveries_behind_a_figure_are_listed_newest_first
    causes_from_before_are_summed
    deciding_at_once_counts_once
    lessons_from_before_are_found_and_not_decided
}

/// Monday, 2026-09-07, 08:50 in Shanghai.
const START: u64 = 1_788_742_200_000;
const END: u64 = START + 40 * MINUTE;

async fn with_county(fresh: &Fresh) -> Store {
    let store = fresh.open().await;
    county(&store, 6).await;
    store.create(&entry("art"), 1).await.unwrap();
    store
}

/// The entry's lesson of a day of September.
fn of_entry(id: &str, day: u64) -> PlannedLesson {
    let start_ms = START + (day - 7) * 24 * 60 * MINUTE;
    PlannedLesson { entry: Some("art".into()), day: Some(format!("2026-09-{day:02}")), ..lesson(id, start_ms, 0, 1, 0) }
}

async fn write(store: &Store, writes: &[Write]) {
    let mut transaction = store.begin().await.unwrap();
    for write in writes {
        running::execute(&mut transaction, write).await.unwrap();
    }
    transaction.commit().await.unwrap();
}

fn there(lesson: &str, place: u64, role: Role, classroom: Option<&str>) -> Write {
    let row = ParticipantRow {
        id: ParticipantId(format!("p{place}")),
        place,
        sub: format!("sub{place}"),
        role,
        name: "三年级".into(),
        classroom: classroom.map(str::to_owned),
        resume: None,
        present: true,
        stage: None,
        hand: None,
        muted: false,
    };
    Write::Participant { lesson: lesson.into(), row }
}

fn stay(lesson: &str, place: u64, from: u64, to: Option<u64>, goodbye: bool) -> Vec<Write> {
    let participant = ParticipantId(format!("p{place}"));
    let enter = Write::Enter { lesson: lesson.into(), participant: participant.clone(), joined_ms: from };
    let exit = to.map(|left_ms| Write::Exit { lesson: lesson.into(), participant, joined_ms: from, left_ms, goodbye });
    std::iter::once(enter).chain(exit).collect()
}

/// A minute for each, with media in every second, both ways.
fn media(lesson: &str, place: u64, from: u64, minutes: u64) -> Vec<Write> {
    let minute = |nth| {
        let begin = from + nth * MINUTE;
        let mut row = MediaMinute::new(ParticipantId(format!("p{place}")), begin, begin);
        (0..60).for_each(|second| row.received.insert(second));
        row.sent = row.received;
        row.speech_ms = 1_500;
        row.rtt_ms = Some(30);
        Write::Minute { lesson: lesson.into(), row: Box::new(row) }
    };
    (0..minutes).map(minute).collect()
}

fn ended(planned: &PlannedLesson, live_since_ms: u64, ended_ms: u64) -> Write {
    let (id, planned_start_ms) = (planned.id.clone(), Some(planned.start_ms));
    Write::Lesson { id, state: LessonState::Ended, planned_start_ms, live_since_ms: Some(live_since_ms), ended_ms: Some(ended_ms) }
}

/// A host and a class that are there all along; media of the class in so many of the forty minutes.
async fn hold(store: &Store, planned: &PlannedLesson, minutes: u64) {
    let (id, start) = (&planned.id, planned.start_ms);
    let end = planned.end_ms;
    let mut writes = vec![there(id, 1, Role::Host, None), there(id, 2, Role::Classroom, Some("r1"))];
    writes.extend(stay(id, 1, start - MINUTE, Some(end), true));
    writes.extend(stay(id, 2, start - MINUTE, Some(end), true));
    writes.extend(media(id, 1, start, 40));
    writes.extend(media(id, 2, start, minutes));
    writes.push(ended(planned, start, end));
    write(store, &writes).await;
}

async fn decide(store: &Store, id: &str) -> Vec<Delivery> {
    store.decide_lessons(&[id], &Zone::default(), END + 30 * 24 * 60 * MINUTE).await.unwrap()
}

async fn statistics(store: &Store, by: StatisticsBy, filter: &StatisticsFilter<'_>) -> Vec<StatisticsRow> {
    store.statistics("term", by, filter).await.unwrap().rows.to_vec()
}

async fn total(store: &Store) -> Sums {
    statistics(store, StatisticsBy::Term, &StatisticsFilter::default()).await.first().map(|row| row.sums).unwrap_or_default()
}

async fn what_happens_in_a_lesson_is_written_and_read_again(fresh: Fresh) {
    let store = with_county(&fresh).await;
    store.create_lessons(&[of_entry("one", 7)], 1).await.unwrap();
    let Write::Minute { row, .. } = media("one", 2, START, 1).remove(0) else { unreachable!() };
    let early = MediaMinute { speech_ms: 7, ..(*row).clone() };
    let other = MediaMinute { begun_ms: START + 30_000, rtt_ms: None, received_bytes: u64::MAX / 4, ..(*row).clone() };
    for row in [&early, &row, &other] {
        write(&store, &[Write::Minute { lesson: "one".into(), row: Box::new(row.clone()) }]).await;
    }
    assert_eq!(store.media_minutes("one").await.unwrap(), [(*row).clone(), other], "the later value, and the row of the next run");
    assert_eq!(row.sent.count(), 60);

    let hand = Interaction { participant: ParticipantId("p2".into()), kind: InteractionKind::Hand, at_ms: 5, until_ms: None, speech_ms: 0 };
    write(&store, &[Write::Interaction { lesson: "one".into(), row: hand.clone() }, Write::Heartbeat { now_ms: 90 }]).await;
    store.close_open_memberships().await.unwrap();
    assert_eq!(store.interactions("one").await.unwrap(), [Interaction { until_ms: Some(90), ..hand }], "a killed server left it open");

    let count = |pupils, at_ms| Headcount { classroom: "r1".into(), pupils, at_ms, by: "t1".into() };
    for headcount in [count(31, 10), count(32, 20), count(33, 20)] {
        store.put_headcount("one", &headcount).await.unwrap();
    }
    assert_eq!(store.headcounts("one").await.unwrap(), [count(31, 10), count(33, 20)]);
    assert!(store.put_headcount("none", &count(1, 1)).await.is_err() && store.put_headcount("one", &count(501, 1)).await.is_err());
}

async fn a_lesson_with_media_both_ways_is_delivered(fresh: Fresh) {
    let store = with_county(&fresh).await;
    let one = of_entry("one", 7);
    store.create_lessons(std::slice::from_ref(&one), 1).await.unwrap();
    hold(&store, &one, 32).await;
    store.put_headcount("one", &Headcount { classroom: "r1".into(), pupils: 30, at_ms: START, by: "t1".into() }).await.unwrap();
    let call = |kind, at_ms| Write::Interaction {
        lesson: "one".into(),
        row: Interaction { participant: ParticipantId("p2".into()), kind, at_ms, until_ms: Some(at_ms + 5), speech_ms: 3 },
    };
    write(&store, &[call(InteractionKind::Hand, START), call(InteractionKind::Call, START), call(InteractionKind::Call, START + 9)]).await;
    let expected = Delivery {
        lesson: "one".into(),
        classroom: "r1".into(),
        term: "term".into(),
        // The term begins on a Tuesday.
        week: 2,
        week_end: "2026-09-13".into(),
        school: "s".into(),
        host_school: "s".into(),
        subject: "美术".into(),
        teacher: "t0".into(),
        start_ms: START,
        cause: None,
        planned_s: 2_400,
        received_s: 1_920,
        sent_s: 1_920,
        fault_s: 480,
        first_join_ms: Some(START - MINUTE),
        punctual: true,
        hands: 1,
        calls: 2,
        answers: 0,
        speech_s: 48,
        headcount: Some(30),
    };
    assert_eq!(decide(&store, "one").await, std::slice::from_ref(&expected));
    assert_eq!(store.deliveries("one").await.unwrap(), [expected]);
    assert_eq!(store.undecided_lessons(END + 60 * MINUTE, 10).await.unwrap(), Vec::<String>::new());
}

async fn what_was_not_asked_for_is_not_missing(fresh: Fresh) {
    let store = with_county(&fresh).await;
    let lessons = [("called", 7), ("silent", 8)].map(|(id, day)| of_entry(id, day));
    store.create_lessons(&lessons, 1).await.unwrap();
    for (planned, is_unasked) in lessons.iter().zip([true, false]) {
        hold(&store, planned, 40).await;
        // Called on for five minutes of the forty.
        let mut rows = media(&planned.id, 2, planned.start_ms, 40);
        for write in &mut rows[5..] {
            let Write::Minute { row, .. } = write else { unreachable!() };
            row.unasked = if is_unasked { row.sent } else { Seconds::default() };
            row.sent = Seconds::default();
        }
        write(&store, &rows).await;
    }
    let called = decide(&store, "called").await;
    assert_eq!((called[0].cause, called[0].received_s, called[0].sent_s, called[0].fault_s), (None, 2_400, 300, 0));
    let silent = decide(&store, "silent").await;
    assert_eq!((silent[0].cause, silent[0].sent_s, silent[0].fault_s), (Some(Cause::Network), 300, 2_100));
}

async fn what_a_player_and_an_encoder_of_a_classroom_do_is_the_classrooms(fresh: Fresh) {
    let store = with_county(&fresh).await;
    let lessons = [("both", 7), ("player", 8), ("observer", 9)].map(|(id, day)| of_entry(id, day));
    store.create_lessons(&lessons, 1).await.unwrap();
    for planned in &lessons {
        let (id, start, end) = (planned.id.as_str(), planned.start_ms, planned.end_ms);
        let mut writes = vec![there(id, 1, Role::Host, None), there(id, 3, Role::Observer, Some("r1").filter(|_| id != "observer"))];
        if id == "both" {
            writes.push(there(id, 2, Role::Classroom, Some("r1")));
            writes.extend(stay(id, 2, start - MINUTE, Some(end), true));
        }
        for place in [1, 3] {
            writes.extend(stay(id, place, start - MINUTE, Some(end), true));
        }
        for mut write in [1, 2, 3].into_iter().filter(|place| *place != 2 || id == "both").flat_map(|place| media(id, place, start, 40)) {
            let Write::Minute { row, .. } = &mut write else { unreachable!() };
            match row.participant.0.as_str() {
                "p2" => row.received = Seconds::default(),
                "p3" => row.sent = Seconds::default(),
                _ => {}
            }
            writes.push(write);
        }
        writes.push(ended(planned, start, end));
        write(&store, &writes).await;
    }
    let both = decide(&store, "both").await;
    assert_eq!((both[0].cause, both[0].received_s, both[0].sent_s, both[0].punctual), (None, 2_400, 2_400, true));
    let player = decide(&store, "player").await;
    assert_eq!((player[0].cause, player[0].received_s, player[0].sent_s), (Some(Cause::Network), 2_400, 0));
    let observer = decide(&store, "observer").await;
    assert_eq!((observer[0].cause, observer[0].received_s), (Some(Cause::Absent), 0), "an observer elsewhere");
}

async fn what_was_at_fault_is_found(fresh: Fresh) {
    let store = with_county(&fresh).await;
    let lessons: Vec<PlannedLesson> = [("line", 7), ("dark", 8), ("nobody", 9), ("host", 10), ("cancelled", 11)].map(|(id, day)| of_entry(id, day)).into();
    store.create_lessons(&lessons, 1).await.unwrap();
    let cause = |deliveries: Vec<Delivery>| deliveries[0].cause;
    hold(&store, &lessons[0], 31).await;
    assert_eq!(cause(decide(&store, "line").await), Some(Cause::Network));
    hold(&store, &lessons[1], 20).await;
    // It vanished after twenty minutes.
    write(&store, &stay("dark", 2, lessons[1].start_ms - MINUTE, Some(lessons[1].start_ms + 20 * MINUTE), false)).await;
    let dark = decide(&store, "dark").await;
    assert_eq!((dark[0].cause, dark[0].fault_s, dark[0].received_s), (Some(Cause::Power), 1_200, 1_200));
    write(&store, &[there("nobody", 1, Role::Host, None)]).await;
    write(&store, &media("nobody", 1, lessons[2].start_ms, 40)).await;
    let nobody = decide(&store, "nobody").await;
    assert_eq!((nobody[0].cause, nobody[0].fault_s, nobody[0].first_join_ms, nobody[0].punctual), (Some(Cause::Absent), 0, None, false));
    write(&store, &[there("host", 2, Role::Classroom, Some("r1"))]).await;
    write(&store, &stay("host", 2, lessons[3].start_ms + 2 * MINUTE, None, false)).await;
    let host = decide(&store, "host").await;
    assert_eq!((host[0].cause, host[0].fault_s, host[0].punctual), (Some(Cause::Host), 2_400, false));
    assert!(host[0].first_join_ms.is_some());
    store.cancel_lesson("cancelled", 1, "教师请假", true).await.unwrap();
    assert_eq!(cause(decide(&store, "cancelled").await), Some(Cause::Cancelled));
    let sums = total(&store).await;
    assert_eq!((sums.planned, sums.delivered, sums.cancelled, sums.attended, sums.classrooms, sums.covered), (5, 0, 1, 3, 1, 0));
    assert_eq!((sums.power, sums.network, sums.absent, sums.host), (1, 1, 1, 1));
}

async fn lessons_are_decided_when_they_are_over(fresh: Fresh) {
    let store = with_county(&fresh).await;
    let lessons: Vec<PlannedLesson> = [("ended", 7), ("cancelled", 8), ("nobody", 9), ("still", 10)].map(|(id, day)| of_entry(id, day)).into();
    store.create_lessons(&lessons, 1).await.unwrap();
    let due = async |at| store.undecided_lessons(at, 10).await.unwrap();
    let ended_ms = lessons[0].start_ms + 20 * MINUTE;
    write(&store, &[ended(&lessons[0], 1, ended_ms)]).await;
    assert_eq!(due(ended_ms + 14_000).await, [""; 0], "its last writes may be on their way");
    assert_eq!(due(ended_ms + 15_000).await, ["ended"], "also before its planned end");
    decide(&store, "ended").await;
    store.cancel_lesson("cancelled", 1, "停电", true).await.unwrap();
    assert_eq!(due(lessons[1].end_ms - 1).await, [""; 0], "it may take place again");
    assert_eq!(due(lessons[1].end_ms).await, ["cancelled"]);
    decide(&store, "cancelled").await;
    assert_eq!(due(lessons[2].end_ms + 10 * MINUTE - 1).await, [""; 0]);
    assert_eq!(due(lessons[2].end_ms + 10 * MINUTE).await, ["nobody"]);
    decide(&store, "nobody").await;
    write(&store, &stay("still", 2, lessons[3].start_ms, None, false)).await;
    assert_eq!(due(lessons[3].end_ms + 60 * MINUTE).await, [""; 0], "somebody is there");
    assert_eq!(due(lessons[3].end_ms + 12 * 60 * MINUTE).await, ["still"]);
}

async fn deciding_again_changes_nothing_and_a_late_count_is_taken(fresh: Fresh) {
    let store = with_county(&fresh).await;
    let one = of_entry("one", 7);
    store.create_lessons(std::slice::from_ref(&one), 1).await.unwrap();
    hold(&store, &one, 40).await;
    decide(&store, "one").await;
    let before = total(&store).await;
    assert_eq!((before.planned, before.delivered, before.headcount, before.speech_s), (1, 1, 0, 60));
    decide(&store, "one").await;
    assert_eq!(total(&store).await, before);
    store.put_headcount("one", &Headcount { classroom: "r1".into(), pupils: 28, at_ms: END, by: "t1".into() }).await.unwrap();
    assert_eq!(store.undecided_lessons(END + MINUTE, 10).await.unwrap(), ["one"]);
    decide(&store, "one").await;
    assert_eq!(total(&store).await, Sums { headcount: 28, ..before });
}

/// The clock was a day ahead when it was decided.
async fn a_lesson_that_begins_after_all_is_decided_anew(fresh: Fresh) {
    let store = with_county(&fresh).await;
    let one = of_entry("one", 7);
    store.create_lessons(std::slice::from_ref(&one), 1).await.unwrap();
    decide(&store, "one").await;
    assert_eq!((total(&store).await.planned, total(&store).await.delivered), (1, 0));
    let (id, planned_start_ms) = (one.id.clone(), Some(one.start_ms));
    write(&store, &[Write::Lesson { id, state: LessonState::Open, planned_start_ms, live_since_ms: None, ended_ms: None }]).await;
    assert_eq!((store.deliveries("one").await.unwrap(), total(&store).await.planned), (vec![], 0));
    hold(&store, &one, 40).await;
    assert_eq!(store.undecided_lessons(one.end_ms + 15_000, 10).await.unwrap(), ["one"]);
    decide(&store, "one").await;
    assert_eq!((total(&store).await.planned, total(&store).await.delivered), (1, 1));
}

async fn a_lesson_that_is_moved_is_decided_anew(fresh: Fresh) {
    let store = with_county(&fresh).await;
    let one = of_entry("one", 7);
    store.create_lessons(std::slice::from_ref(&one), 1).await.unwrap();
    decide(&store, "one").await;
    assert_eq!(total(&store).await.planned, 1, "nobody came");
    let later = PlannedLesson { start_ms: START + 60 * 24 * MINUTE, end_ms: END + 60 * 24 * MINUTE, ..one };
    store.update_lessons(&[later]).await.unwrap();
    assert_eq!((total(&store).await, store.deliveries("one").await.unwrap()), (Sums::default(), vec![]));
    // Cancelled, decided, and to be held after all.
    store.cancel_lesson("one", 2, "停电", true).await.unwrap();
    decide(&store, "one").await;
    assert_eq!(total(&store).await.cancelled, 1);
    store.reinstate_lesson("one", 3).await.unwrap();
    assert_eq!(total(&store).await, Sums::default());
}

async fn what_the_timetable_takes_back_was_not_planned(fresh: Fresh) {
    let store = with_county(&fresh).await;
    store.create_lessons(&[of_entry("one", 7)], 1).await.unwrap();
    store.cancel_lesson("one", 1, "放假：国庆节", false).await.unwrap();
    assert_eq!(decide(&store, "one").await, []);
    assert_eq!((total(&store).await, store.undecided_lessons(END, 10).await.unwrap().len()), (Sums::default(), 0));
}

/// Terms of the county, its city, another county of it, and of all.
async fn a_lesson_by_hand_lies_in_the_nearest_regions_term(fresh: Fresh) {
    let store = with_county(&fresh).await;
    let region = |id: &str, parent: Option<&str>, level| Region { id: id.into(), parent: parent.map(Into::into), level, name: id.into(), version: 1 };
    store.create(&region("city", None, RegionLevel::City), 1).await.unwrap();
    store.create(&region("other", Some("city"), RegionLevel::County), 1).await.unwrap();
    let county = store.get::<Region>("county").await.unwrap().unwrap();
    store.update(&Region { parent: Some("city".into()), ..county }).await.unwrap();
    let own = store.get::<Term>("term").await.unwrap().unwrap();
    // The county's own begins a week later.
    store.update(&Term { first_day: "2026-09-14".into(), days: Vec::new(), ..own.clone() }).await.unwrap();
    let term = |id: &str, region: Option<&str>, last_day: &str| Term {
        id: id.into(),
        region: region.map(Into::into),
        last_day: last_day.into(),
        days: Vec::new(),
        ..own.clone()
    };
    for term in [term("a-city", Some("city"), "2026-09-20"), term("a-other", Some("other"), "2027-01-15"), term("a-all", None, "2026-12-31")] {
        store.create(&term, 1).await.unwrap();
    }
    let by_hand = |id: &str, day: u64| lesson(id, START + (day - 7) * 24 * 60 * MINUTE, 0, 1, 0);
    for (day, expected) in [(7, "a-city"), (15, "term"), (21, "term")] {
        let id = format!("l{day}");
        store.create_lessons(&[PlannedLesson { day: Some(format!("2026-09-{day:02}")), ..by_hand(&id, day) }], 1).await.unwrap();
        assert_eq!(decide(&store, &id).await[0].term, expected, "on September {day}");
    }
    let school = store.get::<School>("s").await.unwrap().unwrap();
    store.update(&School { region: None, ..school }).await.unwrap();
    assert_eq!(decide(&store, "l7").await[0].term, "a-all", "the school lies in no region");
}

const CAUSES: [Cause; 5] = [Cause::Power, Cause::Network, Cause::Absent, Cause::Cancelled, Cause::Host];

/// A second school with two classrooms in an alliance of its own for some weeks, and lessons of no entry.
async fn with_deliveries(fresh: &Fresh) -> (Store, Vec<Delivery>) {
    let store = with_county(fresh).await;
    store.create(&School { region: Some("county".into()), ..School::new("far", "石门村小学", SchoolKind::Point) }, 1).await.unwrap();
    for room in ["far-1", "far-2"] {
        store.create(&Classroom::new(room, "far", "一年级"), 1).await.unwrap();
    }
    let member = |school: &str, from: &str, to: Option<&str>| Member {
        school: school.into(),
        role: MemberRole::Paired,
        from_day: from.into(),
        to_day: to.map(str::to_owned),
    };
    let alliance = |id: &str, members| Alliance { id: id.into(), region: "county".into(), name: format!("联盟{id}"), members, closed_ms: None, version: 1 };
    let (near, far) = (member("s", "2026-08-01", None), member("far", "2026-08-01", Some("2026-09-20")));
    store.create(&alliance("a", vec![near, far]), 1).await.unwrap();
    store.create(&alliance("b", vec![member("far", "2026-09-21", None)]), 1).await.unwrap();
    let mut rng = StdRng::seed_from_u64(11);
    let deliveries = random_deliveries(&store, &mut rng).await;
    store.put_deliveries(&deliveries.iter().map(|delivery| delivery.lesson.as_str()).collect::<Vec<_>>(), &deliveries, 1).await.unwrap();
    (store, deliveries)
}

type Keep = fn(&Delivery) -> bool;

/// Filters, and what each of them keeps.
fn filters(far: &[String]) -> [(StatisticsFilter<'_>, Keep); 7] {
    [
        (StatisticsFilter::default(), |_| true),
        (StatisticsFilter { schools: Some(far), ..StatisticsFilter::default() }, |delivery| delivery.school == "far"),
        (StatisticsFilter { alliance: Some("a"), ..StatisticsFilter::default() }, |delivery| delivery.school == "s" || delivery.week <= 3),
        (StatisticsFilter { subject: Some("音乐"), ..StatisticsFilter::default() }, |delivery| delivery.subject == "音乐"),
        (StatisticsFilter { host_school: Some("far"), ..StatisticsFilter::default() }, |delivery| delivery.host_school == "far"),
        (StatisticsFilter { teacher: Some("t1"), ..StatisticsFilter::default() }, |delivery| delivery.teacher == "t1"),
        (StatisticsFilter { weeks: Some(2..=3), ..StatisticsFilter::default() }, |delivery| (2..=3).contains(&delivery.week)),
    ]
}

async fn statistics_are_the_sums_of_deliveries(fresh: Fresh) {
    let (store, deliveries) = with_deliveries(&fresh).await;
    let counted = |keep: &dyn Fn(&Delivery) -> bool| deliveries.iter().filter(|delivery| keep(delivery)).count() as u64;
    let delivered = |keep: &dyn Fn(&Delivery) -> bool| counted(&|delivery| keep(delivery) && delivery.is_delivered());
    let far_only = ["far".to_owned()];
    for (filter, keep) in &filters(&far_only) {
        for by in StatisticsBy::ALL {
            let rows = statistics(&store, *by, filter).await;
            let sum = |of: fn(&Sums) -> u64| rows.iter().map(|row| of(&row.sums)).sum::<u64>();
            assert_eq!((sum(|sums| sums.planned), sum(|sums| sums.delivered)), (counted(keep), delivered(keep)), "{by:?} {filter:?}");
            let of = [sum(|sums| sums.power), sum(|sums| sums.network), sum(|sums| sums.absent), sum(|sums| sums.cancelled), sum(|sums| sums.host)];
            assert_eq!(of, CAUSES.map(|cause| counted(&|delivery| keep(delivery) && delivery.cause == Some(cause))), "{by:?} {filter:?}");
            assert!(rows.iter().all(|row| row.sums.covered <= row.sums.classrooms && row.sums.classrooms <= 4), "{rows:?}");
        }
    }
    let all = StatisticsFilter::default();
    let named = |rows: Vec<StatisticsRow>| rows.into_iter().map(|row| (row.key, row.name, row.sums.planned)).collect::<Vec<_>>();
    let schools = named(statistics(&store, StatisticsBy::School, &all).await);
    let of_school = |school: &'static str| counted(&move |delivery: &Delivery| delivery.school == school);
    assert_eq!(schools, [("far".into(), "石门村小学".into(), of_school("far")), ("s".into(), "中心小学".into(), of_school("s"))]);
    let taught = named(statistics(&store, StatisticsBy::HostSchool, &all).await);
    assert_eq!(taught, [("far".into(), "石门村小学".into(), 30), ("s".into(), "中心小学".into(), 30)]);
    let of_far = StatisticsFilter { host_school: Some("far"), ..all.clone() };
    let whole = statistics(&store, StatisticsBy::Term, &of_far).await[0].sums;
    assert_eq!((whole.planned, whole.lessons, total(&store).await.lessons), (30, Some(30), None), "each lesson had one classroom");
    let early = counted(&|delivery| delivery.school == "s" || delivery.week <= 3);
    let alliances = named(statistics(&store, StatisticsBy::Alliance, &all).await);
    assert_eq!(alliances, [("a".into(), "联盟a".into(), early), ("b".into(), "联盟b".into(), deliveries.len() as u64 - early)]);
    let of_b = StatisticsFilter { alliance: Some("b"), ..all.clone() };
    assert_eq!(named(statistics(&store, StatisticsBy::School, &of_b).await), [("far".into(), "石门村小学".into(), deliveries.len() as u64 - early)]);
    let weeks: Vec<String> = statistics(&store, StatisticsBy::Week, &all).await.into_iter().map(|row| row.key).collect();
    assert_eq!(weeks, ["2", "3", "4", "5"]);
    assert_eq!(named(statistics(&store, StatisticsBy::Region, &all).await), [("county".into(), "石门县".into(), deliveries.len() as u64)]);
    assert_eq!(statistics(&store, StatisticsBy::Term, &StatisticsFilter { schools: Some(&[]), ..all.clone() }).await, []);
    assert_eq!(*store.statistics("another", StatisticsBy::Term, &all).await.unwrap().rows, []);
    assert_eq!(total(&store).await.rates().coverage, Some(1.0));
}

async fn the_deliveries_behind_a_figure_are_listed_newest_first(fresh: Fresh) {
    let (store, deliveries) = with_deliveries(&fresh).await;
    let far_only = ["far".to_owned()];
    let outcomes = [Outcome::Any, Outcome::Missed].into_iter().chain(CAUSES.map(Outcome::Of));
    for (outcome, (filter, keep)) in outcomes.flat_map(|outcome| filters(&far_only).map(|filter| (outcome, filter))) {
        let wanted = |delivery: &&Delivery| match outcome {
            Outcome::Any => keep(delivery),
            Outcome::Missed => keep(delivery) && !delivery.is_delivered(),
            Outcome::Of(cause) => keep(delivery) && delivery.cause == Some(cause),
        };
        let mut expected: Vec<Delivery> = deliveries.iter().filter(wanted).cloned().collect();
        expected.sort_by(|a, b| (b.start_ms, &b.lesson, &b.classroom).cmp(&(a.start_ms, &a.lesson, &a.classroom)));
        let mut found: Vec<Delivery> = Vec::new();
        loop {
            let after = found.last().map(|last| (last.start_ms, last.lesson.as_str(), last.classroom.as_str()));
            let page = store.listed_deliveries(&DeliveryList { term: "term", filter: &filter, outcome, after, limit: 7 }).await.unwrap();
            assert!(page.iter().all(|row| row.title == format!("课 {}", row.delivery.lesson) && row.host_classroom.as_deref() == Some("r0")), "{page:?}");
            let whole = page.len() == 7;
            found.extend(page.into_iter().map(|row| row.delivery));
            if !whole {
                break;
            }
        }
        assert_eq!(found, expected, "{outcome:?} {filter:?}");
    }
    let none = StatisticsFilter { schools: Some(&[]), ..StatisticsFilter::default() };
    for (term, filter) in [("term", &none), ("another", &StatisticsFilter::default())] {
        let list = DeliveryList { term, filter, outcome: Outcome::Any, after: None, limit: 7 };
        assert_eq!(store.listed_deliveries(&list).await.unwrap(), []);
    }
}

async fn random_deliveries(store: &Store, rng: &mut StdRng) -> Vec<Delivery> {
    let mut lessons = Vec::new();
    let mut deliveries = Vec::new();
    for nth in 0..60 {
        let (day, room) = (7 + nth % 28, rng.random_range(0..4));
        let subject = ["美术", "音乐"][rng.random_range(0..2)];
        let classroom = ["r1", "r2", "far-1", "far-2"][room];
        let id = format!("l{nth}");
        // By hand, so that a day may have several.
        let held = PlannedLesson { entry: None, subject: Some(subject.into()), ..lesson(&id, START + nth * 24 * 60 * MINUTE, 0, 1, 0) };
        lessons.push(held);
        let delivered = nth < 4 || rng.random_bool(0.6);
        deliveries.push(Delivery {
            lesson: id,
            classroom: if nth < 4 { ["r1", "r2", "far-1", "far-2"][nth as usize].into() } else { classroom.into() },
            term: "term".into(),
            week: 2 + (day as u8 - 7) / 7,
            week_end: ["2026-09-13", "2026-09-20", "2026-09-27", "2026-10-04"][(day as usize - 7) / 7].into(),
            school: if (2..4).contains(&nth) || (nth >= 4 && room >= 2) { "far".into() } else { "s".into() },
            host_school: ["s", "far"][nth as usize % 2].into(),
            subject: subject.into(),
            teacher: format!("t{}", rng.random_range(0..3)),
            // Several at once.
            start_ms: START + nth / 3 * 24 * 60 * MINUTE,
            cause: (!delivered).then(|| CAUSES[rng.random_range(0..5)]),
            planned_s: 2_400,
            received_s: 2_000,
            sent_s: 2_000,
            fault_s: rng.random_range(0..100),
            first_join_ms: Some(1),
            punctual: rng.random_bool(0.5),
            hands: rng.random_range(0..3),
            calls: 0,
            answers: 0,
            speech_s: 3,
            headcount: Some(20),
        });
    }
    store.create_lessons(&lessons, 1).await.unwrap();
    deliveries
}

/// Two processes that look for lessons at once.
async fn deciding_at_once_counts_once(fresh: Fresh) {
    let store = with_county(&fresh).await;
    let other = fresh.open().await;
    let lessons: Vec<PlannedLesson> = (7..17).map(|day| of_entry(&format!("l{day}"), day)).collect();
    store.create_lessons(&lessons, 1).await.unwrap();
    let zone = Zone::default();
    let work = |store: Store| {
        let (lessons, zone) = (lessons.clone(), zone.clone());
        tokio::spawn(async move {
            for lesson in &lessons {
                store.decide_lessons(&[&lesson.id], &zone, END * 2).await.unwrap();
            }
        })
    };
    let tasks = [work(store.clone()), work(other.clone()), work(store.clone())];
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(total(&store).await.planned, 10);
}

async fn lessons_from_before_are_found_and_not_decided(fresh: Fresh) {
    let pool = database::bare(&fresh.database).await.unwrap();
    schema::migrate_to(&pool, 2).await.unwrap();
    for text in [
        "INSERT INTO schools (id, name, kind, created_ms) VALUES ('s', 'Old', 'main', 1)",
        "INSERT INTO classrooms (id, school_id, name, created_ms) VALUES ('r0', 's', 'Old', 1), ('r1', 's', 'Old', 1)",
        "INSERT INTO lessons (id, title, state, host_classroom_id, planned_start_ms, planned_end_ms, created_ms) \
         VALUES ('held', 'Maths', 'ended', 'r0', 1000, 2000, 1), ('next', 'Maths', 'scheduled', 'r0', 3000, 4000, 1)",
        "INSERT INTO lesson_receivers (lesson_id, classroom_id, interactive) VALUES ('held', 'r1', 1), ('next', 'r1', 0)",
    ] {
        sqlx::query(text).execute(&pool).await.unwrap();
    }
    pool.close().await;
    let store = fresh.open().await;
    let list = LessonList { classroom: Some("r1"), ..LessonList::between(0, 10_000) };
    let found = store.planned_lessons(&list).await.unwrap();
    let receivers = found.iter().map(|lesson| (lesson.id.as_str(), lesson.receivers[0].interactive)).collect::<Vec<_>>();
    assert_eq!(receivers, [("held", true), ("next", false)]);
    assert_eq!(store.undecided_lessons(START, 10).await.unwrap(), ["next"], "nothing was measured of the other");
}

/// Deliveries and sums as they were written before the causes were summed.
async fn causes_from_before_are_summed(fresh: Fresh) {
    let pool = database::bare(&fresh.database).await.unwrap();
    schema::migrate_to(&pool, 10).await.unwrap();
    let delivery = |lesson: &str, room: &str, week: u8, cause: &str| {
        let delivered = u8::from(cause == "NULL");
        format!(
            "INSERT INTO deliveries (lesson_id, classroom_id, term_id, week, week_end, school_id, subject, teacher_id, delivered, cause, planned_s, received_s, \
             sent_s, fault_s, punctual, hands, calls, answers, speech_s) \
             VALUES ('{lesson}', '{room}', 'term', {week}, '2026-09-13', 's', '美术', 't', {delivered}, {cause}, 2400, 0, 0, 0, 0, 0, 0, 0, 0)"
        )
    };
    let sums = |room: &str, week: u8, planned: u8, delivered: u8, cancelled: u8| {
        format!(
            "INSERT INTO delivery_sums (term_id, school_id, subject, week, classroom_id, week_end, planned, delivered, attended, punctual, cancelled, \
             interactive, hands, calls, answers, planned_s, fault_s, speech_s, headcount) \
             VALUES ('term', 's', '美术', {week}, '{room}', '2026-09-13', {planned}, {delivered}, 0, 0, {cancelled}, 0, 0, 0, 0, 0, 0, 0, 0)"
        )
    };
    let lesson = |id: &str, start_ms: u64| {
        format!(
            "INSERT INTO lessons (id, title, state, host_classroom_id, planned_start_ms, planned_end_ms, created_ms) \
             VALUES ('{id}', '美术', 'ended', 'r1', {start_ms}, {}, 1)",
            start_ms + 1
        )
    };
    let mut texts = vec![
        "INSERT INTO schools (id, name, kind, created_ms) VALUES ('s', '中心小学', 'main', 1)".to_owned(),
        "INSERT INTO classrooms (id, school_id, name, created_ms) VALUES ('r1', 's', '一', 1), ('r2', 's', '二', 1)".to_owned(),
    ];
    texts.extend((1..=4).map(|nth| lesson(&format!("l{nth}"), nth * 1_000)));
    texts.extend([
        delivery("l1", "r1", 1, "'power'"),
        delivery("l2", "r1", 1, "'network'"),
        delivery("l3", "r1", 1, "NULL"),
        delivery("l4", "r1", 2, "'network'"),
        delivery("l1", "r2", 1, "'absent'"),
        delivery("l2", "r2", 1, "'host'"),
        delivery("l3", "r2", 1, "'cancelled'"),
        delivery("l4", "r2", 2, "'cancelled'"),
        sums("r1", 1, 3, 1, 0),
        sums("r1", 2, 1, 0, 0),
        sums("r2", 1, 3, 0, 1),
        sums("r2", 2, 1, 0, 1),
    ]);
    for text in texts {
        sqlx::query(value::composed(text)).execute(&pool).await.unwrap();
    }
    pool.close().await;
    let store = fresh.open().await;
    let weeks = statistics(&store, StatisticsBy::Week, &StatisticsFilter::default()).await;
    let causes = weeks.iter().map(|row| [row.sums.power, row.sums.network, row.sums.absent, row.sums.host, row.sums.cancelled]).collect::<Vec<_>>();
    assert_eq!(causes, [[1, 1, 1, 1, 1], [0, 1, 0, 0, 1]]);
    let filter = StatisticsFilter::default();
    let list = DeliveryList { term: "term", filter: &filter, outcome: Outcome::Missed, after: None, limit: 3 };
    let page = store.listed_deliveries(&list).await.unwrap();
    let page: Vec<_> = page.iter().map(|row| (row.delivery.start_ms, row.delivery.classroom.as_str())).collect();
    assert_eq!(page, [(4_000, "r2"), (4_000, "r1"), (3_000, "r2")]);
}
