//! Measures a chirrup server: CPU, memory and throughput, each against a limit of the same run where there is one.

mod connect;
mod fanout;
mod idle;
mod ledger;
mod load;
mod machine;
mod options;
mod people;
mod raw_limit;
mod report;
mod room;
mod seed;
mod sends;
mod store;
mod target;
mod wire;

use std::process::ExitCode;

use anyhow::{Result, anyhow};
use clap::Parser;

use crate::options::{Cli, Command, Options};

/// Files that the load and each server may open.
const OPEN_FILES: u64 = 16_000;

/// A measurement.
type Measure = fn(&Options) -> Result<()>;

/// The measurements, in the order of `all`.
const MEASURES: [(&str, Measure); 4] =
    [("fanout", fanout::run), ("connect", connect::run), ("idle", idle::run), ("sends", sends::run)];

fn main() -> ExitCode {
    let Cli { options, command } = Cli::parse();
    let wanted = match command {
        Command::RawLimit { port, frame_bytes } => return report(raw_limit::serve(port, frame_bytes)),
        Command::StoreLimit => return report(sends::run_limit(&options.data, options.seconds)),
        Command::All => None,
        Command::Fanout => Some("fanout"),
        Command::Connect => Some("connect"),
        Command::Idle => Some("idle"),
        Command::Sends => Some("sends"),
    };
    report(measure(&options, wanted))
}

/// Runs one measurement, or all of them; one that fails does not keep the others from running.
fn measure(options: &Options, wanted: Option<&str>) -> Result<()> {
    machine::raise_open_files(OPEN_FILES)?;
    machine::pin_self(options.load_core)?;
    println!(
        "{}; server on core {}, load on core {}\n",
        machine::describe(),
        options.server_core,
        options.load_core
    );
    report::print_head();
    let mut result = Ok(());
    for (name, run) in MEASURES {
        let is_wanted = wanted.is_none_or(|wanted| wanted == name);
        if is_wanted && let Err(error) = run(options) {
            eprintln!("{name} FAILED: {error:#}");
            result = Err(anyhow!("not everything could be measured"));
        }
    }
    result
}

fn report(result: Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
