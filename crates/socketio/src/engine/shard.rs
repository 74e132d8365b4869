//! A share of the connections, and the flusher that writes for them.

use std::sync::Arc;

use parking_lot::Mutex;
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::heartbeat::Heartbeat;
use super::outbox::Dirty;
use super::pace::{Pace, Pass};
use super::session::Session;
use crate::Config;

/// The flusher lets others run after this many connections.
const SLICE: usize = 64;

/// A share of the connections. Connections are spread over shards and rooms are not, so that the largest room uses
/// every core.
#[derive(Debug)]
pub struct Shard {
    pub(super) index: usize,
    pub(super) config: Arc<Config>,
    /// Where tasks are started: a connection may be closed from a thread that belongs to no runtime.
    pub(super) runtime: Handle,
    pub(super) heartbeat: Heartbeat,
    dirty: Mutex<Lists>,
    wake: Notify,
}

#[derive(Debug, Default)]
struct Lists {
    urgent: Vec<Arc<Session>>,
    bulk: Vec<Arc<Session>>,
}

impl Shard {
    /// Call it inside the runtime that serves the connections.
    pub(crate) fn new(index: usize, config: Arc<Config>) -> Self {
        Self {
            index,
            runtime: Handle::current(),
            heartbeat: Heartbeat::new(&config),
            config,
            dirty: Mutex::new(Lists::default()),
            wake: Notify::new(),
        }
    }

    /// Puts a session on the list of those with something to write.
    pub(super) fn mark(&self, session: &Arc<Session>, dirty: Dirty) {
        let first = {
            let mut lists = self.dirty.lock();
            let list = if dirty == Dirty::Urgent { &mut lists.urgent } else { &mut lists.bulk };
            list.push(Arc::clone(session));
            list.len() == 1
        };
        if first {
            self.wake.notify_one();
        }
    }

    /// Writes for the shard's connections, for ever.
    pub(super) async fn run_flusher(self: Arc<Self>) {
        let (mut urgent, mut bulk) = (Vec::new(), Vec::new());
        let mut pace = Pace::new(Instant::now());
        loop {
            let waiting = self.flush_urgent(&mut urgent).await;
            if !waiting {
                self.wake.notified().await;
                continue;
            }
            if pace.next > Instant::now() {
                tokio::select! {
                    () = tokio::time::sleep_until(pace.next) => {}
                    () = self.wake.notified() => {}
                }
                continue;
            }
            std::mem::swap(&mut bulk, &mut self.dirty.lock().bulk);
            let mut pass = Pass { sessions: bulk.len(), ..Pass::default() };
            while !bulk.is_empty() {
                let started = Instant::now();
                for session in bulk.drain(bulk.len().saturating_sub(SLICE)..) {
                    pass.packets += session.flush();
                }
                pass.took += started.elapsed();
                tokio::task::yield_now().await;
                self.flush_urgent(&mut urgent).await;
            }
            pace.after(&pass, Instant::now());
        }
    }

    /// Writes for those who can't wait. Answers whether others did at the beginning; who came later has woken the
    /// flusher again.
    async fn flush_urgent(&self, urgent: &mut Vec<Arc<Session>>) -> bool {
        let waiting = {
            let mut lists = self.dirty.lock();
            std::mem::swap(urgent, &mut lists.urgent);
            !lists.bulk.is_empty()
        };
        for (index, session) in urgent.drain(..).enumerate() {
            if index > 0 && index % SLICE == 0 {
                tokio::task::yield_now().await;
            }
            session.flush();
        }
        waiting
    }
}

#[cfg(test)]
mod tests {
    use super::super::Sid;
    use super::super::session::Priority;
    use super::*;
    use crate::ws;

    #[tokio::test]
    async fn the_flusher_lets_others_run_however_many_are_urgent() {
        let shard = Arc::new(Shard::new(0, Arc::new(Config::default())));
        let session = |_| Arc::new(Session::new(Sid::random().unwrap(), Arc::clone(&shard), None));
        let sessions: Vec<_> = (0..1000).map(session).collect();
        sessions.iter().for_each(|session| session.push(ws::text_frame("4"), Priority::Now));
        let flusher = tokio::spawn(Arc::clone(&shard).run_flusher());
        let (mut before, mut longest) = (0, 0);
        while before < sessions.len() {
            tokio::task::yield_now().await;
            let flushed = sessions.iter().filter(|session| session.outbox.lock().dirty == Dirty::No).count();
            longest = longest.max(flushed - before);
            before = flushed;
        }
        flusher.abort();
        assert!(longest <= 2 * SLICE, "{longest}");
    }
}
