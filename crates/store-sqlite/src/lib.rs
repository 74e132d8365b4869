//! Chirrup's store in one SQLite file.
//!
//! One thread writes: it takes whatever is queued into one transaction, so that many requests share one `fsync`, and
//! hands what it committed to the [`Feed`](chirrup_domain::Feed) before anybody is answered. A few
//! read-only connections on threads of their own answer everything else. Rows and SQL stay in here.

mod account;
pub mod backup;
mod block;
mod columns;
mod connection;
mod conversation;
mod delivery;
mod error;
mod inspect;
mod lock;
mod member;
mod message;
mod reaction;
mod readers;
mod receipt;
mod schema;
mod search;
mod store;
mod upload;
mod writer;

pub use error::OpenError;
pub use inspect::{Found, inspect};
pub use lock::ProcessLock;
pub use store::SqliteStore;
