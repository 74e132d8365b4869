use async_trait::async_trait;
use chirrup_domain::delivery::{DeliveryStore, Waiting};
use chirrup_domain::feed::ChangeNo;
use chirrup_domain::{Result, Timestamp, UserId};

use super::{confirm, waiting};
use crate::SqliteStore;

#[async_trait]
impl DeliveryStore for SqliteStore {
    async fn list_waiting(&self, recipient: UserId) -> Result<Vec<Waiting>> {
        self.readers.read(move |connection| Ok(waiting::list(connection, recipient)?)).await
    }

    async fn confirm_delivered(&self, recipient: UserId, up_to: ChangeNo, at: Timestamp) -> Result<bool> {
        self.writer.write(move |transaction| confirm::confirm(transaction, recipient, up_to, at)).await
    }
}
