//! Who reacted to what.

mod attach;
mod change;
mod store;

pub(crate) use attach::{attach, listed_bytes};
pub(crate) use change::{forget, purge};
