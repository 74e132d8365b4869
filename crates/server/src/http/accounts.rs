use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use chirrup_domain::account::{NewPassword, SignedIn};
use chirrup_protocol::request::ChangePassword;
use chirrup_protocol::{User, answer, request};
use http::{Response, StatusCode};

use super::body::Json;
use super::failure::Failure;
use super::reply;
use super::session::Signed;
use super::source::From;
use crate::services::Services;

/// `POST /api/auth/register`.
pub(super) async fn register(
    State(services): State<Arc<Services>>,
    From(from): From,
    Json(body): Json,
) -> Result<Response<Body>, Failure> {
    let signed_in = services.accounts.register(request::parse_registration(&body)?, from).await?;
    Ok(welcome(&services, StatusCode::CREATED, &signed_in))
}

/// `POST /api/auth/login`.
pub(super) async fn login(
    State(services): State<Arc<Services>>,
    From(from): From,
    Json(body): Json,
) -> Result<Response<Body>, Failure> {
    let signed_in = services.accounts.sign_in(request::parse_login(&body)?, from).await?;
    Ok(welcome(&services, StatusCode::OK, &signed_in))
}

/// `POST /api/auth/refresh`: another token, as good as a new one.
pub(super) async fn refresh(
    State(services): State<Arc<Services>>,
    Signed(session): Signed,
) -> Result<Response<Body>, Failure> {
    let signed_in = services.accounts.refresh(session)?;
    Ok(welcome(&services, StatusCode::OK, &signed_in))
}

/// `POST /api/auth/logout_all`.
pub(super) async fn log_out_all(
    State(services): State<Arc<Services>>,
    Signed(session): Signed,
) -> Result<Response<Body>, Failure> {
    services.accounts.log_out_all(&session).await?;
    Ok(reply::success(StatusCode::OK, answer::Nothing {}))
}

/// `POST /api/auth/password`.
pub(super) async fn change_password(
    State(services): State<Arc<Services>>,
    Signed(session): Signed,
    From(from): From,
    Json(body): Json,
) -> Result<Response<Body>, Failure> {
    let ChangePassword { current, new } = ChangePassword::parse(&body)?;
    let signed_in = services.accounts.change_password(session, NewPassword { current, new, from }).await?;
    Ok(welcome(&services, StatusCode::OK, &signed_in))
}

fn welcome(services: &Services, status: StatusCode, signed_in: &SignedIn) -> Response<Body> {
    let SignedIn { user, token } = signed_in;
    let user = User::oneself(user, services.presence.is_online(user.id));
    reply::success(status, answer::SignedIn { token, user })
}
