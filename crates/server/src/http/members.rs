use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use chirrup_domain::Error;
use chirrup_domain::conversation::ConversationView;
use chirrup_protocol::{Participant, answer, request};
use http::{Response, StatusCode};

use super::body::Json;
use super::conversations::shown;
use super::failure::Failure;
use super::id;
use super::path::Path;
use super::query::Params;
use super::reply;
use super::session::Actor;
use crate::services::Services;

/// `GET /api/conversations/:id/members`.
pub(super) async fn list(
    State(services): State<Arc<Services>>,
    Actor(me): Actor,
    Path(id): Path<String>,
    params: Params,
) -> Result<Response<Body>, Failure> {
    let page = params.user_page()?;
    let found = services.store.list_members(id::conversation(&id)?, me.id, page).await?;
    let (members, more) = found.ok_or(Error::NotAMember)?;
    let members = members.iter().map(|member| Participant::in_answer(member, &*services.presence)).collect();
    Ok(reply::success(StatusCode::OK, answer::MemberList { members, more }))
}

/// `POST /api/conversations/:id/members`.
pub(super) async fn add(
    State(services): State<Arc<Services>>,
    Actor(me): Actor,
    Path(id): Path<String>,
    Json(body): Json,
) -> Result<Response<Body>, Failure> {
    let users = request::parse_new_members(&body)?;
    let view = services.members.add(me.id, id::conversation(&id)?, users).await?;
    Ok(changed(&services, &view))
}

/// `DELETE /api/conversations/:id/members/:userId`.
pub(super) async fn remove(
    State(services): State<Arc<Services>>,
    Actor(me): Actor,
    Path((id, user)): Path<(String, String)>,
) -> Result<Response<Body>, Failure> {
    services.members.remove(me.id, id::conversation(&id)?, id::user(&user)?).await?;
    Ok(done())
}

/// `PATCH /api/conversations/:id/members/:userId`.
pub(super) async fn set_role(
    State(services): State<Arc<Services>>,
    Actor(me): Actor,
    Path((id, user)): Path<(String, String)>,
    Json(body): Json,
) -> Result<Response<Body>, Failure> {
    let role = request::parse_new_role(&body)?;
    let view = services.members.set_role(me.id, id::conversation(&id)?, id::user(&user)?, role).await?;
    Ok(changed(&services, &view))
}

/// `PATCH /api/conversations/:id`.
pub(super) async fn update(
    State(services): State<Arc<Services>>,
    Actor(me): Actor,
    Path(id): Path<String>,
    Json(body): Json,
) -> Result<Response<Body>, Failure> {
    let look = request::parse_group_look(&body)?;
    let view = services.members.update(me.id, id::conversation(&id)?, look).await?;
    Ok(changed(&services, &view))
}

/// `DELETE /api/conversations/:id`.
pub(super) async fn delete(
    State(services): State<Arc<Services>>,
    Actor(me): Actor,
    Path(id): Path<String>,
) -> Result<Response<Body>, Failure> {
    services.members.delete(me.id, id::conversation(&id)?).await?;
    Ok(done())
}

/// `PUT /api/conversations/:id/mute`.
pub(super) async fn mute(
    State(services): State<Arc<Services>>,
    Actor(me): Actor,
    Path(id): Path<String>,
) -> Result<Response<Body>, Failure> {
    services.store.set_muted(id::conversation(&id)?, me.id, true).await?;
    Ok(done())
}

/// `DELETE /api/conversations/:id/mute`.
pub(super) async fn unmute(
    State(services): State<Arc<Services>>,
    Actor(me): Actor,
    Path(id): Path<String>,
) -> Result<Response<Body>, Failure> {
    services.store.set_muted(id::conversation(&id)?, me.id, false).await?;
    Ok(done())
}

fn changed(services: &Services, view: &ConversationView) -> Response<Body> {
    shown(services, StatusCode::OK, view)
}

fn done() -> Response<Body> {
    reply::success(StatusCode::OK, answer::Nothing {})
}
