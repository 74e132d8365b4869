use chirrup_domain::conversation::{ConversationView, Role};
use chirrup_domain::member::{Act, Notice};
use chirrup_domain::{Error, Fact, Result, UserId};

use super::group::Group;
use crate::conversation::seen_by;
use crate::error::Failure;
use crate::writer::Transaction;

/// Gives a member another role.
pub(super) fn set(
    transaction: &mut Transaction<'_>,
    act: Act,
    user: UserId,
    role: Role,
) -> Result<ConversationView, Failure> {
    let connection = transaction.connection();
    let group = Group::open(connection, act, Role::Owner)?;
    let member = group.member(connection, user)?;
    if member.role != role {
        if member.role == Role::Owner {
            // There is one owner always: ownership is given away, never given up.
            return Err(Error::NotAllowed.into());
        }
        if role == Role::Owner {
            group.give_role(transaction, group.actor.key, Role::Admin)?;
        }
        group.give_role(transaction, member.user, role)?;
        group.touch(transaction, group.member_count)?;
        group.tell(transaction, Notice::RoleGiven(&member.username, role), |conversation| {
            Fact::ConversationUpdated { conversation }
        })?;
    }
    seen_by(connection, group.id, act.actor)
}
