//! What devices ask for about messages that are there.

use std::sync::Arc;

use chirrup_domain::Result;
use chirrup_domain::message::Message;
use chirrup_protocol::request::EditMessage;

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
