//! Durable sends per second by 64 people at once, half of them direct and half to small groups, against what the store
//! does alone.

mod crowd;
mod limit;
mod plan;
mod window;

use std::env;

use anyhow::{Context, Result};

pub use limit::run as run_limit;

use self::crowd::Crowd;
use self::plan::Plan;
use self::window::Window;
use crate::load::Load;
use crate::options::Options;
use crate::report::{Figures, Row, Target};
use crate::seed::with_store;
use crate::target::{DataDir, Process, start_chirrup};

/// Share of the store's own rate that is to be reached over Socket.IO.
const LEAST: f64 = 0.5;

/// Measures the store and the server in turn, each time on a fresh database, and prints the table.
///
/// # Errors
/// When the server does not start, or a send is refused or lost.
pub fn run(options: &Options) -> Result<()> {
    let mut limit = Rates::default();
    let mut ours = Rates::default();
    for _ in 0..options.repeats {
        limit.push(of_store(options)?);
        ours.push(of_server(options)?);
    }
    let rate = "sends: durable sends per second";
    limit.print(rate, "limit (store)", |rates| &rates.per_second, None, None);
    ours.print(rate, "chirrup", |rates| &rates.per_second, Some(&limit), Some(Target::AtLeast(LEAST)));
    let cpu = "sends: µs of CPU per send";
    limit.print(cpu, "limit (store)", |rates| &rates.micros, None, None);
    ours.print(cpu, "chirrup", |rates| &rates.micros, Some(&limit), None);
    Ok(())
}

/// The store's rate, in a process of its own on the server's core.
fn of_store(options: &Options) -> Result<Window> {
    let dir = DataDir::new(options, "store")?;
    let output = Process::pinned(options.server_core, &env::current_exe()?)
        .args(["store-limit", "--seconds", &options.seconds.to_string(), "--data"])
        .arg(dir.path())
        .stderr(std::process::Stdio::inherit())
        .output()?;
    serde_json::from_slice(&output.stdout).context("the store could not be measured")
}

/// The server's rate.
fn of_server(options: &Options) -> Result<Window> {
    let dir = DataDir::new(options, "sends")?;
    let plan = with_store(dir.path(), Plan::seed)?;
    let server = start_chirrup(options, &dir)?;
    let mut load = Load::new(options.spin)?;
    Crowd::enter(&plan, &mut load, &server)?.run(&mut load, &server, options.seconds)
}

/// The figures of one subject.
#[derive(Default)]
struct Rates {
    per_second: Figures,
    micros: Figures,
    notes: String,
}

impl Rates {
    fn push(&mut self, window: Window) {
        self.per_second.push(window.sends as f64 / window.seconds);
        self.micros.push(window.cpu_ns as f64 / 1000.0 / window.sends.max(1) as f64);
        let busy = window.cpu_ns as f64 / 1e9 / window.seconds * 100.0;
        self.notes = format!("{} senders, core {busy:.0} % busy", plan::PEOPLE);
    }

    fn print(
        &self,
        measure: &str,
        subject: &str,
        figures: fn(&Self) -> &Figures,
        limit: Option<&Self>,
        target: Option<Target>,
    ) {
        let ratio = limit.map(|limit| figures(self).over(figures(limit)));
        Row { measure, subject, figures: figures(self), ratio, target, notes: self.notes.clone() }.print();
    }
}
