//! CPU time of another process, read from outside.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result};

/// Nanoseconds in one tick of `/proc/PID/stat` (`USER_HZ` is 100 on every Linux that this runs on).
const TICK_NS: u64 = 10_000_000;

/// What a process had used at one moment. Exact for threads that are asleep: the kernel adds a running thread's time
/// at its next switch or tick.
pub struct CpuSample {
    /// Nanoseconds that each thread has run, from `task/*/schedstat`.
    threads: BTreeMap<u32, u64>,
    /// Ticks in user mode, ended threads included.
    user_ticks: u64,
    /// Ticks in the kernel, ended threads included.
    system_ticks: u64,
}

/// What a process used between two samples.
#[derive(Debug, Clone, Copy, Default)]
pub struct CpuUsed {
    /// Nanoseconds of CPU.
    pub run_ns: u64,
    /// Nanoseconds of it in user mode, to 10 ms.
    pub user_ns: u64,
    /// Nanoseconds of it in the kernel, to 10 ms.
    pub system_ns: u64,
}

impl CpuSample {
    /// Reads the process.
    ///
    /// # Errors
    /// When there is no such process.
    pub fn of(pid: u32) -> Result<Self> {
        let (user_ticks, system_ticks) = ticks(pid)?;
        Ok(Self { threads: threads(pid)?, user_ticks, system_ticks })
    }

    /// What the process used from this sample to the `later` one. Where a thread has ended in between, and taken its
    /// nanoseconds with it, the ticks stand for the whole.
    pub fn until(&self, later: &Self) -> CpuUsed {
        let user_ns = (later.user_ticks - self.user_ticks) * TICK_NS;
        let system_ns = (later.system_ticks - self.system_ticks) * TICK_NS;
        let ended = self.threads.keys().any(|thread| !later.threads.contains_key(thread));
        let run_ns = if ended {
            user_ns + system_ns
        } else {
            later.threads.iter().map(|(thread, ns)| ns - self.threads.get(thread).unwrap_or(&0)).sum()
        };
        CpuUsed { run_ns, user_ns, system_ns }
    }
}

impl CpuUsed {
    /// Microseconds of CPU for each of `count`.
    pub fn micros_per(&self, count: usize) -> f64 {
        self.run_ns as f64 / 1000.0 / count as f64
    }

    /// Share of it that was spent in user mode, 0 to 1.
    pub fn user_share(&self) -> f64 {
        self.user_ns as f64 / (self.user_ns + self.system_ns).max(1) as f64
    }
}

fn threads(pid: u32) -> Result<BTreeMap<u32, u64>> {
    let mut threads = BTreeMap::new();
    for task in fs::read_dir(format!("/proc/{pid}/task")).with_context(|| format!("no process {pid}"))? {
        let task = task?;
        // A thread may end between being listed and being read.
        let Ok(schedstat) = fs::read_to_string(task.path().join("schedstat")) else { continue };
        let run_ns = schedstat.split_ascii_whitespace().next().context("empty schedstat")?.parse()?;
        threads.insert(task.file_name().to_string_lossy().parse()?, run_ns);
    }
    Ok(threads)
}

/// User and system ticks of the whole process.
fn ticks(pid: u32) -> Result<(u64, u64)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name, second, may hold spaces and brackets; what follows its last bracket is field 3 onwards.
    let (_, fields) = stat.rsplit_once(')').context("/proc/PID/stat without a name")?;
    let mut fields = fields.split_ascii_whitespace().skip(11);
    let mut next = || -> Result<u64> { Ok(fields.next().context("/proc/PID/stat is too short")?.parse()?) };
    Ok((next()?, next()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(threads: &[(u32, u64)], user_ticks: u64) -> CpuSample {
        CpuSample { threads: threads.iter().copied().collect(), user_ticks, system_ticks: 0 }
    }

    #[test]
    fn a_thread_that_began_in_between_counts_whole() {
        let used = sample(&[(1, 500)], 0).until(&sample(&[(1, 700), (2, 50)], 0));
        assert_eq!(used.run_ns, 250);
    }

    #[test]
    fn ticks_stand_in_for_a_thread_that_ended() {
        let used = sample(&[(1, 500), (2, 50)], 3).until(&sample(&[(1, 700)], 5));
        assert_eq!(used.run_ns, 2 * TICK_NS);
    }

    #[test]
    fn this_process_can_be_read() {
        let before = CpuSample::of(std::process::id()).unwrap();
        let after = CpuSample::of(std::process::id()).unwrap();
        assert!(before.until(&after).run_ns < 10_000_000_000);
    }
}
