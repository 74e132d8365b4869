//! Engine.IO protocol 4: sessions over WebSocket and HTTP long-polling, with upgrade.
//!
//! Usable on its own: see [`Engine`] and [`Application`].

mod cors;
mod flush;
mod heartbeat;
mod outbox;
mod pace;
mod packet;
mod polling;
mod request;
mod response;
mod server;
mod session;
mod shard;
mod sid;
mod upgrade;
mod websocket;

use std::fmt;
use std::sync::Arc;

pub use packet::{Message, Text};
pub use request::{HandshakeRequest, Headers, TransportKind};
pub use server::Engine;
pub use session::{Priority, Session};
#[cfg(test)]
pub(crate) use shard::Shard;
pub use sid::Sid;

/// What runs on top of the sessions. The calls for one session come one after the other, in the order of what happened.
/// A call that panics closes its session and is the last one for it.
pub trait Application: Send + Sync + 'static {
    /// What the application keeps of each session, between its messages.
    type State: Send + 'static;

    /// A session has been opened.
    fn open(&self, session: &Arc<Session>, request: &Arc<HandshakeRequest>) -> Self::State;

    /// A message has come. The next one is not read before this one is done with.
    ///
    /// # Errors
    /// Why the session is to be closed.
    fn message(
        &self,
        session: &Arc<Session>,
        state: &mut Self::State,
        message: Message,
    ) -> impl Future<Output = Result<(), Reason>> + Send;

    /// The session has come to its end.
    fn close(
        &self,
        session: &Arc<Session>,
        state: Self::State,
        reason: Reason,
    ) -> impl Future<Output = ()> + Send;

    /// By when something has to arrive or happen, or the session is closed.
    fn deadline(&self, _state: &Self::State) -> Option<tokio::time::Instant> {
        None
    }
}

/// Why a session or a socket came to its end. Shows as the reference server names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The client closed the connection.
    TransportClose,
    /// The connection broke.
    TransportError,
    /// The client answered no ping in time.
    PingTimeout,
    /// The client sent what the protocol does not allow.
    ParseError,
    /// The client joined no namespace in time, or announced attachments that did not come.
    ConnectTimeout,
    /// The client read too slowly: its queue came to the bound.
    SlowReader,
    /// The server closed the connection for a reason of its own.
    ServerClose,
    /// The server shuts down.
    ServerShutdown,
    /// The client left the namespace.
    ClientDisconnect,
    /// The server disconnected the socket from the namespace.
    ServerDisconnect,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TransportClose => "transport close",
            Self::TransportError => "transport error",
            Self::PingTimeout => "ping timeout",
            Self::ParseError => "parse error",
            Self::ConnectTimeout => "connect timeout",
            Self::SlowReader => "slow reader",
            Self::ServerClose => "forced server close",
            Self::ServerShutdown => "server shutting down",
            Self::ClientDisconnect => "client namespace disconnect",
            Self::ServerDisconnect => "server namespace disconnect",
        })
    }
}
