use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use chirrup_protocol::{User, answer, request};
use http::{Response, StatusCode};

use super::body::Json;
use super::failure::Failure;
use super::id;
use super::path::Path;
use super::query::Params;
use super::reply;
use super::session::Actor;
use crate::services::Services;

/// `GET /api/users`: people, by name.
pub(super) async fn list(
    State(services): State<Arc<Services>>,
    Actor(_): Actor,
    params: Params,
) -> Result<Response<Body>, Failure> {
    let (found, more) = services.accounts.list_people(params.people_page()?).await?;
    let users = found.iter().map(|user| User::other(user, services.presence.is_online(user.id))).collect();
    Ok(reply::success(StatusCode::OK, answer::UserList { users, more }))
}

/// `PATCH /api/users/me`.
pub(super) async fn update_me(
    State(services): State<Arc<Services>>,
    Actor(me): Actor,
    Json(body): Json,
) -> Result<Response<Body>, Failure> {
    let me = services.accounts.update_profile(me.id, request::parse_profile_change(&body)?).await?;
    let user = User::oneself(&me, services.presence.is_online(me.id));
    Ok(reply::success(StatusCode::OK, answer::OneUser { user }))
}

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
    let id = id::user(&id)?;
    let found = services.accounts.user(id).await?;
    let user = User::other(&found, services.presence.is_online(id));
    Ok(reply::success(StatusCode::OK, answer::OneUser { user }))
}
