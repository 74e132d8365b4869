use chirrup_domain::reaction::Emoji;
use chirrup_domain::{Error, MessageId, Result};
use serde::Deserialize;

use super::field::{Field, message_id, object, required};

/// `add_reaction` and `remove_reaction { messageId, emoji }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reaction {
    /// To which message.
    pub message: MessageId,
    /// With what.
    pub emoji: Emoji,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fields<'a> {
    #[serde(borrow)]
    message_id: Field<'a>,
    #[serde(borrow)]
    emoji: Field<'a>,
}

impl Reaction {
    /// Reads the payload.
    ///
    /// # Errors
    /// [`InvalidPayload`](Error::InvalidPayload); [`InvalidEmoji`](Error::InvalidEmoji) for a text that is no emoji, or
    /// more than one; [`MessageNotFound`](Error::MessageNotFound) for an id that is none.
    pub fn parse(json: &str) -> Result<Self> {
        let fields: Fields<'_> = object(json)?;
        let emoji: String = required(fields.emoji, "emoji")?;
        let message = message_id(fields.message_id, "messageId")?;
        Ok(Self { message, emoji: Emoji::parse(&emoji).ok_or(Error::InvalidEmoji)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reaction_is_an_emoji() {
        let json = r#"{"messageId":"65a51c2f0123456789abcd02","emoji":"\u2764"}"#;
        let reaction = Reaction::parse(json).unwrap();
        assert_eq!(reaction.message.to_string(), "65a51c2f0123456789abcd02");
        assert_eq!(reaction.emoji.as_str(), "❤️");
    }

    #[test]
    fn anything_else_is_refused() {
        for (json, error) in [
            ("[]", "Invalid payload"),
            (r#"{"emoji":"👍"}"#, "Invalid messageId"),
            (r#"{"messageId":"m1","emoji":"👍"}"#, "Message not found"),
            (r#"{"messageId":"65a51c2f0123456789abcd02"}"#, "Invalid emoji"),
            (r#"{"messageId":"65a51c2f0123456789abcd02","emoji":{"$ne":null}}"#, "Invalid emoji"),
            (r#"{"messageId":"65a51c2f0123456789abcd02","emoji":""}"#, "Invalid emoji"),
            (r#"{"messageId":"65a51c2f0123456789abcd02","emoji":"👍👍"}"#, "Invalid emoji"),
        ] {
            assert_eq!(Reaction::parse(json).unwrap_err().to_string(), error, "{json}");
        }
    }
}
