//! Why a command ended without having done its work: one line for a person.

use signaling::{ServeError, StoreError};
use std::process::ExitCode;

/// Printed as `tongke: …`; every text names the thing, the value and the remedy.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// A key of the configuration.
    #[error(transparent)]
    Config(#[from] crate::config::ConfigError),
    /// A file that the configuration names, or the data, is not usable: nothing that trying again mends.
    #[error("{what}: {reason}")]
    Unusable {
        /// What was tried.
        what: &'static str,
        /// Why it failed.
        reason: String,
    },
    /// The store, the tokens, the sockets or the server; the text is the room's own.
    #[error("{what}: {reason}")]
    Room {
        /// What was tried.
        what: &'static str,
        /// Why it failed.
        reason: String,
    },
}

impl Failure {
    /// For `map_err`: the room's own error under the name of what was tried.
    pub(crate) fn room<E: std::fmt::Display>(what: &'static str) -> impl FnOnce(E) -> Failure {
        move |error| Failure::Room { what, reason: error.to_string() }
    }

    /// For `map_err` where the store is opened.
    pub(crate) fn store(error: StoreError) -> Failure {
        let (what, reason) = ("opening the data", error.to_string());
        if let StoreError::Damaged { .. } = error { Failure::Unusable { what, reason } } else { Failure::Room { what, reason } }
    }

    /// For `map_err` where the server is started.
    pub(crate) fn server(error: ServeError) -> Failure {
        let (what, reason) = ("starting the server", error.to_string());
        if let ServeError::Tls { .. } = error { Failure::Unusable { what, reason } } else { Failure::Room { what, reason } }
    }

    /// 78 (`EX_CONFIG`, so that systemd need not try again) for the configuration and what it names, else 1.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Failure::Config(_) | Failure::Unusable { .. } => ExitCode::from(78),
            Failure::Room { .. } => ExitCode::FAILURE,
        }
    }
}
