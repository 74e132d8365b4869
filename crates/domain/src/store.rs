//! The port to whatever keeps Chirrup's data.

use async_trait::async_trait;

use crate::Result;
use crate::account::AccountStore;
use crate::block::BlockStore;
use crate::conversation::ConversationStore;
use crate::delivery::DeliveryStore;
use crate::feed::ChangeNo;
use crate::member::MemberStore;
use crate::message::MessageStore;
use crate::reaction::ReactionStore;
use crate::receipt::ReceiptStore;
use crate::search::SearchStore;
use crate::upload::UploadStore;

/// A random word made with a database. Change numbers mean something only together with it: those of another database
/// or of a restored backup are told apart by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Epoch(pub u64);

/// Everything that a database does for Chirrup. A method is one whole domain action, atomic in each database; time and
/// ids come from the caller; a lookup that finds nothing returns `None`.
///
/// What a method acknowledges is durable, and its changes have been handed to the [`Feed`](crate::Feed) in commit order.
/// What it refuses changed nothing, whatever the error. A writing method whose future is dropped may be carried out all
/// the same.
#[async_trait]
pub trait Store:
    AccountStore
    + BlockStore
    + ConversationStore
    + DeliveryStore
    + MemberStore
    + MessageStore
    + ReactionStore
    + ReceiptStore
    + SearchStore
    + UploadStore
{
    /// The database's own word.
    fn epoch(&self) -> Epoch;

    /// Number of the last committed change.
    async fn last_change(&self) -> Result<ChangeNo>;

    /// Answers once the store can read and write.
    async fn ping(&self) -> Result<()>;

    /// Finishes everything accepted before and closes the database; answers when both are done. Requests that come
    /// later are refused as [`Unavailable`](crate::Error::Unavailable).
    async fn close(&self) -> Result<()>;
}
