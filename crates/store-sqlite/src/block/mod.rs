//! Who has blocked whom.

mod rows;
mod store;

pub(crate) use rows::is_blocked;
