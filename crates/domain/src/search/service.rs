use std::sync::Arc;

use super::{FoundPage, Query, Search};
use crate::feed::ChangeNo;
use crate::limit::Limiter;
use crate::{ConversationId, Error, Result, Store, UserId};

/// A request to search, unread.
#[derive(Debug, Clone, Default)]
pub struct SearchRequest {
    /// What is looked for, as somebody wrote it.
    pub text: String,
    /// Where, if not in all of one's conversations.
    pub conversation: Option<ConversationId>,
    /// The `next` of the page before.
    pub before: Option<ChangeNo>,
    /// At most this many, 1 to [`MAX_FOUND`](super::MAX_FOUND).
    pub limit: u16,
}

/// Searches one's own conversations.
pub struct Searches {
    store: Arc<dyn Store>,
    searches: Limiter<UserId>,
}

impl Searches {
    /// A service that makes as many searches for each user as `searches` allows.
    pub const fn new(store: Arc<dyn Store>, searches: Limiter<UserId>) -> Self {
        Self { store, searches }
    }

    /// A page of what is found in the reader's conversations, the newest first.
    ///
    /// # Errors
    /// [`InvalidQuery`](Error::InvalidQuery), [`RateLimited`](Error::RateLimited), and
    /// [`NotAMember`](Error::NotAMember) for a conversation that the reader is not in.
    pub async fn search(&self, reader: UserId, request: SearchRequest) -> Result<FoundPage> {
        let SearchRequest { text, conversation, before, limit } = request;
        let query = Query::parse(&text).map_err(Error::InvalidQuery)?;
        self.searches.check(reader)?;
        let search = Search { query, conversation, before, limit };
        self.store.search_messages(reader, search).await?.ok_or(Error::NotAMember)
    }
}
