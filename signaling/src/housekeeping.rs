//! What is done once in a while without anybody asking: what has expired is removed, and the lessons of running terms are kept in step with the timetable.

use crate::hub::Hub;
use crate::schedule::{Only, make_lessons, pages};
use crate::store::{Term, unix_ms};
use std::sync::Arc;
use std::time::Duration;
use timetable::Date;
use tokio::time::Instant;

/// How often it is looked whether there is something to do.
const EVERY: Duration = Duration::from_secs(3_600);

/// How long after the start first: until then everybody comes back, which is more urgent.
const FIRST: Duration = Duration::from_secs(60);

/// Runs for ever.
pub(crate) async fn run(hub: Arc<Hub>) {
    let mut made_on: Option<Date> = None;
    let mut every = tokio::time::interval_at(Instant::now() + FIRST, EVERY);
    loop {
        every.tick().await;
        let now_ms = unix_ms();
        if let Err(error) = hub.store.remove_expired(now_ms).await {
            tracing::warn!(%error, "what has expired could not be removed; it is tried again in an hour");
        }
        let today = hub.config.zone.wall(now_ms).map(|(day, _)| day);
        if today != made_on {
            make_all(&hub, today, now_ms).await;
            made_on = today;
        }
    }
}

/// Makes the lessons of the terms that are not over. Entries make their own when they change; this catches what changed around them: holidays and bells.
async fn make_all(hub: &Hub, today: Option<Date>, now_ms: u64) {
    let Some(today) = today.map(|day| day.to_string()) else { return };
    let terms: Vec<Term> = match pages(&hub.store, None, true).await {
        Ok(terms) => terms,
        Err(error) => return tracing::warn!(%error, "the terms could not be read"),
    };
    for term in terms.iter().filter(|term| term.last_day >= today) {
        match make_lessons(&hub.store, &term.id, &hub.config.zone, now_ms, Only::All).await {
            Ok(report) => {
                if report.created + report.updated + report.cancelled > 0 {
                    tracing::info!(term = term.id, report.created, report.updated, report.cancelled, "lessons were kept in step with the timetable");
                }
                if let Some(first) = report.failed.first() {
                    let (failed, error) = (report.failed.len(), &first.why);
                    tracing::warn!(%error, term = term.id, thing = first.thing, failed, "some lessons could not be kept in step with the timetable");
                }
            }
            Err(error) => tracing::warn!(%error, term = term.id, "the lessons of a term could not be made"),
        }
    }
}
