//! Backups: the whole data directory in one file, and back.
//!
//! The file is a tar archive: a label, the database, the secret if it is kept in the data directory, the uploads, and at
//! the end how many these are and a digest of everything, by which one that was cut short or damaged is known.

mod digest;
mod install;
mod restore;
mod save;
mod unpack;
mod workshop;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use chirrup_domain::upload::UploadName;
use chirrup_store_sqlite::OpenError;

pub(crate) use restore::restore;
pub(crate) use save::save;

/// The first entry; what it says is the version of the format.
const LABEL: &str = "chirrup-backup";
const FORMAT: &str = "1";
/// The last entry: how many uploads there are, and the digest.
const END: &str = "end";
const DATABASE: &str = "chirrup.db";
const SECRET: &str = "jwt-secret";
const UPLOADS: &str = "uploads";

/// What becomes of that which is in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Existing {
    /// It stays, and nothing is done.
    Kept,
    /// It gives way.
    Replaced,
}

/// Why there is no backup, or none was restored; everything is as it was before then, unless it says something else.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BackupError {
    /// There is nothing to save.
    #[error("DATA_DIR: there is no database in {0}")]
    NoDatabase(PathBuf),
    /// The file is there.
    #[error("{} exists already; --force replaces it", .0.display())]
    FileExists(PathBuf),
    /// The file would be among what it is a backup of.
    #[error("{} is in DATA_DIR; name a FILE outside of it", .0.display())]
    InDataDir(PathBuf),
    /// What there is to save is neither the old data nor the new.
    #[error("DATA_DIR: a restore did not come to its end in {0}: run `chirrup restore FILE --force` again")]
    HalfRestored(PathBuf),
    /// What was moved could not be moved back.
    #[error("DATA_DIR: {} is left half restored; what was there is in its newest before-restore-... folder", path.display())]
    NotUndone {
        /// The data directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The data directory has something in it.
    #[error("DATA_DIR: {} is not empty; --force moves what is there aside", .0.display())]
    NotEmpty(PathBuf),
    /// Something can't be read or written.
    #[error("{}", path.display())]
    Io {
        /// What.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The database can't be copied, or is none.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// It is no backup, or not a whole one.
    #[error("{} is no backup: {why}", path.display())]
    NoBackup {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
}

impl BackupError {
    fn io(path: &Path) -> impl Fn(io::Error) -> Self + '_ {
        |source| Self::Io { path: path.to_owned(), source }
    }
}

/// Waits until a file, or what a folder has in it, is on disk.
fn sync(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// What an entry of the archive is.
#[derive(Debug, PartialEq, Eq)]
enum Entry {
    Label,
    Database,
    Secret,
    Upload(UploadName),
    End,
}

impl Entry {
    /// The entry with this path; nothing else is ever read from an archive.
    fn parse(path: &[u8]) -> Option<Self> {
        let path = std::str::from_utf8(path).ok()?;
        match path {
            LABEL => Some(Self::Label),
            DATABASE => Some(Self::Database),
            SECRET => Some(Self::Secret),
            END => Some(Self::End),
            _ => {
                let name = path.strip_prefix(UPLOADS)?.strip_prefix('/')?;
                UploadName::parse(name).map(Self::Upload)
            }
        }
    }
}
