//! The port to whatever keeps Chirrup's data.

use async_trait::async_trait;

use crate::Result;
use crate::account::AccountStore;
use crate::conversation::ConversationStore;
use crate::feed::ChangeNo;
use crate::message::MessageStore;

/// Everything that a database does for Chirrup. A method is one whole domain action, atomic in each database; time and
/// ids come from the caller; a lookup that finds nothing returns `None`.
///
/// What a method acknowledges is durable, and its changes have been handed to the [`Feed`](crate::Feed) in commit order.
#[async_trait]
pub trait Store: AccountStore + ConversationStore + MessageStore {
    /// Number of the last committed change.
    async fn last_change(&self) -> Result<ChangeNo>;

    /// Answers once the store can read and write.
    async fn ping(&self) -> Result<()>;
}
