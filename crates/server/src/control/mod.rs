//! What the commands do, here or in a running server: that listens on a Unix socket in the data directory for a line of
//! JSON each way.

mod ask;
mod execute;
mod listener;
mod request;

use std::path::{Path, PathBuf};

pub(crate) use ask::{AskError, Asked, ask, ask_server};
pub(crate) use listener::Control;
pub(crate) use request::{Answer, Person, Request};

/// Most bytes of a line: a page of accounts is a tenth of it.
const MAX_LINE: u64 = 1 << 20;

/// Where the running server listens.
fn socket_path(data_dir: &Path) -> PathBuf {
    data_dir.join("control.sock")
}
