use axum::extract::FromRequestParts;
use axum::extract::path;
use http::StatusCode;
use http::request::Parts;
use serde::de::DeserializeOwned;

use super::failure::Failure;

/// The parameters of a path, as text. There is nothing where a path is no text.
pub(in crate::http) struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let found = path::Path::from_request_parts(parts, state).await;
        found
            .map(|path::Path(parameters)| Self(parameters))
            .map_err(|_| Failure::Status(StatusCode::NOT_FOUND))
    }
}
