//! Conversations and their members.

mod model;
mod store;

pub use model::*;
pub use store::*;
