use chirrup_domain::account::Sender;
use chirrup_domain::message::{Message, Status};
use chirrup_domain::receipt::{LISTED_READERS, NamedReader, Reader, ReaderPage};
use chirrup_domain::{MAX_PAGE, MessageId, Timestamp, UserId};
use rusqlite::{Connection, Result};

use crate::columns::Columns;
use crate::message::find_place;

/// A query for the receipts of the messages ?2 to ?3 of the conversation ?1, in the order of reading. Of each member who
/// has come that far it takes the last row that begins before the stretch, and those that begin in it: two steps down the
/// tree, however many receipts there are.
macro_rules! select_receipts {
    ($columns:literal) => {
        concat!(
            "SELECT ",
            $columns,
            "
             FROM members m
             CROSS JOIN receipts r
                ON r.conversation = m.conversation AND r.reader = m.user
               AND r.first_seq BETWEEN coalesce(
                       (SELECT max(before.first_seq) FROM receipts before
                        WHERE before.conversation = m.conversation AND before.reader = m.user
                          AND before.first_seq <= ?2), ?2) AND ?3
               AND r.last_seq >= ?2
             CROSS JOIN users u ON u.key = m.user
             WHERE m.conversation = ?1 AND m.last_read_seq >= ?2
             ORDER BY r.read_at, r.reader"
        )
    };
}

/// Adds their readers to neighbouring messages of a conversation.
pub(crate) fn attach(connection: &Connection, conversation: i64, messages: &mut [Message]) -> Result<()> {
    let (Some(first), Some(last)) = (messages.first(), messages.last()) else { return Ok(()) };
    let (first, last) = (first.seq.get(), last.seq.get());
    let mut select =
        connection.prepare_cached(select_receipts!("r.first_seq, r.last_seq, u.oid, r.read_at"))?;
    let mut rows = select.query((conversation, first, last))?;
    while let Some(row) = rows.next()? {
        let (from, to): (u64, u64) = (row.get(0)?, row.get(1)?);
        let reader = Reader { user: row.id(2)?, read_at: row.value(3)? };
        let before = usize::try_from(from.saturating_sub(first)).unwrap_or(usize::MAX);
        messages
            .iter_mut()
            .skip(before)
            .take_while(|message| message.seq.get() <= to)
            .for_each(|message| add(message, reader));
    }
    Ok(())
}

fn add(message: &mut Message, reader: Reader) {
    // A range may reach over messages of the reader's own.
    if message.sender.id == reader.user {
        return;
    }
    message.read_count += 1;
    message.status = Status::Read;
    if message.read_by.len() < LISTED_READERS {
        message.read_by.push(reader);
    }
}

/// A page of a message's readers, the first to read it first.
pub(super) fn list_page(
    connection: &Connection,
    message: MessageId,
    asker: UserId,
    page: ReaderPage,
) -> Result<Option<(Vec<NamedReader>, bool)>> {
    let Some(place) = find_place(connection, message, asker)? else { return Ok(None) };
    let mut select =
        connection.prepare_cached(select_receipts!("m.user, u.oid, u.username, u.avatar, r.read_at"))?;
    let mut rows = select.query((place.conversation, place.seq, place.seq))?;
    let limit = usize::from(page.limit.clamp(1, MAX_PAGE));
    let mut readers = Vec::new();
    let mut begun = page.after.is_none();
    while let Some(row) = rows.next()? {
        let (key, id, read_at): (i64, UserId, Timestamp) = (row.get(0)?, row.id(1)?, row.value(4)?);
        if key == place.sender {
            continue;
        }
        if !begun {
            begun = page.after == Some(id);
            continue;
        }
        if readers.len() == limit {
            return Ok(Some((readers, true)));
        }
        readers
            .push(NamedReader { user: Sender { id, username: row.get(2)?, avatar: row.get(3)? }, read_at });
    }
    Ok(Some((readers, false)))
}
