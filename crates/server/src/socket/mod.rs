//! Where the Socket.IO server is joined to the rest.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use chirrup_domain::feed::NoFeed;
use chirrup_domain::presence::Nobody;
use chirrup_domain::{Feed, Presence};
use chirrup_protocol::ErrorBody;
use http::{Request, Response, StatusCode};
use hyper::body::Incoming;

use crate::config;
use crate::http::reply;
use crate::services::Services;

/// Path under which the sockets answer.
pub const PATH: &str = "/socket.io/";

/// Every connected device. It exists before the store, which needs its [`feed`](Self::feed) and
/// [`presence`](Self::presence); it serves once it has been given the [`Services`].
pub struct Sockets {}

impl Sockets {
    /// No device is connected yet.
    pub fn new(_presence: config::Presence, _queue: config::SocketQueue) -> Arc<Self> {
        Arc::new(Self {})
    }

    /// Takes what the store commits.
    pub fn feed(&self) -> Arc<dyn Feed> {
        Arc::new(NoFeed)
    }

    /// Knows who is connected.
    pub fn presence(&self) -> Arc<dyn Presence> {
        Arc::new(Nobody)
    }

    /// Serves with these from now on.
    pub fn start(&self, _services: Arc<Services>) {}

    /// Answers a request to [`PATH`]; a WebSocket upgrade too, whose connection is
    /// `hyper_util::rt::TokioIo<tokio::net::TcpStream>`.
    pub async fn call(&self, _request: Request<Incoming>, _peer: SocketAddr) -> Response<Body> {
        reply::json(StatusCode::SERVICE_UNAVAILABLE, &ErrorBody::new("Try again later", "unavailable"))
    }

    /// Finishes what devices sent, then closes their transports so that they come back by themselves.
    pub async fn close(&self) {}
}
