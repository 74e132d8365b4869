use async_trait::async_trait;
use chirrup_domain::search::{FoundPage, Search, SearchStore};
use chirrup_domain::{Result, UserId};

use super::find::find;
use crate::SqliteStore;

#[async_trait]
impl SearchStore for SqliteStore {
    async fn search_messages(&self, reader: UserId, search: Search) -> Result<Option<FoundPage>> {
        self.readers.search(move |connection| Ok(find(connection, reader, &search)?)).await
    }
}
