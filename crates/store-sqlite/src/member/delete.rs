use chirrup_domain::conversation::Role;
use chirrup_domain::member::Act;
use chirrup_domain::{Fact, Result, UserId};
use rusqlite::{Connection, OptionalExtension};

use super::group::Group;
use crate::error::Failure;
use crate::reaction::purge as purge_reactions;
use crate::writer::Transaction;

/// Messages that go in one step: little enough that a send waits for it no longer than for other sends.
const STEP: usize = 256;

/// Ends a group.
pub(super) fn delete(transaction: &mut Transaction<'_>, act: Act) -> Result<(), Failure> {
    let group = Group::open(transaction.connection(), act, Role::Owner)?;
    end(transaction, &group)
}

/// Takes everybody out of a group. Its messages go later; of the group itself the row stays, without what people wrote,
/// so that those who are away can be told that it is gone.
pub(super) fn end(transaction: &mut Transaction<'_>, group: &Group) -> Result<(), Failure> {
    let connection = transaction.connection();
    let no = transaction.next_no().0;
    let members = connection
        .prepare_cached(
            "SELECT u.oid FROM members m JOIN users u ON u.key = m.user
             WHERE m.conversation = ?1 AND m.left_no IS NULL ORDER BY m.place",
        )?
        .query_map([group.key], |row| row.get::<_, [u8; 12]>(0).map(UserId::from))?
        .collect::<rusqlite::Result<_>>()?;
    connection
        .prepare_cached(
            "UPDATE members SET left_no = ?2, changed_no = ?2 WHERE conversation = ?1 AND left_no IS NULL",
        )?
        .execute((group.key, no))?;
    connection
        .prepare_cached(
            "UPDATE conversations
             SET name = NULL, avatar = NULL, owner = NULL, member_count = 0, changed_no = ?2, last_no = ?2,
                 last_sender = NULL, last_at = NULL, last_type = NULL, last_content = NULL
             WHERE key = ?1",
        )?
        .execute((group.key, no))?;
    connection.prepare_cached("INSERT INTO purges (conversation) VALUES (?1)")?.execute([group.key])?;
    transaction.record(Fact::ConversationDeleted { id: group.id, members });
    Ok(())
}

/// Whether messages of deleted groups are still there.
pub(crate) fn is_purging(connection: &Connection) -> rusqlite::Result<bool> {
    connection.prepare_cached("SELECT 1 FROM purges")?.exists([])
}

/// Takes some of those messages away, oldest first.
pub(crate) fn purge_step(connection: &Connection) -> rusqlite::Result<()> {
    let next: Option<i64> = connection
        .prepare_cached("SELECT conversation FROM purges ORDER BY conversation LIMIT 1")?
        .query_row([], |row| row.get(0))
        .optional()?;
    let Some(conversation) = next else { return Ok(()) };
    if purge_reactions(connection, conversation, STEP)? > 0 {
        return Ok(());
    }
    let gone = connection
        .prepare_cached(
            "DELETE FROM messages WHERE conversation = ?1 AND seq <=
                 (SELECT max(seq) FROM (SELECT seq FROM messages WHERE conversation = ?1 ORDER BY seq LIMIT ?2))",
        )?
        .execute((conversation, STEP))?;
    if gone < STEP {
        connection.prepare_cached("DELETE FROM receipts WHERE conversation = ?1")?.execute([conversation])?;
        connection.prepare_cached("DELETE FROM purges WHERE conversation = ?1")?.execute([conversation])?;
    }
    Ok(())
}
