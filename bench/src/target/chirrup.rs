use std::env;

use anyhow::{Context, Result};

use super::{DataDir, Process};
use crate::options::Options;
use crate::people::SECRET;

/// Starts the release binary over a seeded folder, with the limits lifted that a load generator runs into.
///
/// # Errors
/// When it does not start.
pub fn start_chirrup(options: &Options, dir: &DataDir) -> Result<Process> {
    let program = options
        .server
        .canonicalize()
        .with_context(|| format!("no {}; try `cargo build --release`", options.server.display()))?;
    let port = Process::free_port()?;
    let mut command = Process::pinned(options.server_core, &program);
    command.arg("serve").current_dir(dir.path()).env_clear();
    command.env("PATH", env::var_os("PATH").unwrap_or_default());
    command.env("HOST", "127.0.0.1").env("PORT", port.to_string()).env("DATA_DIR", dir.path());
    command.env("JWT_SECRET", SECRET).env("PRESENCE", "contacts").env("LOG", "warn");
    command.env("LIMIT_SENDS", "off");
    Process::start("chirrup", command, port)
}
