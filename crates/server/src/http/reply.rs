//! Answers in JSON.

use axum::body::Body;
use chirrup_protocol::{ErrorBody, Success};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response, StatusCode};
use serde::Serialize;

const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");

/// `{ success: true, ... }`.
pub(crate) fn success(status: StatusCode, rest: impl Serialize) -> Response<Body> {
    json(status, &Success::new(rest))
}

/// Any value as the body.
pub(crate) fn json(status: StatusCode, value: &impl Serialize) -> Response<Body> {
    match serde_json::to_vec(value) {
        Ok(bytes) => with_body(status, bytes),
        Err(error) => {
            tracing::error!(%error, "an answer can't be written as JSON");
            with_body(StatusCode::INTERNAL_SERVER_ERROR, Vec::new())
        }
    }
}

/// Gives an error without a JSON body the one of its status: what the router refuses by itself has other bodies.
pub(crate) fn ensure_json_error(response: &mut Response<Body>) {
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    if is_error && response.headers().get(CONTENT_TYPE) != Some(&JSON) {
        let json = json(status, &error_of(status));
        response.headers_mut().remove(http::header::CONTENT_LENGTH);
        response.headers_mut().insert(CONTENT_TYPE, JSON);
        *response.body_mut() = json.into_body();
    }
}

/// The error that goes with a status where nothing better is known.
pub(crate) const fn error_of(status: StatusCode) -> ErrorBody {
    match status {
        StatusCode::NOT_FOUND => ErrorBody::new("Not found", "not_found"),
        StatusCode::METHOD_NOT_ALLOWED => ErrorBody::new("Method not allowed", "method_not_allowed"),
        StatusCode::PAYLOAD_TOO_LARGE => ErrorBody::new("Payload too large", "too_large"),
        StatusCode::REQUEST_TIMEOUT => ErrorBody::new("Request timeout", "timeout"),
        status if status.as_u16() < 500 => ErrorBody::new("Bad request", "invalid_payload"),
        StatusCode::SERVICE_UNAVAILABLE => ErrorBody::new("Try again later", "unavailable"),
        _ => ErrorBody::new("Internal error", "internal"),
    }
}

fn with_body(status: StatusCode, bytes: Vec<u8>) -> Response<Body> {
    let mut response = Response::new(Body::from(bytes));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response
}
