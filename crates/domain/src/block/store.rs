use async_trait::async_trait;

use crate::account::User;
use crate::member::UserPage;
use crate::{Result, UserId};

/// Who has blocked whom. Nobody is told of it; a blocked person's direct messages are refused as they are stored.
#[async_trait]
pub trait BlockStore: Send + Sync + 'static {
    /// Stops direct messages from `other` to `user`, or allows them again. Doing it twice is doing it once.
    ///
    /// # Errors
    /// [`UserNotFound`](crate::Error::UserNotFound) for somebody unknown.
    async fn set_blocked(&self, user: UserId, other: UserId, blocked: bool) -> Result<()>;

    /// A page of those whom somebody has blocked, in the order in which their accounts were made, and whether there are
    /// more behind it.
    async fn list_blocked(&self, user: UserId, page: UserPage) -> Result<(Vec<User>, bool)>;
}
