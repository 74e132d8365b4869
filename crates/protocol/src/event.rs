//! Event names and the payloads of what the server emits.

use chirrup_domain::message::{Audience, Message as DomainMessage};
use chirrup_domain::{ConversationId, Timestamp, UserId, account, conversation};
use serde::Serialize;

use crate::shown::Shown;
use crate::{Conversation, Message, Sender};

/// Sends to a person.
pub const SEND_DIRECT_MESSAGE: &str = "send_direct_message";
/// Sends into a conversation.
pub const SEND_GROUP_MESSAGE: &str = "send_group_message";
/// Goes on with another token.
pub const REFRESH_TOKEN: &str = "refresh_token";

/// A direct message came.
pub const NEW_MESSAGE: &str = "new_message";
/// A direct message was sent from another device of one's own.
pub const MESSAGE_SENT: &str = "message_sent";
/// A message came into a group.
pub const NEW_GROUP_MESSAGE: &str = "new_group_message";
/// A conversation that one is in was made.
pub const CONVERSATION_CREATED: &str = "conversation_created";
/// Somebody's first device connected.
pub const USER_ONLINE: &str = "user_online";
/// Somebody's last device went away.
pub const USER_OFFLINE: &str = "user_offline";
/// Somebody has another name or picture.
pub const USER_UPDATED: &str = "user_updated";
/// The socket is about to be disconnected for good.
pub const SESSION_EXPIRED: &str = "session_expired";

/// Payload of [`NEW_MESSAGE`], [`MESSAGE_SENT`] and [`NEW_GROUP_MESSAGE`].
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MessageAppended<'a> {
    conversation_id: Shown<ConversationId>,
    message: Message<'a>,
}

impl<'a> From<&'a DomainMessage> for MessageAppended<'a> {
    fn from(message: &'a DomainMessage) -> Self {
        Self { conversation_id: Shown(message.conversation), message: message.into() }
    }
}

/// The event by which those who did not send it learn of a message.
pub const fn name_for_recipients(audience: Audience) -> &'static str {
    match audience {
        Audience::Direct(_) => NEW_MESSAGE,
        Audience::Group => NEW_GROUP_MESSAGE,
    }
}

/// The event by which the sender's own devices learn of a message.
pub const fn name_for_sender(audience: Audience) -> &'static str {
    match audience {
        Audience::Direct(_) => MESSAGE_SENT,
        Audience::Group => NEW_GROUP_MESSAGE,
    }
}

/// Payload of [`CONVERSATION_CREATED`].
#[derive(Debug, Clone, Serialize)]
pub struct ConversationCreated<'a> {
    conversation: Conversation<'a>,
}

impl<'a> From<&'a conversation::Conversation> for ConversationCreated<'a> {
    fn from(conversation: &'a conversation::Conversation) -> Self {
        Self { conversation: Conversation::in_event(conversation) }
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
    use serde_json::json;

    use super::*;
    use crate::message::tests::hello;

    #[test]
    fn a_message_event_names_its_conversation_beside_the_message() {
        let message = hello();
        assert_eq!(
            serde_json::to_value(MessageAppended::from(&message)).unwrap(),
            json!({ "conversationId": "65a51c2f0123456789abcd02", "message": Message::from(&message) })
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
