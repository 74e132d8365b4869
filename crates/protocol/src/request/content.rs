use chirrup_domain::message::ClientId;
use chirrup_domain::upload::UploadName;
use chirrup_domain::{Error, MessageId, Result};
use serde::Deserialize;

use super::field::{Field, message_id, object, optional};
use super::file;

/// What every send carries, wherever it goes: `{ content, file?, clientId?, replyTo? }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// The text; empty if there is none.
    pub text: String,
    /// The file, if it carries one.
    pub file: Option<UploadName>,
    /// The message that it answers, if it does.
    pub reply_to: Option<MessageId>,
    /// What makes the send repeatable.
    pub client_id: Option<ClientId>,
}

/// The fields of a send, whichever of the addresses it has.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SendFields<'a> {
    #[serde(borrow)]
    pub(super) recipient_id: Field<'a>,
    #[serde(borrow)]
    pub(super) conversation_id: Field<'a>,
    #[serde(borrow)]
    content: Field<'a>,
    #[serde(borrow)]
    file: Field<'a>,
    #[serde(borrow)]
    client_id: Field<'a>,
    #[serde(borrow)]
    reply_to: Field<'a>,
}

impl Content {
    /// Reads a send whose address is given elsewhere.
    ///
    /// # Errors
    /// [`InvalidPayload`](Error::InvalidPayload); [`InvalidFile`](Error::InvalidFile) for a file that names no upload,
    /// [`MessageNotFound`](Error::MessageNotFound) for an answer to a text that is no id.
    pub fn parse(json: &str) -> Result<Self> {
        object::<SendFields<'_>>(json)?.content()
    }
}

impl SendFields<'_> {
    /// What is sent.
    pub(super) fn content(self) -> Result<Content> {
        let Self { content, file, client_id, reply_to, .. } = self;
        let text: Option<String> = optional(content, "content")?;
        let client_id = match optional(client_id, "clientId")? {
            Some(name) => Some(ClientId::new(name).ok_or(Error::InvalidPayload { field: "clientId" })?),
            None => None,
        };
        let reply_to = match reply_to {
            Some(_) => Some(message_id(reply_to, "replyTo")?),
            None => None,
        };
        Ok(Content { text: text.unwrap_or_default(), file: file::parse(file)?, reply_to, client_id })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(json: &str) -> String {
        Content::parse(json).unwrap_err().to_string()
    }

    #[test]
    fn everything_that_a_send_carries_is_read() {
        let json =
            r#"{"content":"h\u00e9","clientId":"c1","replyTo":"65a51c2f0123456789abcd02","x":1,"file":null}"#;
        let expected = Content {
            text: "hé".into(),
            file: None,
            reply_to: Some("65a51c2f0123456789abcd02".parse().unwrap()),
            client_id: ClientId::new("c1".into()),
        };
        assert_eq!(Content::parse(json).unwrap(), expected);
    }

    #[test]
    fn missing_and_null_text_is_empty_text() {
        for json in ["{}", r#"{"content":null,"replyTo":null}"#, r#"{"content":""}"#] {
            let empty = Content { text: String::new(), file: None, reply_to: None, client_id: None };
            assert_eq!(Content::parse(json).unwrap(), empty);
        }
    }

    #[test]
    fn a_field_of_the_wrong_type_is_refused_by_its_name() {
        assert_eq!(refused(r#"{"content":{"$gt":""}}"#), "Invalid content");
        assert_eq!(refused(r#"{"content":1}"#), "Invalid content");
        assert_eq!(refused(r#"{"content":"\ud800"}"#), "Invalid content");
        assert_eq!(refused(r#"{"clientId":7}"#), "Invalid clientId");
        assert_eq!(refused(r#"{"clientId":""}"#), "Invalid clientId");
        assert_eq!(refused(&format!(r#"{{"clientId":"{}"}}"#, "x".repeat(65))), "Invalid clientId");
        assert_eq!(refused(r#"{"content":"a","file":{"url":"/uploads/x"}}"#), "Invalid file");
        for reply_to in ["1", "true", "{}", r#"["65a51c2f0123456789abcd02"]"#] {
            assert_eq!(refused(&format!(r#"{{"content":"a","replyTo":{reply_to}}}"#)), "Invalid replyTo");
        }
        assert_eq!(refused(r#"{"content":"a","replyTo":"m1"}"#), "Message not found");
    }

    #[test]
    fn what_is_no_object_is_no_payload() {
        for json in ["", "null", "[]", r#"["hi",null,"c1"]"#, "\"hi\"", "{", "{}{}", r#"{"content":"a",}"#] {
            assert_eq!(refused(json), "Invalid payload", "{json}");
        }
    }
}
