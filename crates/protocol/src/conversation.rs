use chirrup_domain::conversation::{self, ConversationKind, Role};
use chirrup_domain::message::Seq;
use chirrup_domain::{ConversationId, Presence, Timestamp, UserId};
use serde::Serialize;

use crate::message::type_name;
use crate::shown::Shown;
use crate::{Sender, User};

/// `Conversation`, as every member sees it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Conversation<'a> {
    #[serde(rename = "_id")]
    id: Shown<ConversationId>,
    #[serde(rename = "type")]
    kind: &'static str,
    participants: Vec<Participant<'a>>,
    participant_count: u32,
    name: Option<&'a str>,
    avatar: Option<&'a str>,
    admin: Option<Shown<UserId>>,
    last_message: Option<LastMessage<'a>>,
    seq: u64,
    created_at: Shown<Timestamp>,
    updated_at: Shown<Timestamp>,
}

/// A member, as listed with the conversation: a user and their role in it, which hides the account's.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(untagged)]
pub enum Participant<'a> {
    /// In events, where presence would be old before it arrives.
    Plain {
        /// Who.
        #[serde(flatten)]
        person: Sender<'a>,
        /// What they may do here.
        role: &'static str,
    },
    /// In answers.
    Present {
        /// Who, and whether they are here.
        #[serde(flatten)]
        user: User<'a>,
        /// What they may do here.
        role: &'static str,
    },
}

#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
struct LastMessage<'a> {
    content: &'a str,
    sender: Shown<UserId>,
    timestamp: Shown<Timestamp>,
    message_type: &'static str,
}

impl<'a> Conversation<'a> {
    /// The conversation as it goes into an event: the same for everybody, without presence.
    pub fn in_event(conversation: &'a conversation::Conversation) -> Self {
        Self::new(conversation, |member| Participant::Plain {
            person: (&member.user).into(),
            role: role_name(member.role),
        })
    }

    /// The conversation as it stands in an answer.
    pub fn in_answer(conversation: &'a conversation::Conversation, presence: &dyn Presence) -> Self {
        Self::new(conversation, |member| Participant::in_answer(member, presence))
    }

    fn new(
        conversation: &'a conversation::Conversation,
        participant: impl Fn(&'a conversation::Participant) -> Participant<'a>,
    ) -> Self {
        Self {
            id: Shown(conversation.id),
            kind: match conversation.kind {
                ConversationKind::Direct => "direct",
                ConversationKind::Group => "group",
            },
            participants: conversation.participants.iter().map(participant).collect(),
            participant_count: conversation.participant_count,
            name: conversation.name.as_deref(),
            avatar: conversation.avatar.as_deref(),
            admin: conversation.admin.map(Shown),
            last_message: conversation.last_message.as_ref().map(|last| LastMessage {
                content: &last.content,
                sender: Shown(last.sender),
                timestamp: Shown(last.timestamp),
                message_type: type_name(last.message_type),
            }),
            seq: conversation.last_seq.map_or(0, Seq::get),
            created_at: Shown(conversation.created_at),
            updated_at: Shown(conversation.updated_at),
        }
    }
}

impl<'a> Participant<'a> {
    /// The member as they stand in an answer.
    pub fn in_answer(member: &'a conversation::Participant, presence: &dyn Presence) -> Self {
        Self::Present {
            user: User::other(&member.user, presence.is_online(member.user.id)),
            role: role_name(member.role),
        }
    }
}

/// `Conversation` with what is the reader's own: over HTTP and in `sync`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConversationView<'a> {
    #[serde(flatten)]
    conversation: Conversation<'a>,
    unread_count: u64,
    last_read_seq: u64,
    muted: bool,
}

impl<'a> ConversationView<'a> {
    /// The conversation as this reader sees it.
    pub fn new(view: &'a conversation::ConversationView, presence: &dyn Presence) -> Self {
        Self {
            conversation: Conversation::in_answer(&view.conversation, presence),
            unread_count: view.unread_count,
            last_read_seq: view.last_read_seq.map_or(0, Seq::get),
            muted: view.muted,
        }
    }
}

const fn role_name(role: Role) -> &'static str {
    match role {
        Role::Member => "member",
        Role::Admin => "admin",
        Role::Owner => "owner",
    }
}

#[cfg(test)]
mod tests {
    use chirrup_domain::account::{self, AccountRole};
    use chirrup_domain::message::MessageType;
    use chirrup_domain::presence::Nobody;
    use serde_json::{Value, json};

    use super::*;

    const ANN: &str = "65a51c2f0123456789abcd01";
    const TIME: &str = "2026-01-15T10:30:00.000Z";

    fn team() -> conversation::Conversation {
        let at = Timestamp::from_millis(1_768_473_000_000);
        let id = ANN.parse().unwrap();
        conversation::Conversation {
            id: "65a51c2f0123456789abcd02".parse().unwrap(),
            kind: ConversationKind::Group,
            participants: vec![conversation::Participant {
                user: account::User {
                    id,
                    username: "ann".into(),
                    email: "ann@example.com".into(),
                    role: AccountRole::Admin,
                    avatar: None,
                    last_seen: None,
                    created_at: at,
                },
                role: Role::Owner,
            }],
            participant_count: 1,
            name: Some("Team".into()),
            avatar: None,
            admin: Some(id),
            last_seq: Seq::new(7),
            last_message: Some(conversation::LastMessage {
                content: "hi".into(),
                sender: id,
                timestamp: at,
                message_type: MessageType::Text,
            }),
            created_at: at,
            updated_at: at,
        }
    }

    fn expected(participant: Value) -> Value {
        json!({
            "_id": "65a51c2f0123456789abcd02",
            "type": "group",
            "participants": [participant],
            "participantCount": 1,
            "name": "Team",
            "avatar": null,
            "admin": ANN,
            "lastMessage": { "content": "hi", "sender": ANN, "timestamp": TIME, "messageType": "text" },
            "seq": 7,
            "createdAt": TIME,
            "updatedAt": TIME,
        })
    }

    #[test]
    fn in_an_event_participants_come_without_presence() {
        assert_eq!(
            serde_json::to_value(Conversation::in_event(&team())).unwrap(),
            expected(json!({ "_id": ANN, "username": "ann", "avatar": null, "role": "owner" }))
        );
    }

    #[test]
    fn an_answer_adds_presence_and_what_is_the_readers_own() {
        let view = conversation::ConversationView {
            conversation: team(),
            last_read_seq: Seq::new(4),
            unread_count: 3,
            muted: false,
        };
        let ann = json!({ "_id": ANN, "username": "ann", "avatar": null, "isOnline": false, "lastSeen": TIME, "role": "owner" });
        let mut whole = expected(ann);
        whole["unreadCount"] = json!(3);
        whole["lastReadSeq"] = json!(4);
        whole["muted"] = json!(false);
        assert_eq!(serde_json::to_value(ConversationView::new(&view, &Nobody)).unwrap(), whole);
    }
}
