//! Ends the connections of devices whose tokens expire.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chirrup_domain::{Clock, Timestamp};
use chirrup_protocol::event;
use parking_lot::Mutex;
use tokio::sync::Notify;

use super::device::DeviceSocket;
use super::publisher::encode;

/// The clock is looked at this often at least, since it may be set.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// Every connected device by when its token expires: one timer does for all of them.
pub(super) struct Expiry {
    clock: Arc<dyn Clock>,
    devices: Mutex<BTreeMap<(Timestamp, u64), DeviceSocket>>,
    /// A device came that expires before all others.
    sooner: Notify,
}

impl Expiry {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, devices: Mutex::default(), sooner: Notify::new() }
    }

    /// Takes in a device.
    pub(super) fn watch(&self, socket: &DeviceSocket) {
        let mut devices = self.devices.lock();
        let key = key(socket);
        devices.insert(key, socket.clone());
        if devices.first_key_value().is_some_and(|(first, _)| *first == key) {
            self.sooner.notify_one();
        }
    }

    /// Forgets a device that has gone.
    pub(super) fn forget(&self, socket: &DeviceSocket) {
        self.devices.lock().remove(&key(socket));
    }

    /// Ends what expires, for ever.
    pub(super) async fn run(self: Arc<Self>) {
        loop {
            let now = self.clock.now();
            while let Some(socket) = self.next_expired(now) {
                if let Some(told) =
                    encode(event::SESSION_EXPIRED, &event::SessionExpired { reason: "token_expired" })
                {
                    socket.emit(&told);
                }
                socket.disconnect();
            }
            tokio::select! {
                () = tokio::time::sleep(self.pause(now)) => {}
                () = self.sooner.notified() => {}
            }
        }
    }

    fn next_expired(&self, now: Timestamp) -> Option<DeviceSocket> {
        let mut devices = self.devices.lock();
        let first = devices.first_entry().filter(|first| first.key().0 <= now)?;
        Some(first.remove())
    }

    fn pause(&self, now: Timestamp) -> Duration {
        let first = self.devices.lock().first_key_value().map(|((at, _), _)| *at);
        let until = first.map_or(LONGEST_SLEEP, |at| at.since(now));
        until.min(LONGEST_SLEEP)
    }
}

fn key(socket: &DeviceSocket) -> (Timestamp, u64) {
    (socket.data.expires_at, socket.key())
}
