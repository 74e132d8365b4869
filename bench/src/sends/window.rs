use serde::{Deserialize, Serialize};

/// Time before a window, in seconds, in which everything warms up.
pub const WARM_UP: u64 = 1;

/// What was done in a stretch of time.
#[derive(Debug, Serialize, Deserialize)]
pub struct Window {
    /// Sends that were acked in it.
    pub sends: u64,
    /// Its length.
    pub seconds: f64,
    /// Nanoseconds of CPU that the server, or the store, used in it.
    pub cpu_ns: u64,
}
