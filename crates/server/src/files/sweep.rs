use std::sync::Arc;
use std::time::Duration;

use chirrup_domain::Result;
use chirrup_domain::upload::Uploads;
use tokio::sync::Notify;

use super::Folder;
use crate::services::Services;

/// How often to look for uploads that nothing uses.
const INTERVAL: Duration = Duration::from_secs(60 * 60);
/// Between two steps, so that the sweep is not what the store is busy with.
const PAUSE: Duration = Duration::from_millis(100);

/// Removes uploads that nothing has used for a day, and at once those that were given up, for ever.
pub async fn sweep(services: Arc<Services>) {
    loop {
        match step(&services.uploads, &services.files.folder).await {
            Ok(true) => {}
            Ok(false) => pause(&services.files.given_up).await,
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "unused uploads were not removed");
                pause(&services.files.given_up).await;
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Until it is time for another look, or there is a reason for one.
async fn pause(given_up: &Notify) {
    tokio::select! {
        () = tokio::time::sleep(INTERVAL) => {}
        () = given_up.notified() => {}
    }
}

/// Removes a few; answers whether there may be more. What is given up can't be used any more, its content goes, then
/// its record: a crash in between leaves what the next step finishes.
async fn step(uploads: &Uploads, folder: &Folder) -> Result<bool> {
    let given_up = uploads.give_up_unused().await?;
    for name in &given_up.names {
        folder.remove(name).await?;
    }
    if !given_up.names.is_empty() {
        tracing::info!(count = given_up.names.len(), "unused uploads were removed");
        uploads.forget(given_up.names).await?;
    }
    Ok(given_up.more)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use chirrup_domain::feed::NoFeed;
    use chirrup_domain::message::MessageType;
    use chirrup_domain::presence::Nobody;
    use chirrup_domain::upload::{File, Thumbnail, UNUSED_LIFETIME, UploadName};
    use chirrup_domain::{Clock, Store, Timestamp};
    use chirrup_store_sqlite::SqliteStore;
    use chirrup_testkit::store::{Online, Recorder, World};

    use super::*;

    struct ByHand(AtomicI64);

    impl Clock for ByHand {
        fn now(&self) -> Timestamp {
            Timestamp::from_millis(self.0.load(Ordering::Relaxed))
        }
    }

    #[tokio::test]
    async fn an_unused_upload_goes_from_disk_and_store_after_a_day() {
        let data = tempfile::tempdir().unwrap();
        let folder = Folder::open(data.path()).unwrap();
        let store: Arc<dyn Store> =
            Arc::new(SqliteStore::temporary(Arc::new(NoFeed), Arc::new(Nobody)).unwrap());
        let world = World::of(store.clone(), Arc::<Recorder>::default(), Arc::<Online>::default());
        let clock = Arc::new(ByHand(AtomicI64::new(world.now().as_millis())));
        let uploads = Uploads::new(store, clock.clone());

        let file = File {
            name: UploadName::new(1, "txt"),
            filename: "a.txt".into(),
            size: 2,
            mimetype: "text/plain".into(),
            message_type: MessageType::File,
            dimensions: None,
            duration: None,
            thumbnail: Some(Thumbnail { name: UploadName::new(2, "jpg"), size: 1 }),
        };
        uploads.add(world.user("alice").await, file.clone()).await.unwrap();
        let thumbnail = file.thumbnail.clone().unwrap().name;
        for name in [&file.name, &thumbnail] {
            let mut incoming = folder.create().await.unwrap();
            incoming.write(b"hi").await.unwrap();
            folder.keep(incoming, name).await.unwrap();
        }

        assert!(!step(&uploads, &folder).await.unwrap());
        assert!(uploads.find(&file.name).await.unwrap().is_some());
        clock.0.fetch_add(i64::try_from(UNUSED_LIFETIME.as_millis()).unwrap(), Ordering::Relaxed);
        assert!(!step(&uploads, &folder).await.unwrap());
        assert!(uploads.find(&file.name).await.unwrap().is_none());
        for name in [&file.name, &thumbnail] {
            assert!(folder.read(name).await.unwrap().is_none());
        }
        assert!(!step(&uploads, &folder).await.unwrap());
    }
}
