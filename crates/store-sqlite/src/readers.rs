//! The threads that read.

use std::path::Path;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use chirrup_domain::{Error, Result};
use parking_lot::Mutex;
use rusqlite::Connection;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::sync::oneshot;

use crate::OpenError;
use crate::connection::open_reader;
use crate::error::Failure;

/// A page is some milliseconds of CPU at most: more threads than cores gain nothing.
const PAGE_THREADS: usize = 2;
/// A look-up is some tens of microseconds, so one thread does as many as the rest of the server can ask for.
const LOOK_UP_THREADS: usize = 1;
/// Searches wait for each other and for nobody else, and nobody waits for them.
const SEARCH_THREADS: usize = 1;
const QUEUED: usize = 1024;
const PATIENCE: Duration = Duration::from_secs(10);

type Read = Box<dyn FnOnce(&Connection) + Send>;

/// A few read-only connections, each on its own thread: some for pages, one for what everybody needs all the time, such as
/// whose token it is, and one for searches. So a sign-in never waits behind a queue of long lists, and neither behind
/// searches.
#[derive(Debug)]
pub(crate) struct Readers {
    pages: Lane,
    look_ups: Lane,
    searches: Lane,
}

/// Threads behind one bounded queue.
#[derive(Debug)]
struct Lane {
    queue: Mutex<Option<Sender<Read>>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Readers {
    /// Starts the threads on an existing database.
    pub(crate) fn start(path: &Path) -> Result<Self, OpenError> {
        Ok(Self {
            pages: Lane::start(path, "page", PAGE_THREADS)?,
            look_ups: Lane::start(path, "find", LOOK_UP_THREADS)?,
            searches: Lane::start(path, "search", SEARCH_THREADS)?,
        })
    }

    /// Runs `read` on one state of the database: what is committed meanwhile it does not see.
    ///
    /// # Errors
    /// Those of `read`; [`Error::Unavailable`] when too many are waiting, this one has waited for ten seconds, or the
    /// store is closed.
    pub(crate) async fn read<T, F>(&self, read: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Failure> + Send + 'static,
    {
        self.pages.read(read).await
    }

    /// As [`read`](Self::read), for what touches a few rows: it does not wait for those that touch many.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub(crate) async fn look_up<T, F>(&self, read: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Failure> + Send + 'static,
    {
        self.look_ups.read(read).await
    }

    /// As [`read`](Self::read), for searches.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub(crate) async fn search<T, F>(&self, read: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Failure> + Send + 'static,
    {
        self.searches.read(read).await
    }

    /// Ends the threads once everything queued is answered.
    pub(crate) fn stop(&self) -> Vec<JoinHandle<()>> {
        [&self.pages, &self.look_ups, &self.searches].into_iter().flat_map(Lane::stop).collect()
    }
}

impl Lane {
    fn start(path: &Path, name: &str, count: usize) -> Result<Self, OpenError> {
        let (queue, reads) = mpsc::channel(QUEUED);
        let reads = Arc::new(Mutex::new(reads));
        let mut threads = Vec::with_capacity(count);
        for number in 1..=count {
            let connection =
                open_reader(path).map_err(|source| OpenError::Sqlite { path: path.to_owned(), source })?;
            let reads = Arc::clone(&reads);
            let thread = thread::Builder::new()
                .name(format!("sqlite-{name}-{number}"))
                .spawn(move || serve(&connection, &reads))
                .map_err(|source| OpenError::Io { path: path.to_owned(), source })?;
            threads.push(thread);
        }
        Ok(Self { queue: Mutex::new(Some(queue)), threads: Mutex::new(threads) })
    }

    async fn read<T, F>(&self, read: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Failure> + Send + 'static,
    {
        let (answer, outcome) = oneshot::channel();
        let job: Read = Box::new(move |connection| {
            if !answer.is_closed() {
                // Whoever asked may be gone by now; nothing is lost then.
                let _ = answer.send(snapshot(connection, read));
            }
        });
        match &*self.queue.lock() {
            Some(queue) => queue.try_send(job).map_err(|error| Error::unavailable(error.to_string()))?,
            None => return Err(Error::unavailable("the store is closed")),
        }
        match tokio::time::timeout(PATIENCE, outcome).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Err(Error::unavailable("the read was dropped unanswered")),
            Err(elapsed) => Err(Error::unavailable(elapsed)),
        }
    }

    fn stop(&self) -> Vec<JoinHandle<()>> {
        self.queue.lock().take();
        std::mem::take(&mut *self.threads.lock())
    }
}

fn serve(connection: &Connection, reads: &Mutex<Receiver<Read>>) {
    loop {
        // One idle thread waits for the next read, the others for the lock.
        let next = reads.lock().blocking_recv();
        match next {
            Some(read) => read(connection),
            None => return,
        }
    }
}

fn snapshot<T>(connection: &Connection, read: impl FnOnce(&Connection) -> Result<T, Failure>) -> Result<T> {
    let transaction = connection.unchecked_transaction().map_err(Failure::from)?;
    Ok(read(&transaction)?)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc as blocking;

    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_look_up_does_not_wait_for_pages() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("chirrup.db");
        Connection::open(&path).unwrap().execute_batch("CREATE TABLE t (c)").unwrap();
        let readers = Arc::new(Readers::start(&path).unwrap());
        let (release, held) = blocking::channel::<()>();
        let held = Arc::new(Mutex::new(held));
        let pages: Vec<_> = (0..4 * PAGE_THREADS)
            .map(|_| {
                let (readers, held) = (Arc::clone(&readers), Arc::clone(&held));
                tokio::spawn(async move {
                    let wait = move |_: &Connection| {
                        let _ = held.lock().recv();
                        Ok(())
                    };
                    readers.read(wait).await
                })
            })
            .collect();
        let one =
            |connection: &Connection| Ok(connection.query_row("SELECT 1", [], |row| row.get::<_, i64>(0))?);
        assert_eq!(readers.look_up(one).await.unwrap(), 1);
        assert!(pages.iter().all(|page| !page.is_finished()));
        drop(release);
        for page in pages {
            page.await.unwrap().unwrap();
        }
    }
}
