use std::sync::Arc;
use std::time::Duration;

use super::{Appended, ClientId, Draft, Naming, Target};
use crate::id::IdGenerator;
use crate::limit::Limiter;
use crate::presence::DeviceId;
use crate::upload::UploadName;
use crate::{Clock, ConversationId, Error, MessageId, Result, Store, UserId};

/// A request to send a message.
#[derive(Debug, Clone)]
pub struct SendMessage {
    /// Who sends it.
    pub sender: UserId,
    /// Where to.
    pub to: SendTo,
    /// The text, kept as it is; may be empty beside a file.
    pub content: String,
    /// The file, which has to be an upload of the sender's.
    pub file: Option<UploadName>,
    /// The message that it answers, which has to be in the same conversation.
    pub reply_to: Option<MessageId>,
    /// What makes the send repeatable.
    pub client_id: Option<ClientId>,
    /// The device that it comes from, if it comes from one.
    pub origin: Option<DeviceId>,
}

/// Where a send goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendTo {
    /// To a person; the sender's own id for notes to oneself.
    User(UserId),
    /// Into a conversation, direct or group.
    Conversation(ConversationId),
}

/// What is too much of messages; `None` lifts a limit.
pub struct MessageLimits {
    /// Most characters of a text.
    pub max_chars: Option<usize>,
    /// How long after sending an author may change a message.
    pub edit_age: Option<Duration>,
    /// How often a user sends and changes.
    pub sends: Limiter<UserId>,
}

/// Sends messages and changes them.
pub struct Messages {
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<dyn Clock>,
    ids: Arc<IdGenerator>,
    pub(super) limits: MessageLimits,
}

impl Messages {
    /// A service that keeps these limits.
    pub fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        ids: Arc<IdGenerator>,
        limits: MessageLimits,
    ) -> Self {
        Self { store, clock, ids, limits }
    }

    /// Stores the message once per `clientId`; what was stored reaches the publisher by the store's own feed.
    ///
    /// # Errors
    /// [`RateLimited`](Error::RateLimited), [`EmptyMessage`](Error::EmptyMessage) and
    /// [`MessageTooLong`](Error::MessageTooLong), and those of
    /// [`append_message`](super::MessageStore::append_message).
    pub async fn send(&self, request: SendMessage) -> Result<Appended> {
        self.limits.sends.check(request.sender)?;
        check_content(&request.content, request.file.is_some(), self.limits.max_chars)?;
        let at = self.clock.now();
        let target = match request.to {
            SendTo::User(recipient) => Target::Direct { recipient, conversation: self.ids.next(at) },
            SendTo::Conversation(id) => Target::Conversation(id),
        };
        self.store
            .append_message(Draft {
                id: self.ids.next(at),
                sender: request.sender,
                target,
                namings: Naming::all_in(&request.content),
                content: request.content,
                file: request.file,
                reply_to: request.reply_to,
                client_id: request.client_id,
                origin: request.origin,
                at,
            })
            .await
    }
}

fn check_content(content: &str, has_file: bool, max_chars: Option<usize>) -> Result<()> {
    if content.trim().is_empty() && !has_file {
        return Err(Error::EmptyMessage);
    }
    check_length(content, max_chars)
}

pub(super) fn check_length(content: &str, max_chars: Option<usize>) -> Result<()> {
    match max_chars {
        // Characters are counted only where the bytes leave room for doubt.
        Some(max) if content.len() > max && content.chars().nth(max).is_some() => {
            Err(Error::MessageTooLong { limit: max })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_needs_text_or_a_file() {
        assert!(matches!(check_content("", false, Some(3)), Err(Error::EmptyMessage)));
        assert!(matches!(check_content(" \n\u{3000}", false, Some(3)), Err(Error::EmptyMessage)));
        assert!(check_content(" a", false, Some(3)).is_ok());
        assert!(check_content(" ", true, Some(3)).is_ok());
        assert!(check_content("", true, Some(3)).is_ok());
    }

    #[test]
    fn the_limit_counts_characters_not_bytes() {
        assert!(check_content("äöü", false, Some(3)).is_ok());
        assert!(matches!(check_content("äöüß", true, Some(3)), Err(Error::MessageTooLong { limit: 3 })));
        assert!(check_content(&"x".repeat(100_000), false, None).is_ok());
    }
}
