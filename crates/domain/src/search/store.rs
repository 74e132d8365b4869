use async_trait::async_trait;

use super::{FoundPage, Search};
use crate::{Result, UserId};

/// Messages by what they say.
#[async_trait]
pub trait SearchStore: Send + Sync + 'static {
    /// A page of the messages that a search finds in the conversations that `reader` is a member of now, the newest
    /// first and as they are now; system messages are none of them. People and places that are not known find nothing.
    /// `None` for somebody who is not a member of the conversation that the search names.
    async fn search_messages(&self, reader: UserId, search: Search) -> Result<Option<FoundPage>>;
}
