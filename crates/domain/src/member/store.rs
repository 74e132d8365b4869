use async_trait::async_trait;

use super::{Act, Counterpart, GroupLook, UserPage};
use crate::conversation::{ConversationView, Participant, Role};
use crate::{ConversationId, Result, UserId};

/// Members and what they do to their groups.
///
/// Who acts on a group is refused with [`NotAMember`](crate::Error::NotAMember) unless they are in it,
/// [`NotAGroup`](crate::Error::NotAGroup) where it is a direct conversation, and
/// [`NotAllowed`](crate::Error::NotAllowed) without the role for it: all three looked at in the transaction that
/// changes something. What changes nothing is told to nobody. What changes something is told by facts, the first of
/// which is the change, and the second the system message.
#[async_trait]
pub trait MemberStore: Send + Sync + 'static {
    /// A page of the members in the order in which they joined, and whether there are more behind it; `None` for
    /// somebody who is not one.
    async fn list_members(
        &self,
        id: ConversationId,
        reader: UserId,
        page: UserPage,
    ) -> Result<Option<(Vec<Participant>, bool)>>;

    /// The other member of a direct conversation, oneself for notes to oneself; `None` for a group and for somebody
    /// who is not in it.
    async fn find_counterpart(&self, id: ConversationId, member: UserId) -> Result<Option<Counterpart>>;

    /// Brings people into a group, for admins. They see all of it, and nothing of it is unread to them. Who is in
    /// it already stays as they are.
    ///
    /// # Errors
    /// [`UserNotFound`](crate::Error::UserNotFound) if anybody is unknown, [`TooManyMembers`](crate::Error::TooManyMembers)
    /// if the group had more than `max` then.
    async fn add_members(&self, act: Act, users: Vec<UserId>, max: Option<usize>)
    -> Result<ConversationView>;

    /// Takes somebody out of a group: oneself, or who has a lower role. The owner who leaves hands the group to the
    /// longest-standing admin, else member; a group that is empty then is deleted.
    ///
    /// # Errors
    /// [`UserNotFound`](crate::Error::UserNotFound) for somebody who is not in it.
    async fn remove_member(&self, act: Act, user: UserId) -> Result<()>;

    /// Gives a member another role, for the owner, who becomes an admin by giving ownership away and can't give up
    /// ownership otherwise.
    ///
    /// # Errors
    /// [`UserNotFound`](crate::Error::UserNotFound) for somebody who is not in it.
    async fn set_member_role(&self, act: Act, user: UserId, role: Role) -> Result<ConversationView>;

    /// Changes how a group looks, for admins.
    ///
    /// # Errors
    /// [`InvalidPayload`](crate::Error::InvalidPayload) for a picture that is no upload of the actor's.
    async fn update_group(&self, act: Act, look: GroupLook) -> Result<ConversationView>;

    /// Ends a group, for the owner: everybody is out at once, and its messages go in the background.
    async fn delete_group(&self, act: Act) -> Result<()>;

    /// Notes whether a member wants no notifications.
    ///
    /// # Errors
    /// [`NotAMember`](crate::Error::NotAMember).
    async fn set_muted(&self, id: ConversationId, member: UserId, muted: bool) -> Result<()>;
}
