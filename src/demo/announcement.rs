//! What the demo prints: addresses to click, or one JSON object.

use serde::Serialize;
use std::fmt::Write as _;

/// The tokens of the automated tests' lesson.
#[derive(Debug, Serialize)]
pub(crate) struct Places {
    /// Of the teacher.
    pub(crate) host: String,
    /// Of the operator.
    pub(crate) operator: String,
    /// Of the classrooms.
    pub(crate) classrooms: Vec<String>,
}

/// What to tell whoever started the demo.
#[derive(Debug, Serialize)]
pub(crate) struct Announcement {
    /// `http://127.0.0.1:PORT`.
    pub(crate) url: String,
    /// The lesson of all tokens.
    pub(crate) lesson: String,
    /// One a place.
    pub(crate) tokens: Places,
    /// The lesson with simulated people, which a person can only watch; none where they were left out.
    #[serde(skip)]
    pub(crate) watch: Option<Watch>,
    /// Where the demo keeps its data.
    #[serde(skip)]
    pub(crate) data: String,
}

/// Places in the lesson that the simulated teacher gives.
#[derive(Debug)]
pub(crate) struct Watch {
    /// Of a classroom.
    pub(crate) classroom: String,
    /// Of the operator.
    pub(crate) operator: String,
}

impl Announcement {
    /// One line of JSON.
    pub(crate) fn json(&self) -> String {
        serde_json::to_string(self).expect("strings only")
    }

    /// For a person.
    pub(crate) fn text(&self) -> String {
        let mut text = format!("\n同课 Tongke is running on {}; what it writes is in {}. Ctrl-C ends it.\n", self.url, self.data);
        let mut line = |name: &str, page: &str, token: &str, what: &str| {
            let _ = write!(text, "\n  {name:<12} {}/{page}#token={token}\n               {what}\n", self.url);
        };
        if let Some(watch) = &self.watch {
            line("Classroom 1", "panel", &watch.classroom, "a lesson that is live now, with a simulated teacher and twelve simulated classes");
            line("Operator", "operator", &watch.operator, "every lesson as figures, place by place");
        }
        let (teacher, pupils) = match self.watch {
            Some(_) => ("a lesson of your own, with simulated classes to call on", "sits in your lesson: opens best in another window, or in Firefox"),
            None => ("the lesson; allow the camera, then enter", "sees the teacher once one is there: opens best in another window, or in Firefox"),
        };
        line("Teacher", "console", &self.tokens.host, teacher);
        line("Classroom 2", "panel", &self.tokens.classrooms[0], pupils);
        if self.watch.is_none() {
            line("Classroom 3", "panel", &self.tokens.classrooms[1], "another class");
            line("Operator", "operator", &self.tokens.operator, "every lesson as figures, place by place");
        }
        text
    }
}
