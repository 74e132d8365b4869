use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::Result;

use super::{DataDir, Process};
use crate::options::Options;
use crate::people::SECRET;
use crate::seed::Seeded;

const DIR: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/peers/socket.io");

/// Whether the peer's packages are installed.
pub fn peer_is_installed() -> bool {
    Path::new(DIR).join("node_modules/socket.io").exists()
}

/// Starts the peer: a Node server on `socket.io` with the same events, which checks tokens and membership and keeps
/// everything in memory; it stores nothing.
///
/// # Errors
/// When it does not start.
pub fn start_peer(options: &Options, dir: &DataDir, seeded: &Seeded) -> Result<Process> {
    let people: BTreeMap<_, _> =
        seeded.people.iter().map(|person| (person.id.to_string(), &person.name)).collect();
    let file = dir.path().join("peer.json");
    fs::write(&file, serde_json::json!({ "group": seeded.group, "people": people }).to_string())?;
    let port = Process::free_port()?;
    let mut command = Process::pinned(options.server_core, Path::new("node"));
    command.arg("server.mjs").arg(file).current_dir(DIR);
    command.env("PORT", port.to_string()).env("JWT_SECRET", SECRET).env("NODE_ENV", "production");
    Process::start("the peer", command, port)
}
