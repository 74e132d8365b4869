use chirrup_domain::conversation::Participant;
use chirrup_domain::member::{Counterpart, UserPage};
use chirrup_domain::{ConversationId, UserId};
use rusqlite::{Connection, OptionalExtension, Result};

use crate::account::find_key;
use crate::columns::Columns;
use crate::conversation::participants;

/// A page of a conversation's members, for one of them, and whether there are more behind it.
pub(super) fn list_page(
    connection: &Connection,
    id: ConversationId,
    reader: UserId,
    page: UserPage,
) -> Result<Option<(Vec<Participant>, bool)>> {
    let Some(conversation) = find_joined(connection, id, reader)? else { return Ok(None) };
    let behind = match page.after {
        None => 0,
        Some(user) => match place(connection, conversation, user)? {
            Some(place) => place,
            None => return Ok(Some(Default::default())),
        },
    };
    let read = participants(connection, conversation, behind, page.reach())?;
    Ok(Some(page.cut(read)))
}

/// The other user of a direct conversation, for one of the two.
pub(super) fn find_counterpart(
    connection: &Connection,
    id: ConversationId,
    member: UserId,
) -> Result<Option<Counterpart>> {
    let Some(member) = find_key(connection, member)? else { return Ok(None) };
    connection
        .prepare_cached(
            "SELECT other.oid, EXISTS (SELECT 1 FROM blocks WHERE user = other.key AND blocked = ?2)
             FROM conversations c JOIN users other ON other.key = iif(c.low = ?2, c.high, c.low)
             WHERE c.oid = ?1 AND ?2 IN (c.low, c.high)",
        )?
        .query_row((id.as_bytes(), member), |row| Ok(Counterpart { user: row.id(0)?, blocks: row.get(1)? }))
        .optional()
}

/// The key of a conversation that somebody is in.
pub(super) fn find_joined(
    connection: &Connection,
    id: ConversationId,
    member: UserId,
) -> Result<Option<i64>> {
    connection
        .prepare_cached(
            "SELECT c.key
             FROM conversations c
             JOIN users u ON u.oid = ?2
             JOIN members m ON m.user = u.key AND m.conversation = c.key AND m.left_no IS NULL
             WHERE c.oid = ?1",
        )?
        .query_row((id.as_bytes(), member.as_bytes()), |row| row.get(0))
        .optional()
}

/// Where somebody stands or stood: a page goes on behind somebody who has left meanwhile.
fn place(connection: &Connection, conversation: i64, user: UserId) -> Result<Option<i64>> {
    connection
        .prepare_cached(
            "SELECT m.place FROM users u JOIN members m ON m.user = u.key AND m.conversation = ?1 WHERE u.oid = ?2",
        )?
        .query_row((conversation, user.as_bytes()), |row| row.get(0))
        .optional()
}
