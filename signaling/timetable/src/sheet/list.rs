//! The list: a row for each entry.

use super::draft::{EntryDraft, receiver, receivers_text};
use super::error::{Errors, Problem, SheetError, quoted};
use super::register::{Register, What, id, text};
use super::table::Table;
use super::words;
use crate::entry::{Entry, EntryError, LessonKind};
use crate::language::{Language, Tell};
use crate::weeks::Weeks;
use jiff::civil::Date;

/// A column of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Weekday,
    Period,
    Subject,
    Title,
    Teacher,
    Assistants,
    Host,
    Receivers,
    Kind,
    Weeks,
    From,
    To,
}

impl Column {
    const ALL: [Self; 12] = [
        Self::Weekday,
        Self::Period,
        Self::Subject,
        Self::Title,
        Self::Teacher,
        Self::Assistants,
        Self::Host,
        Self::Receivers,
        Self::Kind,
        Self::Weeks,
        Self::From,
        Self::To,
    ];

    /// Its heading in Chinese and in English, and what else it is called.
    fn headings(self) -> (&'static str, &'static str, &'static [&'static str]) {
        match self {
            Self::Weekday => ("星期", "weekday", &["周几", "day"]),
            Self::Period => ("节次", "period", &["节", "第几节"]),
            Self::Subject => ("学科", "subject", &["科目"]),
            Self::Title => ("课程名称", "title", &["课程", "课名", "名称", "name"]),
            Self::Teacher => ("主讲教师", "teacher", &["教师", "老师", "主讲老师", "lead teacher"]),
            Self::Assistants => ("助教", "assistants", &["助教教师", "助教老师", "assistant"]),
            Self::Host => ("主讲教室", "host classroom", &["主讲", "host", "classroom"]),
            Self::Receivers => ("听讲教室", "receiving classrooms", &["听讲", "接收教室", "receivers", "receiving"]),
            Self::Kind => ("课型", "kind", &["课堂类型", "类型", "type"]),
            Self::Weeks => ("周次", "weeks", &["周", "week"]),
            Self::From => ("开始日期", "from", &["起始日期"]),
            Self::To => ("结束日期", "to", &["截止日期", "until"]),
        }
    }

    /// Whether a list without it says nothing.
    fn is_needed(self) -> bool {
        matches!(self, Self::Weekday | Self::Period | Self::Subject | Self::Teacher | Self::Host)
    }

    fn named(heading: &str) -> Option<Self> {
        let heading = words::folded(heading);
        let is = |name: &&str| words::folded(name) == heading;
        Self::ALL.into_iter().find(|column| {
            let (chinese, english, others) = column.headings();
            is(&chinese) || is(&english) || others.iter().any(is)
        })
    }
}

/// The entries of a list. The first row that holds anything has the headings, 星期, 节次, 学科, 课程名称, 主讲教师, 助教, 主讲教室, 听讲教室, 课型, 周次,
/// 开始日期, 结束日期, in any order; the title, assistants, receiving classrooms, kind (专递课堂), weeks (全) and days may be missing. Several names in a cell
/// stand apart by `、` or `;`. A receiving classroom is interactive as the kind of lesson has it, unless `（互动）` or `（只听）` stands behind its name.
///
/// # Errors
/// Everything that is wrong, each with its place; then there are no entries at all.
pub fn read_list(table: &Table, register: &impl Register) -> Result<Vec<EntryDraft>, Vec<SheetError>> {
    let mut rows = table.iter().enumerate().filter(|(_, cells)| cells.iter().any(|cell| !cell.trim().is_empty()));
    let Some((first, headings)) = rows.next() else {
        return Err(vec![SheetError::of_file(Problem::Empty)]);
    };
    let columns = columns(first, headings)?;
    let (mut drafts, mut errors) = (Vec::new(), Errors::default());
    for (row, cells) in rows {
        if errors.is_full() {
            break;
        }
        drafts.extend(Row { row, cells, columns: &columns, errors: &mut errors }.read(register));
    }
    errors.or(drafts)
}

/// Which column of the list each column of the table is.
fn columns(row: usize, headings: &[String]) -> Result<Vec<Option<Column>>, Vec<SheetError>> {
    let (mut columns, mut errors) = (Vec::new(), Errors::default());
    for (index, heading) in headings.iter().enumerate() {
        let column = Column::named(heading);
        let problem = match column {
            Some(column) if columns.contains(&Some(column)) => Some(Problem::ColumnTwice(quoted(heading))),
            None if !heading.trim().is_empty() => Some(Problem::UnknownColumn(quoted(heading))),
            _ => None,
        };
        problem.into_iter().for_each(|problem| errors.push(SheetError::at(row, index, problem)));
        columns.push(column);
    }
    for missing in Column::ALL.into_iter().filter(|column| column.is_needed() && !columns.contains(&Some(*column))) {
        let (chinese, english, _) = missing.headings();
        errors.push(SheetError { row: row + 1, column: 0, problem: Problem::NoColumn { chinese, english } });
    }
    errors.or(columns)
}

/// A row that is being read.
struct Row<'a> {
    row: usize,
    cells: &'a [String],
    columns: &'a [Option<Column>],
    errors: &'a mut Errors,
}

impl Row<'_> {
    /// The entry of the row; none: an error was noted. All cells are read, so that every error of the row is found.
    fn read(mut self, register: &impl Register) -> Option<EntryDraft> {
        let weekday = self.needed(Column::Weekday, |text| words::weekday(text).ok_or_else(|| Problem::Weekday(quoted(text))));
        let period = self.needed(Column::Period, |text| words::period(text).ok_or_else(|| Problem::Period(quoted(text))));
        let subject = self.needed(Column::Subject, |text| Ok(text.to_owned()));
        let title = self.maybe(Column::Title, |text| Ok(text.to_owned()));
        let teacher = self.needed(Column::Teacher, |text| id(register, What::Person, text));
        let assistants = self.several(Column::Assistants, |name| id(register, What::Person, name));
        let host_classroom = self.needed(Column::Host, |text| id(register, What::Classroom, text));
        let kind = self.maybe(Column::Kind, |text| text.parse().map_err(Problem::Kind));
        let supposed = kind.flatten().unwrap_or(LessonKind::Dedicated);
        let receivers = self.several(Column::Receivers, |name| receiver(register, supposed, name));
        let weeks = self.maybe(Column::Weeks, |text| text.parse().map_err(Problem::Weeks));
        let from = self.maybe(Column::From, day);
        let to = self.maybe(Column::To, day);
        let subject = subject?;
        let draft = EntryDraft {
            row: self.row + 1,
            column: 0,
            weekday: weekday?,
            period: period?,
            title: title?.unwrap_or_else(|| subject.clone()),
            subject,
            teacher: teacher?,
            assistants: assistants?,
            host_classroom: host_classroom?,
            receivers: receivers?,
            kind: kind?.unwrap_or(LessonKind::Dedicated),
            weeks: weeks?.unwrap_or_else(Weeks::all),
            from: from?,
            to: to?,
        };
        draft.check(register).map_err(|error| self.errors.push(SheetError { column: self.number_of(&error.problem), ..error })).ok()?;
        Some(draft)
    }

    /// The column, from 1, that an entry is wrong by; 0: the list has no such column.
    fn number_of(&self, problem: &Problem) -> usize {
        let Problem::Entry(error) = problem else { return 0 };
        let index = |column| self.columns.iter().position(|other| *other == Some(column));
        blamed(error).iter().find_map(|column| index(*column)).map_or(0, |index| index + 1)
    }

    /// A cell with its index; empty where the list has no such column.
    fn cell(&self, column: Column) -> (usize, &str) {
        let index = self.columns.iter().position(|other| *other == Some(column)).unwrap_or_default();
        let has = self.columns.contains(&Some(column));
        (index, self.cells.get(index).filter(|_| has).map(|cell| cell.trim()).unwrap_or_default())
    }

    fn note(&mut self, index: usize, problem: Problem) {
        self.errors.push(SheetError::at(self.row, index, problem));
    }

    /// What a cell says; none: an error was noted.
    fn needed<T>(&mut self, column: Column, read: impl FnOnce(&str) -> Result<T, Problem>) -> Option<T> {
        let (index, text) = self.cell(column);
        let (chinese, english, _) = column.headings();
        let read = if text.is_empty() { Err(Problem::NoValue { chinese, english }) } else { read(text) };
        read.map_err(|problem| self.note(index, problem)).ok()
    }

    /// What a cell says, that may be empty; none: an error was noted.
    fn maybe<T>(&mut self, column: Column, read: impl FnOnce(&str) -> Result<T, Problem>) -> Option<Option<T>> {
        let (index, text) = self.cell(column);
        let read = if text.is_empty() { Ok(None) } else { read(text).map(Some) };
        read.map_err(|problem| self.note(index, problem)).ok()
    }

    /// What each name of a cell says; none: an error was noted.
    fn several<T>(&mut self, column: Column, mut read: impl FnMut(&str) -> Result<T, Problem>) -> Option<Vec<T>> {
        let (index, text) = self.cell(column);
        let (mut good, mut problems) = (Vec::new(), Vec::new());
        for name in words::names(text) {
            match read(name) {
                Ok(one) => good.push(one),
                Err(problem) => problems.push(problem),
            }
        }
        let is_good = problems.is_empty();
        problems.into_iter().for_each(|problem| self.note(index, problem));
        is_good.then_some(good)
    }
}

/// What says it that is wrong; where the list has no such column, the next does.
fn blamed(error: &EntryError) -> &'static [Column] {
    match error {
        EntryError::Id { .. } | EntryError::LongId(_) => &[],
        EntryError::Subject(_) => &[Column::Subject],
        EntryError::Title(_) => &[Column::Title, Column::Subject],
        EntryError::Period(_) => &[Column::Period],
        EntryError::Backwards { .. } => &[Column::To, Column::From],
        EntryError::NoReceiver
        | EntryError::TooManyReceivers(_)
        | EntryError::TooManyInteractive(_)
        | EntryError::NotInteractive(_)
        | EntryError::ReceiverTwice(_)
        | EntryError::HostReceives(_) => &[Column::Receivers],
        EntryError::TooManyAssistants(_) | EntryError::PersonTwice(_) => &[Column::Assistants],
    }
}

fn day(text: &str) -> Result<Date, Problem> {
    words::date(text).ok_or_else(|| Problem::Date(quoted(text)))
}

/// The list of some entries, with headings, weekdays, kinds and weeks in a language; it reads back in either.
pub fn write_list(entries: &[Entry], register: &impl Register, language: Language) -> Table {
    let heading = |column: Column| {
        let (chinese, english, _) = column.headings();
        language.pick(chinese, english).to_owned()
    };
    let headings = Column::ALL.map(heading).to_vec();
    let row = |entry: &Entry| Column::ALL.map(|column| written(column, entry, register, language)).to_vec();
    std::iter::once(headings).chain(entries.iter().map(row)).collect()
}

fn written(column: Column, entry: &Entry, register: &impl Register, language: Language) -> String {
    let people = |ids: &[String]| ids.iter().map(|id| text(register, What::Person, id)).collect::<Vec<_>>().join("、");
    let day = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
    match column {
        Column::Weekday => entry.weekday.tell(language),
        Column::Period => entry.period.to_string(),
        Column::Subject => entry.subject.clone(),
        Column::Title => entry.title.clone(),
        Column::Teacher => text(register, What::Person, &entry.teacher),
        Column::Assistants => people(&entry.assistants),
        Column::Host => text(register, What::Classroom, &entry.host_classroom),
        Column::Receivers => receivers_text(register, entry),
        Column::Kind => entry.kind.tell(language),
        Column::Weeks => entry.weeks.tell(language),
        Column::From => day(entry.from),
        Column::To => day(entry.to),
    }
}
