use std::sync::Arc;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::emission::Reply;
use crate::engine::{HandshakeRequest, Reason, Sid};
use crate::socket::Socket;

/// What an application does with its sockets.
///
/// The calls for one connection come one after the other, in the order of what the client sent: while an event is
/// handled, that client's next one waits, and no other client does. A call that panics closes its own connection only.
pub trait Handler: Send + Sync + Sized + 'static {
    /// What the application keeps with each socket.
    type Data: Send + Sync + 'static;

    /// A client asks to join a namespace.
    ///
    /// # Errors
    /// What it is refused with.
    fn connect(
        &self,
        handshake: Handshake<'_>,
    ) -> impl Future<Output = Result<Accept<Self::Data>, Refusal>> + Send;

    /// A socket has been accepted: it is to join its rooms here. Nothing is written to the client before this has
    /// ended, so that whatever happens after the client knows that it is connected reaches it. Nothing is written for
    /// the connection's other sockets either, so that waiting for a client's answer here is waiting in vain.
    fn join(&self, _socket: &Arc<Socket<Self::Data>>) -> impl Future<Output = ()> + Send {
        async {}
    }

    /// A socket has joined, and the client will be told so before anything that is emitted here. Events that the
    /// client sent meanwhile come after this call.
    fn connected(&self, socket: &Arc<Socket<Self::Data>>) -> impl Future<Output = ()> + Send;

    /// An event has come. Where the client gave a callback, the reply calls it.
    fn event(&self, socket: &Arc<Socket<Self::Data>>, event: Event) -> impl Future<Output = Reply> + Send;

    /// A socket has left, for this reason; it is in no room any more.
    fn disconnected(
        &self,
        socket: &Arc<Socket<Self::Data>>,
        reason: Reason,
    ) -> impl Future<Output = ()> + Send;
}

/// A client's wish to join a namespace.
#[derive(Debug, Clone, Copy)]
pub struct Handshake<'a> {
    /// The namespace, one of those that the server has.
    pub namespace: &'a str,
    /// The object that CONNECT carried: the client's `auth`, and `pid` and `offset` where it wants to be recovered.
    pub auth: Option<&'a RawValue>,
    /// The request that opened the connection.
    pub request: &'a HandshakeRequest,
    /// The connection's id.
    pub session: Sid,
}

/// What an accepted socket is like.
#[derive(Debug)]
pub struct Accept<D> {
    /// What the application keeps with it.
    pub data: D,
    /// Its id, if it is to have that of a socket that it recovers; a new one otherwise.
    pub id: Option<Sid>,
    /// The private id that CONNECT is answered with: a client that gets one offers it when it comes back.
    pub pid: Option<String>,
    /// Whether durable events carry their offsets to this client.
    pub offsets: bool,
    /// Whether durable events are held back until [`Socket::release`], so that it can first be caught up.
    pub hold: bool,
}

impl<D> Accept<D> {
    /// A plain socket with this data.
    pub fn new(data: D) -> Self {
        Self { data, id: None, pid: None, offsets: false, hold: false }
    }
}

/// Why a client may not join.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// It gets `connect_error` with this message, and does not try again by itself.
    Error(String),
    /// It can't be told for the moment: the connection is closed, and the client tries again by itself.
    CloseTransport,
}

/// An event of a client's.
#[derive(Debug, Clone)]
pub struct Event {
    /// Its name.
    pub name: String,
    /// Its arguments, a JSON array in which placeholders stand for the attachments.
    pub arguments: String,
    /// Its binary attachments.
    pub attachments: Vec<Bytes>,
    /// Whether the client gave a callback.
    pub wants_reply: bool,
}

impl Event {
    /// The arguments as a tuple, a `Vec` or whatever else reads from an array.
    ///
    /// # Errors
    /// When they are of another form.
    pub fn parse<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        serde_json::from_str(&self.arguments)
    }

    /// The first argument as JSON; `None` if there is none.
    pub fn first(&self) -> Option<&str> {
        let arguments: Vec<&RawValue> = serde_json::from_str(&self.arguments).ok()?;
        arguments.first().map(|argument| argument.get())
    }
}
