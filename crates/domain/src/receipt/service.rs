use std::sync::Arc;

use super::{ConversationMark, MessageMark, NamedReader, ReaderPage};
use crate::presence::DeviceId;
use crate::{Clock, ConversationId, Error, MessageId, Result, Store, UserId};

/// Marks messages as read and tells who has read them.
pub struct Receipts {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
}

impl Receipts {
    /// Puts the service together.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// Marks one message as read.
    ///
    /// # Errors
    /// Those of [`mark_message_read`](super::ReceiptStore::mark_message_read).
    pub async fn mark_message(
        &self,
        reader: UserId,
        message: MessageId,
        origin: Option<DeviceId>,
    ) -> Result<()> {
        let at = self.clock.now();
        self.store.mark_message_read(MessageMark { reader, message, origin, at }).await
    }

    /// Marks a conversation as read up to the message at `up_to`. Answers how many are unread now.
    ///
    /// # Errors
    /// Those of [`mark_conversation_read`](super::ReceiptStore::mark_conversation_read).
    pub async fn mark_conversation(
        &self,
        reader: UserId,
        conversation: ConversationId,
        up_to: u64,
        origin: Option<DeviceId>,
    ) -> Result<u64> {
        let at = self.clock.now();
        self.store.mark_conversation_read(ConversationMark { reader, conversation, up_to, origin, at }).await
    }

    /// A page of a message's readers, the first to read it first, and whether there are more behind it.
    ///
    /// # Errors
    /// [`MessageNotFound`](Error::MessageNotFound), also for somebody who is not a member.
    pub async fn readers(
        &self,
        message: MessageId,
        asker: UserId,
        page: ReaderPage,
    ) -> Result<(Vec<NamedReader>, bool)> {
        self.store.list_readers(message, asker, page).await?.ok_or(Error::MessageNotFound)
    }
}
