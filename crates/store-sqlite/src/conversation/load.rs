use chirrup_domain::conversation::{
    Conversation, ConversationKind, ConversationView, LISTED_PARTICIPANTS, LastMessage, Participant,
};
use chirrup_domain::message::Seq;
use chirrup_domain::{ConversationId, Error, UserId};
use rusqlite::{Connection, OptionalExtension, Row};

use crate::account::read_user_at;
use crate::columns::Columns;
use crate::error::Failure;

/// A query for views without their participants; what is added says which member `m` of which conversation `c`.
macro_rules! select_views {
    ($which:literal) => {
        concat!(
            "
    SELECT c.key, c.oid, c.low, c.name, c.avatar, owner.oid AS owner, c.member_count, c.created_at, c.updated_at,
           c.last_seq, last_sender.oid AS last_sender, c.last_at, c.last_type, c.last_content,
           c.latest_no, m.last_read_seq, m.muted
    FROM conversations c
    JOIN members m ON m.conversation = c.key AND m.left_no IS NULL
    LEFT JOIN users owner ON owner.key = c.owner
    LEFT JOIN users last_sender ON last_sender.key = c.last_sender ",
            $which
        )
    };
}
pub(super) use select_views;

/// The conversation as this member sees it.
pub(super) fn find_view(
    connection: &Connection,
    id: ConversationId,
    reader: UserId,
) -> rusqlite::Result<Option<ConversationView>> {
    connection
        .prepare_cached(select_views!(
            "JOIN users reader ON reader.key = m.user WHERE c.oid = ?1 AND reader.oid = ?2"
        ))?
        .query_row((id.as_bytes(), reader.as_bytes()), |row| read_view(connection, row))
        .optional()
}

/// The conversation as somebody sees it who is known to be in it.
pub(crate) fn seen_by(
    connection: &Connection,
    id: ConversationId,
    member: UserId,
) -> Result<ConversationView, Failure> {
    let view = find_view(connection, id, member)?;
    Ok(view.ok_or_else(|| Error::internal("a conversation has no such member"))?)
}

/// The conversation as everybody in it sees it; `None` if nobody is.
pub(crate) fn find_conversation(connection: &Connection, key: i64) -> rusqlite::Result<Option<Conversation>> {
    connection
        .prepare_cached(select_views!("WHERE c.key = ?1 ORDER BY m.place LIMIT 1"))?
        .query_row([key], |row| read_view(connection, row).map(|view| view.conversation))
        .optional()
}

/// Reads a row of [`select_views`] and adds the participants.
pub(super) fn read_view(connection: &Connection, row: &Row<'_>) -> rusqlite::Result<ConversationView> {
    let last_seq = row.seq("last_seq")?;
    let last_read_seq = row.seq("last_read_seq")?;
    let conversation = Conversation {
        id: row.id("oid")?,
        kind: match row.get::<_, Option<i64>>("low")? {
            Some(_) => ConversationKind::Direct,
            None => ConversationKind::Group,
        },
        participants: participants(connection, row.get("key")?, 0, LISTED_PARTICIPANTS)?,
        participant_count: row.get("member_count")?,
        name: row.get("name")?,
        avatar: row.get("avatar")?,
        admin: row.optional_id("owner")?,
        last_seq,
        last_message: read_last_message(row)?,
        created_at: row.value("created_at")?,
        updated_at: row.value("updated_at")?,
    };
    Ok(ConversationView {
        conversation,
        last_read_seq,
        unread_count: place(last_seq).saturating_sub(place(last_read_seq)),
        muted: row.get("muted")?,
    })
}

fn place(seq: Option<Seq>) -> u64 {
    seq.map_or(0, Seq::get)
}

fn read_last_message(row: &Row<'_>) -> rusqlite::Result<Option<LastMessage>> {
    let Some(sender) = row.optional_id("last_sender")? else { return Ok(None) };
    Ok(Some(LastMessage {
        content: row.get("last_content")?,
        sender,
        timestamp: row.value("last_at")?,
        message_type: row.value("last_type")?,
    }))
}

/// Up to `limit` members of a conversation in the order in which they joined, from behind the place `behind` on.
pub(crate) fn participants(
    connection: &Connection,
    conversation: i64,
    behind: i64,
    limit: usize,
) -> rusqlite::Result<Vec<Participant>> {
    connection
        .prepare_cached(
            "SELECT m.role, u.oid, u.username, u.email, u.role, u.avatar, u.last_seen, u.created_at
             FROM members m JOIN users u ON u.key = m.user
             WHERE m.conversation = ?1 AND m.place > ?2 AND m.left_no IS NULL
             ORDER BY m.place LIMIT ?3",
        )?
        .query_map((conversation, behind, limit), |row| {
            Ok(Participant { user: read_user_at(row, 1)?, role: row.value(0)? })
        })?
        .collect()
}
