//! A share of the connections, and the flusher that writes for them.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::heartbeat::Heartbeat;
use super::outbox::Dirty;
use super::session::Session;
use crate::Config;

/// The flusher lets others run after this many connections.
const SLICE: usize = 64;
/// Writing to fewer connections than this is not worth a pause.
const CROWD: usize = 200;
/// After a pass over a crowd the flusher pauses for this many times what the pass took, so that a busy room takes about
/// a quarter of a core however many messages come, while a quiet one is never kept waiting.
const PAUSE_FACTOR: u32 = 3;
/// The longest pause.
const MAX_PAUSE: Duration = Duration::from_millis(50);

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
        let mut bulk_from = Instant::now();
        loop {
            let waiting = self.flush_urgent(&mut urgent);
            if !waiting {
                self.wake.notified().await;
                continue;
            }
            if bulk_from > Instant::now() {
                tokio::select! {
                    () = tokio::time::sleep_until(bulk_from) => {}
                    () = self.wake.notified() => {}
                }
                continue;
            }
            std::mem::swap(&mut bulk, &mut self.dirty.lock().bulk);
            let crowd = bulk.len() >= CROWD;
            let mut took = Duration::ZERO;
            while !bulk.is_empty() {
                let started = Instant::now();
                for session in bulk.drain(bulk.len().saturating_sub(SLICE)..) {
                    session.flush();
                }
                took += started.elapsed();
                tokio::task::yield_now().await;
                self.flush_urgent(&mut urgent);
            }
            if crowd {
                bulk_from = Instant::now() + (took * PAUSE_FACTOR).min(MAX_PAUSE);
            }
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
