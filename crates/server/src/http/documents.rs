use axum::response::IntoResponse;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use http::{HeaderMap, HeaderName};

use super::own_url::{EXAMPLE_URL, own_url};
use crate::documents::DOCUMENTS;

type Page<T> = ([(HeaderName, &'static str); 3], T);

/// The page loads its own style and nothing else.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// `GET /api/openapi.json`.
pub(super) async fn openapi() -> impl IntoResponse {
    page("application/json; charset=utf-8", DOCUMENTS.openapi.as_str())
}

/// `GET /api/asyncapi.json`.
pub(super) async fn asyncapi() -> impl IntoResponse {
    page("application/json; charset=utf-8", DOCUMENTS.asyncapi.as_str())
}

/// `GET /docs`: both, to be read. The first example talks to the server that was asked.
pub(super) async fn docs(headers: HeaderMap) -> impl IntoResponse {
    page("text/html; charset=utf-8", DOCUMENTS.page.replacen(EXAMPLE_URL, &own_url(&headers), 1))
}

/// `GET /docs/style.css`.
pub(super) async fn style() -> impl IntoResponse {
    page("text/css; charset=utf-8", crate::documents::STYLE)
}

fn page<T>(content_type: &'static str, text: T) -> Page<T> {
    let headers =
        [(CONTENT_TYPE, content_type), (CONTENT_SECURITY_POLICY, POLICY), (CACHE_CONTROL, "no-cache")];
    (headers, text)
}
