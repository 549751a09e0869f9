//! SIGTERM and SIGINT: the first ends the service in order, the second at once.

use std::process;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

/// The longest an orderly end may take.
pub(crate) const GRACE: Duration = Duration::from_secs(5);

/// Ends when the first signal comes; from then on a second signal, or [`GRACE`] running out, ends the process.
///
/// # Errors
/// The system refused a signal handler.
pub(crate) fn on_signal() -> std::io::Result<watch::Receiver<bool>> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let (told, shutdown) = watch::channel(false);
    tokio::spawn(async move {
        let name = next(&mut terminate, &mut interrupt).await;
        tracing::info!(signal = name, "ending: telling everyone; a second signal ends at once");
        told.send_replace(true);
        tokio::select! {
            name = next(&mut terminate, &mut interrupt) => {
                tracing::warn!(signal = name, "ended at once");
                process::exit(130);
            }
            () = tokio::time::sleep(GRACE) => {
                tracing::warn!(seconds = GRACE.as_secs(), "did not end in time; ended at once");
                process::exit(1);
            }
        }
    });
    Ok(shutdown)
}

async fn next(terminate: &mut Signal, interrupt: &mut Signal) -> &'static str {
    tokio::select! {
        _ = terminate.recv() => "SIGTERM",
        _ = interrupt.recv() => "SIGINT",
    }
}

/// Completes once `shutdown` says so.
pub(crate) async fn told(mut shutdown: watch::Receiver<bool>) {
    // The sender lives as long as the process; its end would mean the same.
    let _ = shutdown.wait_for(|told| *told).await;
}
