//! Signed tokens (JWT, HS256) that name lesson, role and name, and the secret they are signed with: 256 random bits in the data directory, the installation's.

use crate::store::files;
use aws_lc_rs::rand::SystemRandom;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use protocol::Role;
use serde::{Deserialize, Serialize};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

/// The lesson of an operator's token that is for all of them.
pub const ALL_LESSONS: &str = "*";

/// The file of the secret in the data directory.
pub const SECRET: &str = "secret.key";

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
    /// Whom the timetable gave it to; none: it was issued by hand, and is good until it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<Holder>,
}

/// Whom the timetable gave a token to: whether the lesson is still theirs is asked each time that it is used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holder {
    /// A panel, by its device's id.
    Device(String),
    /// A person, by the id.
    Person(String),
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
    /// With the secret in the directory `data`, which is made where there is none.
    ///
    /// # Errors
    /// [`TokenError::Secret`].
    pub fn open(data: &Path) -> Result<Self, TokenError> {
        secret(data).map(|secret| Self::new(&secret))
    }

    /// With a secret.
    pub(crate) fn new(secret: &[u8]) -> Self {
        Self { encoding: EncodingKey::from_secret(secret), decoding: DecodingKey::from_secret(secret) }
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
    if claims.lesson != ALL_LESSONS && !store::usable_id(&claims.lesson) {
        return wrong("lesson", "use 1 to 64 of A-Z a-z 0-9 _ -");
    }
    if !timetable::is_name(&claims.name, 80) {
        return wrong("name", "use 1 to 80 characters without control characters and overrides of the direction of writing");
    }
    if claims.sub.is_empty() || claims.sub.len() > 128 {
        return wrong("sub", "use 1 to 128 bytes");
    }
    if claims.classroom.as_ref().is_some_and(|classroom| classroom.is_empty() || classroom.len() > 128) {
        return wrong("classroom", "use 1 to 128 bytes, or leave it out");
    }
    Ok(())
}

/// Reads `secret.key` in the directory `data`, or makes it (readable by its owner only). Two processes that start at once end up with the same.
///
/// # Errors
/// [`TokenError::Secret`].
pub(crate) fn secret(data: &Path) -> Result<Vec<u8>, TokenError> {
    let path = data.join(SECRET);
    files::close_to_others(&path);
    read_or_make(data, &path).map_err(|source| TokenError::Secret { path, source })
}

fn read_or_make(data: &Path, path: &Path) -> std::io::Result<Vec<u8>> {
    match read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        other => return other,
    }
    files::make_directory(data)?;
    let bits: [u8; 32] = aws_lc_rs::rand::generate(&SystemRandom::new()).map_err(|_| std::io::Error::other("no randomness"))?.expose();
    let unique: [u8; 8] = aws_lc_rs::rand::generate(&SystemRandom::new()).map_err(|_| std::io::Error::other("no randomness"))?.expose();
    let whole = data.join(format!(".secret.{:016x}", u64::from_le_bytes(unique)));
    let mut file = files::private().write(true).create_new(true).open(&whole)?;
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("tongke-tokens-{}-{name}", std::process::id()));
            let _ = std::fs::remove_dir_all(&path);
            Self(path)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    fn claims(role: Role, lesson: &str) -> Claims {
        Claims { lesson: lesson.into(), role, name: "一班".into(), classroom: Some("r1".into()), sub: "device-1".into(), exp: 1_000, holder: None }
    }

    #[test]
    fn a_token_says_again_what_it_was_issued_for_until_it_expires() {
        let folder = Folder::new("round");
        let tokens = Tokens::open(&folder.0).unwrap();
        let token = tokens.issue(&claims(Role::Classroom, "maths")).unwrap();
        assert_eq!(tokens.verify(&token, 999).unwrap(), claims(Role::Classroom, "maths"));
        assert!(matches!(tokens.verify(&token, 1_000), Err(TokenError::Expired { ago_s: 0 })));
        assert!(matches!(tokens.verify(&token, 1_060), Err(TokenError::Expired { ago_s: 60 })));
        // Another process on the same directory.
        assert!(Tokens::open(&folder.0).unwrap().verify(&token, 999).is_ok());
    }

    #[test]
    fn forged_tokens_are_refused() {
        let (ours, theirs) = (Folder::new("ours"), Folder::new("theirs"));
        let tokens = Tokens::open(&ours.0).unwrap();
        let token = tokens.issue(&claims(Role::Classroom, "maths")).unwrap();
        let parts: Vec<&str> = token.split('.').collect();
        let host = serde_json::to_vec(&claims(Role::Host, "maths")).unwrap();
        let raised = URL_SAFE_NO_PAD.encode(host);
        let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#);
        let forged = [
            Tokens::open(&theirs.0).unwrap().issue(&claims(Role::Classroom, "maths")).unwrap(),
            format!("{}.{raised}.{}", parts[0], parts[2]),
            format!("{none}.{raised}."),
            format!("{}.{}.", parts[0], parts[1]),
            format!("{}.{}", parts[0], parts[1]),
            String::new(),
            "a.b.c".into(),
            "x".repeat(100_000),
        ];
        for token in forged {
            assert!(matches!(tokens.verify(&token, 0), Err(TokenError::Invalid)), "{}", &token[..token.len().min(80)]);
        }
    }

    #[test]
    fn claims_that_do_not_go_together_are_not_signed() {
        let folder = Folder::new("claims");
        let tokens = Tokens::open(&folder.0).unwrap();
        tokens.issue(&claims(Role::Operator, ALL_LESSONS)).unwrap();
        let wrong = [
            claims(Role::Host, ALL_LESSONS),
            Claims { name: "李\u{202e}老师".into(), ..claims(Role::Host, "maths") },
            claims(Role::Host, "a/b"),
            Claims { name: " ".into(), ..claims(Role::Host, "maths") },
            Claims { name: "x".repeat(81), ..claims(Role::Host, "maths") },
            Claims { name: "a\nb".into(), ..claims(Role::Host, "maths") },
            Claims { sub: String::new(), ..claims(Role::Host, "maths") },
        ];
        for claims in wrong {
            assert!(matches!(tokens.issue(&claims), Err(TokenError::Claims { .. })), "{claims:?}");
        }
    }

    #[test]
    fn the_secret_is_the_owners_alone_and_the_same_for_all_who_start_at_once() {
        let folder = Folder::new("secret");
        let issued: Vec<_> = std::thread::scope(|scope| {
            let open = || Tokens::open(&folder.0).unwrap().issue(&claims(Role::Host, "maths")).unwrap();
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(open)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(issued.iter().all(|token| *token == issued[0]));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
            let key = folder.0.join(SECRET);
            assert_eq!((mode(&folder.0), mode(&key)), (0o700, 0o600));
            std::fs::set_permissions(&key, PermissionsExt::from_mode(0o644)).unwrap();
            Tokens::open(&folder.0).unwrap();
            assert_eq!(mode(&key), 0o600);
        }
        assert_eq!(std::fs::read_dir(&folder.0).unwrap().count(), 1, "nothing is left lying about");
        std::fs::write(folder.0.join(SECRET), "short").unwrap();
        assert!(Tokens::open(&folder.0).unwrap_err().to_string().contains("5 bytes"));
    }
}
