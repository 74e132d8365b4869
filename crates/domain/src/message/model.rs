use std::num::NonZeroU64;

use super::{Naming, Quote};
use crate::account::Sender;
use crate::presence::DeviceId;
use crate::reaction::Reaction;
use crate::receipt::Reader;
use crate::upload::{File, UploadName};
use crate::{ConversationId, MessageId, Timestamp, UserId};

/// Place of a message in its conversation: starts at 1, no gaps, no repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seq(NonZeroU64);

impl Seq {
    /// The first message's place.
    pub const FIRST: Self = Self(NonZeroU64::MIN);

    /// This place, unless it is 0 or more than the stores can hold.
    pub fn new(seq: u64) -> Option<Self> {
        if i64::try_from(seq).is_err() {
            return None;
        }
        NonZeroU64::new(seq).map(Self)
    }

    /// The place as a number, from 1.
    pub const fn get(self) -> u64 {
        self.0.get()
    }
}

/// A message as it stands in its conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Which one.
    pub id: MessageId,
    /// Where it stands.
    pub conversation: ConversationId,
    /// Whom it reaches.
    pub audience: Audience,
    /// Its place there.
    pub seq: Seq,
    /// Who sent it.
    pub sender: Sender,
    /// The text; empty for a file without one.
    pub content: String,
    /// What it carries.
    pub message_type: MessageType,
    /// The file that it carries, if it does.
    pub file: Option<Box<File>>,
    /// How far it got.
    pub status: Status,
    /// The first [`LISTED_READERS`](crate::receipt::LISTED_READERS) who read it, in the order in which they did; never
    /// its author.
    pub read_by: Vec<Reader>,
    /// How many have read it.
    pub read_count: u32,
    /// What makes the send repeatable.
    pub client_id: Option<ClientId>,
    /// What it answers, if it does.
    pub reply_to: Option<Box<Quote>>,
    /// The members whom it names, in the order in which it does.
    pub mentions: Vec<UserId>,
    /// The kinds of reactions to it, in the order of their first use.
    pub reactions: Vec<Reaction>,
    /// When it was stored.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it last got another text, if it did.
    pub edited_at: Option<Timestamp>,
    /// When it was deleted, if it was: it is an empty text then, which refers to nothing.
    pub deleted_at: Option<Timestamp>,
}

/// Whom a message reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// The other member of a direct conversation; the sender's own id for notes to oneself.
    Direct(UserId),
    /// Every member of the group.
    Group,
}

/// What a message carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageType {
    /// Text alone.
    Text,
    /// A picture.
    Image,
    /// A film.
    Video,
    /// A sound.
    Audio,
    /// Any other file.
    File,
    /// Something that happened: somebody joined, was removed, renamed the group.
    System,
}

/// How far a message got. It only ever grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Stored.
    Sent,
    /// A device of the recipient was connected.
    Delivered,
    /// One other member has read it.
    Read,
}

/// What a client names a send by, so that it can repeat it: 1 to 64 characters, unique per sender.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ClientId(String);

impl ClientId {
    /// Most characters it may have.
    pub const MAX_CHARS: usize = 64;

    /// The name, unless it is empty or too long.
    pub fn new(text: String) -> Option<Self> {
        (1..=Self::MAX_CHARS).contains(&text.chars().count()).then_some(Self(text))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A message about to be appended; its fields have been checked.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The id to give it, unless the send is a repeat.
    pub id: MessageId,
    /// Who sends it.
    pub sender: UserId,
    /// Where to.
    pub target: Target,
    /// The text.
    pub content: String,
    /// The file, which has to be an upload of the sender's.
    pub file: Option<UploadName>,
    /// The message that it answers, which has to be in the same conversation.
    pub reply_to: Option<MessageId>,
    /// Where the text may name members.
    pub namings: Vec<Naming>,
    /// What makes the send repeatable.
    pub client_id: Option<ClientId>,
    /// The device that it comes from, if it comes from one.
    pub origin: Option<DeviceId>,
    /// When.
    pub at: Timestamp,
}

/// Where a draft goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// To somebody; makes the direct conversation if there is none.
    Direct {
        /// The recipient; the sender's own id for notes to oneself.
        recipient: UserId,
        /// The id to give the conversation if it has to be made.
        conversation: ConversationId,
    },
    /// Into a conversation that the sender is a member of.
    Conversation(ConversationId),
}

/// What an append came to.
#[derive(Debug, Clone)]
pub struct Appended {
    /// The message, the first one if the send was a repeat.
    pub message: std::sync::Arc<Message>,
    /// Whether the same `clientId` had been sent before; nothing was stored then.
    pub repeated: bool,
}

/// Which part of a conversation to read, ascending by `seq`.
#[derive(Debug, Clone, Copy)]
pub struct HistoryPage {
    /// Where the page lies.
    pub at: HistoryAt,
    /// At most this many, 1 to 200.
    pub limit: u16,
}

/// Where a page of history lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HistoryAt {
    /// The newest messages.
    Newest,
    /// Those just before this place.
    Before(Seq),
    /// Those just after this place.
    After(Seq),
    /// Those on both sides of this place, itself included.
    Around(Seq),
}

/// A page of history.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// The messages, ascending by `seq`.
    pub messages: Vec<Message>,
    /// Whether there are older ones.
    pub has_before: bool,
    /// Whether there are newer ones.
    pub has_after: bool,
}
