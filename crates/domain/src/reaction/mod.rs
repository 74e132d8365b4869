//! Reactions: the emoji that members put on messages.

mod emoji;
mod model;
mod store;

pub use emoji::*;
pub use model::*;
pub use store::*;
