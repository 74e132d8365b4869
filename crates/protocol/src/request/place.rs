use chirrup_domain::{ConversationId, Error, Result};
use serde::Deserialize;

use super::field::{Field, object, required};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fields<'a> {
    #[serde(borrow)]
    conversation_id: Field<'a>,
}

/// Reads the payload of `join_group` and `leave_group`: a conversation's id, alone.
///
/// # Errors
/// [`InvalidPayload`](Error::InvalidPayload) for what is no text; [`NotAMember`](Error::NotAMember) for a text that is
/// no id.
pub fn parse_conversation_id(json: &str) -> Result<ConversationId> {
    let text: String =
        serde_json::from_str(json).map_err(|_| Error::InvalidPayload { field: "conversationId" })?;
    text.parse().map_err(|_| Error::NotAMember)
}

/// Reads `{ conversationId }`: where somebody types.
///
/// # Errors
/// As [`parse_conversation_id`], and [`InvalidPayload`](Error::InvalidPayload) for what is no object.
pub fn parse_typing(json: &str) -> Result<ConversationId> {
    let Fields { conversation_id } = object(json)?;
    let text: String = required(conversation_id, "conversationId")?;
    text.parse().map_err(|_| Error::NotAMember)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: &str = "65a51c2f0123456789abcd02";

    #[test]
    fn a_group_is_opened_by_its_id_alone() {
        assert_eq!(parse_conversation_id(&format!("\"{ROOM}\"")).unwrap().to_string(), ROOM);
        for json in ["null", "1", "{}", r#"["65a51c2f0123456789abcd02"]"#, "\"", ""] {
            let error = parse_conversation_id(json).unwrap_err().to_string();
            assert_eq!(error, "Invalid conversationId", "{json}");
        }
        assert_eq!(parse_conversation_id("\"general\"").unwrap_err().to_string(), "Not a member");
    }

    #[test]
    fn typing_names_its_conversation() {
        assert_eq!(parse_typing(&format!(r#"{{"conversationId":"{ROOM}"}}"#)).unwrap().to_string(), ROOM);
        for (json, error) in [
            ("null", "Invalid payload"),
            ("{}", "Invalid conversationId"),
            (r#"{"conversationId":{"$ne":null}}"#, "Invalid conversationId"),
            (r#"{"conversationId":""}"#, "Not a member"),
        ] {
            assert_eq!(parse_typing(json).unwrap_err().to_string(), error, "{json}");
        }
    }
}
