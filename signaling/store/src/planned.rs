//! Lessons of the timetable, before they begin: made in bulk, moved, given to others, cancelled.

use super::bookings::{self, Held, Wanted};
use super::counters::Counter;
use super::database::Engine;
use super::deliveries::undecide;
use super::entries::receiver;
use super::error::Fault;
use super::kept::{self, Part, Stored, check_day, find, find_all, insert_parts, replace};
use super::listing::{self, Listed, among, listed};
use super::needs::{Closed, each_once};
use super::row::Columns;
use super::rules::broken;
use super::transaction::{Db, reading, writing};
use super::value::{Value, insert_rows};
use super::{Store, StoreError, sql};
use protocol::LessonState;
use std::collections::{HashMap, HashSet};
use timetable::{CancelReason, LONGEST_MS, Language, LessonKind, Parts, Receiver, Tell, check_reason, check_times};

/// Lessons looked at in one question.
const LESSONS: usize = 10_000;

/// The tables that lessons fill.
const WRITTEN: &str = "lessons, lesson_receivers, lesson_assistants, bookings";

/// A lesson with a place in the timetable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedLesson {
    /// 1 to 64 of `A-Z a-z 0-9 _ -`: it stands in URLs.
    pub id: String,
    /// 1 to 200 characters.
    pub title: String,
    /// Where it stands. Only a running server changes it after the lesson was made, but for [`Store::cancel_lesson`].
    pub state: LessonState,
    /// The entry it came from.
    pub entry: Option<String>,
    /// The day of the entry it stands for, as `YYYY-MM-DD`; it stays when the lesson is moved. An entry has one lesson a day.
    pub day: Option<String>,
    /// The period, 1 to 20.
    pub period: Option<u8>,
    /// What kind of lesson.
    pub kind: Option<LessonKind>,
    /// The subject, 1 to 40 characters.
    pub subject: Option<String>,
    /// The lead teacher's id.
    pub teacher: Option<String>,
    /// The assisting teachers' ids, sorted.
    pub assistants: Vec<String>,
    /// The host's classroom.
    pub host_classroom: Option<String>,
    /// Who receives it, by classroom.
    pub receivers: Vec<Receiver>,
    /// When it is to begin, in milliseconds since 1970 (UTC).
    pub start_ms: u64,
    /// When it is to end, in milliseconds since 1970 (UTC); after the beginning, within a day of it.
    pub end_ms: u64,
    /// Why it is cancelled or not as planned: 1 to 200 characters.
    pub reason: Option<String>,
    /// Whether a person changed it, so that the timetable does so no more.
    pub changed_by_hand: bool,
    /// What is switched off, as JSON.
    pub switches: Option<String>,
    /// Counted up with each change, but not with changes of the state by the running server; 1 when made.
    pub version: u64,
}

/// A state of a lesson: as long as it is the same, so is all that a [`PlannedLesson`] says of it but for the switches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LessonMark {
    /// The lesson's id.
    pub id: String,
    /// Its version.
    pub version: u64,
    /// Where it stands: a running server changes this alone.
    pub state: LessonState,
}

/// Which lessons are wanted, in the order of beginning.
#[derive(Clone, Copy, Debug)]
pub struct LessonList<'a> {
    /// Only those that end after this, in milliseconds since 1970 (UTC).
    pub from_ms: u64,
    /// Only those that begin before this.
    pub to_ms: u64,
    /// Only those of this entry.
    pub entry: Option<&'a str>,
    /// Only those of this term's entries.
    pub term: Option<&'a str>,
    /// Only those with this classroom, as host or receiver.
    pub classroom: Option<&'a str>,
    /// Only those with a classroom of this school.
    pub school: Option<&'a str>,
    /// Only those with this lead or assisting teacher.
    pub person: Option<&'a str>,
    /// Only those after this one: beginning and id of the last of the page before.
    pub after: Option<(u64, &'a str)>,
    /// Also those to come that the timetable made and has no more.
    pub withdrawn: bool,
    /// At most so many, 1 to 10,000.
    pub limit: u32,
}

impl LessonList<'_> {
    /// The first 1,000 between two times.
    pub fn between(from_ms: u64, to_ms: u64) -> Self {
        Self { from_ms, to_ms, entry: None, term: None, classroom: None, school: None, person: None, after: None, withdrawn: false, limit: 1_000 }
    }
}

/// A lesson that could not be made or changed, beside which others were.
#[derive(Debug)]
pub struct LeftOut {
    /// Its id.
    pub lesson: String,
    /// Why.
    pub why: StoreError,
}

impl LeftOut {
    /// Of errors about lessons; with `all` the first is one.
    fn of(errors: Vec<StoreError>, all: bool) -> Result<Vec<Self>, StoreError> {
        let mut left_out = Vec::with_capacity(errors.len());
        for why in errors {
            let (StoreError::Clash { lesson, .. }
            | StoreError::Begun { id: lesson, .. }
            | StoreError::Changed { id: lesson, .. }
            | StoreError::Missing { id: lesson, .. }) = &why
            else {
                return Err(why);
            };
            if all {
                return Err(why);
            }
            left_out.push(Self { lesson: lesson.clone(), why });
        }
        Ok(left_out)
    }

    /// Of lessons that need what is closed; with `all` the first is an error.
    async fn closed(db: &mut Db, lessons: &[&PlannedLesson], all: bool) -> Result<Vec<Self>, Fault> {
        let closed = Closed::of(db, lessons).await?;
        let left_out = |lesson: &&PlannedLesson| closed.refusal(lesson).map(|why| Self { lesson: lesson.id.clone(), why });
        let mut left_out = lessons.iter().filter_map(left_out);
        match left_out.next() {
            Some(first) if all => Err(first.why.into()),
            first => Ok(first.into_iter().chain(left_out).collect()),
        }
    }

    fn ids(all: &[Self]) -> HashSet<&str> {
        all.iter().map(|one| one.lesson.as_str()).collect()
    }
}

impl PlannedLesson {
    /// In which state it was read.
    pub fn mark(&self) -> LessonMark {
        LessonMark { id: self.id.clone(), version: self.version, state: self.state }
    }
}

impl Stored for PlannedLesson {
    const NAME: &'static str = "lesson";
    const TABLE: &'static str = "lessons";
    const COLUMNS: &'static [&'static str] = &[
        "title",
        "host_classroom_id",
        "planned_start_ms",
        "planned_end_ms",
        "entry_id",
        "day",
        "period",
        "kind",
        "subject",
        "teacher_id",
        "reason",
        "changed_by_hand",
        "switches",
        "state",
    ];
    const MADE_ONLY: usize = 1;
    const CONDITION: &'static str = "AND state IN ('scheduled', 'open')";
    const OWNER: &'static str = "entry_id";
    const PARTS: &'static [Part] = &[
        Part { table: "lesson_receivers", owner: "lesson_id", columns: &["classroom_id", "interactive", "start_ms"], order: "classroom_id" },
        Part { table: "lesson_assistants", owner: "lesson_id", columns: &["person_id", "start_ms"], order: "person_id" },
    ];

    fn id(&self) -> &str {
        &self.id
    }
    fn version(&self) -> u64 {
        self.version
    }
    fn check(&self) -> Result<(), StoreError> {
        self.day.as_deref().map(check_day).transpose()?;
        check_times(self.start_ms, self.end_ms).map_err(broken("lesson", &self.id))?;
        self.reason.as_deref().map_or(Ok(()), check_reason).map_err(broken("lesson", &self.id))?;
        let parts = Parts {
            subject: self.subject.as_deref(),
            title: &self.title,
            period: self.period,
            kind: self.kind,
            teacher: self.teacher.as_deref(),
            assistants: &self.assistants,
            host_classroom: self.host_classroom.as_deref(),
            receivers: &self.receivers,
        };
        parts.check().map_err(broken("lesson", &self.id))
    }
    fn values(&self) -> Vec<Value> {
        vec![
            (&self.title).into(),
            (&self.host_classroom).into(),
            self.start_ms.into(),
            self.end_ms.into(),
            (&self.entry).into(),
            (&self.day).into(),
            self.period.into(),
            self.kind.map(LessonKind::code).into(),
            (&self.subject).into(),
            (&self.teacher).into(),
            (&self.reason).into(),
            self.changed_by_hand.into(),
            (&self.switches).into(),
            self.state.name().into(),
        ]
    }
    fn of(row: &Listed<'_>) -> Result<Self, Fault> {
        Ok(Self {
            id: row.text("id")?,
            title: row.text("title")?,
            state: row.word("lesson", "state")?,
            entry: row.text_or_none("entry_id")?,
            day: row.text_or_none("day")?,
            period: row.small_or_none("period")?,
            kind: row.word_or_none("lesson", "kind")?,
            subject: row.text_or_none("subject")?,
            teacher: row.text_or_none("teacher_id")?,
            assistants: Vec::new(),
            host_classroom: row.text_or_none("host_classroom_id")?,
            receivers: Vec::new(),
            start_ms: row.count("planned_start_ms")?,
            end_ms: row.count("planned_end_ms")?,
            reason: row.text_or_none("reason")?,
            changed_by_hand: row.truth("changed_by_hand")?,
            switches: row.text_or_none("switches")?,
            version: row.count("version")?,
        })
    }
    fn parts(&self) -> Vec<Vec<Vec<Value>>> {
        let receiver = |receiver: &Receiver| vec![(&receiver.classroom).into(), receiver.interactive.into(), self.start_ms.into()];
        let assistant = |person: &String| vec![person.into(), self.start_ms.into()];
        vec![self.receivers.iter().map(receiver).collect(), self.assistants.iter().map(assistant).collect()]
    }
    fn take_part(&mut self, part: usize, row: &Listed<'_>) -> Result<(), Fault> {
        match part {
            0 => self.receivers.push(receiver(row)?),
            _ => self.assistants.push(row.text("person_id")?),
        }
        Ok(())
    }
}

impl Store {
    /// Makes lessons and books who and what is in them: all or none.
    ///
    /// # Errors
    /// [`StoreError::Clash`] with what is booked already or among each other, [`StoreError::Closed`], [`StoreError::Invalid`], [`StoreError::Reference`],
    /// [`StoreError::Duplicate`] for an id that is taken or a second lesson of an entry on a day, [`StoreError::Database`].
    pub async fn create_lessons(&self, lessons: &[PlannedLesson], now_ms: u64) -> Result<(), StoreError> {
        lessons.iter().try_for_each(kept::check)?;
        writing!(self, |db| insert_all(db, self.engine, lessons, now_ms).await)?;
        self.know(WRITTEN, lessons.len()).await;
        Ok(())
    }

    /// As [`Store::create_lessons`], without those that cannot be made; says which these are.
    ///
    /// # Errors
    /// What all would fail with: [`StoreError::Reference`], [`StoreError::Duplicate`], [`StoreError::Database`].
    pub async fn create_lessons_that_fit(&self, lessons: &[PlannedLesson], now_ms: u64) -> Result<Vec<LeftOut>, StoreError> {
        let (sound, unsound) = sound(lessons);
        let mut clashing = writing!(self, |db| insert_fitting(db, self.engine, &sound, now_ms, false).await)?;
        self.know(WRITTEN, sound.len() - clashing.len()).await;
        clashing.extend(unsound);
        Ok(clashing)
    }

    /// Changes lessons that have not begun, if they still have their versions, and books anew: all or none. Their states stay, but a cancelled one that is given
    /// as scheduled takes place again, as it is given. The new versions count one more.
    ///
    /// # Errors
    /// [`StoreError::Changed`], [`StoreError::Missing`], [`StoreError::Begun`], and as [`Store::create_lessons`].
    pub async fn update_lessons(&self, lessons: &[PlannedLesson]) -> Result<(), StoreError> {
        lessons.iter().try_for_each(kept::check)?;
        writing!(self, |db| replace_all(db, self.engine, lessons).await)
    }

    /// As [`Store::update_lessons`], without those that cannot be changed, which stay as they are; says which these are.
    ///
    /// # Errors
    /// As [`Store::create_lessons_that_fit`], and where a lesson begins in this moment.
    pub async fn update_lessons_that_fit(&self, lessons: &[PlannedLesson]) -> Result<Vec<LeftOut>, StoreError> {
        let (sound, unsound) = sound(lessons);
        let mut clashing = writing!(self, |db| replace_fitting(db, self.engine, &sound, false).await)?;
        clashing.extend(unsound);
        Ok(clashing)
    }

    /// Whether [`Store::create_lessons`] or (`change`) [`Store::update_lessons`] would do it; nothing is written.
    ///
    /// # Errors
    /// As those.
    pub async fn try_lessons(&self, lessons: &[PlannedLesson], change: bool) -> Result<(), StoreError> {
        lessons.iter().try_for_each(kept::check)?;
        let once = async {
            let mut transaction = self.begin().await?;
            match change {
                true => replace_all(&mut transaction, self.engine, lessons).await?,
                false => insert_all(&mut transaction, self.engine, lessons, 0).await?,
            }
            Ok(transaction.rollback().await?)
        };
        self.placed(once.await)
    }

    /// Cancels a lesson that has not begun, if it still has this version; it holds nobody and nothing any more. Returns the new version.
    ///
    /// # Errors
    /// [`StoreError::Changed`], [`StoreError::Missing`], [`StoreError::Begun`], [`StoreError::Database`].
    pub async fn cancel_lesson(&self, id: &str, version: u64, reason: &str, by_hand: bool) -> Result<u64, StoreError> {
        let text = "UPDATE lessons SET state = 'cancelled', reason = $3, changed_by_hand = CASE WHEN $4 = 1 THEN 1 ELSE changed_by_hand END, \
                    version = version + 1 WHERE id = $1 AND version = $2 AND state IN ('scheduled', 'open')";
        check_reason(reason).map_err(broken("lesson", id))?;
        writing!(self, |db| {
            bookings::take_turn(db).await?;
            let query = sqlx::query(text).bind(id).bind(sql(version)).bind(reason).bind(i64::from(by_hand));
            let rows = query.execute(&mut *db).await?.rows_affected();
            let replaced = kept::replaced::<PlannedLesson>(db, rows, id, version).await;
            let version = begun(db, id, version, replaced).await?;
            bookings::release(db, id).await?;
            Ok(version)
        })
    }

    /// Takes the cancelling back, if the lesson still has this version and nobody and nothing in it is booked elsewhere since; from then on the timetable leaves it
    /// alone. Returns the new version.
    ///
    /// # Errors
    /// [`StoreError::Clash`], [`StoreError::Closed`], [`StoreError::Changed`] also where it is not cancelled, [`StoreError::Missing`], [`StoreError::Database`].
    pub async fn reinstate_lesson(&self, id: &str, version: u64) -> Result<u64, StoreError> {
        let text = "UPDATE lessons SET state = 'scheduled', reason = NULL, changed_by_hand = 1, version = version + 1 \
                    WHERE id = $1 AND version = $2 AND state = 'cancelled'";
        writing!(self, |db| {
            bookings::take_turn(db).await?;
            let rows = sqlx::query(text).bind(id).bind(sql(version)).execute(&mut *db).await?.rows_affected();
            let version = kept::replaced::<PlannedLesson>(db, rows, id, version).await?;
            undecide(db, id).await?;
            let lesson = find::<PlannedLesson>(db, id).await?.ok_or_else(|| StoreError::Missing { thing: "lesson", id: id.to_owned() })?;
            LeftOut::closed(db, &[&lesson], true).await?;
            bookings::book(db, self.engine, &Wanted::of(&lesson)).await?;
            Ok(version)
        })
    }

    /// A lesson of the timetable; none also for one without planned times.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Unreadable`].
    pub async fn planned_lesson(&self, id: &str) -> Result<Option<PlannedLesson>, StoreError> {
        reading!(self, |db| find_planned(db, id).await)
    }

    /// As of which state of all lessons an answer holds that is read after this: another text after each change of what [`Store::planned_lessons`] gives.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn lessons_version(&self) -> Result<String, StoreError> {
        self.as_of(&[Counter::Bookings, Counter::Lessons]).await
    }

    /// The lessons of these ids that there are.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Unreadable`].
    pub async fn planned_lessons_of(&self, ids: &[String]) -> Result<Vec<PlannedLesson>, StoreError> {
        reading!(self, |db| {
            let condition = format!("id {} AND planned_start_ms IS NOT NULL AND planned_end_ms IS NOT NULL", among(db));
            let mut found = Vec::with_capacity(ids.len());
            for some in each_once(ids.iter()).chunks(LESSONS) {
                found.extend(find_all(db, &condition, vec![listing::ids(db, some).as_str().into()]).await?);
            }
            Ok(found)
        })
    }

    /// The states of the lessons of a page, in its order: much less to read than [`Store::planned_lessons`].
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Unreadable`].
    pub async fn planned_marks(&self, list: &LessonList<'_>) -> Result<Vec<LessonMark>, StoreError> {
        let (condition, values) = condition(list);
        reading!(self, |db| {
            let rows = listed(db, &["id", "version", "state"], &format!("FROM lessons WHERE {condition}"), values).await?;
            rows.iter().map(|row| Ok(LessonMark { id: row.text("id")?, version: row.count("version")?, state: row.word("lesson", "state")? })).collect()
        })
    }

    /// A page of lessons of the timetable, also cancelled ones.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Unreadable`].
    pub async fn planned_lessons(&self, list: &LessonList<'_>) -> Result<Vec<PlannedLesson>, StoreError> {
        let (condition, values) = condition(list);
        let _turn = self.long_turn().await;
        reading!(self, |db| find_all(db, &condition, values).await)
    }
}

/// The lessons that can be stored, and why the others cannot.
fn sound(lessons: &[PlannedLesson]) -> (Vec<&PlannedLesson>, Vec<LeftOut>) {
    let (mut sound, mut unsound) = (Vec::with_capacity(lessons.len()), Vec::new());
    for lesson in lessons {
        match kept::check(lesson) {
            Ok(()) => sound.push(lesson),
            Err(why) => unsound.push(LeftOut { lesson: lesson.id.clone(), why }),
        }
    }
    (sound, unsound)
}

/// A lesson of the timetable: one without planned times is none.
pub(crate) async fn find_planned(db: &mut Db, id: &str) -> Result<Option<PlannedLesson>, Fault> {
    let condition = "id = $1 AND planned_start_ms IS NOT NULL AND planned_end_ms IS NOT NULL";
    Ok(find_all(db, condition, vec![id.into()]).await?.pop())
}

pub(crate) async fn insert_all(db: &mut Db, engine: Engine, lessons: &[PlannedLesson], now_ms: u64) -> Result<(), Fault> {
    insert_fitting(db, engine, &lessons.iter().collect::<Vec<_>>(), now_ms, true).await.map(drop)
}

/// Makes those that have a place; with `all`, one that has none is an error.
async fn insert_fitting(db: &mut Db, engine: Engine, lessons: &[&PlannedLesson], now_ms: u64, all: bool) -> Result<Vec<LeftOut>, Fault> {
    bookings::take_turn(db).await?;
    let mut left_out = LeftOut::closed(db, lessons, all).await?;
    let lessons = beside(lessons, &left_out);
    let wanted: Vec<Wanted<'_>> = lessons.iter().filter(|lesson| holds(lesson.state)).map(|lesson| Wanted::of(lesson)).collect();
    left_out.extend(LeftOut::of(bookings::check(db, &wanted, &Held::new()).await?, all)?);
    let out = LeftOut::ids(&left_out);
    let mut lessons: Vec<PlannedLesson> = beside(&lessons, &left_out).into_iter().cloned().collect();
    // What is read together lies together: a week of a county is in some hundred pages of the database, not in as many as it has lessons.
    lessons.sort_by_key(|lesson| lesson.start_ms);
    let mut columns = vec!["id", "created_ms"];
    columns.extend(PlannedLesson::COLUMNS);
    let row = |lesson: &PlannedLesson| [Value::from(&lesson.id), now_ms.into()].into_iter().chain(lesson.values()).collect();
    insert_rows(db, engine, PlannedLesson::TABLE, &columns, lessons.iter().map(row).collect()).await?;
    insert_parts(db, engine, &lessons).await?;
    let fitting = wanted.iter().filter(|want| !out.contains(want.lesson().id.as_str()));
    bookings::insert(db, engine, fitting.flat_map(Wanted::bookings).collect()).await?;
    Ok(left_out)
}

async fn replace_all(db: &mut Db, engine: Engine, lessons: &[PlannedLesson]) -> Result<(), Fault> {
    replace_fitting(db, engine, &lessons.iter().collect::<Vec<_>>(), true).await.map(drop)
}

/// Changes those that can be; with `all`, one that cannot is an error.
async fn replace_fitting(db: &mut Db, engine: Engine, lessons: &[&PlannedLesson], all: bool) -> Result<Vec<LeftOut>, Fault> {
    bookings::take_turn(db).await?;
    let mut left_out = LeftOut::closed(db, lessons, all).await?;
    let lessons = beside(lessons, &left_out);
    let Standing { unchangeable, cancelled } = standing(db, &lessons).await?;
    left_out.extend(LeftOut::of(unchangeable, all)?);
    let lessons = beside(&lessons, &left_out);
    let held = bookings::release_all(db, &lessons).await?;
    let wanted: Vec<Wanted<'_>> = lessons.iter().map(|lesson| Wanted::of(lesson)).collect();
    let clashing = LeftOut::of(bookings::check(db, &wanted, &held).await?, all)?;
    let out = LeftOut::ids(&clashing);
    let (fitting, staying): (Vec<&Wanted<'_>>, Vec<&Wanted<'_>>) = wanted.iter().partition(|want| !out.contains(want.lesson().id.as_str()));
    for want in &fitting {
        let lesson = want.lesson();
        if cancelled.contains(&lesson.id) {
            let back = "UPDATE lessons SET state = 'scheduled' WHERE id = $1 AND version = $2 AND state = 'cancelled'";
            sqlx::query(back).bind(&lesson.id).bind(sql(lesson.version)).execute(&mut *db).await?;
        }
        let replaced = replace(db, engine, lesson).await;
        begun(db, &lesson.id, lesson.version, replaced).await?;
        undecide(db, &lesson.id).await?;
    }
    let kept = staying.iter().filter_map(|want| held.get(&want.lesson().id)).flatten().cloned();
    bookings::insert(db, engine, fitting.iter().flat_map(|want| want.bookings()).chain(kept).collect()).await?;
    left_out.extend(clashing);
    Ok(left_out)
}

/// Those that were not left out.
fn beside<'a>(lessons: &[&'a PlannedLesson], left_out: &[LeftOut]) -> Vec<&'a PlannedLesson> {
    let out = LeftOut::ids(left_out);
    lessons.iter().filter(|lesson| !out.contains(lesson.id.as_str())).copied().collect()
}

/// Where lessons to be changed stand.
struct Standing {
    /// Why those cannot be that have begun, are cancelled, are gone or were changed since they were read.
    unchangeable: Vec<StoreError>,
    /// Those that are cancelled and are to take place again.
    cancelled: HashSet<String>,
}

async fn standing(db: &mut Db, lessons: &[&PlannedLesson]) -> Result<Standing, Fault> {
    let mut there: HashMap<String, (u64, LessonState)> = HashMap::new();
    let all: Vec<String> = lessons.iter().map(|lesson| lesson.id.clone()).collect();
    let of_them = format!("FROM lessons WHERE id {}", among(db));
    for some in all.chunks(LESSONS) {
        for row in listed(db, &["id", "version", "state"], &of_them, vec![listing::ids(db, some).as_str().into()]).await? {
            there.insert(row.text("id")?, (row.count("version")?, row.word("lesson", "state")?));
        }
    }
    let mut standing = Standing { unchangeable: Vec::new(), cancelled: HashSet::new() };
    for lesson in lessons {
        let (thing, id) = (PlannedLesson::NAME, lesson.id.clone());
        standing.unchangeable.push(match there.get(&lesson.id) {
            None => StoreError::Missing { thing, id },
            Some((version, _)) if *version != lesson.version => StoreError::Changed { thing, id, version: lesson.version },
            Some((_, LessonState::Scheduled | LessonState::Open)) => continue,
            Some((_, LessonState::Cancelled)) if lesson.state == LessonState::Scheduled => {
                standing.cancelled.insert(id);
                continue;
            }
            Some((_, state)) => StoreError::Begun { id, state: *state },
        });
    }
    Ok(standing)
}

/// Whether a lesson in this state holds whom and what it needs.
fn holds(state: LessonState) -> bool {
    !matches!(state, LessonState::Ended | LessonState::Cancelled)
}

/// Says of a lesson that was not changed although its version is the right one that it has begun.
async fn begun(db: &mut Db, id: &str, version: u64, replaced: Result<u64, Fault>) -> Result<u64, Fault> {
    let Err(Fault::Store(StoreError::Changed { .. })) = &replaced else { return replaced };
    match find::<PlannedLesson>(db, id).await? {
        Some(lesson) if lesson.version == version => Err(StoreError::Begun { id: id.to_owned(), state: lesson.state }.into()),
        _ => replaced,
    }
}

/// Which lessons, in SQL.
fn condition(list: &LessonList<'_>) -> (String, Vec<Value>) {
    // A lesson lasts a day at most: an earlier beginning need not be looked at.
    let earliest = list.from_ms.saturating_sub(LONGEST_MS);
    let mut text = String::from(
        "planned_start_ms >= $1 AND planned_start_ms < $2 AND planned_end_ms > $3 AND (planned_start_ms > $4 OR (planned_start_ms = $4 AND id > $5))",
    );
    let (after_ms, after) = list.after.unwrap_or_default();
    let mut values: Vec<Value> = vec![earliest.into(), list.to_ms.into(), list.from_ms.into(), after_ms.into(), after.into()];
    let mut only = |condition: &str, value: Option<&str>| {
        if let Some(value) = value {
            values.push(value.into());
            text.push_str(&condition.replace("$n", &format!("${}", values.len())));
        }
    };
    only(" AND entry_id = $n", list.entry);
    only(" AND entry_id IN (SELECT id FROM entries WHERE term_id = $n)", list.term);
    // By ids that come from indices with the time in them; `start_ms` is the lesson's, kept where it is looked for.
    let found = |lessons: &str, table: &str, parts: &str| {
        format!(
            " AND id IN (SELECT id FROM lessons WHERE {lessons} AND planned_start_ms >= $1 AND planned_start_ms < $2 \
             UNION SELECT lesson_id FROM {table} WHERE {parts} AND start_ms >= $1 AND start_ms < $2)"
        )
    };
    only(&found("host_classroom_id = $n", "lesson_receivers", "classroom_id = $n"), list.classroom);
    only(&found("teacher_id = $n", "lesson_assistants", "person_id = $n"), list.person);
    let of_school = "IN (SELECT id FROM classrooms WHERE school_id = $n)";
    only(&found(&format!("host_classroom_id {of_school}"), "lesson_receivers", &format!("classroom_id {of_school}")), list.school);
    // What is withdrawn keeps the words that it was withdrawn with.
    let withdrawn = CancelReason::NotPlanned.tell(Language::Chinese);
    only(" AND NOT (state = 'cancelled' AND changed_by_hand = 0 AND COALESCE(reason, '') = $n)", Some(withdrawn.as_str()).filter(|_| !list.withdrawn));
    text.push_str(&format!(" ORDER BY planned_start_ms, id LIMIT {}", list.limit.clamp(1, 10_000)));
    (text, values)
}
