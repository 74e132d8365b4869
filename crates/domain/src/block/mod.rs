//! Whose direct messages somebody does not want.

mod store;

pub use store::*;
