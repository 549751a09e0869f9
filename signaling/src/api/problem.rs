//! Refusals of `/api/v1`, with a name that programs know and words for a school's secretary.

use super::Caller;
use crate::access::{Geography, Place};
use crate::http::Problem;
use crate::store::StoreError;
use axum::http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use std::time::Duration;
use timetable::{Language, Zone};
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
    match language {
        Language::Chinese => chinese,
        Language::English => english,
    }
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

pub(crate) fn invalid(detail: impl Into<String>) -> Problem {
    Problem::named(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "not usable", detail)
}

pub(crate) fn bad_request(detail: impl Into<String>) -> Problem {
    Problem::named(StatusCode::BAD_REQUEST, "bad_request", "bad request", detail)
}

impl Caller {
    /// What the store's refusal is over HTTP.
    pub(crate) fn refused(&self, error: StoreError) -> Problem {
        let detail = error.to_string();
        match error {
            StoreError::Exists { id, .. } => {
                let detail = match self.language {
                    Language::Chinese => format!("“{id}”已经存在，请换一个"),
                    Language::English => detail,
                };
                Problem::named(StatusCode::CONFLICT, "exists", "exists already", detail)
            }
            StoreError::Missing { .. } => not_found(self.language),
            StoreError::Changed { .. } => {
                let detail = say(self.language, "别人刚刚改过这项内容，请重新读取后再改", &detail).to_owned();
                Problem::named(StatusCode::PRECONDITION_FAILED, "changed", "changed since it was read", detail)
            }
            StoreError::Begun { .. } => {
                let detail = say(self.language, "课已经开始或已取消，不能再改", &detail).to_owned();
                Problem::named(StatusCode::CONFLICT, "begun", "the lesson has begun", detail)
            }
            clash @ StoreError::Clash { .. } => {
                let detail = clash_detail(&clash, &self.geography, &self.zone, self.language).unwrap_or(detail);
                Problem::named(StatusCode::CONFLICT, "clash", "booked already", detail)
            }
            StoreError::InUse { lessons, next, entries, .. } => {
                let detail = in_use_detail(lessons, next.as_ref(), entries, &self.zone, self.language);
                Problem::named(StatusCode::CONFLICT, "in_use", "still needed", detail)
            }
            StoreError::Closed { thing, name, .. } => {
                let detail = match (self.language, thing) {
                    (Language::Chinese, "person") => format!("教师“{name}”已停用：请换一位，或先恢复"),
                    (Language::Chinese, _) => format!("教室“{name}”或其学校已停用：请换一间，或先恢复"),
                    (Language::English, "person") => format!("the person “{name}” is closed; choose another, or reopen it"),
                    (Language::English, _) => format!("the classroom “{name}” or its school is closed; choose another, or reopen it"),
                };
                Problem::named(StatusCode::CONFLICT, "closed", "closed", detail)
            }
            StoreError::Invalid { .. } | StoreError::Rule { .. } => invalid(detail),
            StoreError::Reference { .. } => {
                let detail = say(self.language, "它引用了不存在的内容，或还有内容引用着它", "it refers to what is not there, or is still referred to");
                Problem::named(StatusCode::CONFLICT, "in_use", "referred to", detail)
            }
            StoreError::Duplicate { .. } => {
                let detail = say(self.language, "已经有一项相同的内容", "there is the same already; change or remove the one that is there");
                Problem::named(StatusCode::CONFLICT, "exists", "exists already", detail)
            }
            StoreError::Directory { .. } | StoreError::Database { .. } | StoreError::Unreadable { .. } => {
                tracing::error!(error = detail, "the store refused a request of the interface");
                Problem::unavailable("the store could not be read or written; try again in a moment", 2)
            }
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

/// Names what is booked, both lessons and the time.
pub(super) fn clash_detail(error: &StoreError, geography: &Geography, zone: &Zone, language: Language) -> Option<String> {
    let StoreError::Clash { resource, other_title, other_start_ms, other_end_ms, lesson_title, .. } = error else { return None };
    let (kind, id) = resource.split_once(':')?;
    let what = match kind {
        "classroom" => {
            let school = geography.school_of(id).and_then(|school| geography.name(&Place::School(school))).unwrap_or_default();
            let room = geography.name(&Place::Classroom(id)).unwrap_or(id);
            match language {
                Language::Chinese => format!("教室“{school} {room}”"),
                Language::English => format!("the classroom {school} {room}"),
            }
        }
        _ => say(language, "这位教师", "the teacher").to_owned(),
    };
    let ((day, from), (_, to)) = (zone.wall(*other_start_ms)?, zone.wall(*other_end_ms)?);
    let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    let (from, to) = (clock(from), clock(to));
    Some(match language {
        Language::Chinese => format!("《{lesson_title}》与《{other_title}》冲突：{what}在{day} {from}–{to}已被占用；请换时间、教师或教室"),
        Language::English => {
            format!("“{lesson_title}” clashes with “{other_title}”: {what} is taken on {day} {from}–{to}; choose another time, person or classroom")
        }
    })
}
