use std::sync::Arc;

use chirrup_domain::conversation::{LastMessage, Role};
use chirrup_domain::message::{Message, MessageType};
use chirrup_domain::{Error, Fact, MessageId, Result, Timestamp, UserId};
use rusqlite::{Connection, OptionalExtension, params};

use super::load::read_one;
use crate::block::is_blocked;
use crate::columns::{Column, Columns};
use crate::error::Failure;
use crate::writer::Transaction;

/// A message in the hands of a member who wants to change it.
pub(crate) struct Changing {
    /// Key of its conversation.
    pub(crate) conversation: i64,
    /// Its place there.
    pub(crate) seq: u64,
    /// Key of the file that it carries.
    pub(crate) file: Option<i64>,
    /// Key of whoever changes it.
    pub(crate) actor: i64,
    sender: i64,
    created_at: Timestamp,
    role: Role,
    /// Key of the other one of a direct conversation, the actor's own for notes to oneself.
    other: Option<i64>,
}

impl Changing {
    /// The message, for a member of its conversation.
    ///
    /// # Errors
    /// [`MessageNotFound`](Error::MessageNotFound) for anybody else, [`NotAllowed`](Error::NotAllowed) for a system message.
    pub(crate) fn open(connection: &Connection, message: MessageId, actor: UserId) -> Result<Self, Failure> {
        let found = connection
            .prepare_cached(
                "SELECT message.conversation, message.seq, message.file, m.user, message.sender, message.created_at,
                        iif(c.low = m.user, c.high, c.low), m.role, message.type
                 FROM messages message
                 JOIN users u ON u.oid = ?2
                 JOIN members m ON m.user = u.key AND m.conversation = message.conversation AND m.left_no IS NULL
                 JOIN conversations c ON c.key = message.conversation
                 WHERE message.oid = ?1 AND message.deleted_at IS NULL",
            )?
            .query_row((message.as_bytes(), actor.as_bytes()), |row| {
                let changing = Self {
                    conversation: row.get(0)?,
                    seq: row.get(1)?,
                    file: row.get(2)?,
                    actor: row.get(3)?,
                    sender: row.get(4)?,
                    created_at: row.value(5)?,
                    other: row.get(6)?,
                    role: row.value(7)?,
                };
                Ok((changing, row.value(8)?))
            })
            .optional()?;
        match found {
            None => Err(Error::MessageNotFound.into()),
            Some((_, MessageType::System)) => Err(Error::NotAllowed.into()),
            Some((changing, _)) => Ok(changing),
        }
    }

    /// Whether whoever changes it has sent it.
    pub(crate) fn is_author(&self) -> bool {
        self.actor == self.sender
    }

    /// Whether whoever changes it manages the group that it is in.
    pub(crate) fn is_by_admin(&self) -> bool {
        self.other.is_none() && self.role >= Role::Admin
    }

    /// Makes sure that the other one of a direct conversation wants to hear from whoever changes it.
    ///
    /// # Errors
    /// [`Blocked`](Error::Blocked).
    pub(crate) fn check_unblocked(&self, connection: &Connection) -> Result<(), Failure> {
        match self.other {
            Some(other) if is_blocked(connection, other, self.actor)? => Err(Error::Blocked.into()),
            _ => Ok(()),
        }
    }

    /// Makes sure that it was sent no earlier than that.
    ///
    /// # Errors
    /// [`TooOld`](Error::TooOld).
    pub(crate) fn check_age(&self, sent_since: Option<Timestamp>) -> Result<()> {
        match sent_since {
            Some(oldest) if self.created_at < oldest => Err(Error::TooOld),
            _ => Ok(()),
        }
    }

    /// The message as it is.
    pub(crate) fn read(&self, connection: &Connection) -> Result<Arc<Message>, Failure> {
        let message = read_one(connection, self.conversation, self.seq)?;
        Ok(Arc::new(message.ok_or_else(|| Error::internal("a message is gone while it changes"))?))
    }

    /// Numbers a change that has been written, lets the conversation's preview follow, and tells of it.
    pub(crate) fn finish(
        self,
        transaction: &mut Transaction<'_>,
        at: Timestamp,
    ) -> Result<Arc<Message>, Failure> {
        let (connection, no) = (transaction.connection(), transaction.next_no().0);
        connection
            .prepare_cached(
                "UPDATE messages SET changed_no = ?3, changed_at = ?4 WHERE conversation = ?1 AND seq = ?2",
            )?
            .execute(params![self.conversation, self.seq, no, at.to_column()])?;
        let message = self.read(connection)?;
        let preview = LastMessage::of(&message);
        connection
            .prepare_cached(
                "UPDATE conversations
                 SET last_no = ?2, last_type = iif(last_seq = ?3, ?4, last_type),
                     last_content = iif(last_seq = ?3, ?5, last_content)
                 WHERE key = ?1",
            )?
            .execute(params![
                self.conversation,
                no,
                self.seq,
                preview.message_type.to_column(),
                preview.content
            ])?;
        transaction.record(Fact::MessageChanged { message: Arc::clone(&message) });
        Ok(message)
    }
}
