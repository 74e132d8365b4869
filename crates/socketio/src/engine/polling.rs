//! HTTP long-polling: a poll takes what waits, a post brings packets.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Request, Response, StatusCode};
use http_body::Body;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::outbox::Phase;
use super::packet::{Packet, append_to_payload};
use super::response::{Refusal, plain};
use super::session::{self, Session};
use super::websocket::{self, Reader};
use super::{Application, Reason};

/// A poll takes packets up to about this many bytes, and the next poll the rest.
const POLL_BYTES: usize = 1 << 20;
const NOOP: &str = "6";
const CLOSE: &str = "1";

/// A session as its polling requests find it.
#[derive(Debug)]
pub(super) struct PollingSession {
    pub(super) session: Arc<Session>,
    pub(super) input: mpsc::Sender<Input>,
    /// A request is bringing packets.
    posting: AtomicBool,
    /// A WebSocket is upgrading it.
    upgrading: AtomicBool,
    /// Cancelled when the session's polling phase ends.
    pub(super) over: CancellationToken,
    /// Cancelled when the session's task ends.
    pub(super) ended: CancellationToken,
}

/// What comes to the task of a session that began with polling.
pub(super) enum Input {
    /// Packets of one request, and who waits until they are done with.
    Packets(Vec<Packet>, oneshot::Sender<()>),
    /// The session has been upgraded; this is where the rest comes from.
    WebSocket(Box<Reader>),
}

impl PollingSession {
    pub(super) fn new(session: Arc<Session>) -> (Self, mpsc::Receiver<Input>) {
        let (input, receiver) = mpsc::channel(2);
        (
            Self {
                session,
                input,
                posting: AtomicBool::new(false),
                upgrading: AtomicBool::new(false),
                over: CancellationToken::new(),
                ended: CancellationToken::new(),
            },
            receiver,
        )
    }

    /// Lets one WebSocket at a time try to upgrade the session; none, once one has.
    pub(super) fn claim_upgrade(self: &Arc<Self>) -> Option<UpgradeClaim> {
        if self.upgrading.swap(true, Ordering::AcqRel) {
            return None;
        }
        let claim = UpgradeClaim(Arc::clone(self));
        self.session.stream().is_none().then_some(claim)
    }

    /// Answers a poll, as soon as there is something to answer.
    pub(super) async fn poll(&self) -> Response<Full<Bytes>> {
        let waiting = {
            let mut outbox = self.session.outbox.lock();
            if matches!(outbox.phase, Phase::Closed(_)) {
                Err(PollRefused::Closed)
            } else if self.session.stream().is_some() {
                Err(PollRefused::Upgraded)
            } else if outbox.is_polled() {
                Err(PollRefused::Overlap)
            } else if outbox.upgrading || !outbox.corked && !outbox.is_empty() {
                Ok(None)
            } else {
                Ok(outbox.wait())
            }
        };
        match waiting {
            Ok(None) => {}
            Ok(Some(answered)) => {
                let aborted = CloseOnDrop(Some(&self.session), Reason::TransportError);
                let _ = answered.await;
                aborted.disarm();
            }
            Err(PollRefused::Closed) => return Refusal::UnknownSession.into_response(),
            Err(PollRefused::Upgraded) => return Refusal::BadRequest.into_response(),
            Err(PollRefused::Overlap) => {
                self.session.close(Reason::TransportError);
                return plain(StatusCode::BAD_REQUEST, "text/plain; charset=UTF-8", "");
            }
        }
        plain(StatusCode::OK, "text/plain; charset=UTF-8", self.take())
    }

    /// Takes what waits, in the form that answers a poll.
    fn take(&self) -> String {
        let mut outbox = self.session.outbox.lock();
        match outbox.phase {
            Phase::Closed(Reason::TransportClose) => return NOOP.to_owned(),
            Phase::Closed(_) => return CLOSE.to_owned(),
            _ if self.session.stream().is_some() => return NOOP.to_owned(),
            _ => {}
        }
        let mut payload = String::new();
        while payload.len() < POLL_BYTES
            && !outbox.corked
            && let Some(packet) = outbox.take_one()
        {
            // Clients handle it before the packets beside it, and would miss those.
            if packet == session::CLOSE && !payload.is_empty() {
                outbox.push_front(packet);
                break;
            }
            append_to_payload(&mut payload, &packet);
            outbox.wrote(packet.len());
        }
        if !self.session.over_bound(outbox.len() * 2, outbox.bytes() * 2) {
            outbox.tell_low();
        }
        if let Phase::Finishing(reason) = outbox.phase
            && outbox.is_empty()
        {
            drop(outbox);
            self.session.close(reason);
        }
        if payload.is_empty() { NOOP.to_owned() } else { payload }
    }

    /// Takes the packets of a request. Answers when they have been handled.
    pub(super) async fn post<B>(&self, request: Request<B>, max_payload: usize) -> Response<Full<Bytes>>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        if self.session.stream().is_some() {
            return Refusal::BadRequest.into_response();
        }
        if request.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == "application/octet-stream") {
            // How protocol 3 sent binary; now it is base64 in text.
            self.session.close(Reason::ParseError);
            return Refusal::BadRequest.into_response();
        }
        if self.posting.swap(true, Ordering::AcqRel) {
            self.session.close(Reason::TransportError);
            return plain(StatusCode::BAD_REQUEST, "text/plain; charset=UTF-8", "");
        }
        let _posting = ClearOnDrop(&self.posting);
        // A body that never comes to its end waits no longer than the session lasts.
        let body = tokio::select! {
            body = Limited::new(request.into_body(), max_payload).collect() => body,
            () = self.over.cancelled() => return self.refuse_overtaken().await,
        };
        let body = match body {
            Ok(body) => body.to_bytes(),
            Err(error) if error.is::<LengthLimitError>() => {
                return plain(StatusCode::PAYLOAD_TOO_LARGE, "text/plain; charset=UTF-8", "");
            }
            Err(_) => return Refusal::BadRequest.into_response(),
        };
        let packets = match Packet::from_payload(&body) {
            Ok(packets) => packets,
            Err(reason) => {
                self.session.close(reason);
                return Refusal::BadRequest.into_response();
            }
        };
        let (done, handled) = oneshot::channel();
        if self.input.send(Input::Packets(packets, done)).await.is_err() {
            return self.refuse_overtaken().await;
        }
        match handled.await {
            Ok(()) => plain(StatusCode::OK, "text/html", "ok"),
            Err(_) => self.refuse_overtaken().await,
        }
    }

    /// Refuses a request that the session's end overtook, once that end is with the client or given up: a client whose
    /// request fails drops what its poll is bringing, and that may be its last acks.
    async fn refuse_overtaken(&self) -> Response<Full<Bytes>> {
        self.ended.cancelled().await;
        Refusal::UnknownSession.into_response()
    }
}

/// Why a poll is not let in.
enum PollRefused {
    /// The session is over.
    Closed,
    /// Another one waits already.
    Overlap,
    /// The session has gone over to a WebSocket.
    Upgraded,
}

/// The right to upgrade a polling session.
pub(super) struct UpgradeClaim(Arc<PollingSession>);

impl Drop for UpgradeClaim {
    fn drop(&mut self) {
        self.0.upgrading.store(false, Ordering::Release);
    }
}

/// Closes a session whose poll the client gave up, or whose task panicked.
pub(super) struct CloseOnDrop<'a>(pub(super) Option<&'a Session>, pub(super) Reason);

impl CloseOnDrop<'_> {
    fn disarm(mut self) {
        self.0 = None;
    }
}

impl Drop for CloseOnDrop<'_> {
    fn drop(&mut self) {
        if let Some(session) = self.0 {
            session.close(self.1);
        }
    }
}

struct ClearOnDrop<'a>(&'a AtomicBool);

impl Drop for ClearOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

/// What a session's polling phase came to.
pub(super) enum End {
    /// It goes on over this WebSocket.
    Upgraded(Box<Reader>),
    /// It is over.
    Over(Reason),
}

/// Handles what requests bring until the session ends or is upgraded.
pub(super) async fn run<A: Application>(
    app: &A,
    session: &Arc<Session>,
    state: &mut A::State,
    input: &mut mpsc::Receiver<Input>,
) -> End {
    loop {
        let deadline = app.deadline(state);
        let next = tokio::select! {
            biased;
            next = input.recv() => next,
            () = session.wait_interrupted() => match session.closed() {
                Some(reason) => return End::Over(reason),
                // The server drains: what has arrived is handled, and nothing more is taken.
                None => match input.try_recv() {
                    Ok(next) => {
                        session.interrupt();
                        Some(next)
                    }
                    Err(_) => return End::Over(Reason::ServerShutdown),
                },
            },
            () = passed(deadline) => return End::Over(Reason::ConnectTimeout),
        };
        match next {
            Some(Input::Packets(packets, done)) => {
                for packet in packets {
                    tokio::task::consume_budget().await;
                    if session.is_cut_off() {
                        return End::Over(Reason::ServerShutdown);
                    }
                    if let Err(reason) = websocket::handle(app, session, state, packet).await {
                        session.close(reason);
                        // As a close packet makes it: the request was taken all the same.
                        let _ = done.send(());
                        return End::Over(reason);
                    }
                }
                session.flush();
                let _ = done.send(());
            }
            Some(Input::WebSocket(reader)) => return End::Upgraded(reader),
            None => return End::Over(Reason::TransportClose),
        }
    }
}

/// Ends when the deadline has passed; never, if there is none.
async fn passed(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
