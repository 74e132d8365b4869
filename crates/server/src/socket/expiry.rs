//! Ends the connections of devices whose tokens expire.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chirrup_domain::{Clock, Timestamp};
use parking_lot::Mutex;
use tokio::sync::Notify;

use super::device::{DeviceSocket, Lease, dismiss};

/// The clock is looked at this often at least, since it may be set.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// By when their tokens expire.
type Devices = BTreeMap<(Timestamp, u64), DeviceSocket>;

/// Every connected device by when its token expires: one timer does for all of them.
pub(super) struct Expiry {
    clock: Arc<dyn Clock>,
    devices: Mutex<Devices>,
    /// A device came that expires before all others.
    sooner: Notify,
}

impl Expiry {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, devices: Mutex::default(), sooner: Notify::new() }
    }

    /// Takes in a device.
    pub(super) fn watch(&self, socket: &DeviceSocket) {
        self.insert(&mut self.devices.lock(), socket);
    }

    /// Gives a device another lease; `false` if it has expired already.
    pub(super) fn renew(&self, socket: &DeviceSocket, lease: Lease) -> bool {
        let mut devices = self.devices.lock();
        // The lease changes under the lock alone, so that a device is always found under its own.
        let known = devices.remove(&key(socket)).is_some();
        if known {
            socket.data.renew(lease);
            self.insert(&mut devices, socket);
        }
        known
    }

    fn insert(&self, devices: &mut Devices, socket: &DeviceSocket) {
        let key = key(socket);
        devices.insert(key, socket.clone());
        if devices.first_key_value().is_some_and(|(first, _)| *first == key) {
            self.sooner.notify_one();
        }
    }

    /// Forgets a device that has gone.
    pub(super) fn forget(&self, socket: &DeviceSocket) {
        let mut devices = self.devices.lock();
        devices.remove(&key(socket));
    }

    /// Ends what expires, for ever.
    pub(super) async fn run(self: Arc<Self>) {
        loop {
            let now = self.clock.now();
            while let Some(socket) = self.next_expired(now) {
                dismiss(&socket, "token_expired");
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
    (socket.data.lease().expires_at, socket.key())
}
