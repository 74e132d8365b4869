use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use chirrup_domain::{Error, UserId};
use chirrup_protocol::{User, answer};
use http::{Response, StatusCode};

use super::failure::Failure;
use super::id;
use super::path::Path;
use super::query::Params;
use super::reply;
use super::session::Actor;
use crate::services::Services;

/// `GET /api/users/me/blocks`.
pub(super) async fn list(
    State(services): State<Arc<Services>>,
    Actor(me): Actor,
    params: Params,
) -> Result<Response<Body>, Failure> {
    let (blocked, more) = services.store.list_blocked(me.id, params.user_page()?).await?;
    let users = blocked.iter().map(|user| User::other(user, services.presence.is_online(user.id))).collect();
    Ok(reply::success(StatusCode::OK, answer::UserList { users, more }))
}

/// `PUT /api/users/:id/block`.
pub(super) async fn block(
    State(services): State<Arc<Services>>,
    Actor(me): Actor,
    Path(id): Path<String>,
) -> Result<Response<Body>, Failure> {
    set(&services, me.id, &id, true).await
}

/// `DELETE /api/users/:id/block`.
pub(super) async fn unblock(
    State(services): State<Arc<Services>>,
    Actor(me): Actor,
    Path(id): Path<String>,
) -> Result<Response<Body>, Failure> {
    set(&services, me.id, &id, false).await
}

async fn set(services: &Services, me: UserId, id: &str, blocked: bool) -> Result<Response<Body>, Failure> {
    let other = id::user(id)?;
    if other == me {
        // One's own notes are nobody's to stop.
        return Err(Error::InvalidPayload { field: "id" }.into());
    }
    services.store.set_blocked(me, other, blocked).await?;
    Ok(reply::success(StatusCode::OK, answer::Nothing {}))
}
