use chirrup_domain::account::Sender;
use chirrup_domain::message::{Audience, History, HistoryPage, Message, Seq, Status};
use chirrup_domain::{ConversationId, MessageId, Timestamp, UserId};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Result, Row};

use super::sends::Stored;
use super::{mentions, place, quotes};
use crate::columns::Columns;
use crate::reaction::{attach as attach_reactions, listed_bytes};
use crate::receipt::attach_readers;
use crate::upload::{file_columns, read_file};

/// What every message of a conversation has in common.
struct Room {
    key: i64,
    id: ConversationId,
    /// Both users of a direct conversation; twice the same for notes to oneself.
    pair: Option<(Recipient, Recipient)>,
    last_seq: Option<Seq>,
}

/// Somebody whom direct messages go to.
#[derive(Clone, Copy)]
struct Recipient {
    user: UserId,
    /// Place of the last message that waited for them and has arrived; zero before the first.
    delivered: u64,
}

/// A query for a conversation's [`Room`]; what is added says which conversation `c`.
macro_rules! select_room {
    ($which:literal) => {
        concat!(
            "
    SELECT c.key, c.oid, low.oid AS low, high.oid AS high, c.last_seq,
           (SELECT delivered_seq FROM members WHERE user = c.low AND conversation = c.key) AS low_delivered,
           (SELECT delivered_seq FROM members WHERE user = c.high AND conversation = c.key) AS high_delivered
    FROM conversations c
    LEFT JOIN users low ON low.key = c.low
    LEFT JOIN users high ON high.key = c.high ",
            $which
        )
    };
}

/// A page of a conversation's messages, for a member.
pub(super) fn list_page(
    connection: &Connection,
    id: ConversationId,
    reader: UserId,
    page: HistoryPage,
) -> Result<Option<History>> {
    let room = connection
        .prepare_cached(select_room!(
            "JOIN users reader ON reader.oid = ?2
             JOIN members m ON m.user = reader.key AND m.conversation = c.key AND m.left_no IS NULL
             WHERE c.oid = ?1"
        ))?
        .query_row((id.as_bytes(), reader.as_bytes()), read_room)
        .optional()?;
    let Some(room) = room else { return Ok(None) };
    let places = page.places(room.last_seq);
    let sizes = sizes(connection, room.key, *places.range.start(), *places.range.end())?;
    let places = places.fitting(page.at, &sizes);
    let messages = read_range(connection, &room, *places.range.start(), *places.range.end())?;
    Ok(Some(History { messages, has_before: places.has_before, has_after: places.has_after }))
}

/// One message, for a member.
pub(super) fn find(connection: &Connection, id: MessageId, reader: UserId) -> Result<Option<Message>> {
    match place::find(connection, id, reader)? {
        Some(place) => read_one(connection, place.conversation, place.seq),
        None => Ok(None),
    }
}

/// The message that a send was stored as.
pub(super) fn find_stored(connection: &Connection, stored: Stored) -> Result<Option<Message>> {
    read_one(connection, stored.conversation, stored.seq)
}

/// The message at this place of the conversation with this key.
pub(crate) fn read_one(connection: &Connection, conversation: i64, seq: u64) -> Result<Option<Message>> {
    let room =
        connection.prepare_cached(select_room!("WHERE c.key = ?1"))?.query_row([conversation], read_room)?;
    Ok(read_range(connection, &room, seq, seq)?.pop())
}

fn read_room(row: &Row<'_>) -> Result<Room> {
    Ok(Room {
        key: row.get("key")?,
        id: row.id("oid")?,
        pair: read_recipient(row, "low", "low_delivered")?.zip(read_recipient(
            row,
            "high",
            "high_delivered",
        )?),
        last_seq: row.seq("last_seq")?,
    })
}

fn read_recipient(row: &Row<'_>, user: &str, delivered: &str) -> Result<Option<Recipient>> {
    let Some(user) = row.optional_id(user)? else { return Ok(None) };
    Ok(Some(Recipient { user, delivered: row.get(delivered)? }))
}

/// How many bytes of a page the message at this place takes.
pub(crate) fn size(connection: &Connection, conversation: i64, seq: u64) -> Result<usize> {
    Ok(sizes(connection, conversation, seq, seq)?.into_iter().sum())
}

/// How many bytes each message takes for its text, read without it, and for its reactions.
fn sizes(connection: &Connection, conversation: i64, first: u64, last: u64) -> Result<Vec<usize>> {
    let mut select = connection.prepare_cached(
        "SELECT octet_length(content), reactions IS NOT NULL FROM messages
         WHERE conversation = ?1 AND seq BETWEEN ?2 AND ?3 ORDER BY seq",
    )?;
    let mut rows = select.query((conversation, first, last))?;
    let (mut sizes, mut reactions) = (Vec::new(), false);
    while let Some(row) = rows.next()? {
        sizes.push(row.get(0)?);
        reactions |= row.get::<_, bool>(1)?;
    }
    if reactions {
        for (seq, bytes) in listed_bytes(connection, conversation, first, last)? {
            if let Some(size) = usize::try_from(seq - first).ok().and_then(|index| sizes.get_mut(index)) {
                *size += bytes;
            }
        }
    }
    Ok(sizes)
}

fn read_range(connection: &Connection, room: &Room, first: u64, last: u64) -> Result<Vec<Message>> {
    let mut select = connection.prepare_cached(concat!(
        "SELECT m.oid, m.seq, u.oid, u.username, u.avatar, m.content, m.type, m.status, m.client_id,
                m.created_at, m.changed_at, m.edited_at, m.deleted_at,
                m.mentions, m.reply_to, m.reactions, ",
        file_columns!(),
        " FROM messages m JOIN users u ON u.key = m.sender LEFT JOIN uploads f ON f.key = m.file
         WHERE m.conversation = ?1 AND m.seq BETWEEN ?2 AND ?3
         ORDER BY m.seq"
    ))?;
    let mut rows = select.query((room.key, first, last))?;
    let mut messages = Vec::new();
    // Nearly no message has more than its own row: what most don't have is looked for where it is known to be.
    let (mut replies, mut reactions) = (false, false);
    while let Some(row) = rows.next()? {
        replies |= row.get_ref(14)? != ValueRef::Null;
        reactions |= row.get_ref(15)? != ValueRef::Null;
        messages.push(read_message(room, row)?);
    }
    if replies {
        quotes::attach(connection, room.key, &mut messages)?;
    }
    if reactions {
        attach_reactions(connection, room.key, &mut messages)?;
    }
    attach_readers(connection, room.key, &mut messages)?;
    Ok(messages)
}

/// The one of neighbouring messages that has this place.
pub(crate) fn at(messages: &mut [Message], seq: u64) -> Option<&mut Message> {
    let first = messages.first()?.seq.get();
    messages.get_mut(usize::try_from(seq.checked_sub(first)?).ok()?)
}

/// Reads by position: looking columns up by name would take as long as the query.
fn read_message(room: &Room, row: &Row<'_>) -> Result<Message> {
    let sender = Sender { id: row.id(2)?, username: row.get(3)?, avatar: row.get(4)? };
    let created_at: Timestamp = row.value(9)?;
    let seq = row.seq(1)?.ok_or(rusqlite::Error::IntegralValueOutOfRange(1, 0))?;
    let recipient = room.pair.map(|(low, high)| if low.user == sender.id { high } else { low });
    let arrived = recipient.is_some_and(|recipient| seq.get() <= recipient.delivered);
    Ok(Message {
        id: row.id(0)?,
        conversation: room.id,
        audience: recipient.map_or(Audience::Group, |recipient| Audience::Direct(recipient.user)),
        seq,
        sender,
        content: row.get(5)?,
        message_type: row.value(6)?,
        file: read_file(row, 16)?.map(Box::new),
        status: row.value::<Status>(7)?.max(if arrived { Status::Delivered } else { Status::Sent }),
        read_by: Vec::new(),
        read_count: 0,
        client_id: row.client_id(8)?,
        reply_to: None,
        reactions: Vec::new(),
        mentions: mentions::from_column(row.get_ref(13)?.as_blob_or_null()?),
        created_at,
        updated_at: row.optional_value(10)?.unwrap_or(created_at),
        edited_at: row.optional_value(11)?,
        deleted_at: row.optional_value(12)?,
    })
}
