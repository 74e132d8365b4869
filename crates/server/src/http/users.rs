use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use chirrup_domain::{Error, UserId};
use chirrup_protocol::{User, answer};
use http::{Response, StatusCode};

use super::failure::Failure;
use super::reply;
use super::session::Actor;
use crate::services::Services;

/// `GET /api/users/me`.
pub(super) async fn me(State(services): State<Arc<Services>>, Actor(me): Actor) -> Response<Body> {
    let user = User::oneself(&me, services.presence.is_online(me.id));
    reply::success(StatusCode::OK, answer::OneUser { user })
}

/// `GET /api/users/:id`.
pub(super) async fn one(
    State(services): State<Arc<Services>>,
    Actor(_): Actor,
    Path(id): Path<String>,
) -> Result<Response<Body>, Failure> {
    let id: UserId = id.parse().map_err(|_| Error::UserNotFound)?;
    let found = services.accounts.user(id).await?;
    let user = User::other(&found, services.presence.is_online(id));
    Ok(reply::success(StatusCode::OK, answer::OneUser { user }))
}
