use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use chirrup_domain::account::SignedIn;
use chirrup_protocol::{User, answer, request};
use http::{Response, StatusCode};

use super::body::Json;
use super::failure::Failure;
use super::reply;
use crate::services::Services;

/// `POST /api/auth/register`.
pub(super) async fn register(
    State(services): State<Arc<Services>>,
    Json(body): Json,
) -> Result<Response<Body>, Failure> {
    let signed_in = services.accounts.register(request::parse_registration(&body)?).await?;
    Ok(welcome(&services, StatusCode::CREATED, &signed_in))
}

/// `POST /api/auth/login`.
pub(super) async fn login(
    State(services): State<Arc<Services>>,
    Json(body): Json,
) -> Result<Response<Body>, Failure> {
    let signed_in = services.accounts.sign_in(request::parse_login(&body)?).await?;
    Ok(welcome(&services, StatusCode::OK, &signed_in))
}

fn welcome(services: &Services, status: StatusCode, signed_in: &SignedIn) -> Response<Body> {
    let SignedIn { user, token } = signed_in;
    let user = User::oneself(user, services.presence.is_online(user.id));
    reply::success(status, answer::SignedIn { token, user })
}
