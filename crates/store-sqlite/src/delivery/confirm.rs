use chirrup_domain::delivery::Delivered;
use chirrup_domain::feed::ChangeNo;
use chirrup_domain::message::{Seq, Status};
use chirrup_domain::{ConversationId, Error, Fact, MessageId, Result, Timestamp, UserId};
use rusqlite::{Connection, OptionalExtension};

use crate::columns::{Column, Columns};
use crate::error::Failure;
use crate::writer::Transaction;

/// Conversations that one request takes: more would keep the writer for too long.
const STEP: usize = 100;

/// A conversation in which messages wait.
struct Waits {
    recipient: i64,
    conversation: i64,
    id: ConversationId,
    first_seq: u64,
}

/// The newest of those that have arrived.
struct Arrived {
    seq: Seq,
    message: MessageId,
    sender: UserId,
}

/// Notes that what waited for somebody and came no later than `up_to` has arrived; answers whether there is more to do.
pub(super) fn confirm(
    transaction: &mut Transaction<'_>,
    recipient: UserId,
    up_to: ChangeNo,
    at: Timestamp,
) -> Result<bool, Failure> {
    let mut all = find_waits(transaction.connection(), recipient, up_to)?;
    let more = all.len() > STEP;
    all.truncate(STEP);
    for waits in all {
        let connection = transaction.connection();
        let arrived = find_arrived(connection, &waits, up_to)?
            .ok_or_else(|| Error::internal("a message waits that is not there"))?;
        let no = transaction.next_no().0;
        connection
            .prepare_cached(
                "UPDATE members SET delivered_seq = ?3, delivered_no = ?4 WHERE user = ?1 AND conversation = ?2",
            )?
            .execute((waits.recipient, waits.conversation, arrived.seq.get(), no))?;
        connection
            .prepare_cached("UPDATE conversations SET last_no = ?2 WHERE key = ?1")?
            .execute((waits.conversation, no))?;
        wait_on(connection, &waits, arrived.seq)?;
        transaction.record(Fact::MessagesDelivered(Delivered {
            conversation: waits.id,
            message: arrived.message,
            seq: arrived.seq,
            sender: arrived.sender,
            recipient,
            at,
        }));
    }
    Ok(more)
}

fn find_waits(connection: &Connection, recipient: UserId, up_to: ChangeNo) -> rusqlite::Result<Vec<Waits>> {
    connection
        .prepare_cached(
            "SELECT w.recipient, w.conversation, c.oid, w.first_seq
             FROM users u
             JOIN waiting w ON w.recipient = u.key
             JOIN messages m ON m.conversation = w.conversation AND m.seq = w.first_seq
             JOIN conversations c ON c.key = w.conversation
             WHERE u.oid = ?1 AND m.no <= ?2
             LIMIT ?3",
        )?
        .query_map((recipient.as_bytes(), up_to.0, STEP + 1), |row| {
            Ok(Waits {
                recipient: row.get(0)?,
                conversation: row.get(1)?,
                id: row.id(2)?,
                first_seq: row.get(3)?,
            })
        })?
        .collect()
}

fn find_arrived(
    connection: &Connection,
    waits: &Waits,
    up_to: ChangeNo,
) -> rusqlite::Result<Option<Arrived>> {
    connection
        .prepare_cached(
            "SELECT m.seq, m.oid, u.oid
             FROM messages m JOIN users u ON u.key = m.sender
             WHERE m.conversation = ?1 AND m.seq >= ?2 AND m.no <= ?3 AND m.sender <> ?4 AND m.status = ?5
             ORDER BY m.seq DESC LIMIT 1",
        )?
        .query_row(
            (waits.conversation, waits.first_seq, up_to.0, waits.recipient, Status::Sent.to_column()),
            |row| {
                let seq = row.seq(0)?.ok_or(rusqlite::Error::IntegralValueOutOfRange(0, 0))?;
                Ok(Arrived { seq, message: row.id(1)?, sender: row.id(2)? })
            },
        )
        .optional()
}

/// Forgets what has arrived: the next one behind it that waits, if there is one, is the first from now on.
fn wait_on(connection: &Connection, waits: &Waits, arrived: Seq) -> rusqlite::Result<()> {
    let next: Option<u64> = connection
        .prepare_cached(
            "SELECT seq FROM messages
             WHERE conversation = ?1 AND seq > ?2 AND sender <> ?3 AND status = ?4
             ORDER BY seq LIMIT 1",
        )?
        .query_row((waits.conversation, arrived.get(), waits.recipient, Status::Sent.to_column()), |row| {
            row.get(0)
        })
        .optional()?;
    match next {
        Some(next) => connection
            .prepare_cached("UPDATE waiting SET first_seq = ?3 WHERE recipient = ?1 AND conversation = ?2")?
            .execute((waits.recipient, waits.conversation, next))?,
        None => connection
            .prepare_cached("DELETE FROM waiting WHERE recipient = ?1 AND conversation = ?2")?
            .execute((waits.recipient, waits.conversation))?,
    };
    Ok(())
}
