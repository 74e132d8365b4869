use std::time::Duration;

use chirrup_domain::{Error, Result, Store};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

/// The store has this long to answer, or the server is not ready.
const STORE_TIMEOUT: Duration = Duration::from_secs(2);
/// A good answer holds for this long: asking the store is a durable write, and anybody may ask.
const HOLDS: Duration = Duration::from_secs(1);

/// Whether the store can read and write.
#[derive(Default)]
pub struct Readiness {
    /// When it last could. Held while it is asked, so that those who ask meanwhile share the answer.
    good_at: Mutex<Option<Instant>>,
}

impl Readiness {
    /// Asks the store, unless it has just said so.
    ///
    /// # Errors
    /// [`Unavailable`](Error::Unavailable) when the store can't write or takes too long.
    pub async fn check(&self, store: &dyn Store) -> Result<()> {
        let checked = timeout(STORE_TIMEOUT, async {
            let mut good_at = self.good_at.lock().await;
            if good_at.is_none_or(|good_at| good_at.elapsed() >= HOLDS) {
                *good_at = None;
                store.ping().await?;
                *good_at = Some(Instant::now());
            }
            Ok(())
        });
        checked.await.map_err(Error::unavailable)?
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chirrup_domain::feed::NoFeed;
    use chirrup_domain::presence::Nobody;
    use chirrup_store_sqlite::SqliteStore;

    use super::*;

    #[tokio::test]
    async fn a_good_answer_holds_for_a_second_and_a_bad_one_not_at_all() {
        let store = SqliteStore::temporary(Arc::new(NoFeed), Arc::new(Nobody)).unwrap();
        let readiness = Readiness::default();
        readiness.check(&store).await.unwrap();
        tokio::time::pause();
        store.close().await.unwrap();
        readiness.check(&store).await.unwrap();
        tokio::time::advance(HOLDS).await;
        for _ in 0..2 {
            assert!(matches!(readiness.check(&store).await, Err(Error::Unavailable(_))));
        }
    }
}
