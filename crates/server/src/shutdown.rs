//! How the server ends: softly while it can, hard when time is up.

use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::time::Instant;

/// What was received has this long to be finished; then it is cut off.
pub const SOFT: Duration = Duration::from_secs(6);

/// The store has this long to write what it holds and close. With [`SOFT`] it makes less than the ten seconds after
/// which supervisors kill.
pub const FLUSH: Duration = Duration::from_secs(3);

/// Whoever tells a whole group of processes, and the one beside, means it once.
const SAME: Duration = Duration::from_secs(1);

/// Answers at the first SIGTERM or SIGINT. One that comes more than a second later ends the process at once: what was
/// acknowledged is on disk.
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
            let first = Instant::now();
            let signal = loop {
                let signal = next().await;
                if first.elapsed() > SAME {
                    break signal;
                }
            };
            tracing::warn!(signal, "told twice: stopped at once, unfinished");
            std::process::exit(1);
        });
    })
}
