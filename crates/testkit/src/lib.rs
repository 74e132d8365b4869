//! What Chirrup's tests share.

pub mod store;
