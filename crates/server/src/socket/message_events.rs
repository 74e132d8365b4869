//! What devices ask for about messages that are there.

use std::sync::Arc;

use chirrup_domain::Result;
use chirrup_domain::message::Message;
use chirrup_protocol::request::{EditMessage, OneMessage, Reaction};

use super::device::DeviceSocket;
use crate::services::Services;

/// `edit_message`.
pub(super) async fn edit_message(
    services: &Services,
    socket: &DeviceSocket,
    payload: &str,
) -> Result<Arc<Message>> {
    let EditMessage { message, content } = EditMessage::parse(payload)?;
    services.messages.edit(socket.data.user, message, content).await
}

/// `delete_message`.
pub(super) async fn delete_message(services: &Services, socket: &DeviceSocket, payload: &str) -> Result<()> {
    let OneMessage { message } = OneMessage::parse(payload)?;
    let deleted = services.messages.delete(socket.data.user, message).await?;
    if deleted.gave_file_up {
        services.files.given_up.notify_one();
    }
    Ok(())
}

/// `add_reaction`.
pub(super) async fn add_reaction(services: &Services, socket: &DeviceSocket, payload: &str) -> Result<()> {
    let Reaction { message, emoji } = Reaction::parse(payload)?;
    services.messages.add_reaction(socket.data.user, message, emoji).await
}

/// `remove_reaction`.
pub(super) async fn remove_reaction(services: &Services, socket: &DeviceSocket, payload: &str) -> Result<()> {
    let Reaction { message, emoji } = Reaction::parse(payload)?;
    services.messages.remove_reaction(socket.data.user, message, emoji).await
}
