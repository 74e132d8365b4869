//! Full-text search: what a query says, which texts it finds and where in them.
//!
//! A store finds candidates by [`keys`], in whatever index it has, and asks the [`Query`] about the text of each as it
//! is now. So an index may hold too much, or what is out of date, and no wrong message is ever shown.

mod fault;
pub mod keys;
mod letters;
mod link;
mod matching;
mod model;
mod moment;
mod query;
mod service;
mod store;
mod words;

pub use fault::*;
pub use letters::fold_letters;
pub use link::has_link;
pub use model::*;
pub use query::*;
pub use service::*;
pub use store::*;
pub use words::*;
