use crate::{ConversationId, MAX_PAGE, MessageId, Timestamp, UserId};

/// A member's act on a group. A system message tells everybody of it.
#[derive(Debug, Clone, Copy)]
pub struct Act {
    /// Which group.
    pub group: ConversationId,
    /// Who acts.
    pub actor: UserId,
    /// The id to give the system message.
    pub notice: MessageId,
    /// When.
    pub at: Timestamp,
}

/// How a group is to look. What is `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupLook {
    /// Its name.
    pub name: Option<String>,
    /// URL of its picture, which has to be an upload of the actor's; `Some(None)` takes it away.
    pub avatar: Option<Option<String>>,
}

/// The other member of a direct conversation, as one of the two sees them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counterpart {
    /// Who.
    pub user: UserId,
    /// Whether they want no direct messages of the one who asks.
    pub blocks: bool,
}

/// Which part of a list of people to read.
#[derive(Debug, Clone, Copy, Default)]
pub struct UserPage {
    /// Begin behind this person; `None` begins at the first. Nothing is behind somebody who was never in the list.
    pub after: Option<UserId>,
    /// At most this many, 1 to [`MAX_PAGE`].
    pub limit: u16,
}

impl UserPage {
    /// How many people to read for this page: one more than it holds, to know whether there are more.
    pub fn reach(&self) -> usize {
        usize::from(self.limit.clamp(1, MAX_PAGE)) + 1
    }

    /// The page and whether there are more behind it, of what was read up to its [`reach`](Self::reach).
    pub fn cut<T>(&self, mut read: Vec<T>) -> (Vec<T>, bool) {
        let more = read.len() >= self.reach();
        read.truncate(self.reach() - 1);
        (read, more)
    }
}
