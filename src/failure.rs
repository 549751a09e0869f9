//! Why a command ended without having done its work: one line for a person.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Printed as `tongke: …`; every text names the thing, the value and the remedy.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// A key of the configuration.
    #[error(transparent)]
    Config(#[from] crate::config::ConfigError),
    /// A file or directory.
    #[error("{path}: {source}; {remedy}")]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
        /// What to do.
        remedy: &'static str,
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

    /// For `map_err` on files.
    pub(crate) fn file(path: &Path, remedy: &'static str) -> impl FnOnce(std::io::Error) -> Failure {
        move |source| Failure::File { path: path.to_owned(), source, remedy }
    }

    /// 78 (`EX_CONFIG`, so that systemd need not try again) for the configuration, else 1.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Failure::Config(_) => ExitCode::from(78),
            _ => ExitCode::FAILURE,
        }
    }
}
