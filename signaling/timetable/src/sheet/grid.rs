//! The grid: the week of one host classroom, as it hangs beside the door.

use super::draft::{EntryDraft, receiver, receivers_text};
use super::error::{Errors, Problem, SheetError, quoted};
use super::register::{Register, What, id, text};
use super::table::Table;
use super::words;
use crate::entry::{Entry, LessonKind};
use crate::language::{Language, Tell};
use crate::weeks::Weeks;
use jiff::civil::{Date, Weekday};

/// What a grid does not say itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GridOf {
    /// The id of the classroom whose week it is.
    pub host_classroom: String,
    /// The kind of the lessons that name none.
    pub kind: LessonKind,
}

/// The entries of a grid. A row names the weekdays, the column before the first of them the periods; what stands above is ignored. A cell holds a line
/// for each entry: `语文 李老师 → 石门三年级、白水河三年级 (单周)`. The subject ends at the first space; a title may follow it as `《三年级语文》`; names after
/// the teacher's, apart by `、`, are the assistants'. Arrow and classrooms, and the weeks in brackets after a space, may be missing; first and last day stand
/// there too, as `(单周；2026-10-01～2026-12-31)` or `(2026-10-01～)`, and before them the kind of lesson, `(名师课堂；单周)`. A `\` before a sign takes its meaning away: a space in a subject, a 》 in a title.
///
/// # Errors
/// Everything that is wrong, each with its place; then there are no entries at all.
pub fn read_grid(table: &Table, of: &GridOf, register: &impl Register) -> Result<Vec<EntryDraft>, Vec<SheetError>> {
    let Some((top, days)) = table.iter().enumerate().find_map(|(row, cells)| Some((row, days(cells)?))) else {
        let problem = if table.iter().flatten().all(|cell| cell.trim().is_empty()) { Problem::Empty } else { Problem::NoWeekdays };
        return Err(vec![SheetError::of_file(problem)]);
    };
    let left = days.first().map_or(0, |(column, _)| column.saturating_sub(1));
    let (mut drafts, mut errors) = (Vec::new(), Errors::default());
    for (row, cells) in table.iter().enumerate().skip(top + 1) {
        let filled: Vec<_> =
            days.iter().filter_map(|&(column, day)| Some((column, day, cells.get(column)?.trim()))).filter(|(.., cell)| !is_empty(cell)).collect();
        let number = cells.get(left).map(String::as_str).unwrap_or_default();
        let Some(period) = words::period(number) else {
            // 午休 has a row of its own, with nothing in it.
            if !filled.is_empty() {
                errors.push(SheetError::at(row, left, Problem::Period(quoted(number))));
            }
            continue;
        };
        for (column, weekday, cell) in filled {
            for line in cell.lines().map(str::trim).filter(|line| !is_empty(line)) {
                let at = Place { row, column, weekday, period };
                match at.read(line, of, register).and_then(|draft| draft.check(register).map(|()| draft).map_err(|error| error.problem)) {
                    Ok(draft) => drafts.push(draft),
                    Err(problem) => errors.push(SheetError::at(row, column, problem)),
                }
            }
        }
        if errors.is_full() {
            break;
        }
    }
    errors.or(drafts)
}

/// The columns that are headed by a weekday; none: this is no row of weekdays.
fn days(cells: &[String]) -> Option<Vec<(usize, Weekday)>> {
    let is_name = |cell: &str| !cell.trim().bytes().all(|b| b.is_ascii_digit());
    let days: Vec<_> =
        cells.iter().enumerate().skip(1).filter(|(_, cell)| is_name(cell)).filter_map(|(column, cell)| Some((column, words::weekday(cell)?))).collect();
    (!days.is_empty()).then_some(days)
}

/// Whether a cell says that there is no lesson.
fn is_empty(cell: &str) -> bool {
    matches!(cell, "" | "-" | "—" | "——" | "/" | "无")
}

/// A cell of the grid, by its indices from 0.
#[derive(Clone, Copy)]
struct Place {
    row: usize,
    column: usize,
    weekday: Weekday,
    period: u8,
}

impl Place {
    /// A line of the cell.
    fn read(self, line: &str, of: &GridOf, register: &impl Register) -> Result<EntryDraft, Problem> {
        let unreadable = || Problem::Cell(quoted(line));
        let (subject, rest) = words::subject(line).ok_or_else(unreadable)?;
        let (title, rest) = match rest.trim_start().strip_prefix('《') {
            Some(titled) => words::title(titled).ok_or_else(unreadable)?,
            None => (subject.clone(), rest),
        };
        let (rest, when) = match words::trailing_group(rest).filter(|_| words::marked(rest).1.is_none()) {
            Some((rest, when)) => (rest, when_of(when)?),
            None => (rest, When::default()),
        };
        let arrow = words::ARROWS.iter().find_map(|arrow| rest.split_once(arrow));
        let (people, rooms) = arrow.unwrap_or((rest, ""));
        let mut people = words::names(people);
        let teacher = id(register, What::Person, people.next().ok_or_else(unreadable)?)?;
        let assistants: Result<_, Problem> = people.map(|name| id(register, What::Person, name)).collect();
        let kind = when.kind.unwrap_or(of.kind);
        let receivers: Result<_, Problem> = words::names(rooms).map(|name| receiver(register, kind, name)).collect();
        Ok(EntryDraft {
            row: self.row + 1,
            column: self.column + 1,
            weekday: self.weekday,
            period: self.period,
            subject: subject.trim().to_owned(),
            title: title.trim().to_owned(),
            teacher,
            assistants: assistants?,
            host_classroom: of.host_classroom.clone(),
            receivers: receivers?,
            kind,
            weeks: when.weeks,
            from: when.from,
            to: when.to,
        })
    }
}

/// What stands in the last brackets of a line.
struct When {
    kind: Option<LessonKind>,
    weeks: Weeks,
    from: Option<Date>,
    to: Option<Date>,
}

impl Default for When {
    fn default() -> Self {
        Self { kind: None, weeks: Weeks::all(), from: None, to: None }
    }
}

/// `单周`, `2026-10-01～2026-12-31`, or `单周；2026-10-01～2026-12-31`; each also with the kind before it, which may stand alone.
fn when_of(text: &str) -> Result<When, Problem> {
    let (first, rest) = text.split_once(PARTS).unwrap_or((text, ""));
    let kind: Option<LessonKind> = first.trim().parse().ok();
    let text = if kind.is_some() { rest.trim() } else { text };
    let (weeks, days) = match text.rsplit_once(PARTS) {
        Some((weeks, days)) if words::are_days(days) => (weeks, days),
        _ if words::are_days(text) => ("", text),
        _ => (text, ""),
    };
    let (from, to) = if days.is_empty() { (None, None) } else { words::days(days).ok_or_else(|| Problem::Date(quoted(days)))? };
    let may_be_missing = kind.is_some() || !days.is_empty();
    let weeks = if weeks.is_empty() && may_be_missing { Weeks::all() } else { weeks.parse().map_err(Problem::Weeks)? };
    Ok(When { kind, weeks, from, to })
}

/// What stands between the kind, the weeks and the days.
const PARTS: [char; 2] = ['；', ';'];

/// The grid of some entries, which are those of one host classroom; the kind is told of those that are of another. Monday to Friday, and the days beyond on which there is something.
pub fn write_grid(entries: &[Entry], kind: LessonKind, register: &impl Register, language: Language) -> Table {
    let last_day = entries.iter().map(|entry| entry.weekday.to_monday_one_offset()).max().unwrap_or_default().max(5);
    let last_period = entries.iter().map(|entry| entry.period).max().unwrap_or_default();
    let days: Vec<Weekday> = (1..=last_day).filter_map(|day| Weekday::from_monday_one_offset(day).ok()).collect();
    let corner = language.pick("节次", "period").to_owned();
    let head = std::iter::once(corner).chain(days.iter().map(|day| day.tell(language))).collect();
    let row = |period: u8| {
        let cell = |day: &Weekday| {
            let here = entries.iter().filter(|entry| entry.period == period && entry.weekday == *day);
            here.map(|entry| line(entry, kind, register, language)).collect::<Vec<_>>().join("\n")
        };
        std::iter::once(period.to_string()).chain(days.iter().map(cell)).collect()
    };
    std::iter::once(head).chain((1..=last_period).map(row)).collect()
}

fn line(entry: &Entry, usual: LessonKind, register: &impl Register, language: Language) -> String {
    let (subject, title) = (entry.subject.trim(), entry.title.trim());
    let title = if title == subject { String::new() } else { words::titled(title) };
    let people = std::iter::once(&entry.teacher).chain(&entry.assistants).map(|id| text(register, What::Person, id)).collect::<Vec<_>>().join("、");
    let rooms = receivers_text(register, entry);
    let rooms = if rooms.is_empty() { rooms } else { format!(" → {rooms}") };
    let weeks = (!entry.weeks.is_all()).then(|| entry.weeks.tell(language));
    let weeks = weeks.map(|weeks| language.pick(format!("{weeks}周"), weeks));
    let day = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
    let days = (entry.from.is_some() || entry.to.is_some()).then(|| format!("{}{}{}", day(entry.from), language.pick('～', '~'), day(entry.to)));
    let kind = (entry.kind != usual).then(|| entry.kind.tell(language));
    let when: Vec<String> = kind.into_iter().chain(weeks).chain(days).collect();
    let when = if when.is_empty() { String::new() } else { format!(" ({})", when.join(language.pick("；", "; "))) };
    format!("{}{title} {people}{rooms}{when}", words::escaped(subject))
}
