//! What proves who somebody is: password hashes, signed tokens and the secret behind them.

mod argon2;
mod jwt;
mod secret;

pub use argon2::Argon2id;
pub use jwt::JwtCodec;
pub use secret::load_or_create;
