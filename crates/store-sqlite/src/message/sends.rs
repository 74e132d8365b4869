use chirrup_domain::message::ClientId;
use chirrup_domain::{Change, Fact, Timestamp};
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
/// Old sends forgotten for each new message: more than one, so that they go faster than new ones come.
const FORGOTTEN_PER_MESSAGE: usize = 2;

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

/// Forgets some of the sends that were old when the messages among these changes were sent. Their clock decides and not
/// the newest day in the table: one send from a time when the clock was ahead would make all others old.
pub(crate) fn forget_old(connection: &Connection, changes: &[Change]) -> Result<()> {
    let sent = changes.iter().filter_map(|change| match &change.fact {
        Fact::MessageAppended { message, .. } => Some(message.created_at),
        _ => None,
    });
    match sent.clone().min() {
        Some(at) => forget_before(connection, at, sent.count() * FORGOTTEN_PER_MESSAGE),
        None => Ok(()),
    }
}

fn forget_before(connection: &Connection, at: Timestamp, limit: usize) -> Result<()> {
    let last_of_step: Option<(i64, i64, String)> = connection
        .prepare_cached(
            "SELECT day, sender, client_id FROM sends
             WHERE day < ?1
             ORDER BY day, sender, client_id LIMIT ?2",
        )?
        .query_map((day(at) - DAYS_KEPT, limit), |row| row.try_into())?
        .last()
        .transpose()?;
    if let Some(last) = last_of_step {
        connection
            .prepare_cached("DELETE FROM sends WHERE (day, sender, client_id) <= (?1, ?2, ?3)")?
            .execute(last)?;
    }
    Ok(())
}

fn day(at: Timestamp) -> i64 {
    at.as_millis() / MILLIS_PER_DAY
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::migrate;

    const SENDER: i64 = 1;
    const STORED: Stored = Stored { conversation: 1, seq: 1 };

    fn database() -> Connection {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection).unwrap();
        connection
    }

    fn hours(hours: i64) -> Timestamp {
        Timestamp::from_millis(1_768_473_000_000 + hours * 60 * 60 * 1000)
    }

    fn client_id(n: usize) -> ClientId {
        ClientId::new(format!("c{n}")).unwrap()
    }

    #[test]
    fn a_send_is_known_for_two_days_and_when_the_clock_is_set_back() {
        let database = database();
        insert(&database, SENDER, &client_id(1), hours(0), STORED).unwrap();
        for at in [-24, 0, 24, 48] {
            assert_eq!(find(&database, SENDER, &client_id(1), hours(at)).unwrap(), Some(STORED));
        }
        assert_eq!(find(&database, SENDER, &client_id(2), hours(0)).unwrap(), None);
        assert_eq!(find(&database, SENDER + 1, &client_id(1), hours(0)).unwrap(), None);
    }

    #[test]
    fn old_sends_are_forgotten_in_small_steps() {
        let database = database();
        for n in 0..10 {
            insert(&database, SENDER, &client_id(n), hours(0), STORED).unwrap();
        }
        let left = || database.query_row("SELECT count(*) FROM sends", [], |row| row.get(0));
        insert(&database, SENDER, &client_id(10), hours(72), STORED).unwrap();
        forget_before(&database, hours(48), 6).unwrap();
        assert_eq!(left(), Ok(11));
        for expected in [5, 1, 1] {
            forget_before(&database, hours(72), 6).unwrap();
            assert_eq!(left(), Ok(expected));
        }
    }
}
