use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use chirrup_domain::Error;
use chirrup_domain::message::{SendMessage, SendTo};
use chirrup_protocol::answer;
use chirrup_protocol::request::Content;
use http::{Response, StatusCode};

use super::body::Json;
use super::failure::Failure;
use super::id;
use super::path::Path;
use super::query::Params;
use super::reply;
use super::session::Actor;
use crate::services::Services;

/// `GET /api/conversations/:id/messages`.
pub(super) async fn list(
    State(services): State<Arc<Services>>,
    Actor(me): Actor,
    Path(id): Path<String>,
    params: Params,
) -> Result<Response<Body>, Failure> {
    let page = params.history_page()?;
    let history =
        services.store.list_messages(id::conversation(&id)?, me.id, page).await?.ok_or(Error::NotAMember)?;
    Ok(reply::success(StatusCode::OK, answer::MessageList::from(&history)))
}

/// `POST /api/conversations/:id/messages`: for programs, the same send as the socket's; 201, or 200 with the message
/// that its `clientId` made before.
pub(super) async fn send(
    State(services): State<Arc<Services>>,
    Actor(me): Actor,
    Path(id): Path<String>,
    Json(body): Json,
) -> Result<Response<Body>, Failure> {
    let Content { text, file, reply_to, client_id } = Content::parse(&body)?;
    let to = SendTo::Conversation(id::conversation(&id)?);
    let sent = services
        .send(SendMessage { sender: me.id, to, content: text, file, reply_to, client_id, origin: None })
        .await?;
    let status = if sent.repeated { StatusCode::OK } else { StatusCode::CREATED };
    Ok(reply::success(status, answer::MessageSent::to_conversation(&sent.message)))
}

/// `GET /api/messages/:id`.
pub(super) async fn one(
    State(services): State<Arc<Services>>,
    Actor(me): Actor,
    Path(id): Path<String>,
) -> Result<Response<Body>, Failure> {
    let id = id.parse().map_err(|_| Error::MessageNotFound)?;
    let message = services.store.find_message(id, me.id).await?.ok_or(Error::MessageNotFound)?;
    Ok(reply::success(StatusCode::OK, answer::OneMessage { message: (&message).into() }))
}
