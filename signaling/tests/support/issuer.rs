//! An identity provider on loopback that can be told to lie. It keeps to the standard otherwise: a code is good once, for who asked with its challenge.
#![allow(clippy::unwrap_used, dead_code)]

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

pub(crate) const CLIENT: &str = "tongke";
pub(crate) const SECRET: &str = "s3cret:with/signs";

/// How a token is to be wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Lie {
    #[default]
    None,
    /// Signed by somebody else under the name of its key.
    OtherKey,
    /// Changed after it was signed.
    Changed,
    /// Not signed.
    Unsigned,
    /// Signed with the secret that the client knows.
    SharedSecret,
    /// The answer to another attempt.
    Nonce,
    /// For another client.
    Audience,
    /// Of another issuer.
    Issuer,
    /// Long over.
    Expired,
    /// The userinfo is about somebody else.
    Userinfo,
}

/// What a person agreed to on the provider's page.
struct Agreed {
    challenge: String,
    redirect: String,
    nonce: String,
    claims: Value,
    lie: Lie,
}

struct Inner {
    url: String,
    key: Mutex<(String, EncodingKey)>,
    agreed: Mutex<HashMap<String, Agreed>>,
    userinfo: Mutex<HashMap<String, Value>>,
    asked: AtomicU32,
    broken: Mutex<bool>,
}

/// The provider.
#[derive(Clone)]
pub(crate) struct Issuer(Arc<Inner>);

fn new_key() -> EncodingKey {
    EncodingKey::from_ec_der(EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap().as_ref())
}

impl Issuer {
    /// Starts it on a free port.
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let inner = Inner {
            url: format!("http://{}", listener.local_addr().unwrap()),
            key: Mutex::new(("k1".into(), new_key())),
            agreed: Mutex::default(),
            userinfo: Mutex::default(),
            asked: AtomicU32::new(0),
            broken: Mutex::new(false),
        };
        let issuer = Self(Arc::new(inner));
        let routes = Router::new()
            .route("/.well-known/openid-configuration", get(configuration))
            .route("/jwks", get(jwks))
            .route("/token", post(token))
            .route("/userinfo", get(userinfo))
            .with_state(issuer.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        issuer
    }

    /// As it calls itself.
    pub(crate) fn url(&self) -> String {
        self.0.url.clone()
    }

    /// Has a new key, and no other.
    pub(crate) fn change_key(&self, name: &str) {
        *self.0.key.lock().unwrap() = (name.into(), new_key());
    }

    /// Answers nothing of use, or does again.
    pub(crate) fn break_down(&self, broken: bool) {
        *self.0.broken.lock().unwrap() = broken;
    }

    /// How often its configuration was asked for.
    pub(crate) fn asked(&self) -> u32 {
        self.0.asked.load(Ordering::Relaxed)
    }

    /// A person signs in on the page that `address` leads to; gives the answer's `code` and `state`.
    pub(crate) fn agree(&self, address: &str, claims: Value, lie: Lie) -> (String, String) {
        let url: url::Url = address.parse().unwrap();
        assert!(address.starts_with(&format!("{}/auth?", self.0.url)), "{address}");
        let asked: HashMap<String, String> = url.query_pairs().into_owned().collect();
        assert_eq!((asked["response_type"].as_str(), asked["client_id"].as_str(), asked["code_challenge_method"].as_str()), ("code", CLIENT, "S256"));
        assert!(asked["scope"].split(' ').any(|scope| scope == "openid"), "{address}");
        let code = format!("code-{}", rand::random::<u64>());
        let (challenge, redirect, nonce) = (asked["code_challenge"].clone(), asked["redirect_uri"].clone(), asked["nonce"].clone());
        self.0.agreed.lock().unwrap().insert(code.clone(), Agreed { challenge, redirect, nonce, claims, lie });
        (code, asked["state"].clone())
    }
}

async fn configuration(State(Issuer(inner)): State<Issuer>) -> Response {
    inner.asked.fetch_add(1, Ordering::Relaxed);
    if *inner.broken.lock().unwrap() {
        return StatusCode::BAD_GATEWAY.into_response();
    }
    let at = |path: &str| format!("{}{path}", inner.url);
    let document = json!({
        "issuer": inner.url, "authorization_endpoint": at("/auth"), "token_endpoint": at("/token"), "jwks_uri": at("/jwks"),
        "userinfo_endpoint": at("/userinfo"), "code_challenge_methods_supported": ["S256"],
    });
    Json(document).into_response()
}

async fn jwks(State(Issuer(inner)): State<Issuer>) -> Json<Value> {
    let (id, key) = inner.key.lock().unwrap().clone();
    let mut public = serde_json::to_value(Jwk::from_encoding_key(&key, Algorithm::ES256).unwrap()).unwrap();
    public["kid"] = json!(id);
    Json(json!({ "keys": [public] }))
}

async fn token(State(Issuer(inner)): State<Issuer>, headers: HeaderMap, Form(form): Form<HashMap<String, String>>) -> Response {
    let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let proof = format!("Basic {}", STANDARD.encode(format!("{}:{}", encoded(CLIENT), encoded(SECRET))));
    if headers.get("authorization").is_none_or(|given| *given != *proof) {
        return (StatusCode::UNAUTHORIZED, Json(json!({ "error": "invalid_client" }))).into_response();
    }
    let agreed = inner.agreed.lock().unwrap().remove(&form["code"]);
    let proven = |agreed: &Agreed| {
        let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, form["code_verifier"].as_bytes()));
        challenge == agreed.challenge && form["redirect_uri"] == agreed.redirect && form["grant_type"] == "authorization_code"
    };
    let Some(agreed) = agreed.filter(proven) else {
        return (StatusCode::BAD_REQUEST, Json(json!({ "error": "invalid_grant" }))).into_response();
    };
    let access = format!("access-{}", rand::random::<u64>());
    let mut more = agreed.claims["userinfo"].clone();
    more["sub"] = if agreed.lie == Lie::Userinfo { json!("somebody else") } else { json!("subject") };
    inner.userinfo.lock().unwrap().insert(access.clone(), more);
    let token = id_token(&inner, &agreed);
    Json(json!({ "id_token": token, "access_token": access, "token_type": "Bearer", "expires_in": 60 })).into_response()
}

async fn userinfo(State(Issuer(inner)): State<Issuer>, headers: HeaderMap) -> Response {
    let token = headers.get("authorization").and_then(|value| value.to_str().ok()).and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    match inner.userinfo.lock().unwrap().get(token) {
        Some(claims) => Json(claims.clone()).into_response(),
        None => StatusCode::UNAUTHORIZED.into_response(),
    }
}

fn id_token(inner: &Inner, agreed: &Agreed) -> String {
    let (id, key) = inner.key.lock().unwrap().clone();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let mut claims = json!({ "iss": inner.url, "aud": CLIENT, "sub": "subject", "nonce": agreed.nonce, "iat": now, "exp": now + 60 });
    for (name, value) in agreed.claims.as_object().unwrap() {
        claims[name] = value.clone();
    }
    match agreed.lie {
        Lie::Nonce => claims["nonce"] = json!("another"),
        Lie::Audience => claims["aud"] = json!("another"),
        Lie::Issuer => claims["iss"] = json!("http://127.0.0.1:1"),
        Lie::Expired => claims["exp"] = json!(now - 3_600),
        _ => {}
    }
    let header = |algorithm| Header { kid: Some(id.clone()), ..Header::new(algorithm) };
    let signed = |key: &EncodingKey| jsonwebtoken::encode(&header(Algorithm::ES256), &claims, key).unwrap();
    match agreed.lie {
        Lie::OtherKey => signed(&new_key()),
        Lie::SharedSecret => jsonwebtoken::encode(&header(Algorithm::HS256), &claims, &EncodingKey::from_secret(SECRET.as_bytes())).unwrap(),
        Lie::Unsigned => format!("{}.{}.", URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#), URL_SAFE_NO_PAD.encode(claims.to_string())),
        Lie::Changed => {
            let mut honest = claims.clone();
            honest["preferred_username"] = json!("somebody");
            let token = jsonwebtoken::encode(&header(Algorithm::ES256), &honest, &key).unwrap();
            let parts: Vec<&str> = token.split('.').collect();
            [parts[0], &URL_SAFE_NO_PAD.encode(claims.to_string()), parts[2]].join(".")
        }
        _ => signed(&key),
    }
}
