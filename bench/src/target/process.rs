//! Starting, finding and ending a server process.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

use crate::machine::{CpuSample, Memory};

/// Longest wait for a server to listen, and for it to end by itself.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server process; it ends with this value.
pub struct Process {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Process {
    /// Starts what is called `name` by `command`, already pinned by [`pinned`](Self::pinned), and waits until it listens
    /// on `port`.
    ///
    /// # Errors
    /// When it ends or does not listen in time.
    pub fn start(name: &str, mut command: Command, port: u16) -> Result<Self> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let child = command.spawn().with_context(|| format!("cannot start {name}"))?;
        let mut process = Self { child, address };
        let begun = Instant::now();
        while TcpStream::connect(address).is_err() {
            if let Some(status) = process.child.try_wait()? {
                bail!("{name} ended with {status}");
            }
            if begun.elapsed() > PATIENCE {
                bail!("{name} does not listen");
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(process)
    }

    /// A command for `program` that runs on one core from its first instruction on.
    pub fn pinned(core: usize, program: &Path) -> Command {
        let mut command = Command::new("taskset");
        command.arg("--cpu-list").arg(core.to_string()).arg(program);
        command
    }

    /// A port that nobody listens on.
    ///
    /// # Errors
    /// When there is none.
    pub fn free_port() -> Result<u16> {
        Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
    }

    /// CPU time that it has used.
    ///
    /// # Errors
    /// When it has ended.
    pub fn cpu(&self) -> Result<CpuSample> {
        CpuSample::of(self.child.id())
    }

    /// Memory that it holds.
    ///
    /// # Errors
    /// When it has ended.
    pub fn memory(&self) -> Result<Memory> {
        Memory::of(self.child.id())
    }

    fn end(&mut self) -> Result<ExitStatus> {
        if let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            kill_process(pid, Signal::TERM)?;
        }
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            thread::sleep(Duration::from_millis(20));
        }
        self.child.kill()?;
        Ok(self.child.wait()?)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let runs = matches!(self.child.try_wait(), Ok(None));
        if runs && let Err(error) = self.end() {
            eprintln!("cannot end process {}: {error}", self.child.id());
        }
    }
}
