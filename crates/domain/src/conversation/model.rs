use crate::account::User;
use crate::feed::ChangeNo;
use crate::message::{Message, MessageType, Seq};
use crate::{ConversationId, Timestamp, UserId};

/// Up to this many participants are listed with a conversation (contract section 1).
pub const LISTED_PARTICIPANTS: usize = 100;

/// A conversation as everybody in it sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// Which one.
    pub id: ConversationId,
    /// Direct or group.
    pub kind: ConversationKind,
    /// The first [`LISTED_PARTICIPANTS`] members, in the order in which they joined.
    pub participants: Vec<Participant>,
    /// How many members there are in all.
    pub participant_count: u32,
    /// A group's name.
    pub name: Option<String>,
    /// A group's picture.
    pub avatar: Option<String>,
    /// A group's owner.
    pub admin: Option<UserId>,
    /// `seq` of the newest message; `None` before the first.
    pub last_seq: Option<Seq>,
    /// The newest message, in short.
    pub last_message: Option<LastMessage>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// Up to this many characters of the newest message are kept with its conversation.
pub const PREVIEW_CHARS: usize = 500;

/// What kind of conversation it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConversationKind {
    /// Between two people, or one's own notes: exactly one per pair.
    Direct,
    /// Named, with any number of members.
    Group,
}

/// A member, as listed with the conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Participant {
    /// The person.
    pub user: User,
    /// What they may do here.
    pub role: Role,
}

/// What a member may do in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Reads and writes.
    Member,
    /// Also manages members.
    Admin,
    /// Also owns the group.
    Owner,
}

/// The newest message, as a list of conversations shows it: in short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastMessage {
    /// The first [`PREVIEW_CHARS`] characters of its text, or `File` for a file without any.
    pub content: String,
    /// Who sent it.
    pub sender: UserId,
    /// When.
    pub timestamp: Timestamp,
    /// What it carries.
    pub message_type: MessageType,
}

impl LastMessage {
    /// This message, in short.
    pub fn of(message: &Message) -> Self {
        let content = match (message.message_type, message.content.as_str()) {
            (MessageType::Text | MessageType::System, text) => text,
            (_, "") => "File",
            (_, text) => text,
        };
        Self {
            content: content.chars().take(PREVIEW_CHARS).collect(),
            sender: message.sender.id,
            timestamp: message.created_at,
            message_type: message.message_type,
        }
    }
}

/// A conversation with what is the reader's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversationView {
    /// What everybody sees.
    pub conversation: Conversation,
    /// Where the reader stands; `None` before the first message read.
    pub last_read_seq: Option<Seq>,
    /// Messages behind the pointer.
    pub unread_count: u64,
    /// Whether the reader wants no notifications.
    pub muted: bool,
}

/// A conversation about to be made.
#[derive(Debug, Clone)]
pub struct NewConversation {
    /// The id to give it, unless the direct one exists.
    pub id: ConversationId,
    /// Who makes it, a member in any case.
    pub creator: UserId,
    /// When.
    pub at: Timestamp,
    /// Which kind, with whom.
    pub members: NewMembers,
}

/// Whom a new conversation is with.
#[derive(Debug, Clone)]
pub enum NewMembers {
    /// The other person; the creator's own id for notes to oneself.
    Direct(UserId),
    /// A group: the members besides the creator, without repeats.
    Group {
        /// The group's name.
        name: String,
        /// URL of the group's picture, which has to be an upload of the creator's.
        avatar: Option<String>,
        /// The members besides the creator.
        others: Vec<UserId>,
    },
}

/// Which part of one's conversations to read.
#[derive(Debug, Clone, Copy, Default)]
pub struct ConversationPage {
    /// Begin behind this; `None` begins at the latest.
    pub after: Option<ConversationAfter>,
    /// At most this many, 1 to 200.
    pub limit: u16,
}

/// Behind what a page of conversations begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConversationAfter {
    /// Behind where this conversation stands now, which is in front of all once it got a message. Nothing is behind one
    /// that the reader is not in.
    Conversation(ConversationId),
    /// Behind where the last conversation of a page stood when the page was read.
    Place(ChangeNo),
}
