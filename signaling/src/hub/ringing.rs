//! Rings the bell for every lesson: once a second, by the planned times. What it does is [`crate::lesson::bell`]'s; here is only who is asked and when.

use super::{Hub, Mail, now};
use crate::lesson::bell::{ClockWatch, ENDS_AFTER_MS, Facts, HostIs, OPENS_BEFORE_MS, Ring, ring};
use crate::lesson::{Command, Moment};
use crate::store::DueLesson;
use protocol::LessonState;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::MissedTickBehavior;

/// How often.
const EVERY: Duration = Duration::from_secs(1);

/// How many rings pass before the plans of the lessons in memory are read again: somebody may have moved or cancelled them.
const RINGS_A_LOOK: u32 = 5;

/// Lessons brought into memory at one ring. Whoever is left over comes a second later.
const AT_ONCE: u32 = 200;

/// Rings until it is dropped.
pub(crate) async fn keep_ringing(hub: Arc<Hub>) {
    let mut every = tokio::time::interval(EVERY);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut watch, mut readable, mut rings, mut looked) = (ClockWatch::default(), true, 0u32, HashMap::new());
    loop {
        every.tick().await;
        if hub.is_closing() {
            return;
        }
        let now = now();
        let may_end = watch.trusts(now);
        hub.ring_in_memory(may_end);
        readable = hub.ring_stored(now, may_end, readable).await;
        rings = rings.wrapping_add(1);
        if readable && rings.is_multiple_of(RINGS_A_LOOK) {
            hub.look_at_plans(&mut looked).await;
        }
    }
}

impl Hub {
    /// Those in memory know their hosts better than the store.
    fn ring_in_memory(&self, may_end: bool) {
        for lesson in &self.lessons {
            // A mailbox that is full is rung a second later.
            let _ = lesson.value().try_send(Mail::Command(Command::Bell { may_end }));
        }
    }

    /// Tells those in memory what the store says of their plans. `looked`: the version of each at the last look.
    async fn look_at_plans(&self, looked: &mut HashMap<String, u64>) {
        // No reference into the map is held across an await.
        let lessons: Vec<_> = self.lessons.iter().map(|lesson| (lesson.key().clone(), lesson.value().clone())).collect();
        for (id, mailbox) in lessons {
            // What cannot be read now is read at the next look. One that has begun keeps its plan.
            let Ok(Some(row)) = self.store.lesson(&id).await else { continue };
            if !matches!(row.state, LessonState::Scheduled | LessonState::Open | LessonState::Cancelled) {
                continue;
            }
            let Ok(Some(lesson)) = self.store.planned_lesson(&id).await else { continue };
            let version = lesson.version;
            let _ = mailbox.try_send(Mail::Command(Command::Planned(lesson.into())));
            // Not only by its own page: an entry's change or an import may have given it to others.
            if looked.insert(id.clone(), version) != Some(version) {
                self.review_lesson(&id).await;
            }
        }
        looked.retain(|id, _| self.lessons.contains_key(id));
    }

    /// Brings those into memory that are due. Says whether the store could be read.
    async fn ring_stored(self: &Arc<Self>, now: Moment, may_end: bool, readable: bool) -> bool {
        let now_ms = now.unix_ms;
        let (opens_ms, ends_ms) = (now_ms.saturating_add(OPENS_BEFORE_MS), now_ms.saturating_sub(ENDS_AFTER_MS));
        let due = match self.store.due_lessons(now_ms, opens_ms, ends_ms, AT_ONCE).await {
            Ok(due) => due,
            Err(error) => {
                self.metrics.writer.errors.with_label_values(&[error.kind()]).inc();
                if readable {
                    tracing::error!(%error, "the lessons that are due cannot be read; they open and end when they can");
                }
                return false;
            }
        };
        for lesson in due.iter().filter(|lesson| is_due(lesson, now_ms, may_end)) {
            if self.lessons.contains_key(&lesson.id) {
                continue;
            }
            // It is rung as it comes into memory; only an end has to be allowed.
            if let Ok(mailbox) = self.lesson(&lesson.id).await {
                let _ = mailbox.try_send(Mail::Command(Command::Bell { may_end }));
            }
        }
        true
    }
}

fn is_due(lesson: &DueLesson, now_ms: u64, may_end: bool) -> bool {
    let host = if lesson.host_here { HostIs::Here { publishing: false } } else { HostIs::Gone { since_ms: lesson.host_left_ms } };
    let facts = Facts { state: lesson.state, planned_start_ms: lesson.planned_start_ms, planned_end_ms: lesson.planned_end_ms, host };
    match ring(&facts, now_ms) {
        Some(Ring::End | Ring::Shut) => may_end,
        other => other.is_some(),
    }
}
