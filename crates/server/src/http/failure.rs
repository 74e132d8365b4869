use std::error::Error as _;

use axum::response::IntoResponse;
use chirrup_domain::Error;
use chirrup_domain::account::Unauthenticated;
use chirrup_protocol::ErrorBody;
use http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};

use super::reply;

/// A refused request, as HTTP tells it.
#[derive(Debug)]
pub(super) enum Failure {
    /// The domain refused it.
    Refused(Error),
    /// Its token lets nobody in.
    Unauthenticated(Unauthenticated),
    /// HTTP's own: the status says it.
    Status(StatusCode),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl From<Unauthenticated> for Failure {
    fn from(error: Unauthenticated) -> Self {
        Self::Unauthenticated(error)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> axum::response::Response {
        match self {
            Self::Refused(error) | Self::Unauthenticated(Unauthenticated::Unchecked(error)) => {
                refused(&error)
            }
            Self::Unauthenticated(Unauthenticated::NoToken) => unauthorized("No token", "no_token"),
            Self::Unauthenticated(Unauthenticated::InvalidToken) => {
                unauthorized("Invalid token", "invalid_token")
            }
            Self::Unauthenticated(Unauthenticated::UserNotFound) => {
                unauthorized("User not found", "user_not_found")
            }
            Self::Status(status) => reply::json(status, &reply::error_of(status)),
        }
    }
}

fn refused(error: &Error) -> axum::response::Response {
    // What lies underneath is told here, once, and to nobody else.
    if let Some(cause) = error.source() {
        tracing::error!(code = error.code(), cause, "a request failed");
    }
    let mut response = reply::json(status(error), &ErrorBody::from(error));
    if let Error::RateLimited { retry_after } = error {
        let seconds = retry_after.as_millis().div_ceil(1000);
        if let Ok(seconds) = HeaderValue::try_from(seconds.to_string()) {
            response.headers_mut().insert(RETRY_AFTER, seconds);
        }
    }
    response
}

fn unauthorized(error: &'static str, code: &'static str) -> axum::response::Response {
    let mut response = reply::json(StatusCode::UNAUTHORIZED, &ErrorBody::new(error, code));
    response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    response
}

const fn status(error: &Error) -> StatusCode {
    match error {
        Error::InvalidPayload { .. }
        | Error::EmptyMessage
        | Error::MessageTooLong
        | Error::InvalidFile
        | Error::TooManyMembers => StatusCode::UNPROCESSABLE_ENTITY,
        Error::NotAMember | Error::RegistrationClosed => StatusCode::FORBIDDEN,
        Error::UserNotFound | Error::MessageNotFound => StatusCode::NOT_FOUND,
        Error::UsernameTaken | Error::EmailTaken => StatusCode::CONFLICT,
        Error::InvalidCredentials | Error::AuthenticationFailed => StatusCode::UNAUTHORIZED,
        Error::RateLimited { .. } => StatusCode::TOO_MANY_REQUESTS,
        Error::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
