//! When the flusher writes to a crowd again, so that in a busy room several messages share one write.

use std::time::Duration;

use tokio::time::Instant;

/// Writing to fewer connections than this is not worth a pause.
const CROWD: usize = 200;
/// A pause is this many times what the pass before it took: however many messages come, writing them takes about a
/// quarter of a core.
const FACTOR: u32 = 3;
/// The longest pause.
const LONGEST: Duration = Duration::from_millis(50);
/// After pauses that gathered nothing, at most this many passes go without one.
const MOST_SKIPPED: u32 = 64;

/// Decides on the pauses. A pause only pays if more comes meanwhile, which nobody knows beforehand: so it is tried, and
/// where it gathered nothing the next ones are left out, twice as many each time.
#[derive(Debug)]
pub(super) struct Pace {
    /// No pass over a crowd before this.
    pub(super) next: Instant,
    paused: bool,
    /// Passes that still go without a pause, and how many that will be when a pause gathers nothing again.
    skip: u32,
    backoff: u32,
}

/// What a pass over the connections came to.
#[derive(Debug, Default)]
pub(super) struct Pass {
    pub(super) sessions: usize,
    pub(super) packets: usize,
    pub(super) took: Duration,
}

impl Pace {
    pub(super) fn new(now: Instant) -> Self {
        Self { next: now, paused: false, skip: 0, backoff: 1 }
    }

    /// Sets the time of the next pass.
    pub(super) fn after(&mut self, pass: &Pass, now: Instant) {
        if pass.sessions < CROWD {
            return;
        }
        let gathered = pass.packets * 2 >= pass.sessions * 3;
        if gathered {
            (self.skip, self.backoff) = (0, 1);
        } else if self.paused {
            self.skip = self.backoff;
            self.backoff = (self.backoff * 2).min(MOST_SKIPPED);
        }
        self.paused = self.skip == 0;
        if self.paused {
            self.next = now + (pass.took * FACTOR).min(LONGEST);
        } else {
            self.skip -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn pass(packets: usize) -> Pass {
        Pass { sessions: 1000, packets, took: Duration::from_millis(10) }
    }

    /// Runs passes one right after the other; answers which of them were followed by a pause.
    fn pauses(packets: usize, count: usize) -> Vec<bool> {
        let mut now = Instant::now();
        let mut pace = Pace::new(now);
        let after = |_| {
            pace.after(&pass(packets), now);
            let paused = pace.next > now;
            now = now.max(pace.next);
            paused
        };
        (0..count).map(after).collect()
    }

    #[test]
    fn a_room_where_several_messages_gather_pauses_each_time() {
        assert!(pauses(4000, 50).iter().all(|paused| *paused));
    }

    #[test]
    fn pauses_that_gather_nothing_are_left_out_more_and_more() {
        let paused = pauses(1000, 1000).iter().filter(|paused| **paused).count();
        assert!((8..=25).contains(&paused), "{paused}");
    }

    #[test]
    fn a_pause_is_no_longer_than_its_bound_and_small_passes_have_none() {
        let now = Instant::now();
        let mut pace = Pace::new(now);
        pace.after(&Pass { sessions: 5000, packets: 50_000, took: Duration::from_secs(1) }, now);
        assert_eq!(pace.next, now + LONGEST);
        let mut pace = Pace::new(now);
        pace.after(&Pass { sessions: 10, packets: 1000, took: Duration::from_millis(1) }, now);
        assert_eq!(pace.next, now);
    }
}
