//! How a person proves who it is: passwords, one-time codes, tokens, the word of an identity provider, and the bounds on trying.

pub mod admin;
pub(crate) mod login;
pub(crate) mod oidc;
pub(crate) mod password;
pub(crate) mod second_factor;
pub(crate) mod secret;
pub(crate) mod strangers;
pub(crate) mod throttle;
pub(crate) mod vault;
