use axum::body::Body;
use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, HOST, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};

use parking_lot::Mutex;

use crate::config::Origin;

const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE");
const EXPOSED: HeaderValue =
    HeaderValue::from_static("Retry-After, ETag, Content-Disposition, Content-Range");
/// Seconds for which a browser need not ask again; browsers cut it to two hours or less themselves.
const MAX_AGE: HeaderValue = HeaderValue::from_static("7200");

/// Most origins that are told of.
const MAX_REFUSED: usize = 16;
/// Most bytes of one: a scheme, a name and a port.
const MAX_ORIGIN: usize = 300;

/// Which pages of other origins may use the server. To all others it says nothing, and their browsers refuse for them.
pub(super) struct Cors {
    origins: Vec<Origin>,
    refused: Mutex<Refused>,
}

/// Origins that were refused, so that each is told of once.
#[derive(Default)]
struct Refused(Vec<HeaderValue>);

/// What one request's origin may do.
pub(super) struct Grant(Option<HeaderValue>);

impl Cors {
    /// Lets in pages of these origins, and the server's own.
    pub(super) fn new(origins: Vec<Origin>) -> Self {
        Self { origins, refused: Mutex::default() }
    }

    /// What the page behind a request with these headers may do.
    pub(super) fn grant(&self, headers: &HeaderMap) -> Grant {
        let allowed = |origin: &&HeaderValue| {
            self.origins.iter().any(|known| known.as_header() == *origin) || is_own(origin, headers.get(HOST))
        };
        let Some(origin) = headers.get(ORIGIN) else { return Grant(None) };
        let granted = Some(origin).filter(allowed).cloned();
        if granted.is_none() && self.refused.lock().is_news(origin) {
            let origin = String::from_utf8_lossy(origin.as_bytes());
            tracing::warn!(%origin, "CLIENT_ORIGIN does not name the origin of a page that asks: its browser refuses the answers");
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

impl Refused {
    /// Whether this one has not been told of. Anybody can make origins up, so there is an end to it.
    fn is_news(&mut self, origin: &HeaderValue) -> bool {
        let fits = self.0.len() < MAX_REFUSED && origin.len() <= MAX_ORIGIN;
        let is_news = fits && !self.0.contains(origin);
        if is_news {
            self.0.push(origin.clone());
        }
        is_news
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refused_origin_is_news_once_and_not_for_ever() {
        let mut refused = Refused::default();
        let origin = |n: usize| HeaderValue::try_from(format!("https://{n}.example")).unwrap();
        assert!(refused.is_news(&origin(0)) && !refused.is_news(&origin(0)));
        assert!((1..MAX_REFUSED).all(|n| refused.is_news(&origin(n))));
        assert!(!refused.is_news(&origin(MAX_REFUSED)));
        assert!(!Refused::default().is_news(&HeaderValue::try_from("x".repeat(MAX_ORIGIN + 1)).unwrap()));
    }
}
