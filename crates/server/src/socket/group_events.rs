//! What devices ask for about groups: which they have open, and where they type.

use chirrup_domain::member::Counterpart;
use chirrup_domain::{ConversationId, Error, Result};
use chirrup_protocol::request;

use super::device::DeviceSocket;
use super::groups::Groups;
use super::typing::Hearers;
use crate::services::Services;

/// `join_group`.
pub(super) fn join_group(groups: &Groups, socket: &DeviceSocket, payload: &str) -> Result<()> {
    groups.open(socket, request::parse_conversation_id(payload)?)
}

/// `leave_group`: what is no group, or is not open, needs no leaving.
pub(super) fn leave_group(groups: &Groups, socket: &DeviceSocket, payload: &str) -> Result<()> {
    match request::parse_conversation_id(payload) {
        Ok(group) => groups.close(socket, group),
        Err(Error::NotAMember) => {}
        Err(error) => return Err(error),
    }
    Ok(())
}

/// `typing_start`.
pub(super) async fn typing_start(
    services: &Services,
    groups: &Groups,
    socket: &DeviceSocket,
    payload: &str,
) -> Result<()> {
    services.limits.typing.check(socket.data.user)?;
    let conversation = request::parse_typing(payload)?;
    if !groups.type_in(socket, conversation) {
        let hearers = hearers(services, socket, conversation).await?;
        groups.typing().start(socket, conversation, hearers);
    }
    Ok(())
}

/// `typing_stop`.
pub(super) async fn typing_stop(
    services: &Services,
    groups: &Groups,
    socket: &DeviceSocket,
    payload: &str,
) -> Result<()> {
    services.limits.typing.check(socket.data.user)?;
    let conversation = request::parse_typing(payload)?;
    if !groups.has(socket, conversation) {
        hearers(services, socket, conversation).await?;
    }
    groups.typing().stop(socket.key(), conversation);
    Ok(())
}

/// Who hears typing in a direct conversation: whoever takes messages of the one who types.
async fn hearers(
    services: &Services,
    socket: &DeviceSocket,
    conversation: ConversationId,
) -> Result<Hearers> {
    let me = socket.data.user;
    match services.store.find_counterpart(conversation, me).await? {
        None => Err(Error::NotAMember),
        Some(Counterpart { user, blocks }) if blocks || user == me => Ok(Hearers::Nobody),
        Some(Counterpart { user, .. }) => Ok(Hearers::User(user)),
    }
}
