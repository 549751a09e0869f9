//! The file with the tokens of a run.

use serde::Deserialize;
use std::path::{Path, PathBuf};

/// Tokens, and where they lead if the file says so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    /// The server.
    pub url: Option<String>,
    /// The lesson.
    pub lesson: Option<String>,
    /// The host's.
    pub host: Option<String>,
    /// The classrooms'.
    pub classrooms: Vec<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum File {
    // First: an array would also be read as the fields of a struct.
    Classrooms(Vec<String>),
    Demo { url: Option<String>, lesson: Option<String>, tokens: People },
    People(People),
}

#[derive(Deserialize)]
struct People {
    host: Option<String>,
    #[serde(default)]
    classrooms: Vec<String>,
}

/// Why the tokens are not usable.
#[derive(Debug, thiserror::Error)]
pub enum TokensError {
    /// The file cannot be read.
    #[error("token file {path}: {source}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is something else.
    #[error(
        "token file {path}: not JSON of the form {{\"tokens\": {{\"host\": …, \"classrooms\": […]}}}} (as of tongke demo --json), {{\"host\": …, \
         \"classrooms\": […]}}, or […] (as of tongke token --count)"
    )]
    Form {
        /// Which.
        path: PathBuf,
    },
    /// Not enough classrooms.
    #[error(
        "{have} classroom tokens, {need} wanted; make the missing ones with\n  tongke token --lesson {lesson} --role classroom --name Class --count {missing} \
         --data DIRECTORY > more.json\nand give --token-file more.json as well",
        missing = need - have
    )]
    TooFew {
        /// In the files.
        have: usize,
        /// By the command line.
        need: usize,
        /// For the command.
        lesson: String,
    },
    /// No host.
    #[error("no host token in the token files; make one with tongke token --lesson {lesson} --role host --name Host, or leave the host out with --no-host")]
    NoHost {
        /// For the command.
        lesson: String,
    },
}

impl Tokens {
    /// Reads files; of each single thing the first that has it counts, classrooms add up.
    pub fn read(paths: &[PathBuf]) -> Result<Tokens, TokensError> {
        let mut all = Tokens::default();
        for path in paths {
            let text = std::fs::read_to_string(path).map_err(|source| TokensError::Read { path: path.clone(), source })?;
            let one = Self::parse(path, &text)?;
            all.url = all.url.or(one.url);
            all.lesson = all.lesson.or(one.lesson);
            all.host = all.host.or(one.host);
            all.classrooms.extend(one.classrooms);
        }
        Ok(all)
    }

    fn parse(path: &Path, text: &str) -> Result<Tokens, TokensError> {
        let file = serde_json::from_str(text).map_err(|_| TokensError::Form { path: path.to_owned() })?;
        let (url, lesson, people) = match file {
            File::Demo { url, lesson, tokens } => (url, lesson, tokens),
            File::People(people) if people.host.is_none() && people.classrooms.is_empty() => return Err(TokensError::Form { path: path.to_owned() }),
            File::People(people) => (None, None, people),
            File::Classrooms(classrooms) => (None, None, People { host: None, classrooms }),
        };
        Ok(Tokens { url, lesson, host: people.host, classrooms: people.classrooms })
    }

    /// Takes exactly what the run needs.
    pub fn need(&self, classrooms: usize, host: bool, lesson: &str) -> Result<(), TokensError> {
        if self.classrooms.len() < classrooms {
            return Err(TokensError::TooFew { have: self.classrooms.len(), need: classrooms, lesson: lesson.to_owned() });
        }
        if host && self.host.is_none() {
            return Err(TokensError::NoHost { lesson: lesson.to_owned() });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn parse(text: &str) -> Result<Tokens, TokensError> {
        Tokens::parse(Path::new("tokens.json"), text)
    }

    #[test]
    fn reads_the_three_forms() {
        let demo = parse(r#"{"url":"http://x","lesson":"l","tokens":{"host":"h","operator":"o","classrooms":["a","b"]}}"#).unwrap();
        assert_eq!((demo.url.as_deref(), demo.lesson.as_deref(), demo.host.as_deref()), (Some("http://x"), Some("l"), Some("h")));
        assert_eq!(demo.classrooms, ["a", "b"]);
        assert_eq!(parse(r#"{"host":"h","classrooms":["a"]}"#).unwrap().classrooms, ["a"]);
        assert_eq!(parse(r#"["a","b","c"]"#).unwrap().classrooms.len(), 3);
        for text in ["", "{}", "7", "not json"] {
            assert!(matches!(parse(text), Err(TokensError::Form { .. })), "{text}");
        }
    }

    #[test]
    fn says_how_to_make_what_is_missing() {
        let tokens = parse(r#"["a"]"#).unwrap();
        let error = tokens.need(200, false, "demo").unwrap_err().to_string();
        assert!(error.contains("1 classroom tokens, 200 wanted") && error.contains("--lesson demo") && error.contains("--count 199"), "{error}");
        let error = tokens.need(1, true, "demo").unwrap_err().to_string();
        assert!(error.contains("--role host"), "{error}");
        assert!(tokens.need(1, false, "demo").is_ok());
    }
}
