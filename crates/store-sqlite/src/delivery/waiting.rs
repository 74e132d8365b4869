use std::cmp::Reverse;
use std::collections::BinaryHeap;

use chirrup_domain::delivery::{DELIVERED_AT_ONCE, Waiting};
use chirrup_domain::feed::ChangeNo;
use chirrup_domain::message::Status;
use chirrup_domain::{MessageId, UserId};
use rusqlite::{Connection, Result};

use crate::columns::{Column, Columns};

/// Lets a message wait for its recipient. Behind another one that does it is found by its status.
pub(crate) fn wait(connection: &Connection, recipient: i64, conversation: i64, seq: u64) -> Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO waiting (recipient, conversation, first_seq) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        )?
        .execute((recipient, conversation, seq))?;
    Ok(())
}

/// The newest messages that wait for somebody, oldest first. Of each conversation no more is read than counts.
pub(super) fn list(connection: &Connection, recipient: UserId) -> Result<Vec<Waiting>> {
    let mut conversations = connection.prepare_cached(
        "SELECT w.recipient, w.conversation, w.first_seq, c.latest_no
         FROM users u
         JOIN waiting w ON w.recipient = u.key
         JOIN conversations c ON c.key = w.conversation
         WHERE u.oid = ?1
         ORDER BY c.latest_no DESC",
    )?;
    let mut messages = connection.prepare_cached(
        "SELECT no, oid FROM messages
         WHERE conversation = ?1 AND seq >= ?2 AND sender <> ?3 AND status = ?4
         ORDER BY seq DESC",
    )?;
    let mut newest = BinaryHeap::new();
    let mut conversations = conversations.query([recipient.as_bytes()])?;
    while let Some(row) = conversations.next()? {
        let (recipient, conversation, first): (i64, i64, u64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        if !counts(&newest, row.get(3)?) {
            break;
        }
        let mut messages = messages.query((conversation, first, recipient, Status::Sent.to_column()))?;
        while let Some(row) = messages.next()? {
            let no = row.get(0)?;
            if !counts(&newest, no) {
                break;
            }
            if newest.len() == DELIVERED_AT_ONCE {
                newest.pop();
            }
            newest.push(Reverse((no, row.id::<MessageId>(1)?)));
        }
    }
    let oldest_first = newest.into_sorted_vec().into_iter().rev();
    Ok(oldest_first.map(|Reverse((no, message))| Waiting { no: ChangeNo(no), message }).collect())
}

/// Whether a message with this number is among the newest, as far as they are known.
fn counts(newest: &BinaryHeap<Reverse<(u64, MessageId)>>, no: u64) -> bool {
    newest.len() < DELIVERED_AT_ONCE || newest.peek().is_some_and(|Reverse((oldest, _))| no > *oldest)
}
