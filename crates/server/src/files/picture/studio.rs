use std::fs::File;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task;
use tokio::time::timeout;

use super::Header;
use super::thumbnail::{self, Made};

/// Memory for decoding, for all pictures together, in the unit that permits are counted in.
const MEMORY: u32 = 320;
const UNIT: u64 = 1 << 20;
/// Of that, what each picture is charged at least: so that no more than two are worked on at a time.
const LEAST: u32 = MEMORY / 2;
/// An upload waits no longer than this for its thumbnail.
const PATIENCE: Duration = Duration::from_secs(10);

/// Makes thumbnails on threads of their own: two at a time at most, in bounded memory. What takes too long is not waited
/// for; its thread counts until it ends.
pub(in crate::files) struct Studio {
    memory: Arc<Semaphore>,
    patience: Duration,
}

impl Default for Studio {
    fn default() -> Self {
        Self { memory: Arc::new(Semaphore::new(MEMORY as usize)), patience: PATIENCE }
    }
}

impl Studio {
    /// A thumbnail of a picture of this type; `None` where none is wanted or none can be made.
    pub(in crate::files) async fn thumbnail(
        &self,
        file: File,
        mimetype: &'static str,
        header: Header,
    ) -> Option<Made> {
        let bytes = file.metadata().ok()?.len();
        let cost = u32::try_from(header.memory.div_ceil(UNIT)).ok().filter(|cost| *cost <= MEMORY)?;
        if !thumbnail::is_wanted(bytes, header.dimensions) {
            return None;
        }
        let work = move || thumbnail::make(&file, mimetype, header);
        self.run(cost.max(LEAST), work).await
    }

    /// The outcome of work that takes so much memory.
    async fn run<T, E>(&self, cost: u32, work: impl FnOnce() -> Result<T, E> + Send + 'static) -> Option<T>
    where
        T: Send + 'static,
        E: std::fmt::Display + Send + 'static,
    {
        let outcome = timeout(self.patience, async {
            let permit = self.memory.clone().acquire_many_owned(cost).await.ok()?;
            let worked = task::spawn_blocking(move || {
                let outcome = work();
                drop(permit);
                outcome
            });
            Some(worked.await)
        });
        match outcome.await {
            Ok(Some(Ok(Ok(made)))) => return Some(made),
            Ok(Some(Ok(Err(error)))) => {
                tracing::debug!(%error, "no thumbnail of a picture that can't be decoded")
            }
            Ok(Some(Err(panic))) => {
                tracing::warn!(error = %panic, "no thumbnail: the decoder of a picture failed")
            }
            Ok(None) | Err(_) => tracing::warn!("no thumbnail: it would have taken too long"),
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;

    use super::*;

    fn studio(patience: Duration) -> Studio {
        Studio { patience, ..Studio::default() }
    }

    #[tokio::test]
    async fn a_panic_is_no_thumbnail_and_nothing_more() {
        let studio = studio(PATIENCE);
        for _ in 0..5 {
            let made = studio.run(MEMORY, || -> Result<(), String> { panic!("a decoder's fault") }).await;
            assert_eq!(made, None);
        }
        assert_eq!(studio.run(MEMORY, || Ok::<_, String>(1)).await, Some(1));
        assert_eq!(studio.run(MEMORY, || Err::<(), _>("broken")).await, None);
    }

    #[tokio::test]
    async fn what_takes_too_long_is_not_waited_for_and_holds_its_memory_until_it_ends() {
        let studio = studio(Duration::from_millis(100));
        let (finish, finished) = mpsc::channel::<()>();
        let hang = move || finished.recv().map_err(|error| error.to_string());
        assert_eq!(studio.run(MEMORY, hang).await, None);
        assert_eq!(studio.run(LEAST, || Ok::<_, String>(1)).await, None);
        finish.send(()).unwrap();
        while studio.memory.available_permits() == 0 {
            task::yield_now().await;
        }
        assert_eq!(studio.run(LEAST, || Ok::<_, String>(1)).await, Some(1));
    }

    #[tokio::test]
    async fn two_are_worked_on_at_a_time() {
        let studio = studio(PATIENCE);
        let (working, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let work = || {
            let (working, most) = (working.clone(), most.clone());
            studio.run(LEAST, move || {
                most.fetch_max(working.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                std::thread::sleep(Duration::from_millis(20));
                working.fetch_sub(1, Ordering::SeqCst);
                Ok::<_, String>(())
            })
        };
        let (a, b, c, d) = tokio::join!(work(), work(), work(), work());
        assert_eq!([a, b, c, d], [Some(()); 4]);
        assert_eq!(most.load(Ordering::SeqCst), 2);
    }
}
