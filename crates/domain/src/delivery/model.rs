use crate::feed::ChangeNo;
use crate::message::Seq;
use crate::{ConversationId, MessageId, Timestamp, UserId};

/// Up to this many waiting messages are delivered when a device connects: the newest. Older ones wait in the history.
pub const DELIVERED_AT_ONCE: usize = 1000;

/// A message that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// The change that it came with.
    pub no: ChangeNo,
    /// Which.
    pub message: MessageId,
}

/// What a confirmation changed in one conversation: this message, and all that waited before it, has arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivered {
    /// Where.
    pub conversation: ConversationId,
    /// The newest message that waited.
    pub message: MessageId,
    /// Its place.
    pub seq: Seq,
    /// Who sent it.
    pub sender: UserId,
    /// Whom it reached.
    pub recipient: UserId,
    /// When.
    pub at: Timestamp,
}
