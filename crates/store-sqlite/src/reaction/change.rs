use chirrup_domain::reaction::{Emoji, MAX_KINDS, React};
use chirrup_domain::{Error, Result};
use rusqlite::{Connection, OptionalExtension};

use crate::error::Failure;
use crate::message::Changing;
use crate::writer::Transaction;

/// One kind of reaction to a message.
#[derive(Debug, Clone, Copy)]
struct Kind {
    conversation: i64,
    seq: u64,
    kind: i64,
}

/// Adds a member's reaction.
pub(super) fn add(transaction: &mut Transaction<'_>, react: &React) -> Result<(), Failure> {
    let connection = transaction.connection();
    let changing = Changing::open(connection, react.message, react.actor)?;
    changing.check_unblocked(connection)?;
    let kind = match find_kind(connection, &changing, &react.emoji)? {
        Some(kind) => kind,
        None => begin_kind(connection, &changing, &react.emoji)?,
    };
    let added = connection
        .prepare_cached(
            "INSERT INTO reactions (conversation, seq, kind, no, user) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (conversation, seq, kind, user) DO NOTHING",
        )?
        .execute((kind.conversation, kind.seq, kind.kind, transaction.next_no().0, changing.actor))?;
    if added > 0 {
        count(connection, kind, 1)?;
        changing.finish(transaction, react.at)?;
    }
    Ok(())
}

/// Takes a member's reaction back.
pub(super) fn remove(transaction: &mut Transaction<'_>, react: &React) -> Result<(), Failure> {
    let connection = transaction.connection();
    let changing = Changing::open(connection, react.message, react.actor)?;
    let Some(kind) = find_kind(connection, &changing, &react.emoji)? else { return Ok(()) };
    let removed = connection
        .prepare_cached(
            "DELETE FROM reactions WHERE conversation = ?1 AND seq = ?2 AND kind = ?3 AND user = ?4",
        )?
        .execute((kind.conversation, kind.seq, kind.kind, changing.actor))?;
    if removed > 0 {
        count(connection, kind, -1)?;
        let ended = connection
            .prepare_cached(
                "DELETE FROM reaction_kinds WHERE conversation = ?1 AND seq = ?2 AND kind = ?3 AND count = 0",
            )?
            .execute((kind.conversation, kind.seq, kind.kind))?;
        if ended > 0 {
            count_kinds(connection, &changing, -1)?;
        }
        changing.finish(transaction, react.at)?;
    }
    Ok(())
}

/// Takes every reaction to a message away.
pub(crate) fn forget(connection: &Connection, conversation: i64, seq: u64) -> rusqlite::Result<()> {
    for sql in [
        "DELETE FROM reactions WHERE conversation = ?1 AND seq = ?2",
        "DELETE FROM reaction_kinds WHERE conversation = ?1 AND seq = ?2",
    ] {
        connection.prepare_cached(sql)?.execute((conversation, seq))?;
    }
    Ok(())
}

/// Takes up to `step` reactions in a conversation away, and their kinds with the last of them; answers how many.
pub(crate) fn purge(connection: &Connection, conversation: i64, step: usize) -> rusqlite::Result<usize> {
    let gone = connection
        .prepare_cached(
            "DELETE FROM reactions WHERE conversation = ?1 AND (seq, kind, no) IN
                 (SELECT seq, kind, no FROM reactions WHERE conversation = ?1 ORDER BY seq, kind, no LIMIT ?2)",
        )?
        .execute((conversation, step))?;
    if gone < step {
        connection
            .prepare_cached("DELETE FROM reaction_kinds WHERE conversation = ?1")?
            .execute([conversation])?;
    }
    Ok(gone)
}

fn find_kind(connection: &Connection, changing: &Changing, emoji: &Emoji) -> rusqlite::Result<Option<Kind>> {
    let &Changing { conversation, seq, .. } = changing;
    connection
        .prepare_cached(
            "SELECT kind FROM reaction_kinds WHERE conversation = ?1 AND seq = ?2 AND emoji = ?3",
        )?
        .query_row((conversation, seq, emoji.as_str()), |row| {
            Ok(Kind { conversation, seq, kind: row.get(0)? })
        })
        .optional()
}

/// Adds a kind behind those that the message has, still without reactions.
fn begin_kind(connection: &Connection, changing: &Changing, emoji: &Emoji) -> Result<Kind, Failure> {
    let &Changing { conversation, seq, .. } = changing;
    let (kinds, last): (u32, i64) = connection
        .prepare_cached(
            "SELECT count(*), coalesce(max(kind), 0) FROM reaction_kinds WHERE conversation = ?1 AND seq = ?2",
        )?
        .query_row((conversation, seq), |row| row.try_into())?;
    if kinds >= MAX_KINDS {
        return Err(Error::TooManyReactions.into());
    }
    let kind = Kind { conversation, seq, kind: last + 1 };
    connection
        .prepare_cached(
            "INSERT INTO reaction_kinds (conversation, seq, kind, emoji, count) VALUES (?1, ?2, ?3, ?4, 0)",
        )?
        .execute((conversation, seq, kind.kind, emoji.as_str()))?;
    count_kinds(connection, changing, 1)?;
    Ok(kind)
}

fn count(connection: &Connection, kind: Kind, more: i64) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE reaction_kinds SET count = count + ?4 WHERE conversation = ?1 AND seq = ?2 AND kind = ?3",
        )?
        .execute((kind.conversation, kind.seq, kind.kind, more))?;
    Ok(())
}

fn count_kinds(connection: &Connection, changing: &Changing, more: i64) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE messages SET reactions = nullif(coalesce(reactions, 0) + ?3, 0)
             WHERE conversation = ?1 AND seq = ?2",
        )?
        .execute((changing.conversation, changing.seq, more))?;
    Ok(())
}
