//! Deciding what lessons were when they are over, and statistics as a sheet.
//!
//! Nobody need ask for it: a task looks every few seconds for lessons that are over and undecided. It may be killed at any time, and several processes may
//! do it at once: deciding again gives the same. While the clock is doubted nothing is over.

use crate::hub::{self, Hub};
use crate::lesson::Moment;
use crate::lesson::bell::ClockWatch;
use crate::store::{StatisticsBy, StatisticsRow, Store, StoreError};
use std::sync::Arc;
use std::time::Duration;
use timetable::sheet::Table;
use timetable::{Language, Zone};

/// How often it is looked.
const LOOK: Duration = Duration::from_secs(5);

/// Lessons decided in one go.
const LESSONS: u32 = 200;

/// Lessons decided in one transaction: each makes kept answers old, and lets other writes wait for some 50 ms.
const AT_ONCE: usize = 20;

/// Decides the lessons that are over by `now_ms` (milliseconds since 1970, UTC) and undecided; at most 200, in the order of their ends. Returns how many
/// there were. One that cannot be decided does not hold up the others; it is tried again the next time.
///
/// # Errors
/// [`StoreError`] where the store cannot be asked which there are.
pub async fn decide_lessons(store: &Store, zone: &Zone, now_ms: u64) -> Result<usize, StoreError> {
    let lessons = store.undecided_lessons(now_ms, LESSONS).await?;
    let lessons: Vec<&str> = lessons.iter().map(String::as_str).collect();
    for some in lessons.chunks(AT_ONCE) {
        if store.decide_lessons(some, zone, now_ms).await.is_ok() {
            continue;
        }
        for lesson in some {
            if let Err(error) = store.decide_lessons(&[lesson], zone, now_ms).await {
                tracing::error!(%error, lesson, "whether a lesson was delivered could not be decided; it is tried again");
            }
        }
    }
    Ok(lessons.len())
}

/// Decides lessons for as long as the server runs.
pub(crate) async fn keep_deciding(hub: Arc<Hub>, zone: Zone) {
    let mut every = tokio::time::interval(LOOK);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut watch = ClockWatch::default();
    loop {
        every.tick().await;
        if let Err(error) = look(&mut watch, &hub.store, &zone, hub::now(), hub.writer.is_healthy()).await {
            hub.metrics.writer.errors.with_label_values(&[error.kind()]).inc();
            tracing::warn!(%error, "lessons that are over could not be read; they are decided later");
        }
    }
}

/// Decides what is over, where everything is written (what is not would be missing) and the clock is believed. Returns how many lessons there were.
async fn look(watch: &mut ClockWatch, store: &Store, zone: &Zone, now: Moment, written: bool) -> Result<usize, StoreError> {
    // Asked each time: what it does not see it cannot doubt.
    let trusted = watch.trusts(now);
    if trusted && written { decide_lessons(store, zone, now.unix_ms).await } else { Ok(0) }
}

/// Statistics as a sheet with a line of headings, to be written by [`timetable::sheet::write_csv`] or [`timetable::sheet::write_xlsx`]. Rates are in
/// percent with one digit after the point, empty where there is nothing to take a share of.
pub fn sheet(by: StatisticsBy, rows: &[StatisticsRow], language: Language) -> Table {
    let headings = headings(by).map(|(chinese, english)| language.pick(chinese, english).to_owned());
    std::iter::once(headings.to_vec()).chain(rows.iter().map(line)).collect()
}

fn headings(by: StatisticsBy) -> [(&'static str, &'static str); 24] {
    let unit = match by {
        StatisticsBy::Term => ("学期", "Term"),
        StatisticsBy::Region => ("区域", "Region"),
        StatisticsBy::Alliance => ("联盟", "Alliance"),
        StatisticsBy::School => ("听讲学校", "Receiving school"),
        StatisticsBy::HostSchool => ("主讲学校", "Host school"),
        StatisticsBy::Subject => ("学科", "Subject"),
        StatisticsBy::Teacher => ("主讲教师", "Teacher"),
        StatisticsBy::Week => ("周次", "Week"),
    };
    [
        ("编号", "Id"),
        unit,
        ("计划课时", "Planned"),
        ("开课课时", "Delivered"),
        ("开课率（%）", "Opening rate (%)"),
        ("到课课时", "Attended"),
        ("准时课时", "Punctual"),
        ("准时率（%）", "Punctuality (%)"),
        ("取消课时", "Cancelled"),
        ("停电课时", "Power"),
        ("断网课时", "Network"),
        ("未到课时", "Absent"),
        ("主讲方课时", "Host at fault"),
        ("计划教室", "Classrooms"),
        ("覆盖教室", "Covered"),
        ("覆盖率（%）", "Coverage (%)"),
        ("互动占比（%）", "Interaction (%)"),
        ("举手次数", "Hands"),
        ("点名次数", "Calls"),
        ("回答次数", "Answers"),
        ("发言分钟", "Speech (min)"),
        ("故障分钟", "Fault (min)"),
        ("听课人次", "Pupils"),
        ("主讲节数", "Lessons taught"),
    ]
}

fn line(row: &StatisticsRow) -> Vec<String> {
    let (sums, rates) = (&row.sums, row.sums.rates());
    let percent = |share: Option<f64>| share.map_or_else(String::new, |share| format!("{:.1}", share * 100.0));
    let minutes = |seconds: u64| format!("{:.1}", seconds as f64 / 60.0);
    vec![
        row.key.clone(),
        row.name.clone(),
        sums.planned.to_string(),
        sums.delivered.to_string(),
        percent(rates.opening),
        sums.attended.to_string(),
        sums.punctual.to_string(),
        percent(rates.punctuality),
        sums.cancelled.to_string(),
        sums.power.to_string(),
        sums.network.to_string(),
        sums.absent.to_string(),
        sums.host.to_string(),
        sums.classrooms.to_string(),
        sums.covered.to_string(),
        percent(rates.coverage),
        percent(rates.interaction),
        sums.hands.to_string(),
        sums.calls.to_string(),
        sums.answers.to_string(),
        minutes(sums.speech_s),
        minutes(sums.fault_s),
        sums.headcount.to_string(),
        sums.lessons.map_or_else(String::new, |lessons| lessons.to_string()),
    ]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::store::{Database, NewLesson, Sums};
    use protocol::LessonState;
    use std::time::Instant;
    use timetable::sheet::write_csv;

    #[tokio::test]
    async fn a_clock_that_jumps_ahead_decides_nothing() {
        const START: u64 = 1_788_224_400_000;
        let folder = std::env::temp_dir().join(format!("tongke-jump-{}", std::process::id()));
        let store = Store::open(&Database::Sqlite(folder.clone())).await.unwrap();
        let (planned_start_ms, planned_end_ms) = (Some(START + 3_600_000), Some(START + 6_000_000));
        let lesson = NewLesson { state: LessonState::Scheduled, planned_start_ms, planned_end_ms, ..NewLesson::open_now("l", "课") };
        store.create_lesson(&lesson).await.unwrap();
        let (mut watch, start) = (ClockWatch::default(), Instant::now());
        let mut decided = Vec::new();
        // Seconds since the beginning, and how far the clock of the day is ahead by then.
        for (seconds, ahead_ms) in [(0, 0), (5, 86_400_000), (10, 86_400_000), (15, 0), (20, 0), (620, 0), (8_000, 0)] {
            let now = Moment { at: start + Duration::from_secs(seconds), unix_ms: START + seconds * 1_000 + ahead_ms };
            decided.push(look(&mut watch, &store, &Zone::default(), now, true).await.unwrap());
        }
        assert_eq!(decided, [0, 0, 0, 0, 0, 0, 1]);
        let _ = std::fs::remove_dir_all(folder);
    }

    #[test]
    fn a_sheet_has_a_heading_for_each_column_and_runs_no_formula() {
        let sums = Sums { planned: 8, delivered: 6, classrooms: 2, covered: 1, network: 2, fault_s: 90, ..Sums::default() };
        let row = StatisticsRow { key: "s1".into(), name: "=cmd()".into(), sums };
        let table = sheet(StatisticsBy::School, &[row], Language::Chinese);
        assert_eq!(table[0].len(), table[1].len());
        let csv = String::from_utf8(write_csv(&table)).unwrap();
        let lines: Vec<&str> = csv.trim_start_matches('\u{feff}').lines().collect();
        assert!(lines[0].starts_with("编号,听讲学校,计划课时,开课课时,开课率（%）"), "{}", lines[0]);
        assert_eq!(lines[1], "s1,'=cmd(),8,6,75.0,0,0,,0,0,2,0,0,2,1,50.0,0.0,0,0,0,0.0,1.5,0,");
    }
}
