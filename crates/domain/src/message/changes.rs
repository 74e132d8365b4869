use std::sync::Arc;

use super::service::check_length;
use super::{Deleted, Deletion, Edit, Message, Messages, Naming};
use crate::reaction::{Emoji, React};
use crate::{MessageId, Result, Timestamp, UserId};

/// Changes of messages that are there; each counts as a send does.
impl Messages {
    /// Gives a message another text, for its author; answers with the message as it is then.
    ///
    /// # Errors
    /// [`RateLimited`](crate::Error::RateLimited) and [`MessageTooLong`](crate::Error::MessageTooLong), and those of
    /// [`edit_message`](super::MessageStore::edit_message).
    pub async fn edit(&self, actor: UserId, message: MessageId, content: String) -> Result<Arc<Message>> {
        self.limits.sends.check(actor)?;
        check_length(&content, self.limits.max_chars)?;
        let at = self.clock.now();
        let (namings, sent_since) = (Naming::all_in(&content), self.sent_since(at));
        self.store.edit_message(Edit { message, actor, content, namings, sent_since, at }).await
    }

    /// Deletes a message, for its author and the admins of its group.
    ///
    /// # Errors
    /// [`RateLimited`](crate::Error::RateLimited), and those of [`delete_message`](super::MessageStore::delete_message).
    pub async fn delete(&self, actor: UserId, message: MessageId) -> Result<Deleted> {
        self.limits.sends.check(actor)?;
        let at = self.clock.now();
        self.store.delete_message(Deletion { message, actor, sent_since: self.sent_since(at), at }).await
    }

    /// Reacts to a message; twice with the same changes nothing.
    ///
    /// # Errors
    /// [`RateLimited`](crate::Error::RateLimited), and those of
    /// [`add_reaction`](crate::reaction::ReactionStore::add_reaction).
    pub async fn add_reaction(&self, actor: UserId, message: MessageId, emoji: Emoji) -> Result<()> {
        self.limits.sends.check(actor)?;
        self.store.add_reaction(React { message, actor, emoji, at: self.clock.now() }).await
    }

    /// Takes a reaction back; one that is not there changes nothing.
    ///
    /// # Errors
    /// [`RateLimited`](crate::Error::RateLimited), and those of
    /// [`remove_reaction`](crate::reaction::ReactionStore::remove_reaction).
    pub async fn remove_reaction(&self, actor: UserId, message: MessageId, emoji: Emoji) -> Result<()> {
        self.limits.sends.check(actor)?;
        self.store.remove_reaction(React { message, actor, emoji, at: self.clock.now() }).await
    }

    /// When the oldest messages were sent that their authors may change at this time.
    fn sent_since(&self, at: Timestamp) -> Option<Timestamp> {
        let age = i64::try_from(self.limits.edit_age?.as_millis()).unwrap_or(i64::MAX);
        Some(Timestamp::from_millis(at.as_millis().saturating_sub(age)))
    }
}
