//! The lessons of a term: made from its entries, and kept in step with them. What a person changed stays as it is.

use crate::store::{BellPlan, Classroom, Entry, Kept, LeftOut, LessonList, List, PlannedLesson, Store, StoreError, Term};
use protocol::LessonState;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use timetable::{
    BellError, Bells, Calendar, Changes, Content, Date, Desired, Existing, Keep, Language, Receiver, Skipped, Tell, Update, Why, Zone, occurrences, reconcile,
};

/// Rows read at once.
const PAGE: u32 = 1_000;

/// Lessons read at once.
const LESSONS: u32 = 10_000;

/// Why the lessons of a term could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ScheduleError {
    /// The store refused: also a clash, which names both lessons.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no such term.
    #[error("there is no term {0:?}; make it first")]
    NoTerm(String),
    /// The bells of a school contradict each other.
    #[error("the bells of school {school:?} are not usable: {reason}")]
    Bells {
        /// The school's id.
        school: String,
        /// Why.
        reason: BellError,
    },
    /// An entry would have no lesson in all the term.
    #[error("“{title}” would never be taught: {}", never(why.as_ref(), Language::English))]
    Never {
        /// The entry's title.
        title: String,
        /// Why; none: no day of the term is among its own.
        why: Option<Why>,
    },
}

/// Why an entry would never be taught, and what to do.
pub(crate) fn never(why: Option<&Why>, language: Language) -> String {
    match (why, language) {
        (None, Language::Chinese) => "学期里没有符合它的星期、周次和日期的日子，请更正".to_owned(),
        (None, Language::English) => "no day of the term has its weekday, weeks and dates; correct them".to_owned(),
        (Some(why), Language::Chinese) => format!("{}；请更正节次，或先设置作息", why.tell(language)),
        (Some(why), Language::English) => format!("{}; correct the period, or set the bells first", why.tell(language)),
    }
}

/// Something that could not be done, beside which the rest was.
#[derive(Debug)]
pub struct Failure {
    /// The id of the lesson, of the entry, or of the school whose bells are not usable.
    pub thing: String,
    /// Why.
    pub why: ScheduleError,
}

/// What was done.
#[derive(Debug, Default)]
pub struct Report {
    /// Lessons made.
    pub created: usize,
    /// Lessons changed, also those that take place again.
    pub updated: usize,
    /// Lessons cancelled.
    pub cancelled: usize,
    /// Lessons that differ from the timetable and stay, and why.
    pub kept: Vec<Keep>,
    /// Dates on which an entry is not taught, and why.
    pub skipped: Vec<Skipped>,
    /// Dates that got no lesson because their time is past.
    pub past: usize,
    /// What could not be done; nothing where one entry alone is made.
    pub failed: Vec<Failure>,
}

impl Report {
    /// Takes another one in.
    pub fn add(&mut self, other: Self) {
        self.created += other.created;
        self.updated += other.updated;
        self.cancelled += other.cancelled;
        self.kept.extend(other.kept);
        self.skipped.extend(other.skipped);
        self.past += other.past;
        self.failed.extend(other.failed);
    }
}

/// Which lessons are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Only<'a> {
    /// Those of all entries of the term.
    All,
    /// Those of the entries that a school hosts, by its id.
    School(&'a str),
    /// Those of one entry, by its id.
    Entry(&'a str),
}

/// Makes the lessons of a term as its entries, its calendar and its schools' bells say, at the time `now_ms` (milliseconds since 1970, UTC). Asked again, it
/// changes only what differs. First is cancelled, then changed, then made. Of one entry, each of the three as a whole or not at all. Of several, a lesson that
/// clashes or needs what is closed, an entry that breaks a rule and a school with unusable bells are left as they are and reported: one school's mistake is
/// not another's.
///
/// # Errors
/// [`ScheduleError`]: where the store cannot be read or written, and where [`Only::Entry`] cannot be made. After [`StoreError::Clash`] it can be called again
/// once the clash is mended.
pub async fn make_lessons(store: &Store, term: &str, zone: &Zone, now_ms: u64, only: Only<'_>) -> Result<Report, ScheduleError> {
    let entries: Vec<Entry> = match only {
        Only::All => pages(store, Some(term), false).await?,
        Only::School(school) => {
            let rooms: HashSet<String> = pages::<Classroom>(store, Some(school), true).await?.into_iter().map(|room| room.id).collect();
            pages::<Entry>(store, Some(term), false).await?.into_iter().filter(|entry| rooms.contains(&entry.host_classroom)).collect()
        }
        Only::Entry(id) => store.get::<Entry>(id).await?.filter(|entry| entry.closed_ms.is_none()).into_iter().collect(),
    };
    let Planned { lessons, changes, skipped, failed, .. } = plan(store, term, &entries, zone, now_ms, only).await?;
    let work = Work { store, now_ms, alone: matches!(only, Only::Entry(_)) };
    let report = Report { skipped, failed, past: changes.past, ..Report::default() };
    work.carry_out(&lessons, changes, report).await
}

/// Whether the lessons of an entry, which need not be stored as it is, could be made. Nothing is written.
///
/// # Errors
/// As [`make_lessons`], where the entry breaks a rule, and [`ScheduleError::Never`].
pub async fn plan_entry(store: &Store, entry: &Entry, zone: &Zone, now_ms: u64) -> Result<(), ScheduleError> {
    let only = Only::Entry(&entry.id);
    let Planned { lessons, changes, never, .. } = plan(store, &entry.term, std::slice::from_ref(entry), zone, now_ms, only).await?;
    none(never)?;
    store.try_lessons(&updated(&lessons, &changes).collect::<Vec<_>>(), true).await?;
    // The store does not know the entry yet, and need not to see a clash.
    let made = changes.create.iter().map(|desired| PlannedLesson { entry: None, day: None, ..created(desired) }).collect::<Vec<_>>();
    Ok(store.try_lessons(&made, false).await?)
}

/// The lessons that entries would get which are not stored yet, and what there is to say about them; `failed` has those that would never be taught. Nothing is
/// written.
///
/// # Errors
/// As [`make_lessons`], and where an entry breaks a rule.
pub(crate) async fn lessons_of_new(
    store: &Store,
    calendar: &Calendar,
    entries: &[Entry],
    zone: &Zone,
    now_ms: u64,
) -> Result<(Vec<PlannedLesson>, Report), ScheduleError> {
    let Wanted { desired, skipped, failed, never, .. } = wanted(store, entries, calendar, zone).await?;
    none(failed)?;
    let (Some(first), Some(last)) = (calendar.days().first(), calendar.days().last()) else { return Ok(<_>::default()) };
    let changes = reconcile(&desired, &skipped, &[], &(first.date..=last.date), now_ms);
    let lessons: Vec<PlannedLesson> = changes.create.iter().map(created).collect();
    let report = Report { created: lessons.len(), skipped, past: changes.past, failed: never, ..Report::default() };
    Ok((lessons, report))
}

/// What making lessons would do.
struct Planned {
    lessons: HashMap<String, PlannedLesson>,
    changes: Changes,
    skipped: Vec<Skipped>,
    failed: Vec<Failure>,
    never: Vec<Failure>,
}

async fn plan(store: &Store, term: &str, entries: &[Entry], zone: &Zone, now_ms: u64, only: Only<'_>) -> Result<Planned, ScheduleError> {
    let found = store.get::<Term>(term).await?.ok_or_else(|| ScheduleError::NoTerm(term.to_owned()))?;
    let calendar = found.rules()?;
    let mut lessons = lessons_of(store, term, only).await?;
    if let Only::School(_) = only {
        let own: HashSet<&str> = entries.iter().map(|entry| entry.id.as_str()).collect();
        lessons.retain(|_, lesson| lesson.entry.as_deref().is_some_and(|entry| own.contains(entry)));
    }
    let Wanted { desired, skipped, mut failed, never, unknown } = wanted(store, entries, &calendar, zone).await?;
    if let Only::Entry(_) = only {
        none(std::mem::take(&mut failed))?;
    }
    // Of an entry of which it is not known what there should be, all stays.
    let existing: Vec<Existing> = lessons.values().filter_map(existing).filter(|lesson| !unknown.contains(lesson.entry.as_str())).collect();
    // Of the term as it was before it was made shorter, lessons may be left outside of it: these are not planned any more.
    let changes = reconcile(&desired, &skipped, &existing, &(Date::MIN..=Date::MAX), now_ms);
    Ok(Planned { lessons, changes, skipped, failed, never })
}

/// Nothing failed, or the first that did is what all fails with.
fn none(failed: Vec<Failure>) -> Result<(), ScheduleError> {
    failed.into_iter().next().map_or(Ok(()), |failure| Err(failure.why))
}

/// The lessons there should be.
#[derive(Default)]
struct Wanted<'a> {
    desired: Vec<Desired>,
    skipped: Vec<Skipped>,
    failed: Vec<Failure>,
    /// The entries that have no lesson, and would have none if there were no holidays.
    never: Vec<Failure>,
    /// The entries of which it cannot be said.
    unknown: HashSet<&'a str>,
}

impl<'a> Wanted<'a> {
    /// Nothing is known of an entry, for a reason that is told once.
    fn leave(&mut self, entry: &'a Entry, failure: Option<Failure>) {
        self.unknown.insert(&entry.id);
        self.failed.extend(failure);
    }
}

async fn wanted<'a>(store: &Store, entries: &'a [Entry], calendar: &Calendar, zone: &Zone) -> Result<Wanted<'a>, ScheduleError> {
    let classrooms: Vec<Classroom> = match entries {
        [] => Vec::new(),
        [one] => store.get::<Classroom>(&one.host_classroom).await?.into_iter().collect(),
        _ => pages(store, None, true).await?,
    };
    let schools: HashMap<&str, &str> = classrooms.iter().map(|classroom| (classroom.id.as_str(), classroom.school.as_str())).collect();
    let mut bells: HashMap<&str, Option<Bells>> = HashMap::new();
    let mut wanted = Wanted::default();
    let days = match (calendar.days().first(), calendar.days().last()) {
        (Some(first), Some(last)) => first.date..=last.date,
        _ => return Ok(wanted),
    };
    for entry in entries {
        // The store holds no entry whose host is not in the register.
        let school = schools.get(entry.host_classroom.as_str()).copied().unwrap_or_default();
        if !bells.contains_key(school) {
            let (usable, failure) = separate(school, bells_of(store, school, zone).await)?;
            bells.insert(school, usable);
            wanted.failed.extend(failure);
        }
        let Some(Some(bells)) = bells.get(school) else {
            wanted.leave(entry, None);
            continue;
        };
        let (rules, failure) = separate(&entry.id, entry.rules().map_err(ScheduleError::Store))?;
        let Some(rules) = rules else {
            wanted.leave(entry, failure);
            continue;
        };
        let (taught, skipped) = occurrences(calendar, bells, &rules, &days);
        if taught.is_empty() && skipped.iter().all(|skipped| matches!(skipped.why, Why::NoPeriod { .. })) {
            let why = ScheduleError::Never { title: entry.title.clone(), why: skipped.first().map(|skipped| skipped.why.clone()) };
            wanted.never.push(Failure { thing: entry.id.clone(), why });
        }
        wanted.desired.extend(Desired::all(&rules, taught));
        wanted.skipped.extend(skipped);
    }
    Ok(wanted)
}

/// What was found, or why there is none beside which the rest can go on.
///
/// # Errors
/// What the rest would fail with too.
fn separate<T>(thing: &str, found: Result<T, ScheduleError>) -> Result<(Option<T>, Option<Failure>), ScheduleError> {
    match found {
        Ok(found) => Ok((Some(found), None)),
        Err(why) if why.is_of_one() => Ok((None, Some(Failure { thing: thing.to_owned(), why }))),
        Err(why) => Err(why),
    }
}

impl ScheduleError {
    /// Whether it is about one lesson, entry or school; otherwise about all of them.
    fn is_of_one(&self) -> bool {
        use StoreError::{Begun, Changed, Clash, Closed, Invalid, Missing, Rule};
        match self {
            Self::Bells { .. } | Self::Never { .. } => true,
            Self::NoTerm(_) => false,
            Self::Store(error) => matches!(error, Begun { .. } | Changed { .. } | Clash { .. } | Closed { .. } | Invalid { .. } | Missing { .. } | Rule { .. }),
        }
    }
}

/// The bells of a school.
pub(crate) async fn bells_of(store: &Store, school: &str, zone: &Zone) -> Result<Bells, ScheduleError> {
    let plans: Vec<BellPlan> = pages(store, Some(school), false).await?;
    let plans = plans.iter().map(BellPlan::rules).collect::<Result<_, _>>()?;
    Bells::new(school, plans, zone.clone()).map_err(|reason| ScheduleError::Bells { school: school.to_owned(), reason })
}

/// All rows of an owner; with `closed` the closed ones too.
pub(crate) async fn pages<K: Kept>(store: &Store, of: Option<&str>, closed: bool) -> Result<Vec<K>, StoreError> {
    let mut rows: Vec<K> = Vec::new();
    loop {
        let after = rows.last().map(|row| row.id().to_owned());
        let page = store.list::<K>(&List { of, after: after.as_deref(), limit: PAGE, closed }).await?;
        let whole = page.len() == PAGE as usize;
        rows.extend(page);
        if !whole {
            return Ok(rows);
        }
    }
}

/// The lessons there are of a term's entries, by id.
async fn lessons_of(store: &Store, term: &str, only: Only<'_>) -> Result<HashMap<String, PlannedLesson>, StoreError> {
    let mut lessons = HashMap::new();
    let mut after: Option<(u64, String)> = None;
    loop {
        let after_is = after.as_ref().map(|(start_ms, id)| (*start_ms, id.as_str()));
        let (term, entry) = match only {
            Only::All | Only::School(_) => (Some(term), None),
            Only::Entry(id) => (None, Some(id)),
        };
        let list = LessonList { term, entry, after: after_is, withdrawn: true, limit: LESSONS, ..LessonList::between(0, i64::MAX as u64) };
        let page = store.planned_lessons(&list).await?;
        let whole = page.len() == LESSONS as usize;
        after = page.last().map(|lesson| (lesson.start_ms, lesson.id.clone()));
        lessons.extend(page.into_iter().map(|lesson| (lesson.id.clone(), lesson)));
        if !whole {
            return Ok(lessons);
        }
    }
}

/// A lesson as the timetable compares it; none for one that did not come from an entry.
fn existing(lesson: &PlannedLesson) -> Option<Existing> {
    let content = Content {
        period: lesson.period?,
        kind: lesson.kind?,
        subject: lesson.subject.clone()?,
        title: lesson.title.clone(),
        teacher: lesson.teacher.clone()?,
        assistants: lesson.assistants.clone(),
        host_classroom: lesson.host_classroom.clone()?,
        receivers: lesson.receivers.clone(),
    };
    Some(Existing {
        id: lesson.id.clone(),
        entry: lesson.entry.clone()?,
        date: lesson.day.as_deref()?.parse().ok()?,
        start_ms: lesson.start_ms,
        end_ms: lesson.end_ms,
        state: lesson.state,
        changed_by_hand: lesson.changed_by_hand,
        // Nobody comes into a lesson that is only scheduled, and the timetable touches no other.
        has_attendance: false,
        content: Arc::new(content),
    })
}

/// How changes are carried out.
struct Work<'a> {
    store: &'a Store,
    now_ms: u64,
    /// They are one entry's: what cannot be done is an error.
    alone: bool,
}

impl Work<'_> {
    /// Frees what is no longer needed before anything else takes it.
    async fn carry_out(&self, lessons: &HashMap<String, PlannedLesson>, changes: Changes, mut report: Report) -> Result<Report, ScheduleError> {
        for cancel in &changes.cancel {
            let Some(lesson) = lessons.get(&cancel.id) else { continue };
            let done = self.store.cancel_lesson(&lesson.id, lesson.version, &cancel.reason.tell(Language::Chinese), false).await;
            report.cancelled += usize::from(self.done(&lesson.id, done, &mut report.failed)?.is_some());
        }
        report.updated = self.all_that_can_be(updated(lessons, &changes).collect(), true, &mut report.failed).await?;
        let created = changes.create.iter().map(created).collect();
        report.created = self.all_that_can_be(created, false, &mut report.failed).await?;
        report.kept = changes.keep;
        Ok(report)
    }

    /// What came of one lesson; none where it failed, beside which the rest can go on.
    fn done<T>(&self, lesson: &str, done: Result<T, StoreError>, failed: &mut Vec<Failure>) -> Result<Option<T>, ScheduleError> {
        let (done, failure) = separate(lesson, done.map_err(ScheduleError::Store))?;
        failed.extend(failure);
        if self.alone {
            none(std::mem::take(failed))?;
        }
        Ok(done)
    }

    /// Makes or changes lessons, but for those that cannot be. Returns how many.
    async fn all_that_can_be(&self, mut lessons: Vec<PlannedLesson>, change: bool, failed: &mut Vec<Failure>) -> Result<usize, ScheduleError> {
        let Self { store, now_ms, alone } = *self;
        loop {
            let done = match (alone, change) {
                (true, true) => store.update_lessons(&lessons).await.map(|()| Vec::new()),
                (true, false) => store.create_lessons(&lessons, now_ms).await.map(|()| Vec::new()),
                (false, true) => store.update_lessons_that_fit(&lessons).await,
                (false, false) => store.create_lessons_that_fit(&lessons, now_ms).await,
            };
            match done {
                Ok(left_out) => {
                    let made = lessons.len() - left_out.len();
                    failed.extend(left_out.into_iter().map(|LeftOut { lesson, why }| Failure { thing: lesson, why: why.into() }));
                    return Ok(made);
                }
                // It began in this moment: the others are tried without it.
                Err(StoreError::Begun { id, state }) if !alone && lessons.iter().any(|lesson| lesson.id == id) => {
                    lessons.retain(|lesson| lesson.id != id);
                    failed.push(Failure { thing: id.clone(), why: StoreError::Begun { id, state }.into() });
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// The lessons to be changed as they are to be: also those that were cancelled take place. Of what is switched off the timetable knows nothing.
fn updated(lessons: &HashMap<String, PlannedLesson>, changes: &Changes) -> impl Iterator<Item = PlannedLesson> {
    let lesson = move |update: &Update| {
        let PlannedLesson { version, switches, .. } = lessons.get(&update.id)?.clone();
        Some(PlannedLesson { version, switches, ..planned(update.id.clone(), &update.desired) })
    };
    changes.update.iter().filter_map(lesson)
}

fn created(desired: &Desired) -> PlannedLesson {
    planned(id(&desired.occurrence.entry, desired.occurrence.date), desired)
}

/// An entry has one lesson a day.
fn id(entry: &str, date: Date) -> String {
    format!("{entry}-{:04}{:02}{:02}", date.year(), date.month(), date.day())
}

fn planned(id: String, desired: &Desired) -> PlannedLesson {
    let (occurrence, content) = (&desired.occurrence, &desired.content);
    let mut receivers: Vec<Receiver> = content.receivers.clone();
    receivers.sort();
    PlannedLesson {
        id,
        title: content.title.clone(),
        state: LessonState::Scheduled,
        entry: Some(occurrence.entry.clone()),
        day: Some(occurrence.date.to_string()),
        period: Some(content.period),
        kind: Some(content.kind),
        subject: Some(content.subject.clone()),
        teacher: Some(content.teacher.clone()),
        assistants: content.assistants.clone(),
        host_classroom: Some(content.host_classroom.clone()),
        receivers,
        start_ms: occurrence.start_ms,
        end_ms: occurrence.end_ms,
        reason: None,
        changed_by_hand: false,
        switches: None,
        version: 1,
    }
}
