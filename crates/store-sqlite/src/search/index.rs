use std::collections::{BTreeMap, HashSet};

use chirrup_domain::message::MessageType;
use chirrup_domain::search::{Words, keys};
use chirrup_domain::{Change, Fact};
use rusqlite::{Connection, Result, Row};

use super::place;
use crate::columns::Columns;

/// Messages that one step takes in at most: a send waits for no more than one step.
const STEP: usize = 1024;
/// As soon as its messages have this many bytes of text, a step takes no more.
const STEP_BYTES: usize = 256 * 1024;
/// As soon as it has put in so many keys, a step takes no more: texts without spaces have a hundred times as many as
/// others of their size.
const STEP_KEYS: usize = 20_000;
/// As `STEP_KEYS`, of keys that are taken out or put in instead.
const MENDED_KEYS: usize = 4_000;
/// Different keys of one text; with more, [`keys::LONG`] stands for the others.
const MOST_KEYS: usize = 2_000;

/// Keeps the index behind the messages: whenever a step's worth of them waits, and at once where one was changed.
pub(crate) struct Indexer {
    step: usize,
    /// How many messages wait; of a step or more only that.
    waiting: u64,
    bytes: usize,
    changed: bool,
}

/// What the index knows of a message, or is to know.
struct Entry {
    seq: u64,
    keys: String,
    /// How many there are.
    count: usize,
    /// Bytes of the text they were made of.
    bytes: usize,
}

impl Indexer {
    /// Goes on where the index ends, in steps of so many messages; starts over if the keys were made by other rules.
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) fn new(connection: &Connection, step: Option<usize>) -> Result<Self> {
        let version: u32 = connection.query_row("SELECT version FROM search_rules", [], |row| row.get(0))?;
        if version != keys::RULES {
            start_over(connection)?;
        }
        let step = step.unwrap_or(STEP);
        let waiting = count_waiting(connection, step)?;
        Ok(Self { step, waiting, bytes: 0, changed: is_changed(connection)? })
    }

    /// Counts what a group has stored.
    pub(crate) fn note(&mut self, connection: &Connection, changes: &[Change]) -> Result<()> {
        for change in changes {
            if let Fact::MessageAppended { message, .. } = &change.fact {
                self.waiting += 1;
                self.bytes += message.content.len();
            }
        }
        self.note_changed(connection)
    }

    /// Looks whether something was changed or is gone.
    pub(crate) fn note_changed(&mut self, connection: &Connection) -> Result<()> {
        self.changed = is_changed(connection)?;
        Ok(())
    }

    /// Whether something is known wrongly.
    pub(crate) const fn is_changed(&self) -> bool {
        self.changed
    }

    /// Whether there is a step to make.
    pub(crate) fn is_due(&self) -> bool {
        self.changed || self.waiting >= self.step as u64 || self.bytes >= STEP_BYTES
    }

    /// Leaves what waits until more comes; for after a step that failed.
    pub(crate) fn rest(&mut self) {
        (self.changed, self.waiting, self.bytes) = (false, 0, 0);
    }

    /// Makes a step, within a transaction.
    ///
    /// # Errors
    /// Those of the database; the transaction has to be rolled back then.
    pub(crate) fn step(&mut self, connection: &Connection) -> Result<()> {
        let mended = mend(connection, self.step)?;
        self.changed = is_changed(connection)?;
        if mended == 0 || self.waiting >= self.step as u64 {
            let is_cut = extend(connection, self.step)?;
            self.bytes = if is_cut { STEP_BYTES } else { 0 };
            self.waiting = count_waiting(connection, self.step)?;
        }
        Ok(())
    }
}

fn start_over(connection: &Connection) -> Result<()> {
    let transaction = connection.unchecked_transaction()?;
    transaction.execute("INSERT INTO search (search) VALUES ('delete-all')", [])?;
    // Fewer and larger parts make every look into the index cheaper, and keeping it hardly dearer.
    transaction.execute("INSERT INTO search (search, rank) VALUES ('automerge', 4)", [])?;
    transaction.execute("DELETE FROM search_changes", [])?;
    transaction.execute("UPDATE conversations SET indexed_seq = 0", [])?;
    transaction.execute("UPDATE search_rules SET version = ?1", [keys::RULES])?;
    transaction.commit()
}

fn is_changed(connection: &Connection) -> Result<bool> {
    connection.prepare_cached("SELECT 1 FROM search_changes")?.exists([])
}

/// Takes out of the index what was changed or is gone, and puts in what stands there now. Answers of how many messages.
fn mend(connection: &Connection, most: usize) -> Result<usize> {
    let mut changed = connection.prepare_cached(
        "SELECT conversation, seq, sender, type, content, file FROM search_changes
         ORDER BY conversation, seq DESC LIMIT ?1",
    )?;
    let mut present = connection.prepare_cached(
        "SELECT seq, sender, type, content, file FROM messages WHERE conversation = ?1 AND seq = ?2",
    )?;
    let mut rows = changed.query([most])?;
    let (mut mended, mut count, mut bytes) = (Vec::new(), 0, 0);
    while count < MENDED_KEYS
        && bytes < STEP_BYTES
        && let Some(row) = rows.next()?
    {
        let conversation: i64 = row.get(0)?;
        let old = read_entry(row, 1)?;
        let new = present
            .query_map((conversation, old.seq), |row| read_entry(row, 0))?
            .next()
            .transpose()?
            .unwrap_or_else(|| Entry { seq: old.seq, keys: String::new(), count: 0, bytes: 0 });
        if let Some(row) = place::row(conversation, old.seq)
            && old.keys != new.keys
        {
            connection
                .prepare_cached("INSERT INTO search (search, rowid, keys) VALUES ('delete', ?1, ?2)")?
                .execute((row, &old.keys))?;
            add(connection, row, &new.keys)?;
        }
        count += old.count + new.count;
        bytes += old.bytes + new.bytes;
        mended.push((conversation, old.seq));
    }
    drop(rows);
    let mut done =
        connection.prepare_cached("DELETE FROM search_changes WHERE conversation = ?1 AND seq = ?2")?;
    for place in &mended {
        done.execute(*place)?;
    }
    Ok(mended.len())
}

/// How many messages wait, looking no further than to see that there are so many.
fn count_waiting(connection: &Connection, enough: usize) -> Result<u64> {
    connection
        .prepare_cached(
            "SELECT coalesce(sum(messages), 0) FROM
                 (SELECT last_seq - indexed_seq AS messages FROM conversations
                  WHERE indexed_seq < last_seq AND member_count > 0 LIMIT ?1)",
        )?
        .query_row([enough], |row| row.get(0))
}

/// Puts messages in that are not there yet. Answers whether it left some for their keys.
fn extend(connection: &Connection, most: usize) -> Result<bool> {
    let mut waiting = connection.prepare_cached(
        "SELECT key, indexed_seq, last_seq FROM conversations
         WHERE indexed_seq < last_seq AND member_count > 0 ORDER BY key LIMIT ?1",
    )?;
    let rooms: Vec<(i64, u64, u64)> = waiting
        .query_map([most], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<_>>()?;
    let mut select = connection.prepare_cached(
        "SELECT seq, sender, type, content, file FROM messages
         WHERE conversation = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3",
    )?;
    let mut update = connection.prepare_cached("UPDATE conversations SET indexed_seq = ?2 WHERE key = ?1")?;
    let (mut left, mut bytes, mut count) = (most, 0, 0);
    // The index takes its rows in ascending order, all of a step's at once.
    let mut entries = BTreeMap::new();
    for (conversation, indexed, last) in rooms {
        if left == 0 || bytes >= STEP_BYTES || count >= STEP_KEYS {
            break;
        }
        let mut rows = select.query((conversation, indexed, left))?;
        // What is gone need not wait.
        let mut reached = last;
        let mut read = 0;
        while let Some(row) = rows.next()? {
            let entry = read_entry(row, 0)?;
            (bytes, count, read) = (bytes + entry.bytes, count + entry.count, read + 1);
            let seq = entry.seq;
            if let Some(row) = place::row(conversation, seq) {
                entries.insert(row, entry.keys);
            }
            if read == left || bytes >= STEP_BYTES || count >= STEP_KEYS {
                reached = seq;
                break;
            }
        }
        left -= read;
        update.execute((conversation, reached))?;
    }
    for (row, keys) in &entries {
        add(connection, *row, keys)?;
    }
    Ok(count >= STEP_KEYS)
}

fn add(connection: &Connection, row: i64, keys: &str) -> Result<()> {
    if keys.is_empty() {
        return Ok(());
    }
    connection.prepare_cached("INSERT INTO search (rowid, keys) VALUES (?1, ?2)")?.execute((row, keys))?;
    Ok(())
}

/// Reads seq, sender, type, content and file from this column on.
fn read_entry(row: &Row<'_>, first: usize) -> Result<Entry> {
    let message_type = row.value(first + 2)?;
    let content = row.get_ref(first + 3)?.as_str()?;
    let mut made = Keys::default();
    // Nobody looks for system messages, and of a deleted one nothing is left.
    if message_type != MessageType::System
        && !(content.is_empty() && row.get::<_, Option<i64>>(first + 4)?.is_none())
    {
        made.add(&sender_key(row.get(first + 1)?));
        keys::of_contents(content, message_type, |key| made.add(key));
        keys::of_words(&Words::of(content), |key| made.add(key));
    }
    let (keys, count) = made.joined();
    Ok(Entry { seq: row.get(first)?, keys, count, bytes: content.len() })
}

/// Keys of a message, each once and in the order in which they come.
#[derive(Default)]
struct Keys {
    known: HashSet<Box<str>>,
    joined: String,
    is_cut: bool,
}

impl Keys {
    fn add(&mut self, key: &str) {
        if self.is_cut || self.known.contains(key) {
            return;
        }
        self.is_cut = self.known.len() == MOST_KEYS;
        let key = if self.is_cut { keys::LONG } else { key };
        self.known.insert(key.into());
        self.joined.push_str(key);
        self.joined.push(' ');
    }

    fn joined(self) -> (String, usize) {
        (self.joined, self.known.len())
    }
}

/// The key of what this user sent.
pub(super) fn sender_key(user: i64) -> String {
    format!("u{user}")
}
