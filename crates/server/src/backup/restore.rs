use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use chirrup_store_sqlite::{ProcessLock, backup as database};

use super::install::{entries, install};
use super::unpack::unpack;
use super::{BackupError, DATABASE, Existing, UPLOADS, sync};
use crate::data_dir;

/// Where the archive is unpacked, within the data directory, which may be a mount; what a crash left there is removed by
/// the next try.
pub(super) const WORKSHOP: &str = ".restore";

/// What was restored.
pub(crate) struct Restored {
    /// How many uploads, thumbnails included.
    pub(crate) uploads: u64,
    /// Where that is now which was there before.
    pub(crate) aside: Option<PathBuf>,
}

/// Makes a data directory of a backup. It is unpacked beside what is there, checked, and put in its place by renaming.
///
/// # Errors
/// See [`BackupError`].
pub(crate) fn restore(file: &Path, data_dir: &Path, existing: Existing) -> Result<Restored, BackupError> {
    let unusable = BackupError::io(data_dir);
    File::open(file).map_err(BackupError::io(file))?;
    make_folder(data_dir).map_err(&unusable)?;
    check_empty(data_dir, existing)?;
    // Whoever runs on it has this lock, and who would start now does not get it.
    let _lock = ProcessLock::take(&data_dir::database(data_dir))?;
    check_empty(data_dir, existing)?;

    let workshop = Workshop::make(data_dir).map_err(&unusable)?;
    let uploads = unpack(file, &workshop.0)?;
    let unpacked = workshop.0.join(DATABASE);
    database::adopt(&unpacked).map_err(|why| match why.is_outage() {
        true => BackupError::Database(why),
        false => BackupError::NoBackup { path: file.to_owned(), why: crate::log::chain(&why) },
    })?;
    sync(&unpacked).and_then(|()| sync(&workshop.0)).map_err(&unusable)?;

    settle(&data_dir::database(data_dir))?;
    let aside = install(&workshop.0, data_dir)?;
    Ok(Restored { uploads, aside })
}

/// Refuses a data directory with something in it that is to be kept.
fn check_empty(data_dir: &Path, existing: Existing) -> Result<(), BackupError> {
    match existing {
        Existing::Kept if !entries(data_dir).map_err(BackupError::io(data_dir))?.is_empty() => {
            Err(BackupError::NotEmpty(data_dir.to_owned()))
        }
        _ => Ok(()),
    }
}

/// Has a database that gives way stand by itself: its log could be parted from it, and acked messages with it.
fn settle(path: &Path) -> Result<(), BackupError> {
    if !path.exists() {
        return Ok(());
    }
    match database::settle(path) {
        // One that is no database any more may be why there is something to restore. It goes aside as it is.
        Err(why) if !why.is_outage() && !why.is_in_use() => Ok(()),
        settled => Ok(settled?),
    }
}

/// Makes a folder for its owner only, on disk, if there is none.
fn make_folder(path: &Path) -> io::Result<()> {
    let missing: Vec<_> = path.ancestors().take_while(|folder| !folder.exists()).collect();
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    for made in missing {
        match made.parent() {
            Some(parent) if parent != Path::new("") => sync(parent)?,
            _ => sync(Path::new("."))?,
        }
    }
    Ok(())
}

/// A folder of our own, gone when dropped.
struct Workshop(PathBuf);

impl Workshop {
    fn make(data_dir: &Path) -> io::Result<Self> {
        let path = data_dir.join(WORKSHOP);
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        DirBuilder::new().mode(0o700).create(&path)?;
        let workshop = Self(path);
        DirBuilder::new().mode(0o700).create(workshop.0.join(UPLOADS))?;
        Ok(workshop)
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        // The next try removes it otherwise.
        let _ = fs::remove_dir_all(&self.0);
    }
}
