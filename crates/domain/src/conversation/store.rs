use async_trait::async_trait;

use super::{ConversationPage, ConversationView, NewConversation};
use crate::feed::ChangeNo;
use crate::{ConversationId, Result, UserId};

/// What making a conversation came to.
#[derive(Debug, Clone)]
pub struct Created {
    /// The conversation, as its creator sees it.
    pub view: ConversationView,
    /// Whether it was there before: a direct one exists once per pair.
    pub existed: bool,
}

/// Conversations and who is in them.
#[async_trait]
pub trait ConversationStore: Send + Sync + 'static {
    /// Makes a conversation, or finds the direct one that exists.
    ///
    /// # Errors
    /// [`UserNotFound`](crate::Error::UserNotFound) if one of the members does not exist,
    /// [`InvalidPayload`](crate::Error::InvalidPayload), naming `avatar`, for a picture that is no upload of the
    /// creator's; nothing is made then.
    async fn create_conversation(&self, new: NewConversation) -> Result<Created>;

    /// The conversation, as this member sees it; `None` also for somebody who is not one.
    async fn find_conversation(&self, id: ConversationId, reader: UserId)
    -> Result<Option<ConversationView>>;

    /// One's conversations and, if there are more, behind which place they stand: the one with the newest message first, one without
    /// messages standing where it was made.
    async fn list_conversations(
        &self,
        reader: UserId,
        page: ConversationPage,
    ) -> Result<(Vec<ConversationView>, Option<ChangeNo>)>;

    /// The ids of all groups that somebody is in.
    async fn list_group_ids(&self, member: UserId) -> Result<Vec<ConversationId>>;

    /// Everybody who shares a conversation with `user`, each once, without `user`.
    async fn list_contacts(&self, user: UserId) -> Result<Vec<UserId>>;
}
