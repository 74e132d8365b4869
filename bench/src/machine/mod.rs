//! What the kernel knows: cores, limits, and what a process has used of the machine.

mod cpu;
mod memory;
mod pin;

pub use cpu::{CpuSample, CpuUsed};
pub use memory::Memory;
pub use pin::{describe, pin_self, raise_open_files};
