use std::net::Shutdown;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;
use socket2::SockRef;
use tokio::net::TcpStream;
use tokio::sync::{Notify, oneshot};

use super::outbox::{Dirty, Outbox, Phase};
use super::shard::Shard;
use super::{Reason, Sid};
use crate::ws::{self, CloseCode};

/// A connection that is closed with something left to write has this long for it.
pub(super) const FINISH_WITHIN: Duration = Duration::from_secs(2);

const PING: Bytes = Bytes::from_static(&[0x81, 1, b'2']);
/// The Engine.IO packet that ends a polling session.
pub(super) const CLOSE: Bytes = Bytes::from_static(&[0x81, 1, b'1']);

/// One client's connection, whatever carries it: WebSocket, polling, or first the one and then the other.
///
/// It may be pushed to and closed from any thread and never waits: what can't be written now is queued, and a queue over its
/// bound closes the connection.
#[derive(Debug)]
pub struct Session {
    id: Sid,
    pub(super) shard: Arc<Shard>,
    pub(super) outbox: Mutex<Outbox>,
    /// Set from the start, or by the upgrade.
    stream: OnceLock<Arc<TcpStream>>,
    /// Set while the application works on a message: the client's pongs can't be seen then, and it can't be blamed.
    busy: AtomicBool,
    /// Set when a shutdown waits no longer for what has arrived.
    cut_off: AtomicBool,
    pings: AtomicU32,
    pongs: AtomicU32,
    /// The ping whose answer the heartbeat looks for next: its own last one, as a confirmation's may just have gone out.
    expected: AtomicU32,
    /// Who waits for the pong of which ping.
    confirmations: Mutex<Vec<(u32, oneshot::Sender<()>)>>,
    /// Tells the session's task that something happened to it.
    interrupted: Notify,
}

/// How a packet is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Priority {
    /// Is written as soon as possible, and all that waits before it.
    Now,
    /// May wait some milliseconds so that a crowd's writes coalesce.
    Batched,
    /// Like `Batched`, and left out where the queue is half full: presence, typing.
    Ephemeral,
}

/// What a packet's queueing calls for.
#[must_use]
enum Queued {
    /// Nothing.
    Done,
    /// The flusher has to know.
    Marked(Dirty),
    /// The queue is at its bound: the session has to be closed.
    OverBound,
}

impl Session {
    /// A session over this WebSocket, or over polling where there is none.
    pub(crate) fn new(id: Sid, shard: Arc<Shard>, stream: Option<Arc<TcpStream>>) -> Self {
        Self {
            id,
            shard,
            outbox: Mutex::new(Outbox::new()),
            stream: stream.map(OnceLock::from).unwrap_or_default(),
            busy: AtomicBool::new(false),
            cut_off: AtomicBool::new(false),
            pings: AtomicU32::new(0),
            pongs: AtomicU32::new(0),
            expected: AtomicU32::new(0),
            confirmations: Mutex::new(Vec::new()),
            interrupted: Notify::new(),
        }
    }

    /// The session's id, as the transport knows it.
    pub fn id(&self) -> Sid {
        self.id
    }

    /// Which flusher serves it: 0 to `shards - 1`.
    pub fn shard(&self) -> usize {
        self.shard.index
    }

    /// Whether it still takes packets.
    pub fn is_open(&self) -> bool {
        matches!(self.outbox.lock().phase, Phase::Open | Phase::Draining)
    }

    /// Queues a text message.
    pub fn send_text(self: &Arc<Self>, text: &str) {
        let mut frame = Vec::with_capacity(ws::HEADER_ROOM + 1 + text.len());
        frame.resize(ws::HEADER_ROOM, 0);
        frame.push(b'4');
        frame.extend_from_slice(text.as_bytes());
        self.push(ws::text_frame_from(frame), Priority::Now);
    }

    /// Queues a binary message.
    pub fn send_binary(self: &Arc<Self>, payload: &[u8]) {
        let mut frame = Vec::with_capacity(ws::HEADER_ROOM + payload.len());
        ws::encode_binary(payload, &mut frame);
        self.push(Bytes::from(frame), Priority::Now);
    }

    /// Queues complete WebSocket frames of this crate's making. Over the queue's bound the session is closed.
    pub(crate) fn push(self: &Arc<Self>, packet: Bytes, priority: Priority) {
        let queued = self.queue(packet, priority);
        self.follow(queued);
    }

    /// Queues a packet, as far as that concerns the queue alone.
    fn queue(&self, packet: Bytes, priority: Priority) -> Queued {
        let limits = &self.shard.config;
        let mut outbox = self.outbox.lock();
        if !matches!(outbox.phase, Phase::Open | Phase::Draining) {
            return Queued::Done;
        }
        let (packets, bytes) = (outbox.len() + 1, outbox.bytes() + packet.len());
        if priority == Priority::Ephemeral
            && (packets * 2 > limits.queue_packets || bytes * 2 > limits.queue_bytes)
        {
            return Queued::Done;
        }
        if self.over_bound(packets, bytes) {
            return Queued::OverBound;
        }
        outbox.push(packet);
        let wanted = if priority == Priority::Now { Dirty::Urgent } else { Dirty::Bulk };
        // Whoever writes or waits for the connection looks at the queue again; a listed session is flushed anyway.
        if outbox.writing || outbox.blocked || outbox.corked || outbox.dirty >= wanted {
            return Queued::Done;
        }
        outbox.dirty = wanted;
        Queued::Marked(wanted)
    }

    /// Does what queueing a packet calls for; not under a lock that closing takes.
    fn follow(self: &Arc<Self>, queued: Queued) {
        match queued {
            Queued::Done => {}
            Queued::Marked(wanted) => self.shard.mark(self, wanted),
            Queued::OverBound => self.close(Reason::SlowReader),
        }
    }

    /// Whether this much is more than may wait for one connection.
    pub(crate) fn over_bound(&self, packets: usize, bytes: usize) -> bool {
        packets > self.shard.config.queue_packets || bytes > self.shard.config.queue_bytes
    }

    /// Closes at once; what waits is dropped.
    pub fn close(&self, reason: Reason) {
        let mut outbox = self.outbox.lock();
        if let Phase::Closed(_) = outbox.phase {
            return;
        }
        outbox.phase = match outbox.phase {
            Phase::Finishing(first) => Phase::Closed(first),
            _ => Phase::Closed(reason),
        };
        outbox.clear();
        match self.stream() {
            // The reader sees the end of the stream and cleans up.
            Some(stream) => drop(SockRef::from(stream).shutdown(Shutdown::Both)),
            None => outbox.answer_poll(),
        }
        drop(outbox);
        // Also where a stream has just been set: the task may have found the session's end before the upgrade.
        self.interrupt();
        self.confirmations.lock().clear();
    }

    /// Closes once everything that waits has been written, within two seconds.
    pub fn finish(self: &Arc<Self>, reason: Reason) {
        let code = if reason == Reason::ServerShutdown { CloseCode::GoingAway } else { CloseCode::None };
        self.finish_with(reason, code);
    }

    /// Closes a connection that may be dead: says so as far as that can be written at once, and listens no more.
    pub(super) fn abandon(self: &Arc<Self>, reason: Reason) {
        self.finish_with(reason, CloseCode::None);
        match self.stream() {
            Some(stream) => drop(SockRef::from(stream).shutdown(Shutdown::Read)),
            None => self.close(reason),
        }
    }

    pub(super) fn finish_with(self: &Arc<Self>, reason: Reason, code: CloseCode) {
        {
            let mut outbox = self.outbox.lock();
            if !matches!(outbox.phase, Phase::Open | Phase::Draining) {
                return;
            }
            outbox.push(if self.stream().is_some() { ws::close_frame(code) } else { CLOSE });
            outbox.phase = Phase::Finishing(reason);
        }
        self.flush();
        // Weak, so that a connection that ends before is not kept open until then.
        let session = Arc::downgrade(self);
        self.shard.runtime.spawn(async move {
            tokio::time::sleep(FINISH_WITHIN).await;
            if let Some(session) = session.upgrade() {
                session.close(reason);
            }
        });
    }

    /// Reads and handles what has arrived, takes nothing more, then closes.
    pub(super) fn drain(&self) {
        let mut outbox = self.outbox.lock();
        if outbox.phase != Phase::Open {
            return;
        }
        outbox.phase = Phase::Draining;
        self.interrupt();
    }

    /// Whether it takes what has been received, and nothing more.
    pub(super) fn is_draining(&self) -> bool {
        self.outbox.lock().phase == Phase::Draining
    }

    /// Handles nothing more: the message at work is the last.
    pub(super) fn cut_off(self: &Arc<Self>) {
        self.cut_off.store(true, Ordering::Relaxed);
        self.finish(Reason::ServerShutdown);
    }

    pub(super) fn is_cut_off(&self) -> bool {
        self.cut_off.load(Ordering::Relaxed)
    }

    pub(super) fn interrupt(&self) {
        self.interrupted.notify_one();
    }

    /// Waits until a polling session is closed and its last poll may have been answered.
    pub(super) async fn gone(&self) {
        while !matches!(self.outbox.lock().phase, Phase::Closed(_)) {
            self.wait_interrupted().await;
        }
    }

    pub(super) async fn wait_interrupted(&self) {
        self.interrupted.notified().await;
    }

    /// Why it was closed, if it was.
    pub fn closed(&self) -> Option<Reason> {
        match self.outbox.lock().phase {
            Phase::Closed(reason) | Phase::Finishing(reason) => Some(reason),
            Phase::Open | Phase::Draining => None,
        }
    }

    /// Waits until no more than half of the queue's bound is taken. Answers at once where that is so, and when the
    /// session closes.
    pub async fn low(&self) {
        let receiver = {
            let mut outbox = self.outbox.lock();
            let closed = matches!(outbox.phase, Phase::Closed(_));
            if closed || !self.over_bound(outbox.len() * 2, outbox.bytes() * 2) {
                return;
            }
            let (sender, receiver) = oneshot::channel();
            outbox.when_low(sender);
            receiver
        };
        let _ = receiver.await;
    }

    /// Sends a ping behind everything that was pushed before, and waits for its answer: proof that all of it arrived.
    /// Answers false if the session closes first.
    pub async fn confirm(self: &Arc<Self>) -> bool {
        let (queued, receiver) = {
            let mut waiting = self.confirmations.lock();
            if !self.is_open() {
                return false;
            }
            let (sender, receiver) = oneshot::channel();
            let (ping, queued) = self.queue_ping();
            waiting.push((ping, sender));
            (queued, receiver)
        };
        self.follow(queued);
        self.flush();
        receiver.await.is_ok()
    }

    /// Sends a ping whose answer the heartbeat will look for.
    pub(super) fn ping(self: &Arc<Self>) {
        let queued = {
            let _waiting = self.confirmations.lock();
            let (ping, queued) = self.queue_ping();
            self.expected.store(ping, Ordering::Relaxed);
            queued
        };
        self.follow(queued);
    }

    /// Answers the ping's number. The caller holds the lock of the confirmations: pings are counted and queued under
    /// it, so that their numbers are their order.
    fn queue_ping(&self) -> (u32, Queued) {
        let ping = self.pings.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        (ping, self.queue(PING, Priority::Now))
    }

    /// Notes a pong. One that nobody asked for does nothing.
    pub(super) fn ponged(&self) {
        let mut waiting = self.confirmations.lock();
        if self.pongs.load(Ordering::Relaxed) == self.pings.load(Ordering::Relaxed) {
            return;
        }
        let answered = self.pongs.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        if !waiting.is_empty() {
            for (_, sender) in waiting.extract_if(.., |(ping, _)| *ping == answered) {
                let _ = sender.send(());
            }
        }
    }

    /// Whether the heartbeat's last ping has been answered, or can't be seen to be because the application is at work.
    pub(super) fn is_alive(&self) -> bool {
        let ahead =
            self.pongs.load(Ordering::Relaxed).wrapping_sub(self.expected.load(Ordering::Relaxed)) as i32;
        self.busy.load(Ordering::Relaxed) || ahead >= 0
    }

    /// Keeps to itself what is queued, until what this answers is dropped.
    pub(crate) fn cork(self: &Arc<Self>) -> Cork {
        self.outbox.lock().corked = true;
        Cork(Arc::clone(self))
    }

    pub(super) fn set_busy(&self, busy: bool) {
        self.busy.store(busy, Ordering::Relaxed);
    }

    /// The WebSocket that carries the session; `None` while it polls. Asked under the outbox's lock where the answer
    /// must not change.
    pub(super) fn stream(&self) -> Option<&TcpStream> {
        self.stream.get().map(|stream| &**stream)
    }

    pub(super) fn shared_stream(&self) -> Option<Arc<TcpStream>> {
        self.stream.get().cloned()
    }

    /// Goes over to a WebSocket: what waits will be written there. Answers whether the session was still open.
    pub(super) fn upgrade(self: &Arc<Self>, stream: Arc<TcpStream>) -> bool {
        let mut outbox = self.outbox.lock();
        if let Phase::Finishing(_) | Phase::Closed(_) = outbox.phase {
            return false;
        }
        outbox.answer_poll();
        self.stream.set(stream).is_ok()
    }
}

/// Keeps a session's packets from being written.
pub(crate) struct Cork(Arc<Session>);

impl Drop for Cork {
    fn drop(&mut self) {
        self.0.outbox.lock().corked = false;
        self.0.flush();
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;
    use crate::Config;

    async fn polling() -> (Arc<Session>, TcpStream, Arc<TcpStream>) {
        let shard = Arc::new(Shard::new(0, Arc::new(Config::default())));
        let session = Arc::new(Session::new(Sid::random().unwrap(), shard, None));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        (session, client, Arc::new(listener.accept().await.unwrap().0))
    }

    #[tokio::test]
    async fn a_session_that_is_upgraded_at_its_end_is_gone_all_the_same() {
        let (session, _client, stream) = polling().await;
        let gone = tokio::spawn({
            let session = Arc::clone(&session);
            async move { session.gone().await }
        });
        tokio::task::yield_now().await;
        assert!(session.upgrade(stream));
        session.close(Reason::ConnectTimeout);
        tokio::time::timeout(Duration::from_secs(5), gone).await.unwrap().unwrap();
    }
}
