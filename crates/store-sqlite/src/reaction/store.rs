use async_trait::async_trait;
use chirrup_domain::Result;
use chirrup_domain::reaction::{React, ReactionStore};

use super::change;
use crate::SqliteStore;

#[async_trait]
impl ReactionStore for SqliteStore {
    async fn add_reaction(&self, react: React) -> Result<()> {
        self.writer.write(move |transaction| change::add(transaction, &react)).await
    }

    async fn remove_reaction(&self, react: React) -> Result<()> {
        self.writer.write(move |transaction| change::remove(transaction, &react)).await
    }
}
