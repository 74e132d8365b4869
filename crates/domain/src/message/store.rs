use async_trait::async_trait;

use super::{Appended, Draft, History, HistoryPage, Message};
use crate::{ConversationId, MessageId, Result, UserId};

/// Messages and their order.
#[async_trait]
pub trait MessageStore: Send + Sync + 'static {
    /// Appends a draft at the conversation's next `seq`, once per sender and `clientId`; moves the sender's pointer to
    /// it. A direct message is `delivered` if [`Presence`](crate::Presence) knows the recipient as it is stored, and
    /// waits for a device of theirs otherwise. A repeat answers with the message as it is by now.
    ///
    /// # Errors
    /// [`NotAMember`](crate::Error::NotAMember) if the sender may not write there, checked in the same transaction;
    /// [`UserNotFound`](crate::Error::UserNotFound) for an unknown recipient,
    /// [`InvalidFile`](crate::Error::InvalidFile) for a file that is no upload of the sender's; nothing is made then.
    async fn append_message(&self, draft: Draft) -> Result<Appended>;

    /// A page of a conversation's messages; `None` for somebody who is not a member.
    async fn list_messages(
        &self,
        id: ConversationId,
        reader: UserId,
        page: HistoryPage,
    ) -> Result<Option<History>>;

    /// One message; `None` also for somebody who is not a member.
    async fn find_message(&self, id: MessageId, reader: UserId) -> Result<Option<Message>>;
}
