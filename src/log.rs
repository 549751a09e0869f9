//! Where log lines go: to standard error, as text or JSON. Tokens, passwords and SDP never reach a log line (their types print without them).

use crate::config::{ConfigError, LogFormat};
use tracing_subscriber::EnvFilter;

/// Starts logging for the life of the process.
///
/// # Errors
/// A filter that `tracing` cannot read.
pub(crate) fn start(filter: &str, format: LogFormat) -> Result<(), ConfigError> {
    let filter = EnvFilter::try_new(filter).map_err(|error| {
        ConfigError::new("log", filter, format!("not a filter ({error}): give a level (error, warn, info, debug, trace) or module=level, …"))
    })?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match format {
        LogFormat::Text => lines.try_init(),
        LogFormat::Json => lines.json().try_init(),
    };
    // A second start can only be a test in the same process: the first one stays.
    started.or(Ok(()))
}
