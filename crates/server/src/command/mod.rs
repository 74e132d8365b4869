//! The commands beside `serve`.

mod backup;
mod check;
mod password;
mod token;
mod user;
mod words;

use std::ffi::OsString;
use std::process::ExitCode;

use crate::backup::BackupError;
use crate::cli::{WRONG_SETTING, fail};
use crate::config::{Config, WrongSetting};
use crate::control::{Answer, AskError, Request, ask};

/// Why a command came to nothing.
#[derive(Debug, thiserror::Error)]
enum CommandError {
    /// It was not understood.
    #[error(transparent)]
    Wrong(#[from] WrongSetting),
    /// Nobody could be asked.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// There is no backup, or what there is was not restored.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// It was refused.
    #[error("{0}")]
    Refused(String),
    /// The password did not come.
    #[error("no password on standard input")]
    NoPassword,
    /// The system gives no random bytes.
    #[error("the system gives no random bytes")]
    Random(#[source] std::io::Error),
}

/// Runs a command; `None` if the first argument is none.
pub(crate) fn run(arguments: &[OsString]) -> Option<ExitCode> {
    let (name, rest) = arguments.split_first()?;
    let help = match name.to_str()? {
        "user" => user::HELP,
        "token" => token::HELP,
        "check" => check::HELP,
        "backup" => backup::BACKUP_HELP,
        "restore" => backup::RESTORE_HELP,
        _ => return None,
    };
    if rest.iter().any(|word| word == "-h" || word == "--help") {
        print!("{help}");
        return Some(ExitCode::SUCCESS);
    }
    let rest = rest.iter().cloned();
    let outcome = match name.to_str()? {
        "user" => user::run(rest),
        "token" => token::run(rest),
        "backup" => backup::backup(rest),
        "restore" => backup::restore(rest),
        _ => check::run(rest),
    };
    Some(match outcome {
        Ok(code) => code,
        Err(CommandError::Wrong(wrong)) => fail(&wrong, WRONG_SETTING),
        Err(error) => fail(&error, 1),
    })
}

/// Has it done; a refusal is an error.
#[tokio::main(flavor = "current_thread")]
async fn ask_for(settings: Vec<OsString>, request: Request) -> Result<Answer, CommandError> {
    match ask(&Config::load(settings)?, request).await? {
        Answer::Refused { error } => Err(CommandError::Refused(error)),
        answer => Ok(answer),
    }
}
