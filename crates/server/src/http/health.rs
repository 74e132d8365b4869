use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use chirrup_domain::Error;
use chirrup_protocol::answer::Nothing;
use http::{Response, StatusCode};
use tokio::time::timeout;

use super::failure::Failure;
use super::reply;
use crate::services::Services;

/// The store has this long to answer, or the server is not ready.
const STORE_TIMEOUT: Duration = Duration::from_secs(2);

/// `GET /healthz`: the process answers.
pub(super) async fn alive() -> Response<Body> {
    reply::success(StatusCode::OK, Nothing {})
}

/// `GET /readyz`: so does its store.
pub(super) async fn ready(State(services): State<Arc<Services>>) -> Result<Response<Body>, Failure> {
    timeout(STORE_TIMEOUT, services.store.ping()).await.map_err(Error::unavailable)??;
    Ok(reply::success(StatusCode::OK, Nothing {}))
}
