use std::sync::Arc;

use async_trait::async_trait;
use chirrup_domain::message::{
    Appended, Deleted, Deletion, Draft, Edit, History, HistoryPage, Message, MessageStore,
};
use chirrup_domain::{ConversationId, Error, MessageId, Result, UserId};

use super::{append, delete, edit, load};
use crate::SqliteStore;

#[async_trait]
impl MessageStore for SqliteStore {
    async fn append_message(&self, draft: Draft) -> Result<Appended> {
        let presence = Arc::clone(&self.presence);
        self.writer.write(move |transaction| append::append(transaction, &*presence, draft)).await
    }

    async fn edit_message(&self, edit: Edit) -> Result<Arc<Message>> {
        let (id, actor) = (edit.message, edit.actor);
        match self.writer.write(move |transaction| edit::edit(transaction, edit)).await? {
            Some(changed) => Ok(changed),
            // Who has read it need not keep the writer where there is nothing to tell.
            None => {
                let found =
                    self.readers.look_up(move |connection| Ok(load::find(connection, id, actor)?)).await?;
                found.map(Arc::new).ok_or(Error::MessageNotFound)
            }
        }
    }

    async fn delete_message(&self, deletion: Deletion) -> Result<Deleted> {
        self.writer.write(move |transaction| delete::delete(transaction, deletion)).await
    }

    async fn list_messages(
        &self,
        id: ConversationId,
        reader: UserId,
        page: HistoryPage,
    ) -> Result<Option<History>> {
        self.readers.read(move |connection| Ok(load::list_page(connection, id, reader, page)?)).await
    }

    async fn find_message(&self, id: MessageId, reader: UserId) -> Result<Option<Message>> {
        self.readers.look_up(move |connection| Ok(load::find(connection, id, reader)?)).await
    }
}
