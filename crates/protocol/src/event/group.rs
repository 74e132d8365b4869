//! What happens to a group, and in it while it is open.

use chirrup_domain::{ConversationId, UserId};
use serde::Serialize;

use crate::shown::Shown;

/// Has a group open.
pub const JOIN_GROUP: &str = "join_group";
/// Has it open no more.
pub const LEAVE_GROUP: &str = "leave_group";
/// Types, or still does.
pub const TYPING_START: &str = "typing_start";
/// Types no more.
pub const TYPING_STOP: &str = "typing_stop";

/// A group that one is in has changed.
pub const CONVERSATION_UPDATED: &str = "conversation_updated";
/// One is out of a conversation.
pub const CONVERSATION_REMOVED: &str = "conversation_removed";
/// Somebody else has opened a group that one has open.
pub const USER_JOINED_GROUP: &str = "user_joined_group";
/// Somebody else has closed it.
pub const USER_LEFT_GROUP: &str = "user_left_group";
/// Somebody else types.
pub const USER_TYPING: &str = "user_typing";
/// Somebody else types no more.
pub const USER_STOPPED_TYPING: &str = "user_stopped_typing";

/// Payload of [`CONVERSATION_REMOVED`].
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConversationRemoved {
    conversation_id: Shown<ConversationId>,
}

impl ConversationRemoved {
    /// One is out of this conversation.
    pub const fn new(conversation: ConversationId) -> Self {
        Self { conversation_id: Shown(conversation) }
    }
}

/// Payload of [`USER_JOINED_GROUP`], [`USER_LEFT_GROUP`] and [`USER_TYPING`], and without the name of
/// [`USER_STOPPED_TYPING`].
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UserThere<'a> {
    user_id: Shown<UserId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<&'a str>,
    conversation_id: Shown<ConversationId>,
}

impl<'a> UserThere<'a> {
    /// Somebody, by their name too, in a conversation.
    pub const fn named(user: UserId, username: &'a str, conversation: ConversationId) -> Self {
        Self { user_id: Shown(user), username: Some(username), conversation_id: Shown(conversation) }
    }

    /// Somebody in a conversation.
    pub const fn nameless(user: UserId, conversation: ConversationId) -> Self {
        Self { user_id: Shown(user), username: None, conversation_id: Shown(conversation) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn who_is_where_is_told_by_ids_and_where_it_matters_by_name() {
        let (user, group) = (UserId::from([1; 12]), ConversationId::from([2; 12]));
        let (id, room) = (user.to_string(), group.to_string());
        assert_eq!(
            serde_json::to_value(UserThere::named(user, "ann", group)).unwrap(),
            json!({ "userId": id, "username": "ann", "conversationId": room })
        );
        assert_eq!(
            serde_json::to_value(UserThere::nameless(user, group)).unwrap(),
            json!({ "userId": id, "conversationId": room })
        );
        assert_eq!(
            serde_json::to_value(ConversationRemoved::new(group)).unwrap(),
            json!({ "conversationId": room })
        );
    }
}
