//! What WHIP (RFC 9725) and WHEP share: one offer by `POST`, changes by `PATCH`, the end by `DELETE`.

use super::router::no_such_method;
use super::{Arrival, Problem};
use crate::hub::{Direct, Hub, answer};
use crate::lesson::{Access, Command, ConnectionId, Identity, Join, refused_offer};
use crate::media::{MediaError, OfferRequest};
use crate::metrics::UNNAMED;
use crate::permit::{self, Action, permits};
use crate::refusal::Refusal;
use crate::resume::ResumeToken;
use crate::tokens::Claims;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::MethodRouter;
use protocol::{ErrorCode, IceServer, MAX_FRAME_BYTES, ParticipantId};
use rand::RngCore;
use std::sync::Arc;
use tokio::runtime::Handle;

const SDP: &str = "application/sdp";
const FRAGMENT: &str = "application/trickle-ice-sdpfrag";

/// The bearer token of a request (RFC 6750 section 2.1).
pub(crate) fn bearer(headers: &HeaderMap) -> Result<&str, Problem> {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = value.and_then(|value| value.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token.trim());
    token.filter(|token| !token.is_empty()).ok_or_else(|| {
        let detail = "the header \"Authorization: Bearer <token>\" is missing";
        Problem::new(StatusCode::UNAUTHORIZED, "a token is needed", detail).with(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
    })
}

/// `POST`: makes a session.
pub(crate) async fn create(hub: Arc<Hub>, arrival: Arrival, lesson: String, access: Access, headers: HeaderMap, body: Body) -> Result<Response, Problem> {
    let (endpoint, action) = match access {
        Access::Whep(_) => ("whep", Action::Whep),
        Access::Whip | Access::Socket => ("whip", Action::Whip),
    };
    if hub.is_closing() {
        return Err(Problem::unavailable("the server is stopping; come back in a second", 1));
    }
    let claims = hub.authenticate(bearer(&headers)?)?;
    if claims.lesson != lesson {
        return Err(Problem::forbidden(format!("the token is for lesson {:?}; use one for this lesson", claims.lesson)));
    }
    if !permits(claims.role, action) {
        return Err(Problem::forbidden(format!("the role {:?} may not use {endpoint}; use a token of another role", claims.role.name())));
    }
    content_type(&headers, SDP)?;
    let sdp = read(&headers, body).await?;
    let mut request = OfferRequest {
        lesson: lesson.clone(),
        participant: ParticipantId(String::new()),
        sdp,
        sources: Vec::new(),
        infer_sources: true,
        may_send: if matches!(access, Access::Whip) { permit::may_send(claims.role).to_vec() } else { Vec::new() },
        local: arrival.local,
    };
    // Before anybody is joined: a useless offer must not take the place of whoever has it.
    hub.media.check(&request).map_err(|error| refused_offer(&error))?;
    let connection = hub.new_connection();
    // Known before it is in the lesson, so that whatever ends it there finds it, also while it is answered.
    let session = Opening::new(
        &hub,
        Direct { connection, lesson: lesson.clone(), participant: request.participant.clone(), sub: claims.sub.clone(), endpoint, tag: String::new() },
    );
    let participant = join(&hub, &arrival, &lesson, access, &claims, connection).await?;
    request.participant = participant.clone();
    let answer = match answer(&hub, request).await {
        Ok(answer) => answer,
        Err(error) => {
            session.give_up().await;
            return Err(refused_offer(&error).into());
        }
    };
    let Some(session) = session.answered(participant, &answer.ice_tag) else {
        let detail = "the session was ended while it was answered; POST a new offer";
        return Err(Problem::new(StatusCode::CONFLICT, "ended", detail));
    };
    hub.tell(&lesson, Command::DirectAnswered { connection, slots: answer.slots }).await;
    Ok(created(&hub.config.ice_servers, &format!("/{endpoint}/{lesson}/{session}"), &answer.ice_tag, answer.sdp))
}

/// A session that is not answered yet. One that is given up before it is, for whatever reason, is known no more, and the lesson is told.
struct Opening {
    hub: Arc<Hub>,
    id: String,
    direct: Direct,
    /// Answered, or given up.
    is_done: bool,
}

impl Opening {
    fn new(hub: &Arc<Hub>, direct: Direct) -> Self {
        let id = session_id();
        hub.direct.insert(id.clone(), direct.clone());
        Self { hub: hub.clone(), id, direct, is_done: false }
    }

    /// Its id; none where it was ended meanwhile.
    fn answered(mut self, participant: ParticipantId, tag: &str) -> Option<String> {
        let mut kept = self.hub.direct.get_mut(&self.id)?;
        kept.participant = participant;
        tag.clone_into(&mut kept.tag);
        drop(kept);
        self.is_done = true;
        Some(self.id.clone())
    }

    /// There is no answer: whoever asks again finds its place free.
    async fn give_up(mut self) {
        self.hub.direct.remove(&self.id);
        self.hub.tell(&self.direct.lesson, Command::DirectEnded { connection: self.direct.connection }).await;
        self.is_done = true;
    }
}

impl Drop for Opening {
    fn drop(&mut self) {
        if self.is_done {
            return;
        }
        self.hub.direct.remove(&self.id);
        let (hub, Direct { lesson, connection, .. }) = (self.hub.clone(), self.direct.clone());
        // None where the server is going down, and the lesson with it.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move { hub.tell(&lesson, Command::DirectEnded { connection }).await });
        }
    }
}

async fn join(hub: &Arc<Hub>, arrival: &Arrival, lesson: &str, access: Access, claims: &Claims, connection: ConnectionId) -> Result<ParticipantId, Problem> {
    let Claims { role, sub, name, classroom, holder, .. } = claims.clone();
    let identity = Identity { sub, role, name, classroom, holder };
    let join = Join { connection, identity, access, resume: None, fresh: ResumeToken::random(), local: arrival.local, from: arrival.from };
    Ok(hub.join(lesson, join).await?)
}

fn created(ice_servers: &[IceServer], location: &str, tag: &str, sdp: String) -> Response {
    let mut response = (StatusCode::CREATED, [(header::CONTENT_TYPE, SDP)], sdp).into_response();
    let headers = response.headers_mut();
    set(headers, header::LOCATION, location);
    set(headers, header::ETAG, &format!("\"{tag}\""));
    set(headers, HeaderName::from_static("accept-patch"), FRAGMENT);
    for server in ice_servers {
        for url in &server.urls {
            if let Ok(link) = HeaderValue::from_str(&link(url, server)) {
                headers.append(header::LINK, link);
            }
        }
    }
    response
}

/// RFC 9725 section 4.6.
fn link(url: &str, server: &IceServer) -> String {
    let mut link = format!("<{url}>; rel=\"ice-server\"");
    let quoted = |text: &str| text.replace(['"', '\\'], "");
    if let (Some(username), Some(credential)) = (&server.username, &server.credential) {
        link += &format!("; username=\"{}\"; credential=\"{}\"; credential-type=\"password\"", quoted(username), quoted(credential));
    }
    link
}

/// `PATCH`: trickled candidates are answered 204, an ICE restart 200 with the server's fragment and a new entity tag.
pub(crate) async fn patch(hub: Arc<Hub>, endpoint: &str, lesson: String, session: String, headers: HeaderMap, body: Body) -> Result<Response, Problem> {
    let direct = own(&hub, endpoint, &lesson, &session, &headers)?;
    content_type(&headers, FRAGMENT)?;
    // RFC 9725 section 4.3.1: the entity tag of the ICE session, or "*" for a restart.
    let condition = headers.get(header::IF_MATCH).and_then(|value| value.to_str().ok()).map(str::trim);
    let condition = condition.ok_or_else(|| {
        let detail = "send If-Match with the entity tag of the answer, or \"*\" to restart ICE";
        Problem::new(StatusCode::PRECONDITION_REQUIRED, "a condition is needed", detail)
    })?;
    let current = condition.split(',').map(|tag| tag.trim().trim_matches('"')).any(|tag| tag == "*" || tag == direct.tag);
    if !current {
        let detail = format!("the present entity tag is \"{}\"; the ICE session was restarted since", direct.tag);
        return Err(Problem::new(StatusCode::PRECONDITION_FAILED, "an old entity tag", detail));
    }
    let fragment = read(&headers, body).await?;
    let restarted = hub.media.patch(&lesson, &direct.participant, fragment).await.map_err(|error| match error {
        MediaError::UnknownTransport(_) => gone(),
        other => refused_offer(&other).into(),
    })?;
    let Some(answer) = restarted else { return Ok(StatusCode::NO_CONTENT.into_response()) };
    let tag = next_tag(&direct.tag);
    if let Some(mut entry) = hub.direct.get_mut(&session) {
        entry.tag.clone_from(&tag);
    }
    let mut response = (StatusCode::OK, [(header::CONTENT_TYPE, FRAGMENT)], answer).into_response();
    set(response.headers_mut(), header::ETAG, &format!("\"{tag}\""));
    Ok(response)
}

/// `DELETE`: ends it.
pub(crate) async fn delete(hub: Arc<Hub>, endpoint: &str, lesson: String, session: String, headers: HeaderMap) -> Result<Response, Problem> {
    let direct = own(&hub, endpoint, &lesson, &session, &headers)?;
    hub.direct.remove(&session);
    hub.tell(&direct.lesson, Command::DirectEnded { connection: direct.connection }).await;
    Ok(StatusCode::OK.into_response())
}

/// The session, if the token is of the one who made it.
fn own(hub: &Hub, endpoint: &str, lesson: &str, session: &str, headers: &HeaderMap) -> Result<Direct, Problem> {
    let claims = hub.authenticate(bearer(headers)?)?;
    let found = hub.direct.get(session).filter(|direct| direct.endpoint == endpoint && direct.lesson == lesson).map(|direct| direct.value().clone());
    let direct = found.ok_or_else(gone)?;
    if claims.lesson != direct.lesson || claims.sub != direct.sub {
        return Err(Problem::forbidden("the session was made with another token; use that one"));
    }
    Ok(direct)
}

fn gone() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "no such session", "the session has ended or never was; POST a new offer")
}

/// `tag` → `tag.1` → `tag.2`.
fn next_tag(tag: &str) -> String {
    match tag.rsplit_once('.').and_then(|(base, count)| Some((base, count.parse::<u32>().ok()?))) {
        Some((base, count)) => format!("{base}.{}", count.wrapping_add(1)),
        None => format!("{tag}.1"),
    }
}

fn content_type(headers: &HeaderMap, wanted: &'static str) -> Result<(), Problem> {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = value.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case(wanted) {
        return Ok(());
    }
    let shown: String = value.chars().take(60).collect();
    let problem = Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "another media type", format!("the Content-Type is {shown:?}; send {wanted}"));
    let accept = if wanted == SDP { "accept-post" } else { "accept-patch" };
    Err(problem.with(HeaderName::from_static(accept), HeaderValue::from_static(wanted)))
}

async fn read(headers: &HeaderMap, body: Body) -> Result<String, Problem> {
    let too_long = || Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too long", format!("the body is longer than {MAX_FRAME_BYTES} bytes; offer fewer m-lines"));
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()).and_then(|value| value.parse::<u64>().ok());
    if announced.is_some_and(|length| length > MAX_FRAME_BYTES as u64) {
        return Err(too_long());
    }
    let bytes = axum::body::to_bytes(body, MAX_FRAME_BYTES).await.map_err(|_| too_long())?;
    let text = String::from_utf8(bytes.into());
    text.map_err(|_| Refusal::new(ErrorCode::OfferInvalid, "the body is not UTF-8 text").into())
}

/// 128 random bits: nobody guesses another's session.
fn session_id() -> String {
    format!("{:016x}{:016x}", rand::rng().next_u64(), rand::rng().next_u64())
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// CORS: WHIP and WHEP pages may come from anywhere; the token is what counts.
fn allow_origins(response: &mut Response) {
    let headers = response.headers_mut();
    set(headers, header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    set(headers, header::ACCESS_CONTROL_EXPOSE_HEADERS, "Location, ETag, Link, Accept-Patch, Accept-Post, Retry-After");
}

/// What WHIP and WHEP answer: a refusal is counted.
pub(crate) fn respond(hub: &Hub, result: Result<Response, Problem>) -> Response {
    if let Err(problem) = &result {
        hub.metrics.refused.with_label_values(&[problem.kind().unwrap_or(UNNAMED)]).inc();
    }
    let mut response = result.into_response();
    allow_origins(&mut response);
    response
}

/// A resource of WHIP or WHEP that knows these methods, `OPTIONS` among them, and says so of itself.
pub(crate) fn resource(methods: &'static str, routes: MethodRouter<Arc<Hub>>) -> MethodRouter<Arc<Hub>> {
    let refuse = move |method: Method| async move {
        let mut response = no_such_method(method).await;
        set(response.headers_mut(), header::ALLOW, methods);
        allow_origins(&mut response);
        response
    };
    routes.options(move || async move { options(methods) }).fallback(refuse)
}

/// `OPTIONS`: preflight, and what may be posted.
fn options(methods: &str) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    if methods.contains("POST") {
        set(headers, HeaderName::from_static("accept-post"), SDP);
    }
    set(headers, header::ALLOW, methods);
    set(headers, header::ACCESS_CONTROL_ALLOW_METHODS, methods);
    set(headers, header::ACCESS_CONTROL_ALLOW_HEADERS, "Authorization, Content-Type, If-Match");
    set(headers, header::ACCESS_CONTROL_MAX_AGE, "86400");
    allow_origins(&mut response);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_restart_changes_the_tag() {
        assert_eq!(next_tag("abc"), "abc.1");
        assert_eq!(next_tag("abc.1"), "abc.2");
        assert_eq!(next_tag("abc.x"), "abc.x.1");
    }

    #[test]
    fn a_link_names_the_server_and_its_credentials() {
        let turn = IceServer { urls: vec![], username: Some("u\"x".into()), credential: Some("c".into()) };
        assert_eq!(link("turn:t.example", &turn), "<turn:t.example>; rel=\"ice-server\"; username=\"ux\"; credential=\"c\"; credential-type=\"password\"");
        let stun = IceServer { urls: vec![], username: None, credential: None };
        assert_eq!(link("stun:s.example", &stun), "<stun:s.example>; rel=\"ice-server\"");
    }
}
