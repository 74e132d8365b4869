use axum::response::IntoResponse;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use http::{HeaderMap, Uri};

use super::own_url::{EXAMPLE_URL, own_url};

const PAGE: &str = include_str!("page.html");
const SETUP: &str = include_str!("setup.html");
const SCRIPT: &str = include_str!("setup.js");
/// Where the page has the form, and where that has the code.
const SETUP_PLACE: &str = "<!-- setup -->";
const CODE_PLACE: &str = "CODE";
/// The page brings its own style and nothing else.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// With the form it has a script, which talks to this server.
const SETUP_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// `GET /`: says that the server runs and how to talk to it; with the code of the first start, `?setup=`, it has the form
/// by which somebody becomes the admin.
pub(super) async fn page(uri: Uri, headers: HeaderMap) -> impl IntoResponse {
    let (setup, policy) = match setup_code(&uri) {
        Some(code) => (SETUP.replace(CODE_PLACE, code), SETUP_POLICY),
        None => (String::new(), POLICY),
    };
    let page = PAGE.replace(SETUP_PLACE, &setup).replace(EXAMPLE_URL, &own_url(&headers));
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, policy),
        (CACHE_CONTROL, "no-cache"),
    ];
    (headers, page)
}

/// `GET /setup.js`: what the form does.
pub(super) async fn script() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/javascript; charset=utf-8"), (CACHE_CONTROL, "no-cache")], SCRIPT)
}

/// The code in the link of the first start; what can be none stays out of the page.
fn setup_code(uri: &Uri) -> Option<&str> {
    let pairs = uri.query()?.split('&');
    let code = pairs.into_iter().find_map(|pair| pair.strip_prefix("setup="))?;
    let fits = code.len() <= 64 && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    Some(if fits { code } else { CODE_PLACE })
}
