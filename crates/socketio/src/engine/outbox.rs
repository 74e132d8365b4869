//! What waits to be written to one connection: one FIFO, whatever the transport.

use std::collections::VecDeque;

use bytes::Bytes;
use tokio::sync::oneshot;

use super::Reason;

/// A queue that grew over this many packets gives its memory back once it is empty.
const KEPT_CAPACITY: usize = 8;

/// The queue, and what is known of the connection behind it. Entries are complete WebSocket frames; the polling form is derived from them.
#[derive(Debug)]
pub(super) struct Outbox {
    packets: VecDeque<Bytes>,
    bytes: usize,
    pub(super) phase: Phase,
    /// Somebody is writing, without the lock, and looks here again afterwards.
    pub(super) writing: bool,
    /// The connection takes no more for now; whoever waits for it flushes.
    pub(super) blocked: bool,
    /// What is queued waits until it may be seen.
    pub(super) corked: bool,
    /// Waits in the shard's list of this kind.
    pub(super) dirty: Dirty,
    /// The poll that waits for packets.
    poll: Option<oneshot::Sender<()>>,
    /// A WebSocket is about to take over: polls are answered at once.
    pub(super) upgrading: bool,
    /// Who waits for the queue to run low.
    low: Vec<oneshot::Sender<()>>,
}

/// Where a connection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Takes packets.
    Open,
    /// Takes what has been received, then closes; still takes packets.
    Draining,
    /// Writes what waits, then closes.
    Finishing(Reason),
    /// Gone.
    Closed(Reason),
}

/// Which of the shard's lists a connection waits in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Dirty {
    No,
    Bulk,
    Urgent,
}

impl Outbox {
    pub(super) fn new() -> Self {
        Self {
            packets: VecDeque::new(),
            bytes: 0,
            poll: None,
            upgrading: false,
            phase: Phase::Open,
            writing: false,
            blocked: false,
            corked: false,
            dirty: Dirty::No,
            low: Vec::new(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.packets.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.packets.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn push(&mut self, packet: Bytes) {
        self.bytes += packet.len();
        self.packets.push_back(packet);
    }

    /// Takes the packet at the front, without the memory that it counts for: see [`Outbox::wrote`].
    pub(super) fn take_one(&mut self) -> Option<Bytes> {
        self.packets.pop_front()
    }

    /// Moves up to `count` packets from the front to `batch`.
    pub(super) fn take(&mut self, count: usize, batch: &mut Vec<Bytes>) {
        let count = count.min(self.packets.len());
        batch.extend(self.packets.drain(..count));
    }

    pub(super) fn push_front(&mut self, packet: Bytes) {
        self.packets.push_front(packet);
    }

    /// Notes that this many bytes are with the operating system.
    pub(super) fn wrote(&mut self, bytes: usize) {
        self.bytes -= bytes;
        if self.packets.is_empty() && self.packets.capacity() > KEPT_CAPACITY {
            self.packets = VecDeque::new();
        }
    }

    /// Forgets everything that waits, and answers whoever waits for that.
    pub(super) fn clear(&mut self) {
        self.packets = VecDeque::new();
        self.bytes = 0;
        self.low = Vec::new();
    }

    /// Lets a poll wait for packets, if no other one does.
    pub(super) fn wait(&mut self) -> Option<oneshot::Receiver<()>> {
        if self.poll.is_some() {
            return None;
        }
        let (sender, receiver) = oneshot::channel();
        self.poll = Some(sender);
        Some(receiver)
    }

    pub(super) fn is_polled(&self) -> bool {
        self.poll.is_some()
    }

    /// Lets the waiting poll take what is queued.
    pub(super) fn answer_poll(&mut self) {
        if let Some(poll) = self.poll.take() {
            let _ = poll.send(());
        }
    }

    /// Adds somebody who waits for the queue to run low.
    pub(super) fn when_low(&mut self, waiter: oneshot::Sender<()>) {
        self.low.retain(|waiter| !waiter.is_closed());
        self.low.push(waiter);
    }

    /// Answers whoever waits for the queue to run low.
    pub(super) fn tell_low(&mut self) {
        for waiter in self.low.drain(..) {
            let _ = waiter.send(());
        }
    }
}
