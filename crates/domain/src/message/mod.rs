//! Messages: drafts, appending, changes, history.

mod change;
mod changes;
mod model;
mod naming;
mod page;
mod quote;
mod service;
mod store;

pub use change::*;
pub use model::*;
pub use naming::*;
pub use page::*;
pub use quote::*;
pub use service::*;
pub use store::*;
