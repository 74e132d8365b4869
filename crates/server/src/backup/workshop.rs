use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use tempfile::TempDir;

/// What the names of workshops begin with.
const PREFIX: &str = ".chirrup-backup-";
/// How often somebody who tidies up may be quicker than we are.
const TRIES: usize = 16;

/// A folder of our own beside the archive that is made in it, which nobody else may look into. It is gone when dropped; one
/// that a killed process left goes with the next one that is made beside it.
pub(super) struct Workshop {
    folder: TempDir,
    /// Says that somebody is at work here, and ends with the process.
    _lock: File,
}

impl Workshop {
    /// Makes one in this folder.
    ///
    /// # Errors
    /// When the folder can't be written.
    pub(super) fn make(parent: &Path) -> io::Result<Self> {
        remove_left(parent);
        for _ in 0..TRIES {
            let owners_only = Permissions::from_mode(0o700);
            let folder =
                tempfile::Builder::new().prefix(PREFIX).permissions(owners_only).tempdir_in(parent)?;
            if let Some(lock) = lock(folder.path()) {
                return Ok(Self { folder, _lock: lock });
            }
        }
        Err(io::ErrorKind::ResourceBusy.into())
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Removes the workshops in which nobody is at work. What can't be removed is in nobody's way.
fn remove_left(parent: &Path) {
    let Ok(entries) = fs::read_dir(parent) else { return };
    for entry in entries.flatten() {
        let is_ours = entry.file_name().to_string_lossy().starts_with(PREFIX);
        if is_ours && let Some(_lock) = lock(&entry.path()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// The lock of a folder that is there and nobody else has.
fn lock(path: &Path) -> Option<File> {
    // No link: it could lead to a folder that is none of ours.
    let found = fs::symlink_metadata(path).ok().filter(fs::Metadata::is_dir)?;
    let folder = File::open(path).ok()?;
    folder.try_lock().ok()?;
    // Between the making and the lock somebody may have removed it.
    let is_there = |now: &fs::Metadata| (now.dev(), now.ino()) == (found.dev(), found.ino());
    let opened = folder.metadata().ok().as_ref().is_some_and(is_there);
    let named = fs::symlink_metadata(path).ok().as_ref().is_some_and(is_there);
    (opened && named).then_some(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workshop_is_its_owners_and_goes_only_when_nobody_works_there() {
        let parent = tempfile::tempdir().unwrap();
        let left = parent.path().join(".chirrup-backup-left");
        fs::create_dir(&left).unwrap();
        fs::write(left.join("chirrup.db"), "secret").unwrap();
        let first = Workshop::make(parent.path()).unwrap();
        let second = Workshop::make(parent.path()).unwrap();
        assert!(!left.exists() && first.path().exists());
        assert_eq!(fs::metadata(first.path()).unwrap().permissions().mode() & 0o777, 0o700);
        drop((first, second));
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 0);
    }
}
