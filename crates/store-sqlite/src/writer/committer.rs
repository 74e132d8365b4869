use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chirrup_domain::feed::ChangeNo;
use chirrup_domain::{Change, Error, Fact, Feed, Group};
use rusqlite::Connection;
use tokio::sync::mpsc::Receiver;

use super::{Request, Transaction};
use crate::lock::ProcessLock;
use crate::member::{is_purging, purge_step};
use crate::message::forget_old_sends;
use crate::search::Indexer;

/// Most requests that share one transaction.
const GROUP: usize = 1024;

/// Owns the writing connection: commits groups of requests, hands them to the feed, answers.
pub(crate) struct Committer {
    connection: Connection,
    feed: Arc<dyn Feed>,
    last: ChangeNo,
    committed: Arc<AtomicU64>,
    /// Whether the last group was refused: a full disk is worth one line in the log, not one per group.
    refusing: bool,
    /// Whether messages of deleted groups are still to go.
    purging: bool,
    indexer: Indexer,
    /// Kept until the connection is closed: fields are dropped in this order.
    _lock: ProcessLock,
}

impl Committer {
    /// A committer that goes on behind the last change of the database, and holds its lock for as long as it has it open.
    /// Messages are taken into the index of the search in steps of `index_step`, of a good size if `None`.
    ///
    /// # Errors
    /// When that change can't be read.
    pub(crate) fn new(
        connection: Connection,
        feed: Arc<dyn Feed>,
        lock: ProcessLock,
        index_step: Option<usize>,
    ) -> rusqlite::Result<Self> {
        let last = connection.query_row("SELECT last_no FROM meta", [], |row| row.get(0))?;
        let purging = is_purging(&connection)?;
        let indexer = Indexer::new(&connection, index_step)?;
        let committed = Arc::new(AtomicU64::new(last));
        let last = ChangeNo(last);
        Ok(Self { connection, feed, last, committed, refusing: false, purging, indexer, _lock: lock })
    }

    /// The number of the last committed change, as it moves.
    pub(crate) fn committed(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.committed)
    }

    /// Commits whatever is queued, group after group, until the queue is closed and empty; then empties the log.
    pub(super) fn run(mut self, mut requests: Receiver<Box<dyn Request>>) {
        while let Some(group) = self.next_group(&mut requests) {
            if !group.is_empty() {
                self.commit(group);
            }
            if self.purging && (!self.indexer.is_changed() || requests.is_closed()) {
                // What is left when the store closes goes after the next start.
                self.purging = !requests.is_closed() && self.purge();
            }
            if self.indexer.is_due() && !requests.is_closed() {
                self.index();
            }
        }
        if let Err(error) = self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())) {
            tracing::warn!(%error, "the write-ahead log was not emptied; the next start does it");
        }
    }

    /// Whatever is queued; waits for something unless there is a purge to go on with. `None` once the queue is closed
    /// and empty.
    fn next_group(&self, requests: &mut Receiver<Box<dyn Request>>) -> Option<Vec<Box<dyn Request>>> {
        let mut group = Vec::new();
        if !self.purging && (!self.indexer.is_due() || requests.is_closed()) {
            group.push(requests.blocking_recv()?);
        }
        while group.len() < GROUP
            && let Ok(next) = requests.try_recv()
        {
            group.push(next);
        }
        group.retain(|request| request.start());
        Some(group)
    }

    /// Takes some messages of deleted groups away, and answers whether to go on. They are in nobody's way: when it
    /// fails it is tried again after the next deletion or start.
    fn purge(&mut self) -> bool {
        let step = |indexer: &mut Indexer| {
            execute(&self.connection, "BEGIN IMMEDIATE")?;
            purge_step(&self.connection)?;
            execute(&self.connection, "COMMIT")?;
            // Until the index has forgotten them, their texts are still there for it.
            indexer.note_changed(&self.connection)?;
            is_purging(&self.connection)
        };
        step(&mut self.indexer).unwrap_or_else(|error| {
            self.roll_back();
            tracing::warn!(%error, "messages of a deleted group could not be removed");
            false
        })
    }

    /// Takes some messages into the index of the search. Until then they are found without it, so that it can wait when it
    /// fails.
    fn index(&mut self) {
        let step = |indexer: &mut Indexer| {
            execute(&self.connection, "BEGIN IMMEDIATE")?;
            indexer.step(&self.connection)?;
            execute(&self.connection, "COMMIT")
        };
        if let Err(error) = step(&mut self.indexer) {
            self.roll_back();
            self.indexer.rest();
            tracing::warn!(%error, "the index of the search could not be kept");
        }
    }

    fn commit(&mut self, mut group: Vec<Box<dyn Request>>) {
        match self.write(&mut group) {
            Ok((last, changes)) => {
                if std::mem::take(&mut self.refusing) {
                    tracing::info!("writes are stored again");
                }
                self.last = last;
                self.purging |=
                    changes.iter().any(|change| matches!(change.fact, Fact::ConversationDeleted { .. }));
                self.committed.store(last.0, Ordering::Release);
                if let Err(error) = self.indexer.note(&self.connection, &changes) {
                    tracing::warn!(%error, "what the index of the search has to change could not be read");
                }
                let settle = Box::new(move || group.into_iter().for_each(|request| request.settle()));
                self.feed.committed(Group { changes, settle });
            }
            Err(error) => {
                self.roll_back();
                if !std::mem::replace(&mut self.refusing, true) {
                    tracing::error!(%error, "writes can't be stored and are refused");
                }
                let error = Arc::new(error);
                for request in group {
                    request.refuse(Error::unavailable(Arc::clone(&error)));
                }
            }
        }
    }

    fn write(&self, group: &mut [Box<dyn Request>]) -> rusqlite::Result<(ChangeNo, Vec<Change>)> {
        execute(&self.connection, "BEGIN IMMEDIATE")?;
        let mut transaction = Transaction::new(&self.connection, self.last);
        for request in group.iter_mut() {
            request.run(&mut transaction)?;
        }
        let last = transaction.last();
        if last != self.last {
            forget_old_sends(&self.connection, transaction.changes())?;
            self.connection.prepare_cached("UPDATE meta SET last_no = ?1")?.execute([last.0])?;
        }
        let changes = transaction.into_changes();
        execute(&self.connection, "COMMIT")?;
        Ok((last, changes))
    }

    fn roll_back(&self) {
        // SQLite may have rolled back by itself.
        if !self.connection.is_autocommit()
            && let Err(error) = execute(&self.connection, "ROLLBACK")
        {
            tracing::error!(%error, "the rollback failed");
        }
    }
}

fn execute(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(drop)
}
