use async_trait::async_trait;

use super::{ConversationMark, MessageMark, NamedReader, ReaderPage};
use crate::{MessageId, Result, UserId};

/// Who has read what.
///
/// Marks of neighbouring messages within a second are kept as one, with the time of the first. The author of a message is
/// never among its readers.
#[async_trait]
pub trait ReceiptStore: Send + Sync + 'static {
    /// Records one message as read and moves the reader's pointer to it if it is newer. A message that the reader has
    /// marked before, or has sent, changes nothing.
    ///
    /// # Errors
    /// [`MessageNotFound`](crate::Error::MessageNotFound), also for somebody who is not a member.
    async fn mark_message_read(&self, mark: MessageMark) -> Result<()>;

    /// Records everything from the reader's pointer to a place as read and moves the pointer there; one that stands there
    /// or behind it already changes nothing. Answers how many messages are unread now.
    ///
    /// # Errors
    /// [`NotAMember`](crate::Error::NotAMember).
    async fn mark_conversation_read(&self, mark: ConversationMark) -> Result<u64>;

    /// A page of a message's readers, the first to read it first, and whether there are more behind it; `None` for
    /// somebody who is not a member.
    async fn list_readers(
        &self,
        message: MessageId,
        asker: UserId,
        page: ReaderPage,
    ) -> Result<Option<(Vec<NamedReader>, bool)>>;
}
