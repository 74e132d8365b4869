use async_trait::async_trait;

use super::Waiting;
use crate::feed::ChangeNo;
use crate::{Result, Timestamp, UserId};

/// Direct messages that were stored while their recipient had no device, until one has confirmed them.
#[async_trait]
pub trait DeliveryStore: Send + Sync + 'static {
    /// What waits for somebody: the newest [`DELIVERED_AT_ONCE`](super::DELIVERED_AT_ONCE), oldest first.
    async fn list_waiting(&self, recipient: UserId) -> Result<Vec<Waiting>>;

    /// Notes that all that waited for somebody and came no later than the change `up_to` has arrived: it is `delivered` from
    /// now on. It takes some conversations at a time, and answers whether there are more to do.
    async fn confirm_delivered(&self, recipient: UserId, up_to: ChangeNo, at: Timestamp) -> Result<bool>;
}
