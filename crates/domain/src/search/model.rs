use super::Query;
use crate::feed::ChangeNo;
use crate::message::{Message, MessageType};
use crate::{ConversationId, Timestamp};

/// Most messages on a page of what was found.
pub const MAX_FOUND: u16 = 50;

/// A search about to be made.
#[derive(Debug, Clone)]
pub struct Search {
    /// What is looked for.
    pub query: Query,
    /// Where, if not in all of one's conversations.
    pub conversation: Option<ConversationId>,
    /// Only what is older than this: the `next` of the page before.
    pub before: Option<ChangeNo>,
    /// At most this many, 1 to [`MAX_FOUND`].
    pub limit: u16,
}

/// What a message is judged by.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    /// Its text.
    pub content: &'a str,
    /// What it carries.
    pub message_type: MessageType,
    /// When it was sent.
    pub created_at: Timestamp,
}

/// A stretch of a text, in UTF-16 code units, as JavaScript counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Highlight {
    /// Its first.
    pub start: usize,
    /// The first behind it.
    pub end: usize,
}

/// A message that was looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The message, as it is now.
    pub message: Message,
    /// Where the words stand in it, ascending; none if only filters were asked for.
    pub highlights: Vec<Highlight>,
}

/// A page of what was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FoundPage {
    /// The messages, the newest first.
    pub found: Vec<Found>,
    /// Where to go on, if there may be more. A page may hold less than was asked for, even nothing, and still say so: no
    /// search takes longer because what it looks for is rare.
    pub next: Option<ChangeNo>,
}
