#![allow(clippy::unwrap_used)]

use super::*;
use crate::entry::{Entry, LessonKind, Receiver};
use crate::language::{Language, Tell};
use crate::weeks::Weeks;
use jiff::civil::{Weekday, date};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// A few people and classrooms: id and name. Two are called 王老师.
struct Village;

const PEOPLE: [(&str, &str); 7] = [
    ("li", "李老师"),
    ("wang-1", "王老师"),
    ("wang-2", "王老师"),
    ("zhao", "赵、老师"),
    ("smith", "John Smith"),
    ("odd-2", "《语文》李老师"),
    ("odd-3", "孙 (老师"),
];
const ROOMS: [(&str, &str); 6] = [
    ("city-1", "实验小学录播室"),
    ("shimen-3", "石门三年级"),
    ("baishui-3", "白水河三(2)"),
    ("odd-1", "石门 (2)"),
    ("east-1", "东山一年级"),
    ("odd-4", "东山二)"),
];

fn all(what: What) -> &'static [(&'static str, &'static str)] {
    match what {
        What::Person => &PEOPLE,
        What::Classroom => &ROOMS,
    }
}

impl Register for Village {
    fn find(&self, what: What, text: &str) -> Found {
        let mut found = all(what).iter().filter(|(id, name)| *id == text || *name == text);
        match (found.next(), found.next()) {
            (None, _) => Found::Nobody,
            (Some((id, _)), None) => Found::One((*id).to_owned()),
            _ => Found::Several(all(what).iter().filter(|(_, name)| *name == text).map(|(id, name)| format!("{name}（{id}）")).collect()),
        }
    }

    fn name(&self, what: What, id: &str) -> String {
        all(what).iter().find(|(other, _)| *other == id).map(|(_, name)| (*name).to_owned()).unwrap_or_default()
    }
}

fn table(rows: &[&[&str]]) -> Table {
    rows.iter().map(|row| row.iter().map(|cell| (*cell).to_owned()).collect()).collect()
}

fn receiver(classroom: &str, interactive: bool) -> Receiver {
    Receiver { classroom: classroom.into(), interactive }
}

/// What is wrong, place by place, in Chinese.
fn told(errors: &[SheetError]) -> Vec<String> {
    errors.iter().map(|error| error.tell(Language::Chinese)).collect()
}

const HEADINGS: &[&str] = &["星期", "节次", "学科", "课程名称", "主讲教师", "助教", "主讲教室", "听讲教室", "课型", "周次"];

#[test]
fn a_list_is_read() {
    let rows: &[&[&str]] = &[
        &[],
        HEADINGS,
        &["周一", "2", "美术", "三年级美术", "李老师", "wang-1", "实验小学录播室", "石门三年级、白水河三(2)(只听)", "专递课堂", "1-16单"],
        &["", " "],
        &["星期五", "第三节", "音乐", "", "John Smith", "", "city-1", ""],
    ];
    let errors = read_list(&table(rows), &Village).unwrap_err();
    assert_eq!(told(&errors), ["第 5 行 H 列：专递课堂没有听讲教室：请至少选一间"]);
    let mut rows = table(rows);
    rows[4].push("名师课堂".into());
    let drafts = read_list(&rows, &Village).unwrap();
    let expected = EntryDraft {
        row: 3,
        column: 0,
        weekday: Weekday::Monday,
        period: 2,
        subject: "美术".into(),
        title: "三年级美术".into(),
        teacher: "li".into(),
        assistants: vec!["wang-1".into()],
        host_classroom: "city-1".into(),
        receivers: vec![receiver("shimen-3", true), receiver("baishui-3", false)],
        kind: LessonKind::Dedicated,
        weeks: "1-16单".parse().unwrap(),
        from: None,
        to: None,
    };
    assert_eq!(drafts[0], expected);
    assert_eq!((drafts[1].row, drafts[1].weekday, drafts[1].title.as_str(), drafts[1].teacher.as_str()), (5, Weekday::Friday, "音乐", "smith"));
    assert!(drafts[1].weeks.is_all());
}

#[test]
fn english_headings_will_do_in_any_order() {
    let rows = table(&[
        &["Teacher", "Weekday", "Period", "Subject", "Host classroom", "Receivers", "Weeks", "Kind", "From"],
        &["li", "Mon", "2", "Art", "city-1", "shimen-3; baishui-3", "odd", "famous_school", "2026/10/1"],
    ]);
    let draft = read_list(&rows, &Village).unwrap().swap_remove(0);
    assert_eq!((draft.kind, draft.weeks, draft.from), (LessonKind::FamousSchool, Weeks::odd(), Some(date(2026, 10, 1))));
    assert_eq!(draft.receivers, [receiver("shimen-3", false), receiver("baishui-3", false)]);
}

#[test]
fn every_error_of_a_list_is_told_with_its_place() {
    let rows = table(&[
        HEADINGS,
        &["周八", "21", "", "", "王老师", "孙老师", "city-1", "石门三年级、无名", "慕课", "8-1"],
        &["周一", "1", "美术", "", "li", "", "city-1", "shimen-3、石门三年级"],
        &["周一", "1", "美术", "", "li", "李老师", "city-1", "shimen-3"],
    ]);
    let expected = [
        "第 2 行 A 列：“周八”不是星期：请填 周一 至 周日",
        "第 2 行 B 列：“21”不是节次：请填 1 至 20",
        "第 2 行 C 列：没有填学科：请填写",
        "第 2 行 E 列：有几个教师叫“王老师”（王老师（wang-1）、王老师（wang-2））：请写全名",
        "第 2 行 F 列：没有叫“孙老师”的教师：请更正，或先登记",
        "第 2 行 I 列：没有课型“慕课”：请填 专递课堂、名师课堂 或 名校网络课堂",
        "第 2 行 H 列：没有叫“无名”的教室：请更正，或先登记",
        "第 2 行 J 列：周次“8-1”前后颠倒：请把小的写在前面",
        "第 3 行 H 列：听讲教室“石门三年级”写了两次：请只留一次",
        "第 4 行 F 列：“李老师”在同一节课里出现两次：请只留一次",
    ];
    assert_eq!(told(&read_list(&rows, &Village).unwrap_err()), expected);
    assert_eq!(read_list(&rows, &Village).unwrap_err()[2].to_string(), "row 2, column C: no subject: enter it");
}

#[test]
fn headings_are_checked() {
    let errors = read_list(&table(&[&["星期", "周几", "班主任", "节次", "学科", "主讲教师", ""]]), &Village).unwrap_err();
    let expected = [
        "第 1 行 B 列：“周几”这一列重复：请只留一列",
        "第 1 行 C 列：没有“班主任”这一列：请改用导出的课表里的列名，或删去这一列",
        "第 1 行：缺少“主讲教室”这一列：请在表头中加上",
    ];
    assert_eq!(told(&errors), expected);
    assert_eq!(told(&read_list(&table(&[&[], &[" "]]), &Village).unwrap_err()), ["表格是空的：请至少填一行"]);
    assert_eq!(read_list(&table(&[HEADINGS]), &Village), Ok(vec![]));
}

#[test]
fn errors_without_end_are_cut() {
    let row: &[&str] = &["周八", "21", "", "", "王老师", "孙老师"];
    let rows: Vec<&[&str]> = std::iter::once(HEADINGS).chain(std::iter::repeat_n(row, 500)).collect();
    let errors = read_list(&table(&rows), &Village).unwrap_err();
    assert_eq!(errors.len(), MAX_ERRORS + 1);
    assert_eq!(errors.last().unwrap().problem, Problem::More);
}

fn of() -> GridOf {
    GridOf { host_classroom: "city-1".into(), kind: LessonKind::Dedicated }
}

#[test]
fn a_grid_is_read() {
    let rows = table(&[
        &["实验小学课表"],
        &["", "节次", "星期一", "周二", "备注"],
        &["上午", "1", "语文 李老师 → 石门三年级、白水河三(2) (单周)", "", "空"],
        &["", "第二节", "音乐《三年级 音乐》 John Smith、wang-1 -> 石门三年级 (只听)\n美术 李老师 → 东山一年级（双周）", "-"],
        &["", "午休"],
    ]);
    let drafts = read_grid(&rows, &of(), &Village).unwrap();
    let shown: Vec<_> = drafts.iter().map(|d| (d.row, d.column, d.period, d.weekday, d.subject.as_str(), d.title.as_str(), d.weeks.to_string())).collect();
    let monday = Weekday::Monday;
    let expected =
        [(3, 3, 1, monday, "语文", "语文", "单".into()), (4, 3, 2, monday, "音乐", "三年级 音乐", "全".into()), (4, 3, 2, monday, "美术", "美术", "双".into())];
    assert_eq!(shown, expected);
    assert_eq!(drafts[0].receivers, [receiver("shimen-3", true), receiver("baishui-3", true)]);
    assert_eq!((drafts[1].teacher.as_str(), drafts[1].assistants.as_slice()), ("smith", ["wang-1".to_owned()].as_slice()));
    assert_eq!(drafts[1].receivers, [receiver("shimen-3", false)]);
}

#[test]
fn a_line_of_a_grid_holds_titles_in_titles_and_days() {
    let one = |line: &str| read_grid(&table(&[&["节次", "周一"], &["1", line]]), &of(), &Village).map(|mut drafts| drafts.swap_remove(0));
    let read = |line: &str| one(line).map(|d| (d.subject, d.title, d.weeks.to_string(), d.from, d.to)).map_err(|errors| told(&errors));
    let (october, december) = (Some(date(2026, 10, 1)), Some(date(2026, 12, 31)));
    let of = |subject: &str, title: &str, weeks: &str, from, to| Ok((subject.into(), title.into(), weeks.into(), from, to));
    assert_eq!(read("语文《《静夜思》赏析》李老师→石门三年级"), of("语文", "《静夜思》赏析", "全", None, None));
    assert_eq!(read(r"语\ 文 《a\》 → b》 李老师 → 石门三年级"), of("语 文", "a》 → b", "全", None, None));
    assert_eq!(read("语文 李老师 → 石门三年级 (单周；2026-10-01～2026-12-31)"), of("语文", "语文", "单", october, december));
    assert_eq!(read("语文 李老师 → 石门三年级 (2026年10月1日~)"), of("语文", "语文", "全", october, None));
    assert_eq!(read("语文 李老师 → 石门三年级（1～8周；～2026/12/31）"), of("语文", "语文", "1-8", None, december));
    assert_eq!(read("语文 李老师 → 石门三年级 (1~8；10)"), of("语文", "语文", "1-8,10", None, None), "a dash of weeks");
    assert_eq!(read("语文 李老师 → 石门三年级 (2026-13-01～)"), Err(vec!["第 2 行 B 列：“2026-13-01～”不是日期：请填 2026-10-12 这样的日期".into()]));
    let unreadable = |line| read(line).is_err_and(|errors| errors[0].starts_with("第 2 行 B 列：看不懂“"));
    assert!(unreadable("语文→石门三年级 李老师") && unreadable("语文《a 李老师 → 石门三年级") && unreadable("语文《a》 → 石门三年级"));
}

#[test]
fn a_line_of_a_grid_may_name_its_kind() {
    let read = |line: &str| {
        let mut drafts = read_grid(&table(&[&["节次", "周一"], &["1", line]]), &of(), &Village).unwrap();
        let draft = drafts.swap_remove(0);
        (draft.kind, draft.receivers[0].interactive, draft.weeks.to_string(), draft.from)
    };
    let (teacher, school) = (LessonKind::FamousTeacher, LessonKind::FamousSchool);
    assert_eq!(read("语文 李老师 → 石门三年级 (名师课堂)"), (teacher, teacher.defaults().interactive, "全".into(), None));
    assert_eq!(read("语文 李老师 → 石门三年级 (famous_school; 单周)"), (school, false, "单".into(), None));
    assert_eq!(read("语文 李老师 → 石门三年级 （名校网络；1～8；10；2026-10-01～）"), (school, false, "1-8,10".into(), Some(date(2026, 10, 1))));
}

#[test]
fn every_error_of_a_grid_is_told_with_its_place() {
    let rows = table(&[
        &["节次", "周一", "周二"],
        &["1", "语文", "语文 李老师 → 无名"],
        &["早读", "语文 李老师 → 石门三年级"],
        &["2", "语文 李老师", "语文 李老师 → 石门三年级 (三周)"],
    ]);
    let expected = [
        "第 2 行 B 列：看不懂“语文”：请写成 语文 李老师 → 石门三年级、白水河三年级 (单周)",
        "第 2 行 C 列：没有叫“无名”的教室：请更正，或先登记",
        "第 3 行 A 列：“早读”不是节次：请填 1 至 20",
        "第 4 行 B 列：专递课堂没有听讲教室：请至少选一间",
        "第 4 行 C 列：看不懂周次“三周”：请填 全、单、双、一个数或区间，例如 1-8,10,12-16单",
    ];
    assert_eq!(told(&read_grid(&rows, &of(), &Village).unwrap_err()), expected);
    assert_eq!(told(&read_grid(&table(&[&["1", "2", "3"]]), &of(), &Village).unwrap_err()), ["没有找到写有 周一、周二…… 的表头：请在第一行写星期"]);
}

fn entry() -> impl Strategy<Value = Entry> {
    let rooms = prop::sample::subsequence(vec!["shimen-3", "baishui-3", "odd-1", "east-1", "odd-4"], 1..=4);
    let people = prop::sample::subsequence(PEOPLE.map(|(id, _)| id).to_vec(), 1..=4);
    let weeks = prop::sample::select(vec!["全", "单", "1-8,10", "1-16双", "3"]);
    let sign = prop::sample::select("美术a =-+>→⇒《》\\（(周)）、,;；~～\"\u{3000}".chars().collect::<Vec<_>>());
    let odd = prop::collection::vec(sign, 1..8).prop_map(|signs| signs.into_iter().collect::<String>().trim().to_owned());
    let odd = odd.prop_filter("it has a name", |text| !text.is_empty()).boxed();
    let subject = prop_oneof![prop::sample::select(vec!["美术", "Art", "=1", "语 文"]).prop_map(str::to_owned), odd.clone()];
    let titles = vec!["美术", "三年级 美术", "+x", "a(b)", "《静夜思》赏析", "a》b", "《a", "a\\》"];
    let words = (subject, prop_oneof![prop::sample::select(titles).prop_map(str::to_owned), odd]);
    let kind = prop::sample::select(vec![LessonKind::Dedicated, LessonKind::FamousTeacher, LessonKind::FamousSchool]);
    let days = (prop::sample::select(vec![None, Some(date(2026, 10, 1))]), prop::sample::select(vec![None, Some(date(2026, 12, 31))]));
    (rooms, people, weeks, words, kind, (1i8..=7, 1u8..=20), days, prop::collection::vec(any::<bool>(), 4)).prop_map(
        |(rooms, people, weeks, (subject, title), kind, (weekday, period), (from, to), interactive)| Entry {
            id: "draft".into(),
            term: "autumn".into(),
            weekday: Weekday::from_monday_one_offset(weekday).unwrap(),
            period,
            subject,
            title,
            teacher: people[0].into(),
            assistants: people[1..].iter().map(|id| (*id).to_owned()).collect(),
            host_classroom: "city-1".into(),
            receivers: rooms.iter().zip(interactive).map(|(room, interactive)| receiver(room, interactive && kind.defaults().upstream)).collect(),
            kind,
            weeks: weeks.parse().unwrap(),
            from,
            to,
        },
    )
}

fn entries(drafts: Vec<EntryDraft>) -> Vec<Entry> {
    drafts.into_iter().map(|draft| draft.into_entry("draft", "autumn")).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, rng_seed: RngSeed::Fixed(7), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_list_that_is_written_reads_back(all in prop::collection::vec(entry(), 0..6), english in any::<bool>()) {
        let language = if english { Language::English } else { Language::Chinese };
        let list = write_list(&all, &Village, language);
        for bytes in [write_csv(&list), write_xlsx("课表", &list).unwrap()] {
            prop_assert_eq!(entries(read_list(&read(&bytes).unwrap(), &Village).unwrap()), all.clone());
        }
    }

    #[test]
    fn a_grid_that_is_written_reads_back(all in prop::collection::vec(entry(), 0..6), kind in prop::sample::select(LessonKind::ALL.to_vec()), english in any::<bool>()) {
        let language = if english { Language::English } else { Language::Chinese };
        let grid = write_grid(&all, kind, &Village, language);
        for bytes in [write_csv(&grid), write_xlsx("课表", &grid).unwrap()] {
            let mut read_back = entries(read_grid(&read(&bytes).unwrap(), &GridOf { kind, ..of() }, &Village).unwrap());
            let mut sorted = all.clone();
            // A grid goes by period and weekday; entries of one cell keep their order.
            sorted.sort_by_key(|entry| (entry.period, entry.weekday.to_monday_one_offset()));
            read_back.sort_by_key(|entry| (entry.period, entry.weekday.to_monday_one_offset()));
            prop_assert_eq!(read_back, sorted);
        }
    }

    #[test]
    fn any_table_is_read_or_refused(cells in prop::collection::vec(prop::collection::vec("(周一|星期|节次|学科|主讲教师|主讲教室|1|语文|李老师|石门三年级|→|->|《|》|、| |\n|\\(|\\)|（只听）|单周|=){0,6}", 0..5), 0..6)) {
        let _ = read_list(&cells, &Village);
        let _ = read_grid(&cells, &of(), &Village);
    }
}
