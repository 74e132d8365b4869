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

/// Makes the data directory, for its owner only, and answers the secret that signs the tokens: the one that is set, or
/// the one kept there.
///
/// # Errors
/// [`StartError::NoDirectory`], [`StartError::DataDir`].
pub(crate) fn prepare(config: &Config) -> Result<Secret, StartError> {
    let path = || config.data_dir.clone();
    let unusable = |source| StartError::DataDir { path: path(), source };
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(path());
    made.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => StartError::NoDirectory(path()),
        _ => unusable(error),
    })?;
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
