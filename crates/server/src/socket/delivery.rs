//! What waited for a user's devices: handed to the one that connects, before anything newer.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use chirrup_domain::delivery::Waiting;
use chirrup_domain::feed::ChangeNo;
use chirrup_domain::{Error, Result};
use chirrup_protocol::event;
use chirrup_socketio::Hub;
use parking_lot::Mutex;
use tokio::time::timeout;

use super::device::{Device, DeviceSocket};
use super::encode::encode_durable;
use crate::services::Services;

/// A device that takes nothing for this long is given up; it is to come back.
const PATIENCE: Duration = Duration::from_secs(20);

/// How far the publisher has come: all changes up to this number have been queued for those whom they concern.
#[derive(Debug, Clone, Default)]
pub(super) struct Published(Arc<AtomicU64>);

impl Published {
    /// Notes that this change and all before it are queued.
    pub(super) fn reach(&self, no: ChangeNo) {
        self.0.store(no.0, Ordering::Release);
    }

    fn get(&self) -> ChangeNo {
        ChangeNo(self.0.load(Ordering::Acquire))
    }
}

/// How far a device is: whether it still gets what waited, and what came meanwhile that was stored as waiting, just before
/// its user was known to be here.
#[derive(Debug, Default)]
pub struct HandOver(Mutex<State>);

#[derive(Debug)]
enum State {
    Going { late: Option<ChangeNo> },
    Done,
}

impl Default for State {
    fn default() -> Self {
        Self::Going { late: None }
    }
}

impl HandOver {
    /// Notes a message that waits, by the records, and has been queued for the device as a live one. Answers whether it is
    /// for the caller to have it confirmed.
    fn came_late(&self, no: ChangeNo) -> bool {
        match &mut *self.0.lock() {
            State::Going { late } => {
                *late = Some(no);
                false
            }
            State::Done => true,
        }
    }

    /// Ends it; gives the last message that came late.
    fn finish(&self) -> Option<ChangeNo> {
        match std::mem::replace(&mut *self.0.lock(), State::Done) {
            State::Going { late } => late,
            State::Done => None,
        }
    }
}

/// Has a message confirmed that was stored as waiting, and for which a device has come before it was published.
pub(super) fn came_late(hub: &Hub<Device>, services: &Weak<Services>, recipient: &str, no: ChangeNo) {
    for socket in hub.sockets_in(recipient) {
        if socket.data.hand_over.came_late(no)
            && let Some(services) = services.upgrade()
        {
            tokio::spawn(confirm(services, socket, no));
        }
    }
}

/// Sends a device that holds live events back what waited for its user, each message in its place among those, and lets it
/// go. It has joined its user's room before, so that nothing falls between.
///
/// # Errors
/// When something could not be read, or the device does not take it. It has to come back then.
pub(super) async fn hand_over(
    services: &Arc<Services>,
    published: &Published,
    socket: &DeviceSocket,
) -> Result<()> {
    let user = socket.data.user;
    let waiting = services.deliveries.waiting(user).await?;
    let is_news = |no: u64| find(&waiting, no).is_err();
    for Waiting { no, message } in &waiting {
        let Some(message) = services.deliveries.message(user, *message).await? else { continue };
        timeout(PATIENCE, socket.session().low()).await.map_err(Error::unavailable)?;
        if !socket.session().is_open() {
            return Ok(());
        }
        socket.release_before(no.0, is_news);
        let payload = event::MessageEvent::from(&message);
        if let Some(emission) = encode_durable(*no, event::NEW_MESSAGE, &payload) {
            socket.emit(&emission);
        }
    }
    socket.release(is_news);
    let newest = waiting.last().map(|waiting| waiting.no);
    if let Some(newest) = newest.max(socket.data.hand_over.finish()) {
        tracing::debug!(socket = %socket.id(), count = waiting.len(), "handed over what waited");
        // What was published so far is queued before the ping; so is what was handed over.
        let up_to = published.get().max(newest);
        tokio::spawn(confirm(Arc::clone(services), Arc::clone(socket), up_to));
    }
    Ok(())
}

fn find(waiting: &[Waiting], no: u64) -> Result<usize, usize> {
    waiting.binary_search_by_key(&no, |waiting| waiting.no.0)
}

/// Waits for the proof that all of it has arrived, and notes that. Without it everything waits on.
async fn confirm(services: Arc<Services>, socket: DeviceSocket, up_to: ChangeNo) {
    if !socket.session().confirm().await {
        return;
    }
    if let Err(error) = services.deliveries.confirm(socket.data.user, up_to).await {
        tracing::warn!(%error, "what has arrived could not be noted; it is sent again with the next connection");
    }
}
