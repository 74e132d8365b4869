//! Messages: drafts, appending, changes, history.

mod change;
mod changes;
mod model;
mod page;
mod service;
mod store;

pub use change::*;
pub use model::*;
pub use page::*;
pub use service::*;
pub use store::*;
