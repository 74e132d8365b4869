use std::sync::Arc;

use chirrup_domain::conversation::{Conversation, Role};
use chirrup_domain::member::{Act, Notice};
use chirrup_domain::{ConversationId, Error, Fact, Result, UserId};
use rusqlite::{Connection, OptionalExtension, params};

use crate::account::{KnownUser, find_known};
use crate::columns::{Column, Columns};
use crate::conversation::find_conversation;
use crate::error::Failure;
use crate::message::append_notice;
use crate::writer::Transaction;

/// A group in the hands of a member whose role goes far enough.
pub(super) struct Group {
    /// Key of its row.
    pub(super) key: i64,
    /// Which one.
    pub(super) id: ConversationId,
    /// What it is called.
    pub(super) name: Option<String>,
    /// Its picture.
    pub(super) avatar: Option<String>,
    /// How many are in it.
    pub(super) member_count: usize,
    /// Who acts.
    pub(super) actor: KnownUser,
    /// What the actor may do.
    pub(super) role: Role,
    act: Act,
}

/// Somebody who is in the group.
pub(super) struct GroupMember {
    /// Key of the user's row.
    pub(super) user: i64,
    /// Their name.
    pub(super) username: String,
    /// What they may do.
    pub(super) role: Role,
}

impl Group {
    /// The group, if the actor is in it with this role at least.
    ///
    /// # Errors
    /// [`NotAMember`](Error::NotAMember), [`NotAGroup`](Error::NotAGroup), [`NotAllowed`](Error::NotAllowed).
    pub(super) fn open(connection: &Connection, act: Act, least: Role) -> Result<Self, Failure> {
        let actor = find_known(connection, act.actor)?.ok_or(Error::NotAMember)?;
        let found = connection
            .prepare_cached(
                "SELECT c.key, c.low IS NULL, c.name, c.avatar, c.member_count, m.role
                 FROM conversations c
                 JOIN members m ON m.user = ?2 AND m.conversation = c.key AND m.left_no IS NULL
                 WHERE c.oid = ?1",
            )?
            .query_row((act.group.as_bytes(), actor.key), |row| {
                let is_group: bool = row.get(1)?;
                let group = Self {
                    key: row.get(0)?,
                    id: act.group,
                    name: row.get(2)?,
                    avatar: row.get(3)?,
                    member_count: row.get(4)?,
                    actor,
                    role: row.value(5)?,
                    act,
                };
                Ok((is_group, group))
            })
            .optional()?;
        match found {
            None => Err(Error::NotAMember.into()),
            Some((false, _)) => Err(Error::NotAGroup.into()),
            Some((true, group)) if group.role < least => Err(Error::NotAllowed.into()),
            Some((true, group)) => Ok(group),
        }
    }

    /// Somebody who is in it.
    ///
    /// # Errors
    /// [`UserNotFound`](Error::UserNotFound) for anybody else.
    pub(super) fn member(&self, connection: &Connection, id: UserId) -> Result<GroupMember, Failure> {
        let found = connection
            .prepare_cached(
                "SELECT u.key, u.username, m.role
                 FROM users u JOIN members m ON m.user = u.key AND m.conversation = ?1 AND m.left_no IS NULL
                 WHERE u.oid = ?2",
            )?
            .query_row((self.key, id.as_bytes()), |row| {
                Ok(GroupMember { user: row.get(0)?, username: row.get(1)?, role: row.value(2)? })
            })
            .optional()?;
        Ok(found.ok_or(Error::UserNotFound)?)
    }

    /// Gives somebody who is in it this role.
    pub(super) fn give_role(
        &self,
        transaction: &Transaction<'_>,
        user: i64,
        role: Role,
    ) -> rusqlite::Result<()> {
        let connection = transaction.connection();
        connection
            .prepare_cached(
                "UPDATE members SET role = ?3, changed_no = ?4 WHERE user = ?1 AND conversation = ?2",
            )?
            .execute(params![user, self.key, role.to_column(), transaction.next_no().0])?;
        if role == Role::Owner {
            connection
                .prepare_cached("UPDATE conversations SET owner = ?2 WHERE key = ?1")?
                .execute((self.key, user))?;
        }
        Ok(())
    }

    /// Notes that this many are in it now, and that the next change is the latest of its own.
    pub(super) fn touch(&self, transaction: &Transaction<'_>, member_count: usize) -> rusqlite::Result<()> {
        transaction
            .connection()
            .prepare_cached(
                "UPDATE conversations
                 SET member_count = ?2, changed_no = ?3, last_no = ?3, updated_at = max(updated_at, ?4)
                 WHERE key = ?1",
            )?
            .execute(params![self.key, member_count, transaction.next_no().0, self.act.at.to_column()])?;
        Ok(())
    }

    /// Tells of a change that has been written: first the fact, of the group as it is now, then the system message.
    pub(super) fn tell(
        &self,
        transaction: &mut Transaction<'_>,
        notice: Notice<'_>,
        fact: impl FnOnce(Arc<Conversation>) -> Fact,
    ) -> Result<(), Failure> {
        let conversation = find_conversation(transaction.connection(), self.key)?;
        let conversation = conversation.ok_or_else(|| Error::internal("a group has no member left"))?;
        transaction.record(fact(Arc::new(conversation)));
        let sentence = notice.sentence(&self.actor.sender.username);
        append_notice(transaction, (self.key, self.id), &self.actor, self.act, sentence)
    }
}
