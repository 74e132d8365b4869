//! The opening handshake (RFC 6455 section 4.2).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use http_body_util::Full;
use sha1::{Digest, Sha1};

/// Whether a request asks for a WebSocket.
pub(crate) fn is_upgrade(headers: &HeaderMap) -> bool {
    has_token(headers, UPGRADE, "websocket") && has_token(headers, CONNECTION, "upgrade")
}

fn has_token(headers: &HeaderMap, name: http::HeaderName, token: &str) -> bool {
    let values = headers.get_all(name);
    values
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|part| part.trim().eq_ignore_ascii_case(token))
}

/// Why a WebSocket is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rejection {
    /// A version other than 13.
    Version,
    /// A key that is not 16 bytes in base64.
    Key,
    /// A connection that can't be taken over.
    Connection,
}

/// What the client's key is answered with.
pub(crate) fn accept(headers: &HeaderMap) -> Result<HeaderValue, Rejection> {
    if headers.get(SEC_WEBSOCKET_VERSION).is_none_or(|version| version != "13") {
        return Err(Rejection::Version);
    }
    headers.get(SEC_WEBSOCKET_KEY).and_then(|key| answer_to(key.as_bytes())).ok_or(Rejection::Key)
}

/// The response that opens the WebSocket.
pub(crate) fn switch(answer: HeaderValue) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(SEC_WEBSOCKET_ACCEPT, answer);
    response
}

impl Rejection {
    /// The response that says so.
    pub(crate) fn into_response(self) -> Response<Full<Bytes>> {
        let (status, text) = match self {
            Self::Version => (StatusCode::UPGRADE_REQUIRED, "WebSocket version 13 is spoken here"),
            Self::Key => (StatusCode::BAD_REQUEST, "Sec-WebSocket-Key is missing or not 16 bytes in base64"),
            Self::Connection => (StatusCode::BAD_REQUEST, "this connection can't become a WebSocket"),
        };
        let mut response = Response::new(Full::from(text));
        *response.status_mut() = status;
        if self == Self::Version {
            response.headers_mut().insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
        }
        response
    }
}

fn answer_to(key: &[u8]) -> Option<HeaderValue> {
    if STANDARD.decode(key).ok()?.len() != 16 {
        return None;
    }
    let mut hash = Sha1::new();
    hash.update(key);
    hash.update(b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    HeaderValue::from_str(&STANDARD.encode(hash.finalize())).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_is_the_one_of_the_specification() {
        assert_eq!(answer_to(b"dGhlIHNhbXBsZSBub25jZQ==").unwrap(), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        assert!(answer_to(b"short").is_none());
    }
}
