use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use chirrup_domain::Error;
use chirrup_domain::conversation::ConversationView;
use chirrup_protocol::request::CreateConversation;
use chirrup_protocol::{self as protocol, answer};
use http::{Response, StatusCode};

use super::body::Json;
use super::failure::Failure;
use super::id;
use super::path::Path;
use super::query::Params;
use super::reply;
use super::session::Actor;
use crate::services::Services;

/// `GET /api/conversations`.
pub(super) async fn list(
    State(services): State<Arc<Services>>,
    Actor(me): Actor,
    params: Params,
) -> Result<Response<Body>, Failure> {
    let (views, next) = services.conversations.list(me.id, params.conversation_page()?).await?;
    let next = next.map(|place| protocol::ListPlace(place).to_string());
    let conversations =
        views.iter().map(|view| protocol::ConversationView::new(view, &*services.presence)).collect();
    Ok(reply::success(StatusCode::OK, answer::ConversationList { conversations, more: next.is_some(), next }))
}

/// `POST /api/conversations`: 201, or 200 with the direct one that exists.
pub(super) async fn create(
    State(services): State<Arc<Services>>,
    Actor(me): Actor,
    Json(body): Json,
) -> Result<Response<Body>, Failure> {
    let created = match CreateConversation::parse(&body)? {
        CreateConversation::Direct { participants } => {
            let other = CreateConversation::other(me.id, &participants)?;
            services.conversations.create_direct(me.id, other).await?
        }
        CreateConversation::Group { name, avatar, participants } => {
            services.conversations.create_group(me.id, &name, avatar, participants).await?
        }
    };
    let status = if created.existed { StatusCode::OK } else { StatusCode::CREATED };
    Ok(shown(&services, status, &created.view))
}

/// `GET /api/conversations/:id`.
pub(super) async fn one(
    State(services): State<Arc<Services>>,
    Actor(me): Actor,
    Path(id): Path<String>,
) -> Result<Response<Body>, Failure> {
    let view = services.conversations.find(id::conversation(&id)?, me.id).await?.ok_or(Error::NotAMember)?;
    Ok(shown(&services, StatusCode::OK, &view))
}

/// An answer with this conversation.
pub(super) fn shown(services: &Services, status: StatusCode, view: &ConversationView) -> Response<Body> {
    let conversation = protocol::ConversationView::new(view, &*services.presence);
    reply::success(status, answer::OneConversation { conversation })
}
