//! The first person of a new installation, made on the machine itself.

use super::{login as logins, password, secret};
use crate::store::{Grant, Person, PersonRole, Scope, Store, StoreError};

/// Why the first person could not be made.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The login is one that people take for another.
    #[error("the login is not usable: {0}")]
    Login(&'static str),
    /// The password is too weak.
    #[error("the password is not usable: {0}")]
    Password(&'static str),
    /// The machine gave no randomness.
    #[error("the password could not be hashed; try again")]
    Hash,
}

/// Makes a county operator who may do everything everywhere; at the time `now_ms` (milliseconds since 1970, UTC). Without a password one is made that is to be
/// changed at the first sign-in. Returns the password that was made.
///
/// # Errors
/// [`AdminError`]; [`StoreError::Exists`] where somebody has the login.
pub async fn create_operator(store: &Store, login: &str, name: &str, given: Option<String>, now_ms: u64) -> Result<Option<String>, AdminError> {
    let login = logins::fold(login);
    if let Some((_, fault)) = logins::fault(&login) {
        return Err(AdminError::Login(fault));
    }
    if let Some(fault) = given.as_deref().and_then(|given| password::fault(given, &login)) {
        return Err(AdminError::Password(fault));
    }
    let made = given.is_none().then(|| secret::token().chars().take(20).collect::<String>());
    let password = given.or_else(|| made.clone()).unwrap_or_default();
    let hash = password::hash(password).await.ok_or(AdminError::Hash)?;
    let person = Person { id: secret::id(), login, name: name.to_owned(), school: None, region: None, closed_ms: None, version: 1 };
    store.create_person(&person, &hash, made.is_some(), now_ms).await?;
    let (role, scope) = (PersonRole::CountyOperator, Scope::Everything);
    store.give(&Grant { id: secret::id(), person: person.id, role, scope, scope_id: None, from_ms: now_ms, to_ms: None, granted_by: None }).await?;
    Ok(made)
}

/// The hash of a password, for people who are made in bulk; none where the machine gives no randomness.
pub async fn hash_password(password: &str) -> Option<String> {
    password::hash(password.to_owned()).await
}
