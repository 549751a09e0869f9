//! Sign-in through the district's identity provider. A browser goes these ways, so a refusal is not a problem but a way back to the sign-in page, which says it
//! in words: `/signin?back=PATH#problem=NAME`.

use super::Caller;
use super::extract::{Query, json};
use super::route::{BASE, Doc, Routes, Rule, text};
use super::session::open;
use super::view::OidcView;
use crate::account::login;
use crate::account::oidc::{Attempt, Identity, OidcError, Provider};
use crate::http::Problem;
use crate::hub::Hub;
use crate::store::StoreError;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use serde::Deserialize;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

const TAG: &str = "session";

/// The cookie that holds an attempt, for the two ways only.
const ATTEMPT: &str = "tongke-oidc";
/// The page that a refusal leads to, and that sends whoever is signed in on to the page of the role.
const SIGN_IN: &str = "/signin";

pub(super) fn routes(routes: &mut Routes) {
    let doc = Doc::new(TAG, "Whether one can sign in through an identity provider, and what its button says.");
    routes.add(Method::GET, "/oidc", Rule::Public, doc.answer::<OidcView>(200, "Whether."), show);
    let doc = Doc::new(TAG, "Leads the browser to the identity provider; afterwards it comes back to `return`, a path of this server.");
    let doc = doc.query("return", "Where to go when one is signed in; the page of the role where it is missing or no path of this server.", text(500));
    routes.add(Method::GET, "/oidc/start", Rule::Public, doc.empty(303, "To the provider, or to `/signin#problem=NAME`."), start);
    let doc = Doc::new(TAG, "Where the identity provider sends the browser back to; sets the session's cookie.");
    let doc = doc.query("code", "For the tokens.", text(4_096)).query("state", "Ties the answer to the browser.", text(200));
    let doc = doc.query("error", "Why there is no code (RFC 6749).", text(200)).query("iss", "Whose answer it is (RFC 9207).", text(500));
    routes.add(Method::GET, "/oidc/callback", Rule::Public, doc.empty(303, "To where one came from, or to `/signin#problem=NAME`."), callback);
}

async fn show(State(hub): State<Arc<Hub>>) -> Response {
    json(OidcView { name: hub.api.provider.as_ref().map(|provider| provider.name().to_owned()) })
}

#[derive(Default, Deserialize)]
struct Start {
    r#return: Option<String>,
}

#[derive(Default, Deserialize)]
struct Callback {
    code: Option<String>,
    state: Option<String>,
    error: Option<String>,
    iss: Option<String>,
}

async fn start(State(hub): State<Arc<Hub>>, caller: Caller, headers: HeaderMap, asked: Result<Query<Start>, Problem>) -> Response {
    let asked = asked.map(|Query(asked)| asked).unwrap_or_default();
    let attempt = Attempt::new(asked.r#return.as_deref());
    match begin(&hub, &caller, &headers, &attempt).await {
        Ok(url) => (CookieJar::new().add(cookie(&hub, attempt.cookie())), see(&url)).into_response(),
        Err(problem) => see(&refusal(&attempt, problem)),
    }
}

async fn begin(hub: &Hub, caller: &Caller, headers: &HeaderMap, attempt: &Attempt) -> Result<String, &'static str> {
    let provider = hub.api.provider.as_ref().ok_or("oidc_off")?;
    hub.api.ways.attempt(caller.address, Instant::now()).map_err(|_| "rate_limited")?;
    let redirect = redirect(hub, headers).ok_or("oidc_again")?;
    let url = provider.authorization(attempt, &redirect, Instant::now()).await;
    url.map(String::from).map_err(|error| refused(&error))
}

async fn callback(State(hub): State<Arc<Hub>>, caller: Caller, headers: HeaderMap, asked: Result<Query<Callback>, Problem>) -> Response {
    let asked = asked.map(|Query(asked)| asked).unwrap_or_default();
    let attempt = CookieJar::from_headers(&headers).get(ATTEMPT).and_then(|cookie| Attempt::from_cookie(cookie.value()));
    // An attempt is over with its first answer, whatever that was.
    let jar = CookieJar::new().add(gone(&hub));
    let Some(attempt) = attempt.filter(|attempt| asked.state.as_deref().is_some_and(|state| attempt.fits(state))) else {
        return (jar, see(&refusal(&Attempt::new(None), "oidc_again"))).into_response();
    };
    match finish(&hub, &caller, &headers, &attempt, asked).await {
        Ok((session, to)) => (jar.add(session), see(&to)).into_response(),
        Err(problem) => {
            hub.metrics.sign_ins.with_label_values(&["refused"]).inc();
            (jar, see(&refusal(&attempt, problem))).into_response()
        }
    }
}

/// From the provider's answer to a session, and where to go with it.
async fn finish(hub: &Hub, caller: &Caller, headers: &HeaderMap, attempt: &Attempt, asked: Callback) -> Result<(Cookie<'static>, String), &'static str> {
    let provider = hub.api.provider.as_ref().ok_or("oidc_off")?;
    hub.api.ways.attempt(caller.address, Instant::now()).map_err(|_| "rate_limited")?;
    let code = answered(provider, asked)?;
    let redirect = redirect(hub, headers).ok_or("oidc_again")?;
    let identity = provider.identify(&code, attempt, &redirect, Instant::now(), caller.now_ms / 1_000).await.map_err(|error| refused(&error))?;
    enter(hub, caller, headers, attempt, &identity).await
}

/// The code of an answer.
fn answered(provider: &Provider, asked: Callback) -> Result<String, &'static str> {
    if asked.iss.is_some_and(|issuer| !provider.is(&issuer)) {
        return Err("oidc_refused");
    }
    match (asked.error.as_deref(), asked.code) {
        (None, Some(code)) if (1..=4_096).contains(&code.len()) => Ok(code),
        (Some("access_denied"), _) => Err("oidc_denied"),
        (Some("temporarily_unavailable" | "server_error"), _) => Err("oidc_unavailable"),
        (error, _) => {
            let error: String = error.unwrap_or_default().chars().filter(char::is_ascii_graphic).take(100).collect();
            tracing::warn!(error, "the identity provider answered without a code");
            Err("oidc_refused")
        }
    }
}

/// Lets in whom the register knows; nobody is made.
async fn enter(hub: &Hub, caller: &Caller, headers: &HeaderMap, attempt: &Attempt, identity: &Identity) -> Result<(Cookie<'static>, String), &'static str> {
    let unavailable = |error: StoreError| {
        tracing::error!(%error, "the store could not be read");
        "unavailable"
    };
    let found = login::person(&hub.store, &identity.login).await.map_err(unavailable)?;
    let Some((person, _)) = found.filter(|(person, _)| person.closed_ms.is_none()) else {
        tracing::warn!(login = identity.login, "the identity provider knows a person whom the register does not");
        return Err("oidc_unknown");
    };
    let proven = identity.second_factor.then_some(caller.now_ms);
    let opened = open(hub, caller, headers, person, proven, "through the identity provider").await;
    let (signed, session) = opened.map_err(|_| "unavailable")?;
    // Whoever has something to do first does it on the sign-in page, which goes on from there.
    let through = !signed.must_change && !signed.factor_missing;
    Ok((session, attempt.back().filter(|_| through).map_or_else(|| sign_in(attempt), str::to_owned)))
}

fn refused(error: &OidcError) -> &'static str {
    match error {
        OidcError::Unavailable(_) | OidcError::Claim(_) => tracing::error!(%error, "sign-in through the identity provider failed"),
        OidcError::Code(_) | OidcError::Token(_) => tracing::warn!(%error, "sign-in through the identity provider was refused"),
    }
    error.name()
}

/// Where the provider sends the browser back to: the same for both ways, and as it is registered there. A wrong one is refused by the provider.
fn redirect(hub: &Hub, headers: &HeaderMap) -> Option<String> {
    let origin = match &hub.config.public_url {
        Some(url) => url.trim_end_matches('/').to_owned(),
        None => origin(headers, hub.config.tls.is_some())?,
    };
    Some(format!("{origin}{BASE}/oidc/callback"))
}

/// The origin that a browser has of us. Pages are opened over HTTPS, except on the machine itself and where a proxy says otherwise.
fn origin(headers: &HeaderMap, tls: bool) -> Option<String> {
    let word = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let host = word("host")?;
    if host.is_empty() || !host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".:-[]".contains(&byte)) {
        return None;
    }
    let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit())).map_or(host, |(name, _)| name);
    let here = name == "localhost" || name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    let scheme = match word("x-forwarded-proto") {
        _ if tls => "https",
        Some(scheme @ ("http" | "https")) => scheme,
        _ if here => "http",
        _ => "https",
    };
    Some(format!("{scheme}://{host}"))
}

/// The sign-in page, with the way back.
fn sign_in(attempt: &Attempt) -> String {
    let encoded = |path: &str| url::form_urlencoded::byte_serialize(path.as_bytes()).collect::<String>();
    attempt.back().map_or_else(|| SIGN_IN.to_owned(), |back| format!("{SIGN_IN}?back={}", encoded(back)))
}

fn refusal(attempt: &Attempt, problem: &str) -> String {
    format!("{}#problem={problem}", sign_in(attempt))
}

fn see(to: &str) -> Response {
    let Ok(location) = HeaderValue::from_str(to) else { return Problem::unavailable("the way cannot be written", 5).into_response() };
    (StatusCode::SEE_OTHER, [(header::LOCATION, location), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))]).into_response()
}

/// Not for scripts, gone with the browser; sent along when the provider leads back here, which is a navigation of the whole page.
fn cookie(hub: &Hub, value: String) -> Cookie<'static> {
    let built = Cookie::build((ATTEMPT, value)).path(format!("{BASE}/oidc")).http_only(true).secure(hub.config.is_https());
    built.same_site(SameSite::Lax).build()
}

fn gone(hub: &Hub) -> Cookie<'static> {
    let mut cookie = cookie(hub, String::new());
    cookie.make_removal();
    cookie
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn of(host: &str, forwarded: Option<&str>, tls: bool) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        if let Some(scheme) = forwarded {
            headers.insert("x-forwarded-proto", scheme.parse().unwrap());
        }
        origin(&headers, tls)
    }

    #[test]
    fn the_origin_is_the_one_that_the_browser_sees() {
        for (host, forwarded, tls, origin) in [
            ("127.0.0.1:8080", None, false, "http://127.0.0.1:8080"),
            ("[::1]:8080", None, false, "http://[::1]:8080"),
            ("localhost", None, false, "http://localhost"),
            ("localhost:8443", None, true, "https://localhost:8443"),
            ("school.example", None, false, "https://school.example"),
            ("school.example:8443", Some("https"), false, "https://school.example:8443"),
            ("10.0.0.1:8080", Some("http"), false, "http://10.0.0.1:8080"),
            ("school.example", Some("http"), true, "https://school.example"),
            ("school.example", Some("gopher"), false, "https://school.example"),
            ("localhost.example", None, false, "https://localhost.example"),
        ] {
            assert_eq!(of(host, forwarded, tls).as_deref(), Some(origin), "{host} {forwarded:?} {tls}");
        }
        for bad in ["", "a b", "evil.example/x", "a@b", "a?b", "a#b"] {
            assert_eq!(of(bad, None, false), None, "{bad}");
        }
        assert_eq!(origin(&HeaderMap::new(), true), None);
    }

    #[test]
    fn a_refusal_keeps_the_way_back() {
        assert_eq!(refusal(&Attempt::new(None), "oidc_off"), "/signin#problem=oidc_off");
        assert_eq!(refusal(&Attempt::new(Some("/school?week=3&a=b#c")), "oidc_off"), "/signin?back=%2Fschool%3Fweek%3D3%26a%3Db%23c#problem=oidc_off");
        assert_eq!(refusal(&Attempt::new(Some("//evil.example")), "oidc_off"), "/signin#problem=oidc_off");
    }
}
