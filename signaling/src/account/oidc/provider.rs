//! Asking the provider: what it says of itself and its keys, kept for a while; tokens for a code; more of a person.

use super::id_token::{self, Claims, Expected, Fault};
use super::keys::Keys;
use super::metadata::{self, Metadata};
use super::{Attempt, Identity, OidcError};
use crate::config::Oidc;
use crate::outbound::{Answer, Bounds, Outbound};
use axum::body::Body;
use axum::http::{HeaderValue, Request, StatusCode, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;
use url::{Url, form_urlencoded};

/// What one request may cost.
const BOUNDS: Bounds = Bounds { bytes: 256 * 1024, time: Duration::from_secs(10) };
/// What the provider says of itself is asked anew after so long.
const KEEP: Duration = Duration::from_secs(3_600);
/// After a failure, and between looks for new keys, it is left alone for so long: strangers must not make us knock.
const PAUSE: Duration = Duration::from_secs(5);

/// The district's identity provider.
pub(crate) struct Provider {
    settings: Oidc,
    outbound: Outbound,
    known: Mutex<Known>,
}

/// What was asked last.
#[derive(Default)]
struct Known {
    said: Option<(Instant, Arc<Said>)>,
    failed: Option<(Instant, OidcError)>,
}

/// What the provider said of itself.
struct Said {
    metadata: Metadata,
    keys: Keys,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
    access_token: Option<String>,
}

#[derive(Deserialize)]
struct Refusal {
    error: String,
}

impl Provider {
    /// Nobody is asked before somebody signs in.
    pub(crate) fn new(settings: Oidc) -> Self {
        Self { settings, outbound: Outbound::default(), known: Mutex::default() }
    }

    /// What the button says.
    pub(crate) fn name(&self) -> &str {
        &self.settings.name
    }

    /// Whether an answer that says who it is of (RFC 9207) is of this provider.
    pub(crate) fn is(&self, issuer: &str) -> bool {
        self.settings.issuer == issuer
    }

    /// Where the person signs in; it comes back to `redirect`.
    ///
    /// # Errors
    /// [`OidcError::Unavailable`].
    pub(crate) async fn authorization(&self, attempt: &Attempt, redirect: &str, now: Instant) -> Result<Url, OidcError> {
        let mut url = self.said(now, None).await?.metadata.authorization.clone();
        let scope = match self.settings.claim.as_str() {
            "email" => "openid profile email",
            _ => "openid profile",
        };
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("redirect_uri", redirect)
            .append_pair("scope", scope)
            .append_pair("state", &attempt.state())
            .append_pair("nonce", &attempt.nonce())
            .append_pair("code_challenge", &attempt.challenge())
            .append_pair("code_challenge_method", "S256");
        Ok(url)
    }

    /// Who came back with the code, at the time `now_s` (seconds since 1970, UTC).
    ///
    /// # Errors
    /// [`OidcError`].
    pub(crate) async fn identify(&self, code: &str, attempt: &Attempt, redirect: &str, now: Instant, now_s: u64) -> Result<Identity, OidcError> {
        let said = self.said(now, None).await?;
        let tokens = self.exchange(&said.metadata, code, attempt, redirect).await?;
        let nonce = attempt.nonce();
        let expected = Expected { issuer: &self.settings.issuer, client_id: &self.settings.client_id, nonce: &nonce, now_s };
        let claims = match id_token::verify(&tokens.id_token, &said.keys, expected) {
            // Keys are changed from time to time.
            Err(Fault::UnknownKey) => id_token::verify(&tokens.id_token, &self.said(now, Some(&said)).await?.keys, expected)?,
            checked => checked?,
        };
        let login = match id_token::login(&claims, &self.settings.claim) {
            Some(login) => login,
            None => self.ask_more(&said.metadata, &tokens, &claims).await?,
        };
        Ok(Identity { login, second_factor: id_token::second_factor(&claims) })
    }

    /// What the provider says of itself; asked anew when it is old, or when it is the one that turned out to be outdated. One asks, the others wait for it.
    async fn said(&self, now: Instant, outdated: Option<&Arc<Said>>) -> Result<Arc<Said>, OidcError> {
        let mut known = self.known.lock().await;
        if let Some((at, said)) = &known.said {
            let age = now.saturating_duration_since(*at);
            let newer = outdated.is_none_or(|outdated| !Arc::ptr_eq(outdated, said));
            if (newer && age < KEEP) || age < PAUSE {
                return Ok(said.clone());
            }
        }
        if let Some((at, error)) = &known.failed
            && now.saturating_duration_since(*at) < PAUSE
        {
            return Err(error.clone());
        }
        let asked = self.ask_itself().await;
        match &asked {
            Ok(said) => *known = Known { said: Some((now, said.clone())), failed: None },
            Err(error) => known.failed = Some((now, error.clone())),
        }
        asked
    }

    async fn ask_itself(&self) -> Result<Arc<Said>, OidcError> {
        let issuer = &self.settings.issuer;
        let address = metadata::address(issuer).ok_or_else(|| OidcError::Unavailable(format!("oidc-issuer = {issuer:?} is not an address")))?;
        let document = self.get(&address, None).await?;
        let metadata = metadata::read(issuer, &document.body).map_err(OidcError::Unavailable)?;
        let keys = Keys::read(&self.get(&metadata.keys, None).await?.body).map_err(OidcError::Unavailable)?;
        Ok(Arc::new(Said { metadata, keys }))
    }

    async fn get(&self, url: &Url, bearer: Option<&str>) -> Result<Answer, OidcError> {
        let mut request = Request::get("/").header(header::ACCEPT, "application/json");
        if let Some(token) = bearer {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let answer = self.ask(url, request.body(Body::empty())).await?;
        match answer.status {
            StatusCode::OK => Ok(answer),
            status => Err(OidcError::Unavailable(format!("{url} answered with {status}"))),
        }
    }

    async fn ask(&self, url: &Url, request: Result<Request<Body>, axum::http::Error>) -> Result<Answer, OidcError> {
        let request = request.map_err(|error| OidcError::Unavailable(format!("{url} cannot be asked ({error})")))?;
        self.outbound.send(url, request, BOUNDS).await.map_err(|error| OidcError::Unavailable(error.to_string()))
    }

    /// The tokens of a code.
    async fn exchange(&self, metadata: &Metadata, code: &str, attempt: &Attempt, redirect: &str) -> Result<Tokens, OidcError> {
        let mut request = Request::post("/").header(header::ACCEPT, "application/json");
        request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        if let Some(secret) = self.settings.client_secret.as_ref().filter(|_| !metadata.secret_in_body) {
            request = request.header(header::AUTHORIZATION, basic(&self.settings.client_id, secret.expose()));
        }
        let form = self.form(metadata, code, attempt, redirect);
        let answer = self.ask(&metadata.token, request.body(Body::from(form))).await?;
        if answer.status == StatusCode::OK {
            return serde_json::from_slice(&answer.body).map_err(|error| OidcError::Unavailable(format!("its tokens cannot be read ({})", place(&error))));
        }
        let error: String = serde_json::from_slice::<Refusal>(&answer.body).map(|refusal| refusal.error.chars().take(100).collect()).unwrap_or_default();
        match error.as_str() {
            // RFC 6749 section 5.2: of its errors, only this one is about the code.
            "invalid_grant" => Err(OidcError::Code(error)),
            _ => {
                Err(OidcError::Unavailable(format!("its token endpoint answered with {} {error:?}; see oidc-client-id and oidc-client-secret", answer.status)))
            }
        }
    }

    /// What the token endpoint is told: RFC 6749 section 4.1.3, RFC 7636 section 4.5; and who we are, where that is not said in the header.
    fn form(&self, metadata: &Metadata, code: &str, attempt: &Attempt, redirect: &str) -> String {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code").append_pair("code", code).append_pair("redirect_uri", redirect);
        form.append_pair("code_verifier", &attempt.verifier());
        let id = &self.settings.client_id;
        match &self.settings.client_secret {
            Some(_) if !metadata.secret_in_body => {}
            Some(secret) => drop(form.append_pair("client_id", id).append_pair("client_secret", secret.expose())),
            None => drop(form.append_pair("client_id", id)),
        }
        form.finish()
    }

    /// The login from the userinfo endpoint (section 5.3): many providers keep all but the subject out of the id token.
    async fn ask_more(&self, metadata: &Metadata, tokens: &Tokens, claims: &Claims) -> Result<String, OidcError> {
        let missing = || OidcError::Claim(self.settings.claim.clone());
        let (Some(url), Some(token)) = (&metadata.userinfo, &tokens.access_token) else { return Err(missing()) };
        let answer = self.get(url, Some(token)).await?;
        let more: Claims = serde_json::from_slice(&answer.body).map_err(|error| OidcError::Unavailable(format!("{url} cannot be read ({})", place(&error))))?;
        if more.get("sub").and_then(Value::as_str).is_none() || more.get("sub") != claims.get("sub") {
            return Err(OidcError::Token("the userinfo is about somebody else (sub)"));
        }
        id_token::login(&more, &self.settings.claim).ok_or_else(missing)
    }
}

/// Where a document went wrong, without what it says.
fn place(error: &serde_json::Error) -> String {
    format!("line {}, column {}", error.line(), error.column())
}

/// RFC 6749 section 2.3.1: both parts are encoded as in a form before they are joined.
fn basic(id: &str, secret: &str) -> HeaderValue {
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let joined = STANDARD.encode(format!("{}:{}", encoded(id), encoded(secret)));
    let mut value = HeaderValue::try_from(format!("Basic {joined}")).unwrap_or_else(|_| HeaderValue::from_static(""));
    value.set_sensitive(true);
    value
}

#[cfg(test)]
#[path = "../../../tests/support/issuer.rs"]
mod issuer;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::issuer::{CLIENT, Issuer, Lie, SECRET};
    use super::*;
    use crate::config::Secret;
    use crate::store::unix_ms;
    use serde_json::json;

    fn knowing(issuer: &Issuer, secret: &str) -> Provider {
        let (claim, name) = ("preferred_username".to_owned(), String::new());
        Provider::new(Oidc { issuer: issuer.url(), client_id: CLIENT.into(), client_secret: Some(Secret::new(secret)), claim, name })
    }

    /// Somebody signs in at the time `now`.
    async fn sign_in(provider: &Provider, issuer: &Issuer, now: Instant) -> Result<Identity, OidcError> {
        let attempt = Attempt::new(None);
        let address = provider.authorization(&attempt, "http://127.0.0.1/back", now).await?;
        let (code, _) = issuer.agree(address.as_str(), json!({ "preferred_username": "li" }), Lie::None);
        provider.identify(&code, &attempt, "http://127.0.0.1/back", now, unix_ms() / 1_000).await
    }

    #[test]
    fn the_secret_is_encoded_as_the_rfc_wants_it() {
        // "a b" and "c:d" would be read as another pair otherwise.
        assert_eq!(basic("a b", "c:d"), format!("Basic {}", STANDARD.encode("a+b:c%3Ad")));
    }

    #[tokio::test]
    async fn what_it_says_of_itself_is_kept_for_a_while() {
        let (issuer, start) = (Issuer::start().await, Instant::now());
        let provider = knowing(&issuer, SECRET);
        for now in [start, start + KEEP / 2] {
            assert_eq!(sign_in(&provider, &issuer, now).await.unwrap().login, "li");
            assert_eq!(issuer.asked(), 1);
        }
        assert!(sign_in(&provider, &issuer, start + KEEP).await.is_ok());
        assert_eq!(issuer.asked(), 2);
    }

    #[tokio::test]
    async fn new_keys_are_looked_for_but_not_all_the_time() {
        let (issuer, start) = (Issuer::start().await, Instant::now());
        let provider = knowing(&issuer, SECRET);
        assert!(sign_in(&provider, &issuer, start).await.is_ok());
        issuer.change_key("k2");
        // Just asked: whoever shows unknown keys does not make us ask again and again.
        assert!(matches!(sign_in(&provider, &issuer, start + PAUSE / 2).await, Err(OidcError::Token(_))));
        assert_eq!(issuer.asked(), 1);
        assert!(sign_in(&provider, &issuer, start + PAUSE).await.is_ok());
        assert_eq!(issuer.asked(), 2);
        // The old name with another key is a wrong signature, which no new look mends.
        issuer.change_key("k2");
        assert!(matches!(sign_in(&provider, &issuer, start + PAUSE * 3).await, Err(OidcError::Token("its signature is wrong"))));
        assert_eq!(issuer.asked(), 2);
    }

    #[tokio::test]
    async fn after_a_failure_it_is_left_alone_for_a_moment() {
        let (issuer, start) = (Issuer::start().await, Instant::now());
        let provider = knowing(&issuer, SECRET);
        issuer.break_down(true);
        for now in [start, start + PAUSE / 2] {
            assert!(matches!(sign_in(&provider, &issuer, now).await, Err(OidcError::Unavailable(_))));
            assert_eq!(issuer.asked(), 1);
        }
        issuer.break_down(false);
        assert!(sign_in(&provider, &issuer, start + PAUSE).await.is_ok());
    }

    #[tokio::test]
    async fn a_wrong_secret_is_the_operators_to_mend() {
        let issuer = Issuer::start().await;
        let refused = sign_in(&knowing(&issuer, "wrong"), &issuer, Instant::now()).await.unwrap_err();
        assert!(matches!(&refused, OidcError::Unavailable(reason) if reason.contains("invalid_client") && reason.contains("oidc-client-secret")), "{refused}");
        assert!(!refused.to_string().contains("wrong"), "{refused}");
    }
}
