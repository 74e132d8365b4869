//! Memory of another process, read from outside.

use std::fs;

use anyhow::{Context, Result};

/// What a process held at one moment, in KB, from `/proc/PID/smaps_rollup`. Socket buffers in the kernel are in none
/// of these.
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    /// Resident pages, shared ones included.
    pub rss: u64,
    /// Resident pages, each shared one divided by its users.
    pub pss: u64,
    /// Pages that nobody else has.
    pub private: u64,
}

impl Memory {
    /// Reads the process.
    ///
    /// # Errors
    /// When there is no such process.
    pub fn of(pid: u32) -> Result<Self> {
        let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))
            .with_context(|| format!("no process {pid}"))?;
        Self::parse(&text)
    }

    fn parse(text: &str) -> Result<Self> {
        let field = |name: &str| -> Result<u64> {
            let line =
                text.lines().find_map(|line| line.strip_prefix(name)).context("smaps_rollup is short")?;
            Ok(line.trim_start_matches(':').trim_end_matches("kB").trim().parse()?)
        };
        Ok(Self {
            rss: field("Rss")?,
            pss: field("Pss")?,
            private: field("Private_Clean")? + field("Private_Dirty")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_is_clean_and_dirty_together() {
        let text = "5-7 ---p [rollup]\nRss:    1024 kB\nPss:     700 kB\nPss_Dirty:    9 kB\n\
                    Private_Clean:  10 kB\nPrivate_Dirty:   20 kB\n";
        let memory = Memory::parse(text).unwrap();
        assert_eq!((memory.rss, memory.pss, memory.private), (1024, 700, 30));
    }
}
