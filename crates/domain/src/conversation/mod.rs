//! Conversations and their members.

mod model;
mod service;
mod store;

pub use model::*;
pub use service::*;
pub use store::*;
