//! Names in a sheet, and the ids they stand for.

use super::error::{Problem, quoted};
use super::words;
use crate::language::{Language, Tell};

/// What a name is searched for among.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Teachers and assistants.
    Person,
    /// Classrooms, host and receiving.
    Classroom,
}

impl Tell for What {
    fn tell(&self, language: Language) -> String {
        match self {
            Self::Person => language.pick("教师", "person"),
            Self::Classroom => language.pick("教室", "classroom"),
        }
        .to_owned()
    }
}

/// Whom a name belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// One, by its id.
    One(String),
    /// Nobody.
    Nobody,
    /// Several: names that tell them apart, such as `李老师（石门小学）`.
    Several(Vec<String>),
}

/// Whoever knows persons and classrooms by name.
pub trait Register {
    /// Whom a name, or an id, belongs to.
    fn find(&self, what: What, text: &str) -> Found;
    /// The name of an id.
    fn name(&self, what: What, id: &str) -> String;
}

/// The id of a name.
pub(super) fn id(register: &impl Register, what: What, text: &str) -> Result<String, Problem> {
    match register.find(what, text) {
        Found::One(id) => Ok(id),
        Found::Nobody => Err(Problem::Unknown { what, name: quoted(text) }),
        Found::Several(candidates) => {
            Err(Problem::Several { what, name: quoted(text), candidates: candidates.iter().take(5).map(|name| quoted(name)).collect() })
        }
    }
}

/// The text that reads back as an id: its name, where that is its own and looks like nothing else in a cell; otherwise the id itself.
pub(super) fn text(register: &impl Register, what: What, id: &str) -> String {
    let name = register.name(what, id);
    let is_plain = words::is_plain(&name) && register.find(what, &name) == Found::One(id.to_owned());
    if is_plain { name } else { id.to_owned() }
}
