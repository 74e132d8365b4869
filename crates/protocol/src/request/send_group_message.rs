use chirrup_domain::{ConversationId, Error, Result};

use super::Content;
use super::content::SendFields;
use super::field::{object, required};

/// `send_group_message { conversationId, content, file?, clientId?, replyTo? }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendGroupMessage {
    /// Where to.
    pub conversation: ConversationId,
    /// What.
    pub content: Content,
}

impl SendGroupMessage {
    /// Reads the payload.
    ///
    /// # Errors
    /// [`InvalidPayload`](Error::InvalidPayload); [`NotAMember`](Error::NotAMember) for a text that is no id.
    pub fn parse(json: &str) -> Result<Self> {
        let fields: SendFields<'_> = object(json)?;
        let conversation: String = required(fields.conversation_id, "conversationId")?;
        let content = fields.content()?;
        Ok(Self { conversation: conversation.parse().map_err(|_| Error::NotAMember)?, content })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(json: &str) -> String {
        SendGroupMessage::parse(json).unwrap_err().to_string()
    }

    #[test]
    fn a_send_is_read() {
        let json = r#"{"clientId":"c1","content":"hi","conversationId":"65a51c2f0123456789abcd02"}"#;
        let request = SendGroupMessage::parse(json).unwrap();
        assert_eq!(request.conversation.to_string(), "65a51c2f0123456789abcd02");
        assert_eq!(request.content.client_id.unwrap().as_str(), "c1");
    }

    #[test]
    fn a_conversation_that_is_no_text_is_refused_by_name() {
        for id in ["null", "1", r#"{"$gt":""}"#] {
            assert_eq!(
                refused(&format!(r#"{{"conversationId":{id},"content":"hi"}}"#)),
                "Invalid conversationId"
            );
        }
    }

    #[test]
    fn nobody_is_a_member_of_what_is_no_conversation() {
        assert_eq!(refused(r#"{"conversationId":"general","content":"hi"}"#), "Not a member");
    }
}
