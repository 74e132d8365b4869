use std::sync::Arc;

use super::Waiting;
use crate::feed::ChangeNo;
use crate::message::Message;
use crate::{Clock, MessageId, Result, Store, UserId};

/// Hands over what waited for somebody's device.
pub struct Deliveries {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
}

impl Deliveries {
    /// Puts the service together.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// What waits for somebody, oldest first.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn waiting(&self, recipient: UserId) -> Result<Vec<Waiting>> {
        self.store.list_waiting(recipient).await
    }

    /// A message that waits, as it is now; `None` if its recipient may not see it any more.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn message(&self, recipient: UserId, id: MessageId) -> Result<Option<Message>> {
        self.store.find_message(id, recipient).await
    }

    /// Notes that all that waited and came no later than the change `up_to` has arrived.
    ///
    /// # Errors
    /// Those of the store; what it had noted before stays noted.
    pub async fn confirm(&self, recipient: UserId, up_to: ChangeNo) -> Result<()> {
        let at = self.clock.now();
        while self.store.confirm_delivered(recipient, up_to, at).await? {}
        Ok(())
    }
}
