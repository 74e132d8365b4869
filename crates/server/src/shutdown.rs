//! How the server ends: softly while it can, hard when time is up.

use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

/// What was received has this long to be finished; then it is cut off.
pub const SOFT: Duration = Duration::from_secs(6);

/// The store has this long to write what it holds and close. With [`SOFT`] it makes less than the ten seconds after
/// which supervisors kill.
pub const FLUSH: Duration = Duration::from_secs(3);

/// Answers at the first SIGTERM or SIGINT. The next one ends the process at once: what was acknowledged is on disk.
///
/// # Errors
/// When the signals can't be listened to.
pub fn signalled() -> std::io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        let mut next = async move || {
            tokio::select! {
                _ = terminate.recv() => "SIGTERM",
                _ = interrupt.recv() => "SIGINT",
            }
        };
        let signal = next().await;
        tracing::info!(signal, "stopping");
        tokio::spawn(async move {
            let signal = next().await;
            tracing::warn!(signal, "told twice: stopped at once, unfinished");
            std::process::exit(1);
        });
    })
}
