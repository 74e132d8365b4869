//! Heartbeats of one shard. Every delay is the same for all connections, so that queues in the order of their times
//! and one timer do for any number of them.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

use super::Reason;
use super::session::Session;

/// The sessions of a shard, by when they are to be looked at.
#[derive(Debug)]
pub(super) struct Heartbeat {
    interval: Duration,
    timeout: Duration,
    /// Those that are due within this time are looked at together.
    slice: Duration,
    queues: Mutex<Queues>,
}

/// Each in the order of its times: what is put behind is never due before what stands there.
#[derive(Debug, Default)]
struct Queues {
    /// Whom to ping for the first time.
    fresh: Queue,
    /// Whom to ping again.
    again: Queue,
    /// Whose pong to look for.
    check: Queue,
}

type Queue = VecDeque<(Instant, Arc<Session>)>;

impl Heartbeat {
    pub(super) fn new(config: &crate::Config) -> Self {
        Self {
            interval: config.ping_interval,
            timeout: config.ping_timeout,
            slice: config.ping_interval / 100,
            queues: Mutex::default(),
        }
    }

    /// Takes in a new session.
    pub(super) fn watch(&self, session: Arc<Session>) {
        self.queues.lock().fresh.push_back((Instant::now() + self.interval, session));
    }

    /// All sessions that may be open.
    pub(super) fn sessions(&self) -> Vec<Arc<Session>> {
        let Queues { fresh, again, check } = &*self.queues.lock();
        fresh.iter().chain(again).chain(check).map(|(_, session)| Arc::clone(session)).collect()
    }

    /// Pings and checks, for ever.
    pub(super) async fn run(&self) {
        loop {
            let now = Instant::now();
            self.check(now);
            self.ping(now, |queues| &mut queues.fresh);
            self.ping(now, |queues| &mut queues.again);
            tokio::time::sleep_until(self.next(now)).await;
        }
    }

    /// When somebody is due next. A session that comes meanwhile is never due before that.
    fn next(&self, now: Instant) -> Instant {
        let Queues { fresh, again, check } = &*self.queues.lock();
        let due =
            [fresh, again, check].into_iter().filter_map(|queue| queue.front()).map(|(due, _)| *due).min();
        due.unwrap_or(now + self.interval)
    }

    fn ping(&self, now: Instant, queue: fn(&mut Queues) -> &mut Queue) {
        while let Some((due, session)) = self.pop(now, queue) {
            if session.is_open() {
                session.ping();
                self.queues.lock().check.push_back((due + self.timeout, session));
            }
        }
    }

    fn check(&self, now: Instant) {
        while let Some((due, session)) = self.pop(now, |queues| &mut queues.check) {
            if !session.is_alive() {
                session.abandon(Reason::PingTimeout);
            } else if session.is_open() {
                let pause = self.interval.saturating_sub(self.timeout);
                self.queues.lock().again.push_back((due + pause, session));
            }
        }
    }

    fn pop(&self, now: Instant, queue: fn(&mut Queues) -> &mut Queue) -> Option<(Instant, Arc<Session>)> {
        let mut queues = self.queues.lock();
        let queue = queue(&mut queues);
        if queue.front()?.0 > now + self.slice {
            return None;
        }
        queue.pop_front()
    }
}
