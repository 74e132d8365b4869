use std::collections::HashSet;
use std::sync::Arc;

use super::{ConversationPage, ConversationView, Created, NewConversation, NewMembers};
use crate::feed::ChangeNo;
use crate::id::IdGenerator;
use crate::{Clock, ConversationId, Error, Result, Store, UserId};

/// Most characters that a group's name may have.
pub const MAX_NAME_CHARS: usize = 100;

/// Makes conversations and shows them to their members.
pub struct Conversations {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    ids: Arc<IdGenerator>,
    max_members: Option<usize>,
}

impl Conversations {
    /// A service that makes groups of up to `max_members` members, the creator included; of any size if `None`.
    pub fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        ids: Arc<IdGenerator>,
        max_members: Option<usize>,
    ) -> Self {
        Self { store, clock, ids, max_members }
    }

    /// The direct conversation of these two, made if there is none; `other` may be the creator: notes to oneself.
    ///
    /// # Errors
    /// [`UserNotFound`](Error::UserNotFound) for somebody unknown.
    pub async fn create_direct(&self, creator: UserId, other: UserId) -> Result<Created> {
        self.create(creator, NewMembers::Direct(other)).await
    }

    /// Makes a group of the creator and these members; repeats count once. The name loses the space around it.
    ///
    /// # Errors
    /// [`InvalidPayload`](Error::InvalidPayload) for a name that is empty or too long, or a picture that is no upload of
    /// the creator's,
    /// [`TooManyMembers`](Error::TooManyMembers), and [`UserNotFound`](Error::UserNotFound) if anybody is unknown.
    pub async fn create_group(
        &self,
        creator: UserId,
        name: &str,
        avatar: Option<String>,
        members: impl IntoIterator<Item = UserId> + Send,
    ) -> Result<Created> {
        let name = checked_name(name)?;
        let others = others(creator, members);
        if let Some(limit) = self.max_members.filter(|max| others.len() >= *max) {
            return Err(Error::TooManyMembers { limit });
        }
        self.create(creator, NewMembers::Group { name, avatar, others }).await
    }

    /// The conversation as this reader sees it; `None` also for somebody who is not a member.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn find(&self, id: ConversationId, reader: UserId) -> Result<Option<ConversationView>> {
        self.store.find_conversation(id, reader).await
    }

    /// A page of the reader's conversations, latest first, and behind which place there are more.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn list(
        &self,
        reader: UserId,
        page: ConversationPage,
    ) -> Result<(Vec<ConversationView>, Option<ChangeNo>)> {
        self.store.list_conversations(reader, page).await
    }

    async fn create(&self, creator: UserId, members: NewMembers) -> Result<Created> {
        let at = self.clock.now();
        let new = NewConversation { id: self.ids.next(at), creator, at, members };
        self.store.create_conversation(new).await
    }
}

pub(crate) fn checked_name(name: &str) -> Result<String> {
    let name = name.trim();
    match name.chars().count() {
        1..=MAX_NAME_CHARS => Ok(name.to_owned()),
        _ => Err(Error::InvalidPayload { field: "name" }),
    }
}

fn others(creator: UserId, members: impl IntoIterator<Item = UserId>) -> Vec<UserId> {
    let mut seen = HashSet::from([creator]);
    members.into_iter().filter(|member| seen.insert(*member)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_1_to_100_characters_without_the_space_around_it() {
        assert_eq!(checked_name("  the team\n").unwrap(), "the team");
        assert!(checked_name(&"ä".repeat(100)).is_ok());
        for name in ["", "  ", &"ä".repeat(101)] {
            assert!(matches!(checked_name(name), Err(Error::InvalidPayload { field: "name" })), "{name}");
        }
    }

    #[test]
    fn members_count_once_and_keep_their_order() {
        let [a, b, c] = [1, 2, 3].map(|n| UserId::from([n; 12]));
        assert_eq!(others(a, [c, b, a, c]), [c, b]);
    }
}
