use async_trait::async_trait;
use chirrup_domain::account::User;
use chirrup_domain::block::BlockStore;
use chirrup_domain::member::UserPage;
use chirrup_domain::{Result, UserId};

use super::rows;
use crate::SqliteStore;

#[async_trait]
impl BlockStore for SqliteStore {
    async fn set_blocked(&self, user: UserId, other: UserId, blocked: bool) -> Result<()> {
        self.writer.write(move |transaction| rows::set(transaction.connection(), user, other, blocked)).await
    }

    async fn list_blocked(&self, user: UserId, page: UserPage) -> Result<(Vec<User>, bool)> {
        self.readers.read(move |connection| Ok(rows::list_page(connection, user, page)?)).await
    }
}
