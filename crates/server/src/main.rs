//! The `chirrup` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    chirrup_server::run(std::env::args_os().skip(1))
}
