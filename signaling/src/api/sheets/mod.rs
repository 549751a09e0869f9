//! The timetable as a sheet: taken in and given out, as CSV or Excel.

mod import;
mod roster;

use super::Caller;
use super::entries::told;
use super::extract::{Ids, Query, json};
use super::problem::{bad_request, not_found, say};
use super::resource::{pages_of, seen};
use super::route::{Doc, Routes, Rule, id_schema, one_of};
use super::view::ImportReport;
use crate::access::{Action, Place};
use crate::http::Problem;
use crate::hub::Hub;
use crate::store::{Entry, LessonKind, Term};
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use import::{Import, Sheet};
use roster::Roster;
use serde::Deserialize;
use std::sync::Arc;
use timetable::Tell;
use timetable::sheet::{self, GridOf, MAX_BYTES, SheetError};

const TAG: &str = "timetable";
const CSV: &str = "text/csv";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

pub(super) fn routes(routes: &mut Routes) {
    let kinds = || one_of(LessonKind::ALL.map(LessonKind::code));
    let asked = |doc: Doc| {
        let doc = doc.needs("school", "The school whose classrooms teach; names are its own before they are others'.", id_schema());
        let doc = doc.query("layout", "A row for each entry, or the week of one classroom; `list` where it is missing.", one_of(["list", "grid"]));
        let doc = doc.query("classroom", "With `grid`: the host classroom whose week it is.", id_schema());
        doc.query(
            "kind",
            "With `grid`: the kind of the lessons that name none, which is `dedicated` where this is missing; a file then holds only those of this kind.",
            kinds(),
        )
    };
    // One byte more, so that the reader says in words what is too large.
    let take = asked(Doc::new(TAG, "Takes a school's timetable from a CSV or Excel file: all of it, or nothing.")).bytes(&[CSV, XLSX], MAX_BYTES + 1);
    let take = take.answer::<ImportReport>(200, "All is stored.").answer::<ImportReport>(422, "What is wrong, by row and column; nothing is stored.");
    let take = take.refusals(&[409]);
    routes.add(Method::POST, "/terms/{id}/import", Rule::May(Action::ManageTimetable), take, import);
    let give = asked(Doc::new(TAG, "A school's timetable as a file that can be taken in again."));
    let give = give.query("format", "`csv` where it is missing.", one_of(["csv", "xlsx"])).media(&[CSV, XLSX], "The file.").refusals(&[422]);
    routes.add(Method::GET, "/terms/{id}/export", Rule::May(Action::ReadTimetable), give, export);
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Layout {
    #[default]
    List,
    Grid,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Format {
    #[default]
    Csv,
    Xlsx,
}

#[derive(Debug, Deserialize)]
struct Asked {
    school: String,
    #[serde(default)]
    layout: Layout,
    #[serde(default)]
    format: Format,
    classroom: Option<String>,
    kind: Option<LessonKind>,
}

impl Asked {
    /// Whose week it is, in a grid; a classroom of another school is none.
    fn grid(&self, caller: &Caller) -> Result<Option<GridOf>, Problem> {
        if matches!(self.layout, Layout::List) {
            return Ok(None);
        }
        let missing = || bad_request(say(caller.language, "周课表须指明主讲教室（classroom）", "give the classroom whose week the grid is"));
        let host_classroom = self.classroom.clone().ok_or_else(missing)?;
        if caller.geography.school_of(&host_classroom) != Some(&self.school) {
            return Err(not_found(caller.language));
        }
        Ok(Some(GridOf { host_classroom, kind: self.kind.unwrap_or(LessonKind::Dedicated) }))
    }
}

async fn import(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Ids(id): Ids<String>,
    Query(asked): Query<Asked>,
    bytes: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let term: Term = seen(&hub, &caller, &id).await?;
    caller.change(Action::ReadTimetable, Action::ManageTimetable, &Place::School(&asked.school))?;
    let grid = asked.grid(&caller)?;
    let bytes = bytes.map_err(|rejection| unread(&caller, &rejection))?;
    let roster = Arc::new(Roster::load(&hub, &caller, &asked.school).await?);
    let sheet = Sheet { bytes, grid };
    let report = Import { hub: &hub, caller: &caller, term: &term, school: &asked.school, roster }.run(sheet).await?;
    if !report.errors.is_empty() {
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, json(report)).into_response());
    }
    if report.created > 0 {
        // Of the school: the term may be that of a larger region, whose log is not read where the school is.
        let counts = format!("term {id}: {} made, {} there already", report.created, report.unchanged);
        caller.audit(&hub, "import", "school", &asked.school, counts).await;
    }
    Ok(json(report))
}

/// A body that did not come whole.
fn unread(caller: &Caller, rejection: &BytesRejection) -> Problem {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        let detail = say(caller.language, "文件太大，最大 5 MB：请删去其他内容或分成几个文件", "the file is too large, 5 MB at most: make several files");
        return Problem::named(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "too large", detail);
    }
    bad_request(rejection.body_text())
}

async fn export(State(hub): State<Arc<Hub>>, caller: Caller, Ids(id): Ids<String>, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let term: Term = seen(&hub, &caller, &id).await?;
    caller.see(Action::ReadTimetable, &[Place::School(&asked.school)])?;
    let grid = asked.grid(&caller)?;
    let of_school = |entry: &Entry| caller.geography.school_of(&entry.host_classroom) == Some(asked.school.as_str());
    let wanted = |entry: &Entry| match &grid {
        Some(grid) => entry.host_classroom == grid.host_classroom && asked.kind.is_none_or(|kind| entry.kind == kind),
        None => of_school(entry),
    };
    let entries: Vec<Entry> = pages_of(&hub, &caller, Some(&id)).await?;
    let entries = entries.iter().filter(|entry| wanted(entry)).map(Entry::rules).collect::<Result<Vec<_>, _>>();
    let mut entries = entries.map_err(|error| caller.refused(error))?;
    entries.sort_by_key(|entry| (entry.weekday.to_monday_one_offset(), entry.period, entry.host_classroom.clone()));
    let roster = Roster::load(&hub, &caller, &asked.school).await?;
    let table = match grid {
        Some(grid) => sheet::write_grid(&entries, grid.kind, &roster, caller.paper_language),
        None => sheet::write_list(&entries, &roster, caller.paper_language),
    };
    let (media, ending, bytes) = match asked.format {
        Format::Csv => (CSV, "csv", sheet::write_csv(&table)),
        Format::Xlsx => (XLSX, "xlsx", sheet::write_xlsx("timetable", &table).map_err(|error| too_much(&caller, &error))?),
    };
    let named = HeaderValue::from_str(&format!("attachment; filename=\"timetable-{}.{ending}\"", term.id));
    let mut response =
        ([(header::CONTENT_TYPE, HeaderValue::from_static(media)), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], bytes).into_response();
    if let Ok(named) = named {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, named);
    }
    Ok(response)
}

/// More than a sheet holds.
fn too_much(caller: &Caller, error: &SheetError) -> Problem {
    super::problem::invalid(error.tell(caller.language))
}
