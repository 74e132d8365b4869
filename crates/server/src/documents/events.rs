//! The table of events that the documents are made of. A test compares it with the events that are handled
//! (`socket/events.rs`) and with all names of events (`protocol::event`).
//!
//! To add an event: an entry in one of the two tables, and schemas for what it carries in `schemas.json`; one from clients
//! needs an example there, and its parser in [`tests::accepts`].

use chirrup_domain::Error;
use chirrup_protocol::{ErrorBody, event};

use crate::http::route::{MESSAGE_TOO_LONG, TOO_MANY_REQUESTS};

/// What clients emit and the server acks.
pub(super) struct ClientEvent {
    pub(super) name: &'static str,
    pub(super) summary: &'static str,
    /// What else there is to know; may be empty.
    pub(super) details: &'static str,
    /// The name of its payload's schema.
    pub(super) payload: &'static str,
    /// The name of the schema of an ack that brings good news.
    pub(super) ack: &'static str,
    /// What it may be refused with.
    pub(super) refusals: Vec<ErrorBody>,
}

/// What the server emits.
pub(super) struct ServerEvent {
    pub(super) name: &'static str,
    pub(super) summary: &'static str,
    /// Who gets it, and when.
    pub(super) details: &'static str,
    /// The name of its payload's schema.
    pub(super) payload: &'static str,
}

/// Every event that clients may emit.
pub(super) fn from_clients() -> Vec<ClientEvent> {
    vec![
        ClientEvent {
            name: event::SEND_DIRECT_MESSAGE,
            summary: "Send to a person",
            details: "The conversation is made with the first message.",
            payload: "SendDirectMessage",
            ack: "DirectMessageSent",
            refusals: refusals([
                Error::UserNotFound,
                Error::Blocked,
                Error::EmptyMessage,
                MESSAGE_TOO_LONG,
                Error::InvalidFile,
                Error::MessageNotFound,
                TOO_MANY_REQUESTS,
            ]),
        },
        ClientEvent {
            name: event::SEND_GROUP_MESSAGE,
            summary: "Send into a conversation",
            details: "",
            payload: "SendGroupMessage",
            ack: "MessageSent",
            refusals: refusals([
                Error::NotAMember,
                Error::Blocked,
                Error::EmptyMessage,
                MESSAGE_TOO_LONG,
                Error::InvalidFile,
                Error::MessageNotFound,
                TOO_MANY_REQUESTS,
            ]),
        },
        ClientEvent {
            name: event::ADD_REACTION,
            summary: "React to a message",
            details: "One of each kind per user: twice the same changes and tells nothing.",
            payload: "ReactionChange",
            ack: "Done",
            refusals: refusals([
                Error::MessageNotFound,
                Error::NotAllowed,
                Error::Blocked,
                Error::InvalidEmoji,
                Error::TooManyReactions,
                TOO_MANY_REQUESTS,
            ]),
        },
        ClientEvent {
            name: event::REMOVE_REACTION,
            summary: "Take a reaction back",
            details: "One that is not there changes and tells nothing.",
            payload: "ReactionChange",
            ack: "Done",
            refusals: refusals([
                Error::MessageNotFound,
                Error::NotAllowed,
                Error::InvalidEmoji,
                TOO_MANY_REQUESTS,
            ]),
        },
        ClientEvent {
            name: event::MARK_AS_READ,
            summary: "Mark one message as read",
            details: "Its sender is told. Twice changes and tells nothing.",
            payload: "MarkAsRead",
            ack: "Done",
            refusals: refusals([Error::MessageNotFound]),
        },
        ClientEvent {
            name: event::DELETE_MESSAGE,
            summary: "Take away all that a message says",
            details: "For its author and the admins of its group. Its place stays; its file goes too, unless something else uses it.",
            payload: "DeleteMessage",
            ack: "Done",
            refusals: refusals([Error::MessageNotFound, Error::NotAllowed, Error::TooOld, TOO_MANY_REQUESTS]),
        },
        ClientEvent {
            name: event::MARK_CONVERSATION_READ,
            summary: "Mark everything up to a place as read",
            details: "Senders are told of their newest 50 messages in it.",
            payload: "MarkConversationRead",
            ack: "ConversationMarked",
            refusals: refusals([Error::NotAMember]),
        },
        ClientEvent {
            name: event::EDIT_MESSAGE,
            summary: "Give a message of one's own another text",
            details: "The same text again changes and tells nothing.",
            payload: "EditMessage",
            ack: "OneMessage",
            refusals: refusals([
                Error::MessageNotFound,
                Error::NotAllowed,
                Error::Blocked,
                Error::EmptyMessage,
                MESSAGE_TOO_LONG,
                Error::TooOld,
                TOO_MANY_REQUESTS,
            ]),
        },
        ClientEvent {
            name: event::JOIN_GROUP,
            summary: "Have a group open",
            details: "For who types and who else has it open; its messages come in any case.",
            payload: "Id",
            ack: "Done",
            refusals: refusals([Error::NotAMember]),
        },
        ClientEvent {
            name: event::LEAVE_GROUP,
            summary: "Have it open no more",
            details: "One stays a member.",
            payload: "Id",
            ack: "Done",
            refusals: refusals([]),
        },
        ClientEvent {
            name: event::TYPING_START,
            summary: "Type, or still do",
            details: "To be renewed within 6 seconds.",
            payload: "Typing",
            ack: "Done",
            refusals: refusals([Error::NotAMember, TOO_MANY_REQUESTS]),
        },
        ClientEvent {
            name: event::TYPING_STOP,
            summary: "Type no more",
            details: "A send and a disconnect say so too.",
            payload: "Typing",
            ack: "Done",
            refusals: refusals([Error::NotAMember, TOO_MANY_REQUESTS]),
        },
        ClientEvent {
            name: event::REFRESH_TOKEN,
            summary: "Go on with another token",
            details: "So that the connection need not be made anew when the first one expires.",
            payload: "RefreshToken",
            ack: "TokenRefreshed",
            refusals: refusals([Error::AuthenticationFailed]),
        },
    ]
}

/// Every event that the server may emit.
pub(super) fn from_server() -> Vec<ServerEvent> {
    vec![
        ServerEvent {
            name: event::NEW_MESSAGE,
            summary: "A direct message came",
            details: "To every device of its recipient.",
            payload: "MessageEvent",
        },
        ServerEvent {
            name: event::MESSAGE_SENT,
            summary: "One sent a direct message from elsewhere",
            details: "To the sender's other devices.",
            payload: "MessageEvent",
        },
        ServerEvent {
            name: event::NEW_GROUP_MESSAGE,
            summary: "A message came into a group",
            details: "To every device of every member, the sender's included, before the sender's ack.",
            payload: "MessageEvent",
        },
        ServerEvent {
            name: event::MESSAGE_UPDATED,
            summary: "A message has changed",
            details: "It was edited or deleted, or somebody reacted. To every device of every member, also of who did it, before their ack.",
            payload: "MessageEvent",
        },
        ServerEvent {
            name: event::MESSAGE_DELIVERED,
            summary: "Direct messages that waited have arrived",
            details: "To their sender.",
            payload: "MessageDelivered",
        },
        ServerEvent {
            name: event::MESSAGE_READ,
            summary: "Somebody has read a message of one's own",
            details: "To every device of its sender.",
            payload: "MessageRead",
        },
        ServerEvent {
            name: event::CONVERSATION_READ,
            summary: "Somebody has read up to a place",
            details: "To the members of a group of up to 100, and to the reader's other devices.",
            payload: "ConversationRead",
        },
        ServerEvent {
            name: event::CONVERSATION_CREATED,
            summary: "A conversation was begun",
            details: "To every device of every member.",
            payload: "ConversationChanged",
        },
        ServerEvent {
            name: event::CONVERSATION_UPDATED,
            summary: "A conversation has changed",
            details: "Its name, picture, members or roles. To every device of every member.",
            payload: "ConversationChanged",
        },
        ServerEvent {
            name: event::CONVERSATION_REMOVED,
            summary: "One is out of a conversation",
            details: "To every device of who left or was removed; nothing of it comes after.",
            payload: "ConversationRemoved",
        },
        ServerEvent {
            name: event::USER_JOINED_GROUP,
            summary: "Somebody has opened a group",
            details: "To the others who have it open.",
            payload: "UserThere",
        },
        ServerEvent {
            name: event::USER_LEFT_GROUP,
            summary: "Somebody has closed a group",
            details: "To the others who have it open.",
            payload: "UserThere",
        },
        ServerEvent {
            name: event::USER_TYPING,
            summary: "Somebody types",
            details: "To the other one of a direct conversation; in a group to the others who have it open.",
            payload: "UserThere",
        },
        ServerEvent {
            name: event::USER_STOPPED_TYPING,
            summary: "Somebody types no more",
            details: "To the same; by itself after 6 seconds without renewal, on a send and on disconnect.",
            payload: "UserStopped",
        },
        ServerEvent {
            name: event::USER_UPDATED,
            summary: "Somebody has another name or picture",
            details: "To who shares a conversation with them or is in one that they left, and to themselves.",
            payload: "UserUpdated",
        },
        ServerEvent {
            name: event::USER_ONLINE,
            summary: "Somebody came",
            details: "With their first device. To everybody while few are connected, else to who shares a conversation.",
            payload: "UserOnline",
        },
        ServerEvent {
            name: event::USER_OFFLINE,
            summary: "Somebody went",
            details: "When their last device has been gone for a while: reloading a page is no absence.",
            payload: "UserOffline",
        },
        ServerEvent {
            name: event::SESSION_EXPIRED,
            summary: "This connection ends for good",
            details: "To the device that is about to be disconnected.",
            payload: "SessionExpired",
        },
    ]
}

/// These, and what every event may be refused with.
fn refusals<const N: usize>(errors: [Error; N]) -> Vec<ErrorBody> {
    let first = [Error::InvalidPayload { field: "payload" }];
    let last = [Error::unavailable(""), Error::internal("")];
    first.iter().chain(&errors).chain(&last).map(ErrorBody::from).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use chirrup_domain::Result;
    use chirrup_protocol::request;
    use serde_json::Value;

    use super::*;
    use crate::documents::schemas;

    /// Whether the parser of this event takes this payload.
    fn accepts(event: &str, payload: &str) -> Result<()> {
        match event {
            event::SEND_DIRECT_MESSAGE => request::SendDirectMessage::parse(payload).map(drop),
            event::SEND_GROUP_MESSAGE => request::SendGroupMessage::parse(payload).map(drop),
            event::EDIT_MESSAGE => request::EditMessage::parse(payload).map(drop),
            event::ADD_REACTION | event::REMOVE_REACTION => request::Reaction::parse(payload).map(drop),
            event::DELETE_MESSAGE | event::MARK_AS_READ => request::OneMessage::parse(payload).map(drop),
            event::MARK_CONVERSATION_READ => request::MarkConversationRead::parse(payload).map(drop),
            event::JOIN_GROUP | event::LEAVE_GROUP => request::parse_conversation_id(payload).map(drop),
            event::TYPING_START | event::TYPING_STOP => request::parse_typing(payload).map(drop),
            event::REFRESH_TOKEN => request::parse_refresh_token(payload).map(drop),
            _ => panic!("{event}: name its parser here"),
        }
    }

    #[test]
    fn examples_of_payloads_are_what_the_parsers_take() {
        let schemas = schemas::all();
        for event in from_clients() {
            let examples = schemas[event.payload]["examples"].as_array().map_or(&[][..], Vec::as_slice);
            assert!(!examples.is_empty(), "{}: {} needs an example", event.name, event.payload);
            for example in examples {
                accepts(event.name, &example.to_string())
                    .unwrap_or_else(|error| panic!("{}: {example}: {error}", event.name));
            }
        }
    }

    #[test]
    fn what_is_required_is_what_the_parsers_miss() {
        let schemas = schemas::all();
        for event in from_clients() {
            let Value::Object(example) = &schemas[event.payload]["examples"][0] else { continue };
            for key in schemas[event.payload]["required"].as_array().into_iter().flatten() {
                let mut without = example.clone();
                without.remove(key.as_str().unwrap());
                let refused = accepts(event.name, &Value::from(without).to_string()).unwrap_err();
                assert_eq!(
                    refused.to_string(),
                    format!("Invalid {}", key.as_str().unwrap()),
                    "{}",
                    event.name
                );
            }
        }
    }

    #[test]
    fn every_event_that_is_handled_is_documented_and_the_other_way_round() {
        let handled = source("src/socket/events.rs");
        // Arms of the match: `event::NAME =>`.
        let handled: BTreeSet<_> = handled
            .split("event::")
            .skip(1)
            .filter_map(|rest| rest.split_once(" =>"))
            .filter(|(name, _)| is_constant(name))
            .map(|(name, _)| name.to_lowercase())
            .collect();
        let documented: BTreeSet<_> = from_clients().iter().map(|event| event.name.to_owned()).collect();
        assert_eq!(
            handled, documented,
            "socket/events.rs and documents/events.rs (see there how to add one)"
        );
    }

    #[test]
    fn every_name_of_an_event_is_documented_and_the_other_way_round() {
        let mut named = BTreeSet::new();
        for source in sources("../protocol/src/event.rs", "../protocol/src/event") {
            for constant in source.split("\npub const ").skip(1) {
                let Some((name, rest)) = constant.split_once(": &str = \"") else { continue };
                let value = rest.split('"').next().unwrap();
                assert_eq!(name.to_lowercase(), value, "a constant has the name of its event");
                named.insert(value.to_owned());
            }
        }
        let from_clients = from_clients().iter().map(|event| event.name.to_owned()).collect::<Vec<_>>();
        let from_server = from_server().iter().map(|event| event.name.to_owned()).collect::<Vec<_>>();
        let documented: BTreeSet<_> = from_clients.into_iter().chain(from_server).collect();
        assert_eq!(named, documented, "protocol::event and documents/events.rs (see there how to add one)");
    }

    fn is_constant(name: &str) -> bool {
        name.chars().all(|c| c.is_ascii_uppercase() || c == '_')
    }

    /// A module's file, and those in its folder if it has one.
    fn sources(file: &str, folder: &str) -> Vec<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let inner = fs::read_dir(folder).into_iter().flatten();
        let inner = inner.map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap());
        [source(file)].into_iter().chain(inner).collect()
    }

    fn source(path: &str) -> String {
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
    }
}
