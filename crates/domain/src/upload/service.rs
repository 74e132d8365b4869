use std::sync::Arc;
use std::time::Duration;

use super::{File, GivenUp, NewUpload, UploadName};
use crate::{Clock, Result, Store, Timestamp, UserId};

/// An upload has this long to be used.
pub const UNUSED_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);
/// Uploads looked at in one step, so that no step holds up the sends.
const STEP: u16 = 100;

/// Knows whose uploads there are, and which nobody uses.
pub struct Uploads {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
}

impl Uploads {
    /// Puts the service together.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// Records a file as this user's.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn add(&self, owner: UserId, file: File) -> Result<()> {
        self.store.add_upload(NewUpload { owner, file, at: self.clock.now() }).await
    }

    /// What is served under this name, whoever owns it: an upload, or the thumbnail of one.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn find(&self, name: &UploadName) -> Result<Option<File>> {
        let found = self.store.find_upload(name).await?;
        Ok(found.and_then(|file| if file.name == *name { Some(file) } else { file.thumbnail_file() }))
    }

    /// Gives up some of the uploads that nothing has used for [`UNUSED_LIFETIME`].
    ///
    /// # Errors
    /// Those of the store.
    pub async fn give_up_unused(&self) -> Result<GivenUp> {
        let now = self.clock.now();
        let lifetime = i64::try_from(UNUSED_LIFETIME.as_millis()).unwrap_or(i64::MAX);
        let before = Timestamp::from_millis(now.as_millis().saturating_sub(lifetime));
        self.store.give_up_uploads(before, now, STEP).await
    }

    /// Forgets uploads that were given up, now that their contents are gone.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn forget(&self, names: Vec<UploadName>) -> Result<()> {
        self.store.forget_uploads(names).await
    }
}
