//! Handshakes: who a device belongs to, and what it joins.

use std::sync::Arc;

use chirrup_domain::account::Session;
use chirrup_protocol::connect_error;
use chirrup_socketio::{Accept, Event, Handler, Handshake, Reason, Refusal, Reply, Socket};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::device::{Device, DeviceSocket};
use super::expiry::Expiry;
use super::presence::Announcer;
use super::{events, rooms};
use crate::services::Services;

/// Handles what the devices do.
pub(super) struct Devices {
    pub(super) services: Arc<Services>,
    announcer: Arc<Announcer>,
    expiry: Arc<Expiry>,
}

/// What a client gives in `auth`.
#[derive(Default, Deserialize)]
struct Auth<'a> {
    #[serde(borrow, default)]
    token: Option<&'a RawValue>,
}

impl Devices {
    pub(super) fn new(services: Arc<Services>, announcer: Arc<Announcer>, expiry: Arc<Expiry>) -> Self {
        Self { services, announcer, expiry }
    }
}

impl Handler for Devices {
    type Data = Device;

    async fn connect(&self, handshake: Handshake<'_>) -> Result<Accept<Device>, Refusal> {
        let token = token(handshake.auth);
        match self.services.accounts.authenticate(token.as_deref()).await {
            Ok(Session { user, expires_at }) => {
                Ok(Accept::new(Device { user: user.id, username: user.username.into(), expires_at }))
            }
            Err(error) => {
                tracing::debug!(session = %handshake.session, %error, "handshake refused");
                let refused = connect_error(&error).map(|message| Refusal::Error(message.to_owned()));
                Err(refused.unwrap_or(Refusal::CloseTransport))
            }
        }
    }

    async fn connected(&self, socket: &DeviceSocket) {
        let user = socket.data.user;
        // The user's room first: whatever group they come into from here on, the publisher joins its room for them.
        socket.join(&rooms::of_user(user));
        self.services.metrics.connected();
        self.expiry.watch(socket);
        let comes_online = self.announcer.arrive(&socket.data);
        match self.services.store.list_group_ids(user).await {
            Ok(groups) => {
                for group in groups {
                    socket.join(&rooms::of_group(group));
                }
            }
            Err(error) => {
                tracing::warn!(%error, "a device could not join its groups; it is to come back");
                socket.close_transport();
            }
        }
        if comes_online {
            self.announcer.online(&socket.data).await;
        }
        tracing::debug!(socket = %socket.id(), %user, "connected");
    }

    async fn event(&self, socket: &DeviceSocket, event: Event) -> Reply {
        events::handle(&self.services, socket, &event).await
    }

    async fn disconnected(&self, socket: &Arc<Socket<Device>>, reason: Reason) {
        tracing::debug!(socket = %socket.id(), user = %socket.data.user, %reason, "disconnected");
        self.services.metrics.disconnected(reason);
        self.expiry.forget(socket);
        self.announcer.leave(socket.data.user);
    }
}

/// The token of a handshake; what is no text can only be a wrong one.
fn token(auth: Option<&RawValue>) -> Option<String> {
    let auth: Auth<'_> = serde_json::from_str(auth?.get()).unwrap_or_default();
    let token = auth.token?.get();
    Some(serde_json::from_str(token).unwrap_or_else(|_| token.to_owned())).filter(|token| !token.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_a_text() {
        let token = |auth: &str| token(Some(&*RawValue::from_string(auth.into()).unwrap()));
        assert_eq!(token(r#"{"token":"a.b.c","cursor":1}"#).as_deref(), Some("a.b.c"));
        for none in ["{}", r#"{"token":null}"#, r#"{"token":""}"#] {
            assert_eq!(token(none), None, "{none}");
        }
        assert_eq!(token(r#"{"token":{"$ne":null}}"#).as_deref(), Some(r#"{"$ne":null}"#));
    }
}
