use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use chirrup_domain::Error;
use chirrup_protocol::answer;
use http::{Response, StatusCode};

use super::failure::Failure;
use super::path::Path;
use super::query::Params;
use super::reply;
use super::session::Actor;
use crate::services::Services;

/// `GET /api/messages/:id/readers`.
pub(super) async fn readers(
    State(services): State<Arc<Services>>,
    Actor(me): Actor,
    Path(id): Path<String>,
    params: Params,
) -> Result<Response<Body>, Failure> {
    let page = params.reader_page()?;
    let id = id.parse().map_err(|_| Error::MessageNotFound)?;
    let (readers, more) = services.receipts.readers(id, me.id, page).await?;
    Ok(reply::success(StatusCode::OK, answer::ReaderList::new(&readers, more)))
}
