//! What proves who somebody is: password hashes, signed tokens and the secrets behind them.

mod argon2;
mod jwt;
mod private_file;
mod secret;
mod setup;

pub use argon2::Argon2id;
pub use jwt::JwtCodec;
pub(crate) use private_file::random_hex;
pub use secret::{find, load_or_create};
pub use setup::SetupFile;
