use async_trait::async_trait;
use chirrup_domain::conversation::{ConversationView, Participant, Role};
use chirrup_domain::member::{Act, Counterpart, GroupLook, MemberStore, UserPage};
use chirrup_domain::{ConversationId, Result, UserId};

use super::{add, delete, list, look, mute, remove, role};
use crate::SqliteStore;

#[async_trait]
impl MemberStore for SqliteStore {
    async fn list_members(
        &self,
        id: ConversationId,
        reader: UserId,
        page: UserPage,
    ) -> Result<Option<(Vec<Participant>, bool)>> {
        self.readers.read(move |connection| Ok(list::list_page(connection, id, reader, page)?)).await
    }

    async fn find_counterpart(&self, id: ConversationId, member: UserId) -> Result<Option<Counterpart>> {
        self.readers.read(move |connection| Ok(list::find_counterpart(connection, id, member)?)).await
    }

    async fn add_members(
        &self,
        act: Act,
        users: Vec<UserId>,
        max: Option<usize>,
    ) -> Result<ConversationView> {
        self.writer.write(move |transaction| add::add(transaction, act, users, max)).await
    }

    async fn remove_member(&self, act: Act, user: UserId) -> Result<()> {
        self.writer.write(move |transaction| remove::remove(transaction, act, user)).await
    }

    async fn set_member_role(&self, act: Act, user: UserId, role: Role) -> Result<ConversationView> {
        self.writer.write(move |transaction| role::set(transaction, act, user, role)).await
    }

    async fn update_group(&self, act: Act, look: GroupLook) -> Result<ConversationView> {
        self.writer.write(move |transaction| look::update(transaction, act, look)).await
    }

    async fn delete_group(&self, act: Act) -> Result<()> {
        self.writer.write(move |transaction| delete::delete(transaction, act)).await
    }

    async fn set_muted(&self, id: ConversationId, member: UserId, muted: bool) -> Result<()> {
        self.writer.write(move |transaction| mute::set(transaction, id, member, muted)).await
    }
}
