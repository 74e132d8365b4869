use chirrup_domain::{ConversationId, Error, Result};
use serde::Deserialize;

use super::field::{Field, object, required};

/// `mark_conversation_read { conversationId, seq }`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MarkConversationRead {
    /// Which conversation.
    pub conversation: ConversationId,
    /// `seq` of the last message read; zero marks nothing, and one that is still to come stands for the newest.
    pub up_to: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fields<'a> {
    #[serde(borrow)]
    conversation_id: Field<'a>,
    #[serde(borrow)]
    seq: Field<'a>,
}

impl MarkConversationRead {
    /// Reads the payload.
    ///
    /// # Errors
    /// [`InvalidPayload`](Error::InvalidPayload); [`NotAMember`](Error::NotAMember) for a text that is no id.
    pub fn parse(json: &str) -> Result<Self> {
        let Fields { conversation_id, seq } = object(json)?;
        let conversation: String = required(conversation_id, "conversationId")?;
        let up_to = required(seq, "seq")?;
        Ok(Self { conversation: conversation.parse().map_err(|_| Error::NotAMember)?, up_to })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: &str = "65a51c2f0123456789abcd02";

    fn up_to(seq: &str) -> Result<u64, String> {
        let json = format!(r#"{{"conversationId":"{ROOM}","seq":{seq}}}"#);
        MarkConversationRead::parse(&json).map(|mark| mark.up_to).map_err(|error| error.to_string())
    }

    #[test]
    fn a_place_is_a_whole_number() {
        assert_eq!(up_to("7"), Ok(7));
        assert_eq!(up_to("0"), Ok(0));
        assert_eq!(up_to("18446744073709551615"), Ok(u64::MAX));
        for seq in ["-1", "1.5", "1e300", "\"7\"", "null", "[7]", "true"] {
            assert_eq!(up_to(seq), Err("Invalid seq".to_owned()), "{seq}");
        }
    }

    #[test]
    fn the_conversation_is_a_text() {
        for (json, error) in [
            (r#"{"seq":7}"#, "Invalid conversationId"),
            (r#"{"conversationId":7,"seq":7}"#, "Invalid conversationId"),
            (r#"{"conversationId":"general","seq":7}"#, "Not a member"),
        ] {
            assert_eq!(MarkConversationRead::parse(json).unwrap_err().to_string(), error, "{json}");
        }
    }
}
