//! Direct messages that wait for a device of their recipient.

mod model;
mod service;
mod store;

pub use model::*;
pub use service::*;
pub use store::*;
