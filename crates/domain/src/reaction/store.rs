use async_trait::async_trait;

use super::React;
use crate::Result;

/// Who reacted to what. A message has one reaction of each kind from each member at most.
///
/// Who reacts is refused as who changes a message is ([`MessageStore`](crate::message::MessageStore)); what changes
/// something is told in the same way, and what changes nothing is told to nobody.
#[async_trait]
pub trait ReactionStore: Send + Sync + 'static {
    /// Adds a member's reaction, unless it is there.
    ///
    /// # Errors
    /// [`Blocked`](crate::Error::Blocked) where the other one of a direct conversation does not want to hear from the
    /// actor; [`TooManyReactions`](crate::Error::TooManyReactions) for another kind than the
    /// [`MAX_KINDS`](super::MAX_KINDS) that there are.
    async fn add_reaction(&self, react: React) -> Result<()>;

    /// Takes a member's own reaction back, if it is there.
    async fn remove_reaction(&self, react: React) -> Result<()>;
}
