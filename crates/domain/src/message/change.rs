use std::sync::Arc;

use super::{Message, Naming};
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
    /// Where the text may name members.
    pub namings: Vec<Naming>,
    /// Messages sent before this are too old; none is if `None`.
    pub sent_since: Option<Timestamp>,
    /// When.
    pub at: Timestamp,
}

/// A wish to delete a message.
#[derive(Debug, Clone, Copy)]
pub struct Deletion {
    /// Which message.
    pub message: MessageId,
    /// Who wishes it.
    pub actor: UserId,
    /// Authors may delete no message that was sent before this; any if `None`.
    pub sent_since: Option<Timestamp>,
    /// When.
    pub at: Timestamp,
}

/// What a deletion came to.
#[derive(Debug, Clone)]
pub struct Deleted {
    /// The message, which keeps its place and says nothing any more.
    pub message: Arc<Message>,
    /// Whether it carried a file that nothing else uses: the file was given up then, and its content can go.
    pub gave_file_up: bool,
}
