//! A share of the connections, and the flusher that writes for them.

use std::sync::Arc;

use parking_lot::Mutex;
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
    pub(super) fn new(index: usize, config: Arc<Config>) -> Self {
        Self {
            index,
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
            let waiting = self.flush_urgent(&mut urgent);
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
                self.flush_urgent(&mut urgent);
            }
            pace.after(&pass, Instant::now());
        }
    }

    /// Writes for those who can't wait. Answers whether others do.
    fn flush_urgent(&self, urgent: &mut Vec<Arc<Session>>) -> bool {
        let waiting = {
            let mut lists = self.dirty.lock();
            std::mem::swap(urgent, &mut lists.urgent);
            !lists.bulk.is_empty()
        };
        for session in urgent.drain(..) {
            session.flush();
        }
        waiting
    }
}
