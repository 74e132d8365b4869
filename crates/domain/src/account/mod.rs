//! Users, their credentials and tokens.

mod model;
mod password;
mod rules;
mod service;
mod store;
mod token;

pub use model::*;
pub use password::*;
pub use service::*;
pub use store::*;
pub use token::*;
