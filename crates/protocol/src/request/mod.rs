//! What clients ask for: JSON parsed strictly, once. Keys that nobody knows are ignored; a key of the wrong type is
//! refused by its name, and so is a missing one, unless it may be missing.

mod change_password;
mod content;
mod create_conversation;
mod edit_message;
mod field;
mod file;
mod group_look;
mod login;
mod mark_conversation_read;
mod members;
mod one_message;
mod place;
mod reaction;
mod refresh_token;
mod register;
mod send_direct_message;
mod send_group_message;
mod update_profile;

pub use change_password::ChangePassword;
pub use content::Content;
pub use create_conversation::CreateConversation;
pub use edit_message::EditMessage;
pub use group_look::parse_group_look;
pub use login::parse as parse_login;
pub use mark_conversation_read::MarkConversationRead;
pub use members::{parse_new_members, parse_new_role};
pub use one_message::OneMessage;
pub use place::{parse_conversation_id, parse_typing};
pub use reaction::Reaction;
pub use refresh_token::parse as parse_refresh_token;
pub use register::parse as parse_registration;
pub use send_direct_message::SendDirectMessage;
pub use send_group_message::SendGroupMessage;
pub use update_profile::parse as parse_profile_change;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    const KEYS: &[&str] = &[
        "recipientId",
        "conversationId",
        "content",
        "clientId",
        "messageId",
        "seq",
        "replyTo",
        "emoji",
        "file",
        "username",
        "email",
        "password",
        "type",
        "participants",
        "name",
        "avatar",
        "setupCode",
        "currentPassword",
        "newPassword",
        "token",
        "userIds",
        "role",
        "x",
    ];

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".{0,30}".prop_map(Value::from),
            "[0-9a-f]{24}".prop_map(Value::from),
            Just(json!("group")),
            Just(json!({ "$ne": null })),
        ];
        leaf.prop_recursive(3, 24, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::vec((prop::sample::select(KEYS), inner), 0..8).prop_map(|pairs| pairs
                    .into_iter()
                    .map(|(key, value)| (key.to_owned(), value))
                    .collect()),
            ]
        })
    }

    fn parse_as_everything(json: &str) {
        let _ = SendDirectMessage::parse(json);
        let _ = SendGroupMessage::parse(json);
        let _ = Content::parse(json);
        let _ = CreateConversation::parse(json);
        let _ = EditMessage::parse(json);
        let _ = OneMessage::parse(json);
        let _ = Reaction::parse(json);
        let _ = MarkConversationRead::parse(json);
        let _ = parse_group_look(json);
        let _ = parse_new_members(json);
        let _ = parse_new_role(json);
        let _ = parse_conversation_id(json);
        let _ = parse_typing(json);
        let _ = parse_login(json);
        let _ = parse_registration(json);
        let _ = parse_profile_change(json);
        let _ = parse_refresh_token(json);
        let _ = ChangePassword::parse(json);
    }

    proptest! {
        #[test]
        fn no_json_panics(value in any_json()) {
            parse_as_everything(&value.to_string());
        }

        #[test]
        fn no_text_panics(text in ".*") {
            parse_as_everything(&text);
        }

        #[test]
        fn no_cut_or_bent_payload_panics(value in any_json(), cut in any::<prop::sample::Index>(), bent: char) {
            let text = value.to_string();
            let at = text.floor_char_boundary_of(cut.index(text.len() + 1));
            parse_as_everything(&text[..at]);
            parse_as_everything(&format!("{}{bent}{}", &text[..at], &text[at..]));
        }
    }

    trait FloorCharBoundary {
        fn floor_char_boundary_of(&self, index: usize) -> usize;
    }

    impl FloorCharBoundary for String {
        fn floor_char_boundary_of(&self, index: usize) -> usize {
            (0..=index).rev().find(|at| self.is_char_boundary(*at)).unwrap_or(0)
        }
    }
}
