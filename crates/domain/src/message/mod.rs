//! Messages: drafts, appending, history.

mod model;
mod store;

pub use model::*;
pub use store::*;
