//! Uploads: their names, what they may be, and who uses them.

mod filename;
mod media;
mod model;
mod name;
mod service;
mod store;

pub use filename::*;
pub use media::*;
pub use model::*;
pub use name::*;
pub use service::*;
pub use store::*;
