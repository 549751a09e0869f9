//! Signing in and out, one's own password and second factor.

use super::Caller;
use super::attempts::{self, failed, log, wrong};
use super::caller::{COOKIE, IDLE_MS, SignedIn, signed_in};
use super::extract::{Body, json};
use super::problem::{invalid, not_hashed, say, too_many, unavailable};
use super::route::{Doc, Routes, Rule};
use super::view::{ChangePassword, GrantView, SecondFactor, SecondFactorCode, SecondFactorSecret, SessionView, SignIn, UseReset};
use crate::access::place_of;
use crate::account::{login, password, second_factor, secret};
use crate::http::Problem;
use crate::hub::Hub;
use crate::store::{AuditLine, Credentials, Grant, Person, School, Session};
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use std::sync::Arc;
use std::time::{Duration, Instant};

const TAG: &str = "session";

pub(super) fn routes(routes: &mut Routes) {
    let doc = Doc::new(TAG, "Signs in; the cookie it sets is the session.").body::<SignIn>().answer::<SessionView>(200, "Signed in.");
    routes.add(Method::POST, "/session", Rule::Public, doc.refusals(&[401, 403, 429]), sign_in);
    let doc = Doc::new(TAG, "Who is signed in, and what one may.").answer::<SessionView>(200, "The session.");
    routes.add(Method::GET, "/session", Rule::Own, doc, show);
    routes.add(Method::DELETE, "/session", Rule::Own, Doc::new(TAG, "Signs out.").empty(204, "Signed out."), sign_out);
    let doc = Doc::new(TAG, "Changes one's password; other sessions end.").body::<ChangePassword>().empty(204, "It is changed.").refusals(&[429]);
    routes.add(Method::PUT, "/session/password", Rule::Own, doc, change_password);
    let doc = Doc::new(TAG, "Makes a new secret for one-time codes.").answer::<SecondFactorSecret>(200, "The secret, shown this once.").refusals(&[409]);
    routes.add(Method::POST, "/session/second-factor", Rule::Own, doc, new_second_factor);
    let doc = Doc::new(TAG, "Proves the second factor with a code; the first one puts a new secret into force.").body::<SecondFactorCode>();
    let doc = doc.answer::<SessionView>(200, "It is proven.").refusals(&[429]);
    routes.add(Method::PUT, "/session/second-factor", Rule::Own, doc, prove_second_factor);
    let doc = Doc::new(TAG, "Sets a new password with what an administrator told.").body::<UseReset>().empty(204, "It is set; sign in with it.");
    routes.add(Method::POST, "/password-resets", Rule::Public, doc.refusals(&[401]), use_reset);
}

async fn sign_in(State(hub): State<Arc<Hub>>, caller: Caller, headers: HeaderMap, Body(asked): Body<SignIn>) -> Result<Response, Problem> {
    hub.api.sign_ins.attempt(caller.address, Instant::now()).map_err(|wait| too_many(caller.language, wait))?;
    let found = login::person(&hub.store, &asked.login).await.map_err(|error| caller.refused(error))?;
    let Some((person, credentials)) = found.filter(|(person, _)| person.closed_ms.is_none()) else {
        return Err(attempts::at_nobody(&hub, &caller, &asked.login, asked.password).await?);
    };
    attempts::unlocked(&caller, credentials.locked_until_ms)?;
    if !password::verify(asked.password, credentials.password_hash.clone()).await {
        return Err(failed(&hub, &caller, &person, "password").await?);
    }
    let proven = factor(&hub, &caller, &person, &credentials, asked.code.as_deref()).await?;
    if credentials.failed > 0 {
        hub.store.lock_person(&person.id, None).await.map_err(|error| caller.refused(error))?;
    }
    begin(&hub, &caller, &headers, person, proven.then_some(caller.now_ms)).await
}

/// Whether the second factor was proven; it must be where there is one.
async fn factor(hub: &Hub, caller: &Caller, person: &Person, credentials: &Credentials, code: Option<&str>) -> Result<bool, Problem> {
    let Some(stored) = credentials.totp_secret.as_deref().filter(|_| credentials.totp_since_ms.is_some()) else { return Ok(false) };
    let secret = opened(hub, caller, person, stored)?;
    let Some(code) = code.map(str::trim).filter(|code| !code.is_empty()) else {
        let detail = say(caller.language, "请输入动态验证码", "give the 6 digits of your authenticator too");
        return Err(Problem::named(StatusCode::UNAUTHORIZED, "second_factor_needed", "a code is needed", detail));
    };
    if take_code(hub, caller, person, &secret, code).await? { Ok(true) } else { Err(failed(hub, caller, person, "code").await?) }
}

/// A stored secret of one-time codes.
fn opened(hub: &Hub, caller: &Caller, person: &Person, stored: &str) -> Result<String, Problem> {
    hub.vault.open(&person.id, stored).ok_or_else(|| {
        tracing::error!(person = person.id, "a second factor was set up with another secret.key: put it back, or remove this person's second factor");
        let detail = say(
            caller.language,
            "动态验证码已无法核对，请找上级管理员重置",
            "your second factor cannot be checked any more; ask the administrator above you to reset it",
        );
        Problem::named(StatusCode::FORBIDDEN, "second_factor_unreadable", "the second factor cannot be checked", detail)
    })
}

/// Whether it is a code of the secret, and the first use of it.
async fn take_code(hub: &Hub, caller: &Caller, person: &Person, secret: &str, code: &str) -> Result<bool, Problem> {
    match second_factor::step(secret, code, caller.now_ms) {
        Some(step) => hub.store.use_totp_step(&person.id, step).await.map_err(|error| caller.refused(error)),
        None => Ok(false),
    }
}

/// Begins a session and answers with its cookie.
async fn begin(hub: &Hub, caller: &Caller, headers: &HeaderMap, person: Person, second_factor_ms: Option<u64>) -> Result<Response, Problem> {
    let (signed, cookie) = open(hub, caller, headers, person, second_factor_ms, "").await?;
    let view = view(hub, caller, &signed).await?;
    Ok((CookieJar::new().add(cookie), json(view)).into_response())
}

/// Begins a session; with its cookie. The audit log says by which way the person came.
pub(super) async fn open(
    hub: &Hub,
    caller: &Caller,
    headers: &HeaderMap,
    person: Person,
    second_factor_ms: Option<u64>,
    way: &str,
) -> Result<(SignedIn, Cookie<'static>), Problem> {
    let (token, now_ms) = (secret::token(), caller.now_ms);
    let agent: String = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default().chars().take(200).collect();
    let session = Session {
        token_hash: secret::hash(&token),
        person: person.id.clone(),
        made_ms: now_ms,
        seen_ms: now_ms,
        expires_ms: now_ms + IDLE_MS,
        second_factor_ms,
        address: caller.address.to_string(),
        agent,
    };
    hub.store.begin_session(&session).await.map_err(|error| caller.refused(error))?;
    hub.metrics.sign_ins.with_label_values(&["accepted"]).inc();
    let detail = [way, if second_factor_ms.is_some() { "with a second factor" } else { "" }].join(" ");
    log(hub, caller, &person, "sign in", detail.trim()).await;
    let signed = signed_in(hub, &session.token_hash, now_ms).await.map_err(|error| caller.refused(error))?.ok_or_else(|| wrong(caller))?;
    Ok((signed, cookie(hub, token)))
}

/// The session's cookie: not for scripts, not for other sites, gone with the browser.
fn cookie(hub: &Hub, token: String) -> Cookie<'static> {
    Cookie::build((COOKIE, token)).path("/").http_only(true).secure(hub.config.is_https()).same_site(SameSite::Lax).build()
}

async fn view(hub: &Hub, caller: &Caller, signed: &SignedIn) -> Result<SessionView, Problem> {
    let geography = hub.api.geography(&hub.store, &hub.config.zone, caller.now_ms).await.map_err(|error| caller.refused(error))?;
    let school_name = match &signed.person.school {
        Some(school) => hub.store.get::<School>(school).await.map_err(|error| caller.refused(error))?.map(|school| school.name),
        None => None,
    };
    let named = |grant: &Grant| {
        let scope_name = geography.name(&place_of(grant.scope, grant.scope_id.as_deref())).map(str::to_owned);
        GrantView { grant: grant.clone(), scope_name }
    };
    let second_factor = if signed.factor_missing {
        SecondFactor::ToBeSetUp
    } else if signed.session.second_factor_ms.is_some() {
        SecondFactor::Given
    } else {
        SecondFactor::NotNeeded
    };
    Ok(SessionView {
        person: signed.person.clone(),
        school_name,
        grants: signed.grants.iter().map(named).collect(),
        must_change_password: signed.must_change,
        second_factor,
        now_ms: caller.now_ms,
        time_zone: hub.config.zone.name().to_owned(),
    })
}

async fn show(State(hub): State<Arc<Hub>>, caller: Caller) -> Result<Response, Problem> {
    let view = view(&hub, &caller, caller.person()?).await?;
    Ok(json(view))
}

async fn sign_out(State(hub): State<Arc<Hub>>, caller: Caller) -> Result<Response, Problem> {
    let signed = caller.person()?;
    hub.store.end_session(&signed.session.token_hash).await.map_err(|error| caller.refused(error))?;
    let gone = Cookie::build((COOKIE, "")).path("/").build();
    Ok((CookieJar::new().add(gone.clone()).remove(gone), StatusCode::NO_CONTENT).into_response())
}

async fn change_password(State(hub): State<Arc<Hub>>, caller: Caller, Body(asked): Body<ChangePassword>) -> Result<Response, Problem> {
    hub.api.resets.attempt(caller.address, Instant::now()).map_err(|wait| too_many(caller.language, wait))?;
    let signed = caller.person()?;
    let credentials = hub.store.credentials(&signed.person.id).await.map_err(|error| caller.refused(error))?.unwrap_or_default();
    if !password::verify(asked.old.clone(), credentials.password_hash).await {
        return Err(wrong(&caller));
    }
    if asked.old == asked.new {
        return Err(invalid(say(caller.language, "新密码不能与旧密码相同", "the new password is the old one; choose another")));
    }
    let hash = usable(&caller, asked.new, &signed.person.login).await?;
    hub.store.set_password(&signed.person.id, &hash, false).await.map_err(|error| caller.refused(error))?;
    hub.store.end_sessions(&signed.person.id, Some(&signed.session.token_hash)).await.map_err(|error| caller.refused(error))?;
    caller.audit(&hub, "change password", "person", &signed.person.id, "").await;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The hash of a password that is good enough.
async fn usable(caller: &Caller, new: String, login: &str) -> Result<String, Problem> {
    if let Some(fault) = password::fault(&new, login) {
        let english = format!("the password is not usable: {fault}");
        return Err(invalid(say(caller.language, "密码须为 10 至 256 个字符、至少 5 种不同字符，且不含用户名", &english)));
    }
    password::hash(new).await.ok_or_else(|| not_hashed(caller.language))
}

async fn new_second_factor(State(hub): State<Arc<Hub>>, caller: Caller) -> Result<Response, Problem> {
    let signed = caller.person()?;
    let credentials = hub.store.credentials(&signed.person.id).await.map_err(|error| caller.refused(error))?.unwrap_or_default();
    // Whoever finds an open browser must not move the second factor to another phone.
    if credentials.totp_since_ms.is_some() {
        let detail =
            say(caller.language, "已经设置过动态验证码；更换请找上级管理员重置", "a second factor is set up; ask the administrator above you to reset it");
        return Err(Problem::named(StatusCode::CONFLICT, "exists", "set up already", detail));
    }
    let secret = second_factor::new_secret();
    let not_made = || unavailable(caller.language, "两步验证的密钥没能生成，请再试一次", "the secret could not be made; try again", 2);
    let uri = second_factor::uri(&secret, &signed.person.login).ok_or_else(not_made)?;
    let locked = hub.vault.lock(&signed.person.id, &secret).map_err(|_| not_made())?;
    hub.store.set_totp(&signed.person.id, Some(&locked), None).await.map_err(|error| caller.refused(error))?;
    Ok(json(SecondFactorSecret { secret, uri }))
}

async fn prove_second_factor(State(hub): State<Arc<Hub>>, caller: Caller, Body(asked): Body<SecondFactorCode>) -> Result<Response, Problem> {
    hub.api.sign_ins.attempt(caller.address, Instant::now()).map_err(|wait| too_many(caller.language, wait))?;
    let signed = caller.person()?;
    let credentials = hub.store.credentials(&signed.person.id).await.map_err(|error| caller.refused(error))?.unwrap_or_default();
    attempts::unlocked(&caller, credentials.locked_until_ms)?;
    let Some(stored) = credentials.totp_secret else { return Err(wrong(&caller)) };
    let secret = opened(&hub, &caller, &signed.person, &stored)?;
    // Putting it into force forgets the last step, so the code is used up afterwards.
    let first = credentials.totp_since_ms.is_none();
    if first && second_factor::step(&secret, &asked.code, caller.now_ms).is_some() {
        hub.store.set_totp(&signed.person.id, Some(&stored), Some(caller.now_ms)).await.map_err(|error| caller.refused(error))?;
        caller.audit(&hub, "set up second factor", "person", &signed.person.id, "").await;
    }
    if !take_code(&hub, &caller, &signed.person, &secret, &asked.code).await? {
        return Err(failed(&hub, &caller, &signed.person, "code").await?);
    }
    hub.store.note_second_factor(&signed.session.token_hash, caller.now_ms).await.map_err(|error| caller.refused(error))?;
    let signed = signed_in(&hub, &signed.session.token_hash, caller.now_ms).await.map_err(|error| caller.refused(error))?.ok_or_else(|| wrong(&caller))?;
    Ok(json(view(&hub, &caller, &signed).await?))
}

async fn use_reset(State(hub): State<Arc<Hub>>, caller: Caller, Body(asked): Body<UseReset>) -> Result<Response, Problem> {
    hub.api.resets.attempt(caller.address, Instant::now()).map_err(|wait| too_many(caller.language, wait))?;
    let wrong_token = || {
        let detail = say(caller.language, "重置码不对、已用过或已过期，请找管理员重新生成", "the token is wrong, used or expired; ask for another one");
        Problem::named(StatusCode::UNAUTHORIZED, "wrong_credentials", "wrong token", detail)
    };
    let token_hash = secret::hash(&secret::heard(&asked.token));
    let login = hub.store.password_reset_login(&token_hash, caller.now_ms).await.map_err(|error| caller.refused(error))?;
    let hash = usable(&caller, asked.password, &login.ok_or_else(wrong_token)?).await?;
    let person = hub.store.reset_password(&token_hash, &hash, caller.now_ms).await.map_err(|error| caller.refused(error))?;
    let person = person.ok_or_else(wrong_token)?;
    hub.store.end_sessions(&person, None).await.map_err(|error| caller.refused(error))?;
    // Only now is it known whose it was.
    let line = AuditLine { person: Some(person.clone()), ..caller.audit_line("reset password", "person", &person, "") };
    if let Err(error) = hub.store.add_audit(&line).await {
        tracing::error!(%error, "an act could not be written into the audit log");
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// How long a reset token holds.
pub(super) const RESET: Duration = Duration::from_secs(24 * 3_600);
