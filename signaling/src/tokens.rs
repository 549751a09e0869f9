//! Signed tokens (JWT, HS256) that name lesson, role and name. The secret is 256 random bits in the data directory.

use aws_lc_rs::rand::SystemRandom;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use protocol::Role;
use serde::{Deserialize, Serialize};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

/// The lesson of an operator's token that is for all of them.
pub const ALL_LESSONS: &str = "*";

/// Longer texts are no tokens of ours.
const MAX_TOKEN_BYTES: usize = 4096;

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The lesson's id; [`ALL_LESSONS`] for an operator only.
    pub lesson: String,
    /// The role.
    pub role: Role,
    /// The name on screen, 1 to 80 characters.
    pub name: String,
    /// The classroom's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub classroom: Option<String>,
    /// A stable identity, 1 to 128 characters: the same token joining twice is the same place.
    pub sub: String,
    /// When it ends, in seconds since 1970 (UTC).
    pub exp: u64,
}

/// Why a token, or the secret, is not usable.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The secret cannot be read or made.
    #[error("cannot use the secret {}: {source}; check the data directory's permissions", path.display())]
    Secret {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Not one of ours, or changed.
    #[error("the token is not valid: it is damaged or was signed by another server; ask for a new one")]
    Invalid,
    /// It was valid once.
    #[error("the token expired {ago_s} s ago; ask for a new one")]
    Expired {
        /// Seconds since then.
        ago_s: u64,
    },
    /// The claims do not go together.
    #[error("the token's {field} is not usable: {remedy}")]
    Claims {
        /// Which.
        field: &'static str,
        /// What would be.
        remedy: &'static str,
    },
}

/// Issues and verifies tokens.
pub struct Tokens {
    encoding: EncodingKey,
    decoding: DecodingKey,
}

impl std::fmt::Debug for Tokens {
    /// Without the secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tokens(…)")
    }
}

impl Tokens {
    /// Reads `secret.key` in the directory `data`, or makes it (readable by its owner only). Two processes that start at once end up with the same.
    ///
    /// # Errors
    /// [`TokenError::Secret`].
    pub fn open(data: &Path) -> Result<Self, TokenError> {
        let path = data.join("secret.key");
        let secret = read_or_make(data, &path).map_err(|source| TokenError::Secret { path, source })?;
        Ok(Self { encoding: EncodingKey::from_secret(&secret), decoding: DecodingKey::from_secret(&secret) })
    }

    /// Signs a token.
    ///
    /// # Errors
    /// [`TokenError::Claims`] where the claims do not go together.
    pub fn issue(&self, claims: &Claims) -> Result<String, TokenError> {
        check(claims)?;
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &self.encoding).map_err(|_| TokenError::Invalid)
    }

    /// Reads a token at the time `now_unix`, in seconds since 1970 (UTC).
    ///
    /// # Errors
    /// [`TokenError::Invalid`], [`TokenError::Expired`], [`TokenError::Claims`].
    pub fn verify(&self, token: &str, now_unix: u64) -> Result<Claims, TokenError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(TokenError::Invalid);
        }
        let mut validation = Validation::new(Algorithm::HS256);
        // The time is told, not read from a clock.
        validation.validate_exp = false;
        validation.set_required_spec_claims(&["exp", "sub"]);
        let claims = jsonwebtoken::decode::<Claims>(token, &self.decoding, &validation).map_err(|_| TokenError::Invalid)?.claims;
        if claims.exp <= now_unix {
            return Err(TokenError::Expired { ago_s: now_unix - claims.exp });
        }
        check(&claims)?;
        Ok(claims)
    }
}

fn check(claims: &Claims) -> Result<(), TokenError> {
    let wrong = |field, remedy| Err(TokenError::Claims { field, remedy });
    if claims.lesson == ALL_LESSONS && claims.role != Role::Operator {
        return wrong("lesson", "only an operator's token is for all lessons; name one");
    }
    if claims.lesson != ALL_LESSONS && !crate::store::usable_id(&claims.lesson) {
        return wrong("lesson", "use 1 to 64 of A-Z a-z 0-9 _ -");
    }
    if claims.name.trim().is_empty() || claims.name.chars().count() > 80 || claims.name.chars().any(char::is_control) {
        return wrong("name", "use 1 to 80 characters without control characters");
    }
    if claims.sub.is_empty() || claims.sub.len() > 128 {
        return wrong("sub", "use 1 to 128 bytes");
    }
    if claims.classroom.as_ref().is_some_and(|classroom| classroom.is_empty() || classroom.len() > 128) {
        return wrong("classroom", "use 1 to 128 bytes, or leave it out");
    }
    Ok(())
}

fn read_or_make(data: &Path, path: &Path) -> std::io::Result<Vec<u8>> {
    match read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        other => return other,
    }
    std::fs::create_dir_all(data)?;
    let bits: [u8; 32] = aws_lc_rs::rand::generate(&SystemRandom::new()).map_err(|_| std::io::Error::other("no randomness"))?.expose();
    let unique: [u8; 8] = aws_lc_rs::rand::generate(&SystemRandom::new()).map_err(|_| std::io::Error::other("no randomness"))?.expose();
    let whole = data.join(format!(".secret.{:016x}", u64::from_le_bytes(unique)));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&whole)?;
    file.write_all(&bits)?;
    file.sync_all()?;
    // A link does not replace: whoever is first wins, and nobody ever reads half a secret.
    let linked = std::fs::hard_link(&whole, path);
    std::fs::remove_file(&whole)?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => read(path),
    }
}

fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut secret = Vec::new();
    std::fs::File::open(path)?.take(1024).read_to_end(&mut secret)?;
    if secret.len() < 32 {
        return Err(std::io::Error::new(ErrorKind::InvalidData, format!("it holds {} bytes, fewer than 32; delete it to get a new one", secret.len())));
    }
    Ok(secret)
}
