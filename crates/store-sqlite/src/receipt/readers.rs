use std::collections::HashMap;

use chirrup_domain::account::Sender;
use chirrup_domain::message::{Message, Status};
use chirrup_domain::receipt::{LISTED_READERS, NamedReader, Reader, ReaderPage};
use chirrup_domain::{MAX_PAGE, MessageId, Timestamp, UserId};
use rusqlite::{Connection, Result};

use crate::account::find_key;
use crate::columns::Columns;
use crate::message::find_place;

/// A query for the receipts of the messages ?2 to ?3 of the conversation ?1. Of each member who has come that far it
/// takes the last row that begins before the stretch, and those that begin in it: two steps down the tree, however many
/// receipts there are.
macro_rules! select_receipts {
    ($columns:literal, $rest:literal) => {
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
               AND r.last_seq >= ?2 ",
            $rest
        )
    };
}

/// The readers of one message, by their keys.
struct Readers {
    /// Key of the message's sender, who is none of them: a range may reach over messages of the reader's own.
    sender: Option<i64>,
    count: u32,
    /// When, and who: the first of them, and some that may not be among the first.
    first: Vec<(i64, i64)>,
}

impl Readers {
    fn add(&mut self, read_at: i64, reader: i64) {
        if self.sender == Some(reader) {
            return;
        }
        self.count += 1;
        self.first.push((read_at, reader));
        // Sorting now and then costs less than keeping them sorted, and bounds what is held.
        if self.first.len() >= 4 * LISTED_READERS {
            self.cut();
        }
    }

    /// Leaves the first ones, in the order of reading.
    fn cut(&mut self) {
        self.first.sort_unstable();
        self.first.truncate(LISTED_READERS);
    }
}

/// Adds their readers to neighbouring messages of a conversation. Who they are is looked up for those alone that are
/// listed: in a large group that reads messages one by one a page has many times as many receipts.
pub(crate) fn attach(connection: &Connection, conversation: i64, messages: &mut [Message]) -> Result<()> {
    let (Some(first), Some(last)) = (messages.first(), messages.last()) else { return Ok(()) };
    let (first, last) = (first.seq.get(), last.seq.get());
    let mut readers = unread(connection, messages)?;
    let mut select = connection.prepare_cached(select_receipts!(
        "r.first_seq, r.last_seq, r.read_at, r.reader",
        "WHERE m.conversation = ?1 AND m.last_read_seq >= ?2"
    ))?;
    let mut rows = select.query((conversation, first, last))?;
    while let Some(row) = rows.next()? {
        let (from, to): (u64, u64) = (row.get(0)?, row.get(1)?);
        let (read_at, reader) = (row.get(2)?, row.get(3)?);
        let before = usize::try_from(from.saturating_sub(first)).unwrap_or(usize::MAX);
        let read = readers.iter_mut().zip(messages.iter()).skip(before);
        read.take_while(|(_, message)| message.seq.get() <= to).for_each(|(of, _)| of.add(read_at, reader));
    }

    let mut users = HashMap::new();
    for (message, mut readers) in messages.iter_mut().zip(readers) {
        if readers.count == 0 {
            continue;
        }
        readers.cut();
        message.status = Status::Read;
        message.read_count = readers.count;
        message.read_by.reserve_exact(readers.first.len());
        for (read_at, key) in readers.first {
            let user = find_user(connection, &mut users, key)?;
            message.read_by.push(Reader { user, read_at: Timestamp::from_millis(read_at) });
        }
    }
    Ok(())
}

/// For each message that nobody has read it so far.
fn unread(connection: &Connection, messages: &[Message]) -> Result<Vec<Readers>> {
    let mut senders = HashMap::new();
    let unread = |message: &Message| {
        let sender = match senders.get(&message.sender.id) {
            Some(known) => *known,
            None => *senders.entry(message.sender.id).or_insert(find_key(connection, message.sender.id)?),
        };
        Ok(Readers { sender, count: 0, first: Vec::new() })
    };
    messages.iter().map(unread).collect()
}

/// The id of the user with this key.
fn find_user(connection: &Connection, known: &mut HashMap<i64, UserId>, key: i64) -> Result<UserId> {
    if let Some(user) = known.get(&key) {
        return Ok(*user);
    }
    let user = connection
        .prepare_cached("SELECT oid FROM users WHERE key = ?1")?
        .query_row([key], |row| row.id(0))?;
    known.insert(key, user);
    Ok(user)
}

/// A page of a message's readers, the first to read it first.
pub(super) fn list_page(
    connection: &Connection,
    message: MessageId,
    asker: UserId,
    page: ReaderPage,
) -> Result<Option<(Vec<NamedReader>, bool)>> {
    let Some(place) = find_place(connection, message, asker)? else { return Ok(None) };
    let mut select = connection.prepare_cached(select_receipts!(
        "m.user, u.oid, u.username, u.avatar, r.read_at",
        "CROSS JOIN users u ON u.key = m.user
             WHERE m.conversation = ?1 AND m.last_read_seq >= ?2
             ORDER BY r.read_at, r.reader"
    ))?;
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
