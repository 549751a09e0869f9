use super::*;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

fn booking(lesson: &str, what: Resource, start_ms: u64, end_ms: u64) -> Booking {
    Booking { lesson: lesson.into(), what, start_ms, end_ms }
}

fn teacher() -> Resource {
    Resource::Teacher("li".into())
}

fn assistant() -> Resource {
    Resource::Assistant("li".into())
}

/// The lessons of each clash, and how long they overlap.
fn shown(clashes: &[Clash]) -> Vec<(&str, &str, u64)> {
    clashes.iter().map(|clash| (clash.a.lesson.as_str(), clash.b.lesson.as_str(), clash.overlap.length_ms())).collect()
}

#[test]
fn the_same_person_cannot_teach_and_assist_at_once() {
    let found = clashes(&[booking("music", assistant(), 30, 60), booking("art", teacher(), 10, 40), booking("chess", teacher(), 60, 90)]);
    assert_eq!(shown(&found), [("art", "music", 10)]);
    assert_eq!(*found[0].what(), assistant());
    let rooms = [booking("art", Resource::Classroom("li".into()), 10, 40), booking("music", Resource::Device("li".into()), 10, 40)];
    assert_eq!(clashes(&rooms), [], "another kind of thing");
}

#[test]
fn touching_empty_and_own_bookings_do_not_clash() {
    let touching = [booking("art", teacher(), 10, 40), booking("music", teacher(), 40, 70)];
    assert_eq!(clashes(&touching), []);
    assert_eq!(clashes(&[booking("art", teacher(), 10, 40), booking("music", teacher(), 20, 20)]), []);
    assert_eq!(clashes(&[booking("art", teacher(), 10, 40), booking("art", assistant(), 10, 40)]), []);
}

#[test]
fn a_long_booking_clashes_with_all_within() {
    let bookings = [booking("exam", teacher(), 0, 100), booking("a", teacher(), 10, 20), booking("b", teacher(), 20, 30), booking("c", teacher(), 90, 120)];
    assert_eq!(shown(&clashes(&bookings)), [("exam", "a", 10), ("exam", "b", 10), ("exam", "c", 10)]);
    let booked = Booked::new(bookings[..3].to_vec());
    assert_eq!(shown(&booked.clashes_with(&bookings[3..])), [("exam", "c", 10)], "across the shorter ones");
}

#[test]
fn a_lesson_that_is_moved_does_not_clash_with_itself() {
    let booked = Booked::new([booking("art", teacher(), 10, 40), booking("music", teacher(), 50, 90)]);
    assert_eq!(booked.clashes_with(&[booking("art", teacher(), 20, 50)]), []);
    assert_eq!(shown(&booked.clashes_with(&[booking("art", teacher(), 20, 51)])), [("music", "art", 1)]);
}

#[test]
fn clashes_without_end_are_cut() {
    let one = |number: usize| booking(&format!("l{number}"), teacher(), 0, 10);
    let all: Vec<Booking> = (0..3000).map(one).collect();
    assert_eq!(clashes(&all).len(), MAX_CLASHES);
    assert_eq!(Booked::new(all.clone()).clashes_with(&[booking("new", teacher(), 0, 10)]).len(), MAX_CLASHES);
}

struct Village(Zone);

impl Names for Village {
    fn resource(&self, _: &Resource) -> String {
        "李老师".into()
    }
    fn lesson(&self, id: &str) -> Option<String> {
        [("art", "三年级美术"), ("music", "四年级音乐")].into_iter().find(|(known, _)| *known == id).map(|(_, title)| title.into())
    }
    fn place(&self, lesson: &str) -> Option<String> {
        (lesson == "art").then(|| "石门中心小学".into())
    }
    fn zone(&self) -> &Zone {
        &self.0
    }
    fn week(&self, _: Date) -> Option<u8> {
        Some(6)
    }
}

#[test]
fn the_message_names_everything() {
    let nine = 1_791_766_800_000;
    let minute = 60_000;
    let found = clashes(&[booking("art", teacher(), nine, nine + 40 * minute), booking("music", teacher(), nine + 20 * minute, nine + 60 * minute)]);
    let names = Village(Zone::default());
    let chinese = "教师 李老师 在 10月12日（第6周 周一）09:00–09:40 已有《三年级美术》（石门中心小学），与《四年级音乐》重叠 20 分钟";
    assert_eq!(found[0].message(&names, Language::Chinese), chinese);
    let english =
        "the teacher 李老师 already has “三年级美术” (石门中心小学) on 12 October (week 6, Monday), 09:00–09:40; “四年级音乐” overlaps it by 20 minutes";
    assert_eq!(found[0].message(&names, Language::English), english);
    let foreign = clashes(&[booking("foreign", teacher(), nine, nine + 40 * minute), booking("music", teacher(), nine + 20 * minute, nine + 60 * minute)]);
    let chinese = "《四年级音乐》排不下：教师或教室在这段时间已被占用；请换时间、教师或教室";
    assert_eq!(foreign[0].message(&names, Language::Chinese), chinese, "nothing of a lesson that is not to be told");
}

fn bookings() -> impl Strategy<Value = Vec<Booking>> {
    let what = prop::sample::select(vec![teacher(), assistant(), Resource::Teacher("wang".into()), Resource::Classroom("li".into())]);
    let one = (0..8u32, what, 0u64..40, 0u64..12);
    prop::collection::vec(one, 0..24)
        .prop_map(|all| all.into_iter().map(|(l, what, start, length)| booking(&format!("l{l}"), what, start, start + length)).collect())
}

/// Each pair of lessons that wants the same thing at the same time.
fn pairs(clashes: impl IntoIterator<Item = (String, String, String)>) -> Vec<(String, String, String)> {
    let in_order = |(a, b, what): (String, String, String)| if a < b { (a, b, what) } else { (b, a, what) };
    let mut pairs: Vec<_> = clashes.into_iter().map(in_order).collect();
    pairs.sort();
    pairs.dedup();
    pairs
}

fn named(clash: &Clash) -> (String, String, String) {
    (clash.a.lesson.clone(), clash.b.lesson.clone(), clash.what().code())
}

/// Every pair against every other.
fn plainly(one: &[Booking], other: &[Booking]) -> Vec<(String, String, String)> {
    let of = |a: &Booking| other.iter().filter(|b| b.what.code() == a.what.code()).filter_map(|b| a.clash(b)).collect::<Vec<_>>();
    pairs(one.iter().flat_map(of).map(|clash| named(&clash)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, rng_seed: RngSeed::Fixed(7), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn exactly_those_that_overlap_are_found(old in bookings(), new in bookings()) {
        let found = clashes(&old);
        prop_assert!(found.iter().all(|clash| clash.a.start_ms <= clash.b.start_ms && !clash.overlap.is_empty()));
        prop_assert_eq!(pairs(found.iter().map(named)), plainly(&old, &old));
        let against = Booked::new(old.clone()).clashes_with(&new);
        prop_assert_eq!(pairs(against.iter().map(named)), plainly(&old, &new));
    }
}
