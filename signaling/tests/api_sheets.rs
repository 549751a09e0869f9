//! A school's timetable taken from a sheet, and given out as one.
#![allow(clippy::unwrap_used)]

mod support;

use signaling::api::view::{ImportReport, MakeReport};
use signaling::store::{AuditList, BellPeriod, BellPlan, Entry, LessonList, List, Person, PersonRole, PlannedLesson};
use support::county;
use support::{Folder, Reply, Running, exchange};
use timetable::Zone;
use timetable::sheet::{read, write_xlsx};

const IMPORT: &str = "POST /api/v1/terms/near-term/import?school=near-school";
const EXPORT: &str = "GET /api/v1/terms/near-term/export?school=near-school";
const HEAD: &str = "星期,节次,学科,课程名称,主讲教师,主讲教室,听讲教室\n";
const MUSIC: &str = "周二,1,音乐,三年级音乐,李老师,录播教室,三年级\n";

/// A server, and the school's administrator on it.
struct School {
    server: Running,
    admin: (&'static str, String),
    _folder: Folder,
}

impl School {
    async fn open() -> Self {
        let folder = Folder::new();
        let server = Running::start(&folder.0).await;
        county::counties(&server.store).await;
        let (admin, _) = county::somebody(&server.store, PersonRole::SchoolAdmin).await;
        let admin = county::session(&server.store, &admin, true).await;
        Self { server, admin, _folder: folder }
    }

    async fn send(&self, head: &str, body: &[u8]) -> (Reply, Vec<u8>) {
        exchange(self.server.address, head, &[(self.admin.0, &self.admin.1), ("Accept-Language", "zh-CN")], body).await
    }

    /// What an import answered, with its status.
    async fn import(&self, head: &str, body: impl AsRef<[u8]>) -> (u16, ImportReport) {
        let (reply, _) = self.send(head, body.as_ref()).await;
        let report = serde_json::from_str(&reply.body).unwrap_or_else(|error| panic!("{error}: {reply:?}"));
        (reply.status, report)
    }

    /// Where and what is wrong with a list.
    async fn faults(&self, rows: &str) -> Vec<(Option<usize>, Option<String>, String)> {
        let (status, report) = self.import(IMPORT, format!("{HEAD}{rows}")).await;
        assert_eq!((status, report.created, report.lessons), (422, 0, None), "{:?}", report.errors);
        report.errors.into_iter().map(|error| (error.row, error.column, error.message)).collect()
    }

    async fn entries(&self) -> Vec<Entry> {
        self.server.store.list(&List::default()).await.unwrap()
    }

    async fn lessons(&self) -> usize {
        self.server.store.planned_lessons(&LessonList::between(0, i64::MAX as u64)).await.unwrap().len()
    }
}

#[tokio::test]
async fn a_list_is_taken_once_with_its_lessons() {
    let school = School::open().await;
    let before = (school.entries().await.len(), school.lessons().await);
    let sheet = format!("{HEAD}{MUSIC}周三,2,科学,,李老师,录播教室,近小学三年级\n").replace("近小学三年级", "near小学 三年级");
    let (status, report) = school.import(IMPORT, &sheet).await;
    assert_eq!((status, report.created, report.unchanged, report.errors.len()), (200, 2, 0, 0), "{:?}", report.errors);
    assert_eq!(report.lessons.unwrap().created, 8, "four weeks of two");
    let lines = school.server.store.audit(&AuditList { thing: Some("school"), limit: 9, ..AuditList::default() }).await.unwrap();
    let lines: Vec<_> = lines.iter().map(|line| (line.act.as_str(), line.thing_id.as_str(), line.detail.as_str())).collect();
    assert_eq!(lines, [("import", "near-school", "term near-term: 2 made, 0 there already")]);
    assert_eq!((school.entries().await.len(), school.lessons().await), (before.0 + 2, before.1 + 8));
    let music = school.entries().await.into_iter().find(|entry| entry.subject == "音乐").unwrap();
    assert_eq!((music.teacher.as_str(), music.host_classroom.as_str(), music.receivers[0].classroom.as_str()), ("near-person", "near-room", "near-receiver"));

    let (status, report) = school.import(IMPORT, &sheet).await;
    assert_eq!((status, report.created, report.unchanged), (200, 0, 2), "the same sheet again changes nothing");
    assert_eq!((school.entries().await.len(), school.lessons().await), (before.0 + 2, before.1 + 8));
}

#[tokio::test]
async fn what_is_given_out_is_taken_in_again_unchanged() {
    let school = School::open().await;
    school.import(IMPORT, format!("{HEAD}{MUSIC}")).await;
    let odd = serde_json::json!({
        "id": "odd", "term": "near-term", "weekday": 5, "period": 3, "subject": " 音 乐 ", "title": "《茉莉花》 → 《a ", "teacher": "near-person",
        "assistants": [], "host_classroom": "near-room", "receivers": [{ "classroom": "near-receiver", "interactive": true }], "kind": "dedicated",
        "weeks": "2-4", "from_day": "2099-09-15", "to_day": null
    });
    let headers = [(school.admin.0, school.admin.1.as_str()), ("Content-Type", "application/json")];
    let made = school.server.request("POST /api/v1/entries", &headers, &odd.to_string()).await;
    assert_eq!(made.status, 201, "{made:?}");
    let odd = school.entries().await.into_iter().find(|entry| entry.id == "odd").unwrap();
    assert_eq!((odd.subject.as_str(), odd.title.as_str()), ("音 乐", "《茉莉花》 → 《a"));
    for (format, layout, entries) in [("csv", "list", 3), ("xlsx", "list", 3), ("csv", "grid&classroom=near-room", 3), ("xlsx", "grid&classroom=near-room", 3)]
    {
        let (reply, bytes) = school.send(&format!("{EXPORT}&format={format}&layout={layout}"), b"").await;
        assert_eq!(reply.status, 200, "{reply:?}");
        assert_eq!(reply.header("content-disposition").unwrap(), format!("attachment; filename=\"timetable-near-term.{format}\""));
        assert!(read(&bytes).unwrap().concat().concat().contains("李老师"), "{format} {layout}");
        let (status, report) = school.import(&format!("{IMPORT}&layout={layout}"), bytes).await;
        assert_eq!((status, report.created, report.unchanged), (200, 0, entries), "{format} {layout}: {:?}", report.errors);
    }
    let (reply, _) = school.send(&format!("{EXPORT}&layout=grid&classroom=far-room"), b"").await;
    assert_eq!(reply.status, 404, "another school's classroom");
    let (reply, _) = school.send(&format!("{EXPORT}&layout=grid"), b"").await;
    assert_eq!((reply.status, reply.problem().detail.as_str()), (400, "周课表须指明主讲教室（classroom）"));
}

#[tokio::test]
async fn a_clash_names_row_and_both_lessons_and_nothing_is_stored() {
    let school = School::open().await;
    school.import(IMPORT, format!("{HEAD}{MUSIC}")).await;
    let before = (school.entries().await.len(), school.lessons().await);
    let faults =
        school.faults("周四,1,美术,,李老师,录播教室,三年级\n周二,1,科学,四年级科学,李老师,录播教室,三年级\n周四,1,书法,,李老师,录播教室,三年级\n").await;
    assert_eq!(faults.iter().map(|(row, column, _)| (*row, column.as_deref())).collect::<Vec<_>>(), [(Some(3), None), (Some(4), None)]);
    assert!(
        faults[0].2.contains("《三年级音乐》（near小学）") && faults[0].2.contains("《四年级科学》") && faults[0].2.contains("9月8日（第1周 周二）08:00"),
        "{faults:?}"
    );
    assert!(faults[1].2.contains("《美术》") && faults[1].2.contains("《书法》"), "rows among themselves: {faults:?}");
    assert_eq!((school.entries().await.len(), school.lessons().await), before);
}

#[tokio::test]
async fn of_a_lesson_that_the_school_may_not_see_nothing_is_told() {
    let school = School::open().await;
    let at = |day: u8, minute: u16| Zone::default().instant(format!("2099-09-{day:02}").parse().unwrap(), minute).unwrap();
    let far = |id: &str, start_ms: u64| PlannedLesson {
        id: id.into(),
        title: "别县的课".into(),
        host_classroom: Some("far-room".into()),
        teacher: Some("near-person".into()),
        receivers: Vec::new(),
        start_ms,
        end_ms: start_ms + 2_400_000,
        ..county::lesson(county::Side::Far, "x")
    };
    let store = &school.server.store;
    let made = async || {
        let (reply, _) = school.send("POST /api/v1/terms/near-term/lessons?school=near-school", b"").await;
        serde_json::from_str::<MakeReport>(&reply.body).unwrap_or_else(|error| panic!("{error}: {reply:?}"))
    };
    made().await;
    // The school's teacher teaches for another county: on a Tuesday in the first period, and on a Monday where the second is moved to.
    store.create_lessons(&[far("far-1", at(8, 480)), far("far-2", at(7, 650))], 1).await.unwrap();
    let mut bells = store.get::<BellPlan>("near-bells").await.unwrap().unwrap();
    bells.periods.truncate(1);
    bells.periods.push(BellPeriod { number: 2, start_min: 640, end_min: 680 });
    store.update(&bells).await.unwrap();
    let told = "排不下：教师或教室在这段时间已被占用；请换时间、教师或教室";
    assert_eq!(school.faults(MUSIC).await, [(Some(2), None, format!("《三年级音乐》{told}"))]);
    assert_eq!(made().await.failed, [format!("near-entry-20990907: 《三年级美术》{told}")]);
    // Of one that it may see, all is.
    let own = PlannedLesson { host_classroom: Some("near-room".into()), title: "补课".into(), ..far("near-1", at(9, 640)) };
    store.create_lessons(&[own], 1).await.unwrap();
    let faults = school.faults("周三,2,科学,,李老师,录播教室,三年级\n").await;
    assert!(faults[0].2.contains("《补课》（near小学）"), "{faults:?}");
}

#[tokio::test]
async fn what_is_wrong_is_told_by_row_and_column() {
    let school = School::open().await;
    let before = school.entries().await;
    let far = Person {
        id: "far-zhao".into(),
        login: "zhao".into(),
        name: "赵老师".into(),
        school: Some("far-school".into()),
        region: None,
        closed_ms: None,
        version: 1,
    };
    school.server.store.create(&far, 1).await.unwrap();
    let cell = |row: usize, column: &str, message: &str| (Some(row), Some(column.to_owned()), message.to_owned());
    let half = school.faults("周二,,音乐,,李老师,录播教室,三年级\n周八,1,音乐,,赵老师,录播教室,三年级\n").await;
    let expected = [
        cell(2, "B", "没有填节次：请填写"),
        cell(3, "A", "“周八”不是星期：请填 周一 至 周日"),
        // Of another county: for this school there is no such teacher.
        cell(3, "E", "没有叫“赵老师”的教师：请更正，或先登记"),
    ];
    assert_eq!(half, expected);
    assert_eq!(
        school.faults("周二,1,\"音乐,,李老师,录播教室,三年级\n周三,1,美术,,李老师,录播教室,三年级\n").await,
        [cell(2, "C", "引号没有结束：请在这一格末尾补上引号，或删去开头的引号")]
    );
    assert_eq!(school.faults("周二,1,=1+1,,李老师,录播教室,三年级\n").await, [cell(2, "C", "单元格是公式：请改为文字（复制后“选择性粘贴—数值”）")]);
    let elsewhere = school.faults("周二,1,音乐,,李老师,far-room,三年级\n").await;
    assert_eq!(elsewhere, [cell(2, "F", "没有叫“far-room”的教室：请更正，或先登记")]);
    let whole = [
        (b"".to_vec(), "表格是空的：请至少填一行"),
        (vec![0xFF, 0x00, 0x80, 0xFF], "看不懂文件的文字编码：请在 Excel 中另存为“CSV UTF-8”或 .xlsx"),
        (vec![0xD0, 0xCF, 0x11, 0xE0, 1, 2], "文件是旧版 Excel（.xls）或有密码：请去掉密码并另存为 .xlsx"),
        (vec![b'x'; 5 * 1024 * 1024 + 1], "文件有 5.0 MB，最大 5 MB：请删去其他内容或分成几个文件"),
    ];
    for (bytes, message) in whole {
        let (status, report) = school.import(IMPORT, bytes).await;
        assert_eq!((status, report.errors[0].row, report.errors[0].message.as_str()), (422, None, message));
    }
    let (huge, _) = school.send(IMPORT, &vec![b'x'; 6 * 1024 * 1024]).await;
    // A server that stops reading may be gone before its answer is read.
    assert!(huge.status == 413 || huge.status == 0, "{huge:?}");
    let english = exchange(school.server.address, IMPORT, &[(school.admin.0, &school.admin.1), ("Accept-Language", "en")], b"").await.0;
    assert!(english.body.contains("the table is empty"), "{english:?}");
    assert_eq!(school.entries().await, before, "nothing was stored");
}

#[tokio::test]
async fn a_row_that_would_never_be_taught_is_told() {
    let school = School::open().await;
    let before = (school.entries().await.len(), school.lessons().await);
    let faults = school.faults("周二,1,音乐,,李老师,录播教室,三年级\n周三,9,科学,,李老师,录播教室,三年级\n").await;
    assert_eq!(faults.iter().map(|(row, _, _)| *row).collect::<Vec<_>>(), [Some(3)]);
    assert!(faults[0].2.ends_with("一节也排不出来：作息“夏季”没有第 9 节；请更正节次，或先设置作息"), "{faults:?}");
    assert_eq!((school.entries().await.len(), school.lessons().await), before, "nothing was stored");
}

#[tokio::test]
async fn what_excel_saves_in_china_is_read() {
    let school = School::open().await;
    // GB18030 of the headings and one row, as Excel saves "CSV".
    let text = format!("{HEAD}{MUSIC}");
    let gbk = encoding_rs::GB18030.encode(&text).0.into_owned();
    assert!(std::str::from_utf8(&gbk).is_err());
    let (status, report) = school.import(IMPORT, &gbk).await;
    assert_eq!((status, report.created), (200, 1), "{:?}", report.errors);
    let table = text.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect();
    let (status, report) = school.import(IMPORT, write_xlsx("课表", &table).unwrap()).await;
    assert_eq!((status, report.created, report.unchanged), (200, 0, 1), "{:?}", report.errors);
}

#[tokio::test]
async fn nobody_takes_a_sheet_in_for_another_school() {
    let school = School::open().await;
    for (head, status) in [
        ("POST /api/v1/terms/near-term/import?school=far-school", 404),
        ("POST /api/v1/terms/far-term/import?school=near-school", 404),
        ("POST /api/v1/terms/near-term/import", 400),
        ("POST /api/v1/terms/near-term/import?school=near-school&layout=spiral", 400),
        ("GET /api/v1/terms/near-term/export?school=far-school", 404),
        ("GET /api/v1/terms/near-term/export?school=near-school&format=pdf", 400),
    ] {
        let (reply, _) = school.send(head, format!("{HEAD}{MUSIC}").as_bytes()).await;
        assert_eq!(reply.status, status, "{head}: {reply:?}");
        reply.problem();
    }
}
