use async_trait::async_trait;

use super::{Credentials, NewUser, User};
use crate::{Result, Timestamp, UserId};

/// Users and their credentials.
#[async_trait]
pub trait AccountStore: Send + Sync + 'static {
    /// Makes an account.
    ///
    /// # Errors
    /// [`UsernameTaken`](crate::Error::UsernameTaken) or [`EmailTaken`](crate::Error::EmailTaken), whatever the case.
    async fn create_user(&self, user: NewUser) -> Result<User>;

    /// The user with this id.
    async fn find_user(&self, id: UserId) -> Result<Option<User>>;

    /// The account with this address or, where it has no `@`, this name, whatever the case.
    async fn find_credentials(&self, email_or_username: &str) -> Result<Option<Credentials>>;

    /// Notes when the user's last device went away.
    async fn set_last_seen(&self, user: UserId, at: Timestamp) -> Result<()>;
}
