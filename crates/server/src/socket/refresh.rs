//! `refresh_token`: a connection goes on with another token.

use chirrup_domain::account::Unauthenticated;
use chirrup_domain::{Error, Result, Timestamp};
use chirrup_protocol::request;

use super::device::{DeviceSocket, Lease};
use super::expiry::Expiry;
use crate::services::Services;

/// Lets the device stay for as long as the token in the payload is good, which has to be the same user's. Answers until
/// when.
pub(super) async fn refresh_token(
    services: &Services,
    expiry: &Expiry,
    socket: &DeviceSocket,
    payload: &str,
) -> Result<Timestamp> {
    let token = request::parse_refresh_token(payload)?;
    let session = match services.accounts.authenticate(Some(&token)).await {
        Ok(session) if session.user.id == socket.data.user => session,
        Err(Unauthenticated::Unchecked(error)) => return Err(error),
        _ => return Err(Error::AuthenticationFailed),
    };
    match expiry.renew(socket, Lease::from(&session)) {
        true => Ok(session.expires_at),
        false => Err(Error::AuthenticationFailed),
    }
}
