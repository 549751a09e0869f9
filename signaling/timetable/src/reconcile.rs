//! The lessons there should be against those there are: what to create, update and cancel.
//!
//! | the lesson there is | the timetable says the same | something else | nothing |
//! |---|---|---|---|
//! | has begun, or its start is past | unchanged | unchanged | unchanged |
//! | changed by hand, or attended | unchanged | kept, reported | kept, reported |
//! | scheduled | unchanged | updated | cancelled |
//! | cancelled | updated: takes place again | updated: takes place again | unchanged |
//! | none | created, unless its start is past | | |
//!
//! History is never rewritten: what has begun is left as it was, and nothing is made or moved into the past. Applying the changes and asking again
//! gives none.

use crate::content::{Content, Field};
use crate::entry::Entry;
use crate::language::{Language, Tell};
use crate::occurrence::{Occurrence, Skipped, Why};
use jiff::civil::Date;
use protocol::LessonState;
use std::collections::{HashMap, HashSet};
use std::ops::RangeInclusive;
use std::sync::Arc;

/// A lesson there should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Desired {
    /// When, and of which entry.
    pub occurrence: Occurrence,
    /// What of; shared by all dates of an entry.
    pub content: Arc<Content>,
}

impl Desired {
    /// All dates of an entry.
    pub fn all(entry: &Entry, occurrences: Vec<Occurrence>) -> impl Iterator<Item = Self> {
        let content = Arc::new(Content::from(entry));
        occurrences.into_iter().map(move |occurrence| Self { occurrence, content: Arc::clone(&content) })
    }
}

/// A lesson there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Existing {
    /// Its id.
    pub id: String,
    /// The entry it was made from.
    pub entry: String,
    /// The day of the entry it was made for, wherever it has been moved since.
    pub date: Date,
    /// When it begins, in milliseconds since 1970 (UTC).
    pub start_ms: u64,
    /// When it ends, in milliseconds since 1970 (UTC).
    pub end_ms: u64,
    /// Where it stands.
    pub state: LessonState,
    /// Somebody moved, substituted, cancelled or otherwise changed it.
    pub changed_by_hand: bool,
    /// Attendance refers to it.
    pub has_attendance: bool,
    /// What of.
    pub content: Arc<Content>,
}

/// A lesson to be made as the timetable says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// The id of the lesson.
    pub id: String,
    /// What it is to be; its state is to be `Scheduled`.
    pub desired: Desired,
    /// In what it differs until then; never empty.
    pub difference: Vec<Field>,
}

/// A lesson to be cancelled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cancel {
    /// The id of the lesson.
    pub id: String,
    /// Why.
    pub reason: CancelReason,
}

/// Why the timetable cancels a lesson.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CancelReason {
    /// Its day or its bell is gone.
    Skipped(Why),
    /// Its entry is gone, or no longer taught on that day.
    NotPlanned,
}

/// A lesson that differs from the timetable and stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keep {
    /// The id of the lesson.
    pub id: String,
    /// Why it stays.
    pub reason: KeepReason,
    /// What the timetable says; none: that there should be no such lesson.
    pub desired: Option<Desired>,
    /// In what it differs; never empty.
    pub difference: Vec<Field>,
}

/// Why a lesson stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeepReason {
    /// Somebody changed it.
    ChangedByHand,
    /// Attendance refers to it.
    HasAttendance,
    /// The timetable now puts it at a time that is past.
    WouldBePast,
}

impl Tell for CancelReason {
    fn tell(&self, language: Language) -> String {
        match self {
            Self::Skipped(why) => why.tell(language),
            Self::NotPlanned => language.pick("课表中已没有这节课", "no longer in the timetable").to_owned(),
        }
    }
}

impl Tell for KeepReason {
    fn tell(&self, language: Language) -> String {
        let (chinese, english) = match self {
            Self::ChangedByHand => ("已手动调整", "changed by hand"),
            Self::HasAttendance => ("已有考勤记录", "attendance refers to it"),
            Self::WouldBePast => ("课表中的新时间已过", "the timetable's new time is past"),
        };
        language.pick(chinese, english).to_owned()
    }
}

/// What to do so that the lessons are as the timetable says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Lessons to make.
    pub create: Vec<Desired>,
    /// Lessons to change.
    pub update: Vec<Update>,
    /// Lessons to cancel.
    pub cancel: Vec<Cancel>,
    /// Lessons that differ and stay, to be shown to whoever changes the timetable.
    pub keep: Vec<Keep>,
    /// The ids of the lessons that are left alone: as the timetable says, begun or past.
    pub unchanged: Vec<String>,
    /// How many dates have no lesson and get none, because their start is past.
    pub past: usize,
}

impl Changes {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.create.is_empty() && self.update.is_empty() && self.cancel.is_empty()
    }
}

/// An entry's day.
type Key<'a> = (&'a str, Date);

/// Compares the lessons there should be with those there are, within `days`: an existing lesson made for a day outside of them is ignored, so that a week
/// can be reconciled by itself. `existing` must hold the lessons of just the entries that are reconciled, those of deleted entries included. `skipped`
/// only gives reasons. Of several existing lessons for one day of an entry, one that takes place is compared and the others are not planned.
pub fn reconcile(desired: &[Desired], skipped: &[Skipped], existing: &[Existing], days: &RangeInclusive<Date>, now_ms: u64) -> Changes {
    let within: Vec<&Desired> = desired.iter().filter(|desired| days.contains(&desired.occurrence.date)).collect();
    let wanted: HashMap<Key<'_>, &Desired> = within.iter().map(|desired| (desired.key(), *desired)).collect();
    let whys: HashMap<Key<'_>, &Why> = skipped.iter().map(|skipped| ((skipped.entry.as_str(), skipped.date), &skipped.why)).collect();
    let mut lessons: Vec<&Existing> = existing.iter().filter(|lesson| days.contains(&lesson.date)).collect();
    // A lesson that takes place stands for its day before one that was cancelled does.
    lessons.sort_by_key(|lesson| lesson.state == LessonState::Cancelled);
    let mut changes = Changes::default();
    let mut met: HashSet<Key<'_>> = HashSet::with_capacity(lessons.len());
    for lesson in lessons {
        let key = (lesson.entry.as_str(), lesson.date);
        let desired = if met.insert(key) { wanted.get(&key).copied() } else { None };
        changes.meet(lesson, desired, whys.get(&key).copied(), now_ms);
    }
    for desired in within.into_iter().filter(|desired| !met.contains(&desired.key())) {
        if desired.is_past(now_ms) { changes.past += 1 } else { changes.create.push(desired.clone()) }
    }
    changes
}

impl Desired {
    fn key(&self) -> Key<'_> {
        (&self.occurrence.entry, self.occurrence.date)
    }

    fn is_past(&self, now_ms: u64) -> bool {
        self.occurrence.start_ms < now_ms
    }
}

impl Existing {
    /// Whether it is history: it has begun, or its time came and went.
    fn is_begun(&self, now_ms: u64) -> bool {
        !matches!(self.state, LessonState::Scheduled | LessonState::Cancelled) || self.start_ms < now_ms
    }

    fn is_cancelled(&self) -> bool {
        self.state == LessonState::Cancelled
    }

    /// In what it differs from what it should be.
    fn difference(&self, desired: Option<&Desired>) -> Vec<Field> {
        let Some(Desired { occurrence, content }) = desired else {
            return if self.is_cancelled() { Vec::new() } else { vec![Field::State] };
        };
        let state = self.is_cancelled().then_some(Field::State);
        let times = ((self.start_ms, self.end_ms) != (occurrence.start_ms, occurrence.end_ms)).then_some(Field::Times);
        state.into_iter().chain(times).chain(self.content.difference(content)).collect()
    }

    /// Why it may not be changed.
    fn protection(&self, desired: Option<&Desired>, now_ms: u64) -> Option<KeepReason> {
        if self.changed_by_hand {
            return Some(KeepReason::ChangedByHand);
        }
        if self.has_attendance {
            return Some(KeepReason::HasAttendance);
        }
        desired.filter(|desired| desired.is_past(now_ms)).map(|_| KeepReason::WouldBePast)
    }
}

impl Changes {
    /// Decides about one lesson.
    fn meet(&mut self, lesson: &Existing, desired: Option<&Desired>, why: Option<&Why>, now_ms: u64) {
        let id = lesson.id.clone();
        let difference = lesson.difference(desired);
        if difference.is_empty() || lesson.is_begun(now_ms) {
            self.unchanged.push(id);
        } else if let Some(reason) = lesson.protection(desired, now_ms) {
            self.keep.push(Keep { id, reason, desired: desired.cloned(), difference });
        } else if let Some(desired) = desired {
            self.update.push(Update { id, desired: desired.clone(), difference });
        } else {
            let reason = why.map_or(CancelReason::NotPlanned, |why| CancelReason::Skipped(why.clone()));
            self.cancel.push(Cancel { id, reason });
        }
    }
}

#[cfg(test)]
mod tests;
