use chirrup_domain::{Error, MessageId, Result};
use serde::Deserialize;

use super::field::{Field, object, required};

/// `mark_as_read { messageId }`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MarkAsRead {
    /// Which message.
    pub message: MessageId,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fields<'a> {
    #[serde(borrow)]
    message_id: Field<'a>,
}

impl MarkAsRead {
    /// Reads the payload.
    ///
    /// # Errors
    /// [`InvalidPayload`](Error::InvalidPayload); [`MessageNotFound`](Error::MessageNotFound) for a text that is no id.
    pub fn parse(json: &str) -> Result<Self> {
        let Fields { message_id } = object(json)?;
        let message: String = required(message_id, "messageId")?;
        Ok(Self { message: message.parse().map_err(|_| Error::MessageNotFound)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_named_by_its_id() {
        let mark = MarkAsRead::parse(r#"{"messageId":"65a51c2f0123456789abcd02"}"#).unwrap();
        assert_eq!(mark.message.to_string(), "65a51c2f0123456789abcd02");
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
            assert_eq!(MarkAsRead::parse(json).unwrap_err().to_string(), error, "{json}");
        }
    }
}
