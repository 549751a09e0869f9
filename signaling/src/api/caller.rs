//! Who asks: from the session's cookie or the device's token to grants, and the guard that stands before every route.

use super::problem::{self, not_found, not_permitted, say, sign_in_needed, store_failed};
use super::route::Rule;
use crate::access::{Action, Geography, Place, may, may_somewhere, needs_second_factor};
use crate::account::secret;
use crate::http::{Arrival, Problem, origin};
use crate::hub::Hub;
use crate::permit::{self, permits};
use crate::store::{AuditLine, Device, FeedToken, Grant, Person, Session, SessionHolder, StoreError, unix_ms};
use crate::tokens::Claims;
use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use timetable::{Language, Zone};

/// The cookie that holds a session's token.
pub(crate) const COOKIE: &str = "tongke";

/// A session ends when nothing was asked in it for so long.
pub(crate) const IDLE_MS: u64 = 12 * 3_600 * 1_000;
/// A session ends after so long, whatever was asked in it.
pub(crate) const LONGEST_MS: u64 = 7 * 24 * 3_600 * 1_000;
/// It is written down that a session or device is in use so often at most.
const SEEN_EVERY_MS: u64 = 5 * 60 * 1_000;

/// A signed-in person.
#[derive(Clone, Debug)]
pub(crate) struct SignedIn {
    pub(crate) person: Person,
    pub(crate) session: Session,
    /// All grants that hold now.
    pub(crate) grants: Vec<Grant>,
    /// Those that hold in this session: an administrator's only with a second factor.
    pub(crate) active: Vec<Grant>,
    pub(crate) must_change: bool,
    /// A role asks for a second factor that this session did not prove.
    pub(crate) factor_missing: bool,
}

/// Who asks.
#[derive(Clone, Debug)]
pub(crate) enum Who {
    Nobody,
    Person(Box<SignedIn>),
    Device(Device),
    Feed(Box<Feed>),
    /// A board on a wall, or a program, with a lesson token of the role `operator`.
    Operator(Box<Claims>),
}

/// A calendar program with the token of a feed: it reads that one as the person who made the token.
#[derive(Clone, Debug)]
pub(crate) struct Feed {
    pub(crate) token: FeedToken,
    /// All of the person's that hold now: a calendar has no second factor to give, and reads only.
    pub(crate) grants: Vec<Grant>,
}

/// Who asks, from where, in which language.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) who: Who,
    pub(crate) address: IpAddr,
    /// In which requests are refused.
    pub(crate) language: Language,
    /// In which sheets and calendars are written, and what is told of a sheet: Chinese where nothing is asked for.
    pub(crate) paper_language: Language,
    pub(crate) geography: Arc<Geography>,
    pub(crate) zone: Zone,
    pub(crate) now_ms: u64,
}

impl Caller {
    /// The person, where one is signed in.
    pub(crate) fn person(&self) -> Result<&SignedIn, Problem> {
        match &self.who {
            Who::Person(signed) => Ok(signed),
            _ => Err(sign_in_needed(self.language)),
        }
    }

    /// The person who asks, or for whom a calendar program does.
    pub(crate) fn acts_for(&self) -> Option<&str> {
        match &self.who {
            Who::Person(signed) => Some(&signed.person.id),
            Who::Feed(feed) => Some(&feed.token.person),
            _ => None,
        }
    }

    fn grants(&self) -> &[Grant] {
        match &self.who {
            Who::Person(signed) => &signed.active,
            Who::Feed(feed) => &feed.grants,
            _ => &[],
        }
    }

    /// Whether the caller may do it there.
    pub(crate) fn may(&self, action: Action, place: &Place<'_>) -> bool {
        may(&self.geography, self.grants(), action, place)
    }

    /// Whether the caller may do it at one of these places.
    pub(crate) fn may_at(&self, action: Action, places: &[Place<'_>]) -> bool {
        places.iter().any(|place| self.may(action, place))
    }

    /// Lets through who may see what is there; for others it does not exist.
    pub(crate) fn see(&self, action: Action, places: &[Place<'_>]) -> Result<(), Problem> {
        if self.may_at(action, places) { Ok(()) } else { Err(not_found(self.language)) }
    }

    /// Lets through who may change what is there. Who may see it is told that the role does not permit it; for others it does not exist.
    pub(crate) fn change(&self, read: Action, write: Action, place: &Place<'_>) -> Result<(), Problem> {
        match (self.may(write, place), self.may(read, place)) {
            (true, _) => Ok(()),
            (false, true) => Err(not_permitted(self.language)),
            (false, false) => Err(not_found(self.language)),
        }
    }

    /// A line of the audit log by this caller.
    pub(crate) fn audit_line(&self, act: &str, thing: &str, thing_id: &str, detail: impl Into<String>) -> AuditLine {
        let person = match &self.who {
            Who::Person(signed) => Some(signed.person.id.clone()),
            _ => None,
        };
        let (act, thing, thing_id) = (act.to_owned(), thing.to_owned(), thing_id.to_owned());
        AuditLine { id: secret::next_id(), at_ms: self.now_ms, person, address: self.address.to_string(), act, thing, thing_id, detail: detail.into() }
    }

    /// Writes into the audit log what was done. A log that cannot be written does not undo it; it is told loudly.
    pub(crate) async fn audit(&self, hub: &Hub, act: &str, thing: &str, thing_id: &str, detail: impl Into<String>) {
        let line = self.audit_line(act, thing, thing_id, detail);
        if let Err(error) = hub.store.add_audit(&line).await {
            tracing::error!(%error, act, thing, thing_id, "an act could not be written into the audit log");
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| Problem::unavailable("the route has no guard", 5))
    }
}

/// The language that is asked for; none where nothing is said, as by a program.
fn asked(headers: &HeaderMap) -> Option<Language> {
    let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default().trim_start();
    let is_english = wanted.get(..2).is_some_and(|first| first.eq_ignore_ascii_case("en"));
    (!wanted.is_empty() && !wanted.starts_with('*')).then_some(if is_english { Language::English } else { Language::Chinese })
}

/// The language in which a request is refused: English for programs.
pub(crate) fn language(headers: &HeaderMap) -> Language {
    asked(headers).unwrap_or(Language::English)
}

/// Stands before every route: finds out who asks, and refuses what the route's rule does not permit. A route without a rule is for nobody.
pub(crate) async fn guard(State(hub): State<Arc<Hub>>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let language = language(&parts.headers);
    let path = parts.extensions.get::<MatchedPath>().map(|path| path.as_str().to_owned()).unwrap_or_default();
    let Some(rule) = hub.api.rules.of(&parts.method, &path) else { return no_such_method(&hub, &path, language) };
    match admit(&hub, &parts, rule, language).await {
        Ok(caller) => {
            parts.extensions.insert(caller);
            next.run(Request::from_parts(parts, body)).await
        }
        Err(refusal) => refusal.into_response(),
    }
}

fn no_such_method(hub: &Hub, path: &str, language: Language) -> Response {
    let methods: Vec<&str> = [Method::GET, Method::POST, Method::PUT, Method::DELETE]
        .iter()
        .filter(|method| hub.api.rules.of(method, path).is_some())
        .map(|method| match *method {
            Method::POST => "POST",
            Method::PUT => "PUT",
            Method::DELETE => "DELETE",
            _ => "GET",
        })
        .collect();
    let detail = say(language, "这里不支持这种方法", "this method is not served here; see /api/openapi.json");
    let problem = Problem::named(StatusCode::METHOD_NOT_ALLOWED, "no_such_method", "no such method", detail);
    match methods.join(", ").parse() {
        Ok(allow) if !methods.is_empty() => problem.with(header::ALLOW, allow).into_response(),
        _ => not_found(language).into_response(),
    }
}

async fn admit(hub: &Hub, request: &Parts, rule: Rule, language: Language) -> Result<Caller, Problem> {
    let now_ms = unix_ms();
    let from = request.extensions.get::<Arrival>().and_then(|arrival| arrival.from);
    let address = from.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    let paper_language = asked(&request.headers).unwrap_or_default();
    let unreadable = |error: StoreError| store_failed(language, &error);
    if rule == Rule::Public {
        let (geography, zone) = (Arc::default(), hub.config.zone.clone());
        return Ok(Caller { who: Who::Nobody, address, language, paper_language, geography, zone, now_ms });
    }
    let feed = if matches!(rule, Rule::FeedOr(_)) { feed_of(hub, &request.headers, now_ms).await.map_err(unreadable)? } else { None };
    let who = match feed {
        Some(feed) => Who::Feed(Box::new(feed)),
        None if matches!(rule, Rule::OperatorOr(_)) && request.headers.contains_key(header::AUTHORIZATION) => {
            Who::Operator(Box::new(operator(hub, &request.headers).map_err(|refusal| refusal.told(language, "链接无效、已过期，或不能用来巡课；请重新获取"))?))
        }
        None => identify(hub, &request.headers, &request.method, now_ms, language).await.map_err(|refusal| challenge(rule, refusal))?,
    };
    let geography = hub.api.geography(&hub.store, &hub.config.zone, now_ms).await.map_err(unreadable)?;
    let caller = Caller { who, address, language, paper_language, geography, zone: hub.config.zone.clone(), now_ms };
    match (rule, &caller.who) {
        (_, Who::Nobody) => Err(challenge(rule, sign_in_needed(language))),
        (Rule::Public, _) | (Rule::Own, Who::Person(_)) | (Rule::DeviceOr(_), Who::Device(_)) | (Rule::FeedOr(_), Who::Feed(_)) => Ok(caller),
        (Rule::OperatorOr(_), Who::Operator(_)) => Ok(caller),
        (Rule::May(action) | Rule::OwnOr(action) | Rule::DeviceOr(action) | Rule::FeedOr(action) | Rule::OperatorOr(action), Who::Person(signed)) => {
            fit_to_act(signed, language)?;
            // Whose last role ended still holds the lessons that are theirs.
            let own = matches!(rule, Rule::OwnOr(_) | Rule::DeviceOr(_) | Rule::FeedOr(_)) && !may_somewhere(&signed.grants, action);
            if own || may_somewhere(&signed.active, action) {
                return Ok(caller);
            }
            // Only the second factor is missing: that is told, so that it can be given.
            if may_somewhere(&signed.grants, action) { Err(factor_missing(language)) } else { Err(not_permitted(language)) }
        }
        (Rule::Own | Rule::OwnOr(_) | Rule::May(_) | Rule::FeedOr(_) | Rule::OperatorOr(_), Who::Device(_)) | (_, Who::Feed(_) | Who::Operator(_)) => {
            Err(not_permitted(language))
        }
    }
}

fn fit_to_act(signed: &SignedIn, language: Language) -> Result<(), Problem> {
    if !signed.must_change {
        return Ok(());
    }
    let detail = say(language, "请先修改初始密码", "change the first password before anything else");
    Err(Problem::named(StatusCode::FORBIDDEN, "password_to_be_changed", "the password is to be changed", detail))
}

fn factor_missing(language: Language) -> Problem {
    let detail = say(language, "管理员须先设置并输入动态验证码", "administrators set up and give a second factor first");
    Problem::named(StatusCode::FORBIDDEN, "second_factor_to_be_set_up", "a second factor is needed", detail)
}

/// A calendar program asks its user for a password only where it is told to (RFC 7617).
fn challenge(rule: Rule, refusal: Problem) -> Problem {
    match rule {
        Rule::FeedOr(_) => refusal.with(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"Tongke\", charset=\"UTF-8\"")),
        _ => refusal,
    }
}

/// From the password of HTTP Basic to a feed; none where there is none of a token that holds.
async fn feed_of(hub: &Hub, headers: &HeaderMap, now_ms: u64) -> Result<Option<Feed>, StoreError> {
    let Some(password) = basic_password(headers) else { return Ok(None) };
    let Some(token) = hub.store.feed_token(&secret::hash(&password)).await? else { return Ok(None) };
    let person: Option<Person> = hub.store.get(&token.person).await?;
    if person.is_none_or(|person| person.closed_ms.is_some()) {
        return Ok(None);
    }
    let grants = hub.store.grants(&token.person, Some(now_ms)).await?;
    Ok(Some(Feed { token, grants }))
}

/// The password of HTTP Basic (RFC 7617); the user name does not matter.
fn basic_password(headers: &HeaderMap) -> Option<String> {
    let (scheme, encoded) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let decoded = STANDARD.decode(encoded.trim()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    String::from_utf8(decoded).ok()?.split_once(':').map(|(_, password)| password.to_owned())
}

/// From a lesson token to what it says of an operator.
fn operator(hub: &Hub, headers: &HeaderMap) -> Result<Claims, Problem> {
    let claims = hub.authenticate(crate::http::bearer(headers)?)?;
    if permits(claims.role, permit::Action::Overview) {
        return Ok(claims);
    }
    Err(Problem::forbidden(format!("the role {:?} may not read lessons; use an operator's token", claims.role.name())))
}

/// From the cookie or the bearer token to a person or a device.
async fn identify(hub: &Hub, headers: &HeaderMap, method: &Method, now_ms: u64, language: Language) -> Result<Who, Problem> {
    let unreadable = |error: StoreError| store_failed(language, &error);
    if headers.contains_key(header::AUTHORIZATION) {
        let token = crate::http::bearer(headers).map_err(|_| sign_in_needed(language))?;
        let device = hub.store.device_by_token(&secret::hash(token)).await.map_err(unreadable)?;
        let Some(device) = device.filter(|device| device.revoked_ms.is_none()) else { return Err(sign_in_needed(language)) };
        if device.seen_ms.is_none_or(|seen| seen + SEEN_EVERY_MS < now_ms) {
            let _ = hub.store.touch_device(&device.id, now_ms).await;
        }
        return Ok(Who::Device(device));
    }
    let jar = CookieJar::from_headers(headers);
    let Some(cookie) = jar.get(COOKIE) else { return Ok(Who::Nobody) };
    // A page of another origin must not act with the cookie of who looks at it.
    if *method != Method::GET && *method != Method::HEAD {
        origin::check(headers, &hub.config.allowed_origins)?;
    }
    let hash = secret::hash(cookie.value());
    let Some(signed) = signed_in(hub, &hash, now_ms).await.map_err(unreadable)? else { return Ok(Who::Nobody) };
    if signed.session.seen_ms + SEEN_EVERY_MS < now_ms {
        let expires_ms = (now_ms + IDLE_MS).min(signed.session.made_ms + LONGEST_MS);
        let _ = hub.store.touch_session(&hash, now_ms, expires_ms).await;
    }
    Ok(Who::Person(Box::new(signed)))
}

/// Who is signed in by a session's token, by its hash; none where it has ended or its person was closed.
pub(crate) async fn signed_in(hub: &Hub, token_hash: &str, now_ms: u64) -> Result<Option<SignedIn>, StoreError> {
    let Some(SessionHolder { session, person, must_change, grants }) = hub.store.session_holder(token_hash, now_ms).await? else { return Ok(None) };
    let proven = session.second_factor_ms.is_some() || !hub.config.second_factor;
    let active: Vec<Grant> = grants.iter().filter(|grant| proven || !needs_second_factor(grant.role)).cloned().collect();
    let factor_missing = active.len() < grants.len();
    Ok(Some(SignedIn { person, session, grants, active, must_change, factor_missing }))
}

/// Axum's refusals of what cannot be read, as problems.
pub(crate) fn unreadable_body(rejection: &axum::extract::rejection::JsonRejection, language: Language) -> Problem {
    use axum::extract::rejection::JsonRejection as R;
    let status = rejection.status();
    // What exactly is wrong is told in the words of the parser, which help whoever wrote the page or the program.
    let unreadable = || language.pick(format!("有一项内容读不出来，请检查填写的数字和日期（{}）", rejection.body_text()), rejection.body_text());
    match rejection {
        R::JsonDataError(_) => problem::invalid(unreadable()),
        R::MissingJsonContentType(_) => {
            let detail = say(language, "内容须是 JSON：请带上 Content-Type: application/json", "send Content-Type: application/json");
            Problem::named(status, "media_type", "another media type", detail)
        }
        _ if status == StatusCode::PAYLOAD_TOO_LARGE => Problem::named(status, "too_large", "too large", say(language, "内容太多", "the body is too large")),
        _ => problem::bad_request(unreadable()),
    }
}
