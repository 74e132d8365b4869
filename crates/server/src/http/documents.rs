use axum::response::IntoResponse;
use http::HeaderName;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};

use crate::documents::DOCUMENTS;

type Page = ([(HeaderName, &'static str); 3], &'static str);

/// The page loads its own style and nothing else.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// `GET /api/openapi.json`.
pub(super) async fn openapi() -> impl IntoResponse {
    page("application/json; charset=utf-8", &DOCUMENTS.openapi)
}

/// `GET /api/asyncapi.json`.
pub(super) async fn asyncapi() -> impl IntoResponse {
    page("application/json; charset=utf-8", &DOCUMENTS.asyncapi)
}

/// `GET /docs`: both, to be read.
pub(super) async fn docs() -> impl IntoResponse {
    page("text/html; charset=utf-8", &DOCUMENTS.page)
}

/// `GET /docs/style.css`.
pub(super) async fn style() -> impl IntoResponse {
    page("text/css; charset=utf-8", crate::documents::STYLE)
}

fn page(content_type: &'static str, text: &'static str) -> Page {
    let headers =
        [(CONTENT_TYPE, content_type), (CONTENT_SECURITY_POLICY, POLICY), (CACHE_CONTROL, "no-cache")];
    (headers, text)
}
