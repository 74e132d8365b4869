use super::Emoji;
use crate::{MessageId, Timestamp, UserId};

/// Most kinds of reactions that a message has.
pub const MAX_KINDS: u32 = 50;

/// Of each kind up to this many users are listed with a message.
pub const LISTED_USERS: usize = 100;

/// One kind of reaction to a message, and who reacted with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reaction {
    /// With what.
    pub emoji: Emoji,
    /// How many did.
    pub count: u32,
    /// The first [`LISTED_USERS`] of them, in the order in which they did.
    pub users: Vec<UserId>,
}

/// A wish to react to a message, or to take a reaction back.
#[derive(Debug, Clone)]
pub struct React {
    /// Which message.
    pub message: MessageId,
    /// Who wishes it.
    pub actor: UserId,
    /// With what.
    pub emoji: Emoji,
    /// When.
    pub at: Timestamp,
}
