use chirrup_domain::conversation::Role;
use chirrup_domain::member::{Act, Notice};
use chirrup_domain::{Error, Fact, Result, UserId};
use rusqlite::{Connection, OptionalExtension};

use super::delete;
use super::group::{Group, GroupMember};
use crate::columns::Columns;
use crate::error::Failure;
use crate::writer::Transaction;

/// Takes somebody out of a group, or lets them leave.
pub(super) fn remove(transaction: &mut Transaction<'_>, act: Act, user: UserId) -> Result<(), Failure> {
    let connection = transaction.connection();
    let leaves = act.actor == user;
    let group = Group::open(connection, act, if leaves { Role::Member } else { Role::Admin })?;
    let member = group.member(connection, user)?;
    if !leaves && member.role >= group.role {
        return Err(Error::NotAllowed.into());
    }
    if group.member_count <= 1 {
        return delete::end(transaction, &group);
    }
    connection
        .prepare_cached(
            "UPDATE members SET left_no = ?3, changed_no = ?3, role = 0 WHERE user = ?1 AND conversation = ?2",
        )?
        .execute((member.user, group.key, transaction.next_no().0))?;
    let heir = match member.role {
        Role::Owner => Some(heir(connection, &group)?),
        _ => None,
    };
    if let Some(heir) = &heir {
        group.give_role(transaction, heir.user, Role::Owner)?;
    }
    group.touch(transaction, group.member_count - 1)?;

    let notice = match leaves {
        true => Notice::Left(heir.as_ref().map(|heir| heir.username.as_str())),
        false => Notice::Removed(&member.username),
    };
    group.tell(transaction, notice, |conversation| Fact::MemberRemoved { conversation, member: user })
}

/// Who gets a group that its owner has left: the longest-standing admin, else member.
fn heir(connection: &Connection, group: &Group) -> Result<GroupMember, Failure> {
    let heir = connection
        .prepare_cached(
            "SELECT u.key, u.username, m.role
             FROM members m JOIN users u ON u.key = m.user
             WHERE m.conversation = ?1 AND m.left_no IS NULL
             ORDER BY m.role DESC, m.place LIMIT 1",
        )?
        .query_row([group.key], |row| {
            Ok(GroupMember { user: row.get(0)?, username: row.get(1)?, role: row.value(2)? })
        })
        .optional()?;
    Ok(heir.ok_or_else(|| Error::internal("a group has fewer members than it counts"))?)
}
