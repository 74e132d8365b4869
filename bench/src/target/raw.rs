use std::env;

use anyhow::Result;

use super::Process;

/// Starts this program's `raw-limit`, which sends frames of `frame_bytes` bytes.
///
/// # Errors
/// When it does not start.
pub fn start_raw(core: usize, frame_bytes: usize) -> Result<Process> {
    let port = Process::free_port()?;
    let mut command = Process::pinned(core, &env::current_exe()?);
    command.arg("raw-limit").args([port.to_string(), frame_bytes.to_string()]);
    Process::start("the limit", command, port)
}
