//! Messages: drafts, appending, history.

mod model;
mod page;
mod service;
mod store;

pub use model::*;
pub use page::*;
pub use service::*;
pub use store::*;
