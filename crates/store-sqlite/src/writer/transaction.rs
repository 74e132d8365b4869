use chirrup_domain::feed::ChangeNo;
use chirrup_domain::{Change, Error, Fact, Result};
use rusqlite::{Connection, ErrorCode};

use crate::error::Failure;

/// The open transaction of a group: gives out its change numbers and keeps its changes.
pub(crate) struct Transaction<'c> {
    connection: &'c Connection,
    last: ChangeNo,
    changes: Vec<Change>,
}

impl<'c> Transaction<'c> {
    /// A transaction, already begun, on top of the change `last`.
    pub(crate) fn new(connection: &'c Connection, last: ChangeNo) -> Self {
        Self { connection, last, changes: Vec::new() }
    }

    /// Where to run statements.
    pub(crate) fn connection(&self) -> &'c Connection {
        self.connection
    }

    /// The number that the next recorded change gets.
    pub(crate) fn next_no(&self) -> ChangeNo {
        ChangeNo(self.last.0 + 1)
    }

    /// Adds a change to what the feed is told.
    pub(crate) fn record(&mut self, fact: Fact) {
        self.last = self.next_no();
        self.changes.push(Change { no: self.last, fact });
    }

    /// The number of the last change so far.
    pub(crate) fn last(&self) -> ChangeNo {
        self.last
    }

    /// The changes so far, in order.
    pub(crate) fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// What the feed is to be told, in order.
    pub(crate) fn into_changes(self) -> Vec<Change> {
        self.changes
    }

    /// Does one request's work so that its failure undoes this work and no other.
    ///
    /// # Errors
    /// When SQLite has lost the whole transaction or can't be trusted to keep the rest of it.
    pub(super) fn attempt<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, Failure>,
    ) -> rusqlite::Result<Result<T>> {
        let (last, changes) = (self.last, self.changes.len());
        self.execute("SAVEPOINT request")?;
        let outcome = work(self);
        match outcome {
            Ok(value) => {
                self.execute("RELEASE request")?;
                Ok(Ok(value))
            }
            Err(Failure::Database(error)) if self.is_lost(&error) => Err(error),
            Err(failure) => {
                self.execute("ROLLBACK TO request")?;
                self.execute("RELEASE request")?;
                self.last = last;
                self.changes.truncate(changes);
                Ok(Err(Error::from(failure)))
            }
        }
    }

    fn execute(&self, sql: &str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(sql)?.execute([]).map(drop)
    }

    fn is_lost(&self, error: &rusqlite::Error) -> bool {
        self.connection.is_autocommit()
            || matches!(
                error.sqlite_error_code(),
                Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure | ErrorCode::OutOfMemory)
            )
    }
}
