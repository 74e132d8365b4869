//! Users, their credentials and tokens.

mod model;
mod store;

pub use model::*;
pub use store::*;
