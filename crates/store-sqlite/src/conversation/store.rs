use async_trait::async_trait;
use chirrup_domain::conversation::{
    ConversationPage, ConversationStore, ConversationView, Created, NewConversation,
};
use chirrup_domain::feed::ChangeNo;
use chirrup_domain::{ConversationId, Result, UserId};

use super::{create, list, load};
use crate::SqliteStore;

#[async_trait]
impl ConversationStore for SqliteStore {
    async fn create_conversation(&self, new: NewConversation) -> Result<Created> {
        self.writer.write(move |transaction| create::create(transaction, new)).await
    }

    async fn find_conversation(
        &self,
        id: ConversationId,
        reader: UserId,
    ) -> Result<Option<ConversationView>> {
        self.readers.read(move |connection| Ok(load::find_view(connection, id, reader)?)).await
    }

    async fn list_conversations(
        &self,
        reader: UserId,
        page: ConversationPage,
    ) -> Result<(Vec<ConversationView>, Option<ChangeNo>)> {
        self.readers.read(move |connection| Ok(list::list_page(connection, reader, page)?)).await
    }

    async fn list_group_ids(&self, member: UserId) -> Result<Vec<ConversationId>> {
        self.readers.look_up(move |connection| Ok(list::list_group_ids(connection, member)?)).await
    }

    async fn list_contacts(&self, user: UserId) -> Result<Vec<UserId>> {
        self.readers.read(move |connection| Ok(list::list_contacts(connection, user)?)).await
    }
}
