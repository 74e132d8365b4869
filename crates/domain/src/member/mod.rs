//! Who is in a conversation, what they may do there, and what they do to a group.

mod model;
mod notice;
mod service;
mod store;

pub use model::*;
pub use notice::*;
pub use service::*;
pub use store::*;
