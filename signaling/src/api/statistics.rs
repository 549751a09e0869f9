//! What became of the lessons: sums for those who may see them, as rows or as a sheet.

use super::Caller;
use super::extract::{Query, json};
use super::problem::{bad_request, not_found, say};
use super::resource::seen;
use super::route::{Doc, Routes, Rule, id_schema, one_of, text, week};
use super::view::{StatisticsLine, StatisticsView};
use crate::access::{Action, Place};
use crate::http::Problem;
use crate::hub::Hub;
use crate::statistics::sheet;
use crate::store::{Grant, Statistics, StatisticsBy, StatisticsFilter, Sums, Term};
use axum::extract::State;
use axum::http::{HeaderValue, Method, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::sync::Arc;
use timetable::Tell;
use timetable::sheet::{SheetError, write_csv, write_xlsx};

const CSV: &str = "text/csv; charset=utf-8";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

pub(super) fn routes(routes: &mut Routes) {
    let asked = |doc: Doc| {
        let by = StatisticsBy::ALL.iter().map(|by| by.name());
        let about = "What the sums are of; a school is the receiving classroom's, a host school the one that taught. By region or alliance, which are the receivers', \
                     a `host_school` is refused.";
        filters(doc.needs("by", about, one_of(by)))
    };
    let rule = Rule::May(Action::ReadStatistics);
    let rows = Doc::new("statistics", "Opening rate, punctuality, coverage, interaction and faults of a term until now.");
    routes.add(Method::GET, "/statistics", rule, asked(rows).answer::<StatisticsView>(200, "The rows, and their total."), show);
    let file = asked(Doc::new("statistics", "The same as a sheet.")).query("format", "csv where it is missing.", one_of(["csv", "xlsx"]));
    routes.add(Method::GET, "/statistics/export", rule, file.media(&["text/csv", XLSX], "The sheet."), export);
}

/// Which lessons are counted.
pub(super) fn filters(doc: Doc) -> Doc {
    let doc = doc.needs("term", "The term.", id_schema());
    let doc = doc.query("school", "Only lessons that this school received.", id_schema());
    let doc = doc.query("alliance", "Only lessons that schools received which were members of this alliance at the end of the week.", id_schema());
    let doc = doc.query("host_school", "Only lessons that this school taught, whoever received them.", id_schema());
    let doc = doc.query("subject", "Only lessons of this subject.", text(200)).query("teacher", "Only lessons of this lead teacher.", id_schema());
    let doc = doc.query("first_week", "Only lessons of this week of the term and later ones.", week()).refusals(&[404]);
    doc.query("last_week", "Only lessons of this week of the term and earlier ones.", week())
}

/// What figures, or the lessons behind one, are asked with.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    pub(super) term: String,
    #[serde(default)]
    by: String,
    school: Option<String>,
    alliance: Option<String>,
    host_school: Option<String>,
    teacher: Option<String>,
    first_week: Option<u8>,
    last_week: Option<u8>,
    subject: Option<String>,
    format: Option<String>,
    pub(super) cause: Option<String>,
    pub(super) cursor: Option<String>,
    pub(super) limit: Option<u32>,
}

impl Asked {
    /// What is asked for, of receiving schools that the caller may see.
    pub(super) fn filter<'a>(&'a self, schools: Option<&'a [String]>) -> Result<StatisticsFilter<'a>, Problem> {
        let (host_school, subject, teacher) = (self.host_school.as_deref(), self.subject.as_deref(), self.teacher.as_deref());
        Ok(StatisticsFilter { schools, alliance: self.alliance.as_deref(), host_school, subject, teacher, weeks: self.weeks()? })
    }

    /// The weeks that are asked for; none: all.
    fn weeks(&self) -> Result<Option<RangeInclusive<u8>>, Problem> {
        if self.first_week == Some(0) || self.last_week == Some(0) {
            return Err(bad_request("first_week, last_week: weeks of a term are counted from 1"));
        }
        let asked = self.first_week.is_some() || self.last_week.is_some();
        Ok(asked.then(|| self.first_week.unwrap_or(1)..=self.last_week.unwrap_or(u8::MAX)))
    }
}

/// Refuses what is not there, and figures that the caller may not see.
fn readable(caller: &Caller, place: &Place<'_>) -> Result<(), Problem> {
    caller.see(Action::ReadStatistics, std::slice::from_ref(place))?;
    caller.geography.name(place).map(drop).ok_or_else(|| not_found(caller.language))
}

/// The receiving schools whose figures the caller may see; none: all there are. Who may see a host school's sees what it taught at whatever school: its lessons
/// name their receivers. Of these nothing else is told, such as where they lie or with whom they are allied.
pub(super) fn schools(caller: &Caller, by: StatisticsBy, asked: &Asked) -> Result<Option<Vec<String>>, Problem> {
    // What was taught at a school whose figures the caller sees is in these by host school anyway.
    let received = asked.school.as_ref().is_some_and(|school| caller.may(Action::ReadStatistics, &Place::School(school)));
    if let Some(host) = &asked.host_school {
        if !received {
            readable(caller, &Place::School(host))?;
        }
        if matches!(by, StatisticsBy::Region | StatisticsBy::Alliance) {
            return Err(bad_request("host_school: not by region or alliance, which are the receivers'; ask by term, school, subject, teacher or week"));
        }
    }
    if let Some(alliance) = &asked.alliance {
        readable(caller, &Place::Alliance(alliance))?;
    }
    let wherever = asked.host_school.is_some() && asked.alliance.is_none();
    if let Some(school) = &asked.school {
        if !wherever {
            readable(caller, &Place::School(school))?;
        }
        return Ok(Some(vec![school.clone()]));
    }
    let reads = |grant: &&Grant| crate::access::permits(grant.role, Action::ReadStatistics);
    let mut grants = caller.person()?.active.iter().filter(reads);
    if wherever || grants.any(|grant| caller.geography.covers(grant, &Place::Everywhere)) {
        return Ok(None);
    }
    let mut all: BTreeSet<String> = caller.geography.schools_in(&Place::Everywhere).into_iter().map(str::to_owned).collect();
    all.retain(|school| caller.may(Action::ReadStatistics, &Place::School(school)));
    Ok(Some(all.into_iter().collect()))
}

/// What is asked for.
async fn statistics(hub: &Hub, caller: &Caller, asked: &Asked) -> Result<(StatisticsBy, Statistics), Problem> {
    let unknown = || bad_request("by: use term, region, alliance, school, host_school, subject, teacher or week");
    let by = StatisticsBy::from_name(&asked.by).ok_or_else(unknown)?;
    let _: Term = seen(hub, caller, &asked.term).await?;
    let schools = schools(caller, by, asked)?;
    let found = hub.store.statistics(&asked.term, by, &asked.filter(schools.as_deref())?).await.map_err(|error| caller.refused(error))?;
    Ok((by, found))
}

async fn show(State(hub): State<Arc<Hub>>, caller: Caller, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let (_, Statistics { rows, total }) = statistics(&hub, &caller, &asked).await?;
    let total = line(String::new(), say(caller.paper_language, "合计", "total").to_owned(), &total);
    let rows = rows.iter().map(|row| line(row.key.clone(), row.name.clone(), &row.sums)).collect();
    Ok(json(StatisticsView { total, rows }))
}

fn line(key: String, name: String, sums: &Sums) -> StatisticsLine {
    let rates = sums.rates();
    StatisticsLine {
        key,
        name,
        planned: sums.planned,
        delivered: sums.delivered,
        opening_rate: rates.opening,
        punctuality: rates.punctuality,
        coverage: rates.coverage,
        interaction: rates.interaction,
        cancelled: sums.cancelled,
        power: sums.power,
        network: sums.network,
        absent: sums.absent,
        host: sums.host,
        fault_minutes: sums.fault_s / 60,
        headcount: sums.headcount,
        classrooms: sums.classrooms,
        covered: sums.covered,
        lessons: sums.lessons,
    }
}

async fn export(State(hub): State<Arc<Hub>>, caller: Caller, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let (by, found) = statistics(&hub, &caller, &asked).await?;
    let table = sheet(by, &found.rows, caller.paper_language);
    let (media, ending, bytes) = match asked.format.as_deref() {
        None | Some("csv") => (CSV, "csv", write_csv(&table)),
        Some("xlsx") => {
            let failed = |error: SheetError| Problem::unavailable(error.tell(caller.language), 5);
            (XLSX, "xlsx", write_xlsx(by.name(), &table).map_err(failed)?)
        }
        Some(_) => return Err(bad_request("format: use csv or xlsx")),
    };
    let mut response = ([(header::CONTENT_TYPE, media), (header::CACHE_CONTROL, "no-store")], bytes).into_response();
    if let Ok(name) = HeaderValue::from_str(&format!("attachment; filename=\"statistics-{}.{ending}\"", by.name())) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}
