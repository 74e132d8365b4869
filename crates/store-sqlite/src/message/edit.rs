use std::sync::Arc;

use chirrup_domain::message::{Edit, Message};
use chirrup_domain::{Error, Result};
use rusqlite::params;

use super::change::Changing;
use super::mentions;
use crate::columns::Column;
use crate::error::Failure;
use crate::writer::Transaction;

/// Gives a message another text; `None` where it has that already.
pub(super) fn edit(transaction: &mut Transaction<'_>, edit: Edit) -> Result<Option<Arc<Message>>, Failure> {
    let connection = transaction.connection();
    let changing = Changing::open(connection, edit.message, edit.actor)?;
    if !changing.is_author() {
        return Err(Error::NotAllowed.into());
    }
    changing.check_unblocked(connection)?;
    changing.check_age(edit.sent_since)?;
    if edit.content.trim().is_empty() && changing.file.is_none() {
        return Err(Error::EmptyMessage.into());
    }
    let mentioned = mentions::resolve(connection, changing.conversation, &edit.namings)?;
    let changed = connection
        .prepare_cached(
            "UPDATE messages SET content = ?3, mentions = ?4, edited_at = ?5
             WHERE conversation = ?1 AND seq = ?2 AND content <> ?3",
        )?
        .execute(params![
            changing.conversation,
            changing.seq,
            edit.content,
            mentions::to_column(&mentioned),
            edit.at.to_column()
        ])?;
    match changed {
        0 => Ok(None),
        _ => changing.finish(transaction, edit.at).map(Some),
    }
}
