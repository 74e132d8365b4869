use std::time::Duration;

use axum::extract::{FromRequest, Request};
use chirrup_domain::Error;
use http::StatusCode;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::time::timeout;

use super::failure::Failure;

/// Most bytes of a JSON body; as much as one packet of a socket.
const MAX_BYTES: usize = 1_000_000;
/// A body has this long to arrive.
const MAX_TIME: Duration = Duration::from_secs(30);

/// A request's body as JSON text, whatever its `Content-Type` says: no answer depends on a cookie, so that a page of
/// another origin gains nothing by calling its body plain text.
pub(super) struct Json(pub String);

impl<S: Sync> FromRequest<S> for Json {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &S) -> Result<Self, Failure> {
        let body = Limited::new(request.into_body(), MAX_BYTES).collect();
        let arrived =
            timeout(MAX_TIME, body).await.map_err(|_| Failure::Status(StatusCode::REQUEST_TIMEOUT))?;
        let bytes = arrived.map_err(|error| match error.is::<LengthLimitError>() {
            true => Failure::Status(StatusCode::PAYLOAD_TOO_LARGE),
            false => Failure::Status(StatusCode::BAD_REQUEST),
        })?;
        let text = String::from_utf8(bytes.to_bytes().into());
        text.map(Self).map_err(|_| Error::InvalidPayload { field: "payload" }.into())
    }
}
