//! The id token: OpenID Connect Core 1.0 sections 2 and 3.1.3.7. Everything is checked before anything is believed.

use super::OidcError;
use super::keys::{Keys, is_taken};
use jsonwebtoken::Validation;
use serde_json::{Map, Value};

/// The longest token that is looked at, in bytes.
const LONGEST: usize = 16 * 1024;
/// Clocks differ by so much, in seconds.
const LEEWAY_S: f64 = 60.0;
/// What counts as a second factor where the provider says it (RFC 8176): several factors, a one-time code, a key in hardware, a smart card.
const SECOND_FACTORS: [&str; 4] = ["mfa", "otp", "hwk", "sc"];

/// What a token must say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expected<'a> {
    /// Who issued it.
    pub(crate) issuer: &'a str,
    /// For whom.
    pub(crate) client_id: &'a str,
    /// In answer to which attempt.
    pub(crate) nonce: &'a str,
    /// Now, in seconds since 1970 (UTC).
    pub(crate) now_s: u64,
}

/// What a valid token claims.
pub(crate) type Claims = Map<String, Value>;

/// Why a token is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// None of the keys is its; the provider may have newer ones.
    UnknownKey,
    /// It is not valid, whatever keys there are.
    Invalid(&'static str),
}

impl From<Fault> for OidcError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::UnknownKey => Self::Token("it was signed with a key that the provider does not show"),
            Fault::Invalid(what) => Self::Token(what),
        }
    }
}

/// Checks signature and claims.
///
/// # Errors
/// [`Fault`].
pub(crate) fn verify(token: &str, keys: &Keys, expected: Expected<'_>) -> Result<Claims, Fault> {
    if token.len() > LONGEST {
        return Err(Fault::Invalid("it is too long"));
    }
    let header = jsonwebtoken::decode_header(token).map_err(|_| Fault::Invalid("it is none, or signed in a way that is not known"))?;
    if header.crit.is_some() {
        return Err(Fault::Invalid("it asks for an extension (crit)"));
    }
    if !is_taken(header.alg) {
        return Err(Fault::Invalid("it is signed with a shared secret"));
    }
    let mut candidates = keys.for_token(header.kid.as_deref(), header.alg).peekable();
    if candidates.peek().is_none() {
        return Err(Fault::UnknownKey);
    }
    let mut signature = Validation::new(header.alg);
    // The claims are checked below: the time is told, not read from a clock.
    (signature.validate_exp, signature.validate_aud) = (false, false);
    signature.set_required_spec_claims::<&str>(&[]);
    let signed = candidates.find_map(|key| jsonwebtoken::decode::<Claims>(token, key, &signature).ok());
    let claims = signed.ok_or(Fault::Invalid("its signature is wrong"))?.claims;
    check(&claims, expected).map_err(Fault::Invalid)?;
    Ok(claims)
}

fn check(claims: &Claims, expected: Expected<'_>) -> Result<(), &'static str> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    if text("iss") != Some(expected.issuer) {
        return Err("it is of another issuer (iss)");
    }
    let (ours, several) = match claims.get("aud") {
        Some(Value::String(one)) => (one == expected.client_id, false),
        Some(Value::Array(all)) => (all.iter().any(|one| one == expected.client_id), all.len() > 1),
        _ => (false, false),
    };
    if !ours {
        return Err("it is for another service (aud)");
    }
    let party = text("azp");
    if party.is_some_and(|party| party != expected.client_id) || (several && party.is_none()) {
        return Err("it was given to another service (azp)");
    }
    let seconds = |name: &str| claims.get(name).and_then(Value::as_f64);
    // Exact up to the year 285,000,000.
    #[allow(clippy::cast_precision_loss)]
    let now = expected.now_s as f64;
    if seconds("exp").is_none_or(|until| until + LEEWAY_S <= now) {
        return Err("it has expired (exp); see that the clocks are right");
    }
    if seconds("iat").is_none_or(|made| made - LEEWAY_S > now) || seconds("nbf").is_some_and(|from| from - LEEWAY_S > now) {
        return Err("it is not valid yet (iat, nbf); see that the clocks are right");
    }
    if text("nonce") != Some(expected.nonce) {
        return Err("it is the answer to another attempt (nonce)");
    }
    if text("sub").is_none_or(str::is_empty) {
        return Err("it is about nobody (sub)");
    }
    Ok(())
}

/// Whether it says that a second factor was given.
pub(crate) fn second_factor(claims: &Claims) -> bool {
    let methods = claims.get("amr").and_then(Value::as_array);
    methods.is_some_and(|methods| methods.iter().any(|method| SECOND_FACTORS.iter().any(|known| method == known)))
}

/// The login that a claim says: a text, or a number where staff have numbers. An address of electronic mail that was not verified is nobody's.
pub(crate) fn login(claims: &Claims, claim: &str) -> Option<String> {
    if claim == "email" && claims.get("email_verified") == Some(&Value::Bool(false)) {
        return None;
    }
    let said = match claims.get(claim)? {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) if number.is_u64() => number.to_string(),
        _ => return None,
    };
    (1..=64).contains(&said.chars().count()).then_some(said)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use jsonwebtoken::jwk::Jwk;
    use jsonwebtoken::{Algorithm, EncodingKey, Header};
    use serde_json::json;

    const NOW: u64 = 1_800_000_000;
    const EXPECTED: Expected<'_> = Expected { issuer: "https://id.example.org", client_id: "tongke", nonce: "n1", now_s: NOW };

    fn key() -> (EncodingKey, Value) {
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
        let key = EncodingKey::from_ec_der(document.as_ref());
        let public = serde_json::to_value(Jwk::from_encoding_key(&key, Algorithm::ES256).unwrap()).unwrap();
        (key, public)
    }

    fn set(public: &Value, id: Option<&str>) -> Keys {
        let mut key = public.clone();
        if let Some(id) = id {
            key["kid"] = json!(id);
        }
        Keys::read(json!({ "keys": [key] }).to_string().as_bytes()).unwrap()
    }

    fn header(id: Option<&str>) -> Header {
        Header { kid: id.map(str::to_owned), ..Header::new(Algorithm::ES256) }
    }

    fn good() -> Value {
        json!({ "iss": "https://id.example.org", "aud": "tongke", "sub": "1001", "nonce": "n1", "iat": NOW - 5, "exp": NOW + 300 })
    }

    #[test]
    fn a_good_token_is_taken() {
        let (private, public) = key();
        for id in [Some("k1"), None] {
            let token = jsonwebtoken::encode(&header(id), &good(), &private).unwrap();
            assert_eq!(verify(&token, &set(&public, Some("k1")), EXPECTED).unwrap()["sub"], "1001", "{id:?}");
        }
    }

    #[test]
    fn every_claim_is_held_to_what_is_expected() {
        let (private, public) = key();
        let keys = set(&public, Some("k1"));
        let with = |name: &str, value: Value| {
            let mut claims = good();
            match value {
                Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
                value => claims[name] = value,
            }
            verify(&jsonwebtoken::encode(&header(Some("k1")), &claims, &private).unwrap(), &keys, EXPECTED)
        };
        for name in ["iss", "aud", "sub", "nonce", "iat", "exp"] {
            assert!(with(name, Value::Null).is_err(), "{name} is missing");
            assert!(with(name, json!({})).is_err(), "{name} is something else");
        }
        let bad = [
            ("iss", json!("https://id.example.org/")),
            ("aud", json!("another")),
            ("aud", json!(["another"])),
            ("aud", json!(["tongke", "another"])),
            ("azp", json!("another")),
            ("nonce", json!("n2")),
            ("sub", json!("")),
            ("exp", json!(NOW - 60)),
            ("iat", json!(NOW + 61)),
            ("nbf", json!(NOW + 61)),
        ];
        for (name, value) in bad {
            assert!(matches!(with(name, value.clone()), Err(Fault::Invalid(_))), "{name} {value}");
        }
        let fine = [
            ("aud", json!(["tongke"])),
            ("azp", json!("tongke")),
            ("exp", json!(NOW - 59)),
            ("iat", json!(NOW + 60)),
            ("nbf", json!(NOW)),
            ("exp", json!(1.9e9)),
        ];
        for (name, value) in fine {
            assert!(with(name, value.clone()).is_ok(), "{name} {value}");
        }
        let mut both = good();
        (both["aud"], both["azp"]) = (json!(["tongke", "another"]), json!("tongke"));
        assert!(verify(&jsonwebtoken::encode(&header(None), &both, &private).unwrap(), &keys, EXPECTED).is_ok());
    }

    #[test]
    fn what_was_tampered_with_is_not() {
        let (private, public) = key();
        let keys = set(&public, Some("k1"));
        let token = jsonwebtoken::encode(&header(Some("k1")), &good(), &private).unwrap();
        let parts: Vec<&str> = token.split('.').collect();
        let mut claims = good();
        claims["sub"] = json!("1");
        let other = URL_SAFE_NO_PAD.encode(claims.to_string());
        let wrong = Fault::Invalid("its signature is wrong");
        assert_eq!(verify(&[parts[0], &other, parts[2]].join("."), &keys, EXPECTED), Err(wrong.clone()));
        // A key of the same name by somebody else.
        assert_eq!(verify(&jsonwebtoken::encode(&header(Some("k1")), &good(), &key().0).unwrap(), &keys, EXPECTED), Err(wrong));
        assert_eq!(verify(&jsonwebtoken::encode(&header(Some("k2")), &good(), &private).unwrap(), &keys, EXPECTED), Err(Fault::UnknownKey));
        // Unsigned; signed with what everybody knows; an extension.
        let none = URL_SAFE_NO_PAD.encode(json!({ "alg": "none" }).to_string());
        for unsigned in [format!("{none}.{}.", parts[1]), format!("{}.{}.", parts[0], parts[1]), String::new(), "a.b.c".into(), "x".repeat(LONGEST + 1)] {
            assert!(verify(&unsigned, &keys, EXPECTED).is_err(), "{unsigned}");
        }
        let shared = EncodingKey::from_secret(public["x"].as_str().unwrap().as_bytes());
        let known = Header { kid: Some("k1".into()), ..Header::new(Algorithm::HS256) };
        assert!(matches!(verify(&jsonwebtoken::encode(&known, &good(), &shared).unwrap(), &keys, EXPECTED), Err(Fault::Invalid(_))));
        let critical = Header { crit: Some(vec!["b64".into()]), ..header(Some("k1")) };
        assert!(matches!(verify(&jsonwebtoken::encode(&critical, &good(), &private).unwrap(), &keys, EXPECTED), Err(Fault::Invalid(_))));
    }

    proptest::proptest! {
        /// Whatever a provider, or somebody who has taken its place, answers with.
        #[test]
        fn nothing_is_too_strange(head in "\\PC{0,60}", body in "\\PC{0,60}", rest in "[A-Za-z0-9_.-]{0,60}", document in proptest::collection::vec(proptest::num::u8::ANY, 0..80)) {
            let keys = Keys::read(&document).unwrap_or_default();
            let encoded = |text: &str| URL_SAFE_NO_PAD.encode(text);
            let header = json!({ "alg": "ES256", "kid": head }).to_string();
            for token in [format!("{head}.{body}.{rest}"), format!("{}.{}.{rest}", encoded(&head), encoded(&body)), format!("{}.{}.{rest}", encoded(&header), encoded(&body)), rest.clone()] {
                proptest::prop_assert!(verify(&token, &keys, EXPECTED).is_err());
            }
        }
    }

    #[test]
    fn factors_and_logins_are_read_from_claims() {
        let claims = |value: Value| value.as_object().unwrap().clone();
        assert!(second_factor(&claims(json!({ "amr": ["pwd", "otp"] }))) && second_factor(&claims(json!({ "amr": ["mfa"] }))));
        for amr in [json!(["pwd"]), json!("mfa"), json!(null), json!([["mfa"]]), json!(["MFA "])] {
            assert!(!second_factor(&claims(json!({ "amr": amr }))), "{amr}");
        }
        let said = claims(
            json!({ "preferred_username": " Wang.Li ", "number": 7, "email": "a@b.example", "email_verified": false, "long": "x".repeat(65), "no": [] }),
        );
        assert_eq!((login(&said, "preferred_username"), login(&said, "number")), (Some("Wang.Li".into()), Some("7".into())));
        for claim in ["email", "long", "no", "missing"] {
            assert_eq!(login(&said, claim), None, "{claim}");
        }
    }
}
