use chirrup_domain::message::{Deleted, Deletion, MessageType};
use chirrup_domain::{Error, Result};
use rusqlite::params;

use super::change::Changing;
use crate::columns::Column;
use crate::error::Failure;
use crate::reaction::forget as forget_reactions;
use crate::upload::give_up_unused;
use crate::writer::Transaction;

/// Takes away all that a message says.
pub(super) fn delete(transaction: &mut Transaction<'_>, deletion: Deletion) -> Result<Deleted, Failure> {
    let connection = transaction.connection();
    let changing = Changing::open(connection, deletion.message, deletion.actor)?;
    if !changing.is_by_admin() {
        if !changing.is_author() {
            return Err(Error::NotAllowed.into());
        }
        changing.check_age(deletion.sent_since)?;
    }
    // It becomes a text: who shows a picture looks for its file.
    connection
        .prepare_cached(
            "UPDATE messages
             SET content = '', type = ?3, file = NULL, reply_to = NULL, mentions = NULL, reactions = NULL,
                 deleted_at = ?4
             WHERE conversation = ?1 AND seq = ?2",
        )?
        .execute(params![
            changing.conversation,
            changing.seq,
            MessageType::Text.to_column(),
            deletion.at.to_column()
        ])?;
    forget_reactions(connection, changing.conversation, changing.seq)?;
    let gave_file_up = match changing.file {
        Some(file) => give_up_unused(connection, file)?,
        None => false,
    };
    Ok(Deleted { message: changing.finish(transaction, deletion.at)?, gave_file_up })
}
