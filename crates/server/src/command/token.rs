use std::ffi::OsString;
use std::process::ExitCode;

use super::words::{CommandOption, Words};
use super::{CommandError, ask_for};
use crate::config::WrongSetting;
use crate::control::{Answer, Request};

pub(super) const HELP: &str = "\
Prints a token of a user's, as signing in gives one

Usage: chirrup token USER [--expires-in TIME] [--SETTING VALUE]...

  USER               name, address or id
  --expires-in TIME  how long it is good, such as 15m or 7d [JWT_EXPIRES_IN]

It is signed with the secret of the running server or, where none runs, with JWT_SECRET or the secret in DATA_DIR; none is made.
";

const EXPIRES_IN: CommandOption = CommandOption { name: "--expires-in", takes_value: true };

pub(super) fn run(arguments: impl Iterator<Item = OsString>) -> Result<ExitCode, CommandError> {
    let mut words = Words::sort(arguments, &[EXPIRES_IN])?;
    let user = words.next("USER")?;
    let seconds = words.value(EXPIRES_IN.name).map(seconds).transpose()?;
    if let Answer::Token { token, .. } = ask_for(words.finish()?, Request::Token { user, seconds })? {
        println!("{token}");
    }
    Ok(ExitCode::SUCCESS)
}

fn seconds(text: &str) -> Result<u64, WrongSetting> {
    let time = humantime::parse_duration(text).ok().map(|time| time.as_secs()).filter(|seconds| *seconds > 0);
    time.ok_or_else(|| WrongSetting("--expires-in: expected a time of at least 1s, such as 15m or 7d".into()))
}
