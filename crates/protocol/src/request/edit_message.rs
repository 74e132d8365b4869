use chirrup_domain::{MessageId, Result};
use serde::Deserialize;

use super::field::{Field, message_id, object, required};

/// `edit_message { messageId, content }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditMessage {
    /// Which message.
    pub message: MessageId,
    /// The text that it is to have.
    pub content: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fields<'a> {
    #[serde(borrow)]
    message_id: Field<'a>,
    #[serde(borrow)]
    content: Field<'a>,
}

impl EditMessage {
    /// Reads the payload.
    ///
    /// # Errors
    /// [`InvalidPayload`](chirrup_domain::Error::InvalidPayload), also for a text that is left out: an edit never empties
    /// a caption by mistake. [`MessageNotFound`](chirrup_domain::Error::MessageNotFound) for an id that is none.
    pub fn parse(json: &str) -> Result<Self> {
        let fields: Fields<'_> = object(json)?;
        let content = required(fields.content, "content")?;
        Ok(Self { message: message_id(fields.message_id, "messageId")?, content })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGE: &str = "65a51c2f0123456789abcd02";

    #[test]
    fn an_edit_names_the_message_and_its_text() {
        let edit =
            EditMessage::parse(&format!(r#"{{"messageId":"{MESSAGE}","content":"h\u00e9"}}"#)).unwrap();
        assert_eq!((edit.message.to_string().as_str(), edit.content.as_str()), (MESSAGE, "hé"));
    }

    #[test]
    fn anything_else_is_refused() {
        for (json, error) in [
            (r#"["65a51c2f0123456789abcd02","hi"]"#, "Invalid payload"),
            (r#"{"content":"hi"}"#, "Invalid messageId"),
            (r#"{"messageId":{"$ne":null},"content":"hi"}"#, "Invalid messageId"),
            (r#"{"messageId":"m1","content":"hi"}"#, "Message not found"),
            (r#"{"messageId":"65a51c2f0123456789abcd02"}"#, "Invalid content"),
            (r#"{"messageId":"65a51c2f0123456789abcd02","content":null}"#, "Invalid content"),
            (r#"{"messageId":"65a51c2f0123456789abcd02","content":["hi"]}"#, "Invalid content"),
        ] {
            assert_eq!(EditMessage::parse(json).unwrap_err().to_string(), error, "{json}");
        }
    }
}
