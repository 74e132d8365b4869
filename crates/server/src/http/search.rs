use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use chirrup_protocol::answer::FoundList;
use http::{Response, StatusCode};

use super::failure::Failure;
use super::query::Params;
use super::reply;
use super::session::Actor;
use crate::services::Services;

/// `GET /api/search`.
pub(super) async fn search(
    State(services): State<Arc<Services>>,
    Actor(me): Actor,
    params: Params,
) -> Result<Response<Body>, Failure> {
    let page = services.searches.search(me.id, params.search()?).await?;
    Ok(reply::success(StatusCode::OK, FoundList::from(&page)))
}
