use axum::body::Body;
use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, HOST, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};

use crate::config::Origin;

const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE");
const EXPOSED: HeaderValue =
    HeaderValue::from_static("Retry-After, ETag, Content-Disposition, Content-Range");
/// Seconds for which a browser need not ask again; browsers cut it to two hours or less themselves.
const MAX_AGE: HeaderValue = HeaderValue::from_static("7200");

/// Which pages of other origins may use the server. To all others it says nothing, and their browsers refuse for them.
pub(super) struct Cors {
    origins: Vec<Origin>,
}

/// What one request's origin may do.
pub(super) struct Grant(Option<HeaderValue>);

impl Cors {
    /// Lets in pages of these origins, and the server's own.
    pub(super) const fn new(origins: Vec<Origin>) -> Self {
        Self { origins }
    }

    /// What the page behind a request with these headers may do.
    pub(super) fn grant(&self, headers: &HeaderMap) -> Grant {
        let allowed = |origin: &&HeaderValue| {
            self.origins.iter().any(|known| known.as_header() == *origin) || is_own(origin, headers.get(HOST))
        };
        let Some(origin) = headers.get(ORIGIN) else { return Grant(None) };
        let granted = Some(origin).filter(allowed).cloned();
        if granted.is_none() {
            tracing::debug!(?origin, "CLIENT_ORIGIN does not name this origin");
        }
        Grant(granted)
    }

    /// The answer to a browser that asks whether it may ask, and may as granted; `None` for any other request.
    pub(super) fn preflight<B>(request: &Request<B>, grant: &Grant) -> Option<Response<Body>> {
        let headers = request.headers();
        if request.method() != Method::OPTIONS || !headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD) {
            return None;
        }
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        if grant.0.is_some() {
            let answer = response.headers_mut();
            answer.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
            answer.insert(ACCESS_CONTROL_MAX_AGE, MAX_AGE);
            if let Some(wanted) = headers.get(ACCESS_CONTROL_REQUEST_HEADERS) {
                answer.insert(ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
            }
        }
        Some(response)
    }
}

impl Grant {
    /// Tells the browser so.
    pub(super) fn apply(self, headers: &mut HeaderMap) {
        headers.append(VARY, HeaderValue::from_static("Origin"));
        if let Some(origin) = self.0 {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
        }
    }
}

/// Whether the page comes from this very server. Behind a proxy the server does not know its own scheme.
fn is_own(origin: &HeaderValue, host: Option<&HeaderValue>) -> bool {
    let origin = origin.as_bytes();
    let authority = origin.strip_prefix(b"http://").or_else(|| origin.strip_prefix(b"https://"));
    authority.is_some_and(|authority| host.is_some_and(|host| host.as_bytes() == authority))
}
