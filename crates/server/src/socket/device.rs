use std::sync::Arc;

use chirrup_domain::presence::DeviceId;
use chirrup_domain::{Timestamp, UserId};
use chirrup_socketio::Socket;

/// Whose device a socket is.
#[derive(Debug)]
pub struct Device {
    /// The user.
    pub user: UserId,
    /// The user's name when the device connected.
    pub username: Box<str>,
    /// When its token ceases to be good, and its connection with it.
    pub expires_at: Timestamp,
}

/// A device's connection.
pub type DeviceSocket = Arc<Socket<Device>>;

/// Which connection of this process it is.
pub fn id(socket: &DeviceSocket) -> DeviceId {
    DeviceId(socket.key())
}
