use axum::response::IntoResponse;
use chirrup_domain::Error;
use chirrup_domain::account::Unauthenticated;
use chirrup_protocol::ErrorBody;
use http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};

use super::reply;
use crate::log;

/// A refused request, as HTTP tells it.
#[derive(Debug)]
pub(super) enum Failure {
    /// The domain refused it.
    Refused(Error),
    /// Its token lets nobody in.
    Unauthenticated(Unauthenticated),
    /// Refused by HTTP's part of the server, in these words.
    Told(StatusCode, ErrorBody),
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

impl Failure {
    /// The status and the body that it is told with.
    pub(super) fn told(&self) -> (StatusCode, ErrorBody) {
        match self {
            Self::Refused(error) | Self::Unauthenticated(Unauthenticated::Unchecked(error)) => {
                (status(error), error.into())
            }
            Self::Unauthenticated(Unauthenticated::NoToken) => unauthorized("No token", "no_token"),
            Self::Unauthenticated(Unauthenticated::InvalidToken) => {
                unauthorized("Invalid token", "invalid_token")
            }
            Self::Unauthenticated(Unauthenticated::UserNotFound) => {
                unauthorized("User not found", "user_not_found")
            }
            Self::Told(status, body) => (*status, body.clone()),
            Self::Status(status) => (*status, reply::error_of(*status)),
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> axum::response::Response {
        let (status, body) = self.told();
        let mut response = reply::json(status, &body);
        match &self {
            Self::Refused(error) | Self::Unauthenticated(Unauthenticated::Unchecked(error)) => {
                log::refusal("an HTTP request", error);
                if let Error::RateLimited { retry_after } = error {
                    let seconds = retry_after.as_millis().div_ceil(1000);
                    if let Ok(seconds) = HeaderValue::try_from(seconds.to_string()) {
                        response.headers_mut().insert(RETRY_AFTER, seconds);
                    }
                }
            }
            Self::Unauthenticated(_) => {
                response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            Self::Told(..) | Self::Status(_) => {}
        }
        response
    }
}

const fn unauthorized(error: &'static str, code: &'static str) -> (StatusCode, ErrorBody) {
    (StatusCode::UNAUTHORIZED, ErrorBody::new(error, code))
}

const fn status(error: &Error) -> StatusCode {
    match error {
        Error::InvalidPayload { .. }
        | Error::InvalidQuery(_)
        | Error::EmptyMessage
        | Error::MessageTooLong { .. }
        | Error::InvalidFile
        | Error::InvalidEmoji
        | Error::TooManyReactions
        | Error::TooManyMembers { .. }
        | Error::NotAGroup => StatusCode::UNPROCESSABLE_ENTITY,
        Error::NotAMember
        | Error::NotAllowed
        | Error::TooOld
        | Error::Blocked
        | Error::RegistrationClosed
        | Error::InvalidSetupCode => StatusCode::FORBIDDEN,
        Error::UserNotFound | Error::MessageNotFound => StatusCode::NOT_FOUND,
        Error::UsernameTaken | Error::EmailTaken => StatusCode::CONFLICT,
        Error::InvalidCredentials | Error::AuthenticationFailed => StatusCode::UNAUTHORIZED,
        Error::RateLimited { .. } => StatusCode::TOO_MANY_REQUESTS,
        Error::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http_body_util::BodyExt;

    use super::*;

    async fn told(failure: impl Into<Failure>) -> (StatusCode, Option<String>, String) {
        let (head, body) = failure.into().into_response().into_parts();
        let retry_after = head.headers.get(RETRY_AFTER).map(|value| value.to_str().unwrap().to_owned());
        let body = body.collect().await.unwrap().to_bytes();
        (head.status, retry_after, String::from_utf8(body.into()).unwrap())
    }

    #[tokio::test]
    async fn too_many_requests_are_told_when_to_come_back() {
        let limited = Error::RateLimited { retry_after: Duration::from_millis(1500) };
        let (status, retry_after, body) = told(limited).await;
        assert_eq!((status, retry_after.as_deref()), (StatusCode::TOO_MANY_REQUESTS, Some("2")));
        assert!(body.contains("\"retryAfter\":1500"), "{body}");
    }

    #[tokio::test]
    async fn an_outage_is_no_refusal_of_the_token_and_tells_nothing_of_itself() {
        let unchecked = Unauthenticated::Unchecked(Error::unavailable("/var/lib/chirrup.db: disk I/O error"));
        let (status, _, body) = told(unchecked).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(body, r#"{"success":false,"error":"Try again later","code":"unavailable"}"#);
    }
}
