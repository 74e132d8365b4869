use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use chirrup_protocol::answer::Nothing;
use http::{Response, StatusCode};

use super::failure::Failure;
use super::reply;
use crate::services::Services;

/// `GET /healthz`: the process answers.
pub(super) async fn alive() -> Response<Body> {
    reply::success(StatusCode::OK, Nothing {})
}

/// `GET /readyz`: so does its store.
pub(super) async fn ready(State(services): State<Arc<Services>>) -> Result<Response<Body>, Failure> {
    services.readiness.check(&*services.store).await?;
    Ok(reply::success(StatusCode::OK, Nothing {}))
}
