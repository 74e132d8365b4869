use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequestParts, Request, State};
use chirrup_domain::upload::{
    File, MediaType, Thumbnail, UploadName, clean_filename, extension, message_type,
};
use chirrup_domain::{Error, UserId};
use chirrup_protocol::{ErrorBody, answer};
use http::header::CONTENT_LENGTH;
use http::request::Parts;
use http::{Response, StatusCode};
use http_body_util::BodyExt;
use tokio::time::timeout;

use super::content::ContentCheck;
use super::form::{self, Form, FormError, MAX_OVERHEAD};
use crate::files::{Incoming, PreparedThumbnail};
use crate::http::failure::Failure;
use crate::http::reply;
use crate::http::session::Actor;
use crate::services::Services;

/// The field that carries the file.
const FIELD: &str = "file";
/// A sender who sends nothing for so long is not waited for.
const PATIENCE: Duration = Duration::from_secs(30);
/// What is still read of a request that was refused, and for how long: many clients look at the answer only when they
/// have sent everything, and would see a broken connection instead.
const LINGER_BYTES: usize = 64 << 20;
const LINGER: Duration = Duration::from_secs(10);

/// `POST /api/upload`: a form with one file in the field `file`.
pub(in crate::http) async fn upload(
    State(services): State<Arc<Services>>,
    request: Request,
) -> Result<Response<Body>, Failure> {
    let (mut parts, mut body) = request.into_parts();
    let outcome = receive(&services, &mut parts, &mut body).await;
    if outcome.is_err() {
        tokio::spawn(timeout(LINGER, read_off(body)));
    }
    let file = outcome?;
    Ok(reply::success(StatusCode::OK, answer::OneFile { file: (&file).into() }))
}

async fn receive(services: &Arc<Services>, parts: &mut Parts, body: &mut Body) -> Result<File, Failure> {
    let Actor(me) = Actor::from_request_parts(parts, services).await?;
    let _slot = services.files.gate.enter(me.id)?;
    let boundary = form::boundary(&parts.headers).ok_or_else(no_file)?;
    let announced =
        parts.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    let is_over = |max: &u64| announced.is_some_and(|bytes| bytes > max.saturating_add(MAX_OVERHEAD as u64));
    if let Some(max) = services.files.max_bytes.filter(is_over) {
        return Err(too_large(max));
    }
    let mut form = Form::new(body, &boundary, PATIENCE);
    let mut received = None;
    while let Some(part) = form.next_part().await? {
        match part.filename {
            Some(filename) if !filename.is_empty() => {
                if received.is_some() {
                    return Err(too_many_files());
                }
                if part.name != FIELD {
                    return Err(no_file());
                }
                received = Some(receive_file(services, &mut form, &filename).await?);
            }
            // Another field, or a file input in which nothing was chosen: the form reads over it.
            _ => {}
        }
    }
    let received = received.ok_or_else(no_file)?;
    // Whoever asks may be gone by now: what was begun is finished all the same, so that nothing stays half done.
    let (services, owner) = (services.clone(), me.id);
    let kept = tokio::spawn(async move { keep(&services, owner, received).await }).await;
    Ok(kept.map_err(Error::internal)??)
}

/// A file that has arrived whole.
struct Received {
    incoming: Incoming,
    filename: String,
    size: u64,
    media: &'static MediaType,
}

async fn receive_file(services: &Services, form: &mut Form<'_>, filename: &str) -> Result<Received, Failure> {
    let files = &services.files;
    let filename = clean_filename(filename);
    let media = extension(&filename).and_then(|extension| files.allowed(&extension));
    let media = media.ok_or_else(|| invalid_type(format!("expected one of {}", files.extensions())))?;
    let mut incoming = files.folder.create().await?;
    let mut check = ContentCheck::new(media);
    let mut size = 0;
    while let Some(piece) = form.piece().await? {
        size += piece.len() as u64;
        if let Some(max) = files.max_bytes.filter(|max| size > *max) {
            return Err(too_large(max));
        }
        if !check.takes(&piece) {
            return Err(invalid_type(CONTENT_DIFFERS));
        }
        incoming.write(&piece).await?;
    }
    if !check.is_right() {
        return Err(invalid_type(CONTENT_DIFFERS));
    }
    Ok(Received { incoming, filename, size, media })
}

/// The record comes first and the names last: what a crash leaves between them is a record that nobody knows of, which
/// goes like every upload that nothing uses, and unfinished files, which go at the next start.
async fn keep(services: &Services, owner: UserId, received: Received) -> Result<File, Error> {
    let Received { mut incoming, filename, size, media } = received;
    incoming.sync().await?;
    let prepared = services.files.prepare(incoming, size, media).await?;
    let (thumbnail, small) = match prepared.thumbnail {
        Some(PreparedThumbnail { content, size, extension }) => {
            let name = new_name(extension)?;
            (Some(Thumbnail { name: name.clone(), size }), Some((content, name)))
        }
        None => (None, None),
    };
    let file = File {
        name: new_name(media.extension)?,
        filename,
        size: prepared.size,
        mimetype: prepared.mimetype.to_owned(),
        message_type: message_type(prepared.mimetype),
        dimensions: prepared.dimensions,
        duration: prepared.duration,
        thumbnail,
    };
    services.uploads.add(owner, file.clone()).await?;
    if let Some((content, name)) = small {
        services.files.folder.keep(content, &name).await?;
    }
    services.files.folder.keep(prepared.content, &file.name).await?;
    Ok(file)
}

fn new_name(extension: &str) -> Result<UploadName, Error> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(Error::internal)?;
    Ok(UploadName::new(u128::from_be_bytes(random), extension))
}

async fn read_off(mut body: Body) {
    let mut left = LINGER_BYTES;
    while let Some(Ok(frame)) = body.frame().await {
        let Some(rest) = left.checked_sub(frame.data_ref().map_or(0, |data| data.len())) else { return };
        left = rest;
    }
}

impl From<FormError> for Failure {
    fn from(error: FormError) -> Self {
        match error {
            FormError::Broken => broken(),
            FormError::Oversized => Self::Status(StatusCode::PAYLOAD_TOO_LARGE),
            FormError::Slow => Self::Status(StatusCode::REQUEST_TIMEOUT),
        }
    }
}

pub(in crate::http) fn broken() -> Failure {
    refused(StatusCode::BAD_REQUEST, "Invalid payload", "invalid_payload")
}

pub(in crate::http) fn no_file() -> Failure {
    refused(StatusCode::BAD_REQUEST, "No file", "no_file")
}

pub(in crate::http) fn too_many_files() -> Failure {
    refused(StatusCode::BAD_REQUEST, "Too many files", "too_many_files")
}

/// Why a file with an extension that is allowed is refused all the same.
pub(in crate::http) const CONTENT_DIFFERS: &str = "the content is not what the extension says";

pub(in crate::http) fn invalid_type(reason: impl Into<Cow<'static, str>>) -> Failure {
    let body = ErrorBody::new("Invalid file type", "invalid_file_type");
    Failure::Told(StatusCode::BAD_REQUEST, body.with_reason(reason))
}

pub(in crate::http) fn too_large(limit: u64) -> Failure {
    let body = ErrorBody::new("File too large", "file_too_large");
    Failure::Told(StatusCode::PAYLOAD_TOO_LARGE, body.with_limit(limit))
}

const fn refused(status: StatusCode, error: &'static str, code: &'static str) -> Failure {
    Failure::Told(status, ErrorBody::new(error, code))
}
