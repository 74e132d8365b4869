//! Handshakes: who a device belongs to, and what it joins.

use std::sync::Arc;

use chirrup_domain::UserId;
use chirrup_domain::account::Unauthenticated;
use chirrup_protocol::connect_error;
use chirrup_socketio::{Accept, Event, Handler, Handshake, Hub, Reason, Refusal, Reply, Socket};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::delivery::{self, Published};
use super::device::{Device, DeviceSocket, dismiss};
use super::expiry::Expiry;
use super::groups::Groups;
use super::presence::Announcer;
use super::revocations::{Revocations, dismiss_unless_admitted};
use super::{events, rooms};
use crate::client_address::FORWARDED;
use crate::log;
use crate::services::Services;

/// Handles what the devices do.
pub(super) struct Devices {
    pub(super) services: Arc<Services>,
    hub: Hub<Device>,
    announcer: Arc<Announcer>,
    expiry: Arc<Expiry>,
    groups: Arc<Groups>,
    revocations: Arc<Revocations>,
    published: Published,
}

/// What a client gives in `auth`.
#[derive(Default, Deserialize)]
struct Auth<'a> {
    #[serde(borrow, default)]
    token: Option<&'a RawValue>,
}

impl Devices {
    pub(super) fn new(
        services: Arc<Services>,
        hub: Hub<Device>,
        announcer: Arc<Announcer>,
        expiry: Arc<Expiry>,
        groups: Arc<Groups>,
        revocations: Arc<Revocations>,
        published: Published,
    ) -> Self {
        Self { services, hub, announcer, expiry, groups, revocations, published }
    }

    /// Dismisses the oldest of a user's devices that are too many.
    fn make_room(&self, user: UserId) {
        let Some(limit) = self.services.limits.sockets_per_user else { return };
        let mut sockets = self.hub.sockets_in(&rooms::of_user(user));
        let excess = sockets.len().saturating_sub(limit);
        if excess > 0 {
            sockets.sort_unstable_by_key(|socket| socket.key());
            sockets.iter().take(excess).for_each(|socket| dismiss(socket, "too_many_connections"));
        }
    }

    /// Looks at a device's token again, if any was revoked since it was looked at.
    async fn recheck(&self, socket: &DeviceSocket) {
        if self.revocations.count() == socket.data.revocations {
            return;
        }
        match self.services.store.find_account(socket.data.user).await {
            Ok(Some(account)) => dismiss_unless_admitted(socket, account.standing),
            Ok(None) => dismiss(socket, "revoked"),
            Err(error) => {
                log::refusal("a device's token", &error);
                socket.close_transport();
            }
        }
    }
}

impl Handler for Devices {
    type Data = Device;

    async fn connect(&self, handshake: Handshake<'_>) -> Result<Accept<Device>, Refusal> {
        let token = token(handshake.auth);
        let request = handshake.request;
        let forwarded = request.headers.iter().filter(|(name, _)| *name == FORWARDED);
        let address = self.services.proxies.client(request.peer, forwarded.map(|(_, value)| value));
        let revocations = self.revocations.count();
        match self.services.accounts.authenticate(token.as_deref()).await {
            Ok(session) => {
                // Until it has been handed what waited.
                Ok(Accept { hold: true, ..Accept::new(Device::new(session, address, revocations)) })
            }
            Err(error) => {
                tracing::debug!(session = %handshake.session, %address, %error, "handshake refused");
                if let Unauthenticated::Unchecked(error) = &error {
                    log::refusal("a handshake", error);
                }
                let refused = connect_error(&error).map(|message| Refusal::Error(message.to_owned()));
                Err(refused.unwrap_or(Refusal::CloseTransport))
            }
        }
    }

    async fn join(&self, socket: &DeviceSocket) {
        let user = socket.data.user;
        // The user's room first: whatever group they come into from here on, the publisher joins its room for them.
        socket.join(&rooms::of_user(user));
        self.services.metrics.connected();
        self.expiry.watch(socket);
        self.make_room(user);
        self.announcer.arrive(&socket.data);
        if let Err(error) = self.groups.enter(socket, self.services.store.list_group_ids(user)).await {
            log::refusal("a device's groups", &error);
            socket.close_transport();
        }
        self.recheck(socket).await;
    }

    async fn connected(&self, socket: &DeviceSocket) {
        let user = socket.data.user;
        if !socket.session().is_open() {
            return;
        }
        if let Err(error) = delivery::hand_over(&self.services, &self.published, socket).await {
            log::refusal("bringing a device up to date", &error);
            socket.close_transport();
        }
        tracing::debug!(socket = %socket.id(), %user, address = %socket.data.address, "connected");
    }

    async fn event(&self, socket: &DeviceSocket, event: Event) -> Reply {
        events::handle(&self.services, &self.groups, &self.expiry, socket, &event).await
    }

    async fn disconnected(&self, socket: &Arc<Socket<Device>>, reason: Reason) {
        let (socket_id, user) = (socket.id(), socket.data.user);
        match reason {
            // Who wonders why a device comes and goes finds it here.
            Reason::SlowReader => tracing::info!(socket = %socket_id, %user, %reason, "a device was cut off"),
            _ => tracing::debug!(socket = %socket_id, %user, %reason, "disconnected"),
        }
        self.services.metrics.disconnected(reason);
        self.expiry.forget(socket);
        self.groups.typing().forget(socket.key());
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
