use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chirrup_domain::message::Seq;
use chirrup_domain::receipt::{
    ConversationMark, Marked, MessageMark, ReadAudience, ReadMessage, TOLD_MEMBERS, TOLD_PER_SENDER,
};
use chirrup_domain::{Error, Fact, Result, Timestamp};
use rusqlite::{Connection, OptionalExtension};

use crate::columns::{Column, Columns};
use crate::error::Failure;
use crate::message::find_place;
use crate::writer::Transaction;

/// Marks of neighbouring messages join when they come within this of the first.
const JOINED_WITHIN: Duration = Duration::from_secs(1);
/// Of one mark, this many of the newest messages are looked through for senders to tell. It bounds how long a mark of a
/// group's years of messages keeps the writer.
const LOOKED_THROUGH: usize = 5000;

/// Neighbouring messages of a conversation, and who reads them.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    conversation: i64,
    reader: i64,
    first: u64,
    last: u64,
}

/// A row of receipts.
struct Receipt {
    first: u64,
    last: u64,
    read_at: Timestamp,
}

/// Where a reader stands in a conversation.
struct Standing {
    conversation: i64,
    reader: i64,
    pointer: u64,
    last_seq: u64,
    audience: ReadAudience,
}

/// Marks one message as read.
pub(super) fn mark_message(transaction: &mut Transaction<'_>, wish: &MessageMark) -> Result<(), Failure> {
    let place = find_place(transaction.connection(), wish.message, wish.reader)?;
    let place = place.ok_or(Error::MessageNotFound)?;
    if place.sender == place.reader {
        return Ok(());
    }
    let stretch =
        Stretch { conversation: place.conversation, reader: place.reader, first: place.seq, last: place.seq };
    let Some(read_at) = record(transaction, stretch, wish.at)? else { return Ok(()) };
    let last_read = move_pointer(transaction, stretch)?;
    let marked = Marked {
        conversation: place.conversation_id,
        reader: wish.reader,
        last_read,
        read_at,
        messages: told(transaction.connection(), stretch, 1)?,
        audience: ReadAudience::Reader,
        origin: wish.origin,
    };
    transaction.record(Fact::MessagesRead(Arc::new(marked)));
    Ok(())
}

/// Marks a conversation as read up to a place; answers how many messages are unread then.
pub(super) fn mark_conversation(
    transaction: &mut Transaction<'_>,
    wish: &ConversationMark,
) -> Result<u64, Failure> {
    let standing = standing(transaction.connection(), wish)?.ok_or(Error::NotAMember)?;
    let last = wish.up_to.min(standing.last_seq);
    if last <= standing.pointer {
        return Ok(standing.last_seq.saturating_sub(standing.pointer));
    }
    let Standing { conversation, reader, pointer, .. } = standing;
    let stretch = Stretch { conversation, reader, first: pointer + 1, last };
    // What lies behind the pointer has no receipt yet; if it had, the pointer would still have to move.
    let read_at = record(transaction, stretch, wish.at)?.unwrap_or(wish.at);
    let last_read = move_pointer(transaction, stretch)?;
    let most = match standing.audience {
        ReadAudience::Direct(_) => TOLD_PER_SENDER,
        ReadAudience::Reader | ReadAudience::Group => LOOKED_THROUGH,
    };
    let marked = Marked {
        conversation: wish.conversation,
        reader: wish.reader,
        last_read,
        read_at,
        messages: told(transaction.connection(), stretch, most)?,
        audience: standing.audience,
        origin: wish.origin,
    };
    transaction.record(Fact::MessagesRead(Arc::new(marked)));
    Ok(standing.last_seq - last)
}

fn standing(connection: &Connection, wish: &ConversationMark) -> rusqlite::Result<Option<Standing>> {
    connection
        .prepare_cached(
            "SELECT c.key, m.user, m.last_read_seq, c.last_seq, c.low IS NULL, c.member_count, other.oid
             FROM conversations c
             JOIN users u ON u.oid = ?2
             JOIN members m ON m.user = u.key AND m.conversation = c.key AND m.left_no IS NULL
             LEFT JOIN users other ON other.key = iif(c.low = u.key, c.high, c.low)
             WHERE c.oid = ?1",
        )?
        .query_row((wish.conversation.as_bytes(), wish.reader.as_bytes()), |row| {
            let (is_group, members): (bool, u32) = (row.get(4)?, row.get(5)?);
            let audience = match row.optional_id(6)? {
                Some(other) if other != wish.reader => ReadAudience::Direct(other),
                _ if is_group && members <= TOLD_MEMBERS => ReadAudience::Group,
                _ => ReadAudience::Reader,
            };
            Ok(Standing {
                conversation: row.get(0)?,
                reader: row.get(1)?,
                pointer: row.get(2)?,
                last_seq: row.get(3)?,
                audience,
            })
        })
        .optional()
}

/// Writes a receipt, or widens a neighbouring one; gives the time that it shows. `None` where there is one already.
fn record(
    transaction: &Transaction<'_>,
    stretch: Stretch,
    at: Timestamp,
) -> rusqlite::Result<Option<Timestamp>> {
    let connection = transaction.connection();
    let no = transaction.next_no().0;
    let Stretch { conversation, reader, mut first, last } = stretch;
    let joins = |receipt: &Receipt| at >= receipt.read_at && at.since(receipt.read_at) <= JOINED_WITHIN;

    if let Some(before) = find_before(connection, stretch)? {
        if before.last >= last {
            return Ok(None);
        }
        first = first.max(before.last + 1);
        if before.last + 1 == first && joins(&before) {
            widen(connection, stretch, before.first, (before.first, last), no)?;
            return Ok(Some(before.read_at));
        }
    }
    if let Some(after) = find_at(connection, stretch, last + 1)?
        && joins(&after)
    {
        widen(connection, stretch, after.first, (first, after.last), no)?;
        return Ok(Some(after.read_at));
    }
    connection
        .prepare_cached(
            "INSERT INTO receipts (conversation, reader, first_seq, last_seq, read_at, no)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute((conversation, reader, first, last, at.to_column(), no))?;
    Ok(Some(at))
}

/// Lets the reader's receipt that begins at `begins` reach from the first to the last of `seqs`.
fn widen(
    connection: &Connection,
    stretch: Stretch,
    begins: u64,
    seqs: (u64, u64),
    no: u64,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE receipts SET first_seq = ?4, last_seq = ?5, no = ?6
             WHERE conversation = ?1 AND reader = ?2 AND first_seq = ?3",
        )?
        .execute((stretch.conversation, stretch.reader, begins, seqs.0, seqs.1, no))?;
    Ok(())
}

/// The reader's last receipt that begins no later than the stretch.
fn find_before(connection: &Connection, stretch: Stretch) -> rusqlite::Result<Option<Receipt>> {
    connection
        .prepare_cached(
            "SELECT first_seq, last_seq, read_at FROM receipts
             WHERE conversation = ?1 AND reader = ?2 AND first_seq <= ?3
             ORDER BY first_seq DESC LIMIT 1",
        )?
        .query_row((stretch.conversation, stretch.reader, stretch.first), read_receipt)
        .optional()
}

/// The reader's receipt that begins at this place.
fn find_at(connection: &Connection, stretch: Stretch, first: u64) -> rusqlite::Result<Option<Receipt>> {
    connection
        .prepare_cached(
            "SELECT first_seq, last_seq, read_at FROM receipts
             WHERE conversation = ?1 AND reader = ?2 AND first_seq = ?3",
        )?
        .query_row((stretch.conversation, stretch.reader, first), read_receipt)
        .optional()
}

fn read_receipt(row: &rusqlite::Row<'_>) -> rusqlite::Result<Receipt> {
    Ok(Receipt { first: row.get(0)?, last: row.get(1)?, read_at: row.value(2)? })
}

/// Moves the reader's pointer to the end of the stretch unless it stands there or behind it already, and gives it.
fn move_pointer(transaction: &Transaction<'_>, stretch: Stretch) -> rusqlite::Result<Seq> {
    let connection = transaction.connection();
    connection
        .prepare_cached("UPDATE conversations SET last_no = ?2 WHERE key = ?1")?
        .execute((stretch.conversation, transaction.next_no().0))?;
    connection
        .prepare_cached(
            "UPDATE members SET last_read_seq = max(last_read_seq, ?3)
             WHERE user = ?1 AND conversation = ?2
             RETURNING last_read_seq",
        )?
        .query_row((stretch.reader, stretch.conversation, stretch.last), |row| row.seq(0))?
        .ok_or(rusqlite::Error::IntegralValueOutOfRange(0, 0))
}

/// The messages of a stretch whose senders are to hear of it: the newest of each, out of the newest `most`.
fn told(connection: &Connection, stretch: Stretch, most: usize) -> rusqlite::Result<Vec<ReadMessage>> {
    let mut select = connection.prepare_cached(
        "SELECT message.oid, sender.oid
         FROM messages message
         CROSS JOIN members m ON m.user = message.sender AND m.conversation = message.conversation AND m.left_no IS NULL
         CROSS JOIN users sender ON sender.key = message.sender
         WHERE message.conversation = ?1 AND message.seq BETWEEN ?2 AND ?3 AND message.sender <> ?4
         ORDER BY message.seq DESC LIMIT ?5",
    )?;
    let Stretch { conversation, reader, first, last } = stretch;
    let mut rows = select.query((conversation, first, last, reader, most))?;
    let mut count = HashMap::new();
    let mut messages = Vec::new();
    while let Some(row) = rows.next()? {
        let message = ReadMessage { id: row.id(0)?, sender: row.id(1)? };
        let told = count.entry(message.sender).or_insert(0);
        if *told < TOLD_PER_SENDER {
            *told += 1;
            messages.push(message);
        }
    }
    messages.reverse();
    Ok(messages)
}
