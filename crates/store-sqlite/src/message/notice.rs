use std::sync::Arc;

use chirrup_domain::member::Act;
use chirrup_domain::message::{Audience, Message, MessageType, Status};
use chirrup_domain::{ConversationId, Fact, Result};

use super::append::{References, Room, insert, next_seq};
use crate::account::KnownUser;
use crate::error::Failure;
use crate::writer::Transaction;

/// Appends the system message that tells of what a member did to a group.
pub(crate) fn append_notice(
    transaction: &mut Transaction<'_>,
    (key, id): (i64, ConversationId),
    actor: &KnownUser,
    act: Act,
    sentence: String,
) -> Result<(), Failure> {
    let last_seq = transaction
        .connection()
        .prepare_cached("SELECT last_seq FROM conversations WHERE key = ?1")?
        .query_row([key], |row| row.get(0))?;
    let room = Room { key, id, audience: Audience::Group, other: None, last_seq };
    let message = Message {
        id: act.notice,
        conversation: id,
        audience: room.audience,
        seq: next_seq(&room)?,
        sender: actor.sender.clone(),
        content: sentence,
        message_type: MessageType::System,
        file: None,
        status: Status::Sent,
        read_by: Vec::new(),
        read_count: 0,
        client_id: None,
        reply_to: None,
        mentions: Vec::new(),
        reactions: Vec::new(),
        created_at: act.at,
        updated_at: act.at,
        edited_at: None,
        deleted_at: None,
    };
    insert(transaction, &room, actor.key, References::default(), &message)?;
    transaction.record(Fact::MessageAppended { message: Arc::new(message), origin: None });
    Ok(())
}
