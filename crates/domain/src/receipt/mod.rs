//! Receipts: who has read what, and up to where.

mod model;
mod service;
mod store;

pub use model::*;
pub use service::*;
pub use store::*;
