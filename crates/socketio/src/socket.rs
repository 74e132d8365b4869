use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::oneshot;

use crate::emission::{Emission, Encoded, control};
use crate::engine::{Priority, Reason, Session, Sid};
use crate::hub::Hub;

/// One client's place in one namespace.
#[derive(Debug)]
pub struct Socket<D> {
    /// What the application keeps with it.
    pub data: D,
    id: Sid,
    key: u64,
    pub(crate) namespace: usize,
    offsets: bool,
    session: Arc<Session>,
    hub: Hub<D>,
    connected: AtomicBool,
    /// Rooms that it is in, by their names.
    pub(crate) rooms: Mutex<Vec<Arc<str>>>,
    /// Durable events wait in `held`. Cleared under its lock, after they have been queued.
    holding: AtomicBool,
    held: Mutex<Held>,
    acks: Mutex<Option<Box<Acks>>>,
}

#[derive(Debug, Default)]
struct Held {
    events: Vec<(u64, Bytes)>,
    bytes: usize,
}

#[derive(Debug, Default)]
struct Acks {
    next: u64,
    waiting: HashMap<u64, oneshot::Sender<Ack>>,
}

/// Forgets a question, however the wait for its answer ends.
struct Asked<'a> {
    acks: &'a Mutex<Option<Box<Acks>>>,
    ack: u64,
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        if let Some(acks) = &mut *self.acks.lock() {
            acks.waiting.remove(&self.ack);
        }
    }
}

/// What a client answered.
#[derive(Debug, Clone)]
pub struct Ack {
    /// A JSON array, in which placeholders stand for the attachments.
    pub arguments: String,
    /// Its binary attachments.
    pub attachments: Vec<Bytes>,
}

/// Why an answer did not come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AckError {
    /// Not in time.
    #[error("the client did not answer in time")]
    Timeout,
    /// The socket left before.
    #[error("the socket disconnected before its client answered")]
    Disconnected,
}

pub(crate) struct NewSocket<D> {
    pub(crate) data: D,
    pub(crate) id: Sid,
    pub(crate) namespace: usize,
    pub(crate) offsets: bool,
    pub(crate) hold: bool,
    pub(crate) session: Arc<Session>,
}

impl<D: Send + Sync + 'static> Socket<D> {
    pub(crate) fn new(new: NewSocket<D>, hub: Hub<D>) -> Self {
        static KEYS: AtomicU64 = AtomicU64::new(0);
        Self {
            data: new.data,
            id: new.id,
            key: KEYS.fetch_add(1, Ordering::Relaxed),
            namespace: new.namespace,
            offsets: new.offsets,
            session: new.session,
            hub,
            connected: AtomicBool::new(true),
            rooms: Mutex::default(),
            holding: AtomicBool::new(new.hold),
            held: Mutex::default(),
            acks: Mutex::default(),
        }
    }

    /// Its id, which the client knows too.
    pub fn id(&self) -> Sid {
        self.id
    }

    /// A number that no other socket of this process has.
    pub fn key(&self) -> u64 {
        self.key
    }

    /// The namespace that it is in.
    pub fn namespace(&self) -> &str {
        self.hub.namespace_name(self.namespace)
    }

    /// The connection under it.
    pub fn session(&self) -> &Arc<Session> {
        &self.session
    }

    /// Whether it is still in its namespace.
    pub fn is_connected(&self) -> bool {
        self.connected.load(Ordering::Acquire)
    }

    /// Joins a room; joining twice is joining once. A socket that has left joins nothing.
    pub fn join(self: &Arc<Self>, room: &str) {
        self.hub.join(self, room);
    }

    /// Leaves a room.
    pub fn leave(&self, room: &str) {
        self.hub.leave(self, room);
    }

    /// Whether it is in a room.
    pub fn is_in(&self, room: &str) -> bool {
        self.rooms.lock().iter().any(|joined| **joined == *room)
    }

    /// Sends an event to this client alone. A socket that holds durable events back sends this one all the same.
    pub fn emit(&self, emission: &Emission) {
        if self.is_connected() {
            let priority = if emission.is_ephemeral() { Priority::Ephemeral } else { Priority::Now };
            self.session.push(emission.encode(self.namespace(), None, self.offsets), priority);
        }
    }

    /// Sends an event and waits for what the client's handler answers. An answer is an event as any: a handler of the
    /// same connection that waits for it waits for itself.
    ///
    /// # Errors
    /// When no answer comes within `timeout`, or the socket leaves.
    pub async fn emit_with_ack(&self, emission: &Emission, timeout: Duration) -> Result<Ack, AckError> {
        let (sender, receiver) = oneshot::channel();
        let ack = {
            let mut acks = self.acks.lock();
            if !self.is_connected() {
                return Err(AckError::Disconnected);
            }
            let acks = acks.get_or_insert_default();
            let ack = acks.next;
            acks.next += 1;
            acks.waiting.insert(ack, sender);
            ack
        };
        let _asked = Asked { acks: &self.acks, ack };
        self.session.push(emission.encode(self.namespace(), Some(ack), self.offsets), Priority::Now);
        match tokio::time::timeout(timeout, receiver).await {
            Ok(answer) => answer.map_err(|_| AckError::Disconnected),
            Err(_) => Err(AckError::Timeout),
        }
    }

    /// Sends those of the durable events held back that have a number below `end` and are `wanted` by it, forgets the
    /// others below `end`, and goes on holding.
    pub fn release_before(&self, end: u64, wanted: impl Fn(u64) -> bool) {
        let mut held = self.held.lock();
        let count = held.events.partition_point(|(number, _)| *number < end);
        let events: Vec<_> = held.events.drain(..count).collect();
        for (number, frames) in events {
            held.bytes -= frames.len();
            if wanted(number) {
                self.session.push(frames, Priority::Now);
            }
        }
    }

    /// Sends the durable events held back whose numbers are `wanted`, forgets the others, and from now on sends live ones.
    pub fn release(&self, wanted: impl Fn(u64) -> bool) {
        let mut held = self.held.lock();
        for (number, frames) in std::mem::take(&mut *held).events {
            if wanted(number) {
                self.session.push(frames, Priority::Now);
            }
        }
        self.holding.store(false, Ordering::Release);
    }

    /// Takes the socket out of its namespace and tells the client, which does not come back by itself. If nothing else
    /// uses the connection, it is closed behind that.
    pub fn disconnect(&self) {
        if self.end() {
            self.session.push(control(1, self.namespace(), ""), Priority::Now);
            if self.hub.has_one_namespace() {
                self.session.finish(Reason::ServerDisconnect);
            }
        }
    }

    /// Closes the connection under the socket once what waits has been written; the client comes back by itself.
    pub fn close_transport(&self) {
        self.session.finish(Reason::ServerClose);
    }

    /// Leaves every room and answers nobody any more. Answers whether it was connected.
    pub(crate) fn end(&self) -> bool {
        let was_connected = self.connected.swap(false, Ordering::AcqRel);
        if was_connected {
            self.hub.forget(self);
            *self.acks.lock() = None;
            *self.held.lock() = Held::default();
        }
        was_connected
    }

    pub(crate) fn acked(&self, id: u64, ack: Ack) {
        let waiting = self.acks.lock().as_mut().and_then(|acks| acks.waiting.remove(&id));
        if let Some(waiting) = waiting {
            let _ = waiting.send(ack);
        }
    }

    /// Queues an event that goes to several.
    pub(crate) fn deliver(&self, encoded: &Encoded<'_>, priority: Priority) {
        let frames = encoded.get(self.offsets);
        if let Some(number) = encoded.emission().number()
            && self.holding.load(Ordering::Acquire)
        {
            let mut held = self.held.lock();
            if self.holding.load(Ordering::Acquire) {
                held.bytes += frames.len();
                held.events.push((number, frames.clone()));
                if self.session.over_bound(held.events.len(), held.bytes) {
                    // Events go on coming until the session's own task knows of its end.
                    *held = Held::default();
                    self.session.close(Reason::SlowReader);
                }
                return;
            }
        }
        self.session.push(frames.clone(), priority);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Config;
    use crate::engine::Shard;

    fn socket(config: Config, hold: bool) -> Arc<Socket<()>> {
        let shard = Arc::new(Shard::new(0, Arc::new(config)));
        let id = Sid::random().unwrap();
        let session = Arc::new(Session::new(id, shard, None));
        let new = NewSocket { data: (), id, namespace: 0, offsets: false, hold, session };
        let socket = Arc::new(Socket::new(new, Hub::new(["/"], 1)));
        socket.hub.enter(&socket);
        socket
    }

    #[tokio::test]
    async fn a_question_that_nobody_waits_for_any_more_is_forgotten() {
        let socket = socket(Config::default(), false);
        let question = Emission::new("question", &0).unwrap();
        let asking = socket.emit_with_ack(&question, Duration::from_secs(60));
        assert!(tokio::time::timeout(Duration::ZERO, asking).await.is_err());
        assert!(socket.acks.lock().as_ref().is_some_and(|acks| acks.waiting.is_empty()));
    }

    #[tokio::test]
    async fn what_is_held_back_comes_to_no_more_than_the_bound() {
        let socket = socket(Config { queue_packets: 10, ..Config::default() }, true);
        for number in 0..100 {
            socket.hub.everyone().emit(&Emission::new("e", &0).unwrap().durable(number, "o"));
            assert!(socket.held.lock().events.len() <= 10);
        }
        assert_eq!(socket.session.closed(), Some(Reason::SlowReader));
    }
}
