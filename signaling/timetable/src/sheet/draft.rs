//! An entry as a sheet says it, before it has an id.

use super::error::{Problem, SheetError};
use super::register::{Register, What};
use crate::entry::{Entry, EntryError, LessonKind, Receiver};
use crate::weeks::Weeks;
use jiff::civil::{Date, Weekday};

/// An entry without id and term, with the cell it comes from. It is right in itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryDraft {
    /// The row of the sheet, from 1.
    pub row: usize,
    /// The column of the grid's cell, from 1; 0 in a list.
    pub column: usize,
    /// The weekday it is taught.
    pub weekday: Weekday,
    /// The period, by the host school's bells.
    pub period: u8,
    /// The subject.
    pub subject: String,
    /// What the lesson is called; the subject, where nothing else is said.
    pub title: String,
    /// The id of the person who teaches.
    pub teacher: String,
    /// The ids of the persons beside the receiving classes.
    pub assistants: Vec<String>,
    /// The id of the classroom it is taught from.
    pub host_classroom: String,
    /// The classrooms that receive it.
    pub receivers: Vec<Receiver>,
    /// Which of the three classrooms it is.
    pub kind: LessonKind,
    /// The weeks it is taught.
    pub weeks: Weeks,
    /// The first day it is taught.
    pub from: Option<Date>,
    /// The last day it is taught.
    pub to: Option<Date>,
}

impl EntryDraft {
    /// The entry, under an id and in a term.
    pub fn into_entry(self, id: impl Into<String>, term: impl Into<String>) -> Entry {
        Entry {
            id: id.into(),
            term: term.into(),
            weekday: self.weekday,
            period: self.period,
            subject: self.subject,
            title: self.title,
            teacher: self.teacher,
            assistants: self.assistants,
            host_classroom: self.host_classroom,
            receivers: self.receivers,
            kind: self.kind,
            weeks: self.weeks,
            from: self.from,
            to: self.to,
        }
    }

    /// Whether it is right in itself. The error says the names of the sheet, not ids.
    pub(super) fn check(&self, register: &impl Register) -> Result<(), SheetError> {
        let checked = self.clone().into_entry("draft", "draft").check();
        checked.map_err(|error| SheetError { row: self.row, column: self.column, problem: Problem::Entry(named(error, register)) })
    }
}

/// The same error with names for ids.
fn named(error: EntryError, register: &impl Register) -> EntryError {
    let room = |id: String| register.name(What::Classroom, &id);
    match error {
        EntryError::ReceiverTwice(id) => EntryError::ReceiverTwice(room(id)),
        EntryError::HostReceives(id) => EntryError::HostReceives(room(id)),
        EntryError::NotInteractive(id) => EntryError::NotInteractive(room(id)),
        EntryError::PersonTwice(id) => EntryError::PersonTwice(register.name(What::Person, &id)),
        other => other,
    }
}

/// Who receives, by the names of a cell: as the kind of lesson has it, unless a mark says otherwise.
pub(super) fn receiver(register: &impl Register, kind: LessonKind, name: &str) -> Result<Receiver, Problem> {
    let (name, mark) = super::words::marked(name);
    let classroom = super::register::id(register, What::Classroom, name)?;
    Ok(Receiver { classroom, interactive: mark.unwrap_or(kind.defaults().interactive) })
}

/// The names of those who receive, with a mark where one is not as the kind of lesson has it.
pub(super) fn receivers_text(register: &impl Register, entry: &Entry) -> String {
    let usual = entry.kind.defaults().interactive;
    let text = |receiver: &Receiver| {
        let mark = match receiver.interactive {
            interactive if interactive == usual => "",
            true => "（互动）",
            false => "（只听）",
        };
        format!("{}{mark}", super::register::text(register, What::Classroom, &receiver.classroom))
    };
    entry.receivers.iter().map(text).collect::<Vec<_>>().join("、")
}
