use chirrup_domain::{Error, Result, UserId};

use super::Content;
use super::content::SendFields;
use super::field::{object, required};

/// `send_direct_message { recipientId, content, file?, clientId?, replyTo? }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendDirectMessage {
    /// To whom.
    pub recipient: UserId,
    /// What.
    pub content: Content,
}

impl SendDirectMessage {
    /// Reads the payload.
    ///
    /// # Errors
    /// [`InvalidPayload`](Error::InvalidPayload); [`UserNotFound`](Error::UserNotFound) for a text that is no id.
    pub fn parse(json: &str) -> Result<Self> {
        let fields: SendFields<'_> = object(json)?;
        let recipient: String = required(fields.recipient_id, "recipientId")?;
        let content = fields.content()?;
        Ok(Self { recipient: recipient.parse().map_err(|_| Error::UserNotFound)?, content })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(json: &str) -> String {
        SendDirectMessage::parse(json).unwrap_err().to_string()
    }

    #[test]
    fn a_send_is_read() {
        let json = r#"{"recipientId":"65a51c2f0123456789abcd01","content":"hi"}"#;
        let request = SendDirectMessage::parse(json).unwrap();
        assert_eq!(request.recipient.to_string(), "65a51c2f0123456789abcd01");
        assert_eq!(request.content.text, "hi");
    }

    #[test]
    fn a_recipient_that_is_no_text_is_refused_by_name() {
        for recipient in ["null", "1", "true", r#"{"$ne":null}"#, r#"["65a51c2f0123456789abcd01"]"#] {
            assert_eq!(refused(&format!(r#"{{"recipientId":{recipient}}}"#)), "Invalid recipientId");
        }
        assert_eq!(refused("{}"), "Invalid recipientId");
    }

    #[test]
    fn a_recipient_that_is_no_id_is_nobody() {
        for recipient in ["", "ann", "65A51C2F0123456789ABCD01", "65a51c2f0123456789abcd011"] {
            assert_eq!(refused(&format!(r#"{{"recipientId":"{recipient}"}}"#)), "User not found");
        }
    }
}
