use chirrup_domain::Timestamp;
use chirrup_domain::message::ClientId;
use rusqlite::{Connection, OptionalExtension, Result};

/// Where a send was stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stored {
    /// Key of the conversation.
    pub(super) conversation: i64,
    /// Place in it.
    pub(super) seq: u64,
}

const MILLIS_PER_DAY: i64 = 24 * 60 * 60 * 1000;
/// Days that a send stays known beside its own, so for 48 hours at least.
const DAYS_KEPT: i64 = 2;
/// Old sends forgotten per request of a group: more than one, so that they go faster than new ones come.
const FORGOTTEN_PER_REQUEST: usize = 2;

/// What the sender's `clientId` was stored as before.
pub(super) fn find(
    connection: &Connection,
    sender: i64,
    client_id: &ClientId,
    at: Timestamp,
) -> Result<Option<Stored>> {
    // The day after as well: the clock may have been set back since.
    connection
        .prepare_cached(
            "SELECT conversation, seq FROM sends
             WHERE day IN (?1 - 2, ?1 - 1, ?1, ?1 + 1) AND sender = ?2 AND client_id = ?3",
        )?
        .query_row((day(at), sender, client_id.as_str()), |row| {
            Ok(Stored { conversation: row.get(0)?, seq: row.get(1)? })
        })
        .optional()
}

/// Notes what the sender's `clientId` is stored as.
pub(super) fn insert(
    connection: &Connection,
    sender: i64,
    client_id: &ClientId,
    at: Timestamp,
    stored: Stored,
) -> Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO sends (day, sender, client_id, conversation, seq) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute((day(at), sender, client_id.as_str(), stored.conversation, stored.seq))?;
    Ok(())
}

/// Forgets some of the sends that nobody repeats any more, in the time that `requests` requests may take for it.
pub(crate) fn forget_old(connection: &Connection, requests: usize) -> Result<()> {
    connection
        .prepare_cached(
            "DELETE FROM sends WHERE (day, sender, client_id) IN (
                 SELECT day, sender, client_id FROM sends
                 WHERE day < (SELECT max(day) FROM sends) - ?1
                 ORDER BY day, sender, client_id LIMIT ?2)",
        )?
        .execute((DAYS_KEPT, requests * FORGOTTEN_PER_REQUEST))?;
    Ok(())
}

fn day(at: Timestamp) -> i64 {
    at.as_millis() / MILLIS_PER_DAY
}
