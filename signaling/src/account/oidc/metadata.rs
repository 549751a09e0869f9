//! What a provider says of itself: OpenID Connect Discovery 1.0.

use crate::outbound::is_safe;
use serde::Deserialize;
use url::Url;

/// Where a provider is asked what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Metadata {
    /// Where a person signs in.
    pub(crate) authorization: Url,
    /// Where a code is changed into tokens.
    pub(crate) token: Url,
    /// Where its keys are.
    pub(crate) keys: Url,
    /// Where it tells more of a person.
    pub(crate) userinfo: Option<Url>,
    /// Whether the secret goes into the body of a request, because the provider does not take it in the header.
    pub(crate) secret_in_body: bool,
}

#[derive(Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    userinfo_endpoint: Option<String>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    code_challenge_methods_supported: Option<Vec<String>>,
}

/// Where the document of an issuer is; none where the issuer is no address.
pub(crate) fn address(issuer: &str) -> Option<Url> {
    format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/')).parse().ok()
}

/// Reads the document of an issuer.
///
/// # Errors
/// What is wrong with it, for the operator.
pub(crate) fn read(issuer: &str, document: &[u8]) -> Result<Metadata, String> {
    let document: Document = serde_json::from_slice(document).map_err(|error| format!("its openid-configuration cannot be read ({error})"))?;
    if document.issuer != issuer {
        let called: String = document.issuer.chars().take(200).collect();
        return Err(format!("it calls itself {called:?}: give exactly that as oidc-issuer, if it is the right one"));
    }
    let endpoint = |text: &str| {
        let url: Option<Url> = text.parse().ok().filter(is_safe);
        let shown = || text.chars().take(200).collect::<String>();
        url.ok_or_else(|| format!("its endpoint {:?} is neither https nor on this machine", shown()))
    };
    // A provider that lists methods without S256 would ignore the challenge, and with it what binds the code to us.
    if document.code_challenge_methods_supported.is_some_and(|methods| !methods.iter().any(|method| method == "S256")) {
        return Err("it does not support PKCE with S256".to_owned());
    }
    let methods = document.token_endpoint_auth_methods_supported.unwrap_or_default();
    let has = |name: &str| methods.iter().any(|method| method == name);
    Ok(Metadata {
        authorization: endpoint(&document.authorization_endpoint)?,
        token: endpoint(&document.token_endpoint)?,
        keys: endpoint(&document.jwks_uri)?,
        userinfo: document.userinfo_endpoint.as_deref().map(endpoint).transpose()?,
        // Without a list, the header is what every provider takes.
        secret_in_body: has("client_secret_post") && !has("client_secret_basic"),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::{Value, json};

    const ISSUER: &str = "https://id.example.org/realm";

    fn document() -> Value {
        json!({
            "issuer": ISSUER,
            "authorization_endpoint": "https://id.example.org/auth",
            "token_endpoint": "https://id.example.org/token",
            "jwks_uri": "https://keys.example.org/jwks",
            "response_types_supported": ["code"],
        })
    }

    fn with(key: &str, value: Value) -> Result<Metadata, String> {
        let mut document = document();
        document[key] = value;
        read(ISSUER, document.to_string().as_bytes())
    }

    #[test]
    fn the_least_that_a_provider_says_is_enough() {
        let metadata = read(ISSUER, document().to_string().as_bytes()).unwrap();
        assert_eq!((metadata.keys.as_str(), metadata.userinfo, metadata.secret_in_body), ("https://keys.example.org/jwks", None, false));
        assert_eq!(address(ISSUER).unwrap().as_str(), "https://id.example.org/realm/.well-known/openid-configuration");
        assert_eq!(address("https://id.example.org/").unwrap().as_str(), "https://id.example.org/.well-known/openid-configuration");
    }

    #[test]
    fn another_issuer_is_refused() {
        for other in ["https://evil.example", "https://id.example.org/realm/", "HTTPS://id.example.org/realm"] {
            assert!(with("issuer", json!(other)).unwrap_err().contains("exactly that"), "{other}");
        }
    }

    #[test]
    fn endpoints_are_asked_by_https_only() {
        for key in ["authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"] {
            for bad in ["http://id.example.org/x", "javascript:alert(1)", "file:///etc/passwd"] {
                assert!(with(key, json!(bad)).unwrap_err().contains("neither https"), "{key} {bad}");
            }
            assert!(with(key, json!("no address")).is_err() && with(key, json!("http://127.0.0.1:9/x")).is_ok(), "{key}");
        }
        assert!(read(ISSUER, b"<html>").unwrap_err().contains("cannot be read"));
    }

    #[test]
    fn pkce_and_the_ways_to_give_the_secret() {
        assert!(with("code_challenge_methods_supported", json!(["plain"])).unwrap_err().contains("S256"));
        assert!(with("code_challenge_methods_supported", json!(["plain", "S256"])).is_ok());
        let body = |methods: Value| with("token_endpoint_auth_methods_supported", methods).unwrap().secret_in_body;
        assert!(body(json!(["client_secret_post"])) && !body(json!(["client_secret_post", "client_secret_basic"])) && !body(json!([])));
    }
}
