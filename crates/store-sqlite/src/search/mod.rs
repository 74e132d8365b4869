//! Full-text search: an index of keys that is filled behind the writes, and the search through it.
//!
//! The index only proposes: whatever it gives is read and looked at as it is now. So it may be behind, and know too much.

mod filter;
mod find;
mod index;
mod place;
mod rooms;
mod store;
mod stream;

pub(crate) use index::Indexer;
