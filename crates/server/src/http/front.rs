use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use http::header::X_CONTENT_TYPE_OPTIONS;
use http::{HeaderValue, Method, Request, Response};
use hyper::body::Incoming;
use tower::Service;

use super::cors::Cors;
use super::source::Peer;
use super::{guard, reply, routes};
use crate::config::Origin;
use crate::services::Services;
use crate::socket::{self, Sockets};

/// What stands before every request: it knows where the request goes, and sees to what holds for all of them.
pub(crate) struct Front {
    cors: Cors,
    sockets: Arc<Sockets>,
    routes: Router,
    services: Arc<Services>,
}

impl Front {
    /// The front of these services and sockets; pages of `origins` may use them.
    pub(crate) fn new(services: Arc<Services>, sockets: Arc<Sockets>, origins: Vec<Origin>) -> Self {
        Self { cors: Cors::new(origins), sockets, routes: routes::all(services.clone()), services }
    }

    /// Answers one request; each leaves one line in the log.
    pub(crate) async fn answer(&self, request: Request<Incoming>, peer: SocketAddr) -> Response<Body> {
        let since = Instant::now();
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let grant = self.cors.grant(request.headers());
        let mut response = match Cors::preflight(&request, &grant) {
            Some(response) => response,
            None => guard::caught(self.dispatch(request, peer)).await,
        };
        if path.starts_with(routes::API) {
            reply::ensure_json_error(&mut response);
        }
        grant.apply(response.headers_mut());
        response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        self.services.metrics.request(&method, response.status().as_u16());
        log(&method, &path, &response, since);
        response
    }

    async fn dispatch(&self, request: Request<Incoming>, peer: SocketAddr) -> Response<Body> {
        if request.uri().path().starts_with(socket::PATH) {
            return self.sockets.call(request, peer).await;
        }
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(Peer(peer));
        let Ok(response) = self.routes.clone().call(request).await;
        response
    }
}

fn log(method: &Method, path: &str, response: &Response<Body>, since: Instant) {
    let (status, ms) = (response.status().as_u16(), since.elapsed().as_secs_f64() * 1000.0);
    let ms = (ms * 10.0).round() / 10.0;
    // A device that polls asks every few seconds: that is a connection's life and not an event of its own.
    if path.starts_with(socket::PATH) {
        tracing::debug!(%method, path, status, ms, "request");
    } else {
        tracing::info!(%method, path, status, ms, "request");
    }
}
