use crate::account::Sender;
use crate::message::Seq;
use crate::presence::DeviceId;
use crate::{ConversationId, MessageId, Timestamp, UserId};

/// Up to this many readers are listed with a message (contract section 1).
pub const LISTED_READERS: usize = 100;

/// Of each sender, up to this many messages are told as read by one mark: the newest.
pub const TOLD_PER_SENDER: usize = 50;

/// Up to this many members hear of each other how far they have read.
pub const TOLD_MEMBERS: u32 = 100;

/// Somebody who has read a message, as listed with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reader {
    /// Who.
    pub user: UserId,
    /// When.
    pub read_at: Timestamp,
}

/// Somebody who has read a message, with what others see of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedReader {
    /// Who.
    pub user: Sender,
    /// When.
    pub read_at: Timestamp,
}

/// Which part of a message's readers to list.
#[derive(Debug, Clone, Copy, Default)]
pub struct ReaderPage {
    /// Begin behind this reader; `None` begins at the first. Nobody is behind one who has not read the message.
    pub after: Option<UserId>,
    /// At most this many, 1 to 200.
    pub limit: u16,
}

/// A wish to mark one message as read.
#[derive(Debug, Clone, Copy)]
pub struct MessageMark {
    /// Who has read it.
    pub reader: UserId,
    /// Which.
    pub message: MessageId,
    /// The device that it comes from, if it comes from one.
    pub origin: Option<DeviceId>,
    /// When.
    pub at: Timestamp,
}

/// A wish to mark a conversation as read up to some place.
#[derive(Debug, Clone, Copy)]
pub struct ConversationMark {
    /// Who has read it.
    pub reader: UserId,
    /// Which.
    pub conversation: ConversationId,
    /// `seq` of the last message read; one behind the newest counts as the newest.
    pub up_to: u64,
    /// The device that it comes from, if it comes from one.
    pub origin: Option<DeviceId>,
    /// When.
    pub at: Timestamp,
}

/// What a mark changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marked {
    /// Where.
    pub conversation: ConversationId,
    /// Who has read.
    pub reader: UserId,
    /// The reader's pointer, as it is now.
    pub last_read: Seq,
    /// When, as the messages show it.
    pub read_at: Timestamp,
    /// The messages whose senders hear of it, ascending by `seq`: never the reader's own, nor those of former members.
    pub messages: Vec<ReadMessage>,
    /// Who hears how far the reader has come.
    pub audience: ReadAudience,
    /// The device that marked, and learns of it by its ack.
    pub origin: Option<DeviceId>,
}

/// A message that somebody has read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadMessage {
    /// Which.
    pub id: MessageId,
    /// Who sent it.
    pub sender: UserId,
}

/// Who hears how far somebody has read; the reader's other devices do in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadAudience {
    /// Nobody else.
    Reader,
    /// The other member of a direct conversation.
    Direct(UserId),
    /// Every member of the group.
    Group,
}
