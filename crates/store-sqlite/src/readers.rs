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

/// A read is some tens of microseconds of CPU: more threads than cores gain nothing.
const THREADS: usize = 2;
const QUEUED: usize = 1024;
const PATIENCE: Duration = Duration::from_secs(10);

type Read = Box<dyn FnOnce(&Connection) + Send>;

/// A few read-only connections, each on its own thread, behind one bounded queue.
#[derive(Debug)]
pub(crate) struct Readers {
    queue: Mutex<Option<Sender<Read>>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Readers {
    /// Starts the threads on an existing database.
    pub(crate) fn start(path: &Path) -> Result<Self, OpenError> {
        let (queue, reads) = mpsc::channel(QUEUED);
        let reads = Arc::new(Mutex::new(reads));
        let mut threads = Vec::with_capacity(THREADS);
        for number in 1..=THREADS {
            let connection =
                open_reader(path).map_err(|source| OpenError::Sqlite { path: path.to_owned(), source })?;
            let reads = Arc::clone(&reads);
            let thread = thread::Builder::new()
                .name(format!("sqlite-read-{number}"))
                .spawn(move || serve(&connection, &reads))
                .map_err(|source| OpenError::Io { path: path.to_owned(), source })?;
            threads.push(thread);
        }
        Ok(Self { queue: Mutex::new(Some(queue)), threads: Mutex::new(threads) })
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

    /// Ends the threads once everything queued is answered.
    pub(crate) fn stop(&self) -> Vec<JoinHandle<()>> {
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
