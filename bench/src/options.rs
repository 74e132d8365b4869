//! What a run may be told.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::target::peer_is_installed;

/// Measures a chirrup server against limits of the same run.
#[derive(Parser)]
#[command(version)]
pub struct Cli {
    /// How to measure.
    #[command(flatten)]
    pub options: Options,
    /// What to measure.
    #[command(subcommand)]
    pub command: Command,
}

/// What to measure.
#[derive(Subcommand, Clone, Copy)]
pub enum Command {
    /// Everything, one after the other.
    All,
    /// CPU per delivered group message.
    Fanout,
    /// CPU per authenticated connection.
    Connect,
    /// Memory per idle connection.
    Idle,
    /// Durable sends per second.
    Sends,
    /// Serves as the limit of `fanout`; started by the benchmark itself.
    #[command(hide = true)]
    RawLimit {
        /// Loopback port to listen on.
        port: u16,
        /// Length of its frames.
        frame_bytes: usize,
    },
    /// Serves as the limit of `sends`; started by the benchmark itself.
    #[command(hide = true)]
    StoreLimit,
}

/// How to measure.
#[derive(Args)]
pub struct Options {
    /// The chirrup to measure.
    #[arg(long, global = true, default_value = "target/release/chirrup")]
    pub server: PathBuf,
    /// Folder for databases, on the disk to measure.
    #[arg(long, global = true, default_value = "target/bench")]
    pub data: PathBuf,
    /// Core for the server.
    #[arg(long, global = true, default_value_t = 0)]
    pub server_core: usize,
    /// Core for the load.
    #[arg(long, global = true, default_value_t = 1)]
    pub load_core: usize,
    /// How often each figure is measured.
    #[arg(long, global = true, default_value_t = 3)]
    pub repeats: usize,
    /// Members of the group in `fanout`.
    #[arg(long, global = true, default_value_t = 1000)]
    pub members: usize,
    /// Messages of each round of `fanout`.
    #[arg(long, global = true, default_value_t = 200)]
    pub messages: usize,
    /// Connections of each round of `connect`.
    #[arg(long, global = true, default_value_t = 1000)]
    pub connects: usize,
    /// Connections of `idle`, a fifth of which come before the first reading.
    #[arg(long, global = true, default_value_t = 5000)]
    pub idle: usize,
    /// Seconds of each round of `sends`.
    #[arg(long, global = true, default_value_t = 5)]
    pub seconds: u64,
    /// Keeps the load from ever sleeping, so that no server pays for waking it.
    #[arg(long, global = true)]
    pub spin: bool,
    /// Measures the Node server in `bench/peers` too.
    #[arg(long, global = true)]
    pub peer: bool,
}

impl Options {
    /// Whether the peer is to be measured and can be; says so if it cannot.
    pub fn peer_is_wanted(&self) -> bool {
        if self.peer && !peer_is_installed() {
            eprintln!("no peer: run `npm ci` in bench/peers/socket.io first");
        }
        self.peer && peer_is_installed()
    }
}
