//! The keys of a provider (RFC 7517): public ones only, and few.

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::Value;

/// Keys kept of one provider.
const MOST: usize = 50;

/// The keys of a provider.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keys(Vec<Key>);

#[derive(Clone, Debug)]
struct Key {
    id: Option<String>,
    /// The one algorithm it is for, where it says so.
    algorithm: Option<KeyAlgorithm>,
    kind: Kind,
    key: DecodingKey,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Rsa,
    P256,
    P384,
    Ed25519,
}

#[derive(Deserialize)]
struct Set {
    keys: Vec<Value>,
}

impl Keys {
    /// Reads a set. Keys of other kinds and for other uses are passed over: a provider may have more than we know.
    ///
    /// # Errors
    /// It is no set of keys.
    pub(crate) fn read(document: &[u8]) -> Result<Self, String> {
        let set: Set = serde_json::from_slice(document).map_err(|error| format!("its keys cannot be read ({error})"))?;
        Ok(Self(set.keys.into_iter().take(MOST).filter_map(usable).collect()))
    }

    /// Those that may have signed a token with this header. Without a key id, any of the right kind may.
    pub(crate) fn for_token(&self, id: Option<&str>, algorithm: Algorithm) -> impl Iterator<Item = &DecodingKey> {
        let fits = move |key: &&Key| {
            let named = id.is_none() || key.id.as_deref() == id;
            named && Some(key.kind) == kind_of(algorithm) && key.algorithm.is_none_or(|only| only == KeyAlgorithm::from(algorithm))
        };
        self.0.iter().filter(fits).map(|key| &key.key)
    }
}

/// Whether tokens signed in this way are taken at all.
pub(crate) fn is_taken(algorithm: Algorithm) -> bool {
    kind_of(algorithm).is_some()
}

/// The kind of key that an algorithm takes; none: an algorithm that is not taken. Secrets that both sides know are not: who knows ours could sign.
fn kind_of(algorithm: Algorithm) -> Option<Kind> {
    use Algorithm as A;
    match algorithm {
        A::RS256 | A::RS384 | A::RS512 | A::PS256 | A::PS384 | A::PS512 => Some(Kind::Rsa),
        A::ES256 => Some(Kind::P256),
        A::ES384 => Some(Kind::P384),
        A::EdDSA => Some(Kind::Ed25519),
        _ => None,
    }
}

fn usable(value: Value) -> Option<Key> {
    let jwk: Jwk = serde_json::from_value(value).ok()?;
    if jwk.common.public_key_use.as_ref().is_some_and(|wanted| *wanted != PublicKeyUse::Signature) {
        return None;
    }
    let kind = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => Kind::Rsa,
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => Kind::P256,
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P384 => Kind::P384,
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => Kind::Ed25519,
        _ => return None,
    };
    let key = DecodingKey::from_jwk(&jwk).ok()?;
    Some(Key { id: jwk.common.key_id, algorithm: jwk.common.key_algorithm, kind, key })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn rsa(id: &str, more: &Value) -> Value {
        let mut key = json!({ "kty": "RSA", "kid": id, "n": "sXch", "e": "AQAB" });
        for (name, value) in more.as_object().unwrap() {
            key[name] = value.clone();
        }
        key
    }

    fn count(keys: &Keys, id: Option<&str>, algorithm: Algorithm) -> usize {
        keys.for_token(id, algorithm).count()
    }

    #[test]
    fn keys_are_found_by_id_kind_algorithm_and_use() {
        let curve = |curve: &str, id: &str| json!({ "kty": "EC", "crv": curve, "kid": id, "x": "AAAA", "y": "AAAA" });
        let all = json!({ "keys": [
            rsa("a", &json!({})), rsa("b", &json!({ "alg": "RS512", "use": "sig" })), rsa("c", &json!({ "use": "enc" })),
            curve("P-256", "d"), curve("secp256k1", "e"), curve("P-384", "f"),
            { "kty": "oct", "kid": "g", "k": "c2VjcmV0" }, { "kty": "AKP", "kid": "h" }, "rubbish",
        ]});
        let keys = Keys::read(all.to_string().as_bytes()).unwrap();
        assert_eq!((count(&keys, Some("a"), Algorithm::RS256), count(&keys, Some("a"), Algorithm::ES256)), (1, 0));
        assert_eq!((count(&keys, Some("b"), Algorithm::RS256), count(&keys, Some("b"), Algorithm::RS512)), (0, 1));
        assert_eq!((count(&keys, Some("c"), Algorithm::RS256), count(&keys, None, Algorithm::RS256)), (0, 1), "for encryption; without an id");
        assert_eq!((count(&keys, Some("d"), Algorithm::ES256), count(&keys, Some("e"), Algorithm::ES256)), (1, 0));
        assert_eq!((count(&keys, Some("f"), Algorithm::ES384), count(&keys, Some("f"), Algorithm::ES256)), (1, 0));
        for shared in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
            assert_eq!(count(&keys, Some("g"), shared) + count(&keys, None, shared), 0, "{shared:?}");
        }
    }

    #[test]
    fn the_set_is_bounded() {
        let many: Vec<Value> = (0..200).map(|number| rsa(&number.to_string(), &json!({}))).collect();
        let keys = Keys::read(json!({ "keys": many }).to_string().as_bytes()).unwrap();
        assert_eq!(count(&keys, None, Algorithm::RS256), MOST);
        assert!(Keys::read(b"{}").is_err() && Keys::read(b"[]").is_err() && Keys::read(b"").is_err());
    }
}
