use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use chirrup_domain::feed::ChangeNo;
use chirrup_domain::{Epoch, Error, Feed, Presence, Result, Store};

use crate::OpenError;
use crate::connection::{Durability, open_writer};
use crate::lock::ProcessLock;
use crate::readers::Readers;
use crate::schema::{Schema, migrate};
use crate::writer::{Committer, Writer};

/// Chirrup's data in one SQLite file, for one process.
///
/// A write is answered once it is on disk and its changes are with the feed. It is refused as
/// [`Unavailable`](Error::Unavailable), and not carried out, when the disk fails or is full, when thousands of writes
/// are waiting already, and when it has waited for ten seconds without being started.
pub struct SqliteStore {
    pub(crate) writer: Writer,
    pub(crate) readers: Readers,
    pub(crate) presence: Arc<dyn Presence>,
    epoch: Epoch,
}

impl SqliteStore {
    /// Opens the database at `path`, making it or bringing its schema up to date as needed. What is committed goes to
    /// `feed`; `presence` tells whether a direct message is delivered as it is stored.
    ///
    /// # Errors
    /// When the file is in use, was written by a later version, or can't be read or written.
    pub fn open(path: &Path, feed: Arc<dyn Feed>, presence: Arc<dyn Presence>) -> Result<Self, OpenError> {
        Self::open_holding((), path, Durability::Disk, feed, presence)
    }

    /// A new database for tests and trials: a file like any other, so that it behaves like one, but it waits for no disk
    /// and is gone with the store.
    ///
    /// # Errors
    /// When the temporary folder can't be used.
    pub fn temporary(feed: Arc<dyn Feed>, presence: Arc<dyn Presence>) -> Result<Self, OpenError> {
        let folder =
            tempfile::tempdir().map_err(|source| OpenError::Io { path: std::env::temp_dir(), source })?;
        let path = folder.path().join("chirrup.db");
        Self::open_holding(folder, &path, Durability::None, feed, presence)
    }

    fn open_holding(
        held: impl Send + 'static,
        path: &Path,
        durability: Durability,
        feed: Arc<dyn Feed>,
        presence: Arc<dyn Presence>,
    ) -> Result<Self, OpenError> {
        let sqlite = |source| OpenError::Sqlite { path: path.to_owned(), source };
        let lock = ProcessLock::take(path)?;
        let mut connection = open_writer(path, durability).map_err(sqlite)?;
        if let Schema::Newer { found, known } = migrate(&mut connection).map_err(sqlite)? {
            return Err(OpenError::Newer { path: path.to_owned(), found, known });
        }
        let epoch = connection
            .query_row("SELECT epoch FROM meta", [], |row| row.get(0))
            .map(Epoch)
            .map_err(sqlite)?;
        let readers = Readers::start(path)?;
        let committer = Committer::new(connection, feed, Box::new((lock, held))).map_err(sqlite)?;
        let writer =
            Writer::start(committer).map_err(|source| OpenError::Io { path: path.to_owned(), source })?;
        Ok(Self { writer, readers, presence, epoch })
    }
}

#[async_trait]
impl Store for SqliteStore {
    fn epoch(&self) -> Epoch {
        self.epoch
    }

    async fn last_change(&self) -> Result<ChangeNo> {
        Ok(self.writer.last_change())
    }

    async fn ping(&self) -> Result<()> {
        self.readers.read(|connection| Ok(connection.query_row("SELECT 1", [], |_| Ok(()))?)).await?;
        // A true write: an empty transaction would be committed on a full disk too.
        self.writer
            .write(|transaction| {
                transaction.connection().prepare_cached("UPDATE meta SET last_no = last_no")?.execute([])?;
                Ok(())
            })
            .await
    }

    async fn close(&self) -> Result<()> {
        // The writer last: whoever closes the last connection also removes the write-ahead log.
        let threads: Vec<_> = self.readers.stop().into_iter().chain(self.writer.stop()).collect();
        tokio::task::spawn_blocking(move || threads.into_iter().try_for_each(|thread| thread.join()))
            .await
            .map_err(Error::internal)?
            .map_err(|_| Error::internal("a thread of the store panicked"))
    }
}
