use std::fs::{File, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::OpenError;

/// Holds the right to open a database until dropped. Ends with the process, however that ends.
///
/// A file of its own carries the lock: closing any handle of the database file itself would lose SQLite its locks.
#[derive(Debug)]
pub struct ProcessLock {
    _file: File,
}

impl ProcessLock {
    /// Takes the lock of the database at `path`, without waiting for it.
    ///
    /// # Errors
    /// [`OpenError::InUse`], or when the file of the lock can't be made.
    pub fn take(path: &Path) -> Result<Self, OpenError> {
        let mut name = path.as_os_str().to_owned();
        name.push(".lock");
        let lock_path = PathBuf::from(name);
        let io = |source| OpenError::Io { path: lock_path.clone(), source };
        let file = File::options().create(true).append(true).mode(0o600).open(&lock_path).map_err(io)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(OpenError::InUse(path.to_owned())),
            Err(TryLockError::Error(source)) => Err(io(source)),
        }
    }
}
