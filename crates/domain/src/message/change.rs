use crate::{MessageId, Timestamp, UserId};

/// A wish to give a message another text; its fields have been checked.
#[derive(Debug, Clone)]
pub struct Edit {
    /// Which message.
    pub message: MessageId,
    /// Who wishes it.
    pub actor: UserId,
    /// The text, which may be empty only beside a file.
    pub content: String,
    /// Messages sent before this are too old; none is if `None`.
    pub sent_since: Option<Timestamp>,
    /// When.
    pub at: Timestamp,
}
