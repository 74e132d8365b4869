use std::sync::Arc;

use axum::extract::FromRequestParts;
use chirrup_domain::account::{Session, User};
use http::HeaderMap;
use http::header::AUTHORIZATION;
use http::request::Parts;

use super::failure::Failure;
use crate::services::Services;

/// Who asks, by the token in `Authorization: Bearer <token>`. A route that takes it is for signed-in users only.
pub(super) struct Actor(pub User);

/// As [`Actor`], for what concerns the token itself.
pub(super) struct Signed(pub Session);

impl FromRequestParts<Arc<Services>> for Signed {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, services: &Arc<Services>) -> Result<Self, Failure> {
        Ok(Self(services.accounts.authenticate(bearer(&parts.headers)).await?))
    }
}

impl FromRequestParts<Arc<Services>> for Actor {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, services: &Arc<Services>) -> Result<Self, Failure> {
        let Signed(session) = Signed::from_request_parts(parts, services).await?;
        Ok(Self(session.user))
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(value: &str) -> Option<String> {
        let headers = HeaderMap::from_iter([(AUTHORIZATION, value.parse().unwrap())]);
        bearer(&headers).map(str::to_owned)
    }

    #[test]
    fn only_a_bearer_brings_a_token() {
        assert_eq!(token("Bearer abc").as_deref(), Some("abc"));
        assert_eq!(token("bearer  abc ").as_deref(), Some("abc"));
        assert_eq!(token("Basic abc"), None);
        assert_eq!(token("abc"), None);
        assert_eq!(bearer(&HeaderMap::new()), None);
    }
}
