//! Refusals of `/api/v1`, with a name that programs know and words for a school's secretary.

use super::Caller;
use crate::http::Problem;
use crate::schedule::{ScheduleError, never};
use crate::store::StoreError;
use axum::http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use std::time::Duration;
use timetable::{Language, Tell, Zone};
use utoipa::ToSchema;

/// An RFC 9457 problem: the body of every refusal (`application/problem+json`).
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
#[allow(dead_code)]
pub(crate) struct ProblemBody {
    /// `about:blank`, or `urn:tongke:problem:` and a name.
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// Short.
    pub(crate) title: String,
    /// The HTTP status.
    pub(crate) status: u16,
    /// Names the thing, the value and the remedy.
    pub(crate) detail: String,
}

/// One of two wordings.
pub(crate) fn say<'a>(language: Language, chinese: &'a str, english: &'a str) -> &'a str {
    language.pick(chinese, english)
}

/// There is none, or none that this caller may know of: the same words for both.
pub(crate) fn not_found(language: Language) -> Problem {
    let detail = say(language, "没有这项内容，或它不属于您管理的范围", "there is none, or it is not within what you may see");
    Problem::named(StatusCode::NOT_FOUND, "not_found", "not found", detail)
}

pub(crate) fn not_permitted(language: Language) -> Problem {
    let detail = say(language, "您的角色不能这样做；请联系上级管理员", "your role does not permit this; ask the administrator above you");
    Problem::named(StatusCode::FORBIDDEN, "not_permitted", "not permitted", detail)
}

pub(crate) fn sign_in_needed(language: Language) -> Problem {
    Problem::named(StatusCode::UNAUTHORIZED, "sign_in_needed", "nobody is signed in", say(language, "请先登录", "sign in first"))
        .with(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
}

pub(crate) fn too_many(language: Language, wait: Duration) -> Problem {
    let detail = say(language, "尝试太多，请稍后再试", "too many attempts; try again later");
    let seconds = wait.as_secs().max(1);
    Problem::named(StatusCode::TOO_MANY_REQUESTS, "rate_limited", "too many attempts", detail).with(header::RETRY_AFTER, HeaderValue::from(seconds))
}

/// Not now; in so many seconds it may go.
pub(crate) fn unavailable(language: Language, chinese: &str, english: &str, retry_s: u64) -> Problem {
    Problem::unavailable(say(language, chinese, english), retry_s)
}

pub(crate) fn not_hashed(language: Language) -> Problem {
    unavailable(language, "密码没能保存，请再试一次", "the password could not be hashed; try again", 2)
}

/// The store does not answer, which the log tells more of.
pub(crate) fn store_failed(language: Language, error: &StoreError) -> Problem {
    tracing::error!(%error, "the store could not be read or written");
    Problem::unavailable(error.tell(language), 2)
}

pub(crate) fn invalid(detail: impl Into<String>) -> Problem {
    Problem::named(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "not usable", detail)
}

pub(crate) fn bad_request(detail: impl Into<String>) -> Problem {
    Problem::named(StatusCode::BAD_REQUEST, "bad_request", "bad request", detail)
}

impl Caller {
    /// What the store's refusal is over HTTP. Of a clash no more is told than that something is taken; [`super::clash`] tells more to who may know.
    pub(crate) fn refused(&self, error: StoreError) -> Problem {
        let detail = error.tell(self.language);
        match error {
            StoreError::Missing { .. } => not_found(self.language),
            StoreError::Exists { .. } | StoreError::Duplicate { .. } => Problem::named(StatusCode::CONFLICT, "exists", "exists already", detail),
            StoreError::Changed { .. } => Problem::named(StatusCode::PRECONDITION_FAILED, "changed", "changed since it was read", detail),
            StoreError::Begun { .. } => Problem::named(StatusCode::CONFLICT, "begun", "the lesson has begun", detail),
            StoreError::Clash { .. } => clash(detail),
            StoreError::InUse { lessons, next, entries, .. } => {
                let detail = in_use_detail(lessons, next.as_ref(), entries, &self.zone, self.language);
                Problem::named(StatusCode::CONFLICT, "in_use", "still needed", detail)
            }
            StoreError::Referred { .. } => Problem::named(StatusCode::CONFLICT, "in_use", "still needed", detail),
            StoreError::Closed { .. } => Problem::named(StatusCode::CONFLICT, "closed", "closed", detail),
            StoreError::Invalid { .. } | StoreError::Rule { .. } => invalid(detail),
            StoreError::Reference { .. } => Problem::named(StatusCode::CONFLICT, "in_use", "referred to", detail),
            StoreError::Directory { .. } | StoreError::Damaged { .. } | StoreError::Database { .. } | StoreError::Unreadable { .. } => {
                store_failed(self.language, &error)
            }
        }
    }

    /// What the timetable's refusal is over HTTP.
    pub(crate) fn unscheduled(&self, error: ScheduleError) -> Problem {
        match error {
            ScheduleError::Store(error) => self.refused(error),
            other => invalid(other.tell(self.language)),
        }
    }
}

impl Tell for ScheduleError {
    fn tell(&self, language: Language) -> String {
        match self {
            Self::Store(error) => error.tell(language),
            _ if language == Language::English => self.to_string(),
            Self::NoTerm(_) => "没有这个学期，请先建立学期".to_owned(),
            Self::Never { title, why } => format!("《{title}》一节也排不出来：{}", never(why.as_ref(), language)),
            Self::Bells { reason, .. } => format!("这所学校的作息时间不可用：{}", reason.tell(language)),
        }
    }
}

/// How many lessons and entries need it, the next lesson, and what to do.
fn in_use_detail(lessons: u64, next: Option<&(Box<str>, u64)>, entries: u64, zone: &Zone, language: Language) -> String {
    let when = |start_ms: u64| zone.wall(start_ms).map(|(day, minute)| format!("{day} {:02}:{:02}", minute / 60, minute % 60)).unwrap_or_default();
    match language {
        Language::Chinese => {
            let next = next.map_or_else(String::new, |(title, start_ms)| format!("（最近一节：{} 《{title}》）", when(*start_ms)));
            format!("还有 {lessons} 节未上的课{next}和 {entries} 个课表项要用到它；请先改由别人或别的教室承担，或取消这些课、停用课表项")
        }
        Language::English => {
            let next = next.map_or_else(String::new, |(title, start_ms)| format!(" (the next is “{title}” on {})", when(*start_ms)));
            format!("{lessons} lessons to come{next} and {entries} entries of the timetable need it; give them to others, or cancel or close them, first")
        }
    }
}

/// Something is taken.
pub(super) fn clash(detail: String) -> Problem {
    Problem::named(StatusCode::CONFLICT, "clash", "booked already", detail)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeSet;
    use std::path::Path;

    /// The names that problems are given in a folder's sources.
    fn named(folder: &Path) -> BTreeSet<String> {
        let found = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let of_file = |path: &Path| {
            let source = std::fs::read_to_string(path).unwrap();
            let after = source.split("Problem::named(").skip(1).filter_map(|call| call.split_once(", \"")?.1.split_once('"'));
            // This test is among the sources.
            let names = after.map(|(name, _)| name).filter(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '_'));
            names.map(str::to_owned).collect::<BTreeSet<_>>()
        };
        found.flat_map(|path| if path.is_dir() { named(&path) } else { of_file(&path) }).collect()
    }

    /// The pages have words for each name of that table; their tests read it too.
    #[test]
    fn the_documentation_names_every_refusal() {
        let documented = include_str!("../../../docs/api.md");
        let named = named(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/api"));
        assert!(named.contains("in_use") && named.contains("clash"), "{named:?}");
        let missing: Vec<&String> = named.iter().filter(|name| !documented.contains(&format!("`{name}`"))).collect();
        assert!(missing.is_empty(), "docs/api.md, Refusals, lacks {missing:?}");
    }
}
