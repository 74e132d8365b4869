use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use super::CommandError;
use super::words::{CommandOption, Words};
use crate::backup::{self, Existing};
use crate::config::Config;

pub(super) const BACKUP_HELP: &str = "\
Saves the whole DATA_DIR in one file, also while the server runs

Usage: chirrup backup FILE [--force]

  --force  replaces a FILE that is there already

FILE lies outside of DATA_DIR and is a tar archive of the database as it is at one moment, the uploaded files and, if it was made here, the secret that signs
the tokens: keep it as secret as that. While it is made, its folder needs room for the database twice. Settings, such
as --data-dir DIR, may follow.
";

pub(super) const RESTORE_HELP: &str = "\
Makes a DATA_DIR of the file that `chirrup backup` saved

Usage: chirrup restore FILE [--force]

  --force  moves what is in DATA_DIR aside, into a folder before-restore-... within it; else DATA_DIR has to be empty

No server may run on the DATA_DIR. FILE is checked before anything of it counts. What fails leaves everything as it was; after a
crash in the middle nothing starts on the DATA_DIR until it is run again, with --force. Tokens are good as they were when it was saved;
those revoked since are good again. Settings, such as --data-dir DIR, may follow.
";

const FORCE: CommandOption = CommandOption { name: "--force", takes_value: false };

pub(super) fn backup(arguments: impl Iterator<Item = OsString>) -> Result<ExitCode, CommandError> {
    let (file, existing, config) = sort(arguments)?;
    let saved = backup::save(&config.data_dir, Path::new(&file), existing)?;
    println!("saved the database and {} uploaded files in {file}", saved.uploads);
    if saved.missing > 0 {
        eprintln!("chirrup: {} more that the database has records of are not in DATA_DIR", saved.missing);
    }
    if !saved.has_secret {
        println!("the secret that signs the tokens is not in it: it is set as JWT_SECRET");
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) fn restore(arguments: impl Iterator<Item = OsString>) -> Result<ExitCode, CommandError> {
    let (file, existing, config) = sort(arguments)?;
    let restored = backup::restore(Path::new(&file), &config.data_dir, existing)?;
    let shown = config.data_dir.display();
    println!("restored the database and {} uploaded files in {shown}", restored.uploads);
    if let Some(aside) = restored.aside {
        println!("what was there before is in {}", aside.display());
    }
    Ok(ExitCode::SUCCESS)
}

fn sort(arguments: impl Iterator<Item = OsString>) -> Result<(String, Existing, Config), CommandError> {
    let mut words = Words::sort(arguments, &[FORCE])?;
    let file = words.next("FILE")?;
    let existing = if words.has(FORCE.name) { Existing::Replaced } else { Existing::Kept };
    Ok((file, existing, Config::load(words.finish()?)?))
}
