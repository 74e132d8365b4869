use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use http_body_util::Full;
use serde::Serialize;
use tokio::time::Instant;

use crate::emission::{Reply, control};
use crate::engine::{Application, Engine, HandshakeRequest, Message, Priority, Reason, Session, Sid};
use crate::handler::{Event, Handler, Handshake, Refusal};
use crate::hub::Hub;
use crate::packet::{Kind, Packet};
use crate::placeholder;
use crate::socket::{Ack, NewSocket, Socket};
use crate::unwind::catch_unwind;
use crate::{Accept, Config};

/// All attachments of one packet together may have this many times `max_payload` bytes.
const ATTACHMENTS_FACTOR: usize = 4;

/// A Socket.IO server.
///
/// Give it every request whose path is the configured one, from connections that hyper serves over HTTP/1 as
/// `TokioIo<TcpStream>` with upgrades.
pub struct Server<H: Handler> {
    engine: Arc<Engine<SocketIo<H>>>,
}

impl<H: Handler> Clone for Server<H> {
    fn clone(&self) -> Self {
        Self { engine: Arc::clone(&self.engine) }
    }
}

impl<H: Handler> Server<H> {
    /// A server whose sockets meet in `hub`. Call it inside a Tokio runtime.
    pub fn new(config: Config, hub: Hub<H::Data>, handler: Arc<H>) -> Self {
        let limits = Limits {
            connect_timeout: config.connect_timeout,
            attachments: config.max_attachments,
            attachment_bytes: config.max_payload.saturating_mul(ATTACHMENTS_FACTOR),
        };
        Self { engine: Engine::new(config, Arc::new(SocketIo { handler, hub, limits })) }
    }

    /// Whether a request is this server's to answer.
    pub fn serves(&self, path: &str) -> bool {
        let own = &*self.engine.config().path;
        path == own || Some(path) == own.strip_suffix('/')
    }

    /// Answers one request of the client at `peer`.
    pub async fn call<B>(&self, request: Request<B>, peer: SocketAddr) -> Response<Full<Bytes>>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        self.engine.call(request, peer).await
    }

    /// Ends every connection so that its client comes back by itself: what it sent so far is handled and answered, then
    /// the connection is closed. Opens no more. Returns when all of them have ended; one that has more to handle than
    /// three seconds are enough for ends behind the event that is at work.
    pub async fn shutdown(&self) {
        self.engine.shutdown().await;
    }
}

/// Socket.IO on top of Engine.IO.
struct SocketIo<H: Handler> {
    handler: Arc<H>,
    hub: Hub<H::Data>,
    limits: Limits,
}

struct Limits {
    connect_timeout: std::time::Duration,
    attachments: usize,
    attachment_bytes: usize,
}

/// What is kept of one connection.
struct Connection<D> {
    request: Arc<HandshakeRequest>,
    sockets: Vec<Arc<Socket<D>>>,
    /// A packet whose attachments are arriving.
    partial: Option<Box<Partial>>,
    /// By when it has to join a namespace, or the attachments have to arrive.
    deadline: Option<Instant>,
}

struct Partial {
    packet: Packet,
    attachments: Vec<Bytes>,
    bytes: usize,
}

#[derive(Serialize)]
struct Connected<'a> {
    sid: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pid: Option<&'a str>,
}

#[derive(Serialize)]
struct ConnectError<'a> {
    message: &'a str,
}

impl<H: Handler> Application for SocketIo<H> {
    type State = Box<Connection<H::Data>>;

    fn open(&self, _: &Arc<Session>, request: &Arc<HandshakeRequest>) -> Self::State {
        Box::new(Connection {
            request: Arc::clone(request),
            sockets: Vec::new(),
            partial: None,
            deadline: Some(Instant::now() + self.limits.connect_timeout),
        })
    }

    async fn message(
        &self,
        session: &Arc<Session>,
        connection: &mut Self::State,
        message: Message,
    ) -> Result<(), Reason> {
        let Some((packet, attachments)) = self.assemble(connection, message)? else { return Ok(()) };
        // Boxed, so that an idle connection holds no room for the largest of its handlers.
        let handled = Box::pin(self.handle(session, connection, packet, attachments));
        match catch_unwind(handled).await {
            Ok(result) => result,
            Err(panic) => {
                tracing::error!(session = %session.id(), panic, "a handler panicked; its connection is closed");
                Err(Reason::ServerClose)
            }
        }
    }

    async fn close(&self, session: &Arc<Session>, connection: Self::State, reason: Reason) {
        for socket in connection.sockets {
            let reason = if socket.end() { reason } else { Reason::ServerDisconnect };
            let told: Pin<Box<dyn Future<Output = ()> + Send>> =
                Box::pin(self.handler.disconnected(&socket, reason));
            if let Err(panic) = catch_unwind(told).await {
                tracing::error!(session = %session.id(), panic, "a handler panicked as its socket left");
            }
        }
    }

    fn deadline(&self, connection: &Self::State) -> Option<Instant> {
        connection.deadline
    }
}

impl<H: Handler> SocketIo<H> {
    /// Takes a message in; answers the packet that it completes.
    fn assemble(
        &self,
        connection: &mut Connection<H::Data>,
        message: Message,
    ) -> Result<Option<(Packet, Vec<Bytes>)>, Reason> {
        match (message, &mut connection.partial) {
            (Message::Text(text), None) => {
                let packet = Packet::parse(text.into_packet()).map_err(|_| Reason::ParseError)?;
                if packet.attachments == 0 {
                    return Ok(Some((packet, Vec::new())));
                }
                if packet.attachments > self.limits.attachments {
                    return Err(Reason::ParseError);
                }
                connection.partial = Some(Box::new(Partial { packet, attachments: Vec::new(), bytes: 0 }));
                connection.deadline = Some(Instant::now() + self.limits.connect_timeout);
                Ok(None)
            }
            (Message::Binary(bytes), Some(partial)) => {
                partial.bytes += bytes.len();
                partial.attachments.push(bytes);
                if partial.bytes > self.limits.attachment_bytes {
                    return Err(Reason::ParseError);
                }
                if partial.attachments.len() < partial.packet.attachments {
                    return Ok(None);
                }
                connection.deadline = None;
                let Some(partial) = connection.partial.take() else { return Ok(None) };
                if !placeholder::refer_to(partial.packet.data(), partial.attachments.len()) {
                    return Err(Reason::ParseError);
                }
                Ok(Some((partial.packet, partial.attachments)))
            }
            (Message::Text(_), Some(_)) | (Message::Binary(_), None) => Err(Reason::ParseError),
        }
    }

    async fn handle(
        &self,
        session: &Arc<Session>,
        connection: &mut Connection<H::Data>,
        packet: Packet,
        attachments: Vec<Bytes>,
    ) -> Result<(), Reason> {
        let Some(namespace) = self.hub.namespace_index(packet.namespace()) else {
            return self.refuse_namespace(session, &packet);
        };
        let at = connection.sockets.iter().position(|socket| socket.namespace == namespace);
        match (packet.kind, at) {
            (Kind::Connect, Some(at)) if connection.sockets[at].is_connected() => Err(Reason::ParseError),
            (Kind::Connect, at) => {
                if let Some(at) = at {
                    let left = connection.sockets.swap_remove(at);
                    self.handler.disconnected(&left, Reason::ServerDisconnect).await;
                }
                self.connect(session, connection, namespace, packet).await
            }
            (_, None) => Err(Reason::ParseError),
            (Kind::Disconnect, Some(_)) if !packet.data().is_empty() => Err(Reason::ParseError),
            (Kind::Disconnect, Some(at)) => {
                let socket = connection.sockets.swap_remove(at);
                let reason = if socket.end() { Reason::ClientDisconnect } else { Reason::ServerDisconnect };
                self.handler.disconnected(&socket, reason).await;
                Ok(())
            }
            (Kind::Event, Some(at)) => self.event(&connection.sockets[at], packet, attachments).await,
            (Kind::Ack, Some(at)) => {
                let id = packet.ack;
                let arguments = packet.into_ack().map_err(|_| Reason::ParseError)?;
                if let Some(id) = id {
                    connection.sockets[at].acked(id, Ack { arguments, attachments });
                }
                Ok(())
            }
        }
    }

    fn refuse_namespace(&self, session: &Arc<Session>, packet: &Packet) -> Result<(), Reason> {
        if packet.kind != Kind::Connect {
            return Err(Reason::ParseError);
        }
        self.refuse(session, packet.namespace(), "Invalid namespace");
        Ok(())
    }

    fn refuse(&self, session: &Arc<Session>, namespace: &str, message: &str) {
        let error = serde_json::to_string(&ConnectError { message }).unwrap_or_default();
        session.push(control(4, namespace, &error), Priority::Now);
    }

    async fn connect(
        &self,
        session: &Arc<Session>,
        connection: &mut Connection<H::Data>,
        namespace: usize,
        packet: Packet,
    ) -> Result<(), Reason> {
        let auth = packet.into_auth().map_err(|_| Reason::ParseError)?;
        let name = self.hub.namespace_name(namespace);
        let handshake = Handshake {
            namespace: name,
            auth: auth.as_deref(),
            request: &connection.request,
            session: session.id(),
        };
        let Accept { data, id, pid, offsets, hold } = match self.handler.connect(handshake).await {
            Ok(accept) => accept,
            Err(Refusal::Error(message)) => {
                self.refuse(session, name, &message);
                return Ok(());
            }
            Err(Refusal::CloseTransport) => return Err(Reason::ServerClose),
        };
        let id = match id {
            Some(id) => id,
            None => Sid::random().map_err(|_| Reason::ServerClose)?,
        };
        let new = NewSocket { data, id, namespace, offsets, hold, session: Arc::clone(session) };
        let socket = Arc::new(Socket::new(new, self.hub.clone()));
        let answer =
            serde_json::to_string(&Connected { sid: id.as_str(), pid: pid.as_deref() }).unwrap_or_default();
        let corked = session.cork();
        session.push(control(0, name, &answer), Priority::Now);
        self.hub.enter(&socket);
        connection.sockets.push(Arc::clone(&socket));
        connection.deadline = None;
        self.handler.join(&socket).await;
        drop(corked);
        self.handler.connected(&socket).await;
        Ok(())
    }

    async fn event(
        &self,
        socket: &Arc<Socket<H::Data>>,
        packet: Packet,
        attachments: Vec<Bytes>,
    ) -> Result<(), Reason> {
        let ack = packet.ack;
        let Some((name, arguments)) = packet.into_event().map_err(|_| Reason::ParseError)? else {
            return Ok(());
        };
        if !socket.is_connected() {
            // Sent before the client knew that it had been disconnected.
            return Ok(());
        }
        let event = Event { name, arguments, attachments, wants_reply: ack.is_some() };
        let reply: Reply = self.handler.event(socket, event).await;
        if let Some(frames) = ack.and_then(|ack| reply.encode(socket.namespace(), ack)) {
            socket.session().push(frames, Priority::Now);
        }
        Ok(())
    }
}
