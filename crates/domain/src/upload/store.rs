use async_trait::async_trait;

use super::{File, NewUpload, UploadName};
use crate::{Result, Timestamp};

/// What is known of uploaded files. Their contents lie elsewhere.
#[async_trait]
pub trait UploadStore: Send + Sync + 'static {
    /// Records an upload.
    ///
    /// # Errors
    /// [`UserNotFound`](crate::Error::UserNotFound) for an unknown owner.
    async fn add_upload(&self, upload: NewUpload) -> Result<()>;

    /// The upload of this name, or whose thumbnail has this name, whoever owns it.
    async fn find_upload(&self, name: &UploadName) -> Result<Option<File>>;

    /// Looks at up to `limit` uploads that nobody has looked at since `before`, and gives up those that neither a message
    /// nor an avatar uses: from here on none can. Those given up are named, again by each call until they are
    /// [forgotten](Self::forget_uploads), and their thumbnails with them.
    async fn give_up_uploads(&self, before: Timestamp, now: Timestamp, limit: u16) -> Result<GivenUp>;

    /// Forgets uploads that were given up and whose contents are gone. One whose thumbnail is not named with it is not
    /// forgotten yet.
    async fn forget_uploads(&self, names: Vec<UploadName>) -> Result<()>;
}

/// What a look at old uploads came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GivenUp {
    /// The uploads and the thumbnails whose contents can go.
    pub names: Vec<UploadName>,
    /// Whether there may be more to look at.
    pub more: bool,
}
