use std::sync::Arc;

use async_trait::async_trait;

use super::{Appended, Deleted, Deletion, Draft, Edit, History, HistoryPage, Message};
use crate::{ConversationId, MessageId, Result, UserId};

/// Messages and their order.
///
/// Who changes a message is refused with [`MessageNotFound`](crate::Error::MessageNotFound) where it was deleted or they
/// are not a member of its conversation, and [`NotAllowed`](crate::Error::NotAllowed) where they are and may not, as nobody may change a system
/// message; looked at in the transaction that changes it. A change is told by one fact; what changes nothing is told to nobody.
#[async_trait]
pub trait MessageStore: Send + Sync + 'static {
    /// Appends a draft at the conversation's next `seq`, once per sender and `clientId`; moves the sender's pointer to
    /// it. A direct message is `delivered` if [`Presence`](crate::Presence) knows the recipient as it is stored, and
    /// waits for a device of theirs otherwise. A repeat answers with the message as it is by now.
    ///
    /// # Errors
    /// [`NotAMember`](crate::Error::NotAMember) if the sender may not write there, checked in the same transaction;
    /// [`UserNotFound`](crate::Error::UserNotFound) for an unknown recipient,
    /// [`InvalidFile`](crate::Error::InvalidFile) for a file that is no upload of the sender's,
    /// [`MessageNotFound`](crate::Error::MessageNotFound) for an answer to what is deleted or not in the same conversation;
    /// nothing is made then.
    async fn append_message(&self, draft: Draft) -> Result<Appended>;

    /// Gives a message another text, for its author; the same one again changes nothing. Answers with the message as it is
    /// then.
    ///
    /// # Errors
    /// [`TooOld`](crate::Error::TooOld); [`Blocked`](crate::Error::Blocked) where the other one of a direct conversation
    /// does not want to hear from the author; [`EmptyMessage`](crate::Error::EmptyMessage) unless it carries a file.
    async fn edit_message(&self, edit: Edit) -> Result<Arc<Message>>;

    /// Takes away all that a message says, for its author and the admins of its group; its place stays. The file goes too,
    /// unless something else uses it.
    ///
    /// # Errors
    /// [`TooOld`](crate::Error::TooOld) for an author who is no admin.
    async fn delete_message(&self, deletion: Deletion) -> Result<Deleted>;

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
