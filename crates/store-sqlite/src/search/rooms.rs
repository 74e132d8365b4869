use chirrup_domain::feed::ChangeNo;
use chirrup_domain::{ConversationId, Timestamp};
use rusqlite::{Connection, OptionalExtension, Result, Row};

use crate::columns::Columns;

/// Conversations that are searched at most, those with the newest messages; the others one by one.
const MOST: usize = 5_000;

/// A conversation to be searched.
pub(super) struct Room {
    pub(super) key: i64,
    pub(super) id: ConversationId,
    /// Place of its newest message.
    pub(super) last_seq: u64,
    /// Up to which place the index knows it.
    pub(super) indexed_seq: u64,
    /// No message in it has a larger number.
    pub(super) latest_no: ChangeNo,
    pub(super) last_at: Option<Timestamp>,
    /// Who is in it if it is direct.
    pub(super) pair: Option<(i64, i64)>,
}

/// A query for the conversations of the user ?1; what is added says which of them.
macro_rules! select_rooms {
    ($which:literal) => {
        concat!(
            "SELECT c.key, c.oid, c.last_seq, c.indexed_seq, c.latest_no, c.last_at, c.low, c.high
             FROM members m JOIN conversations c ON c.key = m.conversation
             WHERE m.user = ?1 AND m.left_no IS NULL ",
            $which
        )
    };
}

/// The conversations that a user is a member of, those with the newest messages first.
pub(super) fn list(connection: &Connection, user: i64) -> Result<Vec<Room>> {
    connection
        .prepare_cached(select_rooms!("AND c.last_seq > 0 ORDER BY c.latest_no DESC LIMIT ?2"))?
        .query_map((user, MOST), read)?
        .collect()
}

/// A conversation, if the user is a member of it.
pub(super) fn one(connection: &Connection, user: i64, id: ConversationId) -> Result<Option<Room>> {
    connection
        .prepare_cached(select_rooms!("AND c.oid = ?2"))?
        .query_row((user, id.as_bytes()), read)
        .optional()
}

fn read(row: &Row<'_>) -> Result<Room> {
    Ok(Room {
        key: row.get(0)?,
        id: row.id(1)?,
        last_seq: row.get(2)?,
        indexed_seq: row.get(3)?,
        latest_no: ChangeNo(row.get(4)?),
        last_at: row.optional_value(5)?,
        pair: row.get::<_, Option<i64>>(6)?.zip(row.get(7)?),
    })
}

/// The name of a group.
pub(super) fn name(connection: &Connection, conversation: i64) -> Result<Option<String>> {
    connection
        .prepare_cached("SELECT name FROM conversations WHERE key = ?1")?
        .query_row([conversation], |row| row.get(0))
}
