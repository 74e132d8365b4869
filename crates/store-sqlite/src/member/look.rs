use chirrup_domain::conversation::{ConversationView, Role};
use chirrup_domain::member::{Act, GroupLook, Notice};
use chirrup_domain::{Fact, Result};

use super::group::Group;
use crate::conversation::seen_by;
use crate::error::Failure;
use crate::upload::check_avatar;
use crate::writer::Transaction;

/// Changes a group's name or picture. Of both at once the name is what the system message tells.
pub(super) fn update(
    transaction: &mut Transaction<'_>,
    act: Act,
    look: GroupLook,
) -> Result<ConversationView, Failure> {
    let connection = transaction.connection();
    let group = Group::open(connection, act, Role::Admin)?;
    let name = look.name.filter(|name| group.name.as_ref() != Some(name));
    let avatar = look.avatar.filter(|avatar| *avatar != group.avatar);
    if let Some(Some(url)) = &avatar {
        check_avatar(connection, group.actor.key, url)?;
    }
    let notice = match (&name, &avatar) {
        (Some(name), _) => Notice::Renamed(name),
        (None, Some(Some(_))) => Notice::PictureSet,
        (None, Some(None)) => Notice::PictureRemoved,
        (None, None) => return seen_by(connection, group.id, act.actor),
    };
    connection.prepare_cached("UPDATE conversations SET name = ?2, avatar = ?3 WHERE key = ?1")?.execute(
        (group.key, name.as_ref().or(group.name.as_ref()), avatar.as_ref().unwrap_or(&group.avatar)),
    )?;
    group.touch(transaction, group.member_count)?;
    group.tell(transaction, notice, |conversation| Fact::ConversationUpdated { conversation })?;
    seen_by(connection, group.id, act.actor)
}
