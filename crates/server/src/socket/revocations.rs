//! Ends the connections whose tokens are revoked.

use std::sync::atomic::{AtomicU64, Ordering};

use chirrup_domain::UserId;
use chirrup_domain::account::Standing;
use chirrup_socketio::Hub;

use super::device::{Device, DeviceSocket, dismiss};
use super::rooms;

/// How many revocations have reached the devices. A device whose token was looked at before one of them, and which
/// joined its user's room after it, sees that by the number and looks again.
#[derive(Default)]
pub(super) struct Revocations(AtomicU64);

impl Revocations {
    /// The number so far.
    pub(super) fn count(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }

    /// Dismisses the user's devices that are not let in any more.
    pub(super) fn apply(&self, hub: &Hub<Device>, user: UserId, standing: Standing) {
        // Before the room is read: who joins it behind that finds the number grown.
        self.0.fetch_add(1, Ordering::SeqCst);
        for socket in hub.sockets_in(&rooms::of_user(user)) {
            dismiss_unless_admitted(&socket, standing);
        }
    }
}

/// Dismisses a device whose token is not good any more.
pub(super) fn dismiss_unless_admitted(socket: &DeviceSocket, standing: Standing) {
    if !standing.admits(socket.data.lease().issued) {
        dismiss(socket, if standing.disabled { "disabled" } else { "revoked" });
    }
}
