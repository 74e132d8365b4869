use std::net::SocketAddr;

use http::header::{CONNECTION, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE};
use http::{HeaderMap, HeaderName, Uri};

/// Most bytes that the request of a session may have, which is kept as long as it: the bound that Node has for headers.
const MAX_KEPT: usize = 16 * 1024;

/// The HTTP request that opened a session. It is kept as long as the session, and in little memory.
#[derive(Debug, Clone)]
pub struct HandshakeRequest {
    /// Its path and query.
    pub uri: Box<str>,
    /// Its headers.
    pub headers: Headers,
    /// Where it came from: the nearest proxy, if there is one.
    pub peer: SocketAddr,
    /// What it began with.
    pub transport: TransportKind,
}

/// What carries a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransportKind {
    /// HTTP long-polling.
    Polling,
    /// A WebSocket.
    WebSocket,
}

/// Headers of a request, without those that only opened the WebSocket and those that are not text.
#[derive(Debug, Clone)]
pub struct Headers(Box<[(HeaderName, Box<str>)]>);

impl Headers {
    /// The first value of a header; names are lower-case.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(header, _)| header == name).map(|(_, value)| &**value)
    }

    /// All headers, in the order in which they came.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), &**value))
    }
}

/// Whether a request is too large to be kept.
pub(super) fn is_too_large(uri: &Uri, headers: &HeaderMap) -> bool {
    let target = uri.path_and_query().map_or(0, |target| target.as_str().len());
    let headers = headers.iter().map(|(name, value)| name.as_str().len() + value.len());
    target + headers.sum::<usize>() > MAX_KEPT
}

impl From<&HeaderMap> for Headers {
    /// Copies them, so that nothing holds on to the buffer that they were read into.
    fn from(headers: &HeaderMap) -> Self {
        let kept = headers.iter().filter(|(name, _)| {
            ![CONNECTION, UPGRADE, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION].contains(name)
        });
        Self(kept.filter_map(|(name, value)| Some((name.clone(), value.to_str().ok()?.into()))).collect())
    }
}

/// What the query of a request says.
#[derive(Debug, Default)]
pub(super) struct Query<'a> {
    pub(super) transport: &'a str,
    pub(super) sid: &'a str,
    pub(super) version: &'a str,
}

impl<'a> Query<'a> {
    pub(super) fn parse(uri: &'a Uri) -> Self {
        let mut query = Self::default();
        for pair in uri.query().unwrap_or_default().split('&') {
            match pair.split_once('=') {
                Some(("transport", value)) => query.transport = value,
                Some(("sid", value)) => query.sid = value,
                Some(("EIO", value)) => query.version = value,
                _ => {}
            }
        }
        query
    }
}
