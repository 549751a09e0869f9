//! Sign-in through a district's identity provider: OpenID Connect Core 1.0, authorization code with PKCE (RFC 7636, S256).
//!
//! ```text
//! /oidc/start    → Attempt (cookie) → Provider::authorization → the provider's page
//! /oidc/callback → Attempt::fits(state) → Provider::identify(code): token endpoint → id_token::verify → Identity { login, second_factor }
//! ```
//!
//! What says who somebody is stands in [`id_token`], [`attempt`], [`metadata`] and [`keys`], which are pure and told the time; [`provider`] does the asking.
//! Signatures are checked by `jsonwebtoken`, which signs our own tokens too, over `aws-lc-rs`; the flow around it is ours, because the crates that bring one
//! bring a second set of cryptography with it.

pub(crate) mod attempt;
pub(crate) mod id_token;
pub(crate) mod keys;
pub(crate) mod metadata;
pub(crate) mod provider;

pub(crate) use attempt::Attempt;
pub(crate) use provider::Provider;

/// Who the provider says it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    /// The value of the claim that is a person's login.
    pub(crate) login: String,
    /// Whether the provider says that a second factor was given.
    pub(crate) second_factor: bool,
}

/// Why the provider's word is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum OidcError {
    /// It could not be asked, or its answer is not what the standard says.
    #[error("the identity provider is not usable now: {0}")]
    Unavailable(String),
    /// It does not take the code: used before, too old, or not for us.
    #[error("the identity provider did not take the code ({0}); sign in again")]
    Code(String),
    /// The id token is not valid.
    #[error("the identity provider's token is not valid: {0}")]
    Token(&'static str),
    /// It does not say the login.
    #[error("the identity provider does not say the claim {0:?}; have it given to this service, or name another by oidc-claim")]
    Claim(String),
}

impl OidcError {
    /// As the sign-in page knows it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Unavailable(_) => "oidc_unavailable",
            Self::Code(_) | Self::Token(_) => "oidc_refused",
            Self::Claim(_) => "oidc_unknown",
        }
    }
}
