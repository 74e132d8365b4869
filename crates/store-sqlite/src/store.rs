use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use async_trait::async_trait;
use chirrup_domain::feed::ChangeNo;
use chirrup_domain::{Epoch, Error, Feed, Presence, Result, Store};
use tempfile::TempDir;

use crate::OpenError;
use crate::connection::{Durability, create, open_writer};
use crate::lock::ProcessLock;
use crate::readers::Readers;
use crate::schema::{Schema, migrate};
use crate::writer::{Committer, Writer};

/// So small that what little a test writes is searched by the index and beside it.
const TEMPORARY_INDEX_STEP: usize = 5;

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
    /// What a temporary database lies in. It goes with the store and not with the threads, which end in their own time:
    /// the process may be gone before.
    _folder: Option<TempDir>,
}

impl SqliteStore {
    /// Opens the database at `path`, making it or bringing its schema up to date as needed. What is committed goes to
    /// `feed`; `presence` tells whether a direct message is delivered as it is stored.
    ///
    /// # Errors
    /// When the file is in use, was written by a later version, or can't be read or written.
    pub fn open(path: &Path, feed: Arc<dyn Feed>, presence: Arc<dyn Presence>) -> Result<Self, OpenError> {
        Self::open_with(path, Durability::Disk, None, feed, presence)
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
        let store = Self::open_with(&path, Durability::None, Some(TEMPORARY_INDEX_STEP), feed, presence)?;
        Ok(Self { _folder: Some(folder), ..store })
    }

    fn open_with(
        path: &Path,
        durability: Durability,
        index_step: Option<usize>,
        feed: Arc<dyn Feed>,
        presence: Arc<dyn Presence>,
    ) -> Result<Self, OpenError> {
        let io = |source| OpenError::Io { path: path.to_owned(), source };
        let sqlite = |source| OpenError::Sqlite { path: path.to_owned(), source };
        let lock = ProcessLock::take(path)?;
        create(path).map_err(io)?;
        let mut connection = open_writer(path, durability).map_err(sqlite)?;
        if let Schema::Newer { found, known } = migrate(&mut connection).map_err(sqlite)? {
            return Err(OpenError::Newer { path: path.to_owned(), found, known });
        }
        let epoch = connection
            .query_row("SELECT epoch FROM meta", [], |row| row.get(0))
            .map(Epoch)
            .map_err(sqlite)?;
        let readers = Readers::start(path)?;
        let committer = Committer::new(connection, feed, lock, index_step).map_err(sqlite)?;
        let writer = Writer::start(committer).map_err(io)?;
        Ok(Self { writer, readers, presence, epoch, _folder: None })
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
        self.readers.look_up(|connection| Ok(connection.query_row("SELECT 1", [], |_| Ok(()))?)).await?;
        // A true write: an empty transaction would be committed on a full disk too.
        self.writer
            .write(|transaction| {
                transaction.connection().prepare_cached("UPDATE meta SET last_no = last_no")?.execute([])?;
                Ok(())
            })
            .await
    }

    async fn close(&self) -> Result<()> {
        // The writer last, once no reader is left: whoever closes the last connection removes the write-ahead log, and a
        // reader may not.
        join(self.readers.stop()).await?;
        join(self.writer.stop()).await
    }
}

async fn join(threads: impl IntoIterator<Item = JoinHandle<()>>) -> Result<()> {
    let threads: Vec<_> = threads.into_iter().collect();
    tokio::task::spawn_blocking(move || threads.into_iter().try_for_each(|thread| thread.join()))
        .await
        .map_err(Error::internal)?
        .map_err(|_| Error::internal("a thread of the store panicked"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;
    use std::{fs, thread};

    use chirrup_domain::feed::NoFeed;
    use chirrup_domain::presence::Nobody;

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[tokio::test]
    async fn a_reader_that_takes_its_time_closes_before_the_writer() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("chirrup.db");
        let store = SqliteStore::open(&path, Arc::new(NoFeed), Arc::new(Nobody)).unwrap();
        store.ping().await.unwrap();
        let (started, starting) = tokio::sync::oneshot::channel();
        let slow = store.readers.read(move |_| {
            started.send(()).unwrap();
            thread::sleep(Duration::from_millis(200));
            Ok(())
        });
        let closing = async {
            starting.await.unwrap();
            store.close().await
        };
        let (read, closed) = tokio::join!(slow, closing);
        read.and(closed).unwrap();
        assert_eq!(names(folder.path()), ["chirrup.db", "chirrup.db.lock"]);
    }

    #[tokio::test]
    async fn a_temporary_database_is_gone_with_its_store() {
        let store = SqliteStore::temporary(Arc::new(NoFeed), Arc::new(Nobody)).unwrap();
        let folder = store._folder.as_ref().unwrap().path().to_owned();
        let (release, held) = std::sync::mpsc::channel::<()>();
        let (started, starting) = tokio::sync::oneshot::channel();
        let busy = store.writer.write(move |_| {
            started.send(()).unwrap();
            let _ = held.recv();
            Ok(())
        });
        tokio::select! {
            _ = busy => unreachable!("it is held"),
            begun = starting => begun.unwrap(),
        }
        assert_eq!(names(&folder).len(), 4);
        drop(store);
        assert!(!folder.exists());
        drop(release);
    }
}
