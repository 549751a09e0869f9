//! From the bytes of a sheet to entries and lessons that are stored, or to what is wrong with it.

use super::super::Caller;
use super::super::clash::Hidden;
use super::super::lessons::visible;
use super::super::problem::unavailable;
use super::super::resource::pages_of;
use super::super::view::RowError;
use super::roster::Roster;
use super::{ImportReport, told};
use crate::account::secret;
use crate::http::Problem;
use crate::hub::Hub;
use crate::schedule::{ScheduleError, lessons_of_new};
use crate::store::{Entry, PlannedLesson, StoreError, Term};
use axum::body::Bytes;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use timetable::sheet::{self, EntryDraft, GridOf, Register, SheetError, What};
use timetable::{Booked, Booking, Calendar, Clash, Date, Language, Names, Resource, Tell, Zone, clashes};
use tokio::sync::Semaphore;

/// Files read at once: each may unpack to many megabytes.
static TURNS: Semaphore = Semaphore::const_new(2);

/// Entries of one file; a school has a few hundred.
const MOST_ENTRIES: usize = 2_000;

/// Clashes that are told.
const TOLD: usize = 100;

/// A file, and whose week it is where it is a grid.
pub(super) struct Sheet {
    pub(super) bytes: Bytes,
    pub(super) grid: Option<GridOf>,
}

/// Where a draft stood in its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Cell {
    row: usize,
    column: usize,
}

/// One import of one school's sheet.
pub(super) struct Import<'a> {
    pub(super) hub: &'a Hub,
    pub(super) caller: &'a Caller,
    pub(super) term: &'a Term,
    pub(super) school: &'a str,
    pub(super) roster: Arc<Roster>,
}

impl Import<'_> {
    /// Reads and stores; what is wrong with the sheet is in the report, and then nothing is stored.
    pub(super) async fn run(self, sheet: Sheet) -> Result<ImportReport, Problem> {
        let language = self.caller.paper_language;
        let drafts = match self.read(sheet).await? {
            Ok(drafts) => drafts,
            Err(errors) => return Ok(refused(errors.iter().map(|error| row_error(error, language)).collect())),
        };
        let misplaced = self.misplaced(&drafts);
        if !misplaced.is_empty() {
            return Ok(refused(misplaced));
        }
        let (new, unchanged) = self.new_ones(drafts).await?;
        let calendar = self.term.rules().map_err(|error| self.caller.refused(error))?;
        let entries: Vec<Entry> = new.iter().map(|(_, entry)| entry.clone()).collect();
        let planned = lessons_of_new(&self.hub.store, &calendar, &entries, &self.hub.config.zone, self.caller.now_ms).await;
        let (lessons, report) = match planned {
            Ok(planned) => planned,
            Err(ScheduleError::Store(error)) => return Err(self.caller.refused(error)),
            Err(other) => return Ok(refused(vec![of_file(other.tell(language))])),
        };
        let cells: HashMap<&str, Cell> = new.iter().map(|(cell, entry)| (entry.id.as_str(), *cell)).collect();
        let never = report.failed.iter().filter_map(|failure| Some(at(*cells.get(failure.thing.as_str())?, failure.why.tell(language))));
        let never: Vec<RowError> = never.take(TOLD).collect();
        if !never.is_empty() {
            return Ok(refused(never));
        }
        let errors = self.clashing(&calendar, &cells, &lessons).await?;
        if !errors.is_empty() {
            return Ok(refused(errors));
        }
        match self.hub.store.create_entries(&entries, &lessons, self.caller.now_ms).await {
            Ok(()) => Ok(ImportReport { created: entries.len(), unchanged, errors: Vec::new(), lessons: Some(told(self.hub, self.caller, report).await) }),
            // Somebody booked in this moment.
            Err(error @ StoreError::Clash { .. }) => Ok(refused(vec![self.overtaken(&error, &cells, &lessons).await])),
            Err(error) => Err(self.caller.refused(error)),
        }
    }

    /// The entries as the sheet says them. A large file takes its time, and a thread of its own.
    async fn read(&self, sheet: Sheet) -> Result<Result<Vec<EntryDraft>, Vec<SheetError>>, Problem> {
        let ended = || unavailable(self.caller.language, "文件没能读出来，请再试一次", "the file could not be read; try again", 2);
        let _turn = TURNS.acquire().await.map_err(|_| ended())?;
        let roster = self.roster.clone();
        let read = move || {
            let table = sheet::read(&sheet.bytes)?;
            match &sheet.grid {
                Some(grid) => sheet::read_grid(&table, grid, &*roster),
                None => sheet::read_list(&table, &*roster),
            }
        };
        tokio::task::spawn_blocking(read).await.map_err(|_| ended())
    }

    /// Rows that are not taught in the school, and too many rows.
    fn misplaced(&self, drafts: &[EntryDraft]) -> Vec<RowError> {
        let language = self.caller.paper_language;
        if drafts.len() > MOST_ENTRIES {
            let (count, most) = (drafts.len(), MOST_ENTRIES);
            let message = match language {
                Language::Chinese => format!("有 {count} 门课，一次最多导入 {most} 门：请分成几个文件"),
                Language::English => format!("there are {count} entries, {most} at most at once: make several files"),
            };
            return vec![of_file(message)];
        }
        let elsewhere = drafts.iter().filter(|draft| self.caller.geography.school_of(&draft.host_classroom) != Some(self.school));
        let told = |draft: &EntryDraft| {
            let room = self.roster.name(What::Classroom, &draft.host_classroom);
            let message = match language {
                Language::Chinese => format!("主讲教室“{room}”不是这所学校的：请更正，或在那所学校导入"),
                Language::English => format!("the host classroom “{room}” is not of this school: correct it, or import it there"),
            };
            at(Cell { row: draft.row, column: draft.column }, message)
        };
        elsewhere.take(TOLD).map(told).collect()
    }

    /// The entries that are not there yet, each with its place, and how many are. A row stands for one entry.
    async fn new_ones(&self, drafts: Vec<EntryDraft>) -> Result<(Vec<(Cell, Entry)>, usize), Problem> {
        let stored: Vec<Entry> = pages_of(self.hub, self.caller, Some(&self.term.id)).await?;
        let mut there: HashMap<(String, u8, u8), Vec<timetable::Entry>> = HashMap::new();
        for entry in stored {
            let key = (entry.host_classroom.clone(), entry.weekday, entry.period);
            let rules = entry.rules().map_err(|error| self.caller.refused(error))?;
            there.entry(key).or_default().push(content(rules));
        }
        let (mut new, mut unchanged) = (Vec::new(), 0);
        for draft in drafts {
            let cell = Cell { row: draft.row, column: draft.column };
            let wanted = content(draft.into_entry(secret::id(), self.term.id.clone()));
            let entry = stored_form(&wanted);
            let same = there.get_mut(&(entry.host_classroom.clone(), entry.weekday, entry.period));
            let found = same.and_then(|same| Some((same.iter().position(|other| is_same(other, &wanted))?, same)));
            match found {
                Some((position, same)) => {
                    same.swap_remove(position);
                    unchanged += 1;
                }
                None => new.push((cell, entry)),
            }
        }
        Ok((new, unchanged))
    }

    /// The first clash of each entry, with what is booked or with another row.
    async fn clashing(&self, calendar: &Calendar, cells: &HashMap<&str, Cell>, lessons: &[PlannedLesson]) -> Result<Vec<RowError>, Problem> {
        let wanted: Vec<Booking> = lessons.iter().flat_map(bookings).collect();
        let booked = Booked::new(self.booked(&wanted).await?);
        let entry_of: HashMap<&str, &str> = lessons.iter().filter_map(|lesson| Some((lesson.id.as_str(), lesson.entry.as_deref()?))).collect();
        let place = |lesson: &str| entry_of.get(lesson).and_then(|entry| cells.get(entry)).copied();
        let mut first: BTreeMap<Cell, Clash> = BTreeMap::new();
        for clash in booked.clashes_with(&wanted).into_iter().chain(clashes(&wanted)) {
            // Of two rows the later one is told.
            if let Some(cell) = place(&clash.a.lesson).max(place(&clash.b.lesson)) {
                first.entry(cell).or_insert(clash);
            }
        }
        let told: Vec<(Cell, Clash)> = first.into_iter().take(TOLD).collect();
        let names = Told { titles: self.titles(&told, lessons).await?, import: self, calendar };
        Ok(told.into_iter().map(|(cell, clash)| at(cell, clash.message(&names, self.caller.paper_language))).collect())
    }

    /// What is booked of what is wanted, while it is wanted.
    async fn booked(&self, wanted: &[Booking]) -> Result<Vec<Booking>, Problem> {
        let from = wanted.iter().map(|booking| booking.start_ms).min().unwrap_or_default();
        let to = wanted.iter().map(|booking| booking.end_ms).max().unwrap_or_default();
        let resources: HashMap<String, &Resource> = wanted.iter().map(|booking| (booking.what.code(), &booking.what)).collect();
        let mut booked = Vec::new();
        for (code, what) in resources {
            let held = self.hub.store.bookings(Some(&code), from, to).await.map_err(|error| self.caller.refused(error))?;
            let held = held.into_iter().map(|held| Booking { lesson: held.lesson, what: what.clone(), start_ms: held.start_ms, end_ms: held.end_ms });
            booked.extend(held);
        }
        Ok(booked)
    }

    /// The titles and host classrooms of the lessons that may be told.
    async fn titles(&self, told: &[(Cell, Clash)], lessons: &[PlannedLesson]) -> Result<HashMap<String, (String, Option<String>)>, Problem> {
        let ids: Vec<String> = told.iter().flat_map(|(_, clash)| [&clash.a.lesson, &clash.b.lesson]).cloned().collect();
        let stored = self.hub.store.planned_lessons_of(&ids).await.map_err(|error| self.caller.refused(error))?;
        let of = |lesson: &PlannedLesson| (lesson.id.clone(), (lesson.title.clone(), lesson.host_classroom.clone()));
        Ok(stored.iter().filter(|lesson| visible(self.caller, lesson)).chain(lessons).map(of).collect())
    }

    /// A clash that only the store saw.
    async fn overtaken(&self, error: &StoreError, cells: &HashMap<&str, Cell>, lessons: &[PlannedLesson]) -> RowError {
        let language = self.caller.paper_language;
        let StoreError::Clash { lesson, other, .. } = error else { return of_file(error.tell(language)) };
        let message = Hidden::among(self.hub, self.caller, vec![other.clone()]).await.detail(self.caller, error, language);
        let entry = lessons.iter().find(|own| own.id == *lesson).and_then(|own| own.entry.as_deref());
        entry.and_then(|entry| cells.get(entry)).map_or_else(|| of_file(message.clone()), |cell| at(*cell, message.clone()))
    }
}

/// Names for a clash's message.
struct Told<'a> {
    titles: HashMap<String, (String, Option<String>)>,
    import: &'a Import<'a>,
    calendar: &'a Calendar,
}

impl Names for Told<'_> {
    fn resource(&self, what: &Resource) -> String {
        let roster = &self.import.roster;
        match what {
            Resource::Teacher(id) | Resource::Assistant(id) => roster.name(What::Person, id),
            Resource::Classroom(id) => roster.name(What::Classroom, id),
            Resource::Device(id) => id.clone(),
        }
    }

    fn lesson(&self, id: &str) -> Option<String> {
        self.titles.get(id).map(|(title, _)| title.clone())
    }

    fn place(&self, lesson: &str) -> Option<String> {
        let geography = &self.import.caller.geography;
        let school = geography.school_of(self.titles.get(lesson)?.1.as_deref()?)?;
        geography.name(&crate::access::Place::School(school)).map(str::to_owned)
    }

    fn zone(&self) -> &Zone {
        &self.import.hub.config.zone
    }

    fn week(&self, date: Date) -> Option<u8> {
        self.calendar.day(date).map(|day| day.own.week)
    }
}

/// Who and what a lesson needs.
fn bookings(lesson: &PlannedLesson) -> Vec<Booking> {
    let teacher = lesson.teacher.iter().cloned().map(Resource::Teacher);
    let assistants = lesson.assistants.iter().cloned().map(Resource::Assistant);
    let receivers = lesson.receivers.iter().map(|receiver| receiver.classroom.clone());
    let rooms = lesson.host_classroom.iter().cloned().chain(receivers).map(Resource::Classroom);
    let booking = |what| Booking { lesson: lesson.id.clone(), what, start_ms: lesson.start_ms, end_ms: lesson.end_ms };
    teacher.chain(assistants).chain(rooms).map(booking).collect()
}

/// An entry with its lists in order, and without the spaces around its names that earlier versions kept.
fn content(mut entry: timetable::Entry) -> timetable::Entry {
    (entry.subject, entry.title) = (entry.subject.trim().to_owned(), entry.title.trim().to_owned());
    entry.assistants.sort_unstable();
    entry.receivers.sort();
    entry
}

/// Whether two entries say the same.
fn is_same(one: &timetable::Entry, other: &timetable::Entry) -> bool {
    timetable::Entry { id: String::new(), ..one.clone() } == timetable::Entry { id: String::new(), ..other.clone() }
}

/// An entry as it is kept.
fn stored_form(entry: &timetable::Entry) -> Entry {
    Entry {
        id: entry.id.clone(),
        term: entry.term.clone(),
        weekday: entry.weekday.to_monday_one_offset().unsigned_abs(),
        period: entry.period,
        subject: entry.subject.clone(),
        title: entry.title.clone(),
        teacher: entry.teacher.clone(),
        assistants: entry.assistants.clone(),
        host_classroom: entry.host_classroom.clone(),
        receivers: entry.receivers.clone(),
        kind: entry.kind,
        weeks: entry.weeks.to_string(),
        from_day: entry.from.map(|day| day.to_string()),
        to_day: entry.to.map(|day| day.to_string()),
        closed_ms: None,
        version: 1,
    }
}

fn refused(errors: Vec<RowError>) -> ImportReport {
    ImportReport { created: 0, unchanged: 0, errors, lessons: None }
}

fn row_error(error: &SheetError, language: Language) -> RowError {
    at(Cell { row: error.row, column: error.column }, error.problem.tell(language))
}

fn at(cell: Cell, message: String) -> RowError {
    let column = (cell.row > 0 && cell.column > 0).then(|| sheet::column_name(cell.column));
    RowError { row: Some(cell.row).filter(|row| *row > 0), column, message }
}

fn of_file(message: String) -> RowError {
    at(Cell { row: 0, column: 0 }, message)
}
