use super::MessageType;
use crate::MessageId;
use crate::account::Sender;

/// Up to this many characters of a message are quoted.
pub const QUOTE_CHARS: usize = 200;

/// The message that another one answers, in short, as it is by now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// Which one.
    pub id: MessageId,
    /// Who sent it.
    pub sender: Sender,
    /// The first [`QUOTE_CHARS`] characters of its text, with `…` behind them if there are more; empty once it is deleted.
    pub content: String,
    /// What it carries.
    pub message_type: MessageType,
}

impl Quote {
    /// What is quoted of this text, of which no more than the first `QUOTE_CHARS + 1` characters need be given.
    pub fn cut(text: &str) -> String {
        match text.char_indices().nth(QUOTE_CHARS) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_shows_where_it_was_cut() {
        assert_eq!(Quote::cut(""), "");
        assert_eq!(Quote::cut(&"ü".repeat(QUOTE_CHARS)), "ü".repeat(QUOTE_CHARS));
        assert_eq!(Quote::cut(&"👋".repeat(QUOTE_CHARS + 1)), format!("{}…", "👋".repeat(QUOTE_CHARS)));
    }
}
