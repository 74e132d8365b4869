use chirrup_domain::MessageId;
use chirrup_domain::account::Sender;
use chirrup_domain::message::{Message, QUOTE_CHARS, Quote};
use rusqlite::{Connection, OptionalExtension, Result, Row};

use crate::columns::Columns;

/// A message that can be answered, with its place.
pub(super) struct Quotable {
    /// Its place in the conversation.
    pub(super) seq: u64,
    /// What is shown of it.
    pub(super) quote: Box<Quote>,
}

/// A message of a conversation that was not deleted.
pub(super) fn find(connection: &Connection, conversation: i64, id: MessageId) -> Result<Option<Quotable>> {
    connection
        .prepare_cached(
            "SELECT q.seq, q.oid, u.oid, u.username, u.avatar, substr(q.content, 1, ?3), q.type
             FROM messages q JOIN users u ON u.key = q.sender
             WHERE q.oid = ?1 AND q.conversation = ?2 AND q.deleted_at IS NULL",
        )?
        .query_row((id.as_bytes(), conversation, QUOTE_CHARS + 1), |row| {
            Ok(Quotable { seq: row.get(0)?, quote: read(row)? })
        })
        .optional()
}

/// Adds what they answer to neighbouring messages of a conversation, as it is by now.
pub(super) fn attach(connection: &Connection, conversation: i64, messages: &mut [Message]) -> Result<()> {
    let (Some(first), Some(last)) = (messages.first(), messages.last()) else { return Ok(()) };
    let (first, last) = (first.seq.get(), last.seq.get());
    let mut select = connection.prepare_cached(
        "SELECT m.seq, q.oid, u.oid, u.username, u.avatar, substr(q.content, 1, ?4), q.type
         FROM messages m
         CROSS JOIN messages q ON q.conversation = m.conversation AND q.seq = m.reply_to
         CROSS JOIN users u ON u.key = q.sender
         WHERE m.conversation = ?1 AND m.seq BETWEEN ?2 AND ?3",
    )?;
    let mut rows = select.query((conversation, first, last, QUOTE_CHARS + 1))?;
    while let Some(row) = rows.next()? {
        if let Some(message) = super::load::at(messages, row.get(0)?) {
            message.reply_to = Some(read(row)?);
        }
    }
    Ok(())
}

/// Reads the quote behind the first column.
fn read(row: &Row<'_>) -> Result<Box<Quote>> {
    let text: String = row.get(5)?;
    Ok(Box::new(Quote {
        id: row.id(1)?,
        sender: Sender { id: row.id(2)?, username: row.get(3)?, avatar: row.get(4)? },
        content: Quote::cut(&text),
        message_type: row.value(6)?,
    }))
}
