//! Passwords, as Argon2id (RFC 9106) with 19 MiB and 2 passes.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use std::sync::LazyLock;
use tokio::sync::Semaphore;

/// Hashes made at once: each takes 19 MiB and a core for some 20 ms, and strangers can ask for them.
const AT_ONCE: usize = 2;
/// The shortest and the longest password, in characters.
pub(crate) const LENGTHS: std::ops::RangeInclusive<usize> = 10..=256;

static TURNS: Semaphore = Semaphore::const_new(AT_ONCE);

fn argon2() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::default())
}

/// A hash that no password has, so that an unknown login takes as long as a known one.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash_now(&super::secret::token()).unwrap_or_default());

fn hash_now(password: &str) -> Option<String> {
    PasswordHasher::<PasswordHash>::hash_password(&argon2(), password.as_bytes()).ok().map(|hash| hash.to_string())
}

fn verify_now(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| argon2().verify_password(password.as_bytes(), &hash).is_ok())
}

/// Its hash, in the PHC string form; none where the machine gives no randomness.
pub(crate) async fn hash(password: String) -> Option<String> {
    let _turn = TURNS.acquire().await.ok()?;
    tokio::task::spawn_blocking(move || hash_now(&password)).await.ok().flatten()
}

/// Whether the password is the one of the hash; without a hash it is none, after the same time.
pub(crate) async fn verify(password: String, hash: Option<String>) -> bool {
    let Ok(_turn) = TURNS.acquire().await else { return false };
    let check = move || match hash {
        Some(hash) => verify_now(&password, &hash),
        None => {
            verify_now(&password, &NOBODY);
            false
        }
    };
    tokio::task::spawn_blocking(check).await.unwrap_or(false)
}

/// What is wrong with a new password, for a person to read; none: nothing.
pub(crate) fn fault(password: &str, login: &str) -> Option<&'static str> {
    let count = password.chars().count();
    if !LENGTHS.contains(&count) {
        return Some("use 10 to 256 characters");
    }
    let mut signs: Vec<char> = password.chars().collect();
    signs.sort_unstable();
    signs.dedup();
    if signs.len() < 5 {
        return Some("use at least 5 different characters");
    }
    let (password, login) = (password.to_lowercase(), login.to_lowercase());
    (login.chars().count() >= 4 && password.contains(&login)).then_some("do not use the login in it")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn a_hash_knows_its_password_alone() {
        let first = hash("七年级数学老师很好".into()).await.unwrap();
        let second = hash("七年级数学老师很好".into()).await.unwrap();
        assert!(first.starts_with("$argon2id$v=19$m=19456,t=2,p=1$") && first != second, "{first}");
        assert!(verify("七年级数学老师很好".into(), Some(first.clone())).await);
        assert!(!verify("七年级数学老师很坏".into(), Some(first)).await);
        assert!(!verify("anything".into(), None).await && !verify("anything".into(), Some("rubbish".into())).await);
    }

    #[test]
    fn weak_passwords_are_told_why() {
        assert!(fault("short", "li").is_some() && fault(&"x".repeat(300), "li").is_some() && fault("aaaaaaaaaaaa", "li").is_some());
        assert!(fault("wang.li-2026!", "Wang.Li").is_some());
        assert_eq!(fault("三个课堂二零二六年秋", "wang.li"), None);
    }
}
