//! The ordered feed: what a store committed, handed on in the order of its change numbers.

use std::sync::Arc;

use crate::account::{Sender, Standing};
use crate::conversation::Conversation;
use crate::delivery::Delivered;
use crate::message::Message;
use crate::presence::DeviceId;
use crate::receipt::Marked;
use crate::{ConversationId, UserId};

/// Number of a durable change: one sequence per database, given out in commit order, starting at 1. Zero stands
/// before the first change (design section 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ChangeNo(pub u64);

/// One durable change.
#[derive(Debug, Clone)]
pub struct Change {
    /// Its place among all changes of the database.
    pub no: ChangeNo,
    /// What happened.
    pub fact: Fact,
}

/// What happened, in the past tense.
#[derive(Debug, Clone)]
pub enum Fact {
    /// A conversation began, still without messages. A direct one that began with a send is followed by its message.
    ConversationCreated {
        /// The conversation as everybody in it sees it.
        conversation: Arc<Conversation>,
        /// Everybody in it, also those whom [`Conversation::participants`] has no room for.
        members: Arc<[UserId]>,
    },
    /// People came into a group.
    MembersAdded {
        /// The group as everybody in it sees it now.
        conversation: Arc<Conversation>,
        /// Who came.
        newcomers: Arc<[UserId]>,
    },
    /// Somebody left a group or was taken out of it; others are still in it.
    MemberRemoved {
        /// The group as everybody in it sees it now.
        conversation: Arc<Conversation>,
        /// Who is out.
        member: UserId,
    },
    /// A group got another name, picture or role for somebody.
    ConversationUpdated {
        /// The group as everybody in it sees it now.
        conversation: Arc<Conversation>,
    },
    /// A group ended.
    ConversationDeleted {
        /// Which one.
        id: ConversationId,
        /// Everybody who was in it.
        members: Arc<[UserId]>,
    },
    /// A member wants no notifications any more, or wants them again. No device is told.
    MuteChanged {
        /// Where.
        conversation: ConversationId,
        /// Who.
        member: UserId,
    },
    /// A message took its place in its conversation.
    MessageAppended {
        /// The message.
        message: Arc<Message>,
        /// The device that sent it, and learns of it by its ack.
        origin: Option<DeviceId>,
    },
    /// A message got another text, other reactions, or was deleted.
    MessageChanged {
        /// The message as it is now.
        message: Arc<Message>,
    },
    /// A user's tokens were revoked, or the account disabled or enabled.
    StandingChanged {
        /// Whose.
        user: UserId,
        /// Which tokens are good from here on.
        standing: Standing,
    },
    /// Somebody has another name or picture.
    UserUpdated {
        /// How others see them now.
        user: Sender,
        /// Everybody who sees them in a conversation, or messages of theirs in one that they left.
        audience: Arc<[UserId]>,
    },
    /// Somebody marked messages as read.
    MessagesRead(Arc<Marked>),
    /// Direct messages that waited have reached a device of their recipient.
    MessagesDelivered(Delivered),
}

/// What one commit made durable, and who waits for it.
pub struct Group {
    /// The changes, in order. Empty when nothing changed that devices are told of.
    pub changes: Vec<Change>,
    /// Releases the waiting requests. Call it once every change has been published, so that an ack never overtakes
    /// the events that its request caused. Dropped uncalled, it refuses them as unavailable although they were stored.
    pub settle: Box<dyn FnOnce() + Send>,
}

/// Takes committed groups. A store calls it from its committer, one group after the other, in commit order; it must
/// not block for longer than handing the group on takes.
pub trait Feed: Send + Sync + 'static {
    /// Takes the next group.
    fn committed(&self, group: Group);
}

/// A feed that nobody follows: settles at once.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoFeed;

impl Feed for NoFeed {
    fn committed(&self, group: Group) {
        (group.settle)();
    }
}
