use chirrup_domain::account::Sender;
use chirrup_domain::message::{Audience, History, HistoryPage, Message, Seq};
use chirrup_domain::{ConversationId, Timestamp, UserId};
use rusqlite::{Connection, OptionalExtension, Result, Row};

use super::sends::Stored;
use crate::columns::Columns;
use crate::upload::read_file;

/// What every message of a conversation has in common.
struct Room {
    key: i64,
    id: ConversationId,
    /// Both users of a direct conversation.
    pair: Option<(UserId, UserId)>,
    last_seq: Option<Seq>,
}

/// A page of a conversation's messages, for a member.
pub(super) fn list_page(
    connection: &Connection,
    id: ConversationId,
    reader: UserId,
    page: HistoryPage,
) -> Result<Option<History>> {
    let room = connection
        .prepare_cached(
            "SELECT c.key, c.oid, low.oid AS low, high.oid AS high, c.last_seq
             FROM conversations c
             JOIN users reader ON reader.oid = ?2
             JOIN members m ON m.user = reader.key AND m.conversation = c.key AND m.left_no IS NULL
             LEFT JOIN users low ON low.key = c.low
             LEFT JOIN users high ON high.key = c.high
             WHERE c.oid = ?1",
        )?
        .query_row((id.as_bytes(), reader.as_bytes()), read_room)
        .optional()?;
    let Some(room) = room else { return Ok(None) };
    let places = page.places(room.last_seq);
    let messages = read_range(connection, &room, *places.range.start(), *places.range.end())?;
    Ok(Some(History { messages, has_before: places.has_before, has_after: places.has_after }))
}

/// The message that a send was stored as.
pub(super) fn find_stored(connection: &Connection, stored: Stored) -> Result<Option<Message>> {
    let room = connection
        .prepare_cached(
            "SELECT c.key, c.oid, low.oid AS low, high.oid AS high, c.last_seq
             FROM conversations c
             LEFT JOIN users low ON low.key = c.low
             LEFT JOIN users high ON high.key = c.high
             WHERE c.key = ?1",
        )?
        .query_row([stored.conversation], read_room)?;
    Ok(read_range(connection, &room, stored.seq, stored.seq)?.pop())
}

fn read_room(row: &Row<'_>) -> Result<Room> {
    Ok(Room {
        key: row.get("key")?,
        id: row.id("oid")?,
        pair: row.optional_id("low")?.zip(row.optional_id("high")?),
        last_seq: row.seq("last_seq")?,
    })
}

fn read_range(connection: &Connection, room: &Room, first: u64, last: u64) -> Result<Vec<Message>> {
    connection
        .prepare_cached(
            "SELECT m.oid, m.seq, u.oid, u.username, u.avatar, m.content, m.type, m.status, m.client_id,
                    m.created_at, m.changed_at,
                    f.name, f.filename, f.size, f.mimetype, f.type, f.width, f.height
             FROM messages m JOIN users u ON u.key = m.sender LEFT JOIN uploads f ON f.key = m.file
             WHERE m.conversation = ?1 AND m.seq BETWEEN ?2 AND ?3
             ORDER BY m.seq",
        )?
        .query_map((room.key, first, last), |row| read_message(room, row))?
        .collect()
}

/// Reads by position: looking columns up by name would take as long as the query.
fn read_message(room: &Room, row: &Row<'_>) -> Result<Message> {
    let sender = Sender { id: row.id(2)?, username: row.get(3)?, avatar: row.get(4)? };
    let created_at: Timestamp = row.value(9)?;
    Ok(Message {
        id: row.id(0)?,
        conversation: room.id,
        audience: audience(room.pair, sender.id),
        seq: row.seq(1)?.ok_or(rusqlite::Error::IntegralValueOutOfRange(1, 0))?,
        sender,
        content: row.get(5)?,
        message_type: row.value(6)?,
        file: read_file(row, 11)?.map(Box::new),
        status: row.value(7)?,
        client_id: row.client_id(8)?,
        created_at,
        updated_at: row.optional_value(10)?.unwrap_or(created_at),
    })
}

fn audience(pair: Option<(UserId, UserId)>, sender: UserId) -> Audience {
    match pair {
        None => Audience::Group,
        Some((low, high)) => Audience::Direct(if low == sender { high } else { low }),
    }
}
