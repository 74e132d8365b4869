//! What devices ask for by events: a table from names to handlers, and what turns a result into the ack.

use std::time::Instant;

use chirrup_domain::Result;
use chirrup_domain::message::{Message, SendMessage, SendTo};
use chirrup_protocol::request::{
    Content, MarkConversationRead, OneMessage, SendDirectMessage, SendGroupMessage,
};
use chirrup_protocol::{ErrorBody, Success, answer, event};
use chirrup_socketio::{Event, Reply};
use serde::Serialize;

use super::device::{self, DeviceSocket};
use super::expiry::Expiry;
use super::groups::Groups;
use super::{group_events, message_events, refresh};
use crate::log;
use crate::services::Services;

/// Most characters of an unknown event's name that the log shows.
const SHOWN_CHARS: usize = 64;

/// Handles one event; every one that has a callback is answered.
pub(super) async fn handle(
    services: &Services,
    groups: &Groups,
    expiry: &Expiry,
    socket: &DeviceSocket,
    event: &Event,
) -> Reply {
    let since = Instant::now();
    let payload = event.first().unwrap_or("null");
    let ack = Ack { wanted: event.wants_reply };
    let (name, result) = match &*event.name {
        event::SEND_DIRECT_MESSAGE => {
            (event::SEND_DIRECT_MESSAGE, send_direct_message(services, socket, payload, ack).await)
        }
        event::SEND_GROUP_MESSAGE => {
            (event::SEND_GROUP_MESSAGE, send_group_message(services, socket, payload, ack).await)
        }
        event::MARK_AS_READ => (event::MARK_AS_READ, mark_as_read(services, socket, payload, ack).await),
        event::MARK_CONVERSATION_READ => {
            (event::MARK_CONVERSATION_READ, mark_conversation_read(services, socket, payload, ack).await)
        }
        event::EDIT_MESSAGE => (
            event::EDIT_MESSAGE,
            message_events::edit_message(services, socket, payload)
                .await
                .map(|message| ack.message(&message)),
        ),
        event::DELETE_MESSAGE => (
            event::DELETE_MESSAGE,
            message_events::delete_message(services, socket, payload).await.map(|()| ack.done()),
        ),
        event::ADD_REACTION => (
            event::ADD_REACTION,
            message_events::add_reaction(services, socket, payload).await.map(|()| ack.done()),
        ),
        event::REMOVE_REACTION => (
            event::REMOVE_REACTION,
            message_events::remove_reaction(services, socket, payload).await.map(|()| ack.done()),
        ),
        event::REFRESH_TOKEN => {
            (event::REFRESH_TOKEN, refresh_token(services, expiry, socket, payload, ack).await)
        }
        event::JOIN_GROUP => {
            (event::JOIN_GROUP, group_events::join_group(groups, socket, payload).map(|()| ack.done()))
        }
        event::LEAVE_GROUP => {
            (event::LEAVE_GROUP, group_events::leave_group(groups, socket, payload).map(|()| ack.done()))
        }
        event::TYPING_START => (
            event::TYPING_START,
            group_events::typing_start(services, groups, socket, payload).await.map(|()| ack.done()),
        ),
        event::TYPING_STOP => (
            event::TYPING_STOP,
            group_events::typing_stop(services, groups, socket, payload).await.map(|()| ack.done()),
        ),
        _ => return unknown(socket, &event.name, ack),
    };
    let (outcome, reply) = match result {
        Ok(reply) => ("ok", reply),
        Err(error) => {
            log::refusal(&event.name, &error);
            (error.code(), ack.with(&ErrorBody::from(&error)))
        }
    };
    let ms = since.elapsed().as_micros() as f64 / 1000.0;
    services.metrics.event(name, outcome);
    tracing::debug!(event = event.name, user = %socket.data.user, outcome, ms, "event");
    reply
}

async fn send_direct_message(
    services: &Services,
    socket: &DeviceSocket,
    payload: &str,
    ack: Ack,
) -> Result<Reply> {
    let SendDirectMessage { recipient, content } = SendDirectMessage::parse(payload)?;
    let sent = services.send(message(socket, SendTo::User(recipient), content)).await?;
    Ok(ack.with(&Success::new(answer::MessageSent::direct(&sent.message))))
}

async fn send_group_message(
    services: &Services,
    socket: &DeviceSocket,
    payload: &str,
    ack: Ack,
) -> Result<Reply> {
    let SendGroupMessage { conversation, content } = SendGroupMessage::parse(payload)?;
    let sent = services.send(message(socket, SendTo::Conversation(conversation), content)).await?;
    Ok(ack.with(&Success::new(answer::MessageSent::to_conversation(&sent.message))))
}

async fn mark_as_read(services: &Services, socket: &DeviceSocket, payload: &str, ack: Ack) -> Result<Reply> {
    let OneMessage { message } = OneMessage::parse(payload)?;
    services.receipts.mark_message(socket.data.user, message, Some(device::id(socket))).await?;
    Ok(ack.with(&Success::new(answer::Nothing {})))
}

async fn mark_conversation_read(
    services: &Services,
    socket: &DeviceSocket,
    payload: &str,
    ack: Ack,
) -> Result<Reply> {
    let MarkConversationRead { conversation, up_to } = MarkConversationRead::parse(payload)?;
    let (reader, origin) = (socket.data.user, Some(device::id(socket)));
    let unread_count = services.receipts.mark_conversation(reader, conversation, up_to, origin).await?;
    Ok(ack.with(&Success::new(answer::ConversationRead { unread_count })))
}

async fn refresh_token(
    services: &Services,
    expiry: &Expiry,
    socket: &DeviceSocket,
    payload: &str,
    ack: Ack,
) -> Result<Reply> {
    let expires_at = refresh::refresh_token(services, expiry, socket, payload).await?;
    Ok(ack.with(&Success::new(answer::TokenRefreshed::until(expires_at))))
}

fn message(socket: &DeviceSocket, to: SendTo, content: Content) -> SendMessage {
    let Content { text, file, reply_to, client_id } = content;
    let origin = Some(device::id(socket));
    SendMessage { sender: socket.data.user, to, content: text, file, reply_to, client_id, origin }
}

/// Whether anybody waits for an ack: one that nobody gets is not written either.
#[derive(Clone, Copy)]
struct Ack {
    wanted: bool,
}

impl Ack {
    fn done(self) -> Reply {
        self.with(&Success::new(answer::Nothing {}))
    }

    fn message(self, message: &Message) -> Reply {
        self.with(&Success::new(answer::OneMessage { message: message.into() }))
    }

    fn with(self, answer: &impl Serialize) -> Reply {
        if !self.wanted {
            return Reply::none();
        }
        Reply::new(answer).unwrap_or_else(|error| {
            tracing::error!(%error, "an ack can't be written as JSON");
            Reply::none()
        })
    }
}

fn unknown(socket: &DeviceSocket, name: &str, ack: Ack) -> Reply {
    // Its name is the client's, of any length.
    let name: String = name.chars().take(SHOWN_CHARS).collect();
    tracing::debug!(event = name, user = %socket.data.user, outcome = "unknown_event", "event");
    ack.with(&ErrorBody::new("Unknown event", "unknown_event"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ack_that_nobody_waits_for_is_not_written() {
        struct Unwritable;
        impl Serialize for Unwritable {
            fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
                panic!("it was written")
            }
        }
        Ack { wanted: false }.with(&Unwritable);
    }
}
