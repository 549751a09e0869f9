//! Failed attempts to sign in: counted, answered in the same words whatever was wrong, and locked out in the same way whether somebody has the login or nobody.

use super::Caller;
use super::problem::say;
use crate::account::{login, password};
use crate::http::Problem;
use crate::hub::Hub;
use crate::store::{AuditLine, Person};
use axum::http::{HeaderValue, StatusCode, header};

/// So many failures in a row lock a login, at first for a minute, then for twice as long each time, up to an hour.
const FAILURES: u32 = 5;
const LOCK_MS: u64 = 60_000;
const LONGEST_LOCK_MS: u64 = 3_600_000;

/// The same words whatever was wrong: nobody learns which logins there are.
pub(super) fn wrong(caller: &Caller) -> Problem {
    let detail = say(caller.language, "用户名、密码或验证码不对", "the login, the password or the code is wrong");
    Problem::named(StatusCode::UNAUTHORIZED, "wrong_credentials", "wrong credentials", detail)
}

fn locked(caller: &Caller, until_ms: u64) -> Problem {
    let seconds = until_ms.saturating_sub(caller.now_ms).div_ceil(1_000).max(1);
    let detail = say(caller.language, "连续输错太多，账号暂时锁定，请稍后再试", "too many wrong attempts; the account is locked for a while");
    Problem::named(StatusCode::TOO_MANY_REQUESTS, "locked", "locked for a while", detail).with(header::RETRY_AFTER, HeaderValue::from(seconds))
}

/// Lets pass what is not locked.
pub(super) fn unlocked(caller: &Caller, until_ms: Option<u64>) -> Result<(), Problem> {
    until_ms.filter(|until| *until > caller.now_ms).map_or(Ok(()), |until| Err(locked(caller, until)))
}

/// Until when so many failures lock; none: they do not yet.
fn lock_until(caller: &Caller, failures: u32) -> Option<u64> {
    let more = failures.checked_sub(FAILURES)?;
    Some(caller.now_ms + LOCK_MS.saturating_mul(1 << more.min(10)).min(LONGEST_LOCK_MS))
}

/// Counts a failure of a person, and locks after too many.
pub(super) async fn failed(hub: &Hub, caller: &Caller, person: &Person, what: &str) -> Result<Problem, Problem> {
    let failures = hub.store.count_failure(&person.id).await.map_err(|error| caller.refused(error))?;
    hub.metrics.sign_ins.with_label_values(&["refused"]).inc();
    let Some(until) = lock_until(caller, failures) else { return Ok(wrong(caller)) };
    hub.store.lock_person(&person.id, Some(until)).await.map_err(|error| caller.refused(error))?;
    log(hub, caller, person, "lock", &format!("{failures} wrong attempts, the last with a wrong {what}")).await;
    Ok(locked(caller, until))
}

/// An attempt at a login that nobody has, or somebody who was closed: it takes as long, and fails as it does for a person.
pub(super) async fn at_nobody(hub: &Hub, caller: &Caller, typed: &str, password: String) -> Result<Problem, Problem> {
    let stranger = hub.strangers.place(&login::fold(typed));
    unlocked(caller, hub.store.stranger_locked_until(&stranger).await.map_err(|error| caller.refused(error))?)?;
    password::verify(password, None).await;
    let failures = hub.store.count_stranger(&stranger).await.map_err(|error| caller.refused(error))?;
    hub.metrics.sign_ins.with_label_values(&["refused"]).inc();
    let Some(until) = lock_until(caller, failures) else { return Ok(wrong(caller)) };
    hub.store.lock_stranger(&stranger, until).await.map_err(|error| caller.refused(error))?;
    Ok(locked(caller, until))
}

/// A line about who is only just signing in.
pub(super) async fn log(hub: &Hub, caller: &Caller, person: &Person, act: &str, detail: &str) {
    let line = AuditLine { person: Some(person.id.clone()), ..caller.audit_line(act, "person", &person.id, detail) };
    if let Err(error) = hub.store.add_audit(&line).await {
        tracing::error!(%error, act, "an act could not be written into the audit log");
    }
}
