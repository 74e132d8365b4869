use chirrup_domain::{ConversationId, MessageId, UserId};
use rusqlite::{Connection, OptionalExtension, Result};

use crate::columns::Columns;

/// Where a message stands, for somebody who may see it.
pub(crate) struct Place {
    /// Key of its conversation.
    pub(crate) conversation: i64,
    /// Its conversation.
    pub(crate) conversation_id: ConversationId,
    /// Its place there.
    pub(crate) seq: u64,
    /// Key of its sender.
    pub(crate) sender: i64,
    /// Key of whoever looks for it.
    pub(crate) reader: i64,
}

/// Where a message stands; `None` also for somebody who is not a member.
pub(crate) fn find(connection: &Connection, id: MessageId, reader: UserId) -> Result<Option<Place>> {
    connection
        .prepare_cached(
            "SELECT c.key, c.oid, message.seq, message.sender, m.user
             FROM messages message
             JOIN users u ON u.oid = ?2
             JOIN members m ON m.user = u.key AND m.conversation = message.conversation AND m.left_no IS NULL
             JOIN conversations c ON c.key = message.conversation
             WHERE message.oid = ?1",
        )?
        .query_row((id.as_bytes(), reader.as_bytes()), |row| {
            Ok(Place {
                conversation: row.get(0)?,
                conversation_id: row.id(1)?,
                seq: row.get(2)?,
                sender: row.get(3)?,
                reader: row.get(4)?,
            })
        })
        .optional()
}
