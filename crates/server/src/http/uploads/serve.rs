use std::io::SeekFrom;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use chirrup_domain::Error;
use chirrup_domain::upload::{File, MediaType, UploadName};
use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE,
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, IF_RANGE, RANGE,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode};
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;

use super::disposition;
use super::range::{self, Wanted};
use crate::http::failure::Failure;
use crate::http::path::Path;
use crate::services::Services;

/// Read and sent at once.
const PIECE: usize = 64 * 1024;
/// What lies under a name never changes. Whoever knows the name may see it; caches between us need not keep it.
const CACHED: HeaderValue = HeaderValue::from_static("private, max-age=31536000, immutable");
/// A file that is opened by itself runs nothing, loads nothing, and is of an origin of its own.
const SANDBOX: HeaderValue =
    HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; sandbox");
/// The same as far as browsers' PDF viewers work under it: in a sandbox they do not.
const PDF: HeaderValue = HeaderValue::from_static("script-src 'none'; base-uri 'none'; form-action 'none'");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// `GET /uploads/:name`.
pub(in crate::http) async fn one(
    State(services): State<Arc<Services>>,
    method: Method,
    headers: HeaderMap,
    Path(name): Path<String>,
) -> Result<Response<Body>, Failure> {
    let not_found = || Failure::Status(StatusCode::NOT_FOUND);
    let name = UploadName::parse(&name).ok_or_else(not_found)?;
    let file = services.uploads.find(&name).await?.ok_or_else(not_found)?;
    let etag = format!("\"{name}\"");
    let mut response = Response::new(Body::empty());
    describe(&file, &etag, response.headers_mut());
    if header(&headers, &IF_NONE_MATCH).is_some_and(|tags| matches(tags, &etag)) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return Ok(response);
    }
    // A range belongs to GET alone, and to the file that the asker has the rest of.
    let range = header(&headers, &RANGE)
        .filter(|_| method == Method::GET)
        .filter(|_| header(&headers, &IF_RANGE).is_none_or(|tag| tag == etag));
    let (first, length) = match range.map_or(Wanted::Whole, |range| range::parse(range, file.size)) {
        Wanted::Whole => (0, file.size),
        Wanted::Part { first, last } => {
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
            put(&mut response, CONTENT_RANGE, format!("bytes {first}-{last}/{}", file.size));
            (first, last - first + 1)
        }
        Wanted::Nothing => {
            *response.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
            put(&mut response, CONTENT_RANGE, format!("bytes */{}", file.size));
            return Ok(response);
        }
    };
    response.headers_mut().insert(CONTENT_LENGTH, length.into());
    if method != Method::HEAD {
        *response.body_mut() = content(&services, &file, first, length).await?;
    }
    Ok(response)
}

/// Says of the file what holds whatever is asked of it.
fn describe(file: &File, etag: &str, headers: &mut HeaderMap) {
    let inline = MediaType::is_inline(&file.mimetype);
    let policy = if file.mimetype == "application/pdf" { PDF } else { SANDBOX };
    let mimetype = HeaderValue::try_from(file.mimetype.as_str());
    headers.insert(CONTENT_TYPE, mimetype.unwrap_or(HeaderValue::from_static("application/octet-stream")));
    headers.insert(CONTENT_DISPOSITION, disposition::of_file(inline, &file.filename));
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    headers.insert(RESOURCE_POLICY, HeaderValue::from_static("cross-origin"));
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(CACHE_CONTROL, CACHED);
    if let Ok(etag) = HeaderValue::try_from(etag) {
        headers.insert(ETAG, etag);
    }
}

async fn content(services: &Services, file: &File, first: u64, length: u64) -> Result<Body, Error> {
    let lost = || Error::internal(format!("the content of upload {} is not there", file.name));
    let mut content = services.files.folder.read(&file.name).await?.ok_or_else(lost)?;
    if content.metadata().await.map_err(Error::unavailable)?.len() != file.size {
        return Err(lost());
    }
    if first > 0 {
        content.seek(SeekFrom::Start(first)).await.map_err(Error::unavailable)?;
    }
    Ok(Body::from_stream(ReaderStream::with_capacity(content.take(length), PIECE)))
}

fn header<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

/// Whether the file is among those that the asker has already.
fn matches(tags: &str, etag: &str) -> bool {
    tags.split(',').map(str::trim).any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

fn put(response: &mut Response<Body>, name: HeaderName, value: String) {
    if let Ok(value) = HeaderValue::try_from(value) {
        response.headers_mut().insert(name, value);
    }
}
