use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chirrup_domain::{Error, Result};
use tokio::sync::oneshot;

use super::Transaction;
use crate::error::Failure;

/// What the writing thread does for somebody who waits.
pub(crate) trait Request: Send {
    /// Takes the request up; `false` once its caller has given up.
    fn start(&self) -> bool;

    /// Does the work within a savepoint and keeps what came of it.
    ///
    /// # Errors
    /// When the whole transaction is lost.
    fn run(&mut self, transaction: &mut Transaction<'_>) -> rusqlite::Result<()>;

    /// Answers with what came of the work.
    fn settle(self: Box<Self>);

    /// Answers with this error, whatever came of the work.
    fn refuse(self: Box<Self>, error: Error);
}

/// Decides between the thread that starts a request and the caller who gives it up: the first one has it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Claim(Arc<AtomicBool>);

impl Claim {
    /// Whether nobody has taken it before.
    pub(crate) fn take(&self) -> bool {
        !self.0.swap(true, Ordering::AcqRel)
    }
}

/// A request of any kind.
pub(crate) struct Pending<T, F> {
    work: Option<F>,
    outcome: Option<Result<T>>,
    answer: oneshot::Sender<Result<T>>,
    claim: Claim,
}

impl<T, F> Pending<T, F> {
    pub(crate) fn new(work: F, answer: oneshot::Sender<Result<T>>, claim: Claim) -> Self {
        Self { work: Some(work), outcome: None, answer, claim }
    }
}

impl<T, F> Request for Pending<T, F>
where
    T: Send,
    F: FnOnce(&mut Transaction<'_>) -> Result<T, Failure> + Send,
{
    fn start(&self) -> bool {
        self.claim.take()
    }

    fn run(&mut self, transaction: &mut Transaction<'_>) -> rusqlite::Result<()> {
        if let Some(work) = self.work.take() {
            self.outcome = Some(transaction.attempt(work)?);
        }
        Ok(())
    }

    // Whoever asked may be gone by now; the work stands all the same.
    fn settle(self: Box<Self>) {
        if let Some(outcome) = self.outcome {
            let _ = self.answer.send(outcome);
        }
    }

    fn refuse(self: Box<Self>, error: Error) {
        let _ = self.answer.send(Err(error));
    }
}
