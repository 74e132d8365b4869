use chirrup_domain::delivery::Delivered;
use chirrup_domain::feed::ChangeNo;
use chirrup_domain::presence::DeviceId;
use chirrup_domain::receipt::{Marked, ReadAudience};
use chirrup_protocol::event;
use chirrup_socketio::Hub;

use super::device::Device;
use super::encode::encode_durable;
use super::rooms;

/// Tells the senders that their messages were read, and then those who follow how far the reader has come.
pub(super) fn messages_read(hub: &Hub<Device>, no: ChangeNo, marked: &Marked) {
    for message in &marked.messages {
        let payload = event::MessageRead::new(marked, message);
        if let Some(emission) = encode_durable(no, event::MESSAGE_READ, &payload) {
            hub.to(&rooms::of_user(message.sender)).emit(&emission);
        }
    }
    let payload = event::ConversationRead::from(marked);
    let Some(emission) = encode_durable(no, event::CONVERSATION_READ, &payload) else { return };
    let reader = rooms::of_user(marked.reader);
    let others = match marked.audience {
        ReadAudience::Reader => None,
        ReadAudience::Direct(other) => Some(rooms::of_user(other)),
        ReadAudience::Group => Some(rooms::of_group(marked.conversation)),
    };
    let rooms: Vec<&str> = std::iter::once(&*reader).chain(others.as_deref()).collect();
    let audience = hub.to_any(&rooms);
    match marked.origin {
        Some(DeviceId(key)) => audience.except(key).emit(&emission),
        None => audience.emit(&emission),
    }
}

/// Tells the sender of direct messages that waited that they have arrived.
pub(super) fn messages_delivered(hub: &Hub<Device>, no: ChangeNo, delivered: &Delivered) {
    let payload = event::MessageDelivered::from(delivered);
    if let Some(emission) = encode_durable(no, event::MESSAGE_DELIVERED, &payload) {
        hub.to(&rooms::of_user(delivered.sender)).emit(&emission);
    }
}
