//! An entry of the timetable: who teaches whom what, every week at the same period.

use crate::bells::MAX_PERIOD;
use crate::id::{is_id, is_name};
use crate::language::{Language, Tell, short, told_errors};
use crate::weeks::Weeks;
use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::str::FromStr;
use ts_rs::TS;
use utoipa::ToSchema;

/// The most interactive classrooms of a dedicated lesson (1 拖 4).
pub const MAX_INTERACTIVE: usize = 4;

/// The most receiving classrooms of an entry.
pub const MAX_RECEIVERS: usize = 5000;

/// The most assistants of an entry.
pub const MAX_ASSISTANTS: usize = 64;

/// The most characters of an entry's id: in the ids of its lessons the day follows it.
pub(crate) const MAX_ENTRY_ID: usize = 64 - "-20260907".len();

/// One of the three classrooms (三个课堂).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema, TS)]
#[serde(rename_all = "snake_case")]
pub enum LessonKind {
    /// 专递课堂: a teacher teaches a few classes that answer.
    Dedicated,
    /// 名师课堂: many teachers watch a demonstration, a few speak.
    FamousTeacher,
    /// 名校网络课堂: hundreds of classes receive only.
    FamousSchool,
}

/// What a kind of lesson brings with it unless somebody says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Defaults {
    /// Receiving classrooms are interactive: shown on the host's console, may be called on.
    pub interactive: bool,
    /// Receiving classrooms publish camera and microphone as soon as they join; otherwise only when they are called on.
    pub publish_on_join: bool,
    /// Classrooms are asked for media at all; otherwise nothing ever flows from them.
    pub upstream: bool,
    /// Observers (教研员, 听课教师) are expected.
    pub observers: bool,
}

impl LessonKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Dedicated, Self::FamousTeacher, Self::FamousSchool];

    /// What it brings with it.
    pub fn defaults(self) -> Defaults {
        match self {
            Self::Dedicated => Defaults { interactive: true, publish_on_join: true, upstream: true, observers: false },
            Self::FamousTeacher => Defaults { interactive: false, publish_on_join: false, upstream: true, observers: true },
            Self::FamousSchool => Defaults { interactive: false, publish_on_join: false, upstream: false, observers: false },
        }
    }

    /// Its name for programs and the store.
    pub fn code(self) -> &'static str {
        match self {
            Self::Dedicated => "dedicated",
            Self::FamousTeacher => "famous_teacher",
            Self::FamousSchool => "famous_school",
        }
    }
}

impl FromStr for LessonKind {
    type Err = UnknownKind;

    /// Reads a [`LessonKind::code`], or the name in either language.
    fn from_str(text: &str) -> Result<Self, UnknownKind> {
        let text = text.trim();
        let named = |kind: &Self| {
            let [chinese, english] = [Language::Chinese, Language::English].map(|language| kind.tell(language));
            text == kind.code() || text == chinese || text.eq_ignore_ascii_case(&english) || chinese.strip_suffix("课堂") == Some(text)
        };
        Self::ALL.into_iter().find(named).ok_or_else(|| UnknownKind(short(text)))
    }
}

impl Tell for LessonKind {
    fn tell(&self, language: Language) -> String {
        let (chinese, english) = match self {
            Self::Dedicated => ("专递课堂", "dedicated lesson"),
            Self::FamousTeacher => ("名师课堂", "famous teacher"),
            Self::FamousSchool => ("名校网络课堂", "famous school"),
        };
        language.pick(chinese, english).to_owned()
    }
}

/// A text that names no kind of lesson.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownKind(pub String);

told_errors!(UnknownKind, EntryError);

impl Tell for UnknownKind {
    fn tell(&self, language: Language) -> String {
        let text = &self.0;
        language.pick(
            format!("没有课型“{text}”：请填 专递课堂、名师课堂 或 名校网络课堂"),
            format!("no kind of lesson is “{text}”: use dedicated, famous_teacher or famous_school"),
        )
    }
}

/// A classroom that receives an entry's lessons.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema, TS)]
pub struct Receiver {
    /// Its id.
    pub classroom: String,
    /// Whether it may be called on and is heard.
    pub interactive: bool,
}

/// An entry of the timetable. Ids are 1 to 64 of `A-Z a-z 0-9 _ -`; its own at most 55, for in its lessons' ids the day follows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its id.
    pub id: String,
    /// The term it belongs to.
    pub term: String,
    /// The weekday it is taught.
    pub weekday: Weekday,
    /// The period, by the host school's bells: 1 to [`MAX_PERIOD`].
    pub period: u8,
    /// The subject: 1 to 40 characters.
    pub subject: String,
    /// What the lesson is called: 三年级美术. 1 to 200 characters.
    pub title: String,
    /// The person who teaches.
    pub teacher: String,
    /// The persons beside the receiving classes, at most [`MAX_ASSISTANTS`].
    pub assistants: Vec<String>,
    /// The classroom it is taught from.
    pub host_classroom: String,
    /// The classrooms that receive it, at most [`MAX_RECEIVERS`].
    pub receivers: Vec<Receiver>,
    /// Which of the three classrooms it is.
    pub kind: LessonKind,
    /// The weeks it is taught.
    pub weeks: Weeks,
    /// The first day it is taught; none: from the beginning of the term.
    pub from: Option<Date>,
    /// The last day it is taught; none: until the end of the term.
    pub to: Option<Date>,
}

/// Why an entry is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryError {
    /// An id cannot stand in a URL.
    Id {
        /// The field.
        field: &'static str,
        /// What it holds.
        value: String,
    },
    /// The subject is empty, longer than 40 characters or not text.
    Subject(String),
    /// The title is empty, longer than 200 characters or not text.
    Title(String),
    /// The period is not within 1 to [`MAX_PERIOD`].
    Period(u8),
    /// The last day comes before the first.
    Backwards {
        /// The first day.
        from: Date,
        /// The last day.
        to: Date,
    },
    /// An id longer than [`MAX_ENTRY_ID`].
    LongId(String),
    /// Nobody receives a dedicated lesson.
    NoReceiver,
    /// More than [`MAX_RECEIVERS`].
    TooManyReceivers(usize),
    /// More than [`MAX_INTERACTIVE`] in a dedicated lesson.
    TooManyInteractive(usize),
    /// A receive-only lesson with an interactive classroom.
    NotInteractive(String),
    /// A classroom receives twice.
    ReceiverTwice(String),
    /// The classroom that teaches also receives.
    HostReceives(String),
    /// More than [`MAX_ASSISTANTS`].
    TooManyAssistants(usize),
    /// A person has two parts in one lesson.
    PersonTwice(String),
}

/// The field of an id, as the pages name it.
fn in_chinese(field: &str) -> &'static str {
    match field {
        "term" => "学期",
        "teacher" => "主讲教师",
        "assistant" => "助教",
        "host classroom" => "主讲教室",
        "receiving classroom" => "听讲教室",
        _ => "课程",
    }
}

impl Tell for EntryError {
    fn tell(&self, language: Language) -> String {
        let (chinese, english) = match self {
            Self::Id { field, value } => (
                format!("{}编号“{value}”不可用：请用 1 至 64 个字母、数字、_ 或 -", in_chinese(field)),
                format!("the {field} id “{value}” cannot be used: use 1 to 64 of A-Z a-z 0-9 _ -"),
            ),
            Self::LongId(id) => (
                format!("课表条目编号“{id}”太长：请用至多 {MAX_ENTRY_ID} 个字符，每节课的编号还要在它后面加上日期"),
                format!("the entry id “{id}” is too long: use at most {MAX_ENTRY_ID} characters, for in the ids of its lessons the day follows it"),
            ),
            Self::Subject(text) => (format!("学科“{text}”不可用：请填 1 至 40 个字"), format!("the subject “{text}” cannot be used: use 1 to 40 characters")),
            Self::Title(text) => (format!("课程名称“{text}”不可用：请填 1 至 200 个字"), format!("the title “{text}” cannot be used: use 1 to 200 characters")),
            Self::Period(number) => (format!("第 {number} 节不存在：节次为 1 至 {MAX_PERIOD}"), format!("there is no period {number}: use 1 to {MAX_PERIOD}")),
            Self::Backwards { from, to } => (
                format!("课程在开始（{from}）之前结束（{to}）：请更正日期"),
                format!("the entry ends on {to}, before it starts on {from}: correct one of them"),
            ),
            Self::NoReceiver => {
                ("专递课堂没有听讲教室：请至少选一间".to_owned(), "a dedicated lesson has no receiving classroom: choose at least one".to_owned())
            }
            Self::TooManyReceivers(count) => (
                format!("听讲教室 {count} 间，最多 {MAX_RECEIVERS} 间：请分成几门课"),
                format!("{count} receiving classrooms, {MAX_RECEIVERS} at most: make several entries"),
            ),
            Self::TooManyInteractive(count) => (
                format!("专递课堂有 {count} 间互动教室，最多 {MAX_INTERACTIVE} 间（1 拖 {MAX_INTERACTIVE}）：请把其余的改为只听"),
                format!("{count} interactive classrooms in a dedicated lesson, {MAX_INTERACTIVE} at most: let the others receive only"),
            ),
            Self::NotInteractive(room) => (
                format!("名校网络课堂只能收看，教室“{room}”不能互动：请改为只听，或改课型"),
                format!("a famous school's lesson is receive-only, but the classroom “{room}” is interactive: let it receive only, or change the kind"),
            ),
            Self::ReceiverTwice(room) => (format!("听讲教室“{room}”写了两次：请只留一次"), format!("the classroom “{room}” receives twice: keep it once")),
            Self::HostReceives(room) => (
                format!("主讲教室“{room}”不能同时听讲：请从听讲教室中删去"),
                format!("the classroom “{room}” teaches, so it cannot receive: remove it from the receivers"),
            ),
            Self::TooManyAssistants(count) => {
                (format!("助教 {count} 人，最多 {MAX_ASSISTANTS} 人：请减少"), format!("{count} assistants, {MAX_ASSISTANTS} at most: remove some"))
            }
            Self::PersonTwice(person) => {
                (format!("“{person}”在同一节课里出现两次：请只留一次"), format!("the person “{person}” is in the lesson twice: keep one part"))
            }
        };
        language.pick(chinese, english)
    }
}

impl Entry {
    /// Whether the entry is right in itself; whether the things it names exist is the register's to say.
    ///
    /// # Errors
    /// The first thing that is wrong, with the remedy.
    pub fn check(&self) -> Result<(), EntryError> {
        self.check_ids()?;
        if let (Some(from), Some(to)) = (self.from, self.to)
            && to < from
        {
            return Err(EntryError::Backwards { from, to });
        }
        if self.kind == LessonKind::Dedicated && self.receivers.is_empty() {
            return Err(EntryError::NoReceiver);
        }
        let parts = Parts {
            subject: Some(&self.subject),
            title: &self.title,
            period: Some(self.period),
            kind: Some(self.kind),
            teacher: Some(&self.teacher),
            assistants: &self.assistants,
            host_classroom: Some(&self.host_classroom),
            receivers: &self.receivers,
        };
        parts.check()
    }

    fn check_ids(&self) -> Result<(), EntryError> {
        let ones = [("entry", &self.id), ("term", &self.term), ("teacher", &self.teacher), ("host classroom", &self.host_classroom)];
        let assistants = self.assistants.iter().map(|id| ("assistant", id));
        let receivers = self.receivers.iter().map(|receiver| ("receiving classroom", &receiver.classroom));
        let wrong = ones.into_iter().chain(assistants).chain(receivers).find(|(_, id)| !is_id(id));
        match wrong {
            Some((field, value)) => Err(EntryError::Id { field, value: short(value) }),
            None if self.id.len() > MAX_ENTRY_ID => Err(EntryError::LongId(short(&self.id))),
            None => Ok(()),
        }
    }

    /// Whether it is taught on a date at all, by its first and last day.
    pub fn spans(&self, date: Date) -> bool {
        self.from.is_none_or(|from| from <= date) && self.to.is_none_or(|to| date <= to)
    }
}

/// What entries and single lessons have in common. Of a lesson made by hand, what is missing may come later.
#[derive(Clone, Copy, Debug)]
pub struct Parts<'a> {
    /// [`Entry::subject`].
    pub subject: Option<&'a str>,
    /// [`Entry::title`].
    pub title: &'a str,
    /// [`Entry::period`].
    pub period: Option<u8>,
    /// [`Entry::kind`].
    pub kind: Option<LessonKind>,
    /// [`Entry::teacher`].
    pub teacher: Option<&'a str>,
    /// [`Entry::assistants`].
    pub assistants: &'a [String],
    /// [`Entry::host_classroom`].
    pub host_classroom: Option<&'a str>,
    /// [`Entry::receivers`].
    pub receivers: &'a [Receiver],
}

/// Whether a subject can be shown.
///
/// # Errors
/// [`EntryError::Subject`].
pub fn check_subject(subject: &str) -> Result<(), EntryError> {
    if is_name(subject, 40) { Ok(()) } else { Err(EntryError::Subject(short(subject))) }
}

impl Parts<'_> {
    /// Whether they go together.
    ///
    /// # Errors
    /// The first thing that is wrong, with the remedy.
    pub fn check(&self) -> Result<(), EntryError> {
        self.subject.map_or(Ok(()), check_subject)?;
        if !is_name(self.title, 200) {
            return Err(EntryError::Title(short(self.title)));
        }
        if let Some(period) = self.period.filter(|period| !(1..=MAX_PERIOD).contains(period)) {
            return Err(EntryError::Period(period));
        }
        self.check_people()?;
        self.check_receivers()
    }

    fn check_people(&self) -> Result<(), EntryError> {
        if self.assistants.len() > MAX_ASSISTANTS {
            return Err(EntryError::TooManyAssistants(self.assistants.len()));
        }
        let mut people: HashSet<&str> = self.teacher.into_iter().collect();
        let twice = self.assistants.iter().find(|person| !people.insert(person));
        twice.map_or(Ok(()), |person| Err(EntryError::PersonTwice(person.clone())))
    }

    fn check_receivers(&self) -> Result<(), EntryError> {
        if self.receivers.len() > MAX_RECEIVERS {
            return Err(EntryError::TooManyReceivers(self.receivers.len()));
        }
        let mut rooms = HashSet::new();
        let receive_only = self.kind.is_some_and(|kind| !kind.defaults().upstream);
        for Receiver { classroom, interactive } in self.receivers {
            if Some(classroom.as_str()) == self.host_classroom {
                return Err(EntryError::HostReceives(classroom.clone()));
            }
            if !rooms.insert(classroom) {
                return Err(EntryError::ReceiverTwice(classroom.clone()));
            }
            if *interactive && receive_only {
                return Err(EntryError::NotInteractive(classroom.clone()));
            }
        }
        let interactive = self.receivers.iter().filter(|receiver| receiver.interactive).count();
        let too_many = self.kind == Some(LessonKind::Dedicated) && interactive > MAX_INTERACTIVE;
        if too_many { Err(EntryError::TooManyInteractive(interactive)) } else { Ok(()) }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use jiff::civil::date;

    fn receiver(classroom: &str, interactive: bool) -> Receiver {
        Receiver { classroom: classroom.into(), interactive }
    }

    /// Every Monday, second period.
    pub(crate) fn art() -> Entry {
        Entry {
            id: "art-3".into(),
            term: "2026-autumn".into(),
            weekday: Weekday::Monday,
            period: 2,
            subject: "美术".into(),
            title: "三年级美术".into(),
            teacher: "li".into(),
            assistants: vec!["wang".into()],
            host_classroom: "city-1".into(),
            receivers: vec![receiver("shimen-3", true), receiver("baishui-3", true)],
            kind: LessonKind::Dedicated,
            weeks: Weeks::all(),
            from: None,
            to: None,
        }
    }

    fn error(change: impl FnOnce(&mut Entry)) -> EntryError {
        let mut entry = art();
        change(&mut entry);
        entry.check().unwrap_err()
    }

    #[test]
    fn a_good_entry_is_taken() {
        assert_eq!(art().check(), Ok(()));
        let alone = Entry { kind: LessonKind::FamousTeacher, receivers: vec![], assistants: vec![], ..art() };
        assert_eq!(alone.check(), Ok(()), "observers need no classroom");
    }

    #[test]
    fn one_teaches_four() {
        let rooms = |interactive: usize, others: usize| -> Vec<Receiver> {
            (0..interactive + others).map(|n| receiver(&format!("room-{n}"), n < interactive)).collect()
        };
        assert_eq!(Entry { receivers: rooms(4, 30), ..art() }.check(), Ok(()));
        assert_eq!(error(|e| e.receivers = rooms(5, 0)), EntryError::TooManyInteractive(5));
        assert_eq!(error(|e| e.receivers = vec![]), EntryError::NoReceiver);
        assert_eq!(error(|e| e.receivers = rooms(0, MAX_RECEIVERS + 1)), EntryError::TooManyReceivers(MAX_RECEIVERS + 1));
        let school = |receivers| Entry { kind: LessonKind::FamousSchool, receivers, ..art() }.check();
        assert_eq!(school(rooms(0, 900)), Ok(()));
        assert_eq!(school(rooms(1, 0)), Err(EntryError::NotInteractive("room-0".into())));
    }

    #[test]
    fn nobody_is_there_twice() {
        assert_eq!(error(|e| e.receivers.push(receiver("shimen-3", false))), EntryError::ReceiverTwice("shimen-3".into()));
        assert_eq!(error(|e| e.receivers.push(receiver("city-1", false))), EntryError::HostReceives("city-1".into()));
        assert_eq!(error(|e| e.assistants.push("wang".into())), EntryError::PersonTwice("wang".into()));
        assert_eq!(error(|e| e.assistants.push("li".into())), EntryError::PersonTwice("li".into()));
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert_eq!(error(|e| e.id = "三".into()), EntryError::Id { field: "entry", value: "三".into() });
        assert_eq!(error(|e| e.receivers[0].classroom = String::new()), EntryError::Id { field: "receiving classroom", value: String::new() });
        assert_eq!(error(|e| e.subject = "课".repeat(41)), EntryError::Subject(format!("{}…", "课".repeat(40))));
        assert_eq!(error(|e| e.title = " ".into()), EntryError::Title(" ".into()));
        assert_eq!(error(|e| e.period = 0), EntryError::Period(0));
        assert_eq!(error(|e| e.period = 21), EntryError::Period(21));
        let (from, to) = (date(2026, 10, 2), date(2026, 10, 1));
        assert_eq!(error(|e| (e.from, e.to) = (Some(from), Some(to))), EntryError::Backwards { from, to });
        let many = (0..=MAX_ASSISTANTS).map(|n| format!("a{n}")).collect();
        assert_eq!(error(|e| e.assistants = many), EntryError::TooManyAssistants(MAX_ASSISTANTS + 1));
    }

    #[test]
    fn a_single_lesson_may_lack_what_comes_later() {
        let bare = Parts { subject: None, title: "补课", period: None, kind: None, teacher: None, assistants: &[], host_classroom: None, receivers: &[] };
        assert_eq!(bare.check(), Ok(()));
        assert_eq!(Parts { kind: Some(LessonKind::Dedicated), ..bare }.check(), Ok(()), "nobody receives it yet");
        let rooms = [receiver("a", true)];
        assert_eq!(Parts { host_classroom: Some("a"), receivers: &rooms, ..bare }.check(), Err(EntryError::HostReceives("a".into())));
        assert_eq!(Parts { kind: Some(LessonKind::FamousSchool), receivers: &rooms, ..bare }.check(), Err(EntryError::NotInteractive("a".into())));
        assert_eq!(Parts { subject: Some("a\nb"), ..bare }.check(), Err(EntryError::Subject("a b".into())));
    }

    #[test]
    fn kinds_are_read_as_they_are_written() {
        for kind in LessonKind::ALL {
            for text in [kind.code().to_owned(), kind.tell(Language::Chinese), kind.tell(Language::English)] {
                assert_eq!(text.parse(), Ok(kind), "{text}");
            }
        }
        assert_eq!(" 专递 ".parse(), Ok(LessonKind::Dedicated));
        assert_eq!("慕课".parse::<LessonKind>(), Err(UnknownKind("慕课".into())));
    }
}
