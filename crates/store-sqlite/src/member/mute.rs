use chirrup_domain::{ConversationId, Error, Fact, Result, UserId};
use rusqlite::params;

use super::list::find_joined;
use crate::account::find_key;
use crate::error::Failure;
use crate::writer::Transaction;

/// Notes whether a member wants no notifications.
pub(super) fn set(
    transaction: &mut Transaction<'_>,
    id: ConversationId,
    member: UserId,
    muted: bool,
) -> Result<(), Failure> {
    let connection = transaction.connection();
    let conversation = find_joined(connection, id, member)?.ok_or(Error::NotAMember)?;
    let user = find_key(connection, member)?.ok_or(Error::NotAMember)?;
    let no = transaction.next_no().0;
    let changed = connection
        .prepare_cached(
            "UPDATE members SET muted = ?3, changed_no = ?4
             WHERE user = ?1 AND conversation = ?2 AND muted <> ?3",
        )?
        .execute(params![user, conversation, muted, no])?;
    if changed > 0 {
        connection
            .prepare_cached("UPDATE conversations SET last_no = ?2 WHERE key = ?1")?
            .execute((conversation, no))?;
        transaction.record(Fact::MuteChanged { conversation: id, member });
    }
    Ok(())
}
