//! Users, their credentials and tokens.

mod administration;
mod model;
mod password;
mod people;
mod rules;
mod service;
mod session;
mod setup;
mod sign_in_limit;
mod standing;
mod store;
mod token;

pub use model::*;
pub use password::*;
pub use people::*;
pub use rules::USERNAME_CHARS;
pub(crate) use rules::expected;
pub use service::*;
pub use session::*;
pub use setup::*;
pub use sign_in_limit::{SignInRates, Source};
pub use standing::*;
pub use store::*;
pub use token::*;
