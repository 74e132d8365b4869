use chirrup_domain::message::Message;
use chirrup_domain::reaction::{Emoji, LISTED_USERS, Reaction};
use rusqlite::{Connection, Result};

use crate::columns::Columns;

/// Bytes that a listed user takes in JSON.
const USER_BYTES: usize = 27;
/// Bytes that a kind takes in JSON, besides its users.
const KIND_BYTES: usize = 80;

/// Adds their reactions to neighbouring messages of a conversation. Of each kind it reads no more rows than are listed,
/// however many there are.
pub(crate) fn attach(connection: &Connection, conversation: i64, messages: &mut [Message]) -> Result<()> {
    let (Some(first), Some(last)) = (messages.first(), messages.last()) else { return Ok(()) };
    let (first, last) = (first.seq.get(), last.seq.get());
    let mut select = connection.prepare_cached(
        "SELECT k.seq, k.kind, k.emoji, k.count, u.oid
         FROM reaction_kinds k
         CROSS JOIN reactions r
            ON r.conversation = k.conversation AND r.seq = k.seq AND r.kind = k.kind
           AND r.no <= coalesce(
                   (SELECT l.no FROM reactions l
                    WHERE l.conversation = k.conversation AND l.seq = k.seq AND l.kind = k.kind
                    ORDER BY l.no LIMIT 1 OFFSET ?4), 0x7fffffffffffffff)
         CROSS JOIN users u ON u.key = r.user
         WHERE k.conversation = ?1 AND k.seq BETWEEN ?2 AND ?3
         ORDER BY k.seq, k.kind, r.no",
    )?;
    let mut rows = select.query((conversation, first, last, LISTED_USERS - 1))?;
    let mut begun = None;
    while let Some(row) = rows.next()? {
        let (seq, kind): (u64, i64) = (row.get(0)?, row.get(1)?);
        let Some(message) = crate::message::at(messages, seq) else { continue };
        if begun.replace((seq, kind)) != Some((seq, kind)) {
            let emoji = Emoji::from_stored(row.get(2)?);
            message.reactions.push(Reaction { emoji, count: row.get(3)?, users: Vec::new() });
        }
        if let Some(reaction) = message.reactions.last_mut() {
            reaction.users.push(row.id(4)?);
        }
    }
    Ok(())
}

/// Places of neighbouring messages that have reactions, with how many bytes these take in JSON at most.
pub(crate) fn listed_bytes(
    connection: &Connection,
    conversation: i64,
    first: u64,
    last: u64,
) -> Result<Vec<(u64, usize)>> {
    connection
        .prepare_cached(
            "SELECT seq, sum(min(count, ?4) * ?5 + ?6) FROM reaction_kinds
             WHERE conversation = ?1 AND seq BETWEEN ?2 AND ?3 GROUP BY seq",
        )?
        .query_map((conversation, first, last, LISTED_USERS, USER_BYTES, KIND_BYTES), |row| row.try_into())?
        .collect()
}
