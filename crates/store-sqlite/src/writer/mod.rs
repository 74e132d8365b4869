//! The thread that writes: everything queued becomes one transaction.

mod committer;
mod request;
mod transaction;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use std::{io, mem};

use chirrup_domain::feed::ChangeNo;
use chirrup_domain::{Error, Result};
use parking_lot::Mutex;
use tokio::sync::mpsc::{self, Sender};
use tokio::sync::oneshot;

pub(crate) use committer::Committer;
use request::{Claim, Pending, Request};
pub(crate) use transaction::Transaction;

use crate::error::Failure;

/// Some four full groups: what is queued behind them would wait for most of a second on a slow disk.
const QUEUED: usize = 4096;
const PATIENCE: Duration = Duration::from_secs(10);

/// The way to the writing thread.
#[derive(Debug)]
pub(crate) struct Writer {
    queue: Mutex<Option<Sender<Box<dyn Request>>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    committed: Arc<AtomicU64>,
}

impl Writer {
    /// Starts the thread; it owns the committer from then on.
    pub(crate) fn start(committer: Committer) -> io::Result<Self> {
        let (queue, requests) = mpsc::channel(QUEUED);
        let committed = committer.committed();
        let thread =
            thread::Builder::new().name("sqlite-write".to_owned()).spawn(move || committer.run(requests))?;
        Ok(Self { queue: Mutex::new(Some(queue)), thread: Mutex::new(Some(thread)), committed })
    }

    /// Number of the last committed change.
    pub(crate) fn last_change(&self) -> ChangeNo {
        ChangeNo(self.committed.load(Ordering::Acquire))
    }

    /// Runs `work` in a group's transaction; answers once the group is durable and its changes are with the feed.
    ///
    /// # Errors
    /// Those of `work`, which then alone has changed nothing. [`Error::Unavailable`] when the group could not be
    /// committed, too many requests are waiting, the store is closed, or this request has waited for ten seconds
    /// without being started; it is never started then. One that has been started is waited for however long the
    /// disk takes, since only its end tells whether it was stored.
    pub(crate) async fn write<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Transaction<'_>) -> Result<T, Failure> + Send + 'static,
    {
        let (answer, mut outcome) = oneshot::channel();
        let claim = Claim::default();
        self.submit(Box::new(Pending::new(work, answer, claim.clone())))?;
        let outcome = match tokio::time::timeout(PATIENCE, &mut outcome).await {
            Ok(outcome) => outcome,
            Err(elapsed) if claim.take() => return Err(Error::unavailable(elapsed)),
            Err(_) => outcome.await,
        };
        outcome.unwrap_or_else(|_| Err(Error::unavailable("the request was dropped unanswered")))
    }

    fn submit(&self, request: Box<dyn Request>) -> Result<()> {
        match &*self.queue.lock() {
            Some(queue) => queue.try_send(request).map_err(|error| Error::unavailable(error.to_string())),
            None => Err(Error::unavailable("the store is closed")),
        }
    }

    /// Ends the thread once everything queued is answered.
    pub(crate) fn stop(&self) -> Option<JoinHandle<()>> {
        mem::take(&mut *self.queue.lock());
        self.thread.lock().take()
    }
}

#[cfg(test)]
mod tests;
