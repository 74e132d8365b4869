use std::io;
use std::path::PathBuf;

use chirrup_domain::Error;
use rusqlite::ErrorCode;

/// Why a database could not be opened. The text names the file and is meant for whoever runs the server.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it open, or another store of this process.
    #[error("{} is in use by another process", .0.display())]
    InUse(PathBuf),
    /// It was written by a later version, whose schema this one does not know.
    #[error("{} has schema version {found}, this program knows up to {known}", path.display())]
    Newer {
        /// The database file.
        path: PathBuf,
        /// Its schema version.
        found: usize,
        /// The latest version that this program knows.
        known: usize,
    },
    /// It was not made by this program.
    #[error("{} is no database of Chirrup's", .0.display())]
    Foreign(PathBuf),
    /// SQLite finds it damaged.
    #[error("{} is damaged: {found}", path.display())]
    Damaged {
        /// The database file.
        path: PathBuf,
        /// The first thing that SQLite found.
        found: String,
    },
    /// The file or its folder can't be used.
    #[error("{}", path.display())]
    Io {
        /// What was touched.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// SQLite refused it.
    #[error("{}", path.display())]
    Sqlite {
        /// The database file.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
}

impl OpenError {
    /// Whether somebody else has it.
    pub fn is_in_use(&self) -> bool {
        matches!(self, Self::InUse(_))
    }

    /// Whether it lies with the machine and not with the database.
    pub fn is_outage(&self) -> bool {
        match self {
            Self::Io { .. } => true,
            Self::Sqlite { source, .. } => is_outage(source),
            _ => false,
        }
    }
}

/// Why a request came to nothing: by a rule, or because of the database.
#[derive(Debug)]
pub(crate) enum Failure {
    Refused(Error),
    Database(rusqlite::Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(error) => error,
            Failure::Database(error) if is_outage(&error) => Self::unavailable(error),
            Failure::Database(error) => Self::internal(error),
        }
    }
}

/// Whether the error lies with the machine: with time or space it goes away by itself.
pub(crate) fn is_outage(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(
            ErrorCode::DiskFull
                | ErrorCode::SystemIoFailure
                | ErrorCode::OutOfMemory
                | ErrorCode::CannotOpen
                | ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::ReadOnly
        )
    )
}
