//! Entries of the timetable: what is taught every week.

use super::StoreError;
use super::error::Fault;
use super::kept::{Closable, Kept, Part, Stored};
use super::listing::Listed;
use super::row::{Columns, Word};
use super::value::Value;
use serde::{Deserialize, Serialize};
use timetable::{LessonKind, Receiver};
use ts_rs::TS;
use utoipa::ToSchema;

impl Word for LessonKind {
    fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == word)
    }
}

/// An entry of the timetable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct Entry {
    /// Its id, of at most 55 characters: in those of its lessons the day follows it.
    #[serde(default)]
    #[schema(pattern = "^[A-Za-z0-9_-]{1,55}$", required = true)]
    pub id: String,
    /// The term's id.
    pub term: String,
    /// 1 (Monday) to 7.
    pub weekday: u8,
    /// The period of the host's school, 1 to 20.
    pub period: u8,
    /// The subject.
    pub subject: String,
    /// The title on screen.
    pub title: String,
    /// The lead teacher's id.
    pub teacher: String,
    /// The assisting teachers' ids, sorted.
    pub assistants: Vec<String>,
    /// The host's classroom.
    pub host_classroom: String,
    /// Who receives it, by classroom.
    pub receivers: Vec<Receiver>,
    /// What kind of lesson.
    pub kind: LessonKind,
    /// In which weeks, in the notation of the timetable: 全, 单, 双, 1-8,10.
    pub weeks: String,
    /// Its first day, as `YYYY-MM-DD`; none: the term's.
    pub from_day: Option<String>,
    /// Its last day, as `YYYY-MM-DD`; none: the term's.
    pub to_day: Option<String>,
    /// When it was closed, in milliseconds since 1970 (UTC).
    #[serde(default)]
    #[schema(read_only)]
    pub closed_ms: Option<u64>,
    /// Counted up with each change, also of its lists; 1 when made.
    #[serde(default)]
    #[schema(read_only, required = true)]
    pub version: u64,
}

impl Kept for Entry {}
impl Closable for Entry {}
impl Stored for Entry {
    const NAME: &'static str = "entry";
    const TABLE: &'static str = "entries";
    const COLUMNS: &'static [&'static str] =
        &["term_id", "weekday", "period", "subject", "title", "teacher_id", "host_classroom_id", "kind", "weeks", "from_day", "to_day"];
    const OWNER: &'static str = "term_id";
    const CLOSES: bool = true;
    const PARTS: &'static [Part] = &[
        Part { table: "entry_receivers", owner: "entry_id", columns: &["classroom_id", "interactive"], order: "classroom_id" },
        Part { table: "entry_assistants", owner: "entry_id", columns: &["person_id"], order: "person_id" },
    ];

    fn id(&self) -> &str {
        &self.id
    }
    fn version(&self) -> u64 {
        self.version
    }
    fn check(&self) -> Result<(), StoreError> {
        self.rules().map(drop)
    }
    fn needs(&self) -> (Vec<&String>, Vec<&String>) {
        let receivers = self.receivers.iter().map(|receiver| &receiver.classroom);
        (std::iter::once(&self.teacher).chain(&self.assistants).collect(), std::iter::once(&self.host_classroom).chain(receivers).collect())
    }
    fn values(&self) -> Vec<Value> {
        let texts = [&self.subject, &self.title, &self.teacher, &self.host_classroom].map(Value::from);
        let first = [Value::from(&self.term), self.weekday.into(), self.period.into()];
        let last = [self.kind.code().into(), (&self.weeks).into(), (&self.from_day).into(), (&self.to_day).into()];
        first.into_iter().chain(texts).chain(last).collect()
    }
    fn of(row: &Listed<'_>) -> Result<Self, Fault> {
        Ok(Self {
            id: row.text("id")?,
            term: row.text("term_id")?,
            weekday: row.small("weekday")?,
            period: row.small("period")?,
            subject: row.text("subject")?,
            title: row.text("title")?,
            teacher: row.text("teacher_id")?,
            assistants: Vec::new(),
            host_classroom: row.text("host_classroom_id")?,
            receivers: Vec::new(),
            kind: row.word("entry", "kind")?,
            weeks: row.text("weeks")?,
            from_day: row.text_or_none("from_day")?,
            to_day: row.text_or_none("to_day")?,
            closed_ms: row.count_or_none("closed_ms")?,
            version: row.count("version")?,
        })
    }
    fn parts(&self) -> Vec<Vec<Vec<Value>>> {
        vec![receiver_rows(&self.receivers), self.assistants.iter().map(|person| vec![person.into()]).collect()]
    }
    fn take_part(&mut self, part: usize, row: &Listed<'_>) -> Result<(), Fault> {
        match part {
            0 => self.receivers.push(receiver(row)?),
            _ => self.assistants.push(row.text("person_id")?),
        }
        Ok(())
    }
}

fn receiver_rows(receivers: &[Receiver]) -> Vec<Vec<Value>> {
    receivers.iter().map(|receiver| vec![(&receiver.classroom).into(), receiver.interactive.into()]).collect()
}

pub(crate) fn receiver(row: &impl Columns) -> Result<Receiver, Fault> {
    Ok(Receiver { classroom: row.text("classroom_id")?, interactive: row.truth("interactive")? })
}
