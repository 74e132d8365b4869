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

/// Removes a few; answers whether there may be more to remove now. What is given up can't be used any more, its content
/// goes, then its record: a crash in between leaves what the next step finishes. What can't be removed waits for the next
/// look, and keeps nothing else waiting.
async fn step(uploads: &Uploads, folder: &Folder) -> Result<bool> {
    let given_up = uploads.give_up_unused().await?;
    let (mut removed, mut stuck) = (Vec::new(), 0);
    for name in given_up.names {
        match folder.remove(&name).await {
            Ok(()) => removed.push(name),
            Err(error) => {
                stuck += 1;
                tracing::warn!(error = &error as &dyn std::error::Error, %name, "an unused upload stays for now")
            }
        }
    }
    // Where fewer are stuck than go, an upload went with its thumbnail: the next step does not find all the same again.
    let has_progress = stuck == 0 || stuck < removed.len();
    if !removed.is_empty() {
        tracing::info!(count = removed.len(), "unused uploads were removed");
        uploads.forget(removed).await?;
    }
    Ok(given_up.more && has_progress)
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
    use tempfile::TempDir;

    use super::*;

    struct ByHand(AtomicI64);

    impl Clock for ByHand {
        fn now(&self) -> Timestamp {
            Timestamp::from_millis(self.0.load(Ordering::Relaxed))
        }
    }

    fn folder() -> (TempDir, Folder) {
        let data = tempfile::tempdir().unwrap();
        let folder = Folder::open(data.path()).unwrap();
        (data, folder)
    }

    fn uploads() -> (World, Uploads, Arc<ByHand>) {
        let store: Arc<dyn Store> =
            Arc::new(SqliteStore::temporary(Arc::new(NoFeed), Arc::new(Nobody)).unwrap());
        let world = World::of(store.clone(), Arc::<Recorder>::default(), Arc::<Online>::default());
        let clock = Arc::new(ByHand(AtomicI64::new(world.now().as_millis())));
        (world, Uploads::new(store, clock.clone()), clock)
    }

    fn file(number: u128) -> File {
        File {
            name: UploadName::new(number, "txt"),
            filename: "a.txt".into(),
            size: 2,
            mimetype: "text/plain".into(),
            message_type: MessageType::File,
            dimensions: None,
            duration: None,
            thumbnail: Some(Thumbnail { name: UploadName::new(number + 100, "jpg"), size: 1 }),
        }
    }

    #[tokio::test]
    async fn an_unused_upload_goes_from_disk_and_store_after_a_day() {
        let (_data, folder) = folder();
        let (world, uploads, clock) = uploads();

        let file = file(1);
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

    #[tokio::test]
    async fn what_cannot_be_removed_keeps_nothing_else_waiting() {
        let (data, folder) = folder();
        let (world, uploads, clock) = uploads();
        let alice = world.user("alice").await;
        let files = [file(1), file(2), file(3)];
        for file in files.clone() {
            uploads.add(alice, file).await.unwrap();
        }
        // A folder is not removed as a file is.
        let thumbnail = files[1].thumbnail.clone().unwrap().name;
        let stuck = [&files[0].name, &thumbnail].map(|name| data.path().join("uploads").join(name.as_str()));
        stuck.iter().for_each(|path| std::fs::create_dir(path).unwrap());

        clock.0.fetch_add(i64::try_from(UNUSED_LIFETIME.as_millis()).unwrap(), Ordering::Relaxed);
        assert!(!step(&uploads, &folder).await.unwrap());
        let left = uploads.give_up_unused().await.unwrap().names;
        let names = |file: &File| [file.name.clone(), file.thumbnail.clone().unwrap().name];
        assert_eq!(left, files[..2].iter().flat_map(names).collect::<Vec<_>>());
        stuck.iter().for_each(|path| std::fs::remove_dir(path).unwrap());
        assert!(!step(&uploads, &folder).await.unwrap());
        assert!(uploads.give_up_unused().await.unwrap().names.is_empty());
    }
}
