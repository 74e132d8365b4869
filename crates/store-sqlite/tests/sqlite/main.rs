//! SQLite does what every store has to do, and what only a file can.

#![expect(clippy::unwrap_used, reason = "tests may")]

mod contract;
mod killed;
mod opening;
