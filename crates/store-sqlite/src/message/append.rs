use std::sync::Arc;

use chirrup_domain::account::Sender;
use chirrup_domain::conversation::LastMessage;
use chirrup_domain::message::{Appended, Audience, Draft, Message, MessageType, Seq, Status, Target};
use chirrup_domain::upload::File;
use chirrup_domain::{ConversationId, Error, Fact, Presence, Result, UserId};
use rusqlite::{Connection, OptionalExtension, params};

use super::load::find_stored;
use super::sends::{self, Stored};
use super::{mentions, quotes};
use crate::account::{KnownUser, find_key, find_known};
use crate::block::is_blocked;
use crate::columns::{Column, Columns};
use crate::conversation::{DirectPair, Member, begin_direct, find_direct};
use crate::delivery::wait;
use crate::error::Failure;
use crate::upload::find_own;
use crate::writer::Transaction;

/// Where a message goes, as it stands before the message.
pub(super) struct Room {
    /// Key of its row.
    pub(super) key: i64,
    /// Which one.
    pub(super) id: ConversationId,
    /// Whom messages in it reach.
    pub(super) audience: Audience,
    /// Key of the other member of a direct conversation; the sender's own for notes to oneself.
    pub(super) other: Option<i64>,
    /// Place of its newest message; zero before the first.
    pub(super) last_seq: u64,
}

/// Other rows that a message refers to.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct References {
    /// Key of the file that it carries.
    pub(super) file: Option<i64>,
    /// Place of the message that it answers.
    pub(super) reply_to: Option<u64>,
}

/// Appends a draft, or finds what it was stored as before.
pub(super) fn append(
    transaction: &mut Transaction<'_>,
    presence: &dyn Presence,
    draft: Draft,
) -> Result<Appended, Failure> {
    let connection = transaction.connection();
    let sender = find_known(connection, draft.sender)?.ok_or(match draft.target {
        Target::Direct { .. } => Error::UserNotFound,
        Target::Conversation(_) => Error::NotAMember,
    })?;
    if let Some(client_id) = &draft.client_id
        && let Some(stored) = sends::find(connection, sender.key, client_id, draft.at)?
    {
        // A deleted group's messages are gone, and nobody is in it.
        let mut message = find_stored(connection, stored)?.ok_or(Error::NotAMember)?;
        if !is_member(connection, stored.conversation, sender.key)? {
            keep_own(&mut message);
        }
        return Ok(Appended { message: Arc::new(message), repeated: true });
    }
    let room = match draft.target {
        Target::Conversation(id) => writable(connection, id, &sender)?,
        Target::Direct { recipient, conversation } => {
            direct(transaction, &sender, recipient, conversation, &draft)?
        }
    };
    let upload = match &draft.file {
        Some(name) => Some(find_own(connection, sender.key, name)?.ok_or(Error::InvalidFile)?),
        None => None,
    };
    let quoted = match draft.reply_to {
        Some(id) => Some(quotes::find(connection, room.key, id)?.ok_or(Error::MessageNotFound)?),
        None => None,
    };
    let (file_key, file) = upload.map(|upload| (upload.key, Box::new(upload.file))).unzip();
    let (reply_key, reply_to) = quoted.map(|quoted| (quoted.seq, quoted.quote)).unzip();
    let mentions = mentions::resolve(connection, room.key, &draft.namings)?;
    let origin = draft.origin;
    let message = Message { reply_to, mentions, ..place(presence, &room, sender.sender, file, draft)? };
    let references = References { file: file_key, reply_to: reply_key };
    insert(transaction, &room, sender.key, references, &message)?;
    let message = Arc::new(message);
    transaction.record(Fact::MessageAppended { message: Arc::clone(&message), origin });
    Ok(Appended { message, repeated: false })
}

fn is_member(connection: &Connection, conversation: i64, user: i64) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT 1 FROM members WHERE user = ?1 AND conversation = ?2 AND left_no IS NULL")?
        .exists((user, conversation))
}

/// Leaves of a message what its sender said: who has left sees nothing more of the others.
fn keep_own(message: &mut Message) {
    message.reply_to = None;
    message.reactions.clear();
    message.read_by.clear();
    message.read_count = 0;
}

/// The conversation, if the sender is in it and the other one of a direct conversation wants to hear from them.
fn writable(connection: &Connection, id: ConversationId, sender: &KnownUser) -> Result<Room, Failure> {
    let found = connection
        .prepare_cached(
            "SELECT c.key, c.last_seq, other.oid, other.key
             FROM conversations c
             JOIN members m ON m.user = ?2 AND m.conversation = c.key AND m.left_no IS NULL
             LEFT JOIN users other ON other.key = iif(c.low = ?2, c.high, c.low)
             WHERE c.oid = ?1",
        )?
        .query_row((id.as_bytes(), sender.key), |row| {
            let other = row.optional_id(2)?;
            Ok(Room {
                key: row.get(0)?,
                id,
                audience: other.map_or(Audience::Group, Audience::Direct),
                other: row.get(3)?,
                last_seq: row.get(1)?,
            })
        })
        .optional()?;
    match found {
        None => Err(Error::NotAMember.into()),
        Some(Room { other: Some(other), .. }) if is_blocked(connection, other, sender.key)? => {
            Err(Error::Blocked.into())
        }
        Some(room) => Ok(room),
    }
}

/// The direct conversation of the sender and the recipient, begun if there is none.
fn direct(
    transaction: &mut Transaction<'_>,
    sender: &KnownUser,
    recipient: UserId,
    new_id: ConversationId,
    draft: &Draft,
) -> Result<Room, Failure> {
    let connection = transaction.connection();
    let pair = DirectPair {
        creator: Member { id: sender.sender.id, key: sender.key },
        other: Member { id: recipient, key: find_key(connection, recipient)?.ok_or(Error::UserNotFound)? },
    };
    if is_blocked(connection, pair.other.key, sender.key)? {
        return Err(Error::Blocked.into());
    }
    let (key, id, last_seq) = match find_direct(connection, pair)? {
        Some(direct) => (direct.key, direct.id, direct.last_seq),
        None => (begin_direct(transaction, new_id, pair, draft.at)?, new_id, 0),
    };
    Ok(Room { key, id, audience: Audience::Direct(recipient), other: Some(pair.other.key), last_seq })
}

/// The place of a room's next message.
pub(super) fn next_seq(room: &Room) -> Result<Seq> {
    Seq::new(room.last_seq + 1).ok_or_else(|| Error::internal("a conversation is full"))
}

fn place(
    presence: &dyn Presence,
    room: &Room,
    sender: Sender,
    file: Option<Box<File>>,
    draft: Draft,
) -> Result<Message> {
    Ok(Message {
        id: draft.id,
        conversation: room.id,
        audience: room.audience,
        seq: next_seq(room)?,
        sender,
        content: draft.content,
        message_type: file.as_ref().map_or(MessageType::Text, |file| file.message_type),
        file,
        status: match room.audience {
            Audience::Direct(recipient) if presence.has_device(recipient) => Status::Delivered,
            _ => Status::Sent,
        },
        read_by: Vec::new(),
        read_count: 0,
        client_id: draft.client_id,
        reply_to: None,
        mentions: Vec::new(),
        reactions: Vec::new(),
        created_at: draft.at,
        updated_at: draft.at,
        edited_at: None,
        deleted_at: None,
    })
}

/// Writes the message and what follows from it: four rows, of which three lie where earlier messages of the
/// conversation put theirs; one more for the first message that waits for its recipient.
pub(super) fn insert(
    transaction: &Transaction<'_>,
    room: &Room,
    sender: i64,
    references: References,
    message: &Message,
) -> rusqlite::Result<()> {
    let connection = transaction.connection();
    let no = transaction.next_no().0;
    let seq = message.seq.get();
    let at = message.created_at.to_column();
    let message_type = message.message_type.to_column();
    connection
        .prepare_cached(
            "INSERT INTO messages (conversation, seq, oid, sender, type, status, client_id, created_at, no, content,
                                   file, reply_to, mentions)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        )?
        .execute(params![
            room.key,
            seq,
            message.id.as_bytes(),
            sender,
            message_type,
            message.status.to_column(),
            message.client_id.as_ref().map(|id| id.as_str()),
            at,
            no,
            message.content,
            references.file,
            references.reply_to,
            mentions::to_column(&message.mentions),
        ])?;
    connection
        .prepare_cached(
            "UPDATE conversations
             SET last_no = ?2, latest_no = ?2, last_seq = ?3, last_sender = ?4, last_at = ?5, last_type = ?6,
                 last_content = ?7, updated_at = max(updated_at, ?5)
             WHERE key = ?1",
        )?
        .execute(params![room.key, no, seq, sender, at, message_type, LastMessage::of(message).content])?;
    connection
        .prepare_cached("UPDATE members SET last_read_seq = ?3 WHERE user = ?1 AND conversation = ?2")?
        .execute((sender, room.key, seq))?;
    if let Some(client_id) = &message.client_id {
        let stored = Stored { conversation: room.key, seq };
        sends::insert(connection, sender, client_id, message.created_at, stored)?;
    }
    if let Some(recipient) = room.other
        && recipient != sender
        && message.status == Status::Sent
    {
        wait(connection, recipient, room.key, seq)?;
    }
    Ok(())
}
