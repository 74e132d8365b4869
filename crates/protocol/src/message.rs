use chirrup_domain::message::{self, MessageType, Status};
use chirrup_domain::receipt::Reader;
use chirrup_domain::{ConversationId, MessageId, Timestamp, UserId, reaction};
use serde::{Serialize, Serializer};

use crate::shown::Shown;
use crate::{File, Sender};

/// `Message`, as every member sees it.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Message<'a> {
    #[serde(rename = "_id")]
    id: Shown<MessageId>,
    conversation_id: Shown<ConversationId>,
    seq: u64,
    sender: Sender<'a>,
    content: &'a str,
    message_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<File<'a>>,
    status: &'static str,
    #[serde(serialize_with = "readers")]
    read_by: &'a [Reader],
    read_count: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_to: Option<Quote<'a>>,
    #[serde(skip_serializing_if = "<[_]>::is_empty", serialize_with = "users")]
    mentions: &'a [UserId],
    #[serde(skip_serializing_if = "<[_]>::is_empty", serialize_with = "reactions")]
    reactions: &'a [reaction::Reaction],
    created_at: Shown<Timestamp>,
    updated_at: Shown<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    edited_at: Option<Shown<Timestamp>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted_at: Option<Shown<Timestamp>>,
}

impl<'a> From<&'a message::Message> for Message<'a> {
    fn from(message: &'a message::Message) -> Self {
        Self {
            id: Shown(message.id),
            conversation_id: Shown(message.conversation),
            seq: message.seq.get(),
            sender: (&message.sender).into(),
            content: &message.content,
            message_type: type_name(message.message_type),
            file: message.file.as_deref().map(File::from),
            status: status_name(message.status),
            read_by: &message.read_by,
            read_count: message.read_count,
            client_id: message.client_id.as_ref().map(message::ClientId::as_str),
            reply_to: message.reply_to.as_deref().map(Quote::from),
            mentions: &message.mentions,
            reactions: &message.reactions,
            created_at: Shown(message.created_at),
            updated_at: Shown(message.updated_at),
            edited_at: message.edited_at.map(Shown),
            deleted_at: message.deleted_at.map(Shown),
        }
    }
}

/// What a message answers.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
struct Quote<'a> {
    #[serde(rename = "_id")]
    id: Shown<MessageId>,
    sender: Sender<'a>,
    content: &'a str,
    message_type: &'static str,
}

impl<'a> From<&'a message::Quote> for Quote<'a> {
    fn from(quote: &'a message::Quote) -> Self {
        Self {
            id: Shown(quote.id),
            sender: (&quote.sender).into(),
            content: &quote.content,
            message_type: type_name(quote.message_type),
        }
    }
}

fn users<S: Serializer>(users: &[UserId], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(users.iter().copied().map(Shown))
}

/// One kind of reaction to a message.
#[derive(Serialize)]
struct Reaction<'a> {
    emoji: &'a str,
    count: u32,
    #[serde(serialize_with = "users")]
    users: &'a [UserId],
}

fn reactions<S: Serializer>(reactions: &[reaction::Reaction], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(reactions.iter().map(|reaction| Reaction {
        emoji: reaction.emoji.as_str(),
        count: reaction.count,
        users: &reaction.users,
    }))
}

/// Somebody who has read a message.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReadBy {
    user: Shown<UserId>,
    read_at: Shown<Timestamp>,
}

fn readers<S: Serializer>(readers: &[Reader], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(
        readers.iter().map(|reader| ReadBy { user: Shown(reader.user), read_at: Shown(reader.read_at) }),
    )
}

pub(crate) const fn type_name(message_type: MessageType) -> &'static str {
    match message_type {
        MessageType::Text => "text",
        MessageType::Image => "image",
        MessageType::Video => "video",
        MessageType::Audio => "audio",
        MessageType::File => "file",
        MessageType::System => "system",
    }
}

pub(crate) const fn status_name(status: Status) -> &'static str {
    match status {
        Status::Sent => "sent",
        Status::Delivered => "delivered",
        Status::Read => "read",
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use chirrup_domain::account;
    use chirrup_domain::message::{Audience, ClientId, Seq};
    use serde_json::json;

    use super::*;

    pub(crate) fn hello() -> message::Message {
        let at = Timestamp::from_millis(1_768_473_000_000);
        message::Message {
            id: "65a51c2f0123456789abcd01".parse().unwrap(),
            conversation: "65a51c2f0123456789abcd02".parse().unwrap(),
            audience: Audience::Group,
            seq: Seq::FIRST,
            sender: account::Sender {
                id: "65a51c2f0123456789abcd03".parse().unwrap(),
                username: "ann".into(),
                avatar: Some("/uploads/a.png".into()),
            },
            content: "he said \"hi\"\n".into(),
            message_type: MessageType::Text,
            file: None,
            status: Status::Sent,
            read_by: vec![],
            read_count: 0,
            client_id: None,
            reply_to: None,
            mentions: vec![],
            reactions: vec![],
            created_at: at,
            updated_at: at,
            edited_at: None,
            deleted_at: None,
        }
    }

    #[test]
    fn a_message_has_every_key_of_the_contract_and_none_without_a_value() {
        assert_eq!(
            serde_json::to_value(Message::from(&hello())).unwrap(),
            json!({
                "_id": "65a51c2f0123456789abcd01",
                "conversationId": "65a51c2f0123456789abcd02",
                "seq": 1,
                "sender": { "_id": "65a51c2f0123456789abcd03", "username": "ann", "avatar": "/uploads/a.png" },
                "content": "he said \"hi\"\n",
                "messageType": "text",
                "status": "sent",
                "readBy": [],
                "readCount": 0,
                "createdAt": "2026-01-15T10:30:00.000Z",
                "updatedAt": "2026-01-15T10:30:00.000Z",
            })
        );
    }

    #[test]
    fn a_message_shows_the_file_that_it_carries() {
        let file = crate::file::tests::cat();
        let message = message::Message {
            message_type: file.message_type,
            file: Some(Box::new(file.clone())),
            content: String::new(),
            ..hello()
        };
        let shown = serde_json::to_value(Message::from(&message)).unwrap();
        assert_eq!(shown["file"], serde_json::to_value(File::from(&file)).unwrap());
        assert_eq!((&shown["messageType"], &shown["content"]), (&json!("image"), &json!("")));
    }

    #[test]
    fn a_message_that_was_read_says_by_whom_and_when() {
        let at = Timestamp::from_millis(1_768_473_000_000);
        let read_by = vec![Reader { user: UserId::from([7; 12]), read_at: at }];
        let read = message::Message { status: Status::Read, read_by, read_count: 1, ..hello() };
        let shown = serde_json::to_value(Message::from(&read)).unwrap();
        assert_eq!(
            shown["readBy"],
            json!([{ "user": "070707070707070707070707", "readAt": "2026-01-15T10:30:00.000Z" }])
        );
        assert_eq!((&shown["readCount"], &shown["status"]), (&json!(1), &json!("read")));
    }

    #[test]
    fn a_message_that_was_edited_or_deleted_says_when() {
        let [edited_at, deleted_at] = [0, 1].map(|millis| Some(Timestamp::from_millis(millis)));
        let message = message::Message { edited_at, deleted_at, ..hello() };
        let shown = serde_json::to_value(Message::from(&message)).unwrap();
        assert_eq!(shown["editedAt"], "1970-01-01T00:00:00.000Z");
        assert_eq!(shown["deletedAt"], "1970-01-01T00:00:00.001Z");
    }

    #[test]
    fn a_message_shows_what_it_answers_and_whom_it_mentions() {
        let quoted = hello();
        let quote = message::Quote {
            id: quoted.id,
            sender: quoted.sender.clone(),
            content: "he said…".into(),
            message_type: MessageType::Image,
        };
        let mentions = vec![UserId::from([7; 12])];
        let message = message::Message { reply_to: Some(Box::new(quote)), mentions, ..hello() };
        let shown = serde_json::to_value(Message::from(&message)).unwrap();
        assert_eq!(
            shown["replyTo"],
            json!({
                "_id": "65a51c2f0123456789abcd01",
                "sender": Sender::from(&quoted.sender),
                "content": "he said…",
                "messageType": "image",
            })
        );
        assert_eq!(shown["mentions"], json!(["070707070707070707070707"]));
    }

    #[test]
    fn a_message_shows_who_reacted_with_what() {
        let emoji = reaction::Emoji::parse("❤").unwrap();
        let reactions = vec![reaction::Reaction { emoji, count: 7, users: vec![UserId::from([7; 12])] }];
        let message = message::Message { reactions, ..hello() };
        assert_eq!(
            serde_json::to_value(Message::from(&message)).unwrap()["reactions"],
            json!([{ "emoji": "❤️", "count": 7, "users": ["070707070707070707070707"] }])
        );
    }

    #[test]
    fn a_repeatable_message_shows_its_client_id() {
        let message = message::Message { client_id: ClientId::new("c1".into()), ..hello() };
        assert_eq!(serde_json::to_value(Message::from(&message)).unwrap()["clientId"], "c1");
    }
}
