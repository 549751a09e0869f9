//! What can go wrong with the store.

use super::chinese::chinese;
use super::database::Place;
use protocol::LessonState;
use sqlx::error::ErrorKind;
use sqlx::migrate::MigrateError;
use std::fmt::{self, Display, Formatter};
use std::path::PathBuf;
use timetable::{Language, Tell, no_place};

/// Why the store refused: `Display` is for logs, [`Tell`] for whoever asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The data directory cannot be made or written.
    #[error("cannot write to the data directory ({}): {source}; give a writable one with --data", path.display())]
    Directory {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// SQLite's file is something else than a database, or a part of one.
    #[error(
        "{} is not a database or is damaged ({source}); move the file away, with its -wal and -shm, then restore a backup, or begin with an empty one",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        source: sqlx::Error,
    },
    /// The database refused: disk full, locked, not readable, not reachable; PostgreSQL's also: damaged.
    #[error("the database {place} refused: {source}; {}", place.remedy())]
    Database {
        /// The file or the server.
        place: Place,
        /// Why.
        source: sqlx::Error,
    },
    /// Something that was written refers to something that is not there, or is referred to by something that is.
    #[error("the database {place} refused: {source}; make what it refers to first, and close instead of removing what is referred to")]
    Reference {
        /// The file or the server.
        place: Place,
        /// Why.
        source: sqlx::Error,
    },
    /// There is such a row already, where only one may be.
    #[error("the database {place} refused: {source}; change or remove the one that is there")]
    Duplicate {
        /// The file or the server.
        place: Place,
        /// Why.
        source: sqlx::Error,
    },
    /// There is one of this name already.
    #[error("the {thing} {id:?} exists already; choose another id")]
    Exists {
        /// What kind of thing.
        thing: &'static str,
        /// Its id.
        id: String,
    },
    /// There is none of this name.
    #[error("there is no {thing} {id:?}")]
    Missing {
        /// What kind of thing.
        thing: &'static str,
        /// The id that was asked for.
        id: String,
    },
    /// Somebody else changed it since it was read.
    #[error("the {thing} {id:?} was changed since version {version} was read; read it again")]
    Changed {
        /// What kind of thing.
        thing: &'static str,
        /// Its id.
        id: String,
        /// The version that was to be replaced.
        version: u64,
    },
    /// Only a lesson that has not begun can be changed.
    #[error("the lesson {id:?} is {}; only one that has not begun can be changed", state.name())]
    Begun {
        /// The lesson.
        id: String,
        /// Where it stands.
        state: LessonState,
    },
    /// A person, a classroom or another resource is in another lesson at that time.
    #[error(
        "{resource} is booked from {other_start_ms} to {other_end_ms} (ms since 1970) for the lesson {other:?} ({other_title}), which overlaps with \
         {lesson:?} ({lesson_title}); choose another time, person or classroom"
    )]
    Clash {
        /// `person:ID` or `classroom:ID`.
        resource: String,
        /// The lesson that was to be booked.
        lesson: String,
        /// That lesson's title.
        lesson_title: Box<str>,
        /// The lesson it clashes with.
        other: String,
        /// That lesson's title.
        other_title: Box<str>,
        /// When that begins, in milliseconds since 1970 (UTC).
        other_start_ms: u64,
        /// When that ends, in milliseconds since 1970 (UTC).
        other_end_ms: u64,
    },
    /// Lessons or entries need what was to be closed.
    #[error(
        "the {thing} {id:?} is needed by {lessons} lessons to come{} and {entries} entries of the timetable; give them to others, or cancel or close them, first",
        next.as_ref().map_or_else(String::new, |(title, start_ms)| format!(" (the next is {title:?} at {start_ms} ms since 1970)"))
    )]
    InUse {
        /// What kind of thing.
        thing: &'static str,
        /// Its id.
        id: String,
        /// How many lessons that are not over need it.
        lessons: u64,
        /// Title and beginning of the first of them, in milliseconds since 1970 (UTC).
        next: Option<(Box<str>, u64)>,
        /// How many entries of terms that are not over need it.
        entries: u64,
    },
    /// Something refers to what was to be removed.
    #[error("the {thing} {id:?} is still needed ({}); {remedy}", counts(by))]
    Referred {
        /// What kind of thing.
        thing: &'static str,
        /// Its id.
        id: String,
        /// What refers to it, and how many of each.
        by: Vec<(&'static str, u64)>,
        /// What to do.
        remedy: &'static str,
    },
    /// Nothing can come to need what is closed.
    #[error("the {thing} {name:?} ({id}){} is closed; choose another, or reopen it", if *thing == "classroom" { " or its school" } else { "" })]
    Closed {
        /// What kind of thing.
        thing: &'static str,
        /// Its id.
        id: String,
        /// Its name on screen.
        name: String,
    },
    /// A value cannot be stored.
    #[error("{thing} {value:?} is not usable: {remedy}")]
    Invalid {
        /// What it is.
        thing: &'static str,
        /// The value, shortened.
        value: String,
        /// What would be.
        remedy: &'static str,
    },
    /// It breaks a rule of the timetable.
    #[error("the {thing} {id:?} is not usable: {reason}")]
    Rule {
        /// What kind of thing.
        thing: &'static str,
        /// Its id.
        id: String,
        /// Which rule, and what to do.
        reason: Reason,
    },
    /// A row does not have the shape this version writes.
    #[error("the row of {thing} {id:?} holds {value:?}, which this version does not know; use the version that wrote it")]
    Unreadable {
        /// What kind of thing.
        thing: &'static str,
        /// Its id.
        id: String,
        /// What was found.
        value: String,
    },
}

/// `schools: 2, terms: 1`
fn counts(by: &[(&'static str, u64)]) -> String {
    by.iter().map(|(what, count)| format!("{what}: {count}")).collect::<Vec<_>>().join(", ")
}

impl StoreError {
    /// Every word of [`StoreError::kind`].
    pub const KINDS: [&'static str; 18] = [
        "begun",
        "busy",
        "cannot_open",
        "changed",
        "clash",
        "closed",
        "constraint",
        "damaged",
        "directory",
        "exists",
        "full",
        "in_use",
        "invalid",
        "io",
        "missing",
        "other",
        "read_only",
        "unreadable",
    ];

    /// A short word for the metric's label.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Directory { .. } => "directory",
            Self::Damaged { .. } => "damaged",
            Self::Database { source, .. } | Self::Reference { source, .. } | Self::Duplicate { source, .. } => kind(source),
            Self::Exists { .. } => "exists",
            Self::Missing { .. } => "missing",
            Self::Changed { .. } => "changed",
            Self::Begun { .. } => "begun",
            Self::Clash { .. } => "clash",
            Self::InUse { .. } | Self::Referred { .. } => "in_use",
            Self::Closed { .. } => "closed",
            Self::Invalid { .. } | Self::Rule { .. } => "invalid",
            Self::Unreadable { .. } => "unreadable",
        }
    }

    pub(crate) fn database(place: &Place, source: sqlx::Error) -> Self {
        let place = match place {
            Place::File(path) if kind(&source) == "damaged" => return Self::Damaged { path: path.clone(), source },
            place => place.clone(),
        };
        match source.as_database_error().map(sqlx::error::DatabaseError::kind) {
            Some(ErrorKind::ForeignKeyViolation) => Self::Reference { place, source },
            Some(ErrorKind::UniqueViolation) => Self::Duplicate { place, source },
            _ => Self::Database { place, source },
        }
    }

    /// A value that cannot be stored, shortened.
    pub(crate) fn invalid(thing: &'static str, value: &str, remedy: &'static str) -> Self {
        Self::Invalid { thing, value: value.chars().take(80).collect(), remedy }
    }
}

impl Tell for StoreError {
    /// The ids that the service itself gives mean nothing to people, and what a database says is for the log: neither is told.
    fn tell(&self, language: Language) -> String {
        let both = |chinese: &str, english: &str| language.pick(chinese, english).to_owned();
        match self {
            Self::Directory { .. } | Self::Damaged { .. } | Self::Database { .. } | Self::Unreadable { .. } => {
                both("数据暂时不能读写，请稍后再试", "the store could not be read or written; try again in a moment")
            }
            Self::Reference { .. } => both("它引用了不存在的内容，或还有内容引用着它", "it refers to what is not there, or is still referred to"),
            // Of the other lesson nothing: whoever asked may not know of it.
            Self::Clash { lesson_title, .. } => no_place(lesson_title, language),
            Self::Duplicate { .. } => both("已经有一项相同的内容", "there is the same already; change or remove the one that is there"),
            _ if language == Language::English => self.to_string(),
            Self::Exists { id, .. } => format!("“{id}”已经存在，请换一个"),
            Self::Missing { thing, .. } => format!("没有这项{}", chinese(thing)),
            Self::Changed { .. } => "别人刚刚改过这项内容，请重新读取后再改".to_owned(),
            Self::Begun { .. } => "课已经开始或已取消，不能再改".to_owned(),
            Self::InUse { lessons, entries, .. } => format!("还有 {lessons} 节未上的课和 {entries} 个课表项要用到它；请先改由别人或别的教室承担，或取消、停用"),
            Self::Referred { thing, by, remedy, .. } => {
                let by: Vec<String> = by.iter().map(|(what, count)| format!("{count} {}", chinese(what))).collect();
                format!("还有 {}用到这项{}；{}", by.join("、"), chinese(thing), chinese(remedy))
            }
            Self::Closed { thing: "person", name, .. } => format!("教师“{name}”已停用：请换一位，或先恢复"),
            Self::Closed { thing: "school", name, .. } => format!("学校“{name}”已停用：请换一所，或先恢复"),
            Self::Closed { name, .. } => format!("教室“{name}”或其学校已停用：请换一间，或先恢复"),
            Self::Invalid { thing, value, remedy } => format!("{}“{value}”不可用：{}", chinese(thing), chinese(remedy)),
            Self::Rule { thing, reason, .. } => format!("{}不可用：{}", chinese(thing), reason.tell(language)),
        }
    }
}

/// Why a rule refuses, in the words of the rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    chinese: String,
    english: String,
}

impl Reason {
    /// What a rule says.
    pub(crate) fn of(rule: &impl Tell) -> Self {
        Self { chinese: rule.tell(Language::Chinese), english: rule.tell(Language::English) }
    }
}

impl Tell for Reason {
    fn tell(&self, language: Language) -> String {
        language.pick(&self.chinese, &self.english).clone()
    }
}

impl Display for Reason {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.english)
    }
}

/// What can go wrong inside, before it is known which database it was.
#[derive(Debug)]
pub enum Fault {
    /// From the database.
    Sql(sqlx::Error),
    /// From our own rules.
    Store(StoreError),
}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// A short word for a database error, bounded: by SQLite's primary result code or PostgreSQL's SQLSTATE.
pub(crate) fn kind(error: &sqlx::Error) -> &'static str {
    match error {
        // SQLSTATE has five characters; SQLite's codes are numbers of at most four digits.
        sqlx::Error::Database(database) => match database.code() {
            Some(code) if code.len() == 5 => postgres_kind(&code),
            Some(code) => sqlite_kind(&code),
            None => "other",
        },
        sqlx::Error::Migrate(error) => match &**error {
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => kind(error),
            _ => "other",
        },
        sqlx::Error::PoolTimedOut => "busy",
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolClosed => "io",
        _ => "other",
    }
}

fn sqlite_kind(code: &str) -> &'static str {
    match code.parse::<u32>().map(|code| code & 0xff) {
        Ok(5 | 6) => "busy",
        Ok(8) => "read_only",
        Ok(10) => "io",
        Ok(11 | 26) => "damaged",
        Ok(13) => "full",
        Ok(14) => "cannot_open",
        Ok(19) => "constraint",
        _ => "other",
    }
}

/// Appendix A of PostgreSQL's manual.
fn postgres_kind(code: &str) -> &'static str {
    match (&code[..2], code) {
        (_, "53100") => "full",
        // Serialization failure, deadlock, lock not available, too many connections, cancelled by a time limit.
        ("40", _) | (_, "55P03" | "53300" | "57014") => "busy",
        (_, "25006") => "read_only",
        // Data that no column takes, such as a text with a zero byte, is as hopeless as data that breaks a rule.
        ("23" | "22", _) => "constraint",
        ("28" | "3D", _) => "cannot_open",
        ("08" | "57" | "58", _) => "io",
        ("XX", _) => "damaged",
        _ => "other",
    }
}

/// Whether PostgreSQL ended a transaction for the sake of another one, so that it may succeed when tried again.
pub(crate) fn is_conflict(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    matches!(code.as_deref(), Some("40001" | "40P01"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_both_engines_have_the_same_words() {
        for (code, word) in [("5", "busy"), ("261", "busy"), ("13", "full"), ("2067", "constraint"), ("787", "constraint"), ("522", "io"), ("1", "other")] {
            assert_eq!(sqlite_kind(code), word, "{code}");
            assert!(StoreError::KINDS.contains(&word));
        }
        for (code, word) in [
            ("40001", "busy"),
            ("40P01", "busy"),
            ("53100", "full"),
            ("53300", "busy"),
            ("23505", "constraint"),
            ("22021", "constraint"),
            ("08006", "io"),
            ("57P01", "io"),
            ("28P01", "cannot_open"),
            ("25006", "read_only"),
            ("XX001", "damaged"),
            ("42601", "other"),
        ] {
            assert_eq!(postgres_kind(code), word, "{code}");
            assert!(StoreError::KINDS.contains(&word));
        }
    }
}
