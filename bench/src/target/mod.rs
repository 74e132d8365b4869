//! The servers that are measured: each a process of its own, on the core set aside for it.

mod chirrup;
mod data_dir;
mod peer;
mod process;
mod raw;

pub use chirrup::start_chirrup;
pub use data_dir::DataDir;
pub use peer::{peer_is_installed, start_peer};
pub use process::Process;
pub use raw::start_raw;
