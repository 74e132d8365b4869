//! Event names and the payloads of what the server emits.

mod group;

use chirrup_domain::delivery::Delivered;
use chirrup_domain::message::Message as DomainMessage;
use chirrup_domain::receipt::{Marked, ReadMessage};
use chirrup_domain::{ConversationId, MessageId, Timestamp, UserId, account, conversation};
use serde::Serialize;

use crate::shown::Shown;
use crate::{Conversation, Message, Sender};

pub use group::*;

/// Sends to a person.
pub const SEND_DIRECT_MESSAGE: &str = "send_direct_message";
/// Sends into a conversation.
pub const SEND_GROUP_MESSAGE: &str = "send_group_message";
/// Gives a message of one's own another text.
pub const EDIT_MESSAGE: &str = "edit_message";
/// Takes away all that a message says.
pub const DELETE_MESSAGE: &str = "delete_message";
/// Reacts to a message.
pub const ADD_REACTION: &str = "add_reaction";
/// Takes a reaction back.
pub const REMOVE_REACTION: &str = "remove_reaction";
/// Goes on with another token.
pub const REFRESH_TOKEN: &str = "refresh_token";
/// Marks one message as read.
pub const MARK_AS_READ: &str = "mark_as_read";
/// Marks a conversation as read up to some place.
pub const MARK_CONVERSATION_READ: &str = "mark_conversation_read";

/// A direct message came.
pub const NEW_MESSAGE: &str = "new_message";
/// A direct message was sent from another device of one's own.
pub const MESSAGE_SENT: &str = "message_sent";
/// A message came into a group.
pub const NEW_GROUP_MESSAGE: &str = "new_group_message";
/// A message has changed.
pub const MESSAGE_UPDATED: &str = "message_updated";
/// A conversation that one is in was made.
pub const CONVERSATION_CREATED: &str = "conversation_created";
/// Direct messages that waited have reached their recipient.
pub const MESSAGE_DELIVERED: &str = "message_delivered";
/// Somebody has read a message of one's own.
pub const MESSAGE_READ: &str = "message_read";
/// A member has read a conversation up to some place; also from another device of one's own.
pub const CONVERSATION_READ: &str = "conversation_read";
/// Somebody's first device connected.
pub const USER_ONLINE: &str = "user_online";
/// Somebody's last device went away.
pub const USER_OFFLINE: &str = "user_offline";
/// Somebody has another name or picture.
pub const USER_UPDATED: &str = "user_updated";
/// The socket is about to be disconnected for good.
pub const SESSION_EXPIRED: &str = "session_expired";

/// Payload of [`NEW_MESSAGE`], [`MESSAGE_SENT`], [`NEW_GROUP_MESSAGE`] and [`MESSAGE_UPDATED`].
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MessageEvent<'a> {
    conversation_id: Shown<ConversationId>,
    message: Message<'a>,
}

impl<'a> From<&'a DomainMessage> for MessageEvent<'a> {
    fn from(message: &'a DomainMessage) -> Self {
        Self { conversation_id: Shown(message.conversation), message: message.into() }
    }
}

/// Payload of [`CONVERSATION_CREATED`] and [`CONVERSATION_UPDATED`].
#[derive(Debug, Clone, Serialize)]
pub struct ConversationChanged<'a> {
    conversation: Conversation<'a>,
}

impl<'a> From<&'a conversation::Conversation> for ConversationChanged<'a> {
    fn from(conversation: &'a conversation::Conversation) -> Self {
        Self { conversation: Conversation::in_event(conversation) }
    }
}

/// Payload of [`MESSAGE_DELIVERED`].
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MessageDelivered {
    message_id: Shown<MessageId>,
    conversation_id: Shown<ConversationId>,
    seq: u64,
    delivered_to: Shown<UserId>,
    delivered_at: Shown<Timestamp>,
}

impl From<&Delivered> for MessageDelivered {
    fn from(delivered: &Delivered) -> Self {
        Self {
            message_id: Shown(delivered.message),
            conversation_id: Shown(delivered.conversation),
            seq: delivered.seq.get(),
            delivered_to: Shown(delivered.recipient),
            delivered_at: Shown(delivered.at),
        }
    }
}

/// Payload of [`MESSAGE_READ`].
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MessageRead {
    message_id: Shown<MessageId>,
    conversation_id: Shown<ConversationId>,
    read_by: Shown<UserId>,
    read_at: Shown<Timestamp>,
}

impl MessageRead {
    /// This one of the messages that a mark covers.
    pub const fn new(marked: &Marked, message: &ReadMessage) -> Self {
        Self {
            message_id: Shown(message.id),
            conversation_id: Shown(marked.conversation),
            read_by: Shown(marked.reader),
            read_at: Shown(marked.read_at),
        }
    }
}

/// Payload of [`CONVERSATION_READ`].
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConversationRead {
    conversation_id: Shown<ConversationId>,
    user_id: Shown<UserId>,
    seq: u64,
    read_at: Shown<Timestamp>,
}

impl From<&Marked> for ConversationRead {
    fn from(marked: &Marked) -> Self {
        Self {
            conversation_id: Shown(marked.conversation),
            user_id: Shown(marked.reader),
            seq: marked.last_read.get(),
            read_at: Shown(marked.read_at),
        }
    }
}

/// Payload of [`USER_ONLINE`].
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UserOnline<'a> {
    user_id: Shown<UserId>,
    username: &'a str,
}

impl<'a> UserOnline<'a> {
    /// This person is here.
    pub const fn new(user: UserId, username: &'a str) -> Self {
        Self { user_id: Shown(user), username }
    }
}

/// Payload of [`USER_OFFLINE`].
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UserOffline {
    user_id: Shown<UserId>,
    last_seen: Shown<Timestamp>,
}

impl UserOffline {
    /// This person went away at that time.
    pub const fn new(user: UserId, last_seen: Timestamp) -> Self {
        Self { user_id: Shown(user), last_seen: Shown(last_seen) }
    }
}

/// Payload of [`USER_UPDATED`].
#[derive(Debug, Clone, Copy, Serialize)]
pub struct UserUpdated<'a> {
    user: Sender<'a>,
}

impl<'a> From<&'a account::Sender> for UserUpdated<'a> {
    fn from(user: &'a account::Sender) -> Self {
        Self { user: user.into() }
    }
}

/// Payload of [`SESSION_EXPIRED`].
#[derive(Debug, Clone, Copy, Serialize)]
pub struct SessionExpired<'a> {
    /// Why, as a stable snake_case name.
    pub reason: &'a str,
}

#[cfg(test)]
mod tests {
    use chirrup_domain::message::Seq;
    use chirrup_domain::receipt::ReadAudience;
    use serde_json::json;

    use super::*;
    use crate::message::tests::hello;

    #[test]
    fn a_message_event_names_its_conversation_beside_the_message() {
        let message = hello();
        assert_eq!(
            serde_json::to_value(MessageEvent::from(&message)).unwrap(),
            json!({ "conversationId": "65a51c2f0123456789abcd02", "message": Message::from(&message) })
        );
    }

    #[test]
    fn a_mark_names_the_message_the_place_the_reader_and_the_moment() {
        let message = ReadMessage { id: MessageId::from([1; 12]), sender: UserId::from([2; 12]) };
        let marked = Marked {
            conversation: ConversationId::from([3; 12]),
            reader: UserId::from([4; 12]),
            last_read: Seq::new(9).unwrap(),
            read_at: Timestamp::from_millis(0),
            messages: vec![message],
            audience: ReadAudience::Reader,
            origin: None,
        };
        assert_eq!(
            serde_json::to_value(MessageRead::new(&marked, &message)).unwrap(),
            json!({
                "messageId": "010101010101010101010101",
                "conversationId": "030303030303030303030303",
                "readBy": "040404040404040404040404",
                "readAt": "1970-01-01T00:00:00.000Z",
            })
        );
        assert_eq!(
            serde_json::to_value(ConversationRead::from(&marked)).unwrap(),
            json!({
                "conversationId": "030303030303030303030303",
                "userId": "040404040404040404040404",
                "seq": 9,
                "readAt": "1970-01-01T00:00:00.000Z",
            })
        );
    }

    #[test]
    fn a_delivery_names_the_newest_message_and_whom_it_reached() {
        let delivered = Delivered {
            conversation: ConversationId::from([3; 12]),
            message: MessageId::from([1; 12]),
            seq: Seq::new(9).unwrap(),
            sender: UserId::from([2; 12]),
            recipient: UserId::from([4; 12]),
            at: Timestamp::from_millis(0),
        };
        assert_eq!(
            serde_json::to_value(MessageDelivered::from(&delivered)).unwrap(),
            json!({
                "messageId": "010101010101010101010101",
                "conversationId": "030303030303030303030303",
                "seq": 9,
                "deliveredTo": "040404040404040404040404",
                "deliveredAt": "1970-01-01T00:00:00.000Z",
            })
        );
    }

    #[test]
    fn presence_names_the_user_and_the_moment() {
        let user = UserId::from([7; 12]);
        assert_eq!(
            serde_json::to_value(UserOnline::new(user, "ann")).unwrap(),
            json!({ "userId": "070707070707070707070707", "username": "ann" })
        );
        assert_eq!(
            serde_json::to_value(UserOffline::new(user, Timestamp::from_millis(0))).unwrap(),
            json!({ "userId": "070707070707070707070707", "lastSeen": "1970-01-01T00:00:00.000Z" })
        );
    }
}
