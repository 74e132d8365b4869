//! What requests are answered with when they went well: acks and HTTP bodies alike.

use chirrup_domain::message::{self, History};
use chirrup_domain::receipt::NamedReader;
use chirrup_domain::{Timestamp, UserId};
use serde::Serialize;

pub use crate::found::FoundList;
use crate::message::status_name;
use crate::shown::Shown;
use crate::{ConversationView, File, Message, Participant, User};

/// `{ success: true }` and the keys of what the answer carries.
#[derive(Debug, Clone, Serialize)]
pub struct Success<T> {
    success: bool,
    #[serde(flatten)]
    rest: T,
}

impl<T: Serialize> Success<T> {
    /// The answer that carries this, which has to show as an object.
    pub const fn new(rest: T) -> Self {
        Self { success: true, rest }
    }
}

/// Carries nothing: `{ success: true }` says it all.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Nothing {}

/// A message was stored.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct MessageSent<'a> {
    message: Message<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
}

impl<'a> MessageSent<'a> {
    /// The answer to `send_direct_message`, which also tells how far the message got.
    pub fn direct(message: &'a message::Message) -> Self {
        Self { message: message.into(), status: Some(status_name(message.status)) }
    }

    /// The answer to a send into a conversation.
    pub fn to_conversation(message: &'a message::Message) -> Self {
        Self { message: message.into(), status: None }
    }
}

/// One message.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct OneMessage<'a> {
    /// The message.
    pub message: Message<'a>,
}

/// A conversation was marked as read.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConversationRead {
    /// How many messages are unread now.
    pub unread_count: u64,
}

/// A page of a message's readers.
#[derive(Debug, Clone, Serialize)]
pub struct ReaderList<'a> {
    readers: Vec<Reader<'a>>,
    more: bool,
}

/// As in a message's `readBy`, and what others see of the reader.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
struct Reader<'a> {
    user: Shown<UserId>,
    username: &'a str,
    avatar: Option<&'a str>,
    read_at: Shown<Timestamp>,
}

impl<'a> ReaderList<'a> {
    /// These readers, and whether there are more behind them.
    pub fn new(readers: &'a [NamedReader], more: bool) -> Self {
        let shown = |reader: &'a NamedReader| Reader {
            user: Shown(reader.user.id),
            username: &reader.user.username,
            avatar: reader.user.avatar.as_deref(),
            read_at: Shown(reader.read_at),
        };
        Self { readers: readers.iter().map(shown).collect(), more }
    }
}

/// Somebody registered or signed in.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct SignedIn<'a> {
    /// What to send along from now on.
    pub token: &'a str,
    /// Oneself.
    pub user: User<'a>,
}

/// One user.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct OneUser<'a> {
    /// The user.
    pub user: User<'a>,
}

/// A page of people.
#[derive(Debug, Clone, Serialize)]
pub struct UserList<'a> {
    /// The people, in the order of the list.
    pub users: Vec<User<'a>>,
    /// Whether there are more behind them.
    pub more: bool,
}

/// A connection goes on with another token.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TokenRefreshed {
    expires_at: Shown<Timestamp>,
}

impl TokenRefreshed {
    /// The connection ends at that time.
    pub const fn until(expires_at: Timestamp) -> Self {
        Self { expires_at: Shown(expires_at) }
    }
}

/// One conversation.
#[derive(Debug, Clone, Serialize)]
pub struct OneConversation<'a> {
    /// The conversation.
    pub conversation: ConversationView<'a>,
}

/// A page of a conversation's members.
#[derive(Debug, Clone, Serialize)]
pub struct MemberList<'a> {
    /// The members, in the order in which they joined.
    pub members: Vec<Participant<'a>>,
    /// Whether there are more behind them.
    pub more: bool,
}

/// A page of one's conversations.
#[derive(Debug, Clone, Serialize)]
pub struct ConversationList<'a> {
    /// The conversations, the latest first.
    pub conversations: Vec<ConversationView<'a>>,
    /// Whether there are more behind them.
    pub more: bool,
    /// What to give as `after` to get those.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// One uploaded file.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct OneFile<'a> {
    /// The file.
    pub file: File<'a>,
}

/// A page of history.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MessageList<'a> {
    messages: Vec<Message<'a>>,
    has_before: bool,
    has_after: bool,
}

impl<'a> From<&'a History> for MessageList<'a> {
    fn from(history: &'a History) -> Self {
        Self {
            messages: history.messages.iter().map(Message::from).collect(),
            has_before: history.has_before,
            has_after: history.has_after,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::message::tests::hello;

    #[test]
    fn only_a_direct_send_tells_the_status() {
        let message = hello();
        let group = serde_json::to_value(Success::new(MessageSent::to_conversation(&message))).unwrap();
        assert_eq!(group, json!({ "success": true, "message": Message::from(&message) }));
        let direct = serde_json::to_value(Success::new(MessageSent::direct(&message))).unwrap();
        assert_eq!(direct["status"], "sent");
    }

    #[test]
    fn nothing_to_say_is_success_alone() {
        assert_eq!(serde_json::to_value(Success::new(Nothing {})).unwrap(), json!({ "success": true }));
    }
}
