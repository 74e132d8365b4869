//! Heartbeats of one shard. Every delay is the same for all connections, so that queues in the order of their times
//! and one timer do for any number of them.

use std::collections::VecDeque;
use std::sync::{Arc, Weak};
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

/// A session that has ended waits here for its time too, and must not keep its connection open until then.
type Queue = VecDeque<(Instant, Weak<Session>)>;

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
    pub(super) fn watch(&self, session: &Arc<Session>) {
        self.queues.lock().fresh.push_back((Instant::now() + self.interval, Arc::downgrade(session)));
    }

    /// All sessions that may be open.
    pub(super) fn sessions(&self) -> Vec<Arc<Session>> {
        let Queues { fresh, again, check } = &*self.queues.lock();
        fresh.iter().chain(again).chain(check).filter_map(|(_, session)| session.upgrade()).collect()
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
        while let Some(session) = self.requeue(now, queue, |queues| &mut queues.check, self.timeout) {
            session.ping();
        }
    }

    fn check(&self, now: Instant) {
        let pause = self.interval.saturating_sub(self.timeout);
        while let Some(session) =
            self.requeue(now, |queues| &mut queues.check, |queues| &mut queues.again, pause)
        {
            if !session.is_alive() {
                session.abandon(Reason::PingTimeout);
            }
        }
    }

    /// Moves the next open session that is due to another queue, where it is due again after `pause`. At any time
    /// each one is in one of the queues.
    fn requeue(
        &self,
        now: Instant,
        from: fn(&mut Queues) -> &mut Queue,
        to: fn(&mut Queues) -> &mut Queue,
        pause: Duration,
    ) -> Option<Arc<Session>> {
        let mut queues = self.queues.lock();
        while from(&mut queues).front()?.0 <= now + self.slice {
            let (due, session) = from(&mut queues).pop_front()?;
            if let Some(open) = session.upgrade().filter(|session| session.is_open()) {
                to(&mut queues).push_back((due + pause, session));
                return Some(open);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Sid, shard::Shard};
    use super::*;
    use crate::Config;

    fn sessions(config: &Config, count: usize) -> (Arc<Shard>, Vec<Arc<Session>>) {
        let shard = Arc::new(Shard::new(0, Arc::new(config.clone())));
        let session = |_| Arc::new(Session::new(Sid::random().unwrap(), Arc::clone(&shard), None));
        let sessions: Vec<_> = (0..count).map(session).collect();
        sessions.iter().for_each(|session| shard.heartbeat.watch(session));
        (shard, sessions)
    }

    #[tokio::test]
    async fn a_session_that_changes_queues_is_found_all_the_time() {
        let at_once =
            Config { ping_interval: Duration::ZERO, ping_timeout: Duration::ZERO, ..Config::default() };
        let (shard, sessions) = sessions(&at_once, 3);
        let pinging = Arc::clone(&shard);
        sessions.iter().for_each(|session| session.set_busy(true));
        let watching = std::thread::spawn(move || {
            for _ in 0..20_000 {
                assert_eq!(pinging.heartbeat.sessions().len(), 3);
            }
        });
        while !watching.is_finished() {
            // Few enough rounds that no queue of packets comes to its bound.
            for _ in 0..100 {
                shard.heartbeat.requeue(
                    Instant::now(),
                    |queues| &mut queues.fresh,
                    |queues| &mut queues.again,
                    Duration::ZERO,
                );
                shard.heartbeat.requeue(
                    Instant::now(),
                    |queues| &mut queues.again,
                    |queues| &mut queues.fresh,
                    Duration::ZERO,
                );
            }
        }
        watching.join().unwrap();
    }

    #[tokio::test]
    async fn a_session_that_is_gone_is_kept_by_nothing() {
        let (_shard, sessions) = sessions(&Config::default(), 1);
        assert_eq!(Arc::strong_count(&sessions[0]), 1);
        sessions[0].finish(Reason::ServerClose);
        assert_eq!(Arc::strong_count(&sessions[0]), 1);
    }
}
