use std::collections::HashSet;
use std::sync::Arc;

use super::{Act, GroupLook};
use crate::conversation::{ConversationView, Role, checked_name};
use crate::id::IdGenerator;
use crate::{Clock, ConversationId, Error, Result, Store, UserId};

/// Changes who is in a group and what it looks like.
pub struct Members {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    ids: Arc<IdGenerator>,
    max_members: Option<usize>,
}

impl Members {
    /// A service that lets groups grow to `max_members` members; to any size if `None`.
    pub fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        ids: Arc<IdGenerator>,
        max_members: Option<usize>,
    ) -> Self {
        Self { store, clock, ids, max_members }
    }

    /// Brings people into a group; repeats count once.
    ///
    /// # Errors
    /// [`InvalidPayload`](Error::InvalidPayload) for nobody, and those of
    /// [`add_members`](super::MemberStore::add_members).
    pub async fn add(
        &self,
        actor: UserId,
        group: ConversationId,
        users: impl IntoIterator<Item = UserId> + Send,
    ) -> Result<ConversationView> {
        let mut seen = HashSet::new();
        let users: Vec<_> = users.into_iter().filter(|user| seen.insert(*user)).collect();
        if users.is_empty() {
            return Err(Error::InvalidPayload { field: "userIds" });
        }
        self.store.add_members(self.act(actor, group), users, self.max_members).await
    }

    /// Takes somebody out of a group; oneself: leaves it.
    ///
    /// # Errors
    /// Those of [`remove_member`](super::MemberStore::remove_member).
    pub async fn remove(&self, actor: UserId, group: ConversationId, user: UserId) -> Result<()> {
        self.store.remove_member(self.act(actor, group), user).await
    }

    /// Gives a member another role.
    ///
    /// # Errors
    /// Those of [`set_member_role`](super::MemberStore::set_member_role).
    pub async fn set_role(
        &self,
        actor: UserId,
        group: ConversationId,
        user: UserId,
        role: Role,
    ) -> Result<ConversationView> {
        self.store.set_member_role(self.act(actor, group), user, role).await
    }

    /// Changes how a group looks. The name loses the space around it.
    ///
    /// # Errors
    /// [`InvalidPayload`](Error::InvalidPayload) for a name that is empty or too long, and those of
    /// [`update_group`](super::MemberStore::update_group).
    pub async fn update(
        &self,
        actor: UserId,
        group: ConversationId,
        look: GroupLook,
    ) -> Result<ConversationView> {
        let name = look.name.as_deref().map(checked_name).transpose()?;
        self.store.update_group(self.act(actor, group), GroupLook { name, ..look }).await
    }

    /// Ends a group.
    ///
    /// # Errors
    /// Those of [`delete_group`](super::MemberStore::delete_group).
    pub async fn delete(&self, actor: UserId, group: ConversationId) -> Result<()> {
        self.store.delete_group(self.act(actor, group)).await
    }

    fn act(&self, actor: UserId, group: ConversationId) -> Act {
        let at = self.clock.now();
        Act { group, actor, notice: self.ids.next(at), at }
    }
}
