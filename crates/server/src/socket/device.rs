use std::net::IpAddr;
use std::sync::Arc;

use chirrup_domain::account::{Issued, Session};
use chirrup_domain::presence::DeviceId;
use chirrup_domain::{Timestamp, UserId};
use chirrup_protocol::event;
use chirrup_socketio::Socket;
use parking_lot::Mutex;

use super::delivery::HandOver;
use super::encode::encode;

/// Whose device a socket is.
#[derive(Debug)]
pub struct Device {
    /// The user.
    pub user: UserId,
    /// Where it connected from.
    pub address: IpAddr,
    /// How many times tokens had been revoked when its own was looked at.
    pub revocations: u64,
    /// Whether it has got what waited for its user.
    pub hand_over: HandOver,
    username: Mutex<Arc<str>>,
    lease: Mutex<Lease>,
}

/// What a device's last token gives it.
#[derive(Debug, Clone, Copy)]
pub struct Lease {
    /// When the token ceases to be good, and the connection with it.
    pub expires_at: Timestamp,
    /// What a revocation judges the token by.
    pub issued: Issued,
}

impl From<&Session> for Lease {
    fn from(session: &Session) -> Self {
        Self { expires_at: session.expires_at, issued: session.issued }
    }
}

impl Device {
    /// A device of whoever holds this session's token.
    pub fn new(session: Session, address: IpAddr, revocations: u64) -> Self {
        let lease = Mutex::new(Lease::from(&session));
        let user = session.user;
        let username = Mutex::new(user.username.into());
        Self { user: user.id, address, revocations, hand_over: HandOver::default(), username, lease }
    }

    /// The user's name now.
    pub fn username(&self) -> Arc<str> {
        self.username.lock().clone()
    }

    /// The user has another name.
    pub fn rename(&self, username: &Arc<str>) {
        *self.username.lock() = username.clone();
    }

    /// What the last token gives.
    pub fn lease(&self) -> Lease {
        *self.lease.lock()
    }

    /// Another token has come.
    pub fn renew(&self, lease: Lease) {
        *self.lease.lock() = lease;
    }
}

/// A device's connection.
pub type DeviceSocket = Arc<Socket<Device>>;

/// Which connection of this process it is.
pub fn id(socket: &DeviceSocket) -> DeviceId {
    DeviceId(socket.key())
}

/// Tells a device why it is disconnected, and does so; it stays away.
pub fn dismiss(socket: &DeviceSocket, reason: &'static str) {
    if let Some(told) = encode(event::SESSION_EXPIRED, &event::SessionExpired { reason }) {
        socket.emit(&told);
    }
    socket.disconnect();
}
