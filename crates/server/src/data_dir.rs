//! What lies where in the data directory.

use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::StartError;
use crate::auth;
use crate::config::{Config, Secret};

/// The database within the data directory.
pub(crate) fn database(data_dir: &Path) -> PathBuf {
    data_dir.join("chirrup.db")
}

/// Marks a data directory that is neither the old one nor the restored one: who would use it would begin with nothing.
pub(crate) const HALF_RESTORED: &str = "restoring";

/// Whether a restore stopped in the middle.
pub(crate) fn is_half_restored(data_dir: &Path) -> bool {
    data_dir.join(HALF_RESTORED).exists()
}

/// Refuses a data directory in which a restore stopped in the middle.
///
/// # Errors
/// [`StartError::HalfRestored`].
pub(crate) fn check_whole(data_dir: &Path) -> Result<(), StartError> {
    match is_half_restored(data_dir) {
        true => Err(StartError::HalfRestored(data_dir.to_owned())),
        false => Ok(()),
    }
}

/// Makes the data directory, for its owner only, and answers the secret that signs the tokens: the one that is set, or
/// the one kept there.
///
/// # Errors
/// [`StartError::NoDirectory`], [`StartError::HalfRestored`], [`StartError::DataDir`].
pub(crate) fn prepare(config: &Config) -> Result<Secret, StartError> {
    let path = || config.data_dir.clone();
    let unusable = |source| StartError::DataDir { path: path(), source };
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(path());
    made.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => StartError::NoDirectory(path()),
        _ => unusable(error),
    })?;
    check_whole(&config.data_dir)?;
    match &config.auth.jwt_secret {
        Some(secret) => Ok(secret.clone()),
        None => auth::load_or_create(&config.data_dir).map_err(unusable),
    }
}

/// The secret that a server with these settings signs with, if there is one yet; none is made.
///
/// # Errors
/// [`StartError::DataDir`].
pub(crate) fn find_secret(config: &Config) -> Result<Option<Secret>, StartError> {
    match &config.auth.jwt_secret {
        Some(secret) => Ok(Some(secret.clone())),
        None => auth::find(&config.data_dir)
            .map_err(|source| StartError::DataDir { path: config.data_dir.clone(), source }),
    }
}
