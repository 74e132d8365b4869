use chirrup_domain::{MessageId, Result};
use serde::Deserialize;

use super::field::{Field, message_id, object};

/// `mark_as_read { messageId }` and `delete_message { messageId }`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OneMessage {
    /// Which message.
    pub message: MessageId,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fields<'a> {
    #[serde(borrow)]
    message_id: Field<'a>,
}

impl OneMessage {
    /// Reads the payload.
    ///
    /// # Errors
    /// [`InvalidPayload`](chirrup_domain::Error::InvalidPayload);
    /// [`MessageNotFound`](chirrup_domain::Error::MessageNotFound) for a text that is no id.
    pub fn parse(json: &str) -> Result<Self> {
        let fields: Fields<'_> = object(json)?;
        Ok(Self { message: message_id(fields.message_id, "messageId")? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_named_by_its_id() {
        let request = OneMessage::parse(r#"{"messageId":"65a51c2f0123456789abcd02"}"#).unwrap();
        assert_eq!(request.message.to_string(), "65a51c2f0123456789abcd02");
    }

    #[test]
    fn anything_else_is_refused() {
        for (json, error) in [
            ("{}", "Invalid messageId"),
            (r#"{"messageId":{"$ne":null}}"#, "Invalid messageId"),
            (r#"{"messageId":""}"#, "Message not found"),
            (r#"{"messageId":"65A51C2F0123456789ABCD02"}"#, "Message not found"),
            (r#""65a51c2f0123456789abcd02""#, "Invalid payload"),
        ] {
            assert_eq!(OneMessage::parse(json).unwrap_err().to_string(), error, "{json}");
        }
    }
}
