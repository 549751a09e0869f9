//! What the demo prints: addresses to click, or one JSON object.

use super::county::Account;
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
    /// Who can sign in; nobody where a program asked.
    #[serde(skip)]
    pub(crate) accounts: Vec<Account>,
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
            let _ = write!(text, "\n  {name}: {what}\n  {}/{page}#token={token}\n", self.url);
        };
        if let Some(watch) = &self.watch {
            line("Classroom 1", "panel", &watch.classroom, "a lesson that is live now, with a simulated teacher and twelve simulated classes");
            line("Operator", "operator", &watch.operator, "every lesson as figures, participant by participant");
        }
        let (teacher, pupils) = match self.watch {
            Some(_) => (
                "a lesson of your own, with three simulated classes to call on: allow the camera, go in, press 上课",
                "in your lesson, seeing you; best in another window, or in Firefox",
            ),
            None => ("the lesson, live already: allow the camera and go in", "sees the teacher once there is one; best in another window, or in Firefox"),
        };
        line("Teacher", "console", &self.tokens.host, teacher);
        line("Classroom 2", "panel", &self.tokens.classrooms[0], pupils);
        if self.watch.is_none() {
            line("Classroom 3", "panel", &self.tokens.classrooms[1], "another class of that lesson");
            line("Operator", "operator", &self.tokens.operator, "every lesson as figures, participant by participant");
        }
        if !self.accounts.is_empty() {
            let _ = write!(text, "\n  A county to look around in, at {}/signin (these passwords hold until the next start):\n", self.url);
        }
        for account in &self.accounts {
            let _ = writeln!(text, "    {:<9} {}   /{:<8} {}", account.login, account.password, account.page, account.what);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn announcement(watch: bool) -> Announcement {
        let token = |name: &str| format!("token-of-{name}");
        Announcement {
            url: "http://127.0.0.1:8080".to_owned(),
            lesson: "demo".to_owned(),
            tokens: Places { host: token("host"), operator: token("operator"), classrooms: vec![token("class-1"), token("class-2")] },
            watch: watch.then(|| Watch { classroom: token("watching-class"), operator: token("watching-operator") }),
            accounts: Vec::new(),
            data: "data".to_owned(),
        }
    }

    #[test]
    fn tokens_are_in_the_fragment_which_no_server_sees() {
        for text in [announcement(true).text(), announcement(false).text()] {
            let addresses: Vec<&str> = text.split_whitespace().filter(|word| word.contains("token-of")).collect();
            assert!(addresses.len() >= 4 && addresses.iter().all(|address| address.contains("#token=token-of-")), "{text}");
        }
    }

    #[test]
    fn a_person_may_teach_in_the_demo_with_simulated_people() {
        let text = announcement(true).text();
        for address in [
            "/panel#token=token-of-watching-class",
            "/operator#token=token-of-watching-operator",
            "/console#token=token-of-host",
            "/panel#token=token-of-class-1",
        ] {
            assert!(text.contains(address), "{address} in {text}");
        }
    }

    #[test]
    fn the_object_for_programs_holds_one_lesson() {
        let object: serde_json::Value = serde_json::from_str(&announcement(true).json()).unwrap();
        let expected = serde_json::json!({
            "url": "http://127.0.0.1:8080",
            "lesson": "demo",
            "tokens": {"host": "token-of-host", "operator": "token-of-operator", "classrooms": ["token-of-class-1", "token-of-class-2"]},
        });
        assert_eq!(object, expected);
    }
}
