//! How often something may happen: a bucket of tokens for each key, in bounded memory.

use std::collections::HashMap;
use std::hash::Hash;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use crate::{Clock, Error, Result};

/// Most keys that are remembered at a time.
const MAX_KEYS: usize = 65_536;
/// Keys whose buckets are full again are forgotten when there are this many, or twice as many as last time.
const FIRST_SWEEP: usize = 1024;

/// So many in that time on average, and so many at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Microseconds in which one token comes back.
    interval: i64,
    burst: u32,
}

impl Rate {
    /// `count` per `period`, and `burst` at once after a pause.
    pub fn new(count: NonZeroU32, period: Duration, burst: NonZeroU32) -> Self {
        let interval = period.as_micros() / u128::from(count.get());
        Self { interval: i64::try_from(interval).unwrap_or(i64::MAX).max(1), burst: burst.get() }
    }

    /// Microseconds in which an empty bucket fills.
    fn capacity(self) -> i64 {
        self.interval.saturating_mul(i64::from(self.burst))
    }
}

/// Counts what each key does against one rate. A refusal costs nothing, so that who keeps trying is let in as soon as
/// who waits.
pub struct Limiter<K> {
    rate: Option<Rate>,
    clock: Arc<dyn Clock>,
    buckets: Mutex<Buckets<K>>,
}

struct Buckets<K> {
    /// When each bucket will be full again, in microseconds; a full one need not be here.
    full_at: HashMap<K, i64>,
    sweep_at: usize,
}

impl<K: Eq + Hash + Clone> Limiter<K> {
    /// A limiter whose buckets are full; one without a rate lets everything through.
    pub fn new(rate: Option<Rate>, clock: Arc<dyn Clock>) -> Self {
        Self { rate, clock, buckets: Mutex::new(Buckets { full_at: HashMap::new(), sweep_at: FIRST_SWEEP }) }
    }

    /// Takes a token from the key's bucket.
    ///
    /// # Errors
    /// [`RateLimited`](Error::RateLimited), with how long it takes until there is one.
    pub fn check(&self, key: K) -> Result<()> {
        let Some(rate) = self.rate else { return Ok(()) };
        let now = self.clock.now().as_millis().saturating_mul(1000);
        let mut buckets = self.buckets.lock();
        // No bucket takes longer than that to fill, unless the clock has been set back: it starts anew then.
        let known = buckets.full_at.get(&key).filter(|at| **at <= now.saturating_add(rate.capacity()));
        let full_at = known.map_or(now, |at| now.max(*at)).saturating_add(rate.interval);
        let wait = full_at.saturating_sub(now).saturating_sub(rate.capacity());
        if wait > 0 {
            let millis = u64::try_from(wait).unwrap_or_default().div_ceil(1000);
            return Err(Error::RateLimited { retry_after: Duration::from_millis(millis) });
        }
        buckets.full_at.insert(key, full_at);
        buckets.sweep(now);
        Ok(())
    }
}

impl<K: Eq + Hash + Clone> Buckets<K> {
    fn sweep(&mut self, now: i64) {
        if self.full_at.len() < self.sweep_at {
            return;
        }
        self.full_at.retain(|_, full_at| *full_at > now);
        if self.full_at.len() >= MAX_KEYS {
            // The emptier half stays: these are who is closest to a refusal.
            let mut times: Vec<i64> = self.full_at.values().copied().collect();
            let (_, median, _) = times.select_nth_unstable(MAX_KEYS / 2);
            let median = *median;
            self.full_at.retain(|_, full_at| *full_at > median);
        }
        self.sweep_at = (self.full_at.len() * 2).clamp(FIRST_SWEEP, MAX_KEYS);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;
    use crate::Timestamp;

    struct ManualClock(AtomicI64);

    impl ManualClock {
        fn pass(&self, millis: i64) {
            self.0.fetch_add(millis, Ordering::Relaxed);
        }
    }

    impl Clock for ManualClock {
        fn now(&self) -> Timestamp {
            Timestamp::from_millis(self.0.load(Ordering::Relaxed))
        }
    }

    fn limiter<K: Eq + Hash + Clone>(
        count: u32,
        period: Duration,
        burst: u32,
    ) -> (Limiter<K>, Arc<ManualClock>) {
        let clock = Arc::new(ManualClock(AtomicI64::new(1_768_473_000_000)));
        let [count, burst] = [count, burst].map(|number| NonZeroU32::new(number).unwrap());
        (Limiter::new(Some(Rate::new(count, period, burst)), clock.clone()), clock)
    }

    fn wait<K: Eq + Hash + Clone>(limiter: &Limiter<K>, key: K) -> Option<u64> {
        match limiter.check(key) {
            Ok(()) => None,
            Err(Error::RateLimited { retry_after }) => Some(u64::try_from(retry_after.as_millis()).unwrap()),
            Err(error) => panic!("{error:?}"),
        }
    }

    #[test]
    fn a_burst_goes_through_and_then_the_rate_holds() {
        let (limiter, clock) = limiter(20, Duration::from_secs(1), 60);
        for _ in 0..60 {
            assert_eq!(wait(&limiter, "ann"), None);
        }
        assert_eq!(wait(&limiter, "ann"), Some(50));
        clock.pass(49);
        assert_eq!(wait(&limiter, "ann"), Some(1));
        clock.pass(1);
        assert_eq!(wait(&limiter, "ann"), None);
        assert_eq!(wait(&limiter, "ann"), Some(50));
        clock.pass(3_000);
        assert_eq!((0..100).filter(|_| limiter.check("ann").is_ok()).count(), 60);
    }

    #[test]
    fn one_key_costs_another_nothing() {
        let (limiter, _) = limiter(1, Duration::from_secs(60), 1);
        assert_eq!(wait(&limiter, "ann"), None);
        assert_eq!(wait(&limiter, "ann"), Some(60_000));
        assert_eq!(wait(&limiter, "bob"), None);
    }

    #[test]
    fn a_clock_that_is_set_back_locks_nobody_out() {
        let (limiter, clock) = limiter(1, Duration::from_secs(1), 1);
        assert_eq!(wait(&limiter, "ann"), None);
        clock.pass(-3_600_000);
        assert_eq!(wait(&limiter, "ann"), None);
        assert_eq!(wait(&limiter, "ann"), Some(1000));
    }

    #[test]
    fn off_lets_everything_through() {
        let limiter = Limiter::new(None, Arc::new(ManualClock(AtomicI64::new(0))));
        assert!((0..10_000).all(|_| limiter.check(()).is_ok()));
        assert!(limiter.buckets.lock().full_at.is_empty());
    }

    #[test]
    fn full_buckets_are_forgotten() {
        let (limiter, clock) = limiter(1, Duration::from_secs(1), 1);
        for key in 0..100_000 {
            limiter.check(key).unwrap();
            clock.pass(1);
            assert!(limiter.buckets.lock().full_at.len() <= 2 * FIRST_SWEEP);
        }
    }

    #[test]
    fn however_many_there_are_memory_is_bounded_and_the_busiest_are_remembered() {
        let (limiter, _) = limiter(1, Duration::from_secs(3600), 3);
        let busy = u32::MAX;
        (0..3).for_each(|_| limiter.check(busy).unwrap());
        for key in 0..200_000 {
            limiter.check(key).unwrap();
            assert!(limiter.buckets.lock().full_at.len() <= MAX_KEYS);
        }
        assert!(limiter.check(busy).is_err());
    }
}
