//! The log: one line per request and per thing worth knowing, as text or JSON.

use std::error::Error as StdError;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

use chirrup_domain::Error;
use parking_lot::Mutex;
use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry, fmt};

use crate::config::{Log, LogFormat};

/// An outage that refuses every request leaves one line in this time.
const OUTAGE_PAUSE: Duration = Duration::from_secs(5);

/// The target of what whoever starts a server has to see: no `LOG` leaves it out.
pub(crate) const SHOWN_ALWAYS: &str = "chirrup::first_start";

static OUTAGES: Mutex<Throttle> = Mutex::new(Throttle { last: None, left_out: 0 });

/// Lets one line in [`OUTAGE_PAUSE`] through.
struct Throttle {
    last: Option<Instant>,
    left_out: u64,
}

impl Throttle {
    /// How many were left out since the last line, if there is to be one now.
    fn admit(&mut self, now: Instant) -> Option<u64> {
        if self.last.is_some_and(|last| now.duration_since(last) < OUTAGE_PAUSE) {
            self.left_out += 1;
            return None;
        }
        self.last = Some(now);
        Some(std::mem::take(&mut self.left_out))
    }
}

/// Says what lies under a refusal, in the one place that does, and only where something does: a fault of ours each time,
/// an outage now and then. What was refused is said by `what`.
pub(crate) fn refusal(what: &str, error: &Error) {
    let Some(cause) = error.source() else { return };
    let cause = chain(cause);
    if !matches!(error, Error::Unavailable(_)) {
        tracing::error!(what, code = error.code(), cause, "a request failed");
    } else if let Some(left_out) = OUTAGES.lock().admit(Instant::now()) {
        tracing::warn!(what, cause, left_out, "requests are refused for the moment");
    }
}

/// An error and its causes, in one line. One that only repeats what stands before it, as many libraries' do, is left out.
pub(crate) fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut line = error.to_string();
    let mut last = line.clone();
    for cause in std::iter::successors(error.source(), |cause| (**cause).source()) {
        let text = cause.to_string();
        if !last.contains(&text) && !text.contains(&last) {
            line.push_str(": ");
            line.push_str(&text);
        }
        last = text;
    }
    line
}

/// Starts the log for the whole process; panics go there too. Call it once.
pub fn start(settings: &Log) {
    let levels = Targets::new()
        .with_default(settings.levels.default)
        .with_targets(settings.levels.targets.iter().map(|(target, level)| (target.as_str(), *level)))
        .with_target(SHOWN_ALWAYS, Level::INFO);
    let lines: Box<dyn Layer<Registry> + Send + Sync> = match settings.format {
        LogFormat::Text => fmt::layer().with_ansi(std::io::stdout().is_terminal()).boxed(),
        LogFormat::Json => fmt::layer().json().flatten_event(true).boxed(),
    };
    tracing_subscriber::registry().with(lines.with_filter(levels)).init();
    std::panic::set_hook(Box::new(|panic| {
        let payload = panic.payload();
        let text = payload.downcast_ref::<&str>().copied();
        let message = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        let location = panic.location().map(ToString::to_string);
        tracing::error!(message, location, "panicked");
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_leaves_a_line_now_and_then() {
        let mut throttle = Throttle { last: None, left_out: 0 };
        let start = Instant::now();
        assert_eq!(throttle.admit(start), Some(0));
        assert_eq!(throttle.admit(start), None);
        assert_eq!(throttle.admit(start + OUTAGE_PAUSE / 2), None);
        assert_eq!(throttle.admit(start + OUTAGE_PAUSE), Some(2));
    }

    #[test]
    fn a_cause_is_told_with_its_own_causes() {
        #[derive(Debug, thiserror::Error)]
        #[error("no room")]
        struct Outer(#[source] std::io::Error);
        let error = Error::unavailable(Outer(std::io::Error::other("disk full")));
        assert_eq!(chain(&error), "Try again later: no room: disk full");

        #[derive(Debug, thiserror::Error)]
        #[error("device 7: {0}")]
        struct Repeating(#[source] std::io::Error);
        let error = Error::unavailable(Repeating(std::io::Error::other("disk full")));
        assert_eq!(chain(&error), "Try again later: device 7: disk full");
    }
}
