use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body::Body;
use http_body_util::Full;
use hyper::upgrade::OnUpgrade;
use parking_lot::Mutex;
use serde::Serialize;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::task::TaskTracker;

use super::polling::{self, CloseOnDrop, End, Input, PollingSession};
use super::request::{Query, is_too_large};
use super::response::{Refusal, plain};
use super::session::{Priority, Session};
use super::shard::Shard;
use super::websocket::{self, Reader};
use super::{Application, HandshakeRequest, Reason, Sid, TransportKind, cors, upgrade};
use crate::Config;
use crate::ws::{self, CloseCode, Rejection};

/// What arrived before a shutdown has this long to be handled. Who goes on sending would else hold it up for ever.
const DRAIN_WITHIN: Duration = Duration::from_secs(3);

/// An Engine.IO server: answers the HTTP requests that open, carry and upgrade sessions.
///
/// Give it every request whose path is the configured one, from connections that hyper serves over HTTP/1 as
/// `TokioIo<TcpStream>` with upgrades.
pub struct Engine<A: Application> {
    app: Arc<A>,
    config: Arc<Config>,
    shards: Vec<Arc<Shard>>,
    next_shard: AtomicUsize,
    /// Sessions that began with polling. Those that began with a WebSocket are never asked for by their id.
    polling: Mutex<HashMap<Sid, Arc<PollingSession>>>,
    /// The tasks of the sessions.
    tasks: TaskTracker,
    /// The shards' own tasks.
    workers: Vec<JoinHandle<()>>,
    closing: AtomicBool,
}

/// The first packet of a session (protocol section "Handshake").
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Open<'a> {
    sid: &'a str,
    upgrades: &'a [&'a str],
    ping_interval: u128,
    ping_timeout: u128,
    max_payload: usize,
}

impl<A: Application> Engine<A> {
    /// A server for this application. Call it inside a Tokio runtime: the shards' tasks start here and end with it.
    pub fn new(config: Config, app: Arc<A>) -> Arc<Self> {
        let config = Arc::new(config);
        let shards: Vec<_> =
            (0..config.shards.max(1)).map(|index| Arc::new(Shard::new(index, Arc::clone(&config)))).collect();
        let mut workers = Vec::new();
        for shard in &shards {
            workers.push(tokio::spawn(Arc::clone(shard).run_flusher()));
            let shard = Arc::clone(shard);
            workers.push(tokio::spawn(async move { shard.heartbeat.run().await }));
        }
        Arc::new(Self {
            app,
            config,
            shards,
            next_shard: AtomicUsize::new(0),
            polling: Mutex::default(),
            tasks: TaskTracker::new(),
            workers,
            closing: AtomicBool::new(false),
        })
    }

    /// How it treats its connections.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Answers one request.
    pub async fn call<B>(self: &Arc<Self>, request: Request<B>, peer: SocketAddr) -> Response<Full<Bytes>>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let origin = cors::origin(request.headers());
        let mut response = match *request.method() {
            Method::OPTIONS => cors::preflight(request.headers()),
            _ => self.answer(request, peer).await,
        };
        cors::allow(&self.config.origins, origin, response.headers_mut());
        response
    }

    async fn answer<B>(self: &Arc<Self>, mut request: Request<B>, peer: SocketAddr) -> Response<Full<Bytes>>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let upgrade = request.extensions_mut().remove::<OnUpgrade>();
        let query = Query::parse(request.uri());
        let transport = match query.transport {
            "polling" => TransportKind::Polling,
            "websocket" => TransportKind::WebSocket,
            _ => return Refusal::UnknownTransport.into_response(),
        };
        let wants_upgrade = ws::is_upgrade(request.headers());
        if wants_upgrade != (transport == TransportKind::WebSocket) && query.sid.is_empty() {
            let get = request.method() == Method::GET;
            return if get { Refusal::BadRequest } else { Refusal::BadHandshakeMethod }.into_response();
        }
        if query.sid.is_empty() {
            if request.method() != Method::GET {
                return Refusal::BadHandshakeMethod.into_response();
            }
            if query.version != "4" {
                return Refusal::UnsupportedVersion.into_response();
            }
            if is_too_large(request.uri(), request.headers()) {
                let status = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
                return plain(status, "text/plain; charset=UTF-8", "");
            }
            if self.closing.load(Ordering::Relaxed) {
                return plain(StatusCode::SERVICE_UNAVAILABLE, "text/plain; charset=UTF-8", "shutting down");
            }
            let Ok(sid) = Sid::random() else {
                return plain(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "text/plain; charset=UTF-8",
                    "no random bytes",
                );
            };
            return match transport {
                TransportKind::Polling => self.open_polling(sid, &request, peer),
                TransportKind::WebSocket => self.open_websocket(sid, &request, peer, upgrade),
            };
        }
        let Some(polling) = Sid::parse(query.sid).and_then(|sid| self.polling.lock().get(&sid).cloned())
        else {
            return Refusal::UnknownSession.into_response();
        };
        match (transport, request.method()) {
            _ if query.version != "4" => Refusal::BadRequest.into_response(),
            (TransportKind::WebSocket, &Method::GET) if wants_upgrade => {
                self.upgrade(polling, &request, upgrade)
            }
            (TransportKind::Polling, &Method::GET) => polling.poll().await,
            (TransportKind::Polling, &Method::POST) => polling.post(request, self.config.max_payload).await,
            _ => Refusal::BadRequest.into_response(),
        }
    }

    fn open_polling<B>(
        self: &Arc<Self>,
        sid: Sid,
        request: &Request<B>,
        peer: SocketAddr,
    ) -> Response<Full<Bytes>> {
        let session = self.new_session(sid, None);
        let (polling, input) = PollingSession::new(Arc::clone(&session));
        let polling = Arc::new(polling);
        self.polling.lock().insert(sid, Arc::clone(&polling));
        let request = Arc::new(handshake_request(request, peer, TransportKind::Polling));
        let engine = Arc::clone(self);
        self.tasks.spawn(async move { engine.run_polling(&polling, request, input).await });
        plain(
            StatusCode::OK,
            "text/plain; charset=UTF-8",
            format!("0{}", self.open_packet(sid, &["websocket"])),
        )
    }

    async fn run_polling(
        self: Arc<Self>,
        polling: &PollingSession,
        request: Arc<HandshakeRequest>,
        mut input: mpsc::Receiver<Input>,
    ) {
        let session = Arc::clone(&polling.session);
        let _entry = Entry { engine: &self, polling };
        let mut state = self.app.open(&session, &request);
        drop(request);
        let end = polling::run(&*self.app, &session, &mut state, &mut input).await;
        if let End::Upgraded(reader) = end {
            drop(input);
            Box::pin(self.run_websocket(session, state, *reader)).await;
            return;
        }
        if let End::Over(reason) = end {
            polling.over.cancel();
            // What comes too late is not handled, and its request is told so.
            drop(input);
            session.finish(reason);
            // Requests that are on their way find the session's end until the last poll has taken it.
            self.app.close(&session, state, session.closed().unwrap_or(reason)).await;
            session.gone().await;
        }
    }

    fn open_websocket<B>(
        self: &Arc<Self>,
        sid: Sid,
        request: &Request<B>,
        peer: SocketAddr,
        upgrade: Option<OnUpgrade>,
    ) -> Response<Full<Bytes>> {
        let (answer, upgrade) = match accept(request, upgrade) {
            Ok(accepted) => accepted,
            Err(rejection) => return rejection.into_response(),
        };
        let request = Arc::new(handshake_request(request, peer, TransportKind::WebSocket));
        let engine = Arc::clone(self);
        self.tasks.spawn(async move {
            let taken = tokio::time::timeout(engine.config.upgrade_timeout, upgrade::take_stream(upgrade));
            let Ok(Some((stream, read))) = Box::pin(taken).await else { return };
            let session = engine.new_session(sid, Some(Arc::clone(&stream)));
            session.push(ws::text_frame(&format!("0{}", engine.open_packet(sid, &[]))), Priority::Now);
            let state = engine.app.open(&session, &request);
            drop(request);
            session.flush();
            let reader = Reader::new(stream, &read, engine.config.max_payload);
            drop(read);
            engine.run_websocket(session, state, reader).await;
        });
        ws::switch(answer)
    }

    async fn run_websocket(&self, session: Arc<Session>, mut state: A::State, mut reader: Reader) {
        let _closed = CloseOnDrop(Some(&session), Reason::ServerClose);
        let (reason, code) = websocket::run(&*self.app, &session, &mut state, &mut reader).await;
        session.finish_with(reason, code);
        let reason = session.closed().unwrap_or(reason);
        Box::pin(self.app.close(&session, state, reason)).await;
        reader.discard().await;
        session.close(reason);
    }

    fn upgrade<B>(
        self: &Arc<Self>,
        polling: Arc<PollingSession>,
        request: &Request<B>,
        upgrade: Option<OnUpgrade>,
    ) -> Response<Full<Bytes>> {
        let (answer, upgrade) = match accept(request, upgrade) {
            Ok(accepted) => accepted,
            Err(rejection) => return rejection.into_response(),
        };
        let Some(claim) = polling.claim_upgrade() else {
            // As the reference does: it is let in and closed, and what it meant to upgrade goes on.
            let taken = tokio::time::timeout(self.config.upgrade_timeout, upgrade::take_stream(upgrade));
            tokio::spawn(async move {
                if let Ok(Some((stream, _))) = taken.await {
                    let _ = stream.try_write(&ws::close_frame(CloseCode::None));
                }
            });
            return ws::switch(answer);
        };
        let config = Arc::clone(&self.config);
        // Not tracked: a shutdown ends the session, and need not wait for a client that never finishes its probe.
        tokio::spawn(async move {
            let _claim = claim;
            let upgraded = async {
                let (stream, read) = upgrade::take_stream(upgrade).await?;
                upgrade::upgrade(&polling, Reader::new(stream, &read, config.max_payload)).await
            };
            let _ = tokio::time::timeout(config.upgrade_timeout, upgraded).await;
        });
        ws::switch(answer)
    }

    fn new_session(&self, sid: Sid, stream: Option<Arc<TcpStream>>) -> Arc<Session> {
        let index = self.next_shard.fetch_add(1, Ordering::Relaxed) % self.shards.len();
        let shard = &self.shards[index];
        let session = Arc::new(Session::new(sid, Arc::clone(shard), stream));
        shard.heartbeat.watch(&session);
        if self.closing.load(Ordering::Relaxed) {
            session.drain();
        }
        session
    }

    fn open_packet(&self, sid: Sid, upgrades: &[&str]) -> String {
        let open = Open {
            sid: sid.as_str(),
            upgrades,
            ping_interval: self.config.ping_interval.as_millis(),
            ping_timeout: self.config.ping_timeout.as_millis(),
            max_payload: self.config.max_payload,
        };
        serde_json::to_string(&open).unwrap_or_default()
    }

    /// Ends every session so that its client comes back by itself: what it sent so far is handled and answered, then
    /// its connection is closed. Opens no more. Returns when all of them have ended; one that has more to handle than
    /// three seconds are enough for ends behind the message that is at work.
    pub async fn shutdown(&self) {
        self.closing.store(true, Ordering::Relaxed);
        self.sessions().for_each(|session| session.drain());
        self.tasks.close();
        if tokio::time::timeout(DRAIN_WITHIN, self.tasks.wait()).await.is_err() {
            self.sessions().for_each(|session| session.cut_off());
            self.tasks.wait().await;
        }
    }

    fn sessions(&self) -> impl Iterator<Item = Arc<Session>> {
        self.shards.iter().flat_map(|shard| shard.heartbeat.sessions())
    }
}

/// A session's place among those that poll, as long as its task.
struct Entry<'a, A: Application> {
    engine: &'a Engine<A>,
    polling: &'a PollingSession,
}

impl<A: Application> Drop for Entry<'_, A> {
    fn drop(&mut self) {
        self.polling.over.cancel();
        // It is closed by now, unless the application panicked.
        self.polling.session.close(Reason::ServerClose);
        self.engine.polling.lock().remove(&self.polling.session.id());
        self.polling.ended.cancel();
    }
}

impl<A: Application> Drop for Engine<A> {
    fn drop(&mut self) {
        for worker in &self.workers {
            worker.abort();
        }
    }
}

fn accept<B>(
    request: &Request<B>,
    upgrade: Option<OnUpgrade>,
) -> Result<(HeaderValue, OnUpgrade), Rejection> {
    let answer = ws::accept(request.headers())?;
    Ok((answer, upgrade.ok_or(Rejection::Connection)?))
}

fn handshake_request<B>(
    request: &Request<B>,
    peer: SocketAddr,
    transport: TransportKind,
) -> HandshakeRequest {
    HandshakeRequest {
        uri: request.uri().to_string().into(),
        headers: request.headers().into(),
        peer,
        transport,
    }
}
