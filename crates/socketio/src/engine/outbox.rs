//! What waits to be written to one connection: one bounded FIFO, whatever the transport.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use tokio::net::TcpStream;
use tokio::sync::oneshot;

use super::Reason;

/// A queue that grew over this many packets gives its memory back once it is empty.
const KEPT_CAPACITY: usize = 8;

/// The queue and the transport behind it. Entries are complete WebSocket frames; the polling form is derived from them.
#[derive(Debug)]
pub(super) struct Outbox {
    packets: VecDeque<Bytes>,
    bytes: usize,
    pub(super) transport: Transport,
    pub(super) phase: Phase,
    /// Somebody is writing, without the lock, and looks here again afterwards.
    pub(super) writing: bool,
    /// The connection takes no more for now; whoever waits for it flushes.
    pub(super) blocked: bool,
    /// Waits in the shard's list of this kind.
    pub(super) dirty: Dirty,
    /// Who waits for the queue to run low.
    low: Vec<oneshot::Sender<()>>,
}

/// What carries the packets.
#[derive(Debug)]
pub(super) enum Transport {
    /// HTTP long-polling, and the poll that waits for packets.
    Polling { poll: Option<oneshot::Sender<()>>, upgrading: bool },
    /// A WebSocket.
    WebSocket(Arc<TcpStream>),
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
    pub(super) fn new(transport: Transport) -> Self {
        Self {
            packets: VecDeque::new(),
            bytes: 0,
            transport,
            phase: Phase::Open,
            writing: false,
            blocked: false,
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

    /// Puts back what could not be written.
    pub(super) fn put_back(&mut self, batch: impl DoubleEndedIterator<Item = Bytes>) {
        for packet in batch.rev() {
            self.packets.push_front(packet);
        }
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

    /// Adds somebody who waits for the queue to run low.
    pub(super) fn when_low(&mut self, waiter: oneshot::Sender<()>) {
        self.low.push(waiter);
    }

    /// Answers whoever waits for the queue to run low.
    pub(super) fn tell_low(&mut self) {
        for waiter in self.low.drain(..) {
            let _ = waiter.send(());
        }
    }
}
