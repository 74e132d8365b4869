use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use chirrup_domain::Error;
use chirrup_domain::account::Source;
use http::request::Parts;

use super::failure::Failure;
use crate::client_address::FORWARDED;
use crate::services::Services;

/// The other end of the connection that a request came by, as the front attaches it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer(pub SocketAddr);

/// Where a request comes from, for limits.
pub(super) struct From(pub Source);

impl FromRequestParts<Arc<Services>> for From {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, services: &Arc<Services>) -> Result<Self, Failure> {
        let Peer(peer) = parts.extensions.get().ok_or_else(|| Error::internal("a request without a peer"))?;
        let forwarded: Vec<_> =
            parts.headers.get_all(FORWARDED).iter().filter_map(|value| value.to_str().ok()).collect();
        Ok(Self(Source::of(services.proxies.client(*peer, forwarded.into_iter()))))
    }
}
