use async_trait::async_trait;
use chirrup_domain::receipt::{ConversationMark, MessageMark, NamedReader, ReaderPage, ReceiptStore};
use chirrup_domain::{MessageId, Result, UserId};

use super::{mark, readers};
use crate::SqliteStore;

#[async_trait]
impl ReceiptStore for SqliteStore {
    async fn mark_message_read(&self, wish: MessageMark) -> Result<()> {
        self.writer.write(move |transaction| mark::mark_message(transaction, &wish)).await
    }

    async fn mark_conversation_read(&self, wish: ConversationMark) -> Result<u64> {
        self.writer.write(move |transaction| mark::mark_conversation(transaction, &wish)).await
    }

    async fn list_readers(
        &self,
        message: MessageId,
        asker: UserId,
        page: ReaderPage,
    ) -> Result<Option<(Vec<NamedReader>, bool)>> {
        self.readers.read(move |connection| Ok(readers::list_page(connection, message, asker, page)?)).await
    }
}
