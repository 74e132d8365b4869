use std::sync::Arc;

use axum::Router;
use axum::routing::{delete, get, post, put};
use http::StatusCode;

use super::failure::Failure;
use super::{accounts, blocks, conversations, health, home, members, messages, receipts, uploads, users};
use crate::services::Services;

/// What programs talk to; here every answer is JSON.
pub(super) const API: &str = "/api/";

/// Every route.
pub(super) fn all(services: Arc<Services>) -> Router {
    Router::new()
        .route("/", get(home::page))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/api/auth/register", post(accounts::register))
        .route("/api/auth/login", post(accounts::login))
        .route("/api/auth/refresh", post(accounts::refresh))
        .route("/api/auth/logout_all", post(accounts::log_out_all))
        .route("/api/auth/password", post(accounts::change_password))
        .route("/api/users", get(users::list))
        .route("/api/users/me", get(users::me).patch(users::update_me))
        .route("/api/users/{id}", get(users::one))
        .route("/api/conversations", get(conversations::list).post(conversations::create))
        .route("/api/users/me/blocks", get(blocks::list))
        .route("/api/users/{id}/block", put(blocks::block).delete(blocks::unblock))
        .route(
            "/api/conversations/{id}",
            get(conversations::one).patch(members::update).delete(members::delete),
        )
        .route("/api/conversations/{id}/mute", put(members::mute).delete(members::unmute))
        .route("/api/conversations/{id}/members", get(members::list).post(members::add))
        .route("/api/conversations/{id}/members/{user}", delete(members::remove).patch(members::set_role))
        .route("/api/conversations/{id}/messages", get(messages::list).post(messages::send))
        .route("/api/messages/{id}", get(messages::one))
        .route("/api/messages/{id}/readers", get(receipts::readers))
        .route("/api/upload", post(uploads::upload))
        .route("/uploads/{name}", get(uploads::one))
        .fallback(async || Failure::Status(StatusCode::NOT_FOUND))
        .with_state(services)
}
